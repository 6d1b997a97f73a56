"""A solution that is a matrix, such as an assignment or a tour, as cells of colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perturbcli.edge.plotting import cells
from perturbcli.edge.plotting.style import sequential
from perturbcli.edge.plotting.words import meaning, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Subject

FRAMED = 100  # rows or columns up to which the cells of y* have frames


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    if subject.solved and len(subject.shape) == 2:
        return None
    return "a result of solve or smooth whose solutions are matrices"


def draw(subject: Subject, figure: Figure) -> None:
    """The mean as cells, with a frame around those of y*."""
    from matplotlib.patches import Rectangle

    mean, solution = subject.mean, subject.solution
    n, m = subject.shape
    figure.set_size_inches(np.clip(2.6 + 0.65 * m, 5.5, 9.0), np.clip(2.0 + 0.42 * n, 3.6, 9.0))
    axes = figure.add_subplot()
    low = min(0.0, float(np.nanmin(mean)))
    image = cells.cells(axes, mean, cmap=sequential(), low=low, high=subject.ceiling)
    if max(n, m) <= cells.WRITTEN:
        texts = [[f"{value:.2f}" if value else "0" for value in row] for row in mean.tolist()]
        cells.written(axes, image, mean, texts)
    framed = subject.smoothed and max(n, m) <= FRAMED
    width = 2.0 if max(n, m) <= cells.TICKED else 1.0
    for i, j in np.argwhere(solution != 0).tolist() if framed else []:
        axes.add_patch(
            Rectangle((j - 0.46, i - 0.46), 0.92, 0.92, fill=False, ec="black", lw=width)
        )
    cells.ticks(axes, *subject.axes, figure.get_figwidth())
    figure.colorbar(image, ax=axes, label=meaning(subject), shrink=0.9)
    what = "smoothed solution" if subject.smoothed else "solution"
    if subject.error.any():
        what += f", standard errors up to {np.nanmax(subject.error):.2g}"
    if subject.smoothed:
        what += "; framed: y*, without noise" if framed else "; y* has no room for frames"
    titled(figure, axes, subject, what)


def numbers(subject: Subject) -> Columns:
    """The entries by row and column."""
    rows, columns = subject.axes
    return {
        "row": np.repeat(rows, len(columns)).tolist(),
        "column": columns * len(rows),
        "solution": subject.solution.ravel(),
        "estimate": subject.mean.ravel(),
        "standard_error": subject.error.ravel(),
    }
