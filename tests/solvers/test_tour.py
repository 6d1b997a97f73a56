"""What is special to tours: known optima, forbidden arcs, sizes beyond the kernel, coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import ValidationError

from solvers.cp_sat import CpSat, Optimum
from solvers.errors import SolverError, StructureError
from solvers.metrics import METRICS, distances
from solvers.oracle import Backend
from solvers.tour import Metric, Tour
from tests.solvers.cases import tour

BACKENDS: tuple[Backend, ...] = ("auto", "ortools")
DATA = Path(__file__).parents[3] / "shared" / "data"


def section(name: str, keyword: str) -> list[str]:
    """The words of a section of a TSPLIB file."""
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is missing")
    text = (DATA / name).read_text(encoding="ascii").split(keyword)[1]
    return text.split("EOF")[0].split()


def test_the_optimum_of_gr17() -> None:
    costs = np.zeros((17, 17))
    costs[np.tril_indices(17)] = [float(word) for word in section("gr17.tsp", "WEIGHT_SECTION")]
    answers = Tour(shape=(17, 17)).solve(-(costs + costs.T)[None])
    assert answers.values.tolist() == [-2085]
    assert answers.proved.all()


def test_the_optimum_of_burma14() -> None:
    words = np.array(section("burma14.tsp", "NODE_COORD_SECTION"), dtype=np.float64).reshape(14, 3)
    answers = Tour(shape=(14, 14)).solve(-distances(words[:, 1:], "GEO")[None])
    assert answers.values.tolist() == [-3323]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(30))
def test_random_forbidden_arcs(seed: int, backend: Backend) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(2, 6))
    arcs = np.argwhere(generator.random((n, n)) < generator.choice([0.1, 0.3, 0.5]))
    case = tour("random", n, [(i, j) for i, j in arcs.tolist()])
    if len(case.solutions) == 0:
        with pytest.raises(SolverError, match="infeasible: no tour"):
            Tour(shape=(n, n), forbidden=case.forbidden, backend=backend)
        return
    theta = generator.normal(size=(3, n, n))
    answers = case.oracle(backend).solve(theta)
    best = np.einsum("nij,kij->nk", theta, case.solutions).max(axis=1)
    np.testing.assert_allclose(answers.values, best, rtol=0, atol=1e-9)


def test_backends_agree_on_as_many_cities_as_the_kernel_takes() -> None:
    kernel = Tour(shape=(12, 12), backend="kernel")
    theta = np.random.default_rng(0).normal(size=(3, 12, 12))
    np.testing.assert_array_equal(kernel(theta), kernel.rebuilt(backend="ortools")(theta))
    with pytest.raises(ValidationError, match="expected auto or ortools for 13 cities"):
        Tour(shape=(13, 13), backend="kernel")


@pytest.mark.parametrize("backend", BACKENDS)
def test_two_islands_of_many_cities_have_no_tour(backend: Backend) -> None:
    forbidden = np.ones((16, 16), dtype=np.bool_)
    forbidden[:8, :8] = forbidden[8:, 8:] = False
    with pytest.raises(SolverError, match="infeasible: no tour"):
        Tour(shape=(16, 16), forbidden=forbidden, backend=backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_diagonal_is_forbidden_whatever_it_is_worth(backend: Backend) -> None:
    oracle = Tour(shape=(4, 4), backend=backend)
    assert oracle.forbidden is not None
    np.testing.assert_array_equal(oracle.forbidden, np.eye(4, dtype=np.bool_))
    theta = np.random.default_rng(0).normal(size=(1, 4, 4))
    answers = oracle.solve(theta + 1e6 * np.eye(4))
    np.testing.assert_array_equal(answers.solutions, oracle(theta))
    assert abs(answers.values[0]) < 100


def test_an_answer_without_proof_is_not_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    arcs = np.array([1.0, 0, 0, 1, 1, 0])  # without the diagonal
    feasible = Optimum(arcs, value=3.0, bound=4.0, proved=False)
    monkeypatch.setattr(CpSat, "maximise", lambda *_: feasible)
    answers = Tour(shape=(3, 3), backend="ortools").solve(np.ones((1, 3, 3)))
    assert answers.solutions.tolist() == [[[0, 1, 0], [0, 0, 1], [1, 0, 0]]]
    assert not answers.proved.any()
    assert answers.bounds.tolist() == [4.0]


@pytest.mark.parametrize(
    ("shape", "keys", "key"),
    [
        ((3, 4), {}, "shape"),
        ((1, 1), {}, "shape"),
        ((9,), {}, "shape"),
        ((3, 3), {"coordinates": [[0, 0], [1, 1]]}, "coordinates"),
        ((3, 3), {"metric": "GEO"}, "metric"),
    ],
)
def test_what_is_no_tour_is_refused_by_its_key(
    shape: tuple[int, ...], keys: dict[str, Any], key: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        Tour(shape=shape, **keys)
    reason = caught.value.errors()[0]["ctx"]["error"]
    assert isinstance(reason, StructureError)
    assert reason.key == key


def test_every_metric_has_a_distance() -> None:
    assert get_args(Metric) == tuple(METRICS)


def test_answers_start_with_the_first_city() -> None:
    y = np.zeros((4, 4))
    y[[0, 2, 1, 3], [2, 1, 3, 0]] = 1.0
    oracle = Tour(shape=(4, 4))
    assert oracle.contains(y[None]).all()
    assert oracle.answer(y) == [0, 2, 1, 3]
    assert oracle.answer(y, {"rows": list("abcd"), "columns": list("abcd")}) == list("acbd")
    arcs = [[f"{i}{j}" for j in range(4)] for i in range(4)]
    assert oracle.answer(y, arcs) == ["02", "21", "13", "30"]
