"""The best items that fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from solvers.cp_sat import CpSat, LimitReached, Optimum
from solvers.errors import StructureError
from solvers.graph import Ints
from solvers.integers import check_total, integer_rows
from solvers.oracle import Answers, Bools, Floats, Oracle, exact

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

HEAVIEST = 2**60  # what the weights of a row may add up to
TABLE = 2**22  # items times capacity that divide and conquer goes through in milliseconds
SMALL = 2**15  # items times capacity up to which the kernel is faster than that
CACHED = 2**14  # capacity times parameters that stay in a processor's cache
FEW = 20  # items that branch and bound copes with under several constraints
PATIENCE = 1.0  # seconds of branch and bound: one constraint takes it milliseconds, or for ever

Integers = Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]


class Knapsack(Oracle):
    """y*(theta) = argmax <y, theta> over y in {0, 1}^d with weights y <= capacity.

    The kernel is Bellman's table of the best value at each capacity, of many theta at once; auto
    takes it where there is one constraint and the table is small. Otherwise by OR-Tools'
    KnapsackSolver on integers (see `solvers.integers`): divide and conquer where there is one
    constraint of moderate capacity, else branch and bound; and by CP-SAT where that is lost,
    which is the case at once with many items and several constraints. Within a time limit the best
    y found is not always proved. An item whose theta is not positive is not chosen.
    """

    problem: ClassVar[str] = "knapsack"
    kernel: ClassVar[bool] = True

    weights: Integers | Annotated[list[Integers], Field(min_length=1)] = Field(
        description="The weight of each item, integers from 0; or a row of them per constraint."
    )
    capacity: Annotated[int, Field(ge=0)] | Integers = Field(
        description="The most that the chosen items may weigh; or one integer per constraint."
    )

    _fits: Bools = PrivateAttr()  # whether an item is light enough to be chosen at all
    _weights: Ints = PrivateAttr()  # the constraints that bind, in their largest unit, r x d
    _capacity: Ints = PrivateAttr()
    _method: Literal["bellman", "table", "branch", "program"] = PrivateAttr()
    _program: CpSat = PrivateAttr()

    @field_validator("weights", "capacity", mode="before")
    @classmethod
    def _integers(cls, value: Any, info: ValidationInfo) -> Any:
        plain = value.tolist() if isinstance(value, np.ndarray | np.generic) else value
        wrong = _wrong(plain)
        if wrong is not None:
            raise StructureError(str(info.field_name), f"expected integers from 0, found {wrong}")
        return plain

    @model_validator(mode="after")
    def _structure(self) -> Self:
        rows, limits = self._constraints()
        weights, capacity = np.array(rows, dtype=np.int64), np.array(limits, dtype=np.int64)
        self._fits = np.asarray((weights <= capacity[:, None]).all(axis=0))
        weights[:, ~self._fits] = 0
        binding = weights.sum(axis=1) > capacity
        units = np.gcd.reduce(weights[binding], axis=1)
        self._weights = weights[binding] // units[:, None]
        self._capacity = capacity[binding] // units
        single = len(units) == 1
        cells = weights.shape[1] * (int(self._capacity[0]) + 1) if single else 0
        if self.backend == "kernel" and len(units) > 1:
            raise StructureError(
                "backend", f"expected auto or ortools with {len(units)} constraints, found kernel"
            )
        if self.backend == "kernel" and cells > TABLE:
            raise StructureError(
                "backend",
                f"expected auto or ortools with items times capacity above {TABLE}, found kernel",
            )
        if self.backend == "kernel" or (self.backend == "auto" and single and cells <= SMALL):
            self._method = "bellman"
        elif single and cells <= TABLE:
            self._method = "table"
        else:
            self._method = "branch" if single or weights.shape[1] <= FEW else "program"
        self._program = CpSat(self._packing, time_limit=self._seconds("program"))
        return self

    def solve(self, theta: Floats) -> Answers:
        gains = np.where(self._fits, np.maximum(theta, 0.0), 0.0)
        solutions = (gains > 0).astype(np.float64)
        crowded = np.flatnonzero((solutions @ self._weights.T > self._capacity).any(axis=1))
        if self._method == "bellman":
            solutions[crowded] *= self._tabled(gains[crowded])
            return exact(solutions, gains)
        proved, unproved = np.ones(len(theta), dtype=np.bool_), {}
        fallbacks = 0
        integers = integer_rows(gains[crowded])
        check_total(integers, gains.shape[1])
        search = self._search()
        found = [search(profits) for profits in integers.tolist()]
        chosen = np.array([items for items, _ in found], dtype=np.bool_)
        solutions[crowded] *= chosen.reshape(integers.shape)
        for index, (_, optimal) in zip(crowded, found, strict=True):
            if not optimal:
                best = self._programmed(gains[index], solutions[index])
                fallbacks += int(self._method != "program")
                solutions[index], proved[index] = best.solution, best.proved
                unproved[int(index)] = best.bound
        answers = exact(solutions, gains, fallbacks)
        bounds = answers.bounds.copy()
        for row, bound in unproved.items():
            bounds[row] = max(bounds[row], bound)
        return replace(answers, proved=proved, bounds=np.where(proved, answers.values, bounds))

    def contains(self, solutions: Floats) -> Bools:
        binary = ((solutions == 0) | ((solutions == 1) & self._fits)).all(axis=1)
        loads = (solutions == 1).astype(np.int64) @ self._weights.T
        return np.asarray(binary & (loads <= self._capacity).all(axis=1))

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The chosen indices in order, or their labels."""
        chosen = np.flatnonzero(solution).tolist()
        return [i if labels is None else labels[i] for i in chosen]

    @property
    def extent(self) -> Floats:
        return self._fits.astype(np.float64)

    def _constraints(self) -> tuple[list[list[int]], list[int]]:
        """The rows of weights, checked, and the capacity of each, no more than all its weights."""
        weights: Any = self.weights
        rows = weights if weights and isinstance(weights[0], list) else [weights]
        limits = self.capacity if isinstance(self.capacity, list) else [self.capacity]
        (d,) = self.shape
        for row in rows:
            if len(row) != d:
                raise StructureError(
                    "weights",
                    f"expected one weight for each of the {d} entries of theta, found {len(row)}",
                )
            if sum(row) > HEAVIEST:
                raise StructureError(
                    "weights", f"expected weights of at most {HEAVIEST} together, found {sum(row)}"
                )
        if len(limits) != len(rows):
            raise StructureError(
                "capacity", f"expected {len(rows)}, one per row of weights, found {len(limits)}"
            )
        return rows, [min(limit, sum(row)) for limit, row in zip(limits, rows, strict=True)]

    def _seconds(self, method: str) -> float | None:
        """The time limit of one method: branch and bound gets PATIENCE of it, or half."""
        if self._method != "branch":
            return self.time_limit
        patience = PATIENCE if self.time_limit is None else min(PATIENCE, self.time_limit / 2)
        if method == "branch":
            return patience
        return None if self.time_limit is None else self.time_limit - patience

    def _tabled(self, gains: Floats) -> Bools:
        """The best items, (n, d): V(c) = max of V(c) and V(c - weight) + gain, item by item.

        The table is kept for all items, as whether each is chosen at each capacity, to be walked
        back through from the whole capacity.
        """
        chosen = np.zeros(gains.shape, dtype=np.bool_)
        if len(self._capacity) == 0:  # nothing binds
            return ~chosen
        weights, capacity = self._weights[0].tolist(), int(self._capacity[0])
        size = max(CACHED // (capacity + 1), 16)
        for start in range(0, len(gains), size):
            some = np.ascontiguousarray(gains[start : start + size].T)
            n = some.shape[1]
            values = np.zeros((capacity + 1, n))
            taken = np.zeros((len(weights), capacity + 1, n), dtype=np.bool_)
            for take, weight, gain in zip(taken, weights, some, strict=True):
                reach = values[: capacity + 1 - weight] + gain
                np.greater(reach, values[weight:], out=take[weight:])
                np.maximum(values[weight:], reach, out=values[weight:])
            rows, left = np.arange(n), np.full(n, capacity)
            for item in range(len(weights) - 1, -1, -1):
                take = taken[item, left, rows]
                chosen[start : start + n, item] = take
                left -= weights[item] * take
        return chosen

    def _search(self) -> Callable[[list[int]], tuple[list[bool], bool]]:
        """What KnapsackSolver chooses of items of these profits, (d,), and whether it is optimal."""
        if self._method == "program":
            return lambda profits: ([False] * len(profits), False)
        from ortools.algorithms.python.knapsack_solver import KnapsackSolver, SolverType

        # DYNAMIC_PROGRAMMING and 64ITEMS are wrong, or abort, where a weight or profit is 0
        method = SolverType.KNAPSACK_DIVIDE_AND_CONQUER_SOLVER
        seconds = None
        if self._method != "table":
            method = SolverType.KNAPSACK_MULTIDIMENSION_BRANCH_AND_BOUND_SOLVER
            seconds = self._seconds("branch")
        weights, capacity = self._weights.tolist(), self._capacity.tolist()

        def chosen(profits: list[int]) -> tuple[list[bool], bool]:
            solver = KnapsackSolver(method, "")
            if seconds is not None:
                solver.set_time_limit(seconds)
            solver.init(profits, weights, capacity)
            solver.solve()
            items = list(map(solver.best_solution_contains, range(len(profits))))
            return items, solver.is_solution_optimal()

        return chosen

    def _programmed(self, gains: Floats, incumbent: Floats) -> Optimum:
        """The best y that CP-SAT finds, starting from the incumbent."""
        try:
            best = self._program.maximise(gains, incumbent)
        except LimitReached:
            return Optimum(incumbent, float(incumbent @ gains), float(gains.sum()), proved=False)
        return replace(best, solution=best.solution * (gains > 0))

    def _packing(self, model: CpModel) -> list[IntVar]:
        chosen = [model.new_int_var(0, int(fits), "") for fits in self._fits]
        for row, limit in zip(self._weights.tolist(), self._capacity.tolist(), strict=True):
            model.add(sum(w * x for w, x in zip(row, chosen, strict=True)) <= limit)
        return chosen


def _wrong(value: Any, *places: int) -> str | None:
    """The first entry of lists, or lists of lists, that is no integer from 0, and where it is."""
    if isinstance(value, list) and value and len(places) < 2:
        return next(
            filter(None, (_wrong(entry, *places, i) for i, entry in enumerate(value))), None
        )
    if type(value) is int and value >= 0:
        return None
    return f"{value!r}{f' at position {list(places)}' if places else ''}"
