"""Means and their standard errors from draws that arrive in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

from perturbcli.core.noise import Floats
from perturbcli.core.records import Estimate

LEVEL = 0.95
NORMAL_QUANTILE = NormalDist().inv_cdf(0.5 + LEVEL / 2)


def unseen(samples: int) -> float:
    """The standard error of a probability whose event none of n draws showed: z/(n + z^2).

    Wilson's interval at a proportion of zero is [0, z^2/(n + z^2)]; this is its upper end divided by
    z, so that `estimate + z * standard_error` is that end.
    Source: Wilson, JASA 1927.
    """
    return NORMAL_QUANTILE / (samples + NORMAL_QUANTILE**2)


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean, sum of squared deviations and range of draws, entry by entry.

    Merging is exact for any cut into blocks: Chan, Golub, LeVeque, American Statistician 1983.
    """

    count: int
    mean: Floats
    squares: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, draws: Floats) -> Self:
        """The moments of draws of shape (n, ...)."""
        mean = draws.mean(axis=0)
        deviations = draws - mean
        squares = np.einsum("n...,n...->...", deviations, deviations)
        return cls(len(draws), mean, np.asarray(squares), draws.min(axis=0), draws.max(axis=0))

    def merge(self, other: Self) -> Self:
        """The moments of both sets of draws together."""
        count = self.count + other.count
        step = other.mean - self.mean
        return type(self)(
            count,
            self.mean + step * (other.count / count),
            self.squares + other.squares + step**2 * (self.count * other.count / count),
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
        )

    def estimate(self, extent: Floats | None = None) -> Estimate:
        """The mean with its standard error sqrt(s^2/n).

        Where every draw was the same, s = 0 says only that nothing else was seen: the error there is
        `extent`, the range that the entry may have, times `unseen(n)`. Without `extent` the range is
        that of all the entries together.
        """
        error = np.sqrt(self.squares / (self.count - 1) / self.count)
        constant = self.low == self.high
        if constant.any():
            if extent is None:
                extent = np.asarray(self.high.max() - self.low.min())
                if extent == 0:
                    extent = np.abs(self.high).max()
            error = np.where(constant, extent * unseen(self.count), error)
        return Estimate(self.mean, error)
