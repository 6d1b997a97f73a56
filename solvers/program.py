"""Linear programs as data, whatever they were read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.graph import Ints
from solvers.oracle import Bools, Floats

TOLERANCE = 1e-6  # by how much a constraint may be missed, in units of max(1, |its bound|)


@dataclass(frozen=True, eq=False)
class Program:
    """max <objective, x> + constant over lower <= A x <= upper, low <= x <= high, some x_i integer.

    N variables and m rows; A is given by its entries A[rows[k], columns[k]] = coefficients[k], no
    place twice. Bounds may be infinite.

    names: of the variables, or None where they have none
    """

    rows: Ints
    columns: Ints
    coefficients: Floats
    lower: Floats  # (m,)
    upper: Floats  # (m,)
    low: Floats  # (N,)
    high: Floats  # (N,)
    integer: Bools  # (N,)
    objective: Floats  # (N,)
    constant: float = 0.0
    names: tuple[str, ...] | None = None

    def activity(self, x: Floats) -> Floats:
        """A x for each x, shape (n, N) to (n, m)."""
        sums = np.zeros((len(self.lower), len(x)))
        np.add.at(sums, self.rows, self.coefficients[:, None] * x.T[self.columns])
        return np.ascontiguousarray(sums.T)


def loosened(lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
    """The bounds, each moved out by `TOLERANCE`."""
    return (
        lower - TOLERANCE * np.maximum(1.0, np.abs(lower)),
        upper + TOLERANCE * np.maximum(1.0, np.abs(upper)),
    )
