"""The Jacobian as cells of colour, on a scale with zero in its middle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.plotting import cells
from perturbcli.edge.plotting.style import diverging
from perturbcli.edge.plotting.words import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject


FAINT = 0.05  # of the largest, that has no sign written, and no notch
NOTCHED = 100  # rows or columns up to which notches can be seen


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    if "jacobian" in subject.document and not subject.swept:
        return None
    return "a result with a Jacobian: perturb smooth --jacobian"


def draw(subject: Subject, figure: Figure) -> None:
    """Rows are entries of the solution, columns those of theta or the cost."""
    values, names = parts(subject)
    d = len(values)
    side = float(np.clip(2.4 + 0.5 * d, 4.6, 8.0))
    figure.set_size_inches(side + 1.6, side)
    axes = figure.add_subplot()
    limit = float(np.nanmax(np.abs(values))) or 1.0
    image = cells.cells(axes, values, cmap=diverging(), low=-limit, high=limit)
    if d <= cells.WRITTEN:
        places = max(0, 2 - int(np.floor(np.log10(limit))))
        cells.written(
            axes, image, values, [[text(v, places) for v in row] for row in values.tolist()]
        )
    elif d <= cells.TICKED:
        cells.written(
            axes, image, values, [[sign(v / limit) for v in row] for row in values.tolist()]
        )
    notched = d <= NOTCHED and notches(
        axes, values < -FAINT * limit, 0.25 if d <= cells.TICKED else 0.6
    )
    cells.ticks(axes, names, names, figure.get_figwidth())
    what = subject.document["parameter"]
    axes.set(xlabel=f"{what} of the entry", ylabel="entry of the smoothed solution")
    label = f"∂E y* / ∂{what}, per unit of {what}"
    figure.colorbar(image, ax=axes, label=label, shrink=0.9)
    title = "Jacobian of the smoothed solution"
    error = subject.document["jacobian"]["standard_error"]
    if np.any(error):
        title += f", standard errors up to {np.nanmax(error):.2g}"
    if "entries" in subject.document["jacobian"]:
        title += f"; {d} of {len(subject.names)} rows and columns, the others did not vary"
    if notched:
        title += "; notched: negative"
    titled(figure, axes, subject, title)


def notches(axes: Axes, at: NDArray[np.bool_], side: float) -> bool:
    """Cut a corner off cells, which shows without colours too; whether there are any."""
    from matplotlib.collections import PolyCollection

    corner = np.array([[-0.5, -0.5], [side - 0.5, -0.5], [-0.5, side - 0.5]])
    triangles = corner + np.argwhere(at)[:, np.newaxis, ::-1]
    axes.add_collection(PolyCollection(list(triangles), facecolors="white", linewidths=0))
    return bool(at.any())


def parts(subject: Subject) -> tuple[Floats, list[str]]:
    """The matrix, and names of its rows and columns."""
    jacobian: dict[str, Any] = subject.document["jacobian"]
    at = jacobian.get("entries") or range(len(subject.names))
    return np.asarray(jacobian["estimate"], dtype=np.float64), [subject.names[i] for i in at]


def text(value: float, places: int) -> str:
    """A value with its sign, and a bare zero."""
    return (
        "0" if round(value, places) == 0 else f"{value:+.{places}f}".replace("-", "\N{MINUS SIGN}")
    )


def sign(share: float) -> str:
    """What stands on a cell that is too small for its value: its sign, where it is worth speaking of."""
    return "" if abs(share) < FAINT else "+" if share > 0 else "\N{MINUS SIGN}"


def numbers(subject: Subject) -> Columns:
    """The entries by row and column."""
    values, names = parts(subject)
    return {
        "row": np.repeat(names, len(names)).tolist(),
        "column": names * len(names),
        "estimate": values.ravel(),
        "standard_error": np.asarray(subject.document["jacobian"]["standard_error"]).ravel(),
    }
