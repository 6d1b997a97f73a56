"""Cases with known answers: oracles, parameters and the closed forms of what smoothing them gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, softmax

from perturbcli.core.exact import exact
from perturbcli.core.noise import NOISES
from perturbcli.core.oracles import Oracle
from solvers.argmax import Argmax
from solvers.enumerated import Enumerated
from solvers.ranking import Ranking
from solvers.top_k import TopK

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Known:
    """An oracle at theta, with y*_eps, J and F_eps where they are known."""

    name: str
    oracle: Oracle
    theta: Floats
    epsilon: float
    noise: str
    solution: Floats
    jacobian: Floats | None = None
    value: float | None = None


FIVE = np.array([-0.6, 1.9, -0.2, 1.1, -1.0])
NINE = np.array([-0.8, 0.6, 1.2, -1.0, -0.7, 0.6, 1.1, -1.0, 0.4])


def density(x: Floats) -> Floats:
    """The standard normal density."""
    return np.asarray(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi))


def identity(theta: Floats) -> Floats:
    """y*(theta) = theta: not an argmax of anything, but its Jacobian is I for every noise and scale."""
    return theta


def sign(theta: Floats) -> Floats:
    """y_i = 1 or -1, the vertices of the hypercube."""
    return np.where(theta >= 0, 1.0, -1.0)


def gumbel_argmax(theta: Floats, epsilon: float) -> Known:
    """Softmax, its Jacobian and the log-sum-exp."""
    p = softmax(theta / epsilon)
    value = float(epsilon * np.log(np.exp((theta - theta.max()) / epsilon).sum()) + theta.max())
    jacobian = (np.diag(p) - np.outer(p, p)) / epsilon
    return Known(
        "argmax gumbel", Argmax(shape=theta.shape), theta, epsilon, "gumbel", p, jacobian, value
    )


def gaussian_argmax(theta: Floats, epsilon: float) -> Known:
    """P(i wins) = int phi(z) prod_j Phi((theta_i - theta_j)/eps + z) dz, by the trapezium rule."""
    z = np.linspace(-9, 9, 20001)[:, None, None]
    gaps = (theta[:, None] - theta[None, :]) / epsilon + z
    wins = ndtr(gaps)
    wins[:, np.arange(len(theta)), np.arange(len(theta))] = 1.0
    z = z[:, :, 0]
    step = float(z[1, 0] - z[0, 0])
    p = np.asarray((density(z) * wins.prod(axis=2)).sum(axis=0) * step)
    others = wins.prod(axis=2)[:, :, None] / wins * density(gaps)
    jacobian = -np.asarray((density(z)[:, :, None] * others).sum(axis=0) * step / epsilon)
    np.fill_diagonal(jacobian, 0.0)
    np.fill_diagonal(jacobian, -jacobian.sum(axis=1))
    return Known(
        "argmax gaussian", Argmax(shape=theta.shape), theta, epsilon, "gaussian", p, jacobian
    )


def ranking(theta: Floats, epsilon: float, noise: str) -> Known:
    """E rank_i = 1 + sum_j P(i above j), with the difference of two noises normal or logistic."""
    gaps = theta[:, None] - theta[None, :]
    if noise == "gaussian":
        scaled = gaps / (epsilon * np.sqrt(2))
        above, slope = ndtr(scaled), density(scaled) / (epsilon * np.sqrt(2))
    else:
        above = expit(gaps / epsilon)
        slope = above * (1 - above) / epsilon
    np.fill_diagonal(above, 0.0)
    np.fill_diagonal(slope, 0.0)
    jacobian = np.diag(slope.sum(axis=1)) - slope
    oracle = Ranking(shape=theta.shape)
    return Known(f"ranking {noise}", oracle, theta, epsilon, noise, 1 + above.sum(axis=1), jacobian)


def two_solutions(noise: str = "gaussian") -> Known:
    """P(y) = Phi(<theta, y - y'> / (eps |y - y'|)); F = E max of two correlated normals."""
    rows = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 2.0]])
    theta, epsilon = np.array([0.8, 0.9, 0.6, 0.1]), 0.7
    gap = rows[0] - rows[1]
    scale = epsilon * float(np.linalg.norm(gap))
    a = float(theta @ gap) / scale
    p = float(ndtr(a))
    slope = float(density(np.asarray(a))) / scale
    value = p * float(theta @ rows[0]) + (1 - p) * float(theta @ rows[1]) + scale**2 * slope
    oracle = Enumerated(shape=(4,), solutions=rows.tolist())
    solution = p * rows[0] + (1 - p) * rows[1]
    jacobian = slope * np.outer(gap, gap)
    return Known("two solutions", oracle, theta, epsilon, noise, solution, jacobian, value)


def signs(theta: Floats, epsilon: float) -> Known:
    """2 Phi(theta/eps) - 1, J = diag(2 phi(theta/eps)/eps); F = E |theta + eps Z|."""
    scaled = theta / epsilon
    folded = epsilon * 2 * density(scaled) + theta * (2 * ndtr(scaled) - 1)
    return Known(
        "signs",
        sign,
        theta,
        epsilon,
        "gaussian",
        2 * ndtr(scaled) - 1,
        np.diag(2 * density(scaled) / epsilon),
        float(folded.sum()),
    )


KNOWN = [
    gumbel_argmax(FIVE, 0.5),
    gaussian_argmax(FIVE, 0.5),
    gaussian_argmax(FIVE, 2.0),
    ranking(NINE, 0.5, "gaussian"),
    ranking(NINE, 0.5, "gumbel"),
    two_solutions(),
    signs(np.array([-0.5, 0.1, 1.0]), 0.8),
    Known("identity gaussian", identity, FIVE, 0.1, "gaussian", FIVE, np.eye(5)),
    Known("identity gumbel", identity, FIVE, 10.0, "gumbel", FIVE, np.eye(5)),
]


def exactly(name: str, oracle: Oracle, theta: Floats, epsilon: float, noise: str) -> Known:
    """A case by its exact form, which tests of its own hold against quadrature."""
    form = exact(oracle, theta, epsilon, noise)
    assert form is not None
    solution, jacobian = form.solution, form.jacobian()
    return Known(f"{name} {noise}", oracle, theta, epsilon, noise, solution, jacobian, form.value)


def everything() -> list[Known]:
    """The cases of the coverage table: every noise, in few dimensions and in more."""
    rng = np.random.default_rng(3)
    twelve, eight = rng.standard_normal(12), rng.standard_normal(8)
    return [
        *(
            case
            for noise in NOISES
            for case in (
                exactly("argmax 5", Argmax(shape=(5,)), FIVE, 0.5, noise),
                exactly("argmax 12", Argmax(shape=(12,)), twelve, 1.0, noise),
                exactly("ranking 9", Ranking(shape=(9,)), NINE, 0.5, noise),
                exactly("top 2 of 8", TopK(shape=(8,), k=2), eight, 0.5, noise),
            )
        ),
        two_solutions(),
        signs(np.array([-0.5, 0.1, 1.0]), 0.8),
    ]
