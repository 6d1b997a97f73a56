"""Real costs as integers: the one place where OR-Tools' integer solvers get their numbers.

A solver that takes integers is given k_i = round(s c_i), where the scale s is the power of two with
`largest` / 4 < max |k_i| <= `largest`; multiplying by it is exact, so the only error is the rounding's:

    |<y, k>/s - <y, c>| <= |y|_1 / (2 s),        1/s < 4 max|c| / `largest`.

An optimum y of the integer problem is therefore within |y - y'|_1 / (2 s) of the true optimum y'.
With `largest` = 2^40 and solutions of 1000 entries, that is a relative 1e-9 of the largest cost;
two solutions that differ by less are ties to the solver.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from solvers.errors import SolverError
from solvers.oracle import Floats

LARGEST = 2**40


def to_integers(costs: Floats, *, largest: int = LARGEST) -> tuple[NDArray[np.int64], float]:
    """Integers and the scale s they were multiplied by, for costs of any shape.

    Raises `SolverError` where a cost is not finite, or is so small that s overflows a float.
    """
    scale = _scale(float(np.abs(costs).max(initial=0.0)), largest)
    return np.rint(costs * scale).astype(np.int64), scale


def integer_rows(costs: Floats, *, largest: int = LARGEST) -> NDArray[np.int64]:
    """`to_integers` of each row of costs by itself, shape (n, d) to (n, d), without the scales."""
    peaks = np.maximum(costs.max(axis=1, initial=0.0), -costs.min(axis=1, initial=0.0))
    scales = np.array([_scale(peak, largest) for peak in peaks.tolist()])
    integers: NDArray[np.int64] = np.rint(costs * scales[:, None]).astype(np.int64)
    return integers


def _scale(peak: float, largest: int) -> float:
    """The scale for costs of which the largest is `peak`; 1 where all are 0."""
    if not math.isfinite(peak):
        raise SolverError("a cost handed to an integer solver is not finite")
    if peak == 0.0:
        return 1.0
    exponent = math.frexp(largest / 2)[1] - math.frexp(peak)[1]
    if exponent > 1000:
        raise SolverError(f"costs of at most {peak:g} are too small to be scaled to integers")
    return math.ldexp(1.0, exponent)


def check_total(integers: NDArray[np.int64], uses: int, *, limit: int = 2**62) -> None:
    """Raise `SolverError` where `uses` of the largest integer could pass `limit` when summed."""
    peak = int(np.abs(integers).max(initial=0))
    if peak * uses > limit:
        raise SolverError(
            f"integer costs up to {peak} summed {uses} times may pass {limit}; scale them smaller"
        )
