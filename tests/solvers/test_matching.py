"""What is special to matchings: perfect ones that do not exist, graphs too large for the kernel."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from pydantic import ValidationError

from solvers.cp_sat import CpSat, Optimum
from solvers.errors import SolverError, StructureError
from solvers.matching import Matching
from solvers.oracle import Backend
from tests.solvers.cases import matching

Edges = list[tuple[int | str, int | str]]

BACKENDS: tuple[Backend, ...] = ("auto", "ortools")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(40))
def test_random_multigraphs(seed: int, backend: Backend) -> None:
    generator = np.random.default_rng(seed)
    ends = generator.integers(0, generator.integers(2, 7), size=(generator.integers(1, 9), 2))
    case = matching("random", ends.tolist(), perfect=bool(seed % 2))
    if len(case.solutions) == 0:
        with pytest.raises(SolverError, match="infeasible: no matching of these edges covers all"):
            Matching(shape=(len(ends),), backend=backend, **case.structure)
        return
    theta = generator.normal(size=(4, len(ends)))
    answers = case.oracle(backend).solve(theta)
    best = (theta @ case.solutions.T).max(axis=1)
    np.testing.assert_allclose(answers.values, best, rtol=0, atol=1e-9)
    assert answers.proved.all()


@pytest.mark.parametrize("perfect", [False, True])
def test_a_ladder_is_matched_by_either_backend(perfect: bool) -> None:
    """A hundred nodes, of which few are left over at a time: the kernel takes it."""
    edges: Edges = [(i, i + 1) for i in range(0, 100, 2)]
    edges += [(i, i + 2) for i in range(98)]
    kernel = Matching(shape=(148,), edges=edges, perfect=perfect, backend="kernel")
    theta = np.random.default_rng(1).normal(size=(3, 148))
    solutions = kernel(theta)
    np.testing.assert_array_equal(kernel.rebuilt(backend="ortools")(theta), solutions)
    assert kernel.contains(solutions).all()


def test_a_large_graph_is_left_to_ortools() -> None:
    edges: Edges = list(combinations(range(24), 2))
    with pytest.raises(ValidationError, match="a graph as large as this") as caught:
        Matching(shape=(276,), edges=edges, backend="kernel")
    reason = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(reason, StructureError)
    assert reason.key == "backend"
    auto = Matching(shape=(276,), edges=edges, perfect=True)
    answers = auto.solve(np.random.default_rng(0).normal(size=(2, 276)))
    assert answers.proved.all()
    assert (answers.solutions.sum(axis=1) == 12).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_odd_number_of_nodes_has_no_perfect_matching(backend: Backend) -> None:
    edges: Edges = list(combinations(range(25), 2))
    with pytest.raises(SolverError, match="covers all 25 nodes"):
        Matching(shape=(300,), edges=edges, perfect=True, backend=backend)


def test_an_answer_without_proof_is_not_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    feasible = Optimum(np.array([1.0, 0.0]), value=1.0, bound=2.5, proved=False)
    monkeypatch.setattr(CpSat, "maximise", lambda *_: feasible)
    oracle = Matching(shape=(2,), edges=[("a", "b"), ("b", "c")], backend="ortools")
    answers = oracle.solve(np.ones((1, 2)))
    assert not answers.proved.any()
    assert answers.bounds.tolist() == [2.5]


def test_edges_must_be_as_many_as_the_entries_of_theta() -> None:
    with pytest.raises(ValidationError, match=r"of shape \[3\], found 1"):
        Matching(shape=(3,), edges=[("a", "b")])


def test_edges_have_names() -> None:
    oracle = Matching(shape=(3,), edges=[("a", "b"), ("b", 1), ("a", "b")])
    assert oracle.names == ["a\N{EN DASH}b", "b\N{EN DASH}1", "a\N{EN DASH}b (2)"]
    assert oracle.answer(np.array([0.0, 1, 0])) == [["b", 1]]
    assert oracle.answer(np.array([0.0, 1, 0]), ["x", "y", "z"]) == ["y"]
