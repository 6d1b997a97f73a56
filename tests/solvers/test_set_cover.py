"""What is special to covers: subsets worth having, and programmes too large for the kernel."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from solvers.cp_sat import CpSat, Optimum
from solvers.oracle import Backend
from solvers.set_cover import SetCover, Subset
from tests.solvers.cases import set_cover

BACKENDS: tuple[Backend, ...] = ("auto", "ortools")


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(30))
def test_random_subsets(seed: int, backend: Backend) -> None:
    generator = np.random.default_rng(seed)
    sizes = generator.integers(0, 5, size=generator.integers(1, 9))
    case = set_cover("random", [generator.integers(0, 6, size).tolist() for size in sizes])
    theta = generator.normal(size=(4, len(sizes)))
    oracle = case.oracle(backend)
    answers = oracle.solve(theta)
    best = (theta @ case.solutions.T).max(axis=1)
    np.testing.assert_allclose(answers.values, best, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(oracle.extent, np.ptp(case.solutions, axis=0))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_subset_worth_having_is_chosen(backend: Backend) -> None:
    oracle = SetCover(shape=(4,), subsets=[[1, 2], [1], [2], []], backend=backend)
    theta = np.array([[-1.0, 0.5, -2, 2], [1, 2, 3, -4]])
    np.testing.assert_array_equal(oracle(theta), [[1, 1, 0, 1], [1, 1, 1, 0]])


def test_many_subsets_are_left_to_ortools() -> None:
    generator = np.random.default_rng(0)
    subsets = [generator.choice(30, 4, replace=False).tolist() for _ in range(40)]
    with pytest.raises(ValidationError, match="subsets as many as these, found kernel"):
        SetCover(shape=(40,), subsets=subsets, backend="kernel")
    answers = SetCover(shape=(40,), subsets=subsets).solve(-generator.uniform(1, 3, (2, 40)))
    assert answers.proved.all()


def test_a_long_chain_of_subsets_is_for_the_kernel() -> None:
    subsets: list[Subset] = [[i // 3, i // 3 + 1] for i in range(150)]
    kernel = SetCover(shape=(150,), subsets=subsets, backend="kernel")
    theta = -np.random.default_rng(0).uniform(1, 3, size=(3, 150))
    np.testing.assert_array_equal(kernel(theta), kernel.rebuilt(backend="ortools")(theta))


def test_an_answer_without_proof_is_not_called_optimal(monkeypatch: pytest.MonkeyPatch) -> None:
    feasible = Optimum(np.array([1.0, 1.0]), value=-2.0, bound=-1.0, proved=False)
    monkeypatch.setattr(CpSat, "maximise", lambda *_: feasible)
    oracle = SetCover(shape=(2,), subsets=[[1], [1]], backend="ortools")
    answers = oracle.solve(-np.ones((1, 2)))
    assert not answers.proved.any()
    assert answers.bounds.tolist() == [-1.0]


def test_subsets_must_be_as_many_as_the_entries_of_theta() -> None:
    with pytest.raises(ValidationError, match=r"of shape \[3\], found 1"):
        SetCover(shape=(3,), subsets=[["a"]])
