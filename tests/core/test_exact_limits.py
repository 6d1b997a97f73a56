"""Exact forms stay exact for temperatures and parameters of any size, and for many scores."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.special import ndtr

from perturbcli.core.exact.differences import DIFFERENCES
from perturbcli.core.noise import NOISES, Floats
from solvers.argmax import Argmax
from solvers.ranking import Ranking
from solvers.top_k import TopK
from tests.core.exact_cases import EACH, FAMILIES, ORACLES, form
from tests.core.known import FIVE


@FAMILIES
@pytest.mark.parametrize(
    ("theta", "epsilon"),
    [
        (FIVE, 1e-9),
        (FIVE, 1e9),
        (FIVE * 1e300, 1e-9),
        (FIVE * 1e-300, 1e-9),
        (np.zeros(5), 1.0),
        (np.array([0.0, -30.0, -60.0, -300.0, -700.0]), 1.0),
        (np.array([1e300, -1e300, 0.0, 1e300, 1.0]), 1e-5),
        (np.array([1.0, 1.0, 1.0, 0.0, 0.0]), 1e-12),
        (np.array([1e8, 1e8 + 1, 1e8 - 1, 0.0, -1e8]), 1.0),
    ],
)
def test_extremes_are_sound(name: str, noise: str, theta: Floats, epsilon: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = form(ORACLES[name], theta, epsilon, noise)
        listed = found.probabilities(4)
        arrays = [found.jacobian() * epsilon, found.jvp(FIVE), found.jacobian_diagonal()]
    assert all(np.isfinite(array).all() for array in arrays)
    assert found.surplus >= 0.0
    assert np.isfinite(found.value)
    if name != "two_solutions":
        unperturbed = ORACLES[name](np.zeros((1, 5)))  # type: ignore[operator]
        assert found.solution.sum() == pytest.approx(unperturbed.sum(), abs=1e-12)
    assert listed is not None
    assert listed[0][1] == max(mass for _, mass in listed) <= 1.0 + 1e-12
    if epsilon == 1e-9 and theta is FIVE:
        np.testing.assert_array_equal(found.solution, ORACLES[name](theta[None])[0])  # type: ignore[operator]
        assert found.surplus == 0.0
        assert len(listed) == 1


@pytest.mark.parametrize("gap", [5.0, 20.0, 36.0, 50.0])
def test_tiny_probabilities_are_exact(gap: float) -> None:
    theta = np.array([0.0, -gap])
    for noise, truth in (
        ("gaussian", ndtr(-gap / np.sqrt(2))),
        ("gumbel", np.exp(-gap) / (1 + np.exp(-gap))),
        ("logistic", DIFFERENCES[type(NOISES["logistic"])].survival(np.asarray(gap))),
        ("laplace", (2 + gap) * np.exp(-gap) / 4),
    ):
        found = form(Argmax(shape=(2,)), theta, 1.0, noise)
        assert found.solution[1] == pytest.approx(truth, rel=1e-11, abs=0.0)
        surplus = DIFFERENCES[type(NOISES[noise])].excess(np.asarray(gap))
        if noise == "gumbel":
            assert found.surplus == pytest.approx(surplus, rel=1e-11, abs=0.0)
        else:
            assert found.surplus == pytest.approx(surplus, abs=1e-15)


@EACH
def test_many_scores(noise: str) -> None:
    d = 10_000
    theta = np.random.default_rng(0).normal(size=d)
    found = form(Argmax(shape=(d,)), theta, 0.5, noise)
    assert found.solution.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.solution.min() > 0
    one = form(Argmax(shape=(d,)), theta * 0, 0.5, noise)
    np.testing.assert_allclose(one.solution, 1 / d, rtol=1e-10)
    v = np.random.default_rng(1).normal(size=d)
    up = form(Argmax(shape=(d,)), theta + 1e-4 * v, 0.5, noise)
    down = form(Argmax(shape=(d,)), theta - 1e-4 * v, 0.5, noise)
    slope = (up.solution - down.solution) / 2e-4
    np.testing.assert_allclose(found.jvp(v), slope, atol=1e-8)
    assert (up.value - down.value) / 2e-4 == pytest.approx(found.solution @ v, abs=1e-7)


@pytest.mark.parametrize(
    ("noise", "d", "k"),
    [
        ("gaussian", 200, 100),
        ("gumbel", 60, 50),
        ("gumbel", 60, 5),
        ("logistic", 60, 30),
        ("laplace", 60, 20),
    ],
)
def test_many_scores_in_top_k(noise: str, d: int, k: int) -> None:
    theta = np.random.default_rng(0).normal(size=d)
    oracle = TopK(shape=(d,), k=k)
    found = form(oracle, theta, 0.5, noise)
    assert found.solution.sum() == pytest.approx(k, abs=1e-11)
    v = np.random.default_rng(1).normal(size=d)
    h = 1e-4
    slope = (
        8 * (form(oracle, theta + h * v, 0.5, noise).solution)
        - 8 * (form(oracle, theta - h * v, 0.5, noise).solution)
        - form(oracle, theta + 2 * h * v, 0.5, noise).solution
        + form(oracle, theta - 2 * h * v, 0.5, noise).solution
    ) / (12 * h)
    jacobian = found.jacobian()
    np.testing.assert_allclose(jacobian @ v, slope, atol=1e-8)
    np.testing.assert_allclose(found.jvp(v), jacobian @ v, atol=1e-11)
    np.testing.assert_allclose(form(oracle, theta * 0, 0.5, noise).solution, k / d, atol=1e-12)


def test_many_ranks_in_blocks() -> None:
    theta = np.random.default_rng(0).normal(size=3000)
    for epsilon in (1e-3, 1.0):
        found = form(Ranking(shape=(3000,)), theta, epsilon, "gaussian")
        gaps = (theta[:, None] - theta) / (epsilon * np.sqrt(2))
        np.testing.assert_allclose(found.solution, 0.5 + ndtr(gaps).sum(axis=1), rtol=1e-13)
        jacobian = found.jacobian()
        surplus = epsilon**2 * np.trace(jacobian)  # E <rank, eps Z> by parts
        moved = theta @ found.solution - np.sort(theta) @ np.arange(1, 3001)
        assert found.surplus - moved == pytest.approx(surplus, rel=1e-9)
        np.testing.assert_allclose(found.jvp(theta), jacobian @ theta, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.jacobian_diagonal(), jacobian.diagonal(), rtol=1e-10)


def test_costs_tell_what_is_dear_without_paying_it() -> None:
    million = np.random.default_rng(0).normal(size=10**6)
    ranking = Ranking(shape=million.shape)
    assert form(ranking, million, 1.0, "gaussian").cost > 1e12
    assert form(ranking, million, 1e-6, "gaussian").cost < 1e9
    assert form(ranking, million, 1e-9, "gaussian").solution.max() == 10**6
    for name in ORACLES:
        found = form(ORACLES[name], FIVE, 0.5, "gaussian")
        assert 0 <= found.cost < 1e7
        assert 0 <= found.product_cost < 1e7
        assert 0 <= found.jacobian_cost < 1e7
