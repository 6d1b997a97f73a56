"""The best subsets that cover everything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from solvers.cp_sat import CpSat, stacked
from solvers.errors import StructureError
from solvers.graph import Node
from solvers.oracle import Answers, Bools, Floats, Oracle, exact
from solvers.states import NOTHING, States

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar

Subset = list[Node]


class SetCover(Oracle):
    """y*(theta) = argmax <y, theta> over the choices y in {0, 1}^d of subsets that cover everything.

    theta = -cost. Everything is the union of all subsets, so that a cover exists. A subset whose
    theta is positive is chosen whatever it covers. A dynamic programme takes or leaves one subset
    after the other, where few sets of elements can be left to the next; elsewhere CP-SAT decides.
    """

    problem: ClassVar[str] = "set_cover"
    kernel: ClassVar[bool] = True

    subsets: Annotated[list[Subset], Field(min_length=1)] = Field(
        description="The elements that each subset covers, numbers or text, in the order of theta."
    )

    _states: States | None = PrivateAttr(None)
    _program: CpSat = PrivateAttr()

    @model_validator(mode="after")
    def _structure(self) -> Self:
        self.check_size("subsets", len(self.subsets))
        self._program = CpSat(self._cover, time_limit=self.time_limit, linearization=2)
        if self.backend != "ortools":
            everything = 2 ** self._covers.shape[1] - 1
            self._states = States.unfold((0, everything), (len(self.subsets), 0), self._next)
        if self.backend == "kernel" and self._states is None:
            raise StructureError(
                "backend", "expected auto or ortools for subsets as many as these, found kernel"
            )
        return self

    def solve(self, theta: Floats) -> Answers:
        if self._states is not None:
            return exact(self._states.solve(theta), theta)
        return stacked([self._program.maximise(row) for row in theta], theta)

    def contains(self, solutions: Floats) -> Bools:
        binary = ((solutions == 0) | (solutions == 1)).all(axis=1)
        return np.asarray(binary & (np.where(solutions == 1, 1, 0) @ self._covers >= 1).all(axis=1))

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The chosen indices in order, or their labels."""
        chosen = np.flatnonzero(solution).tolist()
        return [i if labels is None else labels[i] for i in chosen]

    @property
    def extent(self) -> Floats:
        """0 where a subset alone covers an element, and is always chosen."""
        alone = self._covers[:, self._covers.sum(axis=0) == 1]
        return np.asarray(~alone.any(axis=1), dtype=np.float64)

    @cached_property
    def _covers(self) -> Bools:
        """Whether each subset covers each element, shape (d, elements)."""
        elements = dict.fromkeys(element for subset in self.subsets for element in subset)
        rows = [[element in subset for element in elements] for subset in map(set, self.subsets)]
        return np.array(rows, dtype=np.bool_)

    @cached_property
    def _bits(self) -> list[tuple[int, int]]:
        """As bits, the elements that each subset covers, and those that the ones after it do."""
        bits, after = list[tuple[int, int]](), 0
        for row in self._covers[::-1]:
            covered = sum(1 << int(i) for i in np.flatnonzero(row))
            bits.append((covered, after))
            after |= covered
        return bits[::-1]

    def _next(self, state: tuple[int, int]) -> Iterator[tuple[int, tuple[int, int]]]:
        """Take the next subset, or leave it for NOTHING, where others cover what is then left."""
        subset, left = state
        if subset < len(self.subsets):
            covered, after = self._bits[subset]
            yield subset, (subset + 1, left & ~covered)
            if not left & ~after:
                yield NOTHING, (subset + 1, left)

    def _cover(self, model: CpModel) -> list[IntVar]:
        chosen = [model.new_bool_var("") for _ in self.subsets]
        for element in self._covers.T:
            model.add_bool_or(chosen[i] for i in np.flatnonzero(element))
        return chosen
