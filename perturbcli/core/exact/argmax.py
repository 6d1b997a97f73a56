"""The argmax of d scores: softmax for Gumbel noise, a one-dimensional integral for any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np

from perturbcli.core.exact.factored import Factor, Factored
from perturbcli.core.exact.form import ExactForm, Listed
from perturbcli.core.exact.quadrature import (
    BLOCK,
    FAR,
    blocks,
    crossing,
    highest,
    kinks,
    panels,
    reach,
    step,
)
from perturbcli.core.noise import Floats, Gumbel, Noise
from perturbcli.core.oracles import Oracle

PRECISE = 0.1  # by how much integrals may begin sooner than they need
LEAST = 1e-300  # what a probability can be before the integrals leave it out


def form(oracle: Oracle, theta: Floats, epsilon: float, noise: Noise) -> ExactForm:  # noqa: ARG001
    """The form for an argmax over all d scores."""
    return (Softmax if isinstance(noise, Gumbel) else Argmax)(theta, epsilon, noise)


class OneHot(Factored):
    """What both forms share."""

    @property
    def maximum(self) -> float:
        return float(self.theta.max())

    @cached_property
    def _scores(self) -> Floats:
        """(theta - max theta)/eps, no lower than where a noise never reaches."""
        with np.errstate(over="ignore"):
            return np.asarray(np.maximum((self.theta - self.theta.max()) / self.epsilon, -FAR))

    def probabilities(self, count: int) -> Listed:
        best = np.argsort(-self.solution, kind="stable")[:count]
        best = best[self.solution[best] > 0]
        one_hots = np.zeros((len(best), self.theta.size))
        one_hots[np.arange(len(best)), best] = 1.0
        return list(zip(one_hots, self.solution[best].tolist(), strict=True))


class Softmax(OneHot):
    """y*_eps = p = softmax(theta/eps), F_eps = eps log sum exp(theta/eps), J = (diag p - p p^T)/eps."""

    def _integrated(self) -> tuple[Floats, float]:
        powers = np.exp(self._scores)
        rest = np.delete(powers, self.theta.argmax()).sum()
        return powers / (1.0 + rest), self.epsilon * float(np.log1p(rest))

    def _factors(self) -> Iterator[Factor]:
        yield self.solution[np.newaxis]

    @property
    def cost(self) -> float:
        return 10.0 * self.theta.size

    @property
    def jacobian_cost(self) -> float:
        return self.cost + self.theta.size**2


class Argmax(OneHot):
    """With t = theta/eps, density f and distribution function G of one noise,

        p_i = int f(x - t_i) prod_{j != i} G(x - t_j) dx,
        J_ij = -1/eps int f(x - t_i) f(x - t_j) prod_{k != i,j} G(x - t_k) dx,
        F_eps - F = eps int G(x - t_b) (1 - prod_{j != b} G(x - t_j)) dx,  b the largest.

    All are integrals of what is not negative, so that a p_i of 10^-300 is as exact as any.
    """

    def _integrated(self) -> tuple[Floats, float]:
        t, best = self._scores, int(self.theta.argmax())
        solution, surplus = np.zeros(t.size), self._below()
        for w, below, ratio in self._blocks():
            solution += (w * below.prod(axis=1)) @ ratio
            rest = np.delete(below, best, axis=1).prod(axis=1)
            surplus += float((w * below[:, best]) @ (1.0 - rest))
        if solution[best] > 0.5:  # then 1 - p is the more exact of the two
            solution[best] = 0.0
            solution[best] = 1.0 - solution.sum()
        return solution, self.epsilon * surplus

    def _factors(self) -> Iterator[Factor]:
        for w, below, ratio in self._blocks():
            yield np.sqrt(w * below.prod(axis=1))[:, np.newaxis] * ratio

    def _below(self) -> float:
        """int G(x - t_b) dx up to the first node, below which some other score surely is above x."""
        low, noise = self._range[0], self.noise
        first = min(-reach(noise)[0], low)
        if noise.kinked:
            x, w = panels(first, low, noise.panel, kinks(noise, np.zeros(1)))
            return float((w * noise.cdf(x)).sum())
        apart = step(self._scores.size)  # these nodes go on below, where the rest of it is 1
        below = low - apart * np.arange(1.0, 1.0 + np.ceil((low - first) / apart))
        return apart * float(noise.cdf(below).sum())

    def _blocks(self) -> Iterable[tuple[Floats, Floats, Floats]]:
        """Weights (nodes), and G(x - t) and f/G there (nodes, d): kept where they are one block."""
        single = self._panels[0].size * self._scores.size <= BLOCK
        return self._block if single else self._evaluated()

    @cached_property
    def _block(self) -> tuple[tuple[Floats, Floats, Floats], ...]:
        return tuple(self._evaluated())

    def _evaluated(self) -> Iterator[tuple[Floats, Floats, Floats]]:
        for x, w in blocks(*self._panels, self._scores.size):
            z = x[:, np.newaxis] - self._scores
            below, ratio = self.noise.cdf(z), self.noise.density(z)
            np.divide(ratio, below, out=ratio, where=below > 0)  # else f is 0 as well, as good as
            yield w, below, ratio

    @cached_property
    def _range(self) -> tuple[float, float]:
        """From where the largest is never below to where it is never above."""
        t, noise = self._scores, self.noise
        high = highest(noise, t.size)
        low = float(t[t > -FAR].min()) - reach(noise)[0]
        low = crossing(lambda x: float(noise.cdf(x - t).prod()) - LEAST, low, high, PRECISE)
        return low, high

    @cached_property
    def _panels(self) -> tuple[Floats, Floats]:
        low, high = self._range
        if self.noise.kinked:
            return panels(low, high, self.noise.panel, kinks(self.noise, self._scores))
        apart = step(self._scores.size)
        x = low + apart * np.arange(1.0 + np.ceil((high - low) / apart))
        return x, np.full_like(x, apart)

    @property
    def cost(self) -> float:
        return 4.0 * self._panels[0].size * self.theta.size

    @property
    def jacobian_cost(self) -> float:
        return self.cost * (1.0 + self.theta.size / 400)
