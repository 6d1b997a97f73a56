"""p_theta(y) = P(y*(theta + eps Z) = y), counted over the samples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import sqrt

import numpy as np

from perturbcli.core.moments import NORMAL_QUANTILE
from perturbcli.core.noise import Floats
from perturbcli.core.records import Distribution, Likely


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each solution was seen, in the order of first sight; 0/1 solutions take a bit an entry."""

    seen: Counter[bytes]

    @classmethod
    def of(cls, solutions: Floats) -> Counts:
        """The counts of solutions of shape (n, d)."""
        binary = ((solutions == 0) | (solutions == 1)).all(axis=1)
        packed = np.packbits(solutions == 1, axis=1)
        rows = solutions + 0.0  # so that -0.0 and 0.0 are the same bytes
        codes = (
            b"b" + packed[i].tobytes() if bits else b"f" + rows[i].tobytes()
            for i, bits in enumerate(binary.tolist())
        )
        return cls(Counter(codes))

    def merge(self, other: Counts) -> Counts:
        """The counts of both; the order of first sight is kept."""
        return Counts(self.seen + other.seen)

    def estimate(self, listed: int, shape: tuple[int, ...]) -> Distribution:
        """The `listed` likeliest solutions; ties in the order of first sight.

        `missing_mass` is Good and Turing's estimate, the share of samples whose solution was seen
        once. Source: Good, *Biometrika* 1953.
        """
        n = self.seen.total()
        ranked = self.seen.most_common()
        likely = tuple(
            Likely(decode(code, shape), count / n, *wilson(count, n))
            for code, count in ranked[:listed]
        )
        return Distribution(
            likely,
            sum(count == 1 for _, count in ranked) / n,
            sum(count for _, count in ranked[listed:]) / n,
        )


def decode(code: bytes, shape: tuple[int, ...]) -> Floats:
    """The solution that `Counts.of` wrote as `code`."""
    if code[:1] == b"f":
        return np.frombuffer(code[1:], dtype=np.float64).reshape(shape)
    size = int(np.prod(shape))
    bits = np.unpackbits(np.frombuffer(code[1:], dtype=np.uint8), count=size)
    return bits.reshape(shape).astype(np.float64)


def wilson(count: int, samples: int) -> tuple[float, float]:
    """Wilson's 95% interval of a proportion. Source: Wilson, JASA 1927, equation 10."""
    z2 = NORMAL_QUANTILE**2
    p = count / samples
    centre = (p + z2 / (2 * samples)) / (1 + z2 / samples)
    half = (
        NORMAL_QUANTILE * sqrt(p * (1 - p) / samples + z2 / (4 * samples**2)) / (1 + z2 / samples)
    )
    return max(0.0, centre - half), min(1.0, centre + half)
