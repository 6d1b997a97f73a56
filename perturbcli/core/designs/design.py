"""How Z is drawn: a design cuts the samples into blocks and draws each block on its own.

A block's draws depend on the seed and the block's index alone, never on who runs it or when, so
that the same seed gives the same result wherever the blocks are run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from perturbcli.core.noise import Floats, Noise

BLOCK_ENTRIES = 2**20  # numbers in one array of a block: 8 MiB
STREAM = 256  # samples at the most that one generator draws, so that every oracle is given the same
PARTS = 16  # blocks that a parted design makes at the least, where there are samples enough


@dataclass(frozen=True, slots=True)
class Block:
    """Samples `start` to `start + size`, number `index` of the blocks."""

    index: int
    start: int
    size: int


@dataclass(frozen=True)
class Design(ABC):
    """`samples` draws of Z from a seed.

    In a parted design the draws of a block depend on each other, and standard errors come from what
    the blocks say each by itself; in a nested one the blocks depend on each other as well.
    """

    samples: int
    seed: int

    name: ClassVar[str]
    parted: ClassVar[bool] = False
    nested: ClassVar[bool] = False
    paired: ClassVar[bool] = False  # whether the halves of a block mirror each other
    multiple: ClassVar[int] = 1  # the samples of a block are a multiple of this

    @classmethod
    def rounded(cls, samples: int, dimension: int) -> int:  # noqa: ARG003 - some are bounded by it
        """The number of samples, at most `samples`, that the design can use; 0 for none."""
        return samples - samples % cls.multiple

    def replicates(self, dimension: int) -> int:  # noqa: ARG002 - one design has them
        """How many independent randomisations take turns at the blocks; 0 where there is one."""
        return 0

    def rows(self, dimension: int, batch: int) -> int:
        """The samples of a block: at most `batch`, and of a bounded number of entries."""
        rows = max(4, min(batch, BLOCK_ENTRIES // max(dimension, 1)))
        if self.parted:
            rows = min(rows, STREAM, self.samples // (self.replicates(dimension) or PARTS))
        return max(rows - rows % self.multiple, self.multiple)

    def blocks(self, dimension: int, batch: int) -> Iterator[Block]:
        """The blocks in order, all of the same size but for the last."""
        rows = self.rows(dimension, batch)
        for index, start in enumerate(range(0, self.samples, rows)):
            yield Block(index, start, min(rows, self.samples - start))

    @abstractmethod
    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        """The block's Z, shape (block.size, *shape)."""

    def generator(self, *key: int) -> np.random.Generator:
        """A generator of its own for each key, such as a block's index."""
        sequence = np.random.SeedSequence(entropy=self.seed, spawn_key=key)
        return np.random.Generator(np.random.PCG64DXSM(sequence))


def derived(seed: int, key: int) -> int:
    """A seed of its own for each key, whose draws are independent of those of the seed."""
    sequence = np.random.SeedSequence(entropy=seed, spawn_key=(2**31, key))
    return int.from_bytes(sequence.generate_state(4).tobytes(), "little")
