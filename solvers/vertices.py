"""The vertex that a point is, to the last bit: a solver's answer without the path that led to it.

Two solves that end at the same vertex end there but for rounding, and equal solutions must be equal
arrays to be counted. A vertex is where constraints hold with equality, and they determine it: so
every point is computed again from those that hold at it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from solvers.oracle import Bools, Floats
from solvers.program import Program

ACTIVE = 1e-7  # how near to its bound a constraint holds with equality, in units of max(1, |bound|)
DIGITS = 13  # significant ones of what is computed again
KEPT = 2**22  # entries of vertices that are remembered
SMALL = 2**14  # entries of A up to which it is a dense matrix


class Vertices:
    """The vertices of a program, each computed once."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._matrix = _matrix(program)
        self._known: dict[bytes, Floats] = {}

    def recomputed(self, x: Floats) -> Floats:
        """Each x, shape (n, N), as the equalities that hold at it determine it; integers are rounded.

        Where they leave it open, x stays as it is.
        """
        program = self._program
        x = np.where(program.integer, np.rint(x), x)
        activity = x @ self._matrix.T
        at_low, at_high = _at(x, program.low), _at(x, program.high)
        row_low, row_high = _at(activity, program.lower), _at(activity, program.upper)
        x = np.where(at_low, program.low, np.where(at_high, program.high, x))
        fixed = at_low | at_high | program.integer
        states = np.packbits(np.hstack([at_low, at_high, row_low, row_high]), axis=1)
        integers = np.ascontiguousarray(x[:, program.integer]).view(np.uint8)
        if len(self._known) * x.shape[1] > KEPT:
            self._known.clear()
        for i, state in enumerate(map(bytes, np.hstack([states, integers]))):
            solved = self._known.get(state)
            if solved is None:
                sides = np.where(row_low[i], program.lower, program.upper)
                solved = _solved(self._matrix, sides, row_low[i] | row_high[i], fixed[i], x[i])
                if solved is None:
                    continue
                self._known[state] = solved
            x[i] = solved
        return x


def _at(values: Floats, bounds: Floats) -> Bools:
    """Where each row of values is at its bounds."""
    near = ACTIVE * np.maximum(1.0, np.abs(bounds))
    return np.asarray(np.isfinite(bounds) & (np.abs(values - bounds) <= near))


def _matrix(program: Program) -> Any:
    """A, dense where it is small."""
    shape = len(program.lower), len(program.low)
    if shape[0] * shape[1] > SMALL:
        from scipy.sparse import csc_array

        return csc_array((program.coefficients, (program.rows, program.columns)), shape=shape)
    matrix = np.zeros(shape)
    matrix[program.rows, program.columns] = program.coefficients
    return matrix


def _solved(matrix: Any, sides: Floats, rows: Bools, fixed: Bools, x: Floats) -> Floats | None:
    """x with its free entries from the rows that hold with equality; None where those don't tell."""
    free = ~fixed
    part = matrix[rows]
    sides = sides[rows] - part[:, fixed] @ x[fixed]
    entries = _unique(part[:, free], sides)
    if (
        entries is None
        or (np.abs(entries - x[free]) > 1e-6 * np.maximum(1.0, np.abs(entries))).any()
    ):
        return x
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.maximum(np.abs(entries), 1e-9))))
    solved = x.copy()
    solved[free] = np.rint(entries * scale) / scale
    return solved


def _unique(matrix: Any, sides: Floats) -> Floats | None:
    """The z with matrix z = sides, None where more than one has it; there may be idle rows."""
    m, k = matrix.shape
    if m < k:
        return None
    if isinstance(matrix, np.ndarray):
        try:
            if m > k:
                q, matrix = np.linalg.qr(matrix)
                sides = q.T @ sides
            return np.linalg.solve(matrix, sides)
        except np.linalg.LinAlgError:
            return None
    # Not dense: its linear algebra takes all cores there are, which other workers need.
    from scipy.sparse import block_array, csc_array, eye_array
    from scipy.sparse.linalg import splu

    if m > k:
        matrix = csc_array(block_array([[eye_array(m), matrix], [matrix.T, None]]))
        sides = np.concatenate([sides, np.zeros(k)])
    try:
        solution: Floats = splu(matrix).solve(sides)
    except RuntimeError:  # exactly singular
        return None
    return solution[len(solution) - k :]
