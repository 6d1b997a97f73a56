"""min_theta F_eps(theta) - <y, theta>, a smooth convex problem: the dual of eps Omega(y)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from perturbcli.core.noise import Floats

STEPS = 50  # at most, of one search
MEMORY = 20  # pairs that the inverse Hessian is made of
SHARE = 0.1  # of what the noise alone does to the objective, that may be left to gain


@dataclass(frozen=True, slots=True)
class Point:
    """The objective at theta, (d), from draws or, as from very many, from an exact form.

    value   F_eps(theta) - <y, theta>
    gap     its gradient y*_eps(theta) - y, (d)
    spread  Var y_i, or eps J_ii, which is about as large; (d)
    """

    theta: Floats
    value: float
    gap: Floats
    spread: Floats
    draws: float


@dataclass(slots=True)
class Curvature:
    """The inverse Hessian, by the limited-memory BFGS formula from pairs of (step, change of the gap).

    It starts from a diagonal: J_ii is about Var(y_i)/noise where the gap is small, and where it is
    large about what the target has for a variance, |gap_i| reach_i, so that no entry moves by more than
    some of the noise's size at once.
    Source: Nocedal and Wright, *Numerical Optimization* 2006, algorithm 7.4.
    """

    noise: float
    reach: Floats
    pairs: list[tuple[Floats, Floats]] = field(default_factory=list)

    def diagonal(self, point: Point) -> Floats:
        """The first guess at 1/J_ii, 0 for an entry that does not matter; (d)."""
        # What no draw has shown may still be there once in as many draws.
        width = point.spread + (np.abs(point.gap) + 1.0 / point.draws) * self.reach
        guess = np.zeros_like(width)
        np.divide(self.noise, width, out=guess, where=width > 0)
        if self.pairs:
            step, change = self.pairs[-1]
            size = float(change @ (guess * change))
            guess *= float(step @ change) / size if size > 0 else 1.0
        return guess

    def step(self, point: Point, diagonal: Floats) -> Floats:
        """H gap, (d)."""
        rest, shares = point.gap.copy(), []
        for step, change in reversed(self.pairs):
            shares.append(float(step @ rest) / float(step @ change))
            rest -= shares[-1] * change
        rest = diagonal * rest
        for (step, change), share in zip(self.pairs, reversed(shares), strict=True):
            rest += step * (share - float(change @ rest) / float(step @ change))
        return rest

    def learn(self, step: Floats, change: Floats) -> None:
        """Note a pair, if it has the curvature of a convex function."""
        if float(step @ change) > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            self.pairs = [*self.pairs[1 - MEMORY :], (step, change)]


def minimise(
    evaluate: Callable[[Floats], Point], start: Point, curvature: Curvature
) -> tuple[Point, bool]:
    """The point with the least objective, and whether it is as good as what is asked.

    The gap need not be smaller than its own standard error: asked is that what can still be gained,
    gap^T H gap / 2, be at most `SHARE` of what noise of the size of that error would make of it. A
    mean of draws is piecewise linear in theta, and below that scale neither smooth nor of interest.
    """
    point = start
    for _ in range(STEPS):
        diagonal = curvature.diagonal(point)
        step = curvature.step(point, diagonal)
        gain = float(point.gap @ step)
        noise = float(diagonal @ point.spread) / point.draws
        if gain <= SHARE * noise:
            return point, True
        further = search(evaluate, point, step, gain)
        if further is None:
            return point, gain <= noise
        curvature.learn(further.theta - point.theta, further.gap - point.gap)
        point = further
    return point, False


def search(
    evaluate: Callable[[Floats], Point], point: Point, step: Floats, gain: float
) -> Point | None:
    """A point along -step where the objective is enough lower, None where rounding hides any."""
    length = 1.0
    while length > 1e-4:
        further = evaluate(point.theta - length * step)
        rise = further.value - point.value
        if rise <= -1e-4 * length * gain:
            return further
        # The least of the parabola through both values and the slope.
        parabola = gain * length / (2 * (rise + gain * length))
        length *= min(0.5, max(0.1, parabola))
    return None
