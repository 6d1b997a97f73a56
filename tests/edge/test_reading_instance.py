"""Instances: what a good one becomes, and the line that every bad one earns."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from perturbcli.core.errors import InputError, PerturbError, SolverFailed, UsageError
from perturbcli.core.noise import NOISES
from perturbcli.edge.reading.instance import Instance, load, loads
from solvers import SOLVERS

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real instances are not beside the project")

ARGMAX: dict[str, Any] = {"problem": "argmax", "theta": [1, 2.5, -3]}
PATH: dict[str, Any] = {
    "problem": "shortest_path",
    "edges": [["a", "b"], ["b", "c"], ["a", "c"]],
    "source": "a",
    "target": "c",
    "cost": [1, 2, 4],
}
GRID: dict[str, Any] = {"problem": "grid_path", "cost": [[1, 2, 3], [4, None, 6]]}
TOP: dict[str, Any] = {"problem": "top_k", "theta": [1, 2, 3], "k": 2}
LIST: dict[str, Any] = {"problem": "enumerated", "theta": [1, 2], "solutions": [[0, 1], [1, 0]]}
PAIRS: dict[str, Any] = {"problem": "assignment", "cost": [[1, 2], [3, 4]]}
MATCH: dict[str, Any] = {"problem": "matching", "theta": [1, 2], "edges": [[1, 2], [2, 3]]}
TREE: dict[str, Any] = {**MATCH, "problem": "spanning_tree"}
FLOW: dict[str, Any] = {
    "problem": "min_cost_flow",
    "cost": [1, 2],
    "edges": [["a", "b"], ["a", "b"]],
    "capacity": [2, 2],
    "supply": {"a": 3, "b": -3},
}
PACK: dict[str, Any] = {"problem": "knapsack", "theta": [1, 2], "weights": [3, 4], "capacity": 5}
COVER: dict[str, Any] = {"problem": "set_cover", "cost": [1, 2], "subsets": [["x"], ["x", "y"]]}
TOUR: dict[str, Any] = {"problem": "tour", "coordinates": [[0, 0], [0, 1], [2, 0]]}
JOBS: dict[str, Any] = {
    "problem": "scheduling",
    "cost": [1, 2],
    "durations": [3, 4],
    "precedences": [[0, 1]],
}
PROGRAM: dict[str, Any] = {
    "problem": "linear_program",
    "theta": [1, 2],
    "A": [[1, 1]],
    "upper": [3],
    "bounds": [[0, 2], [0, None]],
}
MODEL: dict[str, Any] = {"problem": "cp_model", "file": "m.pb", "cost": [1]}
ORACLE: dict[str, Any] = {"problem": "external", "theta": [1], "python": "math:fsum"}


def written(folder: Path, keys: Any, name: str = "x.json") -> Path:
    path = folder / name
    path.write_text(keys if isinstance(keys, str) else json.dumps(keys))
    return path


def complaint(path: Path, error: type[PerturbError] = InputError, **options: Any) -> str:
    """What `load` says, which must be one line that names the file."""
    with pytest.raises(error) as caught:
        load(path, **options)
    assert type(caught.value) is error
    line = str(caught.value)
    assert line.isprintable()
    assert line.startswith(caught.value.as_record()["source"])
    return line


def test_an_instance_in_yaml(tmp_path: Path) -> None:
    text = """
    problem: argmax
    theta: [1, -2.5e-3, 0]
    labels: [north, no, 3]
    epsilon: 1e-2
    noise: gumbel
    name: where to go
    """
    instance = load(written(tmp_path, text, "x.yaml"))
    assert instance.name == "where to go"
    assert instance.source == str(tmp_path / "x.yaml")
    assert instance.problem == "argmax"
    assert instance.parameter == "theta"
    assert instance.labels == ["north", "no", 3]
    assert instance.epsilon == 0.01
    assert instance.noise == "gumbel"
    np.testing.assert_array_equal(instance.theta, [1, -0.0025, 0])
    np.testing.assert_array_equal(instance.oracle(instance.theta[None]), [[1, 0, 0]])


def test_what_is_optional_is_none(tmp_path: Path) -> None:
    instance = load(written(tmp_path, ARGMAX, "some name.json"))
    assert instance.name == "some name"
    assert (instance.labels, instance.epsilon, instance.noise) == (None, None, None)


def test_a_cost_is_turned_once(tmp_path: Path) -> None:
    instance = load(written(tmp_path, {"problem": "argmax", "cost": [1, 0, -2, -0.0]}))
    assert instance.parameter == "cost"
    np.testing.assert_array_equal(instance.theta, [-1, 0, 2, 0])
    assert not np.signbit(instance.theta[[1, 3]]).any()
    np.testing.assert_array_equal(instance.oracle(instance.theta[None]), [[0, 0, 1, 0]])


def test_null_forbids_an_entry(tmp_path: Path) -> None:
    instance = load(written(tmp_path, GRID))
    np.testing.assert_array_equal(instance.theta, [[-1, -2, -3], [-4, 0, -6]])
    assert instance.oracle.forbidden is not None
    np.testing.assert_array_equal(
        instance.oracle.forbidden, [[False, False, False], [False, True, False]]
    )


@pytest.mark.parametrize("name", ["v.npy", "v.csv", "column.csv"])
@pytest.mark.parametrize("absolute", [False, True])
def test_values_in_a_file(name: str, absolute: bool, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([1, 2, 4], dtype=np.int32))
    written(tmp_path, "1,2,4\n", "v.csv")
    written(tmp_path, "1\n2\n4\n", "column.csv")
    path = written(tmp_path, {**PATH, "cost": str(tmp_path / name) if absolute else name})
    instance = load(path)
    np.testing.assert_array_equal(instance.theta, [-1, -2, -4])
    assert instance.oracle.answer(instance.oracle(instance.theta[None])[0]) == ["a", "b", "c"]


def test_values_in_a_file_may_be_null(tmp_path: Path) -> None:
    written(tmp_path, "1,2,3\n4,,6\n", "v.csv")
    instance = load(written(tmp_path, {**GRID, "cost": "v.csv"}))
    assert instance.oracle.forbidden is not None
    assert instance.oracle.forbidden.sum() == 1


def test_theta_replaces_the_values_in_the_sense_of_the_instance(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", [5.0, 0.0, 1.0])
    instance = load(written(tmp_path, PATH), theta=tmp_path / "v.npy")
    np.testing.assert_array_equal(instance.theta, [-5, 0, -1])
    instance = load(written(tmp_path, ARGMAX), theta=tmp_path / "v.npy")
    np.testing.assert_array_equal(instance.theta, [5, 0, 1])


def test_theta_leaves_forbidden_what_is(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    written(tmp_path, "1,2,3\nnull,5,6\n", "v.csv")
    for name, forbidden in (("v.npy", [0, 1, 0]), ("v.csv", [1, 1, 0])):
        instance = load(written(tmp_path, GRID), theta=tmp_path / name)
        assert instance.oracle.forbidden is not None
        np.testing.assert_array_equal(instance.oracle.forbidden[1], forbidden)
        np.testing.assert_array_equal(
            instance.theta, -np.array([[1, 2, 3], np.where(forbidden, 0, [4, 5, 6])]) + 0.0
        )


def test_an_edge_list_supplies_edges_and_costs(tmp_path: Path) -> None:
    written(tmp_path, "from,to,minutes\na,b,1\nb,c,2\na,c,4\n", "roads.csv")
    keys = {"problem": "shortest_path", "edges": "roads.csv", "source": "a", "target": "c"}
    instance = load(written(tmp_path, keys))
    assert instance.parameter == "cost"
    np.testing.assert_array_equal(instance.theta, [-1, -2, -4])
    instance = load(written(tmp_path, {**keys, "cost": [9, 9, 1]}))
    np.testing.assert_array_equal(instance.theta, [-9, -9, -1])
    written(tmp_path, "from,to,theta\na,b,1\nb,c,2\n", "roads.csv")
    instance = load(written(tmp_path, keys))
    assert instance.parameter == "theta"
    np.testing.assert_array_equal(instance.theta, [1, 2])


def test_a_graph_supplies_edges_and_costs(tmp_path: Path) -> None:
    links = [{"source": u, "target": v, "weight": 3, "key": 0} for u, v in PATH["edges"]]
    graph = {"directed": False, "multigraph": True, "graph": {}, "nodes": [], "links": links}
    keys = {"problem": "shortest_path", "graph": graph, "source": "c", "target": "a"}
    instance = load(written(tmp_path, keys))
    assert instance.parameter == "cost"
    np.testing.assert_array_equal(instance.theta, [-3, -3, -3])
    assert instance.oracle.answer(instance.oracle(instance.theta[None])[0]) == ["c", "a"]
    written(tmp_path, graph, "graph.json")
    again = load(written(tmp_path, {**keys, "graph": "graph.json", "theta": [-1, -1, -3]}))
    np.testing.assert_array_equal(again.theta, [-1, -1, -3])


@pytest.mark.parametrize(
    ("labels", "keys"),
    [
        (["x", 2, 3.5], ARGMAX),
        ([["a", "b", "c"], ["d", "e", "f"]], GRID),
        ({"rows": ["a", "b"], "columns": ["c", "d", 1]}, GRID),
    ],
)
def test_labels(labels: Any, keys: dict[str, Any], tmp_path: Path) -> None:
    assert load(written(tmp_path, {**keys, "labels": labels})).labels == labels


@pytest.mark.parametrize("noise", list(NOISES))
def test_noise(noise: str, tmp_path: Path) -> None:
    assert load(written(tmp_path, {**ARGMAX, "noise": noise})).noise == noise


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(json.dumps(ARGMAX).encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    instance = load("-")
    assert (instance.name, instance.source) == ("stdin", "<stdin>")


def test_files_beside_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save(tmp_path / "v.npy", [1.0, 2.0])
    monkeypatch.chdir(tmp_path)
    assert loads({"problem": "argmax", "theta": "v.npy"}, "<stdin>").theta.tolist() == [1, 2]


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="the system has no /dev/stdin")
def test_dev_stdin() -> None:
    program = "from perturbcli import load; print(load('/dev/stdin').theta.tolist())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input="problem: argmax\ntheta: [1, 2]\n",
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == "[1.0, 2.0]\n"


WITHOUT: Any = object()


def but(keys: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The keys with changes; a key that is `WITHOUT` is left out."""
    changed = {**keys, **changes}
    return {key: value for key, value in changed.items() if value is not WITHOUT}


