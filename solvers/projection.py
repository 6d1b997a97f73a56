"""The set Y of some variables of a program: whether a y is in it, and whether it is a vertex."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.errors import SolverError
from solvers.graph import Ints
from solvers.linear_solver import LinearSolver
from solvers.oracle import Floats
from solvers.program import TOLERANCE, Program, loosened

NEAR = 1e-4  # how near to a vertex counts as there, in units of max(1, max |y|)


def holds(program: Program, covered: Ints, y: Floats) -> bool:
    """Whether some feasible x has the entries y at the places `covered`."""
    whole = program.integer[covered]
    if not np.isfinite(y).all() or (np.abs(y - np.rint(y)) > TOLERANCE)[whole].any():
        return False
    y = np.where(whole, np.rint(y), y)
    least, most = loosened(program.low, program.high)
    if ((y < least[covered]) | (y > most[covered])).any():
        return False
    lower, upper = loosened(program.lower, program.upper)
    if len(y) == len(program.low):
        x = np.empty((1, len(y)))
        x[0, covered] = y
        activity = program.activity(x)[0]
        return bool(((activity >= lower) & (activity <= upper)).all())
    low, high = program.low.copy(), program.high.copy()
    around = loosened(y, y)
    low[covered], high[covered] = np.where(whole, y, around[0]), np.where(whole, y, around[1])
    extended = replace(program, lower=lower, upper=upper, low=low, high=high)
    return LinearSolver(extended).feasible()


def is_vertex(program: Program, covered: Ints, y: Floats) -> bool:
    """Whether y is a vertex of the polyhedron Y that the feasible x of a program make.

    y in Y is a vertex where no d but 0 has both y + d and y - d in Y. Such d are convex and
    symmetric about 0, so that one of them has <g, d> > 0 for almost every g: maximising it over the
    d together with all x = (y + d, u) and x = (y - d, v) decides, in one linear program.
    """
    if not np.isfinite(y).all():
        return False
    k, m = len(covered), len(program.lower)
    place = np.full(len(program.low), -1)  # of each variable of x in y
    place[covered] = np.arange(k)
    rest = np.flatnonzero(place < 0)
    beside = np.zeros(len(program.low), dtype=np.int64)  # of each other variable among the others
    beside[rest] = np.arange(len(rest))

    least, most = loosened(program.low, program.high)
    reach = np.minimum(y - least[covered], most[covered] - y)
    if (reach < 0).any():
        return False
    inside = place[program.columns] >= 0
    rows, columns, coefficients = program.rows, program.columns, program.coefficients
    of_y = np.zeros(m)
    np.add.at(of_y, rows[inside], coefficients[inside] * y[place[columns[inside]]])
    shift = np.where(inside, place[columns], k + beside[columns])
    mirror = np.where(inside, place[columns], k + len(rest) + beside[columns])
    lower, upper = loosened(program.lower, program.upper)
    both = Program(
        rows=np.concatenate([rows, rows + m]),
        columns=np.concatenate([shift, mirror]),
        coefficients=np.concatenate([coefficients, np.where(inside, -coefficients, coefficients)]),
        lower=np.tile(lower - of_y, 2),
        upper=np.tile(upper - of_y, 2),
        low=np.concatenate([-reach, np.tile(program.low[rest], 2)]),
        high=np.concatenate([reach, np.tile(program.high[rest], 2)]),
        integer=np.zeros(k + 2 * len(rest), dtype=np.bool_),
        objective=np.zeros(k + 2 * len(rest)),
    )
    solver = LinearSolver(both)
    if not solver.feasible():
        return False
    generic = np.zeros((1, len(both.low)))
    generic[0, :k] = np.random.default_rng(0).standard_normal(k)
    try:
        d = solver.maximise(generic).solutions[0, :k]
    except SolverError:  # a whole line
        return False
    return bool(np.abs(d).max() <= NEAR * max(1.0, float(np.abs(y).max())))
