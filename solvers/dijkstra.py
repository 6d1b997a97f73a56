"""Shortest paths of a network whose costs are nowhere negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solvers.graph import Ints
from solvers.network import Network
from solvers.oracle import Floats


class Dijkstra:
    """d(v) = min over walks from the source to v of the sum of their costs c >= 0.

    Built once for a network. Parallel arcs count by the cheapest, the lowest in the network's
    order among ties; SciPy's sparse matrices would add them up.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._order = np.lexsort((network.heads, network.tails))
        pairs = (network.tails * network.size + network.heads)[self._order]
        self._runs = np.flatnonzero(np.diff(pairs, prepend=-1))
        self._pairs = pairs[self._runs]
        self._heads = (self._pairs % network.size).astype(np.int32)
        rows = np.arange(network.size + 1) * network.size
        self._starts = np.searchsorted(self._pairs, rows).astype(np.int32)

    def search(self, costs: Floats) -> tuple[Floats, Ints]:
        """d(v), shape (size,), infinite where no walk leads, and the arcs of a path to the target.

        `costs` are by arc. The target must be within reach.
        """
        from scipy.sparse import csgraph, csr_array

        size = self._network.size
        cheapest = np.minimum.reduceat(costs[self._order], self._runs)
        matrix = csr_array((cheapest, self._heads, self._starts), shape=(size, size))
        distances, before = csgraph.dijkstra(
            matrix, indices=[self._network.source], return_predecessors=True
        )
        return distances[0], self._path(costs, before[0])

    def _path(self, costs: Floats, before: NDArray[np.int32]) -> Ints:
        nodes = [self._network.target]
        while nodes[-1] != self._network.source:
            nodes.append(int(before[nodes[-1]]))
        ends = np.array(nodes[::-1])
        runs = np.searchsorted(self._pairs, ends[:-1] * self._network.size + ends[1:])
        limits = np.append(self._runs, len(self._order))
        parallel = [self._order[limits[run] : limits[run + 1]] for run in runs]
        return np.array([arcs[costs[arcs].argmin()] for arcs in parallel])
