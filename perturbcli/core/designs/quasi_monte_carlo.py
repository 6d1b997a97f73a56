"""Randomised quasi-Monte Carlo: a lattice in the unit cube, shifted at random."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.designs.design import Block, Design
from perturbcli.core.noise import Floats, Noise

BITS = 16
SMALLEST, LARGEST = 2**6, 2**BITS  # points of one lattice
FEW = 8  # dimensions up to which the errors of a lattice's pieces say too little of the whole's
SHIFTS = 16  # independent ones, that are used there, or up to twice as many


@cache
def vector() -> NDArray[np.int64]:
    """The lattice's generating vector, one odd integer below 2^16 a dimension.

    Built component by component (`tests/benchmarks/lattice_vector.py`) such that its first 2^6, 2^7
    ... 2^16 points are all good lattices in the shift-averaged Sobolev space with product weights.
    Source: Nuyens and Cools, *Math. Comp.* 2006; Cools, Kuo, Nuyens, *SIAM J. Sci. Comput.* 2006.
    """
    with files(__package__).joinpath("lattice.npy").open("rb") as stream:
        return np.asarray(np.load(stream, allow_pickle=False), dtype=np.int64)


@cache
def points(size: int) -> NDArray[np.int64]:
    """2^16 phi(i) for i = 0 ... size - 1: each number with its sixteen bits in the other order."""
    turned, numbers = np.zeros(size, dtype=np.int64), np.arange(size, dtype=np.int64)
    for bit in range(BITS):
        turned |= ((numbers >> bit) & 1) << (BITS - 1 - bit)
    return turned


def power(number: int) -> int:
    """The largest power of two that is at most `number`."""
    return 1 << (number.bit_length() - 1)


class QuasiMonteCarlo(Design):
    """Z_i = Q({phi(i) z + shift}), with phi van der Corput's sequence and Q the noise's quantiles.

    Any 2^m consecutive points that start at a multiple of 2^m are a shifted lattice of their own,
    so that blocks can be compared and a run can be made longer. In few dimensions the lattice is cut
    into smaller ones with independent shifts; in more, the seed also says which component of z goes
    with which coordinate, since how well a lattice suits an integrand depends on the order of its
    coordinates by more than the pieces tell. Points past 2^16 start another lattice. Each point is
    uniform, so every mean is unbiased.
    Source: Cranley and Patterson, *SIAM J. Numer. Anal.* 1976.
    """

    name: ClassVar[str] = "quasi-monte-carlo"
    parted: ClassVar[bool] = True
    nested: ClassVar[bool] = True

    @classmethod
    def rounded(cls, samples: int, dimension: int) -> int:
        """A power of two, in few dimensions a multiple of one, 0 where the lattice has no place."""
        if dimension > len(vector()) or samples < SMALLEST:
            return 0
        if dimension > FEW or samples < SHIFTS**2:
            return power(samples)
        return samples - samples % power(samples // SHIFTS)

    def replicates(self, dimension: int) -> int:
        if dimension > FEW or self.samples < SHIFTS**2:
            return 0
        return self.samples // power(self.samples // SHIFTS)

    def rows(self, dimension: int, batch: int) -> int:
        """As any design's, but a power of two, which the number of samples is a multiple of."""
        return power(super().rows(dimension, batch))

    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        d = int(np.prod(shape))
        turns = self.replicates(d) or 1
        position, turn = divmod(block.index, turns)
        cycle, start = divmod(position * block.size, LARGEST)
        # The bits of where a block starts are those above the bits of its size.
        numbers = points(block.size) + points(LARGEST)[start]
        generator, z = self.generator(turn, cycle), vector()[:d]
        if d > FEW:
            z = generator.permutation(z)
        u = (numbers[:, np.newaxis] * z & (LARGEST - 1)) / LARGEST
        u += generator.random(d)
        u -= u >= 1.0
        # The ends of the interval, where the quantiles are infinite, are half a step away.
        np.clip(u, 2.0**-54, 1.0 - 2.0**-53, out=u)
        return noise.quantile(u).reshape(block.size, *shape)
