"""The likeliest sets of the k largest of d perturbed scores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from perturbcli.core.exact.likeliest import BUDGET, State, likeliest
from perturbcli.core.exact.quadrature import FAR, TAIL, crossing, drawn_in, kinks, others, panels
from perturbcli.core.noise import Floats, Noise


def likeliest_sets(
    falls: Floats, noise: Noise, k: int, count: int
) -> list[tuple[State, float]] | None:
    """The likeliest sets of k scores out of s_0 >= s_1 >= ..., and their probabilities.

    `falls` are s_i - s_{i+1}, (d-1,), in units of eps. Over the largest score outside of the set,

        P(S) = int sum_{j not in S} f(x - s_j) prod_{l not in S, l != j} G(x - s_l)
                   prod_{i in S} (1 - G(x - s_i)) dx.

    None where the integrals would take too long.
    """
    scores = drawn_in(falls, noise)
    d = len(scores)
    if k == d:
        return [(tuple(range(d)), 1.0)][:count]
    scores -= scores[k]
    rest = scores[k:]
    low = crossing(lambda x: float(noise.cdf(x - rest).prod()) - TAIL, -FAR, FAR)
    high = crossing(lambda x: TAIL - float(noise.survival(x - rest).sum()), -FAR, FAR)
    x, w = (part.reshape(-1, 1) for part in panels(low, high, noise.panel, kinks(noise, scores)))
    if count * k * x.size * d * 10 > BUDGET:
        return None
    below, above = noise.cdf(x - scores), noise.survival(x - scores)
    density = noise.density(x - scores) * w

    def probability(members: State) -> float:
        out = np.delete(np.arange(d), members)
        largest = (density[:, out] * others(below[:, out])).sum(axis=1)
        return float(largest @ above[:, members].prod(axis=1))

    def lowered(members: State) -> Iterator[State]:
        for i, item in enumerate(members):
            if item + 1 < (members[i + 1] if i + 1 < k else d):
                yield (*members[:i], item + 1, *members[i + 1 :])

    return likeliest(tuple(range(k)), lowered, probability, count)
