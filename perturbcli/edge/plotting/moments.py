"""A fit's mean solution against the one observed: on the diagonal where the fit explains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from perturbcli.edge.plotting.intervals import bounds
from perturbcli.edge.plotting.style import BLUE, INK
from perturbcli.edge.plotting.subject import short
from perturbcli.edge.plotting.words import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject

NAMED = 25  # points that have their names beside them, at most


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    return None if subject.document.get("moments") else "a result of fit that has its `moments`"


def parts(subject: Subject) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The observed means, their errors and the ends of their intervals, and the fitted means, each (d,)."""
    moments: dict[str, Any] = subject.document["moments"]
    observed, error, lower, upper, fitted = (
        np.asarray(a, dtype=np.float64).ravel()
        for a in (
            moments["observed"]["estimate"],
            moments["observed"]["standard_error"],
            *bounds(moments["observed"], probability=subject.probable),
            moments["fitted"],
        )
    )
    return observed, error, lower, upper, fitted


def draw(subject: Subject, figure: Figure) -> None:
    """A point an entry, and the diagonal."""
    observed, _, lower, upper, fitted = parts(subject)
    figure.set_size_inches(6.4, 5.6)
    axes = figure.add_subplot()
    both = np.concatenate([lower, upper, fitted])
    low, high = float(np.nanmin(both)), float(np.nanmax(both))
    room = 0.06 * (high - low or 1.0)
    limits = (low - room, high + room)
    axes.plot(limits, limits, color="0.35", lw=0.9, ls=(0, (4, 3)), label="equal")
    axes.errorbar(
        observed, fitted, xerr=[observed - lower, upper - observed], fmt="o", ms=5, color=BLUE, ecolor=INK,
        elinewidth=0.9, capsize=2, alpha=0.85, label="entry, and 95% interval of its observed mean",
    )  # fmt: skip
    if len(observed) <= NAMED:
        beside(axes, observed, fitted, short(subject.names, 20), high - low or 1.0)
    axes.set(xlim=limits, ylim=limits, aspect="equal")
    axes.set(
        xlabel="observed mean of the entry", ylabel="fitted mean of the entry, E y* at the estimate"
    )
    axes.grid()
    axes.legend(loc="upper left")
    titled(figure, axes, subject, "fitted against observed moments")


def beside(axes: Axes, x: Floats, y: Floats, names: list[str], extent: float) -> None:
    """Write the names by the points, to their right and below, those in a crowd to their left and above."""
    taken: list[tuple[float, float]] = []
    for i in np.argsort(x, kind="stable").tolist():
        crowded = any(
            abs(x[i] - a) < 0.16 * extent and abs(y[i] - b) < 0.04 * extent for a, b in taken
        )
        place, side = ((-7, 5), "right") if crowded else ((7, -10), "left")
        axes.annotate(names[i], (x[i], y[i]), place, textcoords="offset points", ha=side, size=7.5)
        taken.append((float(x[i]), float(y[i])))


def numbers(subject: Subject) -> Columns:
    """The entries."""
    observed, error, _, _, fitted = parts(subject)
    return {"entry": subject.names, "observed": observed, "standard_error": error, "fitted": fitted}
