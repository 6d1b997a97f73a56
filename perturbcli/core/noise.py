"""Noise Z with independent coordinates, mean zero and density proportional to exp(-nu(z)).

Each noise has its standard density, shifted to mean zero where needed; its variance is not one.
The table `NOISES` is the whole list; a noise is a class below and a line in it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EULER_GAMMA = float(np.euler_gamma)


class Noise(ABC):
    """One coordinate's law, applied to arrays of any shape."""

    variance: ClassVar[float]

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Independent draws of Z."""

    @abstractmethod
    def score(self, z: Floats) -> Floats:
        """grad nu(z), which has mean zero under Z."""


@dataclass(frozen=True)
class Gaussian(Noise):
    """nu(z) = z^2/2."""

    variance: ClassVar[float] = 1.0

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return rng.standard_normal(shape)

    def score(self, z: Floats) -> Floats:
        return z


@dataclass(frozen=True)
class Gumbel(Noise):
    """nu(z) = (z + g) + exp(-(z + g)) with Euler's g, so that the mean is zero."""

    variance: ClassVar[float] = math.pi**2 / 6

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        return np.asarray(-np.log(rng.standard_exponential(shape)) - EULER_GAMMA)

    def score(self, z: Floats) -> Floats:
        return np.asarray(1.0 - np.exp(-(z + EULER_GAMMA)))


NOISES: dict[str, Noise] = {
    "gaussian": Gaussian(),
    "gumbel": Gumbel(),
}
