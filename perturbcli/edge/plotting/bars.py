"""The entries of a solution as bars, with 95% intervals, and y* without noise beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.plotting.style import BLUE, INK
from perturbcli.edge.plotting.subject import short
from perturbcli.edge.plotting.words import meaning, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Subject

MOST = 40  # bars


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    return None if subject.solved else "a result of solve or smooth"


def shown(subject: Subject) -> NDArray[np.intp]:
    """The positions of the entries that have a bar: all, or the largest, in C order."""
    size = np.nan_to_num(np.abs(subject.mean.ravel()))
    return np.sort(np.argsort(-size, kind="stable")[:MOST])


def draw(subject: Subject, figure: Figure) -> None:
    """A horizontal bar an entry, the first on top."""
    at = shown(subject)
    mean, solution = subject.mean.ravel()[at], subject.solution.ravel()[at]
    lower, upper = (bound.ravel()[at] for bound in subject.bounds)
    names = short([subject.names[i] for i in at])
    figure.set_size_inches(7.0, 1.5 + 0.24 * max(len(at), 4))
    axes = figure.add_subplot()
    rows = np.arange(len(at))
    axes.barh(
        rows, mean, height=0.68, color=BLUE, alpha=0.75, label="E y*" if subject.smoothed else "y*"
    )
    if (lower < upper).any():
        axes.errorbar(
            mean, rows, xerr=[mean - lower, upper - mean], fmt="none", ecolor=INK, elinewidth=1.1,
            capsize=2.5, label="95% interval",
        )  # fmt: skip
    if subject.smoothed:
        axes.plot(
            solution, rows, "D", ms=5, mfc="white", mec=INK, clip_on=False, zorder=3,
            label="y*, without noise",
        )  # fmt: skip
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1, ncols=3)
    axes.set_yticks(rows, names)
    axes.set_ylim(len(at) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.axvline(0, color="0.35", lw=0.8)
    few = (
        ""
        if len(at) == subject.mean.size
        else f"; the {len(at)} largest of {subject.mean.size} entries"
    )
    axes.set_xlabel(meaning(subject) + few)
    titled(figure, axes, subject, "smoothed solution E y*" if subject.smoothed else "solution y*")


def numbers(subject: Subject) -> Columns:
    """All entries, not the largest alone."""
    lower, upper = subject.bounds
    return {
        "entry": subject.names,
        "solution": subject.solution.ravel(),
        "estimate": subject.mean.ravel(),
        "standard_error": subject.error.ravel(),
        "lower": lower.ravel(),
        "upper": upper.ravel(),
    }