NAN = float("nan")
FAMILIES = ", ".join(SOLVERS)
BAD: dict[str, tuple[Any, str]] = {
    "empty": ({}, f"problem: expected one of {FAMILIES}, found none"),
    "no problem": (but(ARGMAX, problem=WITHOUT), f"problem: expected one of {FAMILIES}, found"),
    "Problem": (but(ARGMAX, problem=WITHOUT, Problem="argmax"), ", found none but 'Problem'"),
    "problem": (but(ARGMAX, problem="argmaxx"), "'argmaxx'; did you mean 'argmax'?"),
    "problem is a list": (but(ARGMAX, problem=["argmax"]), "problem: expected one of"),
    "problem is null": (but(ARGMAX, problem=None), "problem: expected one of"),
    "unknown key": (but(ARGMAX, k=3), "k: expected a key of argmax, found an unknown one"),
    "misspelt": (but(PATH, soruce="a"), "soruce: expected a key of shortest_path, found an unkno"),
    "suggestion": (but(PATH, soruce="a"), "did you mean 'source'?"),
    "a field of oracles": (but(ARGMAX, backend="auto"), "backend: expected a key of argmax"),
    "shape": (but(ARGMAX, shape=[3]), "shape: expected a key of argmax"),
    "forbidden": (but(GRID, forbidden=None), "forbidden: expected a key of grid_path"),
    "odd key": (but(ARGMAX, **{"a\nb": 1}), r"a\nb: expected a key of argmax"),
    "graph": (but(ARGMAX, graph={"links": 3}), "graph: expected a key of argmax, found an unkno"),
    "neither": (but(ARGMAX, theta=WITHOUT), "exactly one of theta and cost, found neither"),
    "both": (but(ARGMAX, cost=[1, 2, 3]), "exactly one of theta and cost, found both"),
    "null": (but(ARGMAX, theta=None), "theta: expected a list of numbers or the name of a .npy"),
    "number": (but(ARGMAX, theta=3), "theta: expected a list of numbers or the name of a .npy"),
    "none": (but(ARGMAX, theta=[]), "theta: expected a list of numbers, found an empty list"),
    "NaN": (but(ARGMAX, theta=[1, NAN]), "theta[1]: expected a finite number, found NaN"),
    "infinity": (but(GRID, cost=[[1, -1e400]]), "cost[0][1]: expected a finite number, found -i"),
    "overflow": (but(ARGMAX, theta=[10**400]), "theta[0]: expected a finite number, found an int"),
    "boolean": (but(ARGMAX, theta=[1, True]), "theta[1]: expected a finite number, found true"),
    "string": (but(ARGMAX, theta=["1"]), "theta[0]: expected a finite number, found '1'"),
    "forbids": (but(ARGMAX, theta=[1, None]), "theta[1]: expected a finite number, found null"),
    "too deep": (but(ARGMAX, theta=[[1, 2]]), "theta[0]: expected a finite number, found a list"),
    "too flat": (but(GRID, cost=[1, 2]), "cost[0]: expected a list of numbers, found 1"),
    "ragged": (but(GRID, cost=[[1, 2], [3]]), "cost[1]: expected a length of 2 as in the first"),
    "no such file": (but(ARGMAX, theta="v.npy"), "v.npy: theta: expected a readable file, found"),
    "suffix": (but(ARGMAX, theta="v.pkl"), "v.pkl: theta: expected a .npy or .csv file"),
    "null in a name": (but(ARGMAX, theta="v\0.npy"), r"v\x00.npy: theta: expected a readable"),
    "epsilon 0": (but(ARGMAX, epsilon=0), "epsilon: expected a finite number > 0, found 0"),
    "epsilon -1": (but(ARGMAX, epsilon=-1), "epsilon: expected a finite number > 0, found -1"),
    "epsilon true": (but(ARGMAX, epsilon=True), "epsilon: expected a finite number > 0, found tr"),
    "epsilon null": (but(ARGMAX, epsilon=None), "epsilon: expected a finite number > 0, found nu"),
    "epsilon '1'": (but(ARGMAX, epsilon="1"), "epsilon: expected a finite number > 0, found '1'"),
    "epsilon NaN": (but(ARGMAX, epsilon=NAN), "epsilon: expected a finite number, found NaN"),
    "epsilon large": (but(ARGMAX, epsilon=10**400), "epsilon: expected a finite number, found"),
    "noise": (but(ARGMAX, noise="gausian"), "found 'gausian'; did you mean 'gaussian'?"),
    "noise is null": (but(ARGMAX, noise=None), "noise: expected one of gaussian, gumbel"),
    "name": (but(ARGMAX, name=3), "name: expected a string, found 3"),
    "few labels": (but(ARGMAX, labels=["a"]), "labels: expected a list of 3 names, found a list"),
    "a label": (but(ARGMAX, labels=["a", [], "b"]), "labels[1]: expected a string or a number"),
    "flat labels": (but(GRID, labels=["a", "b"]), "labels[0]: expected a list of 3 names, found"),
    "rows alone": (but(GRID, labels={"rows": []}), "labels: expected the keys rows and columns"),
    "columns": (
        but(GRID, labels={"rows": ["a", "b"], "columns": ["a"]}),
        "labels.columns: expected a list of 3 names, found a list of 1",
    ),
    "labels of d": (
        but(ARGMAX, labels={"rows": [], "columns": []}),
        "labels: expected a list of 3",
    ),
    "no edges": (but(PATH, edges=WITHOUT), "edges: expected this key, found none"),
    "two keys": (
        but(PATH, source=WITHOUT, target=WITHOUT),
        "source, target: expected these keys, found none",
    ),
    "empty edges": (but(PATH, edges=[]), "edges: expected a length of at least 1, found an empty"),
    "a node": (
        but(PATH, edges=[["a", "b"], ["b", None], ["a", "c"]]),
        "edges[1][1]: expected an integer or a string, found null",
    ),
    "a boolean node": (but(PATH, source=True), "source: expected an integer or a string, found tr"),
    "a real node": (but(PATH, target=1.0), "target: expected an integer or a string, found 1.0"),
    "nodes": (
        but(PATH, edges=[[None, []], [{}, True]]),
        "edges[0][0]: expected an integer or a string, found null (and 3 more such)",
    ),
    "half an edge": (but(PATH, edges=[["a"]]), "edges[0][1]: expected this entry, found none"),
    "three nodes": (
        but(PATH, edges=[["a", "b", "c"]]),
        "edges[0]: expected a length of at most 2, found a list of 3",
    ),
    "not an edge": (but(PATH, edges=[1]), "edges[0]: expected a list, found 1"),
    "not edges": (but(PATH, edges={"a": "b"}), "edges: expected a list, found a mapping of 1"),
    "how many": (but(PATH, cost=[1]), "edges: expected one edge for each entry"),
    "not a node": (but(PATH, source="z"), "source: expected a node of `edges`, found 'z'"),
    "loop": (but(PATH, edges=[["a", "a"], ["a", "c"], ["b", "c"]]), "edges: expected two differ"),
    "same": (but(PATH, target="a"), "target: expected a node other than `source`, found 'a'"),
    "directed": (but(PATH, directed=1), "directed: expected a boolean, found 1"),
    "cycles": (but(PATH, cycles="no"), "cycles: expected 'forbid' or 'allow', found 'no'"),
    "edges file": (but(PATH, edges="e.csv"), "e.csv: edges: expected a readable file, found none"),
    "edges suffix": (but(PATH, edges="e.txt"), "e.txt: edges: expected a list of edges or a .csv"),
    "both graphs": (
        but(PATH, graph={"links": [{"source": "a", "target": "c"}]}),
        "edges: expected others, as `graph` says, found a list of 3",
    ),
    "not a graph": (but(PATH, graph=3), "graph: expected a node-link mapping, found 3"),
    "no links": (but(PATH, graph={}), "graph.edges: expected a list of links, found null"),
    "a link": (
        but(PATH, graph={"links": [{"source": 1, "target": 2}, {"source": 1}]}),
        "graph.links[1]: expected source, target of a link, found no target",
    ),
    "a weight": (
        but(PATH, graph={"links": [{"source": 1, "target": 2, "cost": 1}, {"source": 1}]}),
        "graph.links[1]: expected source, target, cost of a link, found no target",
    ),
    "a graph's sense": (
        but(PATH, graph={"directed": "yes", "links": []}),
        "graph.directed: expected true or false, found 'yes'",
    ),
    "file is a number": (but(PATH, file=3), "file: expected the name of a file, found 3"),
    "file's suffix": (but(PATH, file="a.xyz"), "file: expected a file that ends in one of .gr"),
    "no edges in it": (but(ARGMAX, edges="e.csv"), "edges: expected a key of argmax, found an un"),
    "no graph file": (but(PATH, graph="g.json"), "g.json: graph: expected a readable file, found"),
    "a large integer": (but(GRID, neighborhood=2**63), "neighborhood: expected a smaller integer"),
    "no file": (but(PATH, file="a.gr"), "a.gr: file: expected a readable file, found none"),
    "neighborhood": (but(GRID, neighborhood=5), "neighborhood: expected 4 or 8, found 5"),
    "a cell": (but(GRID, source=[0, 9]), "source: expected"),
    "a cell below 0": (but(GRID, source=[-1, 0]), "source: expected [row, column] in a 2x3 grid"),
    "a cell's text": (but(GRID, source=["0", 0]), "source[0]: expected an integer, found '0'"),
    "monotone": (but(GRID, monotone="yes"), "monotone: expected a boolean, found 'yes'"),
    "k 0": (but(TOP, k=0), "k: expected an integer from 1 to 3, found 0"),
    "k 4": (but(TOP, k=4), "k: expected an integer from 1 to 3, found 4"),
    "k '2'": (but(TOP, k="2"), "k: expected an integer, found '2'"),
    "k 1.5": (but(TOP, k=1.5), "k: expected an integer, found 1.5"),
    "k true": (but(TOP, k=True), "k: expected an integer, found true"),
    "no k": (but(TOP, k=WITHOUT), "k: expected this key, found none"),
    "no solutions": (but(LIST, solutions=[]), "solutions: expected a list of at least one row, f"),
    "flat solutions": (but(LIST, solutions=[0, 1]), "solutions: expected a list of numbers at pos"),
    "an empty row": (but(LIST, solutions=[[]]), "numbers at position 0, found none"),
    "a row's text": (but(LIST, solutions=[[0, "1"]]), "numbers at position 0, found '1'"),
    "a ragged row": (but(LIST, solutions=[[0, 1], [1]]), "solutions: expected rows of one length"),
    "long rows": (but(LIST, solutions=[[0, 1, 0]]), "solutions: expected one number for each entr"),
    "flat pairs": (but(PAIRS, cost=[1, 2]), "cost[0]: expected a list of numbers, found 1"),
    "tall": (but(PAIRS, cost=[[1], [2]]), "cost: expected no more rows than columns, found 2 rows"),
    "perfect": (but(MATCH, perfect=1), "perfect: expected a boolean, found 1"),
    "a null for an edge": (
        but(MATCH, theta=[1, None]),
        "theta[1]: expected a finite number, found",
    ),
    "a tree's edges": (but(TREE, edges=[[1, 2], [2, True]]), "edges[1][1]: expected an integer or"),
    "a tree's source": (but(TREE, source=1), "source: expected a key of spanning_tree, found an"),
    "no capacity": (but(FLOW, capacity=WITHOUT), "capacity: expected this key, found none"),
    "a capacity": (but(FLOW, capacity=[2, -1]), "capacity[1]: expected a number >= 0, found -1"),
    "half a unit": (but(FLOW, capacity=[2, 1.5]), "capacity[1]: expected an integer, found 1.5"),
    "capacities": (but(FLOW, capacity=[2]), "capacity: expected one for each entry of theta"),
    "one capacity": (but(FLOW, capacity=2), "capacity: expected a list, found 2"),
    "supply": (but(FLOW, supply=[3, -3]), "supply: expected a mapping, found a list of 2"),
    "a supply": (but(FLOW, supply={"a": "3", "b": -3}), "supply.a: expected an integer, found '3'"),
    "a supply's node": (
        but(FLOW, supply={"c": 0}),
        "supply: expected a node of `edges`, found 'c'",
    ),
    "surplus": (but(FLOW, supply={"a": 3}), "supply: expected amounts that sum to 0, found a sum"),
    "no weights": (but(PACK, weights=[]), "weights: expected integers from 0, found []"),
    "a weight below 0": (but(PACK, weights=[3, -4]), "from 0, found -4 at position [1]"),
    "a weight's text": (but(PACK, weights=[[3, "4"]]), "from 0, found '4' at position [0, 1]"),
    "few weights": (but(PACK, weights=[3]), "weights: expected one weight for each of the 2 entri"),
    "capacity below 0": (but(PACK, capacity=-5), "capacity: expected integers from 0, found -5"),
    "half a capacity": (but(PACK, capacity=5.5), "capacity: expected integers from 0, found 5.5"),
    "no limits": (but(PACK, capacity=[]), "capacity: expected integers from 0, found []"),
    "two limits": (but(PACK, capacity=[5, 5]), "capacity: expected 1, one per row of weights, fou"),
    "subsets": (but(COVER, subsets=["x", "y"]), "subsets[0]: expected a list, found 'x'"),
    "an element": (
        but(COVER, subsets=[[None], ["y"]]),
        "subsets[0][0]: expected an integer or a s",
    ),
    "no subsets": (but(COVER, subsets=[]), "subsets: expected a length of at least 1, found an em"),
    "few subsets": (but(COVER, subsets=[["x"]]), "subsets: expected one for each entry of theta"),
    "a metric": (but(TOUR, metric="euclid"), "found 'euclid'; did you mean 'euclidean'?"),
    "a point": (but(TOUR, coordinates=[[0, 0], [1]]), "coordinates[1]: expected a length of 2"),
    "points of 3": (but(TOUR, coordinates=[[0, 0, 0]] * 3), "coordinates: expected two for each"),
    "a point's text": (but(TOUR, coordinates=[[0, "0"], [1, 1]]), "coordinates[0][1]: expected a"),
    "no coordinates": (
        {"problem": "tour", "cost": [[0, 1], [1, 0]], "metric": "ATT"},
        "metric: expected this key only beside `coordinates`, found none",
    ),
    "oblong": (
        {"problem": "tour", "cost": [[0, 1]]},
        "cost: expected n x n with n from 2, found 1",
    ),
    "no durations": (but(JOBS, durations=WITHOUT), "durations: expected this key, found none"),
    "a duration": (but(JOBS, durations=[3, 0]), "durations[1]: expected a number > 0, found 0"),
    "few durations": (but(JOBS, durations=[3]), "durations: expected one for each entry of theta"),
    "a job": (but(JOBS, precedences=[[0, 2]]), "precedences: expected indices from 0 to 1, found"),
    "a job below 0": (
        but(JOBS, precedences=[[-1, 0]]),
        "precedences: expected indices from 0 to 1",
    ),
    "a job's name": (but(JOBS, precedences=[["a", 0]]), "precedences[0][0]: expected an integer"),
    "three jobs": (
        but(JOBS, precedences=[[0, 1, 0]]),
        "precedences[0]: expected a length of at mo",
    ),
    "a flat matrix": (but(PROGRAM, A=[1, 1]), "A[0]: expected a list, found 1"),
    "an empty constraint": (
        but(PROGRAM, A=[[]]),
        "A[0]: expected a length of at least 1, found an",
    ),
    "short rows": (but(PROGRAM, A=[[1]]), "A: expected one coefficient for each of 2 entries"),
    "no matrix": (but(PROGRAM, A=WITHOUT), "upper: expected one number for each of 0 rows of A"),
    "a limit": (but(PROGRAM, upper=["3"]), "upper[0]: expected a number, found '3'"),
    "one bound": (but(PROGRAM, bounds=[[0], [0, 1]]), "bounds[0]: expected a length of at least 2"),
    "few bounds": (
        but(PROGRAM, bounds=[[0, 1]]),
        "bounds: expected one pair for each of 2 entries",
    ),
    "crossed bounds": (
        but(PROGRAM, bounds=[[0, 1], [2, 1]]),
        "bounds: expected lower limits up to the upper ones, found 2 and 1 at position 1",
    ),
    "crossed rows": (but(PROGRAM, lower=[4]), "lower: expected lower limits up to the upper ones"),
    "an index": (but(PROGRAM, integer=[2]), "integer: expected indices from 0 to 1, found 2 at"),
    "an index below 0": (
        but(PROGRAM, integer=[-1]),
        "integer: expected indices from 0 to 1, found",
    ),
    "an index's name": (but(PROGRAM, integer=["x"]), "integer[0]: expected an integer, found 'x'"),
    "variables": (but(PROGRAM, variables=["x"]), "variables: expected this key only beside `file`"),
    "no file of a model": (but(MODEL, file=WITHOUT), "file: expected this key, found none"),
    "a model's suffix": (but(MODEL, file="m.txt.xz"), "file: expected a file that ends in one of"),
    "no command": (
        but(ORACLE, python=WITHOUT),
        "expected exactly one of command and python, found",
    ),
    "python and command": (
        but(ORACLE, command=["cat"]),
        "expected exactly one of command and python",
    ),
    "command": (
        but(ORACLE, python=WITHOUT, command="cat"),
        "command: expected a list, found 'cat'",
    ),
    "no words": (
        but(ORACLE, python=WITHOUT, command=[]),
        "command: expected a length of at least 1",
    ),
    "vectorized": (
        but(ORACLE, python=WITHOUT, command=["cat"], vectorized=True),
        "vectorized: expected this key only beside `python`, found none",
    ),
    "a number of words": (but(ORACLE, python=3), "python: expected a string, found 3"),
    "a wall": (but(GRID, target=[1, 1]), "target: expected a cell that is not forbidden"),
}


