"""Fixed quadrature on a line, between bounds found by bisection.

Integrands are products of densities and distribution functions of one noise at several centres:
analytic about the line, or for a kinked noise between the centres. Ten Gauss-Legendre nodes a panel
give close to full precision; so does the trapezoidal rule with a few times fewer, where there are no
kinks and what is beyond both ends is negligible, as its error falls exponentially in the nodes.
Source: Trefethen and Weideman, *SIAM Review* 2014.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from perturbcli.core.noise import Floats, Noise

ORDER = 10  # nodes of a panel
BLOCK = 2**19  # entries of the arrays that are worked on at a time
TAIL = 1e-18  # the mass that is cut from the ends of an integral
STEP = 0.4  # of the trapezoidal rule, in units of the noise's scale, for a maximum of one score
FAR = 800.0  # in units of eps; beyond it every noise here has probability 0 to a float


@cache
def legendre() -> tuple[Floats, Floats]:
    """Nodes and weights on [-1, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    return nodes, weights


def panels(low: float, high: float, width: float, kinks: Floats) -> tuple[Floats, Floats]:
    """Nodes and weights, (panels, ORDER), for an integral over [low, high] with breaks at `kinks`."""
    edges = np.linspace(low, high, 2 + int((high - low) / width))
    edges = np.unique(np.concatenate([edges, kinks[(kinks > low) & (kinks < high)]]))
    half = np.diff(edges)[:, np.newaxis] / 2
    nodes, weights = legendre()
    return edges[:-1, np.newaxis] + half * (1.0 + nodes), half * weights


def step(entries: int) -> float:
    """Between the nodes of the trapezoidal rule, for a maximum of so many: it narrows as that does."""
    return STEP / float(np.sqrt(1.0 + 2.0 * np.log(entries)))


def crossing(
    rising: Callable[[float], float], low: float, high: float, within: float = 1e-6
) -> float:
    """A point of [low, high] where `rising` is negative still, or low, `within` of the last."""
    for _ in range(int(np.ceil(np.log2(max(high - low, within) / within)))):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return low


@cache
def highest(noise: Noise, entries: int) -> float:
    """What the largest of so many draws of a symmetric noise seldom exceeds."""
    return -float(noise.quantile(np.asarray(TAIL / entries)))


@cache
def reach(noise: Noise) -> tuple[float, float]:
    """How far below and above its centre the noise has mass."""
    down = -float(noise.quantile(np.asarray(TAIL)))
    return down, crossing(lambda x: TAIL - float(noise.survival(np.asarray(x))), 0.0, FAR)


def falls(scores: Floats, epsilon: float) -> Floats:
    """(s_i - s_{i+1})/eps for s_0 >= s_1 >= ..., as far as it matters."""
    with np.errstate(over="ignore"):
        return np.asarray(np.minimum(-np.diff(scores) / epsilon, FAR))


def drawn_in(falls: Floats, noise: Noise) -> Floats:
    """Scores 0 = s_0 >= s_1 >= ... with these falls, but for those that the noise never makes up for.

    Such a fall can as well be smaller: no order of the perturbed scores becomes more or less likely
    than to `TAIL`.
    """
    return -np.concatenate([[0.0], np.cumsum(np.minimum(falls, sum(reach(noise))))])


def kinks(noise: Noise, centres: Floats) -> Floats:
    """Where an integrand with the noise at these centres is not smooth."""
    return centres if noise.kinked else np.empty(0)


def blocks(nodes: Floats, weights: Floats, entries: int) -> Iterator[tuple[Floats, Floats]]:
    """The nodes and weights in flat blocks, of a bounded size when each node has `entries` numbers."""
    rows = max(1, BLOCK // max(entries, 1))
    x, w = nodes.reshape(-1), weights.reshape(-1)
    for start in range(0, len(x), rows):
        yield x[start : start + rows], w[start : start + rows]


def others(factors: Floats) -> Floats:
    """prod_{j != i} factors_j along the last axis, by products alone: a tiny one stays exact."""
    before = np.ones_like(factors)
    after = np.ones_like(factors)
    np.cumprod(factors[..., :-1], axis=-1, out=before[..., 1:])
    np.cumprod(factors[..., :0:-1], axis=-1, out=after[..., -2::-1])
    return before * after
