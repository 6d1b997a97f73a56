"""The ranks of d scores: sums over pairs, in closed form for every noise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.exact.differences import DIFFERENCES, Difference
from perturbcli.core.exact.form import ExactForm, Listed, from_pairs
from perturbcli.core.exact.orders import likeliest_orders
from perturbcli.core.exact.quadrature import BLOCK, FAR, falls
from perturbcli.core.noise import Floats, Noise
from perturbcli.core.oracles import Oracle

NARROW = 64  # scores of a block at the least, where few are within reach of each other

Indices = NDArray[np.intp]


def form(oracle: Oracle, theta: Floats, epsilon: float, noise: Noise) -> ExactForm | None:  # noqa: ARG001
    """The form for ranks 1 ... d, the largest score's d, where the law of Z - Z' is known."""
    return Ranking(theta, epsilon, noise) if type(noise) in DIFFERENCES else None


class Ranking(ExactForm):
    """With u_ij = (theta_i - theta_j)/eps, and H, h and e the distribution function, density and
    excess E max(D - a, 0) of D = Z - Z',

        y*_eps,i = 1 + sum_{j != i} H(u_ij),
        J_ij = -h(u_ij)/eps,  i != j, and rows sum to zero,
        F_eps - F = eps sum_{i < j} e(|u_ij|).

    The value holds since <rank, theta> is sum_i theta_i + sum_{i < j} max(theta_i, theta_j). Only
    pairs within the noise's reach are looked at, in blocks along the sorted scores.
    """

    @property
    def maximum(self) -> float:
        return float(np.arange(1.0, self.theta.size + 1) @ self._sorted)

    def jacobian(self) -> Floats:
        return from_pairs(self._law.density(self._gaps(self.theta, self.theta)), self.epsilon)

    def jacobian_diagonal(self) -> Floats:
        diagonal = np.zeros(self.theta.size)
        for rows, columns, gaps in self._bands():
            density = self._law.density(gaps)
            np.fill_diagonal(density[:, rows.start - columns.start :], 0.0)  # i and itself
            diagonal[rows] = density.sum(axis=1)
        return self._unsorted(diagonal / self.epsilon)

    def jvp(self, v: Floats) -> Floats:
        v = v[self._order]
        product = np.zeros(v.size)
        for rows, columns, gaps in self._bands():
            steps = v[rows, np.newaxis] - v[columns]
            product[rows] = np.einsum("ij,ij->i", self._law.density(gaps), steps)
        return self._unsorted(product / self.epsilon)

    def probabilities(self, count: int) -> Listed | None:
        falling = self._order[::-1]
        orders = likeliest_orders(falls(self.theta[falling], self.epsilon), self.noise, count)
        if orders is None:
            return None
        listed: Listed = []
        for order, probability in orders:
            solution = np.empty(self.theta.size)
            solution[falling[list(order)]] = np.arange(self.theta.size, 0.0, -1.0)
            listed.append((solution, probability))
        return listed

    def _integrated(self) -> tuple[Floats, float]:
        solution, surplus = np.zeros(self.theta.size), 0.0
        for rows, columns, gaps in self._bands():
            tail, excess = self._law.survival(gaps), self._law.excess(gaps)
            above = self._sorted[rows, np.newaxis] > self._sorted[columns]
            wins = np.where(above, 1.0 - tail, tail)
            for pairs in (wins, excess):
                np.fill_diagonal(pairs[:, rows.start - columns.start :], 0.0)  # i and itself
            solution[rows] = 1.0 + columns.start + wins.sum(axis=1)
            surplus += float(excess.sum())
        return self._unsorted(solution), self.epsilon * surplus / 2

    @property
    def cost(self) -> float:
        first, last = self._windows
        return 4.0 * float(np.maximum(last - first, NARROW).sum())

    @property
    def jacobian_cost(self) -> float:
        return 4.0 * self.theta.size**2

    @property
    def _law(self) -> Difference:
        return DIFFERENCES[type(self.noise)]

    @cached_property
    def _order(self) -> Indices:
        return self.theta.argsort(kind="stable")

    @cached_property
    def _sorted(self) -> Floats:
        return self.theta[self._order]

    def _unsorted(self, entries: Floats) -> Floats:
        back = np.empty_like(entries)
        back[self._order] = entries
        return back

    @cached_property
    def _windows(self) -> tuple[Indices, Indices]:
        """For each sorted score, the first and one past the last that the noise may reorder it with."""
        reach = self.epsilon * self._law.reach
        with np.errstate(over="ignore"):
            first = np.searchsorted(self._sorted, self._sorted - reach, side="left")
            last = np.searchsorted(self._sorted, self._sorted + reach, side="right")
        return first, last

    def _bands(self) -> Iterator[tuple[slice, slice, Floats]]:
        """Rows, columns and |u_ij|, which together hold every pair within reach, sorted."""
        first, last = self._windows
        start = 0
        while start < self.theta.size:
            width = int(last[start] - first[start])
            size = min(max(1, BLOCK // width), max(width, NARROW), self.theta.size - start)
            while size > 1 and size * (last[start + size - 1] - first[start]) > 2 * BLOCK:
                size //= 2
            rows = slice(start, start + size)
            columns = slice(int(first[start]), int(last[start + size - 1]))
            yield rows, columns, self._gaps(self._sorted[rows], self._sorted[columns])
            start += size

    def _gaps(self, rows: Floats, columns: Floats) -> Floats:
        """|u_ij|, as far as it matters."""
        with np.errstate(over="ignore"):
            gaps = np.abs(rows[:, np.newaxis] - columns) / self.epsilon
        return np.asarray(np.minimum(gaps, FAR))
