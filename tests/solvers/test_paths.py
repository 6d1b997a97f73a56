"""What is special to paths and trees: negative cycles, narrowing, flows, walls, bad structure."""

from __future__ import annotations

import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from solvers import simple_path
from solvers.cp_sat import CpSat, LimitReached
from solvers.errors import SolverError, StructureError
from solvers.flow import cheapest_flow, decompose
from solvers.graph import depths, numbered, reachable
from solvers.grid_path import GridPath
from solvers.integers import LARGEST
from solvers.narrowing import narrowed
from solvers.network import Network
from solvers.oracle import Backend, Oracle
from solvers.shortest_path import ShortestPath
from solvers.spanning_tree import SpanningTree

Array = NDArray[np.float64]
Edges = list[tuple[int, int]]
ROME = Path(__file__).parents[3] / "shared" / "data" / "rome99.gr"
KINDS = ("real", "nonnegative", "mixed", "tied", "tiny", "huge")
BACKENDS: tuple[Backend, ...] = ("auto", "kernel", "ortools")


def costs_of(kind: str, generator: np.random.Generator, shape: Sequence[int]) -> Array:
    normal = generator.standard_normal(shape)
    match kind:
        case "nonnegative":
            return np.abs(normal)
        case "mixed":
            return 3 * generator.random(shape) - generator.random(shape)
        case "tied":
            return generator.integers(-1, 3, shape).astype(np.float64)
        case "tiny":
            return 1e-9 * normal
        case "huge":
            return 1e12 * normal
    return normal


def random_edges(generator: np.random.Generator, nodes: int, count: int) -> Edges:
    """Pairs of different nodes, parallel ones among them, that touch nodes 0 and 1."""
    pairs = generator.integers(0, nodes, (count, 2))
    return [(0, 2), (2, 1), *[(int(u), int(v)) for u, v in pairs if u != v]]


def simple_paths(edges: Edges, *, directed: bool) -> Array:
    """Every simple path from node 0 to node 1, one row each."""

    def extend(node: int, seen: frozenset[int], used: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if node == 1:
            yield used
            return
        for i, (u, v) in enumerate(edges):
            for tail, head in ((u, v),) if directed else ((u, v), (v, u)):
                if tail == node and head not in seen:
                    yield from extend(head, seen | {head}, (*used, i))

    rows = list(extend(0, frozenset([0]), ()))
    return np.array([[float(i in used) for i in range(len(edges))] for used in rows])


def unit_flows(edges: Edges) -> Array:
    """Every 0/1 vector that leads one unit from node 0 to node 1."""
    everything = np.array(list(product((0.0, 1.0), repeat=len(edges))))
    nodes = 1 + max(max(edge) for edge in edges)
    incidence = np.zeros((len(edges), nodes))
    for i, (u, v) in enumerate(edges):
        incidence[i, u] -= 1
        incidence[i, v] += 1
    wanted = np.zeros(nodes)
    wanted[:2] = -1, 1
    return everything[(everything @ incidence == wanted).all(axis=1)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("directed", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_cheapest_simple_paths(backend: Backend, directed: bool, seed: int) -> None:
    generator = np.random.default_rng(seed)
    edges = random_edges(generator, int(generator.integers(4, 7)), int(generator.integers(3, 13)))
    oracle = ShortestPath(
        shape=(len(edges),), edges=edges, directed=directed, source=0, target=1, backend=backend
    )
    paths = simple_paths(edges, directed=directed)
    assert (oracle.extent >= np.ptp(paths, axis=0)).all()
    for kind in KINDS:
        theta = -costs_of(kind, generator, (6, len(edges)))
        answers = oracle.solve(theta)
        tolerance = 8 * len(edges) * np.abs(theta).max() / LARGEST
        np.testing.assert_allclose(
            answers.values, (theta @ paths.T).max(axis=1), rtol=0, atol=tolerance
        )
        assert oracle.contains(answers.solutions).all()
        assert (answers.solutions <= oracle.extent).all()
        rows = np.concatenate([oracle(row[None]) for row in theta])
        np.testing.assert_array_equal(answers.solutions, rows)


@pytest.mark.parametrize("seed", range(8))
def test_cheapest_flows_where_cycles_are_allowed(seed: int) -> None:
    generator = np.random.default_rng(seed)
    edges = random_edges(generator, int(generator.integers(4, 6)), int(generator.integers(3, 10)))
    flows = unit_flows(edges)
    for backend in ("auto", "ortools"):
        oracle = ShortestPath(
            shape=(len(edges),), edges=edges, source=0, target=1, cycles="allow", backend=backend
        )
        np.testing.assert_array_equal(oracle.extent > 0, flows.any(axis=0))
        for kind in KINDS:
            theta = -costs_of(kind, generator, (6, len(edges)))
            answers = oracle.solve(theta)
            tolerance = 8 * len(edges) * np.abs(theta).max() / LARGEST
            np.testing.assert_allclose(
                answers.values, (theta @ flows.T).max(axis=1), rtol=0, atol=tolerance
            )
            assert oracle.contains(answers.solutions).all()
            assert answers.fallbacks == 0


@pytest.mark.parametrize("monotone", [True, False])
@pytest.mark.parametrize("neighborhood", [4, 8])
@pytest.mark.parametrize("cycles", ["forbid", "allow"])
def test_a_grid_is_its_graph_of_moves(neighborhood: Any, monotone: bool, cycles: Any) -> None:
    """The same answers as `shortest_path` on moves that cost what the cell they enter costs."""
    generator = np.random.default_rng(neighborhood + monotone)
    rows, columns = 5, 6
    walls = generator.random((rows, columns)) < 0.15
    walls[0, 0] = walls[-1, -1] = False
    walls[2, 2] = walls[3, 3] = walls[1, 1] = walls[4, 4] = False
    moves = [
        (i * columns + j, (i + a) * columns + j + b)
        for i, j, a, b in product(range(rows), range(columns), (-1, 0, 1), (-1, 0, 1))
        if (a, b) != (0, 0) and (neighborhood == 8 or a * b == 0)
        and (not monotone or min(a, b) >= 0)
        and 0 <= i + a < rows and 0 <= j + b < columns
        and not walls[i, j] and not walls[i + a, j + b]
    ]  # fmt: skip
    target = rows * columns - 1
    if monotone or cycles == "forbid":
        reference = ShortestPath(shape=(len(moves),), edges=moves, source=0, target=target)
    grid = GridPath(
        shape=(rows, columns),
        forbidden=walls,
        neighborhood=neighborhood,
        monotone=monotone,
        cycles=cycles,
    )
    for kind in ("nonnegative", "mixed", "huge"):
        costs = costs_of(kind, generator, (4, rows, columns))
        answers = grid.solve(-costs)
        assert grid.contains(answers.solutions).all()
        assert not answers.solutions[:, walls].any()
        np.testing.assert_allclose(answers.values, -(costs * answers.solutions).sum(axis=(1, 2)))
        if monotone or cycles == "forbid":
            entered = costs.reshape(4, -1)[:, [head for _, head in moves]]
            expected = reference.solve(-entered).values - costs[:, 0, 0]
            np.testing.assert_allclose(
                answers.values, expected, rtol=0, atol=1e-9 * np.abs(costs).max()
            )
        else:
            tight = GridPath(
                shape=(rows, columns), forbidden=walls, neighborhood=neighborhood
            ).solve(-costs)
            assert (answers.values >= tight.values - 1e-9 * np.abs(costs).max()).all()
