"""Exact forms equal adaptive integrals that share nothing with them but the noise's functions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from perturbcli.core.exact import EXACT, exact
from perturbcli.core.exact.differences import DIFFERENCES
from perturbcli.core.noise import NOISES, Floats
from solvers.argmax import Argmax
from solvers.assignment import Assignment
from solvers.enumerated import Enumerated
from solvers.top_k import TopK
from tests.core.exact_cases import EACH, FAMILIES, ORACLES, form
from tests.core.integrals import integral, top_k_by_subsets
from tests.core.known import FIVE, KNOWN, Known, identity

CLOSE = np.array([0.3, 0.3005, -0.2, 0.299, -1.0])


@EACH
@pytest.mark.parametrize("k", [1, 2, 3, 4])
@pytest.mark.parametrize(("theta", "epsilon"), [(FIVE, 0.5), (CLOSE, 1e-3), (FIVE, 1e3)])
def test_argmax_and_top_k_by_subsets(noise: str, k: int, theta: Floats, epsilon: float) -> None:
    found = form(TopK(shape=(5,), k=k), theta, epsilon, noise)
    # Gaps past all noise can as well be smaller, so that the integrals are over a short range.
    order = np.argsort(theta)
    t = np.zeros(5)
    t[order[1:]] = np.minimum(np.diff(theta[order]) / epsilon, 60.0).cumsum()
    solution, value, jacobian = top_k_by_subsets(t, k, NOISES[noise])
    np.testing.assert_allclose(found.solution, solution, atol=1e-11)
    surplus = value - np.sort(t)[::-1][:k].sum()
    assert found.surplus / epsilon == pytest.approx(surplus, abs=1e-10)
    assert found.value == pytest.approx(np.sort(theta)[::-1][:k].sum() + epsilon * surplus)
    np.testing.assert_allclose(found.jacobian() * epsilon, jacobian, atol=1e-11)


@EACH
def test_differences_by_integrals(noise: str) -> None:
    law = NOISES[noise]
    difference = DIFFERENCES[type(law)]
    a = np.array([0.0, 1e-12, 1e-5, 1e-3, 0.1, 0.4999, 0.5, 0.5001, 1.0, 3.0, 10.0, 30.0])
    scores = np.concatenate([a, [0.0]])
    truth = integral(
        scores,
        lambda x: np.stack([law.cdf(x - a), law.density(x - a)]) * law.density(np.asarray(x)),
    )
    np.testing.assert_allclose(difference.survival(a), truth[0], atol=1e-13)
    np.testing.assert_allclose(difference.density(a), truth[1], atol=1e-13)
    h = 1e-3
    slope = (difference.excess(a + h) - difference.excess(np.abs(a - h))) / (2 * h)
    far = a > h
    np.testing.assert_allclose(-slope[far], difference.survival(a)[far], atol=1e-6)

    def twice(x: Floats) -> Floats:
        return 2 * x * law.cdf(x) * law.density(x)

    most = integral(scores, lambda x: twice(np.full(1, x)))[0]
    assert difference.excess(np.zeros(1))[0] == pytest.approx(most, abs=1e-12)  # E max(Z, Z')
    assert (np.diff(difference.excess(np.linspace(0, 30, 300))) < 0).all()
    assert difference.survival(np.array([difference.reach]))[0] < 1e-21


@EACH
def test_ranking_by_pairs(noise: str) -> None:
    theta, epsilon = FIVE, 0.7
    found = form(ORACLES["ranking"], theta, epsilon, noise)
    solution, value = np.ones(5), float(theta.sum())
    for i, j in permutations(range(5), 2):
        pair = form(Argmax(shape=(2,)), theta[[i, j]], epsilon, noise)
        solution[i] += pair.solution[0]
        value += pair.value / 2
    np.testing.assert_allclose(found.solution, solution, atol=1e-12)
    assert found.value == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    "case", [case for case in KNOWN if hasattr(case.oracle, "problem")], ids=lambda case: case.name
)
def test_known_answers(case: Known) -> None:
    found = form(case.oracle, case.theta, case.epsilon, case.noise)
    np.testing.assert_allclose(found.solution, case.solution, atol=1e-10)
    if case.jacobian is not None:
        np.testing.assert_allclose(found.jacobian(), case.jacobian, atol=1e-10)
    if case.value is not None:
        assert found.value == pytest.approx(case.value, abs=1e-10)


def test_published_digits() -> None:
    gumbel = [0.00549293, 0.81522342, 0.01222475, 0.16459077, 0.00246813]
    gaussian = [5.5537e-5, 0.87058473, 6.0165e-4, 0.12875461, 3.47e-6]
    argmax = ORACLES["argmax"]
    np.testing.assert_allclose(form(argmax, FIVE, 0.5, "gumbel").solution, gumbel, atol=5e-9)
    np.testing.assert_allclose(form(argmax, FIVE, 0.5, "gaussian").solution, gaussian, atol=6e-9)


@pytest.mark.parametrize("epsilon", [1e-3, 0.5, 30.0, 1e3])
@FAMILIES
def test_derivatives(name: str, noise: str, epsilon: float) -> None:
    theta = 2 * epsilon * FIVE
    base, h = form(ORACLES[name], theta, epsilon, noise), 1e-3 * epsilon

    def slope(quantity: str) -> Floats:
        """By differences of fourth order in each coordinate, (..., d)."""
        steps = [(2 * h, -1), (h, 8), (-h, -8), (-2 * h, 1)]
        moved = [
            sum(
                weight
                * np.asarray(getattr(form(ORACLES[name], theta + s * e, epsilon, noise), quantity))
                for s, weight in steps
            )
            for e in np.eye(5)
        ]
        return np.stack(moved, axis=-1) / (12 * h)

    jacobian = base.jacobian()
    np.testing.assert_allclose(slope("value"), base.solution, atol=1e-10)
    np.testing.assert_allclose(slope("solution") * epsilon, jacobian * epsilon, atol=1e-10)
    np.testing.assert_array_equal(jacobian, jacobian.T)
    assert np.linalg.eigvalsh(jacobian).min() * epsilon > -1e-13
    if name != "two_solutions":
        np.testing.assert_allclose(jacobian.sum(axis=1) * epsilon, 0.0, atol=1e-14)
    v = np.array([1.0, -2.0, 0.5, 3.0, 1e3])
    np.testing.assert_allclose(base.jvp(v), jacobian @ v, rtol=1e-12, atol=1e-11 / epsilon)
    np.testing.assert_allclose(base.vjp(v), v @ jacobian, rtol=1e-12, atol=1e-11 / epsilon)
    np.testing.assert_allclose(base.jacobian_diagonal(), jacobian.diagonal(), atol=1e-13 / epsilon)


@FAMILIES
def test_only_the_ratio_and_the_differences_count(name: str, noise: str) -> None:
    one = form(ORACLES[name], FIVE / 0.3, 1.0, noise)
    other = form(ORACLES[name], FIVE + (name != "two_solutions") * 7.0, 0.3, noise)
    np.testing.assert_allclose(other.solution, one.solution, atol=1e-12)
    np.testing.assert_allclose(other.jacobian() * 0.3, one.jacobian(), atol=1e-12)
    assert other.surplus == pytest.approx(0.3 * one.surplus, abs=1e-12)


def test_a_loss_of_gumbel_noise_is_the_cross_entropy() -> None:
    for epsilon in (1e-3, 0.5, 1e3):
        found = form(ORACLES["argmax"], FIVE, epsilon, "gumbel")
        scaled = FIVE / epsilon - FIVE.max() / epsilon
        entropies = epsilon * (np.log(np.exp(scaled).sum()) - scaled)
        np.testing.assert_allclose(found.value - FIVE, entropies, atol=1e-10)


def test_what_has_no_exact_form() -> None:
    class Forbidding:
        problem = "argmax"
        forbidden = np.array([True, False])

        def __call__(self, theta: Floats) -> Floats:
            return theta

    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    two = Enumerated(shape=(2,), solutions=rows[[0, 1, 0]])
    three = Enumerated(shape=(2,), solutions=rows)
    same = Enumerated(shape=(2,), solutions=rows[[0, 0]])
    theta = np.array([0.2, 0.1])
    assert exact(two, theta, 1.0, "gaussian") is not None
    assert exact(two, theta, 1.0, "laplace") is None
    for oracle in (three, same, identity, Forbidding()):
        assert exact(oracle, theta, 1.0, "gaussian") is None
    assert exact(Assignment(shape=(2, 2)), np.zeros((2, 2)), 1.0, "gaussian") is None
    assert set(EXACT) == {"argmax", "top_k", "ranking", "enumerated"}
