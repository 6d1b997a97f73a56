"""A Jacobian: the matrix where it is small, else its size and its largest entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from perturbcli.edge.rendering.digits import beside, fixed, measured, second_digit
from perturbcli.edge.rendering.glyphs import Glyphs, shortened
from perturbcli.edge.rendering.listing import fits, listing

WHOLE = 8  # most entries of theta whose matrix is shown
LARGEST = 5
LABELS = (12, 7)  # characters of a label beside a matrix, as there is room
LABEL = 24  # of one beside an entry


def derivatives(
    parameter: str,
    estimate: NDArray[Any],
    error: NDArray[Any],
    labels: Sequence[str],
    signs: Glyphs,
    console: Console,
) -> list[RenderableType]:
    """d E y_i / d theta_j, rows i and columns j; `parameter` is theta or cost."""
    if len(estimate) <= WHOLE:
        for longest in LABELS:
            names = [shortened(label, longest, signs) for label in labels]
            table = matrix(estimate, error, names)
            if fits(table, console):
                return [table]
    sizes = Text(
        f"Frobenius norm {np.sqrt(np.nansum(estimate**2)):.4g}, trace {np.nansum(np.diag(estimate)):.4g}; "
        "-f json or npz has it whole"
    )
    return [sizes, largest(parameter, estimate, error, labels, signs)]


def matrix(estimate: NDArray[Any], error: NDArray[Any], names: Sequence[str]) -> Table:
    """All entries, to the second digit of the largest error."""
    peak = float(np.nanmax(error, initial=0.0))
    table = listing(("", "left"), *((name, "right") for name in names))
    for name, row in zip(names, estimate.tolist(), strict=True):
        table.add_row(name, *(rounded(value, peak) for value in row))
    return table


def rounded(value: float, error: float) -> str:
    """The value to the second digit of an error; to five digits where the error is 0."""
    if value != value:
        return "?"
    if not error or not 1e-4 <= error < 1e7:
        return f"{value + 0.0:.5g}"
    return fixed(value, second_digit(error))


def largest(
    parameter: str,
    estimate: NDArray[Any],
    error: NDArray[Any],
    labels: Sequence[str],
    signs: Glyphs,
) -> Table:
    """The entries of largest size, each with its error."""
    sizes = np.nan_to_num(np.abs(estimate)).ravel()
    kept = min(LARGEST, sizes.size)
    top = np.argpartition(-sizes, kept - 1)[:kept]
    top = top[np.argsort(-sizes[top], kind="stable")]
    table = listing(
        ("largest derivatives of", "left"), (f"by {parameter} of", "left"), ("", "left")
    )
    places = [divmod(k, len(estimate)) for k in top.tolist()]
    pairs = [measured(float(estimate[place]), float(error[place])) for place in places]
    for (i, j), text in zip(places, beside(pairs, signs.plus_minus), strict=True):
        table.add_row(*(shortened(labels[k], LABEL, signs) for k in (i, j)), text)
    return table
