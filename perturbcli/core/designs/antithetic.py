"""Pairs of draws that mirror each other."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from perturbcli.core.designs.design import Block, Design
from perturbcli.core.noise import Floats, Noise, Symmetric


class Antithetic(Design):
    """Pairs Q(U), Q(1 - U) of the noise's inverse distribution function Q, U uniform.

    What is odd in the noise cancels within a pair, the linear part of F first. For a symmetric noise
    the pair is Z, -Z. Source: Hammersley and Morton, Proc. Cambridge Phil. Soc. 1956.
    """

    name: ClassVar[str] = "antithetic"
    parted: ClassVar[bool] = True
    paired: ClassVar[bool] = True
    multiple: ClassVar[int] = 2

    def draw(self, noise: Noise, block: Block, shape: tuple[int, ...]) -> Floats:
        # Multiples of 2^-53 between 0 and 1, ends excluded, of which 1 - u is exact.
        bits = self.generator(block.index).integers(1, 2**53, (block.size // 2, *shape))
        u: Floats = bits.astype(np.float64) * 2.0**-53
        z = noise.quantile(u)
        return np.concatenate([z, -z if isinstance(noise, Symmetric) else noise.quantile(1.0 - u)])
