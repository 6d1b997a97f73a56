"""Shortest paths of an acyclic network, for a whole batch of parameters at once."""

from __future__ import annotations

import numpy as np

from solvers.graph import Ints
from solvers.network import Network
from solvers.oracle import Floats


class AcyclicPaths:
    """V(source) = 0,  V(v) = max over arcs a into v of V(tail a) + theta[entry a].

    The dynamic programme runs over the depths of the network, all arcs into one depth and all n
    parameters in one operation, and then walks n paths back from the target together. Among ties
    the arc of the lowest entry is taken. The network must be `between` its source and target.
    """

    def __init__(self, network: Network, depths: Ints) -> None:
        level = depths[network.heads]
        order = np.lexsort((network.tails, network.entries, network.heads, level))
        self.network = network.only(order)
        level, heads = level[order], self.network.heads
        # first arcs of runs into one node, and of runs into one depth
        self._runs = np.flatnonzero(np.diff(heads, prepend=-1))
        self._levels = np.flatnonzero(np.diff(level, prepend=-1, append=-1))

    def solve(self, theta: Floats) -> Floats:
        """y*(theta), shape (n, d) to (n, d)."""
        arcs_into = self._best_arcs(theta)
        network = self.network
        solutions = np.zeros_like(theta)
        rows = np.arange(len(theta))
        nodes = np.full(len(theta), network.target)
        while len(rows):
            arcs = arcs_into[nodes, rows]
            solutions[rows, network.entries[arcs]] = 1.0
            nodes = network.tails[arcs]
            walking = nodes != network.source
            rows, nodes = rows[walking], nodes[walking]
        return solutions

    def _best_arcs(self, theta: Floats) -> Ints:
        """The last arc of a best path into each node, shape (size, n)."""
        network, n = self.network, len(theta)
        weights = np.ascontiguousarray(theta.T)
        values = np.zeros((network.size, n))
        best_arcs = np.zeros((network.size, n), dtype=np.int64)
        for start, stop in zip(self._levels[:-1], self._levels[1:], strict=True):
            first, last = np.searchsorted(self._runs, [start, stop])
            runs = self._runs[first:last]
            nodes = network.heads[runs]
            reach = values[network.tails[start:stop]] + weights[network.entries[start:stop]]
            best = np.maximum.reduceat(reach, runs - start, axis=0)
            lengths = np.diff(runs, append=stop)
            arcs = np.arange(start, stop)[:, None]
            optimal = np.where(reach == best.repeat(lengths, axis=0), arcs, stop)
            values[nodes] = best
            best_arcs[nodes] = np.minimum.reduceat(optimal, runs - start, axis=0)
        return best_arcs
