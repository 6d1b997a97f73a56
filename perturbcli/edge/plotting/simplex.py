"""Three options as a triangle: the way of y*_eps from a vertex, as eps -> 0, to the centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perturbcli.edge.plotting.style import BLUE, FAINT, INK, log_ticks, sequential
from perturbcli.edge.plotting.subject import short
from perturbcli.edge.plotting.words import temperature, titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])
APART = 0.11  # between points whose temperatures are written


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    if subject.problem == "argmax" and subject.shape == (3,) and subject.swept:
        return None
    return "a sweep of an argmax of 3"


def draw(subject: Subject, figure: Figure) -> None:
    """The path through the triangle whose corners are certainty."""
    from matplotlib.colors import LogNorm

    epsilon, mean = path(subject)
    points = mean @ CORNERS
    figure.set_size_inches(6.8, 5.4)
    axes = figure.add_subplot()
    for share in (0.25, 0.5, 0.75):
        for k in range(3):
            ends = np.full((2, 3), 0.0)
            ends[:, k], ends[0, k - 1], ends[1, k - 2] = share, 1 - share, 1 - share
            axes.plot(*(ends @ CORNERS).T, color=FAINT, lw=0.6, zorder=0)
    axes.plot(*CORNERS[[0, 1, 2, 0]].T, color=INK, lw=1.2)
    axes.plot(*CORNERS.mean(axis=0), "x", color=INK, ms=9, mew=1.6)
    axes.plot(*points.T, color=BLUE, lw=1.2, zorder=2)
    low, high = float(epsilon[0]), float(epsilon[-1])
    high = high if high > low else 10 * low
    norm = LogNorm(low, high)
    dots = axes.scatter(
        points[:, 0],
        points[:, 1],
        c=epsilon,
        cmap=sequential(0.15),
        norm=norm,
        s=34,
        ec=INK,
        lw=0.6,
        zorder=3,
    )
    told(axes, epsilon, points)
    names = short(subject.names)
    for corner, name, (side, rise) in zip(
        CORNERS, names, (("center", -0.05), ("center", -0.05), ("center", 0.035)), strict=True
    ):
        up = "top" if rise < 0 else "bottom"
        axes.text(corner[0], corner[1] + rise, name, ha=side, va=up, weight="bold")
    axes.set(xlim=(-0.12, 1.12), ylim=(-0.12, 0.96), aspect="equal")
    axes.set_axis_off()
    axes.set_anchor("N")
    bar = figure.colorbar(dots, ax=axes, label=temperature(subject.document), shrink=0.7)
    log_ticks(bar.ax.yaxis, low, high)
    titled(
        figure, axes, subject,
        "smoothed solution y*_ε; corners: one option for certain, cross: all alike, lines: probabilities of "
        "1/4, 1/2 and 3/4",
    )  # fmt: skip


def told(axes: Axes, epsilon: Floats, points: Floats) -> None:
    """Write some temperatures beside the path, on the outer side of its bend and far from each other."""
    ahead = np.gradient(points, axis=0) if len(points) > 1 else np.array([[1.0, 0.0]])
    written: list[Floats] = []
    for i in [0, len(epsilon) - 1, *range(len(epsilon))]:
        if any(np.hypot(*(points[i] - other)) < APART for other in written):
            continue
        across = np.array([-ahead[i, 1], ahead[i, 0]])
        if across @ (points.mean(axis=0) - points[i]) > 0:
            across = -across
        x, y = 6 * across / max(np.hypot(*across), 1e-12)
        side = "right" if x < -2 else "left" if x > 2 else "center"
        rise = "top" if y < -2 else "bottom" if y > 2 else "center"
        axes.annotate(
            f"ε {epsilon[i]:.3g}", points[i], (x, y), textcoords="offset points", size=7.5, ha=side,
            va=rise,
        )  # fmt: skip
        written.append(points[i])


def path(subject: Subject) -> tuple[Floats, Floats]:
    """The temperatures, rising, and E y* at each."""
    epsilon = np.asarray(subject.document["epsilon"], dtype=np.float64)
    order = np.argsort(epsilon)
    mean = np.asarray(subject.document["perturbed_solution"]["estimate"], dtype=np.float64)
    return epsilon[order], mean[order]


def numbers(subject: Subject) -> Columns:
    """The temperatures, the probabilities, and the points of the plane."""
    epsilon, mean = path(subject)
    x, y = (mean @ CORNERS).T
    return {"epsilon": epsilon, **dict(zip(subject.names, mean.T, strict=True)), "x": x, "y": y}
