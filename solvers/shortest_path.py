"""The cheapest way from one node of a graph to another."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from solvers.errors import StructureError
from solvers.flow import decompose
from solvers.graph import Edges, Ints, Node, edge_names, numbered
from solvers.network import Network
from solvers.oracle import FEW, Answers, Bools, Floats, Oracle, at_once, exact
from solvers.routes import Cycles, Routes


class ShortestPath(Oracle):
    """y*(theta) = argmax <y, theta> over the simple paths from source to target, one y per edge.

    theta = -cost. Parallel edges are kept, each with its own theta. An undirected edge is one
    variable for both directions, so that a negative cost makes it a negative cycle. With
    `cycles: allow`, Y is the flows of one unit through edges that hold one unit: a path, and
    cycles that share no edge with it or each other.
    """

    problem: ClassVar[str] = "shortest_path"
    kernel: ClassVar[bool] = True

    edges: Edges = Field(description="The edges [[u, v], ...], in the order of theta.")
    directed: bool = Field(True, description="Whether an edge leads from u to v only.")
    source: Node = Field(description="The node where paths start.")
    target: Node = Field(description="The node where paths end.")
    cycles: Cycles = Field(
        "forbid", description="Whether y may have cycles beside the path: forbid or allow."
    )

    _numbers: dict[int | str, int] = PrivateAttr()
    _network: Network = PrivateAttr()
    _routes: Routes = PrivateAttr()

    @model_validator(mode="after")
    def _structure(self) -> Self:
        self._numbers, ends = numbered(self.edges)
        self._check(ends)
        entries = np.arange(len(ends))
        if not self.directed:
            ends, entries = np.concatenate([ends, ends[:, ::-1]]), np.tile(entries, 2)
        self._network = Network(
            size=len(self._numbers),
            source=self._numbers[self.source],
            target=self._numbers[self.target],
            tails=ends[:, 0],
            heads=ends[:, 1],
            entries=entries,
        )
        self._routes = Routes(
            self._network,
            len(self.edges),
            loose=self._network if self.cycles == "allow" else None,
            backend=self.backend,
            time_limit=self.time_limit,
        )
        return self

    def _check(self, ends: Ints) -> None:
        if self.shape != (len(ends),):
            raise StructureError(
                "edges",
                f"expected one edge for each entry of theta, of shape {list(self.shape)},"
                f" found {len(ends)}",
            )
        loops = np.flatnonzero(ends[:, 0] == ends[:, 1])
        if len(loops):
            edge = list(self.edges[loops[0]])
            raise StructureError(
                "edges", f"expected two different nodes, found {edge} at position {loops[0]}"
            )
        for key, node in (("source", self.source), ("target", self.target)):
            if node not in self._numbers:
                raise StructureError(key, f"expected a node of `edges`, found {node!r}")
        if self.source == self.target:
            raise StructureError(
                "target", f"expected a node other than `source`, found {self.target!r}"
            )
        if not self.directed and self.cycles == "allow":
            raise StructureError(
                "cycles",
                "expected forbid on an undirected graph, found allow: an edge of negative cost"
                " would be a cycle by itself",
            )

    def solve(self, theta: Floats) -> Answers:
        solutions, fallbacks = self._routes.solve(theta)
        return exact(solutions, theta, fallbacks)

    @property
    def batch(self) -> int:
        return at_once(self.shape) if self._routes.level else FEW

    def contains(self, solutions: Floats) -> Bools:
        inside: Bools = ((solutions == 0) | (solutions == 1)).all(axis=1)
        if self.cycles == "allow":
            return np.asarray(inside & self._balanced(solutions))
        for i in np.flatnonzero(inside):
            inside[i] = self._walk(solutions[i]) is not None
        return inside

    def answer(self, solution: Floats, labels: Any = None) -> Any:  # noqa: ARG002 - they name edges
        """The nodes from source to target, in order.

        Where there are cycles beside the path: {"path": nodes, "cycles": [nodes, ...]}.
        """
        names = list(self._numbers)
        if self.cycles == "forbid":
            walk = self._walk(solution)
            if walk is None:
                raise ValueError("expected a solution of the family, found no simple path")
            return [names[node] for node in walk]
        path, cycles = decompose(self._network, np.flatnonzero(solution).tolist())
        tails = self._network.tails
        nodes = [*(names[node] for node in tails[path]), self.target]
        loops = [[names[node] for node in tails[cycle]] for cycle in cycles]
        return {"path": nodes, "cycles": loops} if loops else nodes

    @property
    def names(self) -> list[str]:
        return edge_names(self.edges, directed=self.directed)

    @property
    def extent(self) -> Floats:
        return self._routes.possible.astype(np.float64)

    def _balanced(self, solutions: Floats) -> Bools:
        """Whether one unit leaves the source, one enters the target, and no other node keeps any."""
        network = self._network
        kept = np.zeros((network.size, len(solutions)))
        np.add.at(kept, network.heads, solutions.T)
        np.subtract.at(kept, network.tails, solutions.T)
        kept[network.source] += 1
        kept[network.target] -= 1
        return np.asarray((kept == 0).all(axis=0))

    def _walk(self, solution: Floats) -> list[int] | None:
        """The nodes of the simple path that uses exactly the edges of `solution`, if it is one."""
        network = self._network
        leaving: dict[int, list[tuple[int, int]]] = {}
        for arc in np.flatnonzero(solution[network.entries]):
            step = int(network.heads[arc]), int(network.entries[arc])
            leaving.setdefault(int(network.tails[arc]), []).append(step)
        length = int(solution.sum())
        node, last, path = network.source, -1, [network.source]
        while node != network.target:
            steps = [step for step in leaving.get(node, []) if step[1] != last]
            if len(steps) != 1 or len(path) > length:
                return None
            node, last = steps[0]
            path.append(node)
        return path if len(set(path)) == len(path) == length + 1 else None
