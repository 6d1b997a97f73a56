"""Truth for argmax and top-k: adaptive integrals of sums over subsets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad_vec

from perturbcli.core.noise import Floats, Noise


def integral(scores: Floats, integrand: Callable[[float], Floats]) -> Floats:
    """Over all x where a score with any noise may lie, adaptively between the scores."""
    inside = np.concatenate([scores + shift for shift in (-5, -1, 0, 1, 5)])
    edges = np.unique(np.concatenate([[scores.min() - 42], inside, [scores.max() + 45]]))
    parts = [
        quad_vec(integrand, a, b, epsabs=1e-14, epsrel=1e-12, quadrature="gk21")[0]
        for a, b in pairwise(edges)
    ]
    return np.asarray(np.sum(parts, axis=0))


def top_k_by_subsets(t: Floats, k: int, noise: Noise) -> tuple[Floats, float, Floats]:
    """y*, F and J at eps = 1, by integrals of sums over the subsets that may lie above."""
    d = len(t)

    def outcomes(without: tuple[int, ...], sizes: range) -> NDArray[np.intp]:
        """Rows of which of the others are above: 0 above, 1 below, 2 for those left out."""
        rest = [j for j in range(d) if j not in without]
        rows = []
        for subset in (s for size in sizes for s in combinations(rest, size)):
            row = np.ones(d, dtype=np.intp)
            row[list(subset)], row[list(without)] = 0, 2
            rows.append(row)
        return np.array(rows)

    pairs = list(combinations(range(d), 2))
    alone = [outcomes((i,), range(k)) for i in range(d)]
    both = [outcomes(pair, range(k - 1, k)) for pair in pairs]
    columns = np.arange(d)

    def integrand(x: float) -> Floats:
        chances = np.stack([noise.survival(x - t), noise.cdf(x - t), np.ones(d)])
        density = noise.density(x - t)
        wins = [density[i] * chances[alone[i], columns].prod(axis=1).sum() for i in range(d)]
        meets = [
            density[i] * density[j] * chances[rows, columns].prod(axis=1).sum()
            for (i, j), rows in zip(pairs, both, strict=True)
        ]
        return np.array([*wins, x * sum(wins), *meets])

    parts = integral(t, integrand)
    jacobian = np.zeros((d, d))
    for (i, j), meet in zip(pairs, parts[d + 1 :], strict=True):
        jacobian[[i, j, i, j], [j, i, i, j]] += [-meet, -meet, meet, meet]
    return parts[:d], float(parts[d]), jacobian
