"""Designs: the same noise for every oracle, however many theta it takes at a time."""

from __future__ import annotations

import numpy as np
import pytest

from perturbcli.core.designs import DESIGNS
from perturbcli.core.noise import NOISES


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize(
    ("method", "batch"),
    [(method, batch) for method in DESIGNS for batch in (512, 1024)]
    + [("monte-carlo", batch) for batch in (16, 100)],  # of a point set they are the pieces
)
def test_blocks_are_cut_from_the_same_noise(method: str, batch: int, noise: str) -> None:
    design = DESIGNS[method](5000, 3)
    one, other = (
        np.concatenate(
            [design.draw(NOISES[noise], block, (3,)) for block in design.blocks(3, size)]
        )
        for size in (256, batch)
    )
    np.testing.assert_array_equal(one, other)
