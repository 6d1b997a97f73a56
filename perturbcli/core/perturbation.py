"""How noise moves theta, and the estimators' two derivatives that follow from it.

With S = grad nu(Z), F_eps(theta) = E F(T(theta, Z)) and y*_eps(theta) = E y*(T(theta, Z)):

    additive         T = theta + eps Z                    grad F_eps = E y*
                     J = Cov(y*, S) / eps, symmetric
    multiplicative   T = theta o exp(eps Z - eps^2/2)     grad F_eps = E[exp(eps Z - eps^2/2) o y*]
                     J = Cov(y*, Z) diag(1/(eps theta)), not symmetric

Source: Berthet et al. 2020, Proposition 3.1; the multiplicative form follows from it by the change
of variable log|theta|.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.core.noise import Floats, Gaussian, Noise


@dataclass(frozen=True)
class Perturbation(ABC):
    """A noise, its temperature epsilon, and the map T."""

    noise: Noise
    epsilon: float

    symmetric: ClassVar[bool]  # whether J is a Hessian

    def __post_init__(self) -> None:
        if not (math.isfinite(self.epsilon) and self.epsilon > 0):
            raise InputError("epsilon", None, f"expected a finite number > 0, found {self.epsilon}")

    @abstractmethod
    def apply(self, theta: Floats, z: Floats) -> Floats:
        """T(theta, z): (*shape) and (n, *shape) to (n, *shape)."""

    @abstractmethod
    def gradient(self, solutions: Floats, z: Floats) -> Floats:
        """The draws whose mean is grad F_eps: (n, *shape) to (n, *shape)."""

    @abstractmethod
    def scale(self, theta: Floats) -> Floats:
        """What column j of Cov(y*, S) is divided by to be d y*_eps / d theta_j: (*shape)."""


class Additive(Perturbation):
    """T = theta + eps Z."""

    symmetric: ClassVar[bool] = True

    def apply(self, theta: Floats, z: Floats) -> Floats:
        return theta + self.epsilon * z

    def gradient(self, solutions: Floats, z: Floats) -> Floats:  # noqa: ARG002 - the same for every z
        return solutions

    def scale(self, theta: Floats) -> Floats:
        return np.full_like(theta, self.epsilon)


class Multiplicative(Perturbation):
    """T = theta o exp(eps Z - eps^2/2) with Gaussian Z: mean theta, and every sign kept."""

    symmetric: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.noise, Gaussian):
            raise InputError(
                "noise",
                None,
                "multiplicative noise is log-normal: expected gaussian, found another",
            )

    def factors(self, z: Floats) -> Floats:
        """exp(eps z - eps^2/2), of mean one."""
        return np.asarray(np.exp(self.epsilon * z - self.epsilon**2 / 2))

    def apply(self, theta: Floats, z: Floats) -> Floats:
        return theta * self.factors(z)

    def gradient(self, solutions: Floats, z: Floats) -> Floats:
        return self.factors(z) * solutions

    def scale(self, theta: Floats) -> Floats:
        return self.epsilon * theta
