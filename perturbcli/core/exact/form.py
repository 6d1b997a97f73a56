"""What an exact form gives: the smoothed solver at one theta, without an oracle call or an error."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from perturbcli.core.noise import Floats, Noise

Listed = list[tuple[Floats, float]]


@dataclass(frozen=True, eq=False)
class ExactForm(ABC):
    """y*_eps, F_eps and J = d y*_eps / d theta at theta, shape (d,), under additive noise.

    Everything is computed when it is first asked for. J is symmetric and positive semi-definite.
    Costs are in units of some 10 ns, with which they were calibrated.
    """

    theta: Floats
    epsilon: float
    noise: Noise

    @property
    def solution(self) -> Floats:
        """y*_eps(theta), (d,)."""
        return self._averages[0]

    @property
    def value(self) -> float:
        """F_eps(theta)."""
        return self.maximum + self.surplus

    @property
    def surplus(self) -> float:
        """F_eps(theta) - F(theta) >= 0, to its own accuracy where F is large."""
        return self._averages[1]

    @property
    @abstractmethod
    def maximum(self) -> float:
        """F(theta)."""

    @cached_property
    def _averages(self) -> tuple[Floats, float]:
        return self._integrated()

    @abstractmethod
    def _integrated(self) -> tuple[Floats, float]:
        """y*_eps(theta) and F_eps(theta) - F(theta)."""

    @abstractmethod
    def jacobian(self) -> Floats:
        """J, (d, d)."""

    @abstractmethod
    def jacobian_diagonal(self) -> Floats:
        """The diagonal of J, (d,), without the rest of it."""

    @abstractmethod
    def jvp(self, v: Floats) -> Floats:
        """J v, (d,), without forming J."""

    def vjp(self, u: Floats) -> Floats:
        """u^T J, (d,), which is J u."""
        return self.jvp(u)

    def probabilities(self, count: int) -> Listed | None:  # noqa: ARG002 - not every form has them
        """The `count` likeliest solutions y with p_theta(y), likeliest first; None where too dear."""
        return None

    @property
    @abstractmethod
    def cost(self) -> float:
        """Time for the solution and the value."""

    @property
    @abstractmethod
    def jacobian_cost(self) -> float:
        """Time for the full matrix."""

    @property
    def product_cost(self) -> float:
        """Time for the diagonal, or for one product with J."""
        return self.cost


def from_pairs(products: Floats, epsilon: float) -> Floats:
    """J with the entries -products_ij / eps off the diagonal, whose rows sum to zero."""
    jacobian = 0.0 - products / epsilon  # no -0.0 where a product is 0
    np.fill_diagonal(jacobian, 0.0)
    np.fill_diagonal(jacobian, -jacobian.sum(axis=1))
    return jacobian
