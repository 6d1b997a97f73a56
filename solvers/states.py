"""Dynamic programmes over states, as the paths of an acyclic network of the states."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Self, TypeVar

import numpy as np

from solvers.acyclic import AcyclicPaths
from solvers.errors import SolverError
from solvers.graph import Ints
from solvers.network import Network
from solvers.oracle import Floats

MOVES = 2**16  # of a programme that is faster than CP-SAT, and quickly unfolded
CHUNK = 2**20  # moves of all samples that are treated at once
NOTHING = -1  # the entry of a move that is worth nothing

State = TypeVar("State", bound=Hashable)
Moves = Callable[[State], Iterable[tuple[int, State]]]


class States:
    """y*(theta) over the ways through the states, where y_i = 1 if a move carries the entry i.

    `network` has the states as nodes and the moves as arcs; it has no cycle, and is `between` the
    first state and the last. No way carries an entry twice.
    """

    def __init__(self, network: Network, depths: Ints) -> None:
        self.entries = network.entries
        self._paths = AcyclicPaths(network, depths)
        self._rows = max(1, CHUNK // len(network.tails))

    @classmethod
    def unfold(cls, first: State, last: State, moves: Moves[State]) -> Self | None:
        """All ways from `first` to `last`; `moves` are the (entry, next state) of a state.

        None where there are more than MOVES. Raises `SolverError` where no way leads to `last`.
        """
        numbers, tails, heads, entries = {first: 0}, list[int](), list[int](), list[int]()
        states = [first]
        for tail, state in enumerate(states):  # which grows meanwhile
            for entry, following in moves(state):
                if following not in numbers:
                    numbers[following] = len(states)
                    states.append(following)
                tails.append(tail)
                heads.append(numbers[following])
                entries.append(entry)
            if len(tails) > MOVES:
                return None
        if last not in numbers:
            raise SolverError("infeasible: no way leads to the last state")
        network = Network(
            len(states), 0, numbers[last], np.array(tails), np.array(heads), np.array(entries)
        ).between()
        depths = network.depths()
        assert depths is not None
        return cls(network, depths)

    def solve(self, theta: Floats) -> Floats:
        """y*(theta), shape (n, d) to (n, d)."""
        padded = np.append(theta, np.zeros((len(theta), 1)), axis=1)  # its last entry is NOTHING
        solutions = np.empty_like(padded)
        for start in range(0, len(theta), self._rows):
            rows = slice(start, start + self._rows)
            solutions[rows] = self._paths.solve(padded[rows])
        return solutions[:, :-1]
