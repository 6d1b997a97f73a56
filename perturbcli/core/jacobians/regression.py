"""J by regression of solutions on scores, within the span of Y - Y.

By Stein's identity Cov(y*, S) = eps J, so that J = B E[S S^T] / eps with B = Cov(y*, S) Cov(S)^-1
the coefficients of y* on S: estimating the known Cov(S) as well, instead of using it, takes away
the part of the error that is linear in the scores. Two solutions differ within span(Y - Y) only, so
that J = P J P with P its projector, B = P B as it stands, and the regression needs the scores
V^T S in a basis V of it:

    J = sym(B V^T E[S S^T] V V^T) / eps,     B = Cov(y*, V^T S) Cov(V^T S)^-1.

Source: Stein, *Ann. Statist.* 1981, lemma 2; Glasserman, *Monte Carlo Methods in Financial
Engineering* 2003, section 4.1, for regression as control variates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from perturbcli.core.jacobians.accumulator import (
    Accumulator,
    Draws,
    Frame,
    Matrix,
    Reach,
    finished,
    symmetrised,
)
from perturbcli.core.jacobians.leave_one_out import centred, covariance, products
from perturbcli.core.parts import Parts, Sums

LARGEST = 512  # entries of theta: the sums are three matrices a part
OUTNUMBER = 4  # draws for each dimension of the span, below which the covariance is better
NEGLIGIBLE = 1e-10  # an eigenvalue of Cov(y) that is zero, beside the largest


@dataclass(frozen=True, slots=True)
class Regression(Accumulator):
    """Sums of y, s, y s^T, s s^T and y y^T by parts."""

    parts: Parts
    reach: Reach

    @classmethod
    def of(cls, draws: Draws) -> Self:
        y, s = draws.solutions, draws.scores
        sums = {"y": y.sum(axis=0), "s": s.sum(axis=0), "ys": y.T @ s, "ss": s.T @ s, "yy": y.T @ y}
        return cls(draws.parts(Sums(len(y), sums)), Reach.of(draws))

    def merge(self, other: Self) -> Self:
        return type(self)(self.parts.merge(other.parts), self.reach.merge(other.reach))

    def estimate(self, frame: Frame) -> Matrix:
        """J; the covariance takes over where the span has not `OUTNUMBER` draws a dimension."""
        total = self.parts.total
        n, y, s = total.n, total["y"] / total.n, total["s"] / total.n
        spectrum, vectors = np.linalg.eigh(total["yy"] / n - np.outer(y, y))
        basis = vectors[:, spectrum > NEGLIGIBLE * spectrum.max(initial=0.0)]
        if basis.shape[1] == 0 or n < OUTNUMBER * basis.shape[1] or not frame.symmetric:
            return covariance(self.parts, self.reach, frame)
        gram = basis.T @ (total["ss"] / n - np.outer(s, s)) @ basis
        mixed = centred(total) / n
        informed = (
            frame.information * basis.T
            if frame.information.ndim == 1
            else basis.T @ frame.information
        )
        weights = basis @ np.linalg.solve(gram, informed @ basis @ basis.T) / frame.scale
        slopes = np.linalg.solve(gram, (mixed @ basis).T).T @ basis.T
        # Rows of B are in the span as they stand, since the solutions are.
        jacobian = mixed @ weights
        deviations = []
        for part in self.parts.parts:
            moved = part["s"] - part.n * s
            squares = part["ss"] - np.outer(s, part["s"]) - np.outer(moved, s)
            residual = (products(part, y, s) - slopes @ squares) @ weights
            residual /= part.n
            deviations.append(symmetrised(residual, frame))
        # Residuals are smaller than errors by the share of the draws that the coefficients took.
        variance = self.parts.variance(deviations) * (n / (n - 1 - basis.shape[1]))
        variance = variance + frame.rarity(n)
        return finished(jacobian, variance, self.reach, frame, self.parts.degrees_of_freedom)
