"""The likeliest orders of d perturbed scores, by nested integrals."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from perturbcli.core.exact.likeliest import BUDGET, State, likeliest
from perturbcli.core.exact.quadrature import ORDER, drawn_in, kinks, legendre, panels, reach
from perturbcli.core.noise import Floats, Noise


@cache
def antiderivative() -> Floats:
    """The matrix that maps values at the nodes of [-1, 1] to integrals from -1 to each node."""
    nodes, weights = legendre()
    polynomials = np.polynomial.legendre.legvander(nodes, ORDER)  # P_0 ... P_ORDER at the nodes
    degrees = np.arange(ORDER)
    coefficients = polynomials[:, :ORDER].T * weights * (degrees[:, np.newaxis] + 0.5)
    # int_-1^x P_m = (P_{m+1}(x) - P_{m-1}(x))/(2m+1), and x + 1 for m = 0
    integrals = np.empty((ORDER, ORDER))
    integrals[:, 0] = nodes + 1.0
    integrals[:, 1:] = (polynomials[:, 2:] - polynomials[:, :-2]) / (2 * degrees[1:] + 1)
    return np.asarray(integrals @ coefficients)


def likeliest_orders(falls: Floats, noise: Noise, count: int) -> list[tuple[State, float]] | None:
    """The likeliest orders of scores s_0 >= s_1 >= ..., best first, and their probabilities.

    `falls` are s_i - s_{i+1}, (d-1,), in units of eps. With A_d(x) = G(x - s_d) and, up the order
    from its last to its first, A_m(x) = int_{-inf}^x f(u - s_m) A_{m+1}(u) du, the probability is
    A_1(inf). None where the integrals would take too long.
    """
    down, up = reach(noise)
    scores = drawn_in(falls, noise)
    x, w = panels(float(scores[-1]) - down, up, noise.panel, kinks(noise, scores))
    d, inner = len(scores), antiderivative().T
    if count * d * d * x.size * 2 * ORDER > BUDGET:
        return None
    half = w[:, :1] / legendre()[1][0]
    densities = [noise.density(x - score) for score in scores]

    def probability(order: State) -> float:
        below = noise.cdf(x - scores[order[-1]])
        for item in order[-2::-1]:
            mass = densities[item] * below
            whole = (mass * w).sum(axis=1)
            total = float(whole.sum())
            below = (whole.cumsum() - whole)[:, np.newaxis] + half * (mass @ inner)
        return max(total, 0.0) if len(order) > 1 else 1.0

    def exchanged(order: State) -> Iterator[State]:
        for i in range(d - 1):
            if order[i] < order[i + 1]:
                yield (*order[:i], order[i + 1], order[i], *order[i + 2 :])

    return likeliest(tuple(range(d)), exchanged, probability, count)
