"""What the estimators return: small frozen records, every estimate with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

from perturbcli.core.noise import Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate and its standard error, arrays of the same shape; both zero-dimensional for numbers."""

    estimate: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True)
class Loss:
    """L_eps(theta; y) = F_eps(theta) + eps Omega(y) - <theta, y>, and its gradient grad F_eps - y.

    Source: Berthet et al. 2020, Definition 4.1.
    """

    value: Estimate
    conjugate: float
    gradient: Estimate


@dataclass(frozen=True, slots=True)
class Likely:
    """A solution that samples reached, with p_theta(y) and its Wilson interval."""

    solution: Floats
    probability: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """The likeliest solutions, the mass of those seen beyond them, and of those never seen."""

    solutions: tuple[Likely, ...]
    missing_mass: float
    unlisted_mass: float


@dataclass(frozen=True, slots=True)
class OracleCalls:
    """How often the oracle was called, how many answers were proved optimal, how many fell back."""

    calls: int
    proved_optimal: int
    exact_fallbacks: int


@dataclass(frozen=True, slots=True)
class Smoothed:
    """The smoothed solver at theta; everything is stated for a maximiser of <y, theta>.

    solution, value:      y*(theta) of shape `shape`, and F(theta)
    perturbed_solution:   y*_eps(theta), of shape `shape`
    perturbed_value:      F_eps(theta)
    jacobian:             d y*_eps / d theta, shape (d, d), entries in C order
    status:               "ok", "not_proved" or "interrupted", and `message` says what that means
    """

    epsilon: float
    noise: str
    multiplicative: bool
    method: str
    samples: int
    seed: int
    solution: Floats
    value: float
    perturbed_solution: Estimate
    perturbed_value: Estimate
    jacobian: Estimate | None
    loss: Loss | None
    distribution: Distribution | None
    oracle: OracleCalls
    status: str
    message: str
