"""The k largest of d scores: integrals over a threshold, with the law of a count beneath them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from perturbcli.core.exact import argmax
from perturbcli.core.exact.factored import Factor, Factored
from perturbcli.core.exact.form import ExactForm, Listed
from perturbcli.core.exact.quadrature import FAR, TAIL, blocks, crossing, falls, kinks, panels
from perturbcli.core.exact.sets import likeliest_sets
from perturbcli.core.noise import Floats, Noise
from perturbcli.core.oracles import Oracle, trait


def form(oracle: Oracle, theta: Floats, epsilon: float, noise: Noise) -> ExactForm | None:
    """The form for the oracle's `k` largest of d scores, None where it doesn't tell its k."""
    k = trait(oracle, "k", None)
    if k == 1:
        return argmax.form(oracle, theta, epsilon, noise)
    return None if k is None else TopK(theta, epsilon, noise, k)


@dataclass(frozen=True, eq=False)
class TopK(Factored):
    """With t = theta/eps, and N_{-i}(x) the number of j != i above x, each j with P(Z > x - t_j),

        y*_eps,i = int f(x - t_i) P(N_{-i}(x) <= k - 1) dx,
        J_ij = -1/eps int f(x - t_i) f(x - t_j) P(N_{-ij}(x) = k - 1) dx,
        F_eps = eps int x sum_i f(x - t_i) P(N_{-i}(x) <= k - 1) dx.

    Where k > d/2 those below x are counted instead, up to d - k. For the scores that are in at theta
    it is the chance to drop out that is integrated. The law of N_{-i} comes from the recursion of
    the Poisson-binomial law over those before i and those after; that of N_{-ij} from its generating
    function on a circle, P(N_{-ij} = m) = 1/M sum_w w^-m prod_{l != i,j} (1 - q_l + q_l w), which
    makes J a sum of outer products.
    """

    k: int

    @property
    def maximum(self) -> float:
        return float(self.theta[self._chosen].sum())

    def probabilities(self, count: int) -> Listed | None:
        falling = np.argsort(-self.theta, kind="stable")
        steps = falls(self.theta[falling], self.epsilon)
        sets = likeliest_sets(steps, self.noise, self.k, count)
        if sets is None:
            return None
        listed: Listed = []
        for members, probability in sets:
            solution = np.zeros(self.theta.size)
            solution[falling[list(members)]] = 1.0
            listed.append((solution, probability))
        return listed

    def _integrated(self) -> tuple[Floats, float]:
        d = self.theta.size
        first = self._chosen if self._upward else ~self._chosen
        moved, surplus = np.zeros(d), 0.0
        for x, w in blocks(*self._panels, d * self._limit):
            counted, other, density = self._laws(x)
            change = density * (leave_one_out(counted, other, self._limit) - first)
            moved += w @ change
            surplus += float((w * x) @ change.sum(axis=1))
        sign = 1.0 if self._upward else -1.0
        solution = np.clip(self._chosen + sign * moved, 0.0, 1.0)
        return solution, self.epsilon * max(0.0, sign * surplus)

    def _factors(self) -> Iterator[Factor]:
        roots, weights = self._circle
        for x, w in blocks(*self._panels, self.theta.size):
            counted, other, density = self._laws(x)
            # Hoeffding: further away N is near `limit` with a probability below exp(-40).
            away = np.abs(counted.sum(axis=1) - self._limit)
            near = away <= 3.0 + np.sqrt(20.0 * self.theta.size)
            counted, other, density = counted[near], other[near], density[near]
            for root, weight in zip(roots, weights, strict=True):
                terms = other + root * counted
                scale = np.sqrt(weight * w[near] * terms.prod(axis=1))
                yield scale[:, np.newaxis] * (density / terms)

    def _laws(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """P(counted), P(not counted) and density of each score at each threshold, (n, d)."""
        z = x[:, np.newaxis] - self._scores
        below, above = self.noise.cdf(z), self.noise.survival(z)
        counted, other = (above, below) if self._upward else (below, above)
        return counted, other, self.noise.density(z)

    @cached_property
    def _circle(self) -> tuple[Factor, Factor]:
        """Points w of the upper half circle and weights, such that 2 Re of the sum is P(N = limit-1).

        As many as N has values are exact; on a smaller circle four times the limit leave 10^-16.
        The points avoid the real axis, where a factor may vanish.
        """
        exact = self.theta.size - 1 + (self.theta.size - 1) % 2
        points = max(2, min(exact, 4 * self._limit))
        radius = 1.0 if points == exact else 10.0 ** (-16.0 / points)
        roots = radius * np.exp(1j * np.pi * (2 * np.arange(points // 2) + 1) / points)
        return roots, 2.0 / points * roots ** (1 - self._limit)

    @property
    def _upward(self) -> bool:
        """Whether those above the threshold are counted."""
        return 2 * self.k <= self.theta.size

    @property
    def _limit(self) -> int:
        return min(self.k, self.theta.size - self.k)

    @cached_property
    def _chosen(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """The k largest scores, lowest indices first among ties."""
        chosen = np.zeros(self.theta.size, dtype=np.bool_)
        chosen[np.argsort(-self.theta, kind="stable")[: self.k]] = True
        return chosen

    @cached_property
    def _scores(self) -> Floats:
        """(theta - its k-th largest)/eps, as far as the noise may reach."""
        with np.errstate(over="ignore"):
            scores = (self.theta - self.theta[self._chosen].min()) / self.epsilon
        return np.asarray(np.clip(scores, -FAR, FAR))

    @cached_property
    def _panels(self) -> tuple[Floats, Floats]:
        """The nodes, from where none of the k largest is below to where none of the rest is above."""
        inside, outside = self._scores[self._chosen], self._scores[~self._chosen]
        low = crossing(lambda x: float(self.noise.cdf(x - inside).sum()) - TAIL, -FAR, FAR)
        high = crossing(lambda x: TAIL - float(self.noise.survival(x - outside).sum()), -FAR, FAR)
        # The count turns from below k to above it within some 1/sqrt(k).
        width = min(self.noise.panel, 2.2 / np.sqrt(max(self._limit, 1)))
        return panels(low, max(low, high), width, kinks(self.noise, self._scores))

    @property
    def cost(self) -> float:
        return self._panels[0].size * self.theta.size * (5.0 + self._limit)

    @property
    def jacobian_cost(self) -> float:
        return self.product_cost * (1.0 + self.theta.size / 1500)

    @property
    def product_cost(self) -> float:
        return 1.5 * self._panels[0].size * len(self._circle[0]) * self.theta.size


def leave_one_out(counted: Floats, other: Floats, limit: int) -> Floats:
    """P(sum_{j != i} B_j < limit) for independent B_j in {0, 1}, P(B_j = 1) = counted_j; (n, d)."""
    n, d = counted.shape
    none = np.zeros((n, limit))
    none[:, 0] = 1.0

    def joined(law: Floats, i: int) -> Floats:
        longer = law * other[:, i, np.newaxis]
        longer[:, 1:] += law[:, :-1] * counted[:, i, np.newaxis]
        return longer

    before = [none]
    for i in range(d - 1):
        before.append(joined(before[-1], i))
    fewer, after = np.empty((n, d)), none
    for i in reversed(range(d)):
        fewer[:, i] = np.einsum("nk,nk->n", before[i], after.cumsum(axis=1)[:, ::-1])
        after = joined(after, i)
    return fewer
