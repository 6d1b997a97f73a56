"""Flows of one unit in a network whose arcs hold one unit, by OR-Tools' min-cost flow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.errors import SolverError
from solvers.integers import LARGEST, to_integers
from solvers.network import Network
from solvers.oracle import Floats


@dataclass(frozen=True)
class UnitFlow:
    """A flow as a simple path from source to target and the cycles that it has beside.

    path:       arcs of the path, in order
    cycles:     arcs of each cycle, in order
    resolution: costs that differ by less than this, for each arc, are ties to the solver
    """

    path: list[int]
    cycles: list[list[int]]
    resolution: float

    @property
    def arcs(self) -> list[int]:
        return self.path + [arc for cycle in self.cycles for arc in cycle]

    def is_shortest_path(self, costs: Floats) -> bool:
        """Whether the path alone is optimal: the cycles gain no more than the rounding explains."""
        return all(costs[cycle].sum() >= -self.resolution * len(cycle) for cycle in self.cycles)


def cheapest_flow(network: Network, costs: Floats) -> UnitFlow:
    """min <c, x> over x in {0, 1}^arcs that carry one unit from source to target.

    Costs may be negative, and then x takes up every negative cycle that it can. They are rounded
    to integers (see `solvers.integers`), of at most 2^61 / (size + 1)^2 where that is less than
    `LARGEST`. Raises `SolverError` where there is no flow.
    """
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    # The solver multiplies costs by size + 1, and its node potentials add up `size` of them.
    largest = min(LARGEST, 2**61 // (network.size + 1) ** 2)
    integers, scale = to_integers(costs, largest=largest)
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        network.tails, network.heads, np.ones_like(integers), integers
    )
    solver.set_nodes_supplies(np.array([network.source, network.target]), np.array([1, -1]))
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise SolverError(f"the min-cost flow from `source` to `target` ended as {status.name}")
    path, cycles = decompose(network, np.flatnonzero(solver.flows(arcs)).tolist())
    return UnitFlow(path, cycles, 1.0 / scale)


def decompose(network: Network, arcs: list[int]) -> tuple[list[int], list[list[int]]]:
    """The arcs of a flow of one unit as a simple path from source to target, and simple cycles.

    Lower arcs are followed first.
    """
    leaving: dict[int, list[int]] = {}
    for arc in sorted(arcs):
        leaving.setdefault(int(network.tails[arc]), []).append(arc)
    path, cycles = _walk(network, leaving, network.source)
    while leaving:
        _, found = _walk(network, leaving, next(iter(leaving)))
        cycles += found
    return path, cycles


def _walk(
    network: Network, leaving: dict[int, list[int]], start: int
) -> tuple[list[int], list[list[int]]]:
    """Follow arcs from `start` until none leaves, using them up and cutting each cycle out."""
    path: list[int] = []
    cycles: list[list[int]] = []
    position = {start: 0}
    node = start
    while node in leaving:
        arc = leaving[node].pop(0)
        if not leaving[node]:
            del leaving[node]
        path.append(arc)
        node = int(network.heads[arc])
        if node in position:
            cycle = path[position[node] :]
            del path[position[node] :]
            for passed in cycle[:-1]:
                del position[int(network.heads[passed])]
            cycles.append(cycle)
        position[node] = len(path)
    return path, cycles
