"""What the estimators return: small frozen records, every estimate with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.noise import Floats


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate and its standard error, arrays of the same shape; both zero-dimensional for numbers.

    Where the error comes from few randomisations, `degrees_of_freedom` is their number less one, and
    an interval takes Student's t; None stands for many.
    """

    estimate: Floats
    standard_error: Floats
    degrees_of_freedom: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restricted(Estimate):
    """An estimate of a (d, d) matrix on the rows and columns `entries` alone, positions in C order.

    Everywhere else it is zero, with a standard error of at most `elsewhere`.
    """

    entries: NDArray[np.intp]
    elsewhere: float


@dataclass(frozen=True, slots=True)
class Loss:
    """L_eps(theta; y) = F_eps(theta) + eps Omega(y) - <theta, y>, and its gradient grad F_eps - y.

    conjugate is eps Omega(y), which is 0 for a vertex y, and its error 0 wherever it is not estimated.
    Source: Berthet et al. 2020, Definition 4.1.
    """

    value: Estimate
    conjugate: float
    gradient: Estimate
    conjugate_standard_error: float = 0.0


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

    def __add__(self, other: OracleCalls) -> OracleCalls:
        return OracleCalls(
            self.calls + other.calls,
            self.proved_optimal + other.proved_optimal,
            self.exact_fallbacks + other.exact_fallbacks,
        )


@dataclass(frozen=True, slots=True)
class Smoothed:
    """The smoothed solver at theta; everything is stated for a maximiser of <y, theta>.

    solution, value:      y*(theta) of shape `shape`, and F(theta)
    perturbed_solution:   y*_eps(theta), of shape `shape`
    perturbed_value:      F_eps(theta)
    jacobian:             J = d y*_eps / d theta, shape (d, d), entries in C order, or `Restricted`
    asymmetry:            |J - J^T| / (2 |J|) before J was made symmetric; None where that is not known
    jvp, vjp, jacobian_diagonal:  J v, u^T J and diag J, of shape `shape`
    status:               "ok", "tolerance", "not_proved" or "interrupted"; `message` says why
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
    asymmetry: float | None
    jvp: Estimate | None
    vjp: Estimate | None
    jacobian_diagonal: Estimate | None
    loss: Loss | None
    distribution: Distribution | None
    oracle: OracleCalls
    status: str
    message: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """The smoothed solver at one theta and several temperatures, from the same draws of Z.

    solution, value:  y*(theta) of shape `shape`, and F(theta)
    results:          one for each epsilon, in the order asked for; fewer where it was interrupted
    oracle:           calls of the whole sweep, the one on theta itself counted once
    status:           the worst of the results'; `message` says where and why
    """

    solution: Floats
    value: float
    results: tuple[Smoothed, ...]
    oracle: OracleCalls
    status: str
    message: str
