"""Every estimator meets a known answer, within four of its own standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from perturbcli.core.records import Estimate
from perturbcli.core.smoothing import smooth
from tests.core.known import FIVE, KNOWN, Floats, Known, gaussian_argmax, gumbel_argmax, identity

CASES = pytest.mark.parametrize("case", KNOWN, ids=lambda case: f"{case.name} {case.epsilon}")


def within(estimate: Estimate, truth: Floats | float, errors: float = 4.0) -> bool:
    """Whether the estimate is within so many standard errors of the truth, entry by entry."""
    room = errors * estimate.standard_error + 1e-12
    return bool((np.abs(estimate.estimate - truth) <= room).all())


@CASES
def test_closed_forms(case: Known) -> None:
    result = smooth(
        case.oracle,
        case.theta,
        epsilon=case.epsilon,
        noise=case.noise,
        samples=20_000,
        jacobian=case.jacobian is not None,
    )
    assert within(result.perturbed_solution, case.solution)
    assert (result.perturbed_solution.standard_error < 0.2 * max(1, case.epsilon)).all()
    if case.value is not None:
        assert within(result.perturbed_value, case.value)
    if case.jacobian is not None:
        assert result.jacobian is not None
        assert within(result.jacobian, case.jacobian)
        error = np.linalg.norm(result.jacobian.estimate - case.jacobian)
        assert error < 0.1 * np.linalg.norm(case.jacobian)


def test_published_argmax_numbers() -> None:
    softmax = [0.00549293, 0.81522342, 0.01222475, 0.16459077, 0.00246813]
    gaussian = [5.5537e-5, 0.87058473, 6.0165e-4, 0.12875461, 3.47e-6]
    np.testing.assert_allclose(gumbel_argmax(FIVE, 0.5).solution, softmax, atol=5e-9)
    np.testing.assert_allclose(gaussian_argmax(FIVE, 0.5).solution, gaussian, atol=5e-9)


@pytest.mark.parametrize("noise", ["gaussian", "gumbel"])
@pytest.mark.parametrize("epsilon", [1e-3, 1.0, 1e3])
def test_the_identity_has_the_identity_as_jacobian(noise: str, epsilon: float) -> None:
    result = smooth(
        identity, FIVE, epsilon=epsilon, noise=noise, samples=20_000, seed=5, jacobian=True
    )
    assert result.jacobian is not None
    assert within(result.jacobian, np.eye(5))
    assert np.abs(result.jacobian.estimate - np.eye(5)).max() < 0.1


def test_small_epsilon_gives_the_solver_back() -> None:
    case = gumbel_argmax(FIVE, 0.5)
    result = smooth(case.oracle, FIVE, epsilon=1e-9, samples=64)
    np.testing.assert_array_equal(result.perturbed_solution.estimate, result.solution)
    assert (result.perturbed_solution.standard_error > 0).all()


def test_loss_of_a_one_hot_under_gumbel_noise_is_the_cross_entropy() -> None:
    case = gumbel_argmax(FIVE, 0.5)
    for index in range(5):
        target = np.eye(5)[index]
        result = smooth(
            case.oracle, FIVE, epsilon=0.5, noise="gumbel", samples=20_000, target=target
        )
        assert result.loss is not None
        assert within(result.loss.value, -0.5 * float(np.log(case.solution[index])))
        assert within(result.loss.gradient, case.solution - target)
        assert result.loss.conjugate == 0.0
        assert result.loss.value.estimate >= 0


def test_multiplicative_noise_has_its_own_gradient_and_jacobian() -> None:
    """Two positive scores: log theta_i + eps Z_i is additive noise, so P(0 wins) is Phi in log theta."""
    from scipy.special import ndtr

    theta, epsilon = np.array([1.2, 1.0]), 0.4
    case = gumbel_argmax(theta, 1.0)
    result = smooth(
        case.oracle,
        theta,
        epsilon=epsilon,
        multiplicative=True,
        samples=40_000,
        jacobian=True,
        target=np.array([1.0, 0.0]),
    )
    scale = epsilon * np.sqrt(2)
    gap = np.log(theta[0] / theta[1]) / scale
    p = float(ndtr(gap))
    slope = float(np.exp(-(gap**2) / 2) / np.sqrt(2 * np.pi)) / scale
    assert within(result.perturbed_solution, np.array([p, 1 - p]))
    assert result.jacobian is not None
    assert within(result.jacobian, slope * np.outer([1, -1], 1 / theta * [1, -1]))
    # E max(U, V) of two log-normals: Margrabe's formula for exchanging one for the other.
    half = epsilon / np.sqrt(2)
    weights = np.array([ndtr(gap + half), ndtr(-gap + half)])
    assert within(result.perturbed_value, float(theta @ weights))
    assert result.loss is not None
    assert within(result.loss.gradient, weights - [1, 0])
    assert within(result.loss.value, float(theta @ weights) - theta[0])


def test_scale_of_theta_and_epsilon_cancels() -> None:
    case = gumbel_argmax(FIVE, 0.5)
    one = smooth(case.oracle, FIVE / 0.5, epsilon=1.0)
    half = smooth(case.oracle, FIVE, epsilon=0.5)
    np.testing.assert_array_equal(one.perturbed_solution.estimate, half.perturbed_solution.estimate)


def test_jacobian_agrees_with_a_finite_difference_of_common_noise() -> None:
    case = gumbel_argmax(FIVE, 1.0)
    n, h, direction = 200_000, 0.05, np.array([1.0, -1.0, 0.5, 0.0, 0.2])
    up = smooth(case.oracle, FIVE + h * direction, samples=n)
    down = smooth(case.oracle, FIVE - h * direction, samples=n)
    slope = (up.perturbed_solution.estimate - down.perturbed_solution.estimate) / (2 * h)
    result = smooth(case.oracle, FIVE, samples=n, seed=9, jacobian=True)
    assert result.jacobian is not None
    product = result.jacobian.estimate @ direction
    room = 4 * np.sqrt((result.jacobian.standard_error**2) @ direction**2) + 0.01
    assert (np.abs(product - slope) < room).all()
