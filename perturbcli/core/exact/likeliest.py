"""The likeliest of a set of states too large to list, best first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import heappop, heappush

State = tuple[int, ...]
LEAST = 1e-18  # of the likeliest's probability; below it one is not told from 0
BUDGET = 2e9  # operations, beyond which a form leaves its likeliest solutions to sampling


def likeliest(
    start: State,
    less_likely: Callable[[State], Iterable[State]],
    probability: Callable[[State], float],
    count: int,
) -> list[tuple[State, float]]:
    """The `count` likeliest states of any probability, likeliest first.

    Every state but `start`, the likeliest of all, is among `less_likely` of one that is no less
    likely. A log-concave noise makes it so where a state is made less likely by an exchange of two
    scores, f(a - s) f(b - t) >= f(a - t) f(b - s) for a >= b, s >= t.
    """
    most = probability(start)
    waiting = [(-most, start)]
    met = {start}
    found: list[tuple[State, float]] = []
    while waiting and len(found) < count:
        negative, state = heappop(waiting)
        if -negative <= LEAST * most:
            break
        found.append((state, -negative))
        for other in less_likely(state):
            if other not in met:
                met.add(other)
                heappush(waiting, (-probability(other), other))
    return found
