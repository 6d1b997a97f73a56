"""The largest of d scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import PrivateAttr, model_validator

from solvers.cp_sat import CpSat, stacked
from solvers.oracle import Answers, Bools, Floats, Oracle, at_once, exact

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar


class Argmax(Oracle):
    """y*(theta) = e_i with i = argmax theta_i, the lowest index among ties; Y = {e_1 ... e_d}."""

    problem: ClassVar[str] = "argmax"
    constant_sum: ClassVar[bool] = True
    kernel: ClassVar[bool] = True

    _program: CpSat = PrivateAttr()

    @model_validator(mode="after")
    def _structure(self) -> Self:
        self._program = CpSat(self._choose, time_limit=self.time_limit)
        return self

    def solve(self, theta: Floats) -> Answers:
        if self.backend == "ortools":
            return stacked([self._program.maximise(row) for row in theta], theta)
        solutions = np.zeros_like(theta)
        solutions[np.arange(len(theta)), theta.argmax(axis=1)] = 1.0
        return exact(solutions, theta)

    @property
    def batch(self) -> int:
        return at_once(self.shape)

    def contains(self, solutions: Floats) -> Bools:
        binary = ((solutions == 0) | (solutions == 1)).all(axis=1)
        return np.asarray(binary & (solutions.sum(axis=1) == 1))

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The index of the largest score, or its label."""
        index = int(solution.argmax())
        return index if labels is None else labels[index]

    def _choose(self, model: CpModel) -> list[IntVar]:
        chosen = [model.new_bool_var("") for _ in range(self.shape[0])]
        model.add_exactly_one(chosen)
        return chosen
