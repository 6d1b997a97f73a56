"""The oracle of paths in a network: for each case the fastest exact method."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np

from solvers.acyclic import AcyclicPaths
from solvers.dijkstra import Dijkstra
from solvers.errors import StructureError
from solvers.flow import cheapest_flow
from solvers.graph import Ints
from solvers.narrowing import narrowed
from solvers.network import Network
from solvers.oracle import Backend, Bools, Floats
from solvers.simple_path import cheapest_simple_path

Cycles = Literal["forbid", "allow"]


class Routes:
    """y*(theta) over the simple paths of `network`, or with `loose` over the unit flows of `loose`.

    - in a network without cycles: a batched dynamic programme;
    - for costs that are nowhere negative: Dijkstra, sample by sample;
    - for simple paths otherwise: the network narrowed to where the path can lie, and in there the
      dynamic programme, min-cost flow, or CP-SAT where negative cycles are in the way;
    - for flows otherwise: min-cost flow.

    `backend` "ortools" takes the last two alone, without narrowing; "kernel" refuses flows.
    `loose` has the entries of `network` and its paths, and cycles beside them. `size` is the
    length of theta. Raises `SolverError` where no path leads from source to target, and
    `StructureError` where there is no kernel.
    """

    def __init__(
        self,
        network: Network,
        size: int,
        *,
        loose: Network | None = None,
        backend: Backend = "auto",
        time_limit: float | None = None,
    ) -> None:
        self.network = network.between()
        self._size = size
        self._loose = None if loose is None or loose.depths() is not None else loose
        self._kernels = backend != "ortools"
        self._time_limit = time_limit
        depths = self.network.depths() if self._kernels and self._loose is None else None
        self._acyclic = None if depths is None else AcyclicPaths(self.network, depths)
        if backend == "kernel" and self._loose is not None:
            raise StructureError(
                "backend", "expected auto or ortools with `cycles: allow`, found kernel"
            )

    def solve(self, theta: Floats) -> tuple[Floats, int]:
        """y*(theta), shape (n, d) to (n, d), and how many rows took CP-SAT."""
        if self._acyclic is not None:
            return self._acyclic.solve(theta), 0
        solutions = np.zeros_like(theta)
        fallbacks = 0
        for row, solution in zip(theta, solutions, strict=True):
            entries, took = self._best(row)
            solution[entries] = 1.0
            fallbacks += took
        return solutions, fallbacks

    @cached_property
    def level(self) -> bool:
        """Whether the network is without cycles, so that all rows may be solved together."""
        return self._loose is None and self.network.depths() is not None

    @cached_property
    def possible(self) -> Bools:
        """Entries that some y may use, shape (d,); no y uses the others."""
        possible = np.zeros(self._size + 1, dtype=np.bool_)  # the last stands for "no entry"
        possible[self.network.entries] = True
        if self._loose is not None:
            possible[self._loose.entries[self._loose.on_cycles()]] = True
        return possible[:-1]

    def _best(self, theta: Floats) -> tuple[Ints, bool]:
        """The entries of y*(theta) for theta of shape (d,), and whether it took CP-SAT."""
        network = self.network if self._loose is None else self._loose
        costs = network.costs(theta)
        if self._kernels and costs.min() >= 0:
            _, arcs = self._dijkstra.search(self.network.costs(theta))
            return self.network.entries[arcs], False
        if self._loose is not None:
            entries = network.entries[cheapest_flow(network, costs).arcs]
            return entries[entries >= 0], False
        if self._kernels:
            network = narrowed(network, costs)
            costs = network.costs(theta)
            depths = network.depths()
            if depths is not None:
                return np.flatnonzero(AcyclicPaths(network, depths).solve(theta[None])[0]), False
        arcs, took = cheapest_simple_path(network, costs, self._time_limit)
        return network.entries[arcs], took

    @cached_property
    def _dijkstra(self) -> Dijkstra:
        return Dijkstra(self.network)
