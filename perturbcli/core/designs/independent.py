"""Independent draws: plain Monte Carlo."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from perturbcli.core.designs.design import STREAM, Block, Design
from perturbcli.core.noise import Floats, Noise


class Independent(Design):
    """Z_1 ... Z_n independent, and the same for every oracle, however many it takes at a time."""

    name: ClassVar[str] = "monte-carlo"

    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        size = self.rows(math.prod(shape), STREAM)
        first, end = block.start // size, block.start + block.size
        streams = [
            noise.sample(self.generator(index), (min(size, end - index * size), *shape))
            for index in range(first, -(-end // size))
        ]
        drawn = streams[0] if len(streams) == 1 else np.concatenate(streams)
        return drawn[block.start - first * size :]
