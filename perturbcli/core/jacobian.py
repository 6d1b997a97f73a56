"""The Jacobian of y*_eps by Monte Carlo with the leave-one-out baseline.

    J = 1/(n - 1) sum_m (y_m - ybar)(s_m - sbar)^T diag(1/scale)

is the sample covariance of solutions and scores s = grad nu(Z): subtracting from y_m the mean of
the *other* solutions, (n y_m - n ybar)/(n - 1), leaves the estimator unbiased, since s has mean
zero, and takes away the variance that E y would bring. Source: Berthet et al. 2020, Proposition 3.1;
Kool, van Hoof, Welling, *Buy 4 REINFORCE Samples, Get a Baseline for Free!*, 2019.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from perturbcli.core.moments import unseen
from perturbcli.core.noise import Floats
from perturbcli.core.records import Estimate


@dataclass(frozen=True, slots=True)
class Covariance:
    """Sums over n draws of solutions y and scaled scores s, each of shape (n, d).

    cross:  sum of the products y_i s_j of the deviations; merged exactly
    square: sum of the squared deviations of each entry's draws, symmetrised where the Jacobian is;
            they are taken from the means of their own block, hence the factor size/(size - 1)
    """

    count: int
    solution: Floats
    score: Floats
    cross: Floats
    square: Floats
    varied: Floats  # low and high of each y_i, shape (2, d)
    peak: Floats  # max |s_j|, shape (d)
    symmetric: bool

    @classmethod
    def of(cls, solutions: Floats, scores: Floats, *, symmetric: bool) -> Self:
        """The sums of one block; `scores` are divided by their scale already."""
        n = len(solutions)
        solution, score = solutions.mean(axis=0), scores.mean(axis=0)
        y, s = solutions - solution, scores - score
        cross = y.T @ s
        square = (y**2).T @ s**2
        if symmetric:
            # ((y_i s_j + y_j s_i)/2)^2 = (y_i^2 s_j^2 + y_j^2 s_i^2 + 2 (y_i s_i)(y_j s_j))/4
            product = y * s
            square = (square + square.T + 2 * product.T @ product) / 4
            mean = (cross + cross.T) / (2 * n)
        else:
            mean = cross / n
        varied = np.stack([solutions.min(axis=0), solutions.max(axis=0)])
        return cls(
            n,
            solution,
            score,
            cross,
            np.maximum(square - n * mean**2, 0.0) * (n / max(n - 1, 1)),
            varied,
            np.abs(scores).max(axis=0),
            symmetric,
        )

    def merge(self, other: Self) -> Self:
        """The sums over both blocks."""
        count = self.count + other.count
        weight = self.count * other.count / count
        y, s = other.solution - self.solution, other.score - self.score
        return type(self)(
            count,
            self.solution + y * (other.count / count),
            self.score + s * (other.count / count),
            self.cross + other.cross + weight * np.outer(y, s),
            self.square + other.square,
            np.stack(
                [
                    np.minimum(self.varied[0], other.varied[0]),
                    np.maximum(self.varied[1], other.varied[1]),
                ]
            ),
            np.maximum(self.peak, other.peak),
            self.symmetric,
        )

    def estimate(self, extent: Floats) -> Estimate:
        """J and its standard errors, shape (d, d).

        A solution's entry that never varied has a row of zeros whose spread says nothing. With
        probability at most p = `unseen(n)` at one standard error it varies by its `extent` (d), and
        then |J_ij| <= extent_i p max |s_j|: that bound is the row's standard error.
        """
        n = self.count
        jacobian = self.cross / (n - 1)
        variance = self.square / n**2
        still = np.where(self.varied[0] == self.varied[1], extent, 0.0)
        bound = np.outer(still * unseen(n), self.peak)
        if not self.symmetric:
            return Estimate(jacobian, np.sqrt(variance + bound**2))
        error = np.sqrt(variance + (bound**2 + bound.T**2) / 4)
        return Estimate((jacobian + jacobian.T) / 2, error)
