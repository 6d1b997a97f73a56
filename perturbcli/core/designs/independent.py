"""Independent draws: plain Monte Carlo."""

from __future__ import annotations

from typing import ClassVar

from perturbcli.core.designs.design import Block, Design
from perturbcli.core.noise import Floats, Noise


class Independent(Design):
    """Z_1 ... Z_n independent."""

    name: ClassVar[str] = "monte-carlo"

    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        return noise.sample(self.generator(block.index), (block.size, *shape))
