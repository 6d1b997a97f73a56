"""An assignment as lines between what is on the left and what is on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perturbcli.edge.plotting import matrix, network
from perturbcli.edge.plotting.subject import short
from perturbcli.edge.plotting.words import meaning, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.subject import Subject

NAMED = 80  # on a side, that have room for their names


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    if subject.problem == "assignment" and subject.solved:
        return None
    return "a result of solve or smooth for an assignment"


def draw(subject: Subject, figure: Figure) -> None:
    """A line for each pair that has a probability."""
    n, m = subject.shape
    figure.set_size_inches(7.0, float(np.clip(1.4 + 0.42 * m, 3.4, 10.0)))
    axes = figure.add_subplot()
    sides = [(0.0, n), (1.0, m)]
    places = np.concatenate([
        np.column_stack([np.full(k, x), -(np.arange(k) + 0.5) / k]) for x, k in sides
    ])  # fmt: skip
    pairs = np.argwhere((subject.mean > 0) | (subject.solution > 0))
    at = tuple(pairs.T)
    ends = np.stack([pairs[:, 0], pairs[:, 1] + n], axis=1)
    drawn = network.lines(
        axes,
        places,
        ends,
        subject.mean[at],
        subject.solution[at],
        ceiling=subject.ceiling,
        directed=False,
    )
    names = [*subject.axes[0], *subject.axes[1]]
    if len(names) <= network.NAMED:
        network.named(axes, places, names, {})
    elif m <= NAMED:
        for (x, y), name in zip(places, short(names, 16), strict=True):
            axes.annotate(
                name, (x, y), (-3, 0) if x == 0 else (3, 0), textcoords="offset points", size=6,
                ha="right" if x == 0 else "left", va="center",
            )  # fmt: skip
    axes.set_aspect("auto")
    axes.margins(x=0.12, y=0.04)
    figure.colorbar(drawn, ax=axes, label=meaning(subject), shrink=0.8, pad=0.01)
    what = "width and colour of a line: its mean; dashed: y*, without noise"
    if m > NAMED:
        what += (
            f"; the {n} on the left and {m} on the right, the first on top, have no room for names"
        )
    titled(figure, axes, subject, what)


numbers = matrix.numbers
