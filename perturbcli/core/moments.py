"""Means and their standard errors from draws that arrive in blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

from perturbcli.core.noise import Floats
from perturbcli.core.parts import Parts, Sums
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
    """Mean, sum of squared deviations and range of draws, entry by entry.

    Independent draws, `count` of them: `squares` are merged exactly for any cut into blocks (Chan,
    Golub, LeVeque, *American Statistician* 1983). A mirrored pair of samples is one draw. Where the
    draws of a block depend on each other, `parts` has the sums, and `squares` are zero.
    """

    samples: int
    count: int
    mean: Floats
    squares: Floats
    low: Floats
    high: Floats
    parts: Parts | None = None

    @classmethod
    def of(
        cls,
        draws: Floats,
        wrap: Callable[[Sums], Parts] | None = None,
        *,
        paired: bool = False,
    ) -> Self:
        """The moments of draws of shape (n, ...).

        `wrap` makes them a part of a design in parts; `paired` averages the mirrored halves.
        """
        n, mean = len(draws), draws.mean(axis=0)
        low, high = draws.min(axis=0), draws.max(axis=0)
        if wrap is not None:
            parts = wrap(Sums(n, {"x": n * mean}))
            return cls(n, 1, mean, np.zeros_like(mean), low, high, parts)
        deviations = draws - mean
        if paired:
            deviations = (deviations[: n // 2] + deviations[n // 2 :]) / 2
        squares = np.asarray(np.einsum("n...,n...->...", deviations, deviations))
        return cls(n, len(deviations), mean, squares, low, high)

    def merge(self, other: Self) -> Self:
        """The moments of both sets of draws together."""
        n, count = self.samples + other.samples, self.count + other.count
        step = other.mean - self.mean
        return type(self)(
            n,
            count,
            self.mean + step * (other.samples / n),
            self.squares + other.squares + step**2 * (self.count * other.count / count),
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.parts.merge(other.parts) if self.parts and other.parts else None,
        )

    @property
    def rate(self) -> float | None:
        """How fast the variance of nested parts falls, to be lent to a quantity of few entries."""
        return None if self.parts is None else self.parts.rate(self._deviations(self.parts))

    def estimate(
        self,
        extent: Floats | None = None,
        rate: float | None = None,
        *,
        discrete: bool = False,
    ) -> Estimate:
        """The mean with its standard error: sqrt(s^2/n), or what the parts tell.

        The spread of `discrete` draws, which differ by steps of 1 or by `extent` where that is less,
        is told by a few of them where they seldom differ: s^2 is that of the draws and one more
        that lies a step away, which lets intervals hold the truth as often as they say (with k in n
        draws, s^2/n is near (k + 1)/n^2 instead of k/n^2).

        Where every draw was the same, s = 0 says only that nothing else was seen: the error there is
        `extent`, the range that the entry may have, times `unseen(n)`. Without `extent` the range is
        that of all the entries together. `rate` is that of another quantity's nested parts.
        """
        if self.parts is None:
            squares = self.squares
            if discrete and extent is not None:
                # In a mirrored pair it is one of the two that differs.
                squares = squares + (np.minimum(extent, 1.0) * self.count / self.samples) ** 2
            variance = squares / (self.count - 1) / self.count
            freedom = None
        else:
            variance = self.parts.variance(self._deviations(self.parts), rate)
            freedom = self.parts.degrees_of_freedom
        error = np.sqrt(variance)
        if self.parts is not None and discrete and extent is not None:
            # The mean of a part whose draws differ by 1 is a multiple of 1/size. One more part a step
            # away, as above; and where all agree, that no other multiple was seen.
            r = len(self.parts.parts)
            step = np.minimum(extent, 1.0) * r / self.samples
            error = np.sqrt(variance + step**2 / (r * max(r - 1, 1)))
            error = np.maximum(error, unseen(r) * step)
        constant = self.low == self.high
        if constant.any():
            if extent is None:
                extent = np.asarray(self.high.max() - self.low.min())
                if extent == 0:
                    extent = np.abs(self.high).max()
            error = np.where(constant, extent * unseen(self.samples), error)
        return Estimate(self.mean, error, freedom)

    def _deviations(self, parts: Parts) -> list[Floats]:
        return [part["x"] / part.n - self.mean for part in parts.parts]
