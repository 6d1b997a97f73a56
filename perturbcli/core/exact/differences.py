"""The law of D = Z - Z' for two independent draws of a noise, symmetric about 0, in closed form.

    noise      P(D > a), a >= 0          density                           E (D - a)^+
    gaussian   Phi(-a/sqrt 2)            phi(a/sqrt 2)/sqrt 2              2 density - a P(D > a)
    gumbel     b/(1+b)                   b/(1+b)^2                         log(1+b)
    logistic   b (a - (1-b))/(1-b)^2     b (a (1+b) - 2 (1-b))/(1-b)^3     a b/(1-b)
    laplace    b (2+a)/4                 b (1+a)/4                         b (3+a)/4

with b = exp(-a). The logistic row is int G(x - a) f(x) dx and its derivatives; near a = 0, where it
cancels, it is P(D > a) = 1/2 - sum_n B_2n a^(2n-1)/(2n-1)!, with Bernoulli's numbers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from perturbcli.core.exact.quadrature import FAR
from perturbcli.core.noise import Floats, Gaussian, Gumbel, Laplace, Logistic, Noise
from perturbcli.core.normal_cdf import normal_cdf

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
NEAR = 0.5  # where the series of the logistic law takes over, good to 10^-18 there


class Difference(ABC):
    """The law of D, for a of any shape, a >= 0."""

    reach: ClassVar[float]  # P(D > reach) < 10^-22

    @abstractmethod
    def survival(self, a: Floats) -> Floats:
        """P(D > a)."""

    @abstractmethod
    def density(self, a: Floats) -> Floats:
        """The density of D at a."""

    @abstractmethod
    def excess(self, a: Floats) -> Floats:
        """E max(D - a, 0)."""

    def cdf(self, u: Floats) -> Floats:
        """P(D <= u) for u of either sign."""
        tail = self.survival(np.minimum(np.abs(u), FAR))
        return np.asarray(np.where(u > 0, 1.0 - tail, tail))


class GaussianDifference(Difference):
    reach: ClassVar[float] = 14.0

    def survival(self, a: Floats) -> Floats:
        return normal_cdf(-a / math.sqrt(2))

    def density(self, a: Floats) -> Floats:
        return np.asarray(np.exp(-a * a / 4) / math.sqrt(4 * math.pi))

    def excess(self, a: Floats) -> Floats:
        return np.asarray(np.maximum(2 * self.density(a) - a * self.survival(a), 0.0))


class GumbelDifference(Difference):
    reach: ClassVar[float] = 52.0

    def survival(self, a: Floats) -> Floats:
        b = np.exp(-a)
        return np.asarray(b / (1 + b))

    def density(self, a: Floats) -> Floats:
        b = np.exp(-a)
        return np.asarray(b / (1 + b) ** 2)

    def excess(self, a: Floats) -> Floats:
        return np.asarray(np.log1p(np.exp(-a)))


class LogisticDifference(Difference):
    reach: ClassVar[float] = 56.0

    def survival(self, a: Floats) -> Floats:
        far = np.maximum(a, NEAR)
        rest = -np.expm1(-far)
        series = [n / math.factorial(2 * i + 1) for i, n in enumerate(BERNOULLI)]
        near = 0.5 - a * np.polynomial.polynomial.polyval(a * a, series)
        return np.asarray(np.where(a < NEAR, near, np.exp(-far) * (far - rest) / rest**2))

    def density(self, a: Floats) -> Floats:
        far = np.maximum(a, NEAR)
        b, rest = np.exp(-far), -np.expm1(-far)
        series = [n / math.factorial(2 * i) for i, n in enumerate(BERNOULLI)]
        near = np.polynomial.polynomial.polyval(a * a, series)
        return np.asarray(np.where(a < NEAR, near, b * (far * (1 + b) - 2 * rest) / rest**3))

    def excess(self, a: Floats) -> Floats:
        excess = np.ones_like(a)
        np.divide(a * np.exp(-a), -np.expm1(-a), out=excess, where=a > 0)
        return excess


class LaplaceDifference(Difference):
    reach: ClassVar[float] = 56.0

    def survival(self, a: Floats) -> Floats:
        return np.asarray(np.exp(-a) * (2 + a) / 4)

    def density(self, a: Floats) -> Floats:
        return np.asarray(np.exp(-a) * (1 + a) / 4)

    def excess(self, a: Floats) -> Floats:
        return np.asarray(np.exp(-a) * (3 + a) / 4)


DIFFERENCES: dict[type[Noise], Difference] = {
    Gaussian: GaussianDifference(),
    Gumbel: GumbelDifference(),
    Logistic: LogisticDifference(),
    Laplace: LaplaceDifference(),
}