@pytest.mark.parametrize(("keys", "says"), BAD.values(), ids=BAD)
def test_what_is_refused(keys: Any, says: str, tmp_path: Path) -> None:
    line = complaint(written(tmp_path, keys), allow_code=True)
    assert str(tmp_path) in line
    assert says in line


def test_a_disconnected_graph(tmp_path: Path) -> None:
    path = written(tmp_path, but(PATH, edges=[["b", "a"], ["b", "c"], ["c", "a"]]))
    assert complaint(path, SolverFailed).startswith(f"{path}: target: infeasible: no path")


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (but(PAIRS, cost=[[1, None], [2, None]]), "cost: infeasible: the pairs that are not"),
        (but(MATCH, perfect=True), "perfect: infeasible: no matching of these edges"),
        (but(TREE, edges=[[1, 2], [3, 4]]), "edges: infeasible: no tree joins the 2 parts"),
        (but(FLOW, capacity=[1, 1]), "capacity: infeasible: the capacities do not let"),
        ({"problem": "tour", "cost": [[0, None], [1, 0]]}, "cost: infeasible: no tour keeps"),
        (but(JOBS, precedences=[[0, 1], [1, 0]]), "precedences: infeasible: the precedences make"),
        (but(PROGRAM, upper=[-1]), "A: infeasible: "),
    ],
)
def test_an_infeasible_instance_names_the_key(keys: Any, says: str, tmp_path: Path) -> None:
    path = written(tmp_path, keys)
    assert complaint(path, SolverFailed).startswith(f"{path}: {says}")


