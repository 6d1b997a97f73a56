"""A vector as horizontal bars, an entry a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from perturbcli.edge.rendering.digits import aligned, beside, measured, number
from perturbcli.edge.rendering.glyphs import Glyphs, shortened
from perturbcli.edge.rendering.listing import listing

WHOLE, PART = 24, 20  # lines of a vector that is shown whole, and of one that is not
LABEL = 28  # characters
NARROWEST, WIDEST = 8, 40  # characters of a full bar
TITLES = ("entry", "y*", "E y*", "")


def bars(
    estimate: NDArray[Any],
    error: NDArray[Any],
    solution: NDArray[Any],
    labels: Sequence[str],
    signs: Glyphs,
    console: Console,
) -> list[RenderableType]:
    """E y_i with its standard error beside y_i, for all entries or those that noise changes most."""
    d = len(estimate)
    shown = list(range(d))
    if d > WHOLE:
        change = np.nan_to_num(np.abs(estimate - solution))
        shown = np.argsort(-change, kind="stable")[:PART].tolist()
    columns = [
        [shortened(labels[i], LABEL, signs) for i in shown],
        aligned([number(float(solution[i])) for i in shown]),
        beside([measured(float(estimate[i]), float(error[i])) for i in shown], signs.plus_minus),
    ]
    table = listing(*((title, "left") for title in TITLES))
    texts = list(zip(*columns, strict=True))
    taken = sum(
        max(map(cell_len, [title, *column])) + 2
        for title, column in zip(TITLES, columns, strict=False)
    )
    room = min(console.width - taken, WIDEST)
    low, high = extent(estimate, solution)
    for i, cells in zip(shown, texts, strict=True):
        drawn = bar((float(estimate[i]) - low) / (high - low), room, signs)
        table.add_row(*cells, Text(drawn if room >= NARROWEST else "", style="cyan"))
    if d == len(shown):
        return [table]
    note = f"the {PART} of {d} entries that noise changes most; -f json has all"
    return [table, Text(note, style="dim")]


def extent(*arrays: NDArray[Any]) -> tuple[float, float]:
    """The range that bars and shades span: [0, 1] where it holds all, else one that holds 0 too."""
    low = min(float(np.nanmin(values, initial=0.0)) for values in arrays)
    high = max(float(np.nanmax(values, initial=0.0)) for values in arrays)
    return (0.0, 1.0) if low == 0 and high <= 1 else (low, high)


def bar(fraction: float, cells: int, signs: Glyphs) -> str:
    """A bar over a fraction of the cells, the last of them in part; empty for NaN."""
    steps = len(signs.eighths)
    filled = round(fraction * cells * steps) if fraction == fraction else 0
    whole, part = divmod(filled, steps)
    return signs.eighths[-1] * whole + (signs.eighths[part - 1] if part else "")
