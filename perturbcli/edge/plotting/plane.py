"""A tour on the plane, its legs as wide as they are likely; in a circle where places are not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.errors import InputError
from perturbcli.edge.plotting import network
from perturbcli.edge.plotting.words import titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    return (
        None
        if subject.problem == "tour" and subject.solved
        else "a result of solve or smooth for a tour"
    )


def draw(subject: Subject, figure: Figure) -> None:
    """The cities, and a line for each two that the tour may go between, either way."""
    places = at(subject)
    legs = np.argwhere(np.triu(np.ones(subject.shape), 1))
    used = (subject.mean + subject.mean.T)[tuple(legs.T)]
    best = (subject.solution + subject.solution.T)[tuple(legs.T)]
    there = (used > 0) | (best > 0)
    wide, high = np.ptp(places, axis=0)
    figure.set_size_inches(7.0, np.clip(6.0 * high / max(wide, 1e-300), 3.2, 7.0) + 0.9)
    axes = figure.add_subplot()
    edged = network.crowded(int(there.sum()))
    drawn = network.lines(
        axes,
        places,
        legs[there],
        used[there],
        best[there],
        ceiling=max(1.0, used.max()),
        directed=False,
        edged=edged,
    )
    network.valued(axes, places[legs[there]], used[there], directed=False)
    network.named(axes, places, subject.axes[0], {})
    what = "probability that the tour goes between the two, either way"
    figure.colorbar(drawn, ax=axes, label=what, shrink=0.8, pad=0.01)
    mark = network.mark(edged=edged)
    title = f"{mark}: y*, without noise"
    if known(subject) is None:
        title = f"in the order of y*, {mark}"
    titled(figure, axes, subject, f"width and colour of a leg: its probability; {title}")


def known(subject: Subject) -> Floats | None:
    """The coordinates of the cities, from a file or the instance."""
    if subject.coordinates is not None:
        missing = next((c for c in subject.axes[0] if c not in subject.coordinates), None)
        if missing is not None:
            message = f"expected a place for each city, found none for {missing!r}"
            raise InputError(subject.places_from, None, message)
        return np.array([subject.coordinates[city] for city in subject.axes[0]])
    oracle: Any = None if subject.instance is None else subject.instance.oracle
    if oracle is None or oracle.coordinates is None:
        return None
    places = np.array(oracle.coordinates)
    return places[:, ::-1] if oracle.metric == "GEO" else places  # latitude comes first there


def at(subject: Subject) -> Floats:
    """Places of the cities: their coordinates, or a circle in the order of y*, clockwise from the top."""
    places = known(subject)
    if places is not None:
        return places
    n = subject.shape[0]
    turn = np.empty(n)
    turn[order(subject.solution)] = np.arange(n) / n * 2 * np.pi
    return np.column_stack([np.sin(turn), np.cos(turn)])


def order(solution: Floats) -> NDArray[np.int64]:
    """The cities in the order of a tour, from the first."""
    following = solution.argmax(axis=1)
    cities = [0]
    while len(cities) < len(following):
        cities.append(int(following[cities[-1]]))
    return np.array(cities)


def numbers(subject: Subject) -> Columns:
    """The arcs in both directions, with the places of their ends."""
    x, y = at(subject).T
    tail, head = np.argwhere(~np.eye(subject.shape[0], dtype=np.bool_)).T
    rows, columns = subject.axes
    return {
        "tail": [rows[i] for i in tail],
        "head": [columns[i] for i in head],
        "tail_x": x[tail],
        "tail_y": y[tail],
        "head_x": x[head],
        "head_y": y[head],
        "solution": subject.solution[tail, head],
        "estimate": subject.mean[tail, head],
        "standard_error": subject.error[tail, head],
    }
