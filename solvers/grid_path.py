"""The cheapest way across a grid of cells."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, PrivateAttr, model_validator

from solvers.cp_sat import LimitReached
from solvers.errors import SolverError, StructureError
from solvers.flow import cheapest_flow
from solvers.graph import Ints
from solvers.network import Network
from solvers.oracle import FEW, Answers, Bools, Floats, Index, Oracle, at_once, exact
from solvers.routes import Cycles, Routes
from solvers.simple_path import circuit

Coordinate = Annotated[Index, Field(strict=True)]
Cell = Annotated[tuple[Coordinate, Coordinate], Field(strict=False)]

AHEAD = {4: ((0, 1), (1, 0)), 8: ((0, 1), (1, 0), (1, 1))}
AROUND = {
    4: ((0, 1), (1, 0), (0, -1), (-1, 0)),
    8: ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1), (1, -1), (-1, 1)),
}


class GridPath(Oracle):
    """y*(theta) = argmax <y, theta> over the simple paths from source to target, one y per cell.

    theta = -cost; both end cells count. A path moves to any of 4 or 8 neighbours, with `monotone`
    only right, down and, of 8, right-down. Forbidden cells are walls. With `cycles: allow`, Y is
    the cells of a path and of cycles, also of two neighbours back and forth, that share none.
    """

    problem: ClassVar[str] = "grid_path"
    kernel: ClassVar[bool] = True
    rank: ClassVar[int] = 2
    nullable: ClassVar[bool] = True

    neighborhood: Literal[4, 8] = Field(8, description="How many neighbours a cell has: 4 or 8.")
    monotone: bool = Field(False, description="Whether moves lead only right and down.")
    source: Cell | None = Field(
        None, description="[row, column] of the first cell; default the first corner."
    )
    target: Cell | None = Field(
        None, description="[row, column] of the last cell; default the opposite corner."
    )
    cycles: Cycles = Field(
        "forbid", description="Whether y may have cycles beside the path: forbid or allow."
    )

    _ends: tuple[int, int] = PrivateAttr()
    _routes: Routes = PrivateAttr()

    @model_validator(mode="after")
    def _structure(self) -> Self:
        if len(self.shape) != 2:
            raise StructureError("shape", f"expected [rows, columns], found {list(self.shape)}")
        rows, columns = self.shape
        source, target = self.source or (0, 0), self.target or (rows - 1, columns - 1)
        self._ends = self._number("source", source), self._number("target", target)
        if source == target:
            raise StructureError(
                "target", f"expected a cell other than {list(source)}, `source`, found it"
            )
        if self.monotone and (target[0] < source[0] or target[1] < source[1]):
            raise StructureError(
                "target",
                f"expected no cell above or left of {list(source)}, as `monotone` paths lead right"
                f" and down, found {list(target)}",
            )
        self._routes = Routes(
            self._network,
            rows * columns,
            loose=self._split if self.cycles == "allow" else None,
            backend=self.backend,
            time_limit=self.time_limit,
        )
        return self

    def solve(self, theta: Floats) -> Answers:
        solutions, fallbacks = self._routes.solve(theta.reshape(len(theta), -1))
        return exact(solutions.reshape(theta.shape), theta, fallbacks)

    @property
    def batch(self) -> int:
        return at_once(self.shape) if self._routes.level else FEW

    def contains(self, solutions: Floats) -> Bools:
        flat = solutions.reshape(len(solutions), -1)
        inside: Bools = ((flat == 0) | ((flat == 1) & self._routes.possible)).all(axis=1)
        for i in np.flatnonzero(inside):
            inside[i] = self._trace(flat[i]) is not None
        return inside

    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """The cells [row, column] from source to target, in order, or their labels.

        Where there are cycles beside the path: {"path": cells, "cycles": [cells, ...]}.
        """
        trace = self._trace(solution.reshape(-1))
        if trace is None:
            raise ValueError("expected a solution of the family, found no path")
        path, cycles = trace
        named = [[self._name(cell, labels) for cell in cells] for cells in (path, *cycles)]
        return {"path": named[0], "cycles": named[1:]} if cycles else named[0]

    @property
    def extent(self) -> Floats:
        return self._routes.possible.astype(np.float64).reshape(self.shape)

    def _number(self, key: str, cell: tuple[int, int]) -> int:
        rows, columns = self.shape
        if not (0 <= cell[0] < rows and 0 <= cell[1] < columns):
            raise StructureError(
                key, f"expected [row, column] in a {rows}x{columns} grid, found {list(cell)}"
            )
        if self.forbidden is not None and self.forbidden[cell]:
            raise StructureError(key, f"expected a cell that is not forbidden, found {list(cell)}")
        return cell[0] * columns + cell[1]

    def _name(self, cell: int, labels: Any) -> Any:
        row, column = divmod(cell, self.shape[1])
        if labels is None:
            return [row, column]
        if isinstance(labels, dict):
            return [labels["rows"][row], labels["columns"][column]]
        return labels[row][column]

    @cached_property
    def _moves(self) -> tuple[Ints, Ints]:
        """Cells from and to which the moves lead, none back to the source or on from the target."""
        rows, columns = self.shape
        cells = np.arange(rows * columns).reshape(rows, columns)
        steps = (AHEAD if self.monotone else AROUND)[self.neighborhood]
        tails = [cells[_span(-down, rows), _span(-right, columns)].ravel() for down, right in steps]
        heads = [cells[_span(down, rows), _span(right, columns)].ravel() for down, right in steps]
        tail, head = np.concatenate(tails), np.concatenate(heads)
        kept = (head != self._ends[0]) & (tail != self._ends[1])
        if self.forbidden is not None:
            walls = self.forbidden.ravel()
            kept &= ~walls[tail] & ~walls[head]
        return tail[kept], head[kept]

    @cached_property
    def _network(self) -> Network:
        """Cells as nodes; a move carries the cell that it enters, and a first one the source."""
        tails, heads = self._moves
        source, target = self._ends
        start = self.shape[0] * self.shape[1]
        heads = np.append(heads, source)
        return Network(start + 1, start, target, np.append(tails, start), heads, heads)

    @cached_property
    def _split(self) -> Network:
        """Every cell as two nodes, and the cell as the arc between them: no flow uses it twice."""
        tails, heads = self._moves
        source, target = self._ends
        count = self.shape[0] * self.shape[1]
        cells = np.unique(np.concatenate([tails, heads]))
        return Network(
            size=2 * count,
            source=source,
            target=count + target,
            tails=np.concatenate([cells, count + tails]),
            heads=np.concatenate([count + cells, heads]),
            entries=np.concatenate([cells, np.full(len(tails), -1)]),
        )

    def _trace(self, solution: Floats) -> tuple[list[int], list[list[int]]] | None:
        """The cells of `solution` as a path and cycles of Y, None where they are none.

        A flow through as many of the cells as can be is a relaxation of a path through all; where
        it is a path and cycles, CP-SAT looks for the path.
        """
        chosen = solution != 0
        split, network = self._split, self._network
        used = split.only(chosen[split.tails % len(chosen)] & chosen[split.heads % len(chosen)])
        try:
            flow = cheapest_flow(used, -(used.entries >= 0).astype(np.float64))
            cells = [_entries(used, arcs) for arcs in (flow.path, *flow.cycles)]
            if sum(map(len, cells)) != chosen.sum():
                return None
            if self.cycles == "forbid" and flow.cycles:
                on = np.append(chosen, True)  # the node before the source
                used = network.only(on[network.tails] & on[network.heads])
                path = circuit(used, np.zeros(len(used.tails)), cover=True)
                return _entries(used, path), []
        except LimitReached:
            raise
        except SolverError:
            return None
        return cells[0], cells[1:]


def _span(step: int, count: int) -> slice:
    """Rows, or columns, that a move by `step` can enter."""
    return slice(max(step, 0), count + min(step, 0))


def _entries(network: Network, arcs: list[int] | Ints) -> list[int]:
    entries = network.entries[arcs]
    return [int(entry) for entry in entries[entries >= 0]]
