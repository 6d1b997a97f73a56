"""The k largest of d scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from solvers.cp_sat import CpSat, stacked
from solvers.errors import StructureError
from solvers.oracle import Answers, Bools, Floats, Oracle, at_once, exact

if TYPE_CHECKING:
    from ortools.sat.python.cp_model import CpModel, IntVar


class TopK(Oracle):
    """y*(theta) = the 0/1 vector of the k largest theta_i, lowest indices first among ties."""

    problem: ClassVar[str] = "top_k"
    constant_sum: ClassVar[bool] = True
    kernel: ClassVar[bool] = True

    k: int = Field(
        description="How many entries of y are 1, from 1 to d.", json_schema_extra={"minimum": 1}
    )

    _program: CpSat = PrivateAttr()

    @model_validator(mode="after")
    def _structure(self) -> Self:
        (d,) = self.shape
        if not 1 <= self.k <= d:
            raise StructureError("k", f"expected an integer from 1 to {d}, found {self.k}")
        self._program = CpSat(self._choose, time_limit=self.time_limit)
        return self

    def solve(self, theta: Floats) -> Answers:
        if self.backend == "ortools":
            return stacked([self._program.maximise(row) for row in theta], theta)
        last = theta.shape[1] - self.k
        threshold = np.partition(theta, last, axis=1)[:, last, None]
        chosen = theta >= threshold
        crowded = np.flatnonzero(np.count_nonzero(chosen, axis=1) > self.k)
        above = theta[crowded] > threshold[crowded]
        tied = chosen[crowded] & ~above
        places = self.k - np.count_nonzero(above, axis=1)
        chosen[crowded] = above | (tied & (tied.cumsum(axis=1) <= places[:, None]))
        return exact(chosen.astype(np.float64), theta)

    @property
    def batch(self) -> int:
        return at_once(self.shape)

    def contains(self, solutions: Floats) -> Bools:
        binary = ((solutions == 0) | (solutions == 1)).all(axis=1)
        return np.asarray(binary & (solutions.sum(axis=1) == self.k))

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The chosen indices in order, or their labels."""
        chosen = np.flatnonzero(solution).tolist()
        return [i if labels is None else labels[i] for i in chosen]

    def _choose(self, model: CpModel) -> list[IntVar]:
        chosen = [model.new_bool_var("") for _ in range(self.shape[0])]
        model.add(sum(chosen) == self.k)
        return chosen
