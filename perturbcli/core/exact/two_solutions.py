"""Two solutions under Gaussian noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from perturbcli.core.exact.form import ExactForm, Listed
from perturbcli.core.exact.quadrature import FAR
from perturbcli.core.noise import Floats, Gaussian, Noise
from perturbcli.core.oracles import Oracle


def form(oracle: Oracle, theta: Floats, epsilon: float, noise: Noise) -> ExactForm | None:
    """The form where the rows of the oracle's `solutions` are two, repeated or not."""
    rows = getattr(oracle, "solutions", np.empty((0, theta.size)))
    rest = rows[(rows != rows[:1]).any(axis=1)]
    if not isinstance(noise, Gaussian) or len(rest) == 0 or (rest != rest[0]).any():
        return None
    return TwoSolutions(theta, epsilon, noise, rows[0], rest[0])


@dataclass(frozen=True, eq=False)
class TwoSolutions(ExactForm):
    """With g = first - second, s = eps |g| and a = <theta, g>/s,

    P(first) = Phi(a),  J = phi(a) g g^T / s,  F_eps - F = s (phi(a) - |a| Phi(-|a|)).
    """

    first: Floats
    second: Floats

    @property
    def maximum(self) -> float:
        return float(max(self.first @ self.theta, self.second @ self.theta))

    def jacobian(self) -> Floats:
        return self._slope * np.outer(self._gap, self._gap)

    def jacobian_diagonal(self) -> Floats:
        return self._slope * self._gap**2

    def jvp(self, v: Floats) -> Floats:
        return self._slope * float(self._gap @ v) * self._gap

    def probabilities(self, count: int) -> Listed:
        both = (self.first, self._mass(self._lead)), (self.second, self._mass(-self._lead))
        likely = [pair for pair in both if pair[1] > 0]
        return sorted(likely, key=lambda pair: -pair[1])[:count]

    def _integrated(self) -> tuple[Floats, float]:
        lead, tail = abs(self._lead), self._mass(-abs(self._lead))
        likelier = self.first if self._lead >= 0 else self.second
        step = math.copysign(tail, -self._lead) * self._gap
        excess = self._density - lead * tail
        return likelier + step, self._scale * max(excess, 0.0)

    @property
    def cost(self) -> float:
        return 10.0 * self.theta.size

    @property
    def jacobian_cost(self) -> float:
        return self.cost + self.theta.size**2

    @cached_property
    def _gap(self) -> Floats:
        return self.first - self.second

    @property
    def _scale(self) -> float:
        return self.epsilon * float(np.linalg.norm(self._gap))

    @cached_property
    def _lead(self) -> float:
        """a, as far as it matters."""
        return min(max(float(self._gap @ self.theta) / self._scale, -FAR), FAR)

    @property
    def _density(self) -> float:
        return float(self.noise.density(np.asarray(self._lead)))

    @property
    def _slope(self) -> float:
        return self._density / self._scale

    def _mass(self, a: float) -> float:
        return float(self.noise.cdf(np.asarray(a)))
