"""95% intervals of estimates: estimate -+ q * standard_error, with q of Student's t or the normal law."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95


def quantile(degrees: int | None) -> float:
    """q of P(|T| <= q) = 0.95; of the normal law where there are no degrees of freedom."""
    from scipy.special import ndtri, stdtrit

    tail = (1 + LEVEL) / 2
    return float(ndtri(tail) if degrees is None else stdtrit(degrees, tail))


def bounds(
    pair: dict[str, Any], *, probability: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lower and the upper ends of the intervals of an estimate; those of a `probability` in [0, 1]."""
    estimate, half = np.asarray(pair["estimate"], dtype=np.float64), half_widths(pair)
    lower, upper = estimate - half, estimate + half
    if not probability:
        return lower, upper
    # An estimate may be a last bit outside of them.
    return np.fmin(estimate, np.clip(lower, 0, 1)), np.fmax(estimate, np.clip(upper, 0, 1))


def half_widths(pair: dict[str, Any]) -> NDArray[np.float64]:
    """Half the width of each interval of an estimate; with a list of degrees, one for each of axis 0."""
    error = np.asarray(pair["standard_error"], dtype=np.float64)
    degrees = pair.get("degrees_of_freedom")
    if not isinstance(degrees, list):
        return error * quantile(degrees)
    factors = np.array([quantile(one) for one in degrees])
    return np.asarray(error * factors.reshape(-1, *[1] * (error.ndim - 1)))
