"""The one table of test cases: small instances of every family, and Y found by brute force.

The enumerations know nothing of `solvers`: they read the definitions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations, permutations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers import family
from solvers.cp_program import parse
from solvers.oracle import Backend, Oracle

Array = NDArray[np.float64]
Arc = tuple[Any, Any, int]  # from, to, the entry of y


@dataclass(frozen=True, eq=False)
class Case:
    """An instance of a family and all of its Y, shape (K, *shape), without repetitions."""

    problem: str
    name: str
    solutions: Array
    structure: dict[str, Any] = field(default_factory=dict)
    forbidden: NDArray[np.bool_] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        return self.solutions.shape[1:]

    def oracle(self, backend: Backend = "auto") -> Oracle:
        return family(self.problem)(
            shape=self.shape, forbidden=self.forbidden, backend=backend, **self.structure
        )

    def __str__(self) -> str:
        return f"{self.problem}-{self.name}"


def distinct(solutions: Iterator[Any] | list[Any]) -> Array:
    return np.unique(np.array(list(solutions), dtype=np.float64), axis=0)


def binary(d: int, belongs: Callable[[Array], bool]) -> Array:
    """The 0/1 vectors of length d that belong to Y."""
    return distinct(np.array(y) for y in product((0, 1), repeat=d) if belongs(np.array(y)))


def used(entries: Iterator[tuple[int, ...]], d: int) -> Array:
    """0/1 vectors of length d from the entries that are 1."""
    return distinct([1.0 if i in chosen else 0.0 for i in range(d)] for chosen in entries)


# Scores and lists ---------------------------------------------------------------------------------


def argmax(d: int) -> Case:
    return Case("argmax", f"{d}", np.eye(d))


def top_k(d: int, k: int) -> Case:
    return Case("top_k", f"{k}_of_{d}", used(combinations(range(d), k), d), {"k": k})


def ranking(d: int) -> Case:
    return Case("ranking", f"{d}", distinct(permutations(range(1, d + 1))))


def enumerated(name: str, rows: list[list[float]]) -> Case:
    return Case("enumerated", name, distinct(rows), {"solutions": rows})


def knapsack(name: str, weights: Any, capacity: Any) -> Case:
    rows, limits = np.atleast_2d(weights), np.atleast_1d(capacity)
    packings = binary(rows.shape[1], lambda y: bool((rows @ y <= limits).all()))
    return Case("knapsack", name, packings, {"weights": weights, "capacity": capacity})


def assignment(name: str, n: int, m: int, forbidden: list[tuple[int, int]] | None = None) -> Case:
    mask = np.zeros((n, m), dtype=np.bool_)
    for pair in forbidden or []:
        mask[pair] = True
    matrices = [np.eye(m)[list(columns)] for columns in permutations(range(m), n)]
    allowed = [y for y in matrices if not (y[mask] != 0).any()]
    return Case(
        "assignment", name, distinct(allowed), forbidden=mask if forbidden is not None else None
    )


# Graphs -------------------------------------------------------------------------------------------


def walks(arcs: list[Arc], node: Any, target: Any, seen: tuple[Any, ...]) -> Iterator[list[int]]:
    """The entries along every simple path from `node` to `target` that keeps off `seen`."""
    if node == target:
        yield []
        return
    for tail, head, entry in arcs:
        if tail == node and head not in (*seen, node):
            for rest in walks(arcs, head, target, (*seen, node)):
                yield [entry, *rest]


def balanced(edges: list[Any], source: Any, target: Any) -> Callable[[Array], bool]:
    """Whether y carries one unit from source to target and loses none on the way."""

    def belongs(y: Array) -> bool:
        kept = {node: 0 for edge in edges for node in edge} | {source: 1, target: -1}
        for carried, (tail, head) in zip(y, edges, strict=True):
            kept[tail] -= int(carried)
            kept[head] += int(carried)
        return not any(kept.values())

    return belongs


def shortest_path(
    name: str,
    edges: list[Any],
    source: Any,
    target: Any,
    *,
    directed: bool = True,
    cycles: str = "forbid",
) -> Case:
    if cycles == "allow":
        solutions = binary(len(edges), balanced(edges, source, target))
    else:
        arcs = [(u, v, entry) for entry, (u, v) in enumerate(edges)]
        back = [] if directed else [(v, u, entry) for u, v, entry in arcs]
        found = (tuple(path) for path in walks(arcs + back, source, target, ()))
        solutions = used(found, len(edges))
    keys = {"edges": edges, "source": source, "target": target}
    return Case("shortest_path", name, solutions, {**keys, "directed": directed, "cycles": cycles})


def spanning_tree(name: str, edges: list[Any]) -> Case:
    nodes = {node for edge in edges for node in edge}

    def joins(chosen: tuple[int, ...]) -> bool:
        reached = {edges[0][0]}
        for _ in nodes:
            reached |= {node for i in chosen for node in edges[i] if reached & set(edges[i])}
        return reached == nodes

    trees = (set_ for set_ in combinations(range(len(edges)), len(nodes) - 1) if joins(set_))
    return Case("spanning_tree", name, used(trees, len(edges)), {"edges": edges})


# Grids --------------------------------------------------------------------------------------------


def grid_path(
    name: str,
    n: int,
    m: int,
    *,
    walls: list[tuple[int, int]] | None = None,
    **structure: Any,
) -> Case:
    cells = [cell for cell in product(range(n), range(m)) if cell not in (walls or [])]
    source = tuple(structure.get("source", (0, 0)))
    target = tuple(structure.get("target", (n - 1, m - 1)))

    def neighbours(cell: tuple[int, int], other: tuple[int, int]) -> bool:
        down, right = other[0] - cell[0], other[1] - cell[1]
        if structure.get("monotone", False) and min(down, right) < 0:
            return False
        if structure.get("neighborhood", 8) == 4:
            return abs(down) + abs(right) == 1
        return max(abs(down), abs(right)) == 1

    def closes(chosen: tuple[tuple[int, int], ...]) -> bool:
        """Whether the cells are a path and cycles: each has a successor, the target the source."""
        others = [cell for cell in chosen if cell != target]
        heads = [cell for cell in chosen if cell != source]
        return any(all(map(neighbours, others, order)) for order in permutations(heads))

    if structure.get("cycles") == "allow":
        subsets = chain.from_iterable(combinations(cells, k) for k in range(2, len(cells) + 1))
        found = [s for s in subsets if source in s and target in s and closes(s)]
    else:
        moves = [(a, b, b[0] * m + b[1]) for a, b in permutations(cells, 2) if neighbours(a, b)]
        found = [
            (source, *(divmod(entry, m) for entry in path))
            for path in walks(moves, source, target, ())
        ]
    entries = (tuple(row * m + column for row, column in path) for path in found)
    solutions = used(entries, n * m).reshape(-1, n, m)
    mask = None
    if walls is not None:
        mask = np.zeros((n, m), dtype=np.bool_)
        mask[tuple(np.transpose(walls))] = True
    return Case("grid_path", name, solutions, structure, forbidden=mask)


# Pairs, flows, covers, tours, schedules, models ---------------------------------------------------


def matching(name: str, edges: list[Any], *, perfect: bool = False) -> Case:
    nodes = {node for edge in edges for node in edge}

    def belongs(y: Array) -> bool:
        ends = [node for chosen, edge in zip(y, edges, strict=True) if chosen for node in edge]
        return len(ends) == len(set(ends)) and (not perfect or set(ends) == nodes)

    return Case("matching", name, binary(len(edges), belongs), {"edges": edges, "perfect": perfect})


def min_cost_flow(name: str, edges: list[Any], capacity: list[int], supply: dict[str, int]) -> Case:
    nodes = {node for edge in edges for node in edge}

    def carries(y: tuple[int, ...]) -> bool:
        left = {node: supply.get(str(node), 0) for node in nodes}
        for units, (tail, head) in zip(y, edges, strict=True):
            left[tail] -= units
            left[head] += units
        return not any(left.values())

    flows = [y for y in product(*(range(most + 1) for most in capacity)) if carries(y)]
    keys = {"edges": edges, "capacity": capacity, "supply": supply}
    return Case("min_cost_flow", name, distinct(flows), keys)


def set_cover(name: str, subsets: list[list[Any]]) -> Case:
    everything = {element for subset in subsets for element in subset}

    def covers(y: Array) -> bool:
        chosen = [subset for taken, subset in zip(y, subsets, strict=True) if taken]
        return {element for subset in chosen for element in subset} == everything

    return Case("set_cover", name, binary(len(subsets), covers), {"subsets": subsets})


def tour(name: str, n: int, forbidden: list[tuple[int, int]] | None = None) -> Case:
    mask = np.zeros((n, n), dtype=np.bool_)
    for arc in forbidden or []:
        mask[arc] = True
    tours = []
    for order in permutations(range(1, n)):
        cities = (0, *order)
        y = np.zeros((n, n))
        y[cities, (*order, 0)] = 1.0
        if not (y[mask] != 0).any():
            tours.append(y)
    return Case("tour", name, distinct(tours), forbidden=mask if forbidden is not None else None)


def scheduling(
    name: str, durations: list[float], precedences: list[list[int]] | None = None
) -> Case:
    def times(order: tuple[int, ...]) -> list[float]:
        clock, finished = 0.0, [0.0] * len(durations)
        for job in order:
            clock += durations[job]
            finished[job] = clock
        return finished

    schedules = [
        times(order)
        for order in permutations(range(len(durations)))
        if all(order.index(before) < order.index(after) for before, after in precedences or [])
    ]
    keys: dict[str, Any] = {"durations": durations}
    if precedences is not None:
        keys["precedences"] = precedences
    return Case("scheduling", name, distinct(schedules), keys)


def cp_model(
    name: str,
    model: str,
    domains: list[list[int]],
    belongs: Callable[..., bool],
    covered: list[str] | None = None,
) -> Case:
    """`belongs` says of values of all variables, the covered first, what `model` says in its words."""
    values = [y for y in product(*domains) if belongs(*y)]
    d = len(domains) if covered is None else len(covered)
    keys: dict[str, Any] = {"file": parse(model)}
    if covered is not None:
        keys["variables"] = covered
    return Case("cp_model", name, distinct([y[:d] for y in values]), keys)


# Programs, and programs of others -----------------------------------------------------------------


def linear_program(
    name: str, high: list[int], rows: list[list[int]], limits: list[list[Any]]
) -> Case:
    """The vertices of 0 <= y <= high with limits [least, most] of each row: where d bounds meet."""
    d = len(high)
    both = [sign * np.array([row]) for row in rows for sign in (1, -1)]
    normals = np.concatenate([np.eye(d), -np.eye(d), *both])
    most = [*high, *[0] * d, *chain(*([u, None if v is None else -v] for v, u in limits))]
    sides = np.array([np.inf if side is None else side for side in most], dtype=np.float64)
    met = (list(chosen) for chosen in combinations(np.flatnonzero(np.isfinite(sides)), d))
    points = (
        np.linalg.solve(normals[c], sides[c]) for c in met if abs(np.linalg.det(normals[c])) > 0.5
    )
    vertices = [np.round(y, 9) for y in points if (normals @ y <= sides + 1e-9).all()]
    keys = {"A": rows, "bounds": [[0, u] for u in high]}
    keys |= {"lower": [v for v, _ in limits], "upper": [u for _, u in limits]}
    return Case("linear_program", name, distinct(vertices) + 0.0, keys)


def integer_program(name: str, high: list[int], rows: list[list[int]], upper: list[int]) -> Case:
    """The integer points of 0 <= y <= high with <row, y> <= upper."""
    points = product(*(range(most + 1) for most in high))
    inside = [y for y in points if (np.array(rows) @ y <= upper).all()]
    keys = {"A": rows, "upper": upper, "bounds": [[0, u] for u in high]}
    return Case(
        "linear_program", name, distinct(inside), keys | {"integer": list(range(len(high)))}
    )


def external(name: str, function: str, solutions: Array, **keys: Any) -> Case:
    """A function of `tests.solvers.answering`, and all that it may answer."""
    return Case(
        "external", name, solutions, {"python": f"tests.solvers.answering:{function}", **keys}
    )


# The table ----------------------------------------------------------------------------------------

DIAMOND = [["a", "b"], ["a", "c"], ["b", "d"], ["c", "d"], ["b", "c"], ["a", "d"], ["b", "d"]]
RING = [[1, 2], [2, 3], [3, 1], [2, 1], [3, 4], [4, 2], [1, 3], [4, 5], [3, 5]]
SQUARE = [[0, 1], [1, 2], [2, 3], [3, 0], [0, 2], [1, 3], [1, 2]]

PIPES = [["a", 2], ["b", 2], [2, 1], ["b", 1], ["a", 1]]
LINEAR = """
variables { name: "x" domain: [0, 3] }
variables { name: "y" domain: [-2, 0, 2, 2] }
variables { name: "z" domain: [0, 1] }
constraints { linear { vars: [0, 1, 2] coeffs: [1, 2, 3] domain: [0, 5] } }
"""
X, Y, Z = [0, 1, 2, 3], [-2, -1, 0, 2], [0, 1]
DIFFERENT = """
variables { domain: [1, 3] }
variables { domain: [1, 3] }
variables { domain: [1, 3] }
constraints {
  all_diff { exprs { vars: 0 coeffs: 1 } exprs { vars: 1 coeffs: 1 } exprs { vars: 2 coeffs: 1 } }
}
objective { vars: [0, 2] coeffs: [1, 2] }
"""

CASES = [
    argmax(1),
    argmax(2),
    argmax(6),
    top_k(1, 1),
    top_k(5, 1),
    top_k(6, 3),
    top_k(4, 4),
    ranking(1),
    ranking(2),
    ranking(5),
    enumerated("single", [[1.0, -2.0, 0.5]]),
    enumerated("repeated", [[0, 1, 1], [1, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 1]]),
    enumerated("inner", [[0, 0], [2, 0], [0, 2], [2, 2], [1, 1]]),
    enumerated("wide", [[1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 1], [2.5, -1, 0, 0, 3, 1e-3, 0]]),
    knapsack("one", [3], 3),
    knapsack("six", [3, 1, 4, 1, 5, 9], 10),
    knapsack("weightless", [0, 2, 0, 3, 3], 4),
    knapsack("weightless_and_one", [0, 1, 1], 1),
    knapsack("nothing_fits", [2, 3, 1, 0], 0),
    knapsack("all_fit", [2, 3, 1], 6),
    knapsack("too_heavy", [7, 8, 2, 3], 5),
    knapsack("multiples", [500, 250, 750, 500, 250], 1300),
    knapsack("equal", [7, 7, 7, 7, 7], 24),
    knapsack("grams", [1_200_000, 700_001, 2_000_000, 900_005, 1_100_000, 1_500_000], 4_000_000),
    knapsack("two_rows", [[3, 1, 4, 1, 5], [1, 1, 1, 1, 1]], [8, 3]),
    knapsack("slack_row", [[3, 1, 4, 1, 5], [1, 1, 1, 1, 1]], [8, 5]),
    knapsack("three_rows", [[2, 0, 3, 1, 4, 2], [0, 5, 0, 5, 5, 1], [1, 1, 1, 1, 1, 9]], [6, 9, 4]),
    assignment("one", 1, 1),
    assignment("square", 4, 4),
    assignment("row", 1, 4),
    assignment("wide", 2, 5),
    assignment("nearly_square", 3, 4),
    assignment("forbidden", 4, 4, [(0, 0), (1, 1), (2, 2), (3, 3), (0, 3)]),
    assignment("nothing_forbidden", 3, 3, []),
    assignment("last_column_forbidden", 3, 4, [(0, 3), (1, 3), (2, 3), (2, 0)]),
    assignment("one_forbidden", 2, 2, [(1, 0)]),
    assignment("forced", 3, 3, [(0, 1), (0, 2), (1, 2)]),
    shortest_path("edge", [["s", "t"]], "s", "t"),
    shortest_path("acyclic", DIAMOND, "a", "d"),
    shortest_path("acyclic_allow", DIAMOND, "a", "d", cycles="allow"),
    shortest_path("cyclic", RING, 1, 5),
    shortest_path("cyclic_allow", RING, 1, 5, cycles="allow"),
    shortest_path("dead_ends", [*RING, [6, 1], [2, 7], [8, 9]], 1, 5),
    shortest_path("parallel", [[0, 1], [0, 1], [1, 2], [1, 2], [0, 2], [2, 0]], 0, 2),
    shortest_path("undirected", SQUARE, 0, 3, directed=False),
    shortest_path("undirected_mixed", [[0, "0"], ["0", 1], [0, 1], [1, 2], [2, "0"]], 0, 2, directed=False),
    spanning_tree("edge", [["u", "v"]]),
    spanning_tree("parallel", [[1, 2], [2, 1], [2, 3], [3, 2], [1, 2]]),
    spanning_tree("loop", [[1, 1], [1, 2], [2, 3], [3, 1], [3, 3]]),
    spanning_tree("complete", [[u, v] for u, v in combinations("wxyz", 2)]),
    spanning_tree("square", SQUARE),
    grid_path("row", 1, 3),
    grid_path("eight", 3, 3),
    grid_path("four", 3, 3, neighborhood=4),
    grid_path("monotone_eight", 3, 4, monotone=True),
    grid_path("monotone_four", 4, 3, monotone=True, neighborhood=4),
    grid_path("ends", 3, 3, source=[1, 1], target=[0, 0], neighborhood=4),
    grid_path("walls", 3, 4, walls=[(1, 1), (0, 2)]),
    grid_path("monotone_walls", 3, 4, walls=[(1, 1), (0, 3)], monotone=True),
    grid_path("walls_four", 3, 4, walls=[(1, 1), (0, 3)], neighborhood=4),
    grid_path("allow", 2, 3, cycles="allow"),
    grid_path("allow_four", 3, 3, cycles="allow", neighborhood=4, source=[0, 0], target=[1, 1]),
    matching("edge", [["u", "v"]]),
    matching("square", SQUARE),
    matching("perfect", SQUARE, perfect=True),
    matching("loops", [[1, 1], [1, 2], [2, 3], [3, 1], [3, 3], [4, 4]]),
    matching("odd_cycle", [[0, 1], [1, 2], [2, 3], [3, 4], [4, 0], [2, 5], [0, 1]]),
    matching("forced", [["a", "b"], ["b", "c"], ["c", "d"]], perfect=True),
    min_cost_flow("edge", [["u", "v"]], [1], {"u": 1, "v": -1}),
    min_cost_flow("diamond", DIAMOND, [2, 1, 1, 2, 1, 1, 1], {"a": 3, "d": -3}),
    min_cost_flow("circulation", [[1, 2], [2, 3], [3, 1], [2, 1], [2, 2]], [2, 1, 2, 2, 1], {}),
    min_cost_flow("parallel", [[0, 1], [0, 1], [1, 0], [1, 2]], [2, 1, 2, 1], {"0": 1, "2": -1}),
    min_cost_flow("sources", PIPES, [1, 2, 3, 2, 1], {"a": 1, "b": 2, "1": -3}),
    set_cover("one", [["a"]]),
    set_cover("nothing", [[], []]),
    set_cover("chain", [[1, 2], [2, 3], [3, 4], [4, 5], [5, 1], [1, 3, 5]]),
    set_cover("mixed", [["a", 1], [1, "1"], ["1", "a"], [], ["b", "b"], [1, "a", "1"]]),
    tour("two", 2),
    tour("three", 3),
    tour("five", 5),
    tour("forbidden", 5, [(0, 0), (0, 1), (3, 2), (4, 0)]),
    tour("forced", 4, [(0, 2), (0, 3), (1, 0), (1, 3)]),
    scheduling("one", [2]),
    scheduling("integers", [3, 1, 2, 1]),
    scheduling("reals", [0.5, 2.25, 0.75, 2**-10]),
    scheduling("chain", [3, 1, 2, 1], [[0, 1], [1, 2], [2, 3]]),
    scheduling("precedences", [3, 1.5, 2, 1, 0.25], [[0, 3], [1, 3], [4, 1]]),
    cp_model("some", LINEAR, [X, Y, Z], lambda x, y, z: 0 <= x + 2 * y + 3 * z <= 5, ["x", "y"]),
    cp_model("turned", LINEAR, [Z, X, Y], lambda z, x, y: 0 <= x + 2 * y + 3 * z <= 5, ["z", "x"]),
    cp_model("all", DIFFERENT, [[1, 2, 3]] * 3, lambda *y: len(set(y)) == 3),
    linear_program("box", [1, 2, 1], [], []),
    linear_program("simplex", [4, 4, 4], [[1, 1, 1]], [[None, 4]]),
    linear_program("plane", [2, 2, 2, 2], [[1, 1, 1, 1]], [[2, 2]]),
    linear_program("degenerate", [2, 2, 2], [[1, 1, 0], [0, 1, 1], [1, 1, 1]], [[0, 2], [None, 2], [1, 2]]),
    linear_program("flows", [2] * 4, [[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0]], [[1, 1], [2, 2], [1, 2]]),
    linear_program("point", [1, 1], [[1, 1]], [[2, None]]),
    integer_program("integers", [2, 2, 2], [[2, 3, 4], [3, -1, 0]], [9, 5]),
    integer_program("binaries", [1] * 5, [[5, 4, 3, 2, 1], [-1, 1, -1, 1, 0]], [8, 1]),
    external("vector", "largest", np.eye(4)),
    external("matrix", "largest", np.eye(6).reshape(6, 2, 3)),
    external("one_by_one", "signs", distinct(list(product((-1, 1), repeat=3))), vectorized=False),
]  # fmt: skip
