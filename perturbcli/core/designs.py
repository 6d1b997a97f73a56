"""How Z is drawn: a design cuts the samples into blocks and draws each block on its own.

A block's draws depend on the seed and the block's index alone, never on who runs it or when, so
that the same seed gives the same result wherever the blocks are run.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perturbcli.core.noise import Floats, Noise

BLOCK_ENTRIES = 2**20  # numbers in one array of a block: 8 MiB


@dataclass(frozen=True, slots=True)
class Block:
    """Samples `start` to `start + size`, number `index` of the blocks."""

    index: int
    start: int
    size: int


@dataclass(frozen=True)
class Independent:
    """Independent draws of Z."""

    samples: int
    seed: int

    name = "monte-carlo"

    def blocks(self, dimension: int, batch: int) -> list[Block]:
        """Blocks of at most `batch` samples, and of a bounded number of entries."""
        rows = max(4, min(batch, BLOCK_ENTRIES // max(dimension, 1)))
        starts = range(0, self.samples, rows)
        return [Block(i, s, min(rows, self.samples - s)) for i, s in enumerate(starts)]

    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        """The block's Z, shape (block.size, *shape)."""
        sequence = np.random.SeedSequence(entropy=self.seed, spawn_key=(block.index,))
        return noise.sample(
            np.random.Generator(np.random.PCG64DXSM(sequence)), (block.size, *shape)
        )
