"""Every estimator meets a known answer, within four of its own standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from perturbcli.core.designs import DESIGNS
from perturbcli.core.jacobians import ESTIMATORS
from perturbcli.core.noise import NOISES
from perturbcli.core.records import Estimate
from perturbcli.core.smoothing import smooth
from perturbcli.core.spread import Dense, LowRank, Scale
from solvers.enumerated import Enumerated
from tests.core.known import FIVE, KNOWN, Floats, Known, gaussian_argmax, gumbel_argmax, identity

CASES = pytest.mark.parametrize("case", KNOWN, ids=lambda case: f"{case.name} {case.epsilon}")


def within(estimate: Estimate, truth: Floats | float, errors: float = 4.0) -> bool:
    """Whether the estimate is within so many standard errors of the truth, entry by entry."""
    if estimate.degrees_of_freedom is not None:
        errors *= float(student.ppf(0.99997, estimate.degrees_of_freedom)) / 4
    room = errors * estimate.standard_error + 1e-12
    return bool((np.abs(estimate.estimate - truth) <= room).all())


@CASES
@pytest.mark.parametrize("method", DESIGNS)
def test_closed_forms(case: Known, method: str) -> None:
    result = smooth(
        case.oracle,
        case.theta,
        epsilon=case.epsilon,
        noise=case.noise,
        samples=20_000,
        method=method,
        jacobian=case.jacobian is not None,
    )
    assert result.method == method
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


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("method", DESIGNS)
@pytest.mark.parametrize("epsilon", [1e-3, 1.0, 1e3])
def test_the_identity_has_the_identity_as_jacobian(noise: str, method: str, epsilon: float) -> None:
    result = smooth(
        identity, FIVE, epsilon=epsilon, noise=noise, method=method, samples=20_000, jacobian=True
    )
    assert result.jacobian is not None
    assert within(result.jacobian, np.eye(5))
    assert np.abs(result.jacobian.estimate - np.eye(5)).max() < 0.1


def test_small_epsilon_gives_the_solver_back() -> None:
    case = gumbel_argmax(FIVE, 0.5)
    result = smooth(case.oracle, FIVE, epsilon=1e-9, samples=64, method="monte-carlo")
    np.testing.assert_array_equal(result.perturbed_solution.estimate, result.solution)
    assert (result.perturbed_solution.standard_error > 0).all()


def test_loss_of_a_one_hot_under_gumbel_noise_is_the_cross_entropy() -> None:
    case = gumbel_argmax(FIVE, 0.5)
    for index in range(5):
        target = np.eye(5)[index]
        result = smooth(
            case.oracle, FIVE, epsilon=0.5, noise="gumbel", method="monte-carlo", target=target
        )
        exact = smooth(case.oracle, FIVE, epsilon=0.5, noise="gumbel", target=target)
        assert exact.method == "exact"
        assert exact.loss is not None
        assert exact.loss.value.estimate == pytest.approx(
            -0.5 * float(np.log(case.solution[index])), abs=1e-10
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


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("method", DESIGNS)
def test_every_estimator_of_the_jacobian_meets_the_closed_form(estimator: str, method: str) -> None:
    case = gaussian_argmax(FIVE, 0.5)
    result = smooth(
        case.oracle,
        FIVE,
        epsilon=0.5,
        method=method,
        samples=2**14,
        jacobian=True,
        jacobian_estimator=estimator,
    )
    assert result.jacobian is not None
    assert case.jacobian is not None
    assert within(result.jacobian, case.jacobian)
    assert (result.jacobian.standard_error < 0.05).all()
    np.testing.assert_array_equal(result.jacobian.estimate, result.jacobian.estimate.T)


@pytest.mark.parametrize("method", DESIGNS)
def test_products_are_the_products_of_the_jacobian(method: str) -> None:
    case, v = gaussian_argmax(FIVE, 0.5), np.array([1.0, -2.0, 0.5, 0.0, 3.0])
    result = smooth(
        case.oracle, FIVE, epsilon=0.5, method=method, samples=2**14, jvp=v, vjp=v,
        jacobian_diagonal=True,
    )  # fmt: skip
    assert case.jacobian is not None
    assert result.jvp is not None
    assert result.vjp is not None
    assert result.jacobian_diagonal is not None
    assert within(result.jvp, case.jacobian @ v)
    assert within(result.vjp, case.jacobian @ v)
    assert within(result.jacobian_diagonal, np.diag(case.jacobian))
    assert (result.jvp.standard_error < 0.2).all()


SIGMA = np.array([[1.0, 0.4, 0.0], [0.4, 0.8, -0.2], [0.0, -0.2, 1.5]])
SPREADS = {
    "dense": Dense(SIGMA),
    "low rank": LowRank(np.array([0.5, 0.7, 0.2]), np.array([[0.6], [-0.3], [0.5]])),
    "scale": Scale(np.array([0.5, 1.5, 1.0])),
}


@pytest.mark.parametrize("name", SPREADS)
@pytest.mark.parametrize("method", DESIGNS)
def test_noise_may_be_correlated(name: str, method: str) -> None:
    """Two solutions: P(y) = Phi(<theta, y - y'> / (eps sqrt((y - y')^T Sigma (y - y'))))."""
    from scipy.special import ndtr

    spread = SPREADS[name]
    precision = spread.precision(3)
    sigma = np.linalg.inv(np.diag(precision) if precision.ndim == 1 else precision)
    np.testing.assert_allclose(np.diag(sigma), spread.variance(3))
    rows = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 1.0]])
    oracle = Enumerated(shape=(3,), solutions=rows.tolist())
    theta, gap = np.array([0.3, 0.9, 0.2]), rows[0] - rows[1]
    width = 0.7 * float(np.sqrt(gap @ sigma @ gap))
    a = float(theta @ gap) / width
    slope = float(np.exp(-(a**2) / 2) / np.sqrt(2 * np.pi)) / width
    for estimator in ("auto", "leave-one-out", "regression"):
        result = smooth(
            oracle, theta, epsilon=0.7, spread=spread, method=method, samples=2**14,
            jacobian=True, jacobian_estimator=estimator,
        )  # fmt: skip
        assert within(result.perturbed_solution, rows[1] + float(ndtr(a)) * gap)
        assert result.jacobian is not None
        assert within(result.jacobian, slope * np.outer(gap, gap))
        assert (result.jacobian.standard_error < 0.05).all()


def test_a_tolerance_is_reached_or_said_to_be_missed() -> None:
    case = gaussian_argmax(FIVE, 0.5)
    for method in DESIGNS:
        result = smooth(
            case.oracle, FIVE, epsilon=0.5, method=method, tolerance=0.004, samples=2**17
        )
        assert result.status == "ok"
        assert (result.perturbed_solution.standard_error <= 0.004).all()
        assert 1000 < result.samples < 2**15
        assert within(result.perturbed_solution, case.solution)
        short = smooth(case.oracle, FIVE, epsilon=0.5, method=method, tolerance=1e-6, samples=2048)
        assert short.status == "tolerance"
        assert short.samples == 2048