def test_an_option_that_the_family_lacks(tmp_path: Path) -> None:
    path = written(tmp_path, but(PATH, cycles="allow", edges=[["a", "b"], ["b", "c"], ["c", "b"]]))
    assert complaint(path, UsageError, backend="kernel").startswith("--backend: expected auto")
    line = complaint(written(tmp_path, ARGMAX), UsageError, backend="gpu")
    assert line == "--backend: expected 'auto', 'kernel' or 'ortools', found 'gpu'"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("v.npy", "1,2,3", "--theta: expected an .npy file, found one that begins with b'1,2,3'"),
        ("v.csv", "1,2", "--theta: expected shape (3,) as in the instance, found (2,)"),
        ("v.csv", "1,2\n3,4", "--theta: expected a list of numbers, found an array of shape"),
        ("v.csv", "1,2,nan", "--theta: line 1: expected finite numbers, found 'nan'"),
        ("v.csv", "1,2,", "--theta: line 1: expected finite numbers, found ''"),
        ("v.json", "[1, 2, 3]", "--theta: expected a .npy or .csv file, found '.json'"),
        ("v", "1,2,3", "--theta: expected a .npy or .csv file, found a name without a suffix"),
    ],
)
def test_a_theta_that_does_not_fit(name: str, content: str, says: str, tmp_path: Path) -> None:
    theta = written(tmp_path, content, name)
    line = complaint(written(tmp_path, ARGMAX), theta=theta)
    assert line.startswith(f"{theta}: {says}")


