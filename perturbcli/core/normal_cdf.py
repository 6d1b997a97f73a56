"""The standard normal distribution function."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEW = 2**11  # numbers, for which C takes a thousandth of the time that SciPy takes to load


def normal_cdf(z: Floats) -> Floats:
    """Phi(z) = erfc(-z/sqrt 2)/2, to full relative accuracy in the lower tail."""
    if z.size <= FEW:
        halves = [0.5 * math.erfc(one) for one in (-z.reshape(-1) * math.sqrt(0.5)).tolist()]
        return np.array(halves).reshape(z.shape)
    from scipy.special import ndtr

    return np.asarray(ndtr(z))
