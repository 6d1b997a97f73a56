"""What is special to paths and trees: negative cycles, narrowing, flows, walls, bad structure."""

from __future__ import annotations

import os
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
Node = int | str
Edges = list[tuple[Node, Node]]
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

    def extend(
        node: Node, seen: frozenset[Node], used: tuple[int, ...]
    ) -> Iterator[tuple[int, ...]]:
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
    nodes = 1 + max(int(node) for edge in edges for node in edge)
    incidence = np.zeros((len(edges), nodes))
    for i, (u, v) in enumerate(edges):
        incidence[i, int(u)] -= 1
        incidence[i, int(v)] += 1
    wanted = np.zeros(nodes)
    wanted[:2] = -1, 1
    return np.asarray(everything[(everything @ incidence == wanted).all(axis=1)])


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
        assert (oracle.extent >= np.ptp(flows, axis=0)).all()
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
    moves: Edges = [
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
            entered = costs.reshape(4, -1)[:, [int(head) for _, head in moves]]
            expected = reference.solve(-entered).values - costs[:, 0, 0]
            np.testing.assert_allclose(
                answers.values, expected, rtol=0, atol=1e-9 * np.abs(costs).max()
            )
        else:
            tight = GridPath(
                shape=(rows, columns), forbidden=walls, neighborhood=neighborhood
            ).solve(-costs)
            assert (answers.values >= tight.values - 1e-9 * np.abs(costs).max()).all()


def test_a_negative_edge_of_an_undirected_graph_is_not_walked_twice() -> None:
    """0 - 2 - 1 with a dead end 2 - 3 of cost -5: no simple path gains from it."""
    edges: Edges = [(0, 2), (2, 1), (2, 3), (0, 1)]
    for backend in BACKENDS:
        oracle = ShortestPath(
            shape=(4,), edges=edges, directed=False, source=0, target=1, backend=backend
        )
        answers = oracle.solve(-np.array([[1.0, 1.0, -5.0, 3.0]]))
        np.testing.assert_array_equal(answers.solutions, [[1, 1, 0, 0]])
        assert answers.fallbacks == 1


def test_cycles_out_of_reach_do_not_matter() -> None:
    """Negative cycles before the source, behind the target and through either are no part of Y."""
    edges: Edges = [(0, 1), (4, 5), (5, 4), (5, 0), (1, 6), (6, 7), (7, 6), (1, 0)]
    theta = np.array([[-1.0, 9, 9, 9, 9, 9, 9, 9]])
    oracle = ShortestPath(shape=(8,), edges=edges, source=0, target=1, backend="ortools")
    answers = oracle.solve(theta)
    np.testing.assert_array_equal(answers.solutions, [[1, 0, 0, 0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(oracle.extent, [1, 0, 0, 0, 0, 0, 0, 0])
    assert answers.fallbacks == 0
    loose = ShortestPath(shape=(8,), edges=edges, source=0, target=1, cycles="allow")
    np.testing.assert_array_equal(loose(theta), [[1, 1, 1, 0, 0, 1, 1, 0]])
    np.testing.assert_array_equal(loose.extent, [1, 1, 1, 0, 0, 1, 1, 1])


def test_a_flow_is_a_path_and_cycles() -> None:
    edges: Edges = [(0, 2), (2, 3), (3, 2), (2, 1), (4, 5), (5, 4)]
    oracle = ShortestPath(shape=(6,), edges=edges, source=0, target=1, cycles="allow")
    y = np.array([1.0, 1, 1, 1, 1, 1])
    assert oracle.contains(y[None]).all()
    assert oracle.answer(y) == {"path": [0, 2, 1], "cycles": [[2, 3], [4, 5]]}
    assert oracle.answer(np.array([1.0, 0, 0, 1, 0, 0])) == [0, 2, 1]
    assert not oracle.contains(np.array([[1.0, 1, 0, 1, 0, 0], [1, 1, 2, 1, 0, 0]])).any()


def test_cycles_of_no_cost_are_left_out() -> None:
    """Rounding makes 0.1 + 0.2 - 0.3 no zero; the path is proved optimal without CP-SAT."""
    edges: Edges = [(0, 2), (2, 3), (3, 4), (4, 2), (2, 1)]
    costs = np.array([-1.0, 0.1, 0.2, -0.3, 1.0])
    oracle = ShortestPath(shape=(5,), edges=edges, source=0, target=1, backend="ortools")
    answers = oracle.solve(-costs[None])
    np.testing.assert_array_equal(answers.solutions, [[1, 0, 0, 0, 1]])
    assert answers.fallbacks == 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_parallel_edges_are_each_their_own(backend: Backend) -> None:
    edges: Edges = [("a", "b"), ("a", "b"), ("b", "a"), ("b", 1), ("b", 1)]
    oracle = ShortestPath(shape=(5,), edges=edges, source="a", target=1, backend=backend)
    theta = -np.array([[2.0, 1, 0, 3, 4], [1, 2, 0, 0, 0], [0, 0, 0, 0, 0]])
    solutions = oracle(theta)
    np.testing.assert_array_equal(solutions[0], [0, 1, 0, 1, 0])
    assert solutions[1, 0] == 1
    assert oracle.contains(solutions).all()
    if backend != "ortools":  # ties go to the lowest index
        np.testing.assert_array_equal(solutions[1:], [[1, 0, 0, 1, 0], [1, 0, 0, 1, 0]])
    assert oracle.answer(solutions[0]) == ["a", "b", 1]


def test_ties_on_a_graph_with_cycles_go_to_the_lowest_parallel_edge() -> None:
    edges: Edges = [(0, 2), (0, 2), (2, 3), (3, 2), (2, 1), (2, 1)]
    oracle = ShortestPath(shape=(6,), edges=edges, source=0, target=1)
    np.testing.assert_array_equal(oracle(np.zeros((1, 6))), [[1, 0, 0, 0, 1, 0]])


def test_narrowing_keeps_every_optimum() -> None:
    generator = np.random.default_rng(5)
    smaller = 0
    for _ in range(40):
        edges = random_edges(generator, 6, 14)
        _, ends = numbered(edges)
        network = Network(
            int(ends.max()) + 1, 0, 2, ends[:, 0], ends[:, 1], np.arange(len(edges))
        ).between()  # node 1 is numbered 2, as it appears after node 2
        costs = costs_of("mixed", generator, (len(edges),))
        paths = simple_paths(edges, directed=True)
        best = paths[(paths @ costs).argmin()]
        kept = narrowed(network, network.costs(-costs)).entries
        assert set(np.flatnonzero(best)) <= set(kept)
        smaller += len(kept) < len(network.entries)
    assert smaller > 20


def test_a_flow_of_one_unit_takes_every_negative_cycle() -> None:
    tails, heads = np.array([0, 1, 1, 2, 3]), np.array([1, 3, 2, 1, 2])
    network = Network(4, 0, 3, tails, heads, np.arange(5))
    flow = cheapest_flow(network, np.array([1.0, 1, -2, 1, 0]))
    assert (flow.path, flow.cycles) == ([0, 1], [[2, 3]])
    assert not flow.is_shortest_path(np.array([1.0, 1, -2, 1, 0]))
    assert decompose(network, [0, 2, 3, 1]) == ([0, 1], [[2, 3]])
    with pytest.raises(SolverError, match="INFEASIBLE"):
        cheapest_flow(network.only(np.array([0, 2])), np.array([1.0, 1.0]))


@pytest.mark.parametrize("size", [300, 3000])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e12])
def test_long_paths_pass_no_limit_of_the_integers(size: int, scale: float) -> None:
    """There and back along a line, one edge negative: node potentials sum up all its costs."""
    line = np.arange(size)
    network = Network(
        size + 1, 0, size, np.r_[line, line + 1], np.r_[line + 1, line], np.arange(2 * size)
    )
    costs = np.full(2 * size, scale)
    costs[7] = -0.5 * scale
    flow = cheapest_flow(network, costs)
    assert flow.is_shortest_path(costs)
    assert flow.path == list(range(size))


def test_where_cp_sat_ends_the_ways_out_are_named() -> None:
    generator = np.random.default_rng(0)
    costs = 2.5 + generator.standard_normal((1, 30, 30)) * 4
    oracle = GridPath(shape=(30, 30), time_limit=0.05)
    with pytest.raises(SolverError) as caught:
        oracle.solve(-costs)
    for way in ("0.05 s", "smaller epsilon", "--multiplicative", "cycles: allow", "--time-limit"):
        assert way in str(caught.value)
    loose = GridPath(shape=(30, 30), cycles="allow").solve(-costs)
    assert loose.proved.all()
    assert loose.fallbacks == 0


def test_cp_sat_has_a_limit_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = []

    class Watched(CpSat):
        def __init__(self, *arguments: Any, **settings: Any) -> None:
            limits.append(settings["time_limit"])
            super().__init__(*arguments, **settings)

    monkeypatch.setattr(simple_path, "CpSat", Watched)
    edges: Edges = [(0, 2), (2, 3), (3, 2), (2, 1)]
    for limit in (None, 3.0):
        oracle = ShortestPath(
            shape=(4,), edges=edges, source=0, target=1, time_limit=limit, backend="ortools"
        )
        answers = oracle.solve(np.array([[-1.0, 2.0, 2.0, -1.0]]))
        np.testing.assert_array_equal(answers.solutions, [[1, 0, 0, 1]])
        assert answers.fallbacks == 1
    assert limits == [simple_path.SECONDS, 3.0]


# Grids --------------------------------------------------------------------------------------------


def test_cells_of_a_path_are_put_in_order() -> None:
    """Of cells that can be walked in many orders, one that visits all is found, or there is none."""
    oracle = GridPath(shape=(4, 4))
    block = np.ones((4, 4))
    assert oracle.contains(block[None]).all()
    order = oracle.answer(block)
    assert sorted(order) == [[i, j] for i in range(4) for j in range(4)]
    assert (order[0], order[-1]) == ([0, 0], [3, 3])
    steps = np.abs(np.diff(order, axis=0))
    assert steps.max() == 1
    assert (steps.sum(axis=1) > 0).all()
    narrow = GridPath(shape=(4, 4), neighborhood=4)  # like the corners of a chessboard
    assert not narrow.contains(block[None]).any()
    with pytest.raises(ValueError, match="no path"):
        narrow.answer(block)
    apart = np.eye(4)
    apart[0, 3] = 1
    assert not oracle.contains(apart[None]).any()


def test_cells_beside_the_path_are_cycles_where_allowed() -> None:
    oracle = GridPath(shape=(3, 5), neighborhood=4, target=(2, 0), cycles="allow")
    y = np.array([[1.0, 0, 0, 1, 1], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]])
    assert oracle.contains(y[None]).all()
    assert oracle.answer(y) == {
        "path": [[0, 0], [1, 0], [2, 0]],
        "cycles": [[[0, 3], [0, 4]]],
    }
    y[0, 4] = 0
    assert not oracle.contains(y[None]).any()
    np.testing.assert_array_equal(oracle.extent, np.ones((3, 5)))


def test_the_batched_programme_of_a_monotone_grid_equals_ortools() -> None:
    theta = -np.exp(np.random.default_rng(1).standard_normal((64, 12, 12)))
    auto, ortools = (
        GridPath(shape=(12, 12), monotone=True, backend=backend).solve(theta)
        for backend in ("auto", "ortools")
    )
    np.testing.assert_array_equal(auto.solutions, ortools.solutions)
    corner = GridPath(shape=(12, 12), monotone=True, source=(2, 3), target=(9, 5))
    assert corner.extent.sum() == 8 * 3


def test_cells_are_named_by_labels() -> None:
    oracle = GridPath(shape=(2, 2))
    y = np.eye(2)
    assert oracle.answer(y) == [[0, 0], [1, 1]]
    assert oracle.answer(y, [["a", "b"], ["c", "d"]]) == ["a", "d"]
    assert oracle.answer(y, {"rows": ["r", "s"], "columns": [1, 2]}) == [["r", 1], ["s", 2]]


# Trees --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_forest_of_all_samples_equals_cp_sat(kind: str) -> None:
    generator = np.random.default_rng(3)
    edges: Edges = [*random_edges(generator, 7, 14), (3, 3), *((i, i + 1) for i in range(6))]
    theta = costs_of(kind, generator, (5, len(edges)))
    kernel = SpanningTree(shape=(len(edges),), edges=edges)
    ortools = SpanningTree(shape=(len(edges),), edges=edges, backend="ortools")
    trees, found = kernel.solve(theta), ortools.solve(theta)
    assert kernel.contains(trees.solutions).all()
    assert kernel.contains(found.solutions).all()
    assert found.proved.all()
    tolerance = 8 * len(edges) * np.abs(theta).max() / LARGEST
    np.testing.assert_allclose(trees.values, found.values, rtol=0, atol=tolerance)
    np.testing.assert_array_equal(kernel.extent, [float(u != v) for u, v in edges])


def test_trees_of_many_samples_are_treated_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(0)
    edges: Edges = [(i, j) for i in range(5) for j in range(i)]
    theta = generator.standard_normal((7, 10))
    oracle = SpanningTree(shape=(10,), edges=edges)
    expected = oracle(theta)
    monkeypatch.setattr("solvers.spanning_tree.CHUNK", 31)
    np.testing.assert_array_equal(oracle(theta), expected)


def test_ties_of_a_tree_go_to_the_lowest_index() -> None:
    edges: Edges = [(0, 0), (0, 1), (1, 0), (1, 2), (0, 2)]
    oracle = SpanningTree(shape=(5,), edges=edges)
    np.testing.assert_array_equal(oracle(np.zeros((1, 5))), [[0, 1, 0, 1, 0]])
    np.testing.assert_array_equal(oracle(np.array([[0.0, 1, 2, 2, 2]])), [[0, 0, 1, 1, 0]])
    assert oracle.answer(np.array([0, 1, 0, 1, 0])) == [[0, 1], [1, 2]]
    assert oracle.answer(np.array([0, 1, 0, 1, 0]), list("abcde")) == ["b", "d"]
    assert not oracle.contains(np.array([[1.0, 1, 0, 0, 0], [0, 1, 1, 0, 0]])).any()


# CP-SAT -------------------------------------------------------------------------------------------


def tours(model: Any) -> list[Any]:
    """A hard model: tours of 60 places whose lengths are bounded."""
    arcs = {(i, j): model.new_bool_var("") for i in range(60) for j in range(60) if i != j}
    model.add_circuit([(i, j, used) for (i, j), used in arcs.items()])
    lengths = np.random.default_rng(0).integers(1, 1000, len(arcs)).tolist()
    model.add(sum(w * x for w, x in zip(lengths, arcs.values(), strict=True)) <= 6000)
    return list(arcs.values())


def two(model: Any) -> list[Any]:
    items = [model.new_int_var(-2, 3, "") for _ in range(3)]
    model.add(sum(items) == 2)
    return items


def nothing(model: Any) -> list[Any]:
    item = model.new_bool_var("")
    model.add(item == 2)
    return [item]


def test_a_model_of_cp_sat_is_solved_for_one_theta_after_another() -> None:
    program = CpSat(two)
    for copy in (program, pickle.loads(pickle.dumps(program))):
        best = copy.maximise(np.array([0.5, 0.25, -1.0]))
        assert (best.proved, best.value, best.bound) == (True, 3.75, 3.75)
        np.testing.assert_array_equal(best.solution, [3, 1, -2])
        best = copy.maximise(np.array([-1e-9, 0.0, 1e-9]), best.solution)
        np.testing.assert_array_equal(best.solution, [-2, 1, 3])
    with pytest.raises(SolverError, match="infeasible"):
        CpSat(nothing).maximise(np.array([1.0]))


TOURS = -np.random.default_rng(1).random(60 * 59)


def test_an_answer_that_is_not_proved_has_a_bound() -> None:
    found = CpSat(tours, time_limit=2.0).maximise(TOURS)
    assert not found.proved
    assert found.value < found.bound < 0
    assert found.value == found.solution @ TOURS
    with pytest.raises(LimitReached, match="1e-06 s"):
        CpSat(tours, time_limit=1e-6).maximise(TOURS)


def test_an_interrupt_ends_a_solve_and_is_not_swallowed() -> None:
    timer = threading.Timer(1.0, os.kill, [os.getpid(), signal.SIGINT])
    program = CpSat(tours, time_limit=60.0)
    start = time.monotonic()
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            program.maximise(TOURS)
    finally:
        timer.cancel()
    assert time.monotonic() - start < 30


# Structure ----------------------------------------------------------------------------------------


def test_depths_and_reach() -> None:
    tails, heads = np.array([0, 0, 1, 3]), np.array([1, 2, 2, 0])
    np.testing.assert_array_equal(depths(5, tails, heads), [1, 2, 3, 0, 0])
    assert depths(2, np.array([0, 1]), np.array([1, 0])) is None
    np.testing.assert_array_equal(reachable(5, tails, heads, 0), [True, True, True, False, False])
    numbers, ends = numbered([("b", 1), (1, "1")])
    assert numbers == {"b": 0, 1: 1, "1": 2}
    np.testing.assert_array_equal(ends, [[0, 1], [1, 2]])


def ask(family: type[Oracle], structure: dict[str, Any]) -> Oracle:
    shape = structure.pop("shape", (len(structure.get("edges", [])),))
    return family(shape=shape, **structure)


LINE = [[0, 1], [1, 2]]


@pytest.mark.parametrize(
    ("family", "structure", "key", "message"),
    [
        (ShortestPath, {"edges": LINE, "source": 0, "target": 3}, "target", "found 3"),
        (ShortestPath, {"edges": LINE, "source": "0", "target": 2}, "source", "found '0'"),
        (ShortestPath, {"edges": LINE, "source": 0, "target": 0}, "target", "found 0"),
        (ShortestPath, {"edges": [*LINE, [1, 1]], "source": 0, "target": 2}, "edges",
         "found [1, 1] at position 2"),
        (ShortestPath, {"edges": LINE, "source": 0, "target": 2, "shape": (3,)}, "edges",
         "of shape [3], found 2"),
        (ShortestPath, {"edges": LINE, "source": 0, "target": 2, "directed": False,
                        "cycles": "allow"}, "cycles", "expected forbid"),
        (ShortestPath, {"edges": [*LINE, [2, 1]], "source": 0, "target": 2, "cycles": "allow",
                        "backend": "kernel"}, "backend", "expected auto or ortools"),
        (GridPath, {"shape": (2, 3), "source": [2, 0]}, "source", "2x3 grid, found [2, 0]"),
        (GridPath, {"shape": (2, 3), "target": [0, -1]}, "target", "found [0, -1]"),
        (GridPath, {"shape": (2, 3), "target": [0, 0]}, "target", "other than [0, 0]"),
        (GridPath, {"shape": (1, 1)}, "target", "other than [0, 0]"),
        (GridPath, {"shape": (3, 3), "monotone": True, "source": [1, 1], "target": [2, 0]},
         "target", "found [2, 0]"),
        (GridPath, {"shape": (2, 2), "forbidden": np.eye(2, dtype=np.bool_)}, "source",
         "not forbidden, found [0, 0]"),
        (GridPath, {"shape": (4,)}, "shape", "[rows, columns]"),
        (SpanningTree, {"edges": LINE, "shape": (3,)}, "edges", "of shape [3], found 2"),
    ],
)  # fmt: skip
def test_bad_structure_names_its_key(
    family: type[Oracle], structure: dict[str, Any], key: str, message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        ask(family, structure)
    [error] = caught.value.errors()
    cause = error["ctx"]["error"]
    assert isinstance(cause, StructureError)
    assert cause.key == key
    assert message in str(cause)


@pytest.mark.parametrize(
    "structure",
    [
        {"edges": [[0, True]]},
        {"edges": [[0, 1.0]]},
        {"edges": [[0, None]]},
        {"edges": [[0, 1, 2]]},
        {"edges": [[0]]},
        {"edges": "ab"},
        {"edges": []},
        {"edges": LINE, "weights": [1, 2]},
    ],
)
def test_edges_are_pairs_of_integers_or_strings(structure: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(SpanningTree, structure)


@pytest.mark.parametrize(
    ("family", "structure"),
    [
        (ShortestPath, {"edges": [[0, 1], [2, 1]], "source": 0, "target": 2}),
        (ShortestPath, {"edges": [[0, 1], [2, 3]], "source": 0, "target": 3, "directed": False}),
        (GridPath, {"shape": (1, 3), "forbidden": np.array([[False, True, False]])}),
        (SpanningTree, {"edges": [[0, 1], [2, 3]]}),
    ],
)
def test_an_empty_set_is_infeasible(family: type[Oracle], structure: dict[str, Any]) -> None:
    with pytest.raises(SolverError, match="infeasible"):
        ask(family, structure)


def test_oracles_of_graphs_can_be_sent_to_other_processes() -> None:
    theta = -np.random.default_rng(0).random((3, 4))
    edges: Edges = [(0, 1), (1, 2), (2, 1), (2, 3)]
    for oracle in (
        ShortestPath(shape=(4,), edges=edges, source=0, target=3),
        SpanningTree(shape=(4,), edges=edges, backend="ortools"),
    ):
        solutions = oracle(theta)
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(oracle))(theta), solutions)


def test_many_edges_are_read_at_once() -> None:
    generator = np.random.default_rng(0)
    line = [[i, i + 1] for i in range(20_000)]
    pairs = [*line, *generator.integers(0, 20_000, (80_000, 2)).tolist()]
    edges: Any = [pair for pair in pairs if pair[0] != pair[1]]
    start = time.monotonic()
    oracle = ShortestPath(shape=(len(edges),), edges=edges, source=0, target=20_000)
    assert oracle.contains(oracle(-generator.random((2, len(edges))))).all()
    assert time.monotonic() - start < 10


# The roads of Rome --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rome() -> tuple[ShortestPath, Array]:
    if not ROME.exists():
        pytest.skip(f"{ROME} is not there")
    lines = [line.split() for line in ROME.read_text().splitlines() if line.startswith("a")]
    edges: Edges = [(int(u), int(v)) for _, u, v, _ in lines]
    costs = np.array([float(cost) for *_, cost in lines])
    return ShortestPath(shape=(len(edges),), edges=edges, source=1, target=3353), costs


def test_the_way_through_rome(rome: tuple[ShortestPath, Array]) -> None:
    oracle, costs = rome
    answers = oracle.solve(-costs[None])
    assert answers.values.tolist() == [-30305.0]
    path = oracle.answer(answers.solutions[0])
    assert (path[0], path[-1]) == (1, 3353)
    assert len(path) == answers.solutions.sum() + 1
    noise = np.random.default_rng(0).standard_normal((50, len(costs)))
    factors = np.exp(0.2 * noise - 0.02)
    smooth = oracle.solve(-costs * factors)
    assert oracle.contains(smooth.solutions).all()
    assert smooth.fallbacks == 0
    flows = oracle.rebuilt(backend="ortools").solve(-costs * factors[:3])
    np.testing.assert_array_equal(flows.solutions, smooth.solutions[:3])


def test_rome_with_negative_cycles(rome: tuple[ShortestPath, Array]) -> None:
    """Additive noise makes negative cycles in most samples; flows gain by them, paths do not."""
    oracle, costs = rome
    noise = np.random.default_rng(0).standard_normal((20, len(costs)))
    theta = -(costs + 5 * noise)
    answers = oracle.solve(theta)
    assert oracle.contains(answers.solutions).all()
    loose = oracle.rebuilt(cycles="allow").solve(theta)
    assert (loose.values > answers.values).sum() > 10
    np.testing.assert_allclose(loose.values, answers.values, atol=200)
    assert oracle.solve(-(costs + 50 * noise[:3])).fallbacks > 0
