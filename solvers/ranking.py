"""Ranks of d scores."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from solvers.assignment import Assignment
from solvers.oracle import Answers, Bools, Floats, Oracle, at_once, exact


class Ranking(Oracle):
    """y*(theta)_i = 1 + #{j: theta_j < theta_i}, the ranks 1 ... d of the scores; the largest gets d.

    Y is the permutations of 1 ... d, and <y, theta> is largest where y sorts as theta does. Among
    ties the lower index gets the lower rank.
    """

    problem: ClassVar[str] = "ranking"
    constant_sum: ClassVar[bool] = True
    kernel: ClassVar[bool] = True

    def solve(self, theta: Floats) -> Answers:
        if self.backend == "ortools":
            return exact(
                np.array([self._assigned(row) for row in theta]).reshape(theta.shape), theta
            )
        order = theta.argsort(axis=1)
        ordered = np.take_along_axis(theta, order, axis=1)
        tied = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)  # the fast sort is not stable
        order[tied] = theta[tied].argsort(axis=1, kind="stable")
        solutions = np.empty_like(theta)
        np.put_along_axis(solutions, order, self._ranks[None], axis=1)
        return exact(solutions, theta)

    @property
    def batch(self) -> int:
        return at_once(self.shape)

    def contains(self, solutions: Floats) -> Bools:
        return np.asarray((np.sort(solutions, axis=1) == self._ranks).all(axis=1))

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The indices, or their labels, best first."""
        order = np.argsort(-solution).tolist()
        return [i if labels is None else labels[i] for i in order]

    @property
    def extent(self) -> Floats:
        return np.asarray(self.shape[0] - 1.0)

    @property
    def _ranks(self) -> Floats:
        return np.arange(1.0, self.shape[0] + 1)

    def _assigned(self, theta: Floats) -> Floats:
        """Ranks assigned to the entries of theta, shape (d,), where rank r for theta_i earns r theta_i."""
        assigned = self._assignment(np.outer(theta, self._ranks)[None])
        return np.asarray(assigned[0] @ self._ranks)

    @cached_property
    def _assignment(self) -> Assignment:
        d = self.shape[0]
        return Assignment(shape=(d, d), backend="ortools")