def test_a_file_without_instances(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", [1.0])
    assert "expected a file that ends in one of .json" in complaint(tmp_path / "x.npy")
    assert "found none of that name" in complaint(tmp_path / "x.yaml")
    assert "found a directory" in complaint(tmp_path)


ROADS = "p sp 3 2\na 1 2 5\na 2 3 6\n"


def test_a_standard_file_supplies_what_it_has(tmp_path: Path) -> None:
    written(tmp_path, ROADS, "roads.gr")
    keys = {"file": "roads.gr", "source": 1, "target": 3}
    for more in ({}, {"problem": "shortest_path"}, {"cost": [5, 6]}, {"theta": [-5, -6]}):
        instance = load(written(tmp_path, {**keys, **more}))
        assert instance.problem == "shortest_path"
        np.testing.assert_array_equal(instance.theta, [-5, -6])
        assert instance.parameter == ("theta" if "theta" in more else "cost")


def test_a_standard_file_that_lacks_keys_tells_how_to_add_them(tmp_path: Path) -> None:
    path = written(tmp_path, ROADS, "roads.gr")
    assert complaint(path) == (
        f"{path}: source, target: expected these keys, found none;"
        " write an instance {file: roads.gr, source: ..., target: ...}"
    )


def test_an_instance_may_not_contradict_its_file(tmp_path: Path) -> None:
    written(tmp_path, ROADS, "roads.gr")
    keys = {"file": "roads.gr", "source": 1, "target": 3}
    line = complaint(written(tmp_path, {"file": "roads.gr", "problem": "argmax"}))
    assert "problem: expected 'shortest_path', as `file` says, found 'argmax'" in line
    line = complaint(written(tmp_path, {**keys, "edges": [[1, 3], [2, 3]]}))
    assert "edges: expected others, as `file` says, found a list of 2" in line
    line = complaint(written(tmp_path, {**keys, "cost": [1, 2, 3]}))
    assert "edges: expected one edge for each entry" in line


@real
def test_the_roads_of_rome(tmp_path: Path) -> None:
    line = complaint(DATA / "rome99.gr")
    assert line.endswith("write an instance {file: rome99.gr, source: ..., target: ...}")
    text = f"file: {DATA / 'rome99.gr'}\nsource: 1\ntarget: 3353\n"
    instance = load(written(tmp_path, text, "rome.yaml"))
    solution = instance.oracle(instance.theta[None])[0]
    assert solution @ instance.theta == -30305


@real
def test_a_hundred_by_a_hundred() -> None:
    instance: Instance = load(DATA / "assign100.txt")
    assert (instance.name, instance.problem) == ("assign100", "assignment")
    assert instance.parameter == "cost"
    solution = instance.oracle(instance.theta[None])[0]
    assert (solution * instance.theta).sum() == -305
