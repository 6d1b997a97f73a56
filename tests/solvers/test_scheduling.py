"""What is special to schedules: the rule of Smith, durations that are no integers, precedences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from solvers.cp_sat import CpSat, Optimum
from solvers.errors import SolverError, StructureError
from solvers.oracle import Backend
from solvers.scheduling import Scheduling
from tests.solvers.cases import scheduling

BACKENDS: tuple[Backend, ...] = ("auto", "ortools")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(40))
def test_random_jobs(seed: int, backend: Backend) -> None:
    generator = np.random.default_rng(seed)
    d = int(generator.integers(1, 6))
    durations = generator.uniform(0.1, 5, d).tolist()
    pairs = generator.integers(0, d, size=(generator.integers(0, 4), 2)).tolist()
    precedences = [[before, after] for before, after in pairs if before != after]
    case = scheduling("random", durations, precedences)
    if len(case.solutions) == 0:
        with pytest.raises(SolverError, match="infeasible: the precedences"):
            Scheduling(shape=(d,), backend=backend, **case.structure)
        return
    theta = generator.normal(size=(4, d))
    oracle = case.oracle(backend)
    answers = oracle.solve(theta)
    best = (theta @ case.solutions.T).max(axis=1)
    np.testing.assert_allclose(answers.values, best, rtol=0, atol=1e-9)
    assert oracle.contains(case.solutions).all()
    every = scheduling("free", durations).solutions
    known = {y.tobytes() for y in case.solutions}
    np.testing.assert_array_equal(oracle.contains(every), [y.tobytes() in known for y in every])
    np.testing.assert_allclose(oracle.extent, np.ptp(case.solutions, axis=0), atol=1e-9)


@pytest.mark.parametrize("precedences", [None, [[0, 3], [1, 3]]])
def test_every_schedule_is_the_only_best_one_for_some_theta(
    precedences: list[list[int]] | None,
) -> None:
    """So each is a vertex: theta / duration that grows along the order is such a theta."""
    case = scheduling("vertices", [3, 1.5, 2, 1, 0.25], precedences)
    ranks = case.solutions.argsort(axis=1).argsort(axis=1)
    theta = ranks * np.array([3, 1.5, 2, 1, 0.25])
    values = np.sort(theta @ case.solutions.T, axis=1)
    assert (values[:, -1] > values[:, -2] + 1e-9).all()
    np.testing.assert_array_equal(case.oracle()(theta), case.solutions)


def test_many_jobs_go_by_the_rule_of_smith() -> None:
    generator = np.random.default_rng(0)
    durations = generator.uniform(0.1, 5, 20_000)
    oracle = Scheduling(shape=(20_000,), durations=durations.tolist())
    theta = generator.normal(size=(2, 20_000))
    times = oracle(theta)
    assert oracle.contains(times).all()
    for row, order in zip(theta, times.argsort(axis=1), strict=True):
        assert (np.diff((row / durations)[order]) >= 0).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_equal_jobs_keep_their_order(backend: Backend) -> None:
    oracle = Scheduling(shape=(3,), durations=[2, 2, 2], precedences=[(0, 1), (1, 2)])
    np.testing.assert_array_equal(oracle.rebuilt(backend=backend)(np.zeros((1, 3))), [[2, 4, 6]])
    free = Scheduling(shape=(3,), durations=[1, 2, 3])
    np.testing.assert_array_equal(free(np.array([[-1.0, -2, -3]])), [[1, 3, 6]])


def test_many_jobs_with_precedences_are_left_to_ortools() -> None:
    generator = np.random.default_rng(0)
    keys: dict[str, Any] = {"durations": generator.uniform(1, 5, 20).tolist()}
    keys["precedences"] = [[0, 5], [5, 9], [3, 4]]
    with pytest.raises(ValidationError, match="so many orders of jobs, found kernel"):
        Scheduling(shape=(20,), backend="kernel", **keys)
    oracle = Scheduling(shape=(20,), **keys)
    answers = oracle.solve(generator.normal(size=(2, 20)))
    assert answers.proved.all()
    assert oracle.contains(answers.solutions).all()
    chain = [(i, i + 1) for i in range(19)]
    kernel = Scheduling(
        shape=(20,), durations=keys["durations"], precedences=chain, backend="kernel"
    )
    np.testing.assert_allclose(kernel(np.zeros((1, 20))), [np.cumsum(keys["durations"])])


def test_an_answer_without_proof_is_not_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Job 0 first is worth 2 of the pair's own value, and at most 5 could be had."""
    feasible = Optimum(np.array([1.0]), value=2.0, bound=5.0, proved=False)
    monkeypatch.setattr(CpSat, "maximise", lambda *_: feasible)
    oracle = Scheduling(shape=(2,), durations=[1, 1], backend="ortools")
    answers = oracle.solve(np.array([[1.0, 3.0]]))
    assert answers.solutions.tolist() == [[1.0, 2.0]]
    assert answers.values.tolist() == [7.0]
    assert answers.bounds.tolist() == [10.0]
    assert not answers.proved.any()


@pytest.mark.parametrize("pairs", [[(0, 0)], [(0, 1), (1, 0)], [(0, 1), (1, 2), (2, 0)]])
@pytest.mark.parametrize("backend", BACKENDS)
def test_jobs_that_wait_for_themselves_are_infeasible(
    pairs: list[tuple[int, int]], backend: Backend
) -> None:
    with pytest.raises(SolverError, match="wait for itself"):
        Scheduling(shape=(3,), durations=[1, 1, 1], precedences=pairs, backend=backend)


@pytest.mark.parametrize(
    "keys",
    [
        {"durations": [1, 2]},
        {"durations": [1, 2, 0]},
        {"durations": [1, 2, -1]},
        {"durations": [1, 2, float("inf")]},
        {"durations": [1, 2, True]},
        {"precedences": [[0, 3]]},
        {"precedences": [[-1, 0]]},
        {"precedences": [[0, 1, 2]]},
        {"precedences": [[0.0, 1]]},
    ],
)
def test_what_is_no_shop_is_refused_by_its_key(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Scheduling(shape=(3,), **({"durations": [1, 2, 3]} | keys))
    error = caught.value.errors()[0]
    reason = error.get("ctx", {}).get("error")
    (key,) = keys
    assert (reason.key if isinstance(reason, StructureError) else error["loc"][0]) == key


def test_answers_are_the_jobs_in_order() -> None:
    oracle = Scheduling(shape=(3,), durations=[1, 2, 3])
    assert oracle.answer(np.array([4.0, 6, 3])) == [2, 0, 1]
    assert oracle.answer(np.array([4.0, 6, 3]), list("abc")) == ["c", "a", "b"]
