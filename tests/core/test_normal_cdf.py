"""The normal distribution function: few numbers have the chances that many have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from perturbcli.core.normal_cdf import FEW, normal_cdf


@pytest.mark.parametrize("count", [1, 100, FEW, FEW + 1])
def test_few_and_many_agree(count: int) -> None:
    z = np.random.default_rng(0).uniform(-30, 9, count)
    np.testing.assert_allclose(normal_cdf(z), ndtr(z), rtol=1e-13)


@pytest.mark.parametrize("count", [1, FEW])
def test_it_takes_any_shape_and_every_float(count: int) -> None:
    ends = np.array([-np.inf, -1e300, 0.0, 40.0, np.inf, np.nan])
    found = normal_cdf(np.tile(ends, (count, 1)))
    np.testing.assert_array_equal(found, np.tile([0.0, 0.0, 0.5, 1.0, 1.0, np.nan], (count, 1)))
    assert normal_cdf(np.asarray(0.0)) == 0.5
