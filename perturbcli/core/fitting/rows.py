"""The smoothed solver at many theta, by exact forms: one after the other, or a softmax for all at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.errors import InputError
from perturbcli.core.exact import ExactForm, exact
from perturbcli.core.exact.quadrature import highest, step
from perturbcli.core.noise import NOISES, Floats, Noise
from perturbcli.core.oracles import Oracle, trait

Absent = NDArray[np.bool_]

BLOCK = 2**20  # numbers in one array


@dataclass(frozen=True, slots=True)
class Smoothed:
    """y*_eps (m, d), F_eps (m,), J (m, d, d), and Cov(y) (m, d, d) where that is known."""

    solutions: Floats
    values: Floats
    jacobians: Floats
    covariances: Floats | None


Rows = Callable[[Floats, Absent | None], Smoothed]


def rows(oracle: Oracle, epsilon: float, noise: str) -> Rows:
    """What smooths theta (m, d), some of whose options may be absent (m, d)."""
    one_hot = bool(trait(oracle, "problem", "") == "argmax")
    if one_hot and noise == "gumbel":
        return Softmaxes(epsilon)
    if one_hot and not NOISES[noise].kinked:
        return Integrals(NOISES[noise], epsilon)
    return Forms(oracle, epsilon, noise, one_hot)


@dataclass(frozen=True, slots=True)
class Softmaxes:
    """p = softmax(theta/eps), F = eps log sum exp(theta/eps), J = Cov(y)/eps = (diag p - p p^T)/eps."""

    epsilon: float

    def __call__(self, theta: Floats, absent: Absent | None) -> Smoothed:
        scores = theta / self.epsilon
        if absent is not None:
            scores = np.where(absent, -np.inf, scores)
        top = scores.max(axis=1, keepdims=True)
        powers = np.exp(scores - top)
        total = powers.sum(axis=1, keepdims=True)
        chances = powers / total
        spread = covariances(chances)
        values = self.epsilon * (top + np.log(total))[:, 0]
        return Smoothed(chances, values, spread / self.epsilon, spread)


@dataclass(frozen=True, slots=True)
class Integrals:
    """With t = theta/eps less its maximum, and f, G the density and distribution function of one noise,

        p_i = int f(x - t_i) prod_{j != i} G(x - t_j) dx,    F = eps (b - int_a^b prod_j G(x - t_j) dx) + max,
        J_ij = -1/eps int f(x - t_i) f(x - t_j) prod_{k != i,j} G(x - t_k) dx,  rows sum to zero,

    by the trapezoidal rule on the same nodes for all theta. For functions that are analytic in a strip,
    and flat beyond [a, b], its error falls exponentially in the nodes; here it is below 1e-11.
    Source: Trefethen and Weideman, *SIAM Review* 2014.
    """

    noise: Noise
    epsilon: float

    def __call__(self, theta: Floats, absent: Absent | None) -> Smoothed:
        m, d = theta.shape
        low, high = -highest(self.noise, 1), highest(self.noise, d)
        nodes = np.linspace(low, high, 1 + int(np.ceil((high - low) / step(d))))
        width = nodes[1] - nodes[0]
        solutions, values, jacobians = np.empty((m, d)), np.empty(m), np.empty((m, d, d))
        size = max(1, BLOCK // (len(nodes) * d))
        for start in range(0, m, size):
            some = slice(start, start + size)
            scores = theta[some] / self.epsilon
            top = np.where(absent[some], -np.inf, scores) if absent is not None else scores
            top = top.max(axis=1)
            z = nodes[:, np.newaxis] - (scores - top[:, np.newaxis])[:, np.newaxis, :]
            below, density = self.noise.cdf(z), self.noise.density(z)
            if absent is not None:  # as if they were below everything
                gone = np.broadcast_to(absent[some][:, np.newaxis, :], z.shape)
                below, density = np.where(gone, 1.0, below), np.where(gone, 0.0, density)
            all_below = below.prod(axis=2)
            ratio = np.zeros_like(below)
            np.divide(density, below, out=ratio, where=below > 0)
            weighted = ratio * (width * all_below)[:, :, np.newaxis]
            solutions[some] = weighted.sum(axis=1)
            values[some] = self.epsilon * (top + high - width * trapezoid(all_below))
            pairs = -np.einsum("mxi,mxj->mij", weighted, ratio, optimize=True) / self.epsilon
            diagonal = np.arange(d)
            pairs[:, diagonal, diagonal] = 0.0
            pairs[:, diagonal, diagonal] = -pairs.sum(axis=2)
            jacobians[some] = pairs
        solutions /= solutions.sum(axis=1, keepdims=True)
        return Smoothed(solutions, values, jacobians, covariances(solutions))


def trapezoid(rows: Floats) -> Floats:
    """The sum along the second axis, its ends counted half."""
    return np.asarray(rows.sum(axis=1) - (rows[:, 0] + rows[:, -1]) / 2)


@dataclass(frozen=True, slots=True)
class Forms:
    """The oracle's exact form at one theta after the other."""

    oracle: Oracle
    epsilon: float
    noise: str
    one_hot: bool

    def __call__(self, theta: Floats, absent: Absent | None) -> Smoothed:
        m, d = theta.shape
        solutions, values, jacobians = np.zeros((m, d)), np.empty(m), np.zeros((m, d, d))
        for i in range(m):
            there = np.arange(d) if absent is None else np.flatnonzero(~absent[i])
            if len(there) == 1:  # and no choice
                solutions[i, there], values[i] = 1.0, theta[i, there[0]]
                continue
            form = self._form(theta[i, there])
            solutions[i, there], values[i] = form.solution, form.value
            jacobians[i][np.ix_(there, there)] = form.jacobian()
        return Smoothed(
            solutions, values, jacobians, covariances(solutions) if self.one_hot else None
        )

    def _form(self, theta: Floats) -> ExactForm:
        form = exact(self.oracle, theta, self.epsilon, self.noise)
        if form is None:
            raise InputError(
                "method",
                None,
                "expected a family and a noise that have an exact form, found others",
            )
        return form


def covariances(chances: Floats) -> Floats:
    """diag p - p p^T of one-hots with the chances p: (m, d) to (m, d, d)."""
    matrices = -chances[:, :, np.newaxis] * chances[:, np.newaxis, :]
    diagonal = np.arange(chances.shape[1])
    matrices[:, diagonal, diagonal] += chances
    return np.asarray(matrices)
