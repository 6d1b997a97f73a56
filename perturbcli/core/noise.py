"""Noise Z with independent coordinates, mean zero and density proportional to exp(-nu(z)).

Each noise has its standard density, shifted to mean zero where needed; its variance is not one.
The table `NOISES` is the whole list; a noise is a class below and a line in it. All four densities
are log-concave.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.normal_cdf import normal_cdf
from perturbcli.core.normal_quantile import normal_quantile

Floats = NDArray[np.float64]

EULER_GAMMA = float(np.euler_gamma)


class Noise(ABC):
    """One coordinate's law, applied to arrays of any shape."""

    variance: ClassVar[float]
    information: ClassVar[float]  # E[nu'(Z)^2]
    panel: ClassVar[float]  # a width over which ten nodes integrate products of its functions
    kinked: ClassVar[bool] = False  # whether the density is smooth but for a kink at 0

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Independent draws of Z."""

    @abstractmethod
    def density(self, z: Floats) -> Floats:
        """The density at z."""

    @abstractmethod
    def cdf(self, z: Floats) -> Floats:
        """P(Z <= z), to full relative accuracy in the lower tail."""

    @abstractmethod
    def survival(self, z: Floats) -> Floats:
        """P(Z > z), to full relative accuracy in the upper tail."""

    @abstractmethod
    def quantile(self, u: Floats) -> Floats:
        """The inverse of `cdf`, for 0 < u < 1."""

    @abstractmethod
    def score(self, z: Floats) -> Floats:
        """nu'(z), which has mean zero under Z."""

    @abstractmethod
    def curvature(self, z: Floats) -> Floats | None:
        """nu''(z), None where nu is not twice differentiable."""


class Symmetric(Noise):
    """A noise such that Z and -Z have the same law."""

    def survival(self, z: Floats) -> Floats:
        return self.cdf(-z)


@dataclass(frozen=True)
class Gaussian(Symmetric):
    """nu(z) = z^2/2."""

    variance: ClassVar[float] = 1.0
    information: ClassVar[float] = 1.0
    panel: ClassVar[float] = 0.3

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.standard_normal(shape)

    def density(self, z: Floats) -> Floats:
        return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))

    def cdf(self, z: Floats) -> Floats:
        return normal_cdf(z)

    def quantile(self, u: Floats) -> Floats:
        return normal_quantile(u)

    def score(self, z: Floats) -> Floats:
        return z

    def curvature(self, z: Floats) -> Floats | None:
        return np.ones_like(z)


@dataclass(frozen=True)
class Gumbel(Noise):
    """nu(z) = (z + g) + exp(-(z + g)) with Euler's g, so that the mean is zero."""

    variance: ClassVar[float] = math.pi**2 / 6
    information: ClassVar[float] = 1.0
    panel: ClassVar[float] = 0.3

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.asarray(-np.log(rng.standard_exponential(shape)) - EULER_GAMMA)

    def density(self, z: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-(z + EULER_GAMMA) - np.exp(-(z + EULER_GAMMA))))

    def cdf(self, z: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(-(z + EULER_GAMMA))))

    def survival(self, z: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.asarray(-np.expm1(-np.exp(-(z + EULER_GAMMA))))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(-np.log(-np.log(u)) - EULER_GAMMA)

    def score(self, z: Floats) -> Floats:
        return np.asarray(1.0 - np.exp(-(z + EULER_GAMMA)))

    def curvature(self, z: Floats) -> Floats | None:
        return np.asarray(np.exp(-(z + EULER_GAMMA)))


@dataclass(frozen=True)
class Logistic(Symmetric):
    """nu(z) = z + 2 log(1 + exp(-z))."""

    variance: ClassVar[float] = math.pi**2 / 3
    information: ClassVar[float] = 1 / 3
    panel: ClassVar[float] = 1.2

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.logistic(size=shape)

    def density(self, z: Floats) -> Floats:
        tail = np.exp(-np.abs(z))
        return np.asarray(tail / (1.0 + tail) ** 2)

    def cdf(self, z: Floats) -> Floats:
        tail = np.exp(-np.abs(z))
        return np.asarray(np.where(z < 0, tail, 1.0) / (1.0 + tail))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(np.log(u) - np.log1p(-u))

    def score(self, z: Floats) -> Floats:
        return np.asarray(np.tanh(z / 2))

    def curvature(self, z: Floats) -> Floats | None:
        return 2.0 * self.density(z)


@dataclass(frozen=True)
class Laplace(Symmetric):
    """nu(z) = |z|, whose second derivative is a mass at 0 and no function."""

    variance: ClassVar[float] = 2.0
    information: ClassVar[float] = 1.0
    panel: ClassVar[float] = 1.2
    kinked: ClassVar[bool] = True

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.laplace(size=shape)

    def density(self, z: Floats) -> Floats:
        return np.asarray(0.5 * np.exp(-np.abs(z)))

    def cdf(self, z: Floats) -> Floats:
        tail = self.density(z)
        return np.asarray(np.where(z < 0, tail, 1.0 - tail))

    def quantile(self, u: Floats) -> Floats:
        return np.asarray(np.sign(0.5 - u) * np.log(2.0 * np.minimum(u, 1.0 - u)))

    def score(self, z: Floats) -> Floats:
        return np.sign(z)

    def curvature(self, z: Floats) -> Floats | None:  # noqa: ARG002 - there is none anywhere
        return None


NOISES: dict[str, Noise] = {
    "gaussian": Gaussian(),
    "gumbel": Gumbel(),
    "logistic": Logistic(),
    "laplace": Laplace(),
}
