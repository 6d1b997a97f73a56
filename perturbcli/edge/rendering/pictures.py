"""A matrix as a picture, shaded by its entries; with the numbers too where they have room."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from perturbcli.edge.rendering.bars import LABEL, extent
from perturbcli.edge.rendering.glyphs import Glyphs, shortened
from perturbcli.edge.rendering.listing import fits, listing

NUMBERED = (24, 12)  # most rows and columns of a picture with numbers
LINES = 50  # most lines of one without
LEVELS = (0.01, 0.25, 0.5, 0.75)  # fractions of the range where the next shade begins
SHADE, CHOSEN = "cyan", "magenta"


def picture(
    values: NDArray[Any],
    solution: NDArray[Any],
    labels: tuple[Sequence[str], Sequence[str]],
    signs: Glyphs,
    console: Console,
) -> list[RenderableType]:
    """The matrix, and a line that explains it. Entries where `solution` is not 0 are marked."""
    low, high = extent(values)
    levels = np.digitize((np.nan_to_num(values) - low) / (high - low), LEVELS)
    chosen = np.nan_to_num(solution) != 0
    if values.shape[0] <= NUMBERED[0] and values.shape[1] <= NUMBERED[1]:
        table = numbered(values, levels, chosen, labels, signs)
        if fits(table, console):
            return [table, Text("* in y*, the solution without noise", style="dim")]
    legend = "  ".join(
        f"{shade} {signs.at_least} {low + level * (high - low):.3g}"
        for shade, level in zip(signs.shades[1:], LEVELS, strict=True)
    )
    rows, columns, cells = blocks(values.shape, console.width - 2)
    if (rows, columns) != (1, 1):
        legend += f"   a mark is the largest of {rows}{signs.times}{columns} entries"
    drawn = shaded(largest(levels, rows, columns), largest(chosen, rows, columns), cells, signs)
    return [framed(drawn), Text(legend, style="dim")]


def outline(solution: NDArray[Any], signs: Glyphs, console: Console) -> RenderableType:
    """The solution without noise, which has no numbers to tell."""
    low, high = extent(solution)
    levels = np.digitize((solution - low) / (high - low), LEVELS)
    rows, columns, cells = blocks(solution.shape, console.width - 2)
    marks = largest(levels, rows, columns)
    return framed(shaded(marks, marks > 0, cells, signs))


def framed(drawn: Text) -> Panel:
    return Panel(drawn, box=box.SQUARE, expand=False, padding=0)


def numbered(
    values: NDArray[Any],
    levels: NDArray[Any],
    chosen: NDArray[Any],
    labels: tuple[Sequence[str], Sequence[str]],
    signs: Glyphs,
) -> Table:
    """Cells such as `▓ 0.62*`: shade, number, and a star where the entry is chosen without noise."""
    spec = ".2f" if extent(values) == (0.0, 1.0) else ".3g"
    texts = [
        ["?" if value != value else format(value, spec) for value in row] for row in values.tolist()
    ]
    longest = max(len(text) for row in texts for text in row)
    heads = [f" {shortened(label, 10, signs):>{longest}}" for label in labels[1]]
    table = listing(("", "left"), *((head, "left") for head in heads), gap=1)
    for i, label in enumerate(labels[0]):
        cells: list[Text | str] = [shortened(label, LABEL, signs)]
        for text, level, star in zip(texts[i], levels[i], chosen[i], strict=True):
            style = CHOSEN if star else SHADE if level else "dim"
            cells.append(
                Text(f"{signs.beside[level]}{text:>{longest}}{'*' if star else ' '}", style)
            )
        table.add_row(*cells)
    return table


def shaded(levels: NDArray[Any], chosen: NDArray[Any], cells: int, signs: Glyphs) -> Text:
    """Lines of shades, `cells` characters an entry; chosen entries have another colour."""
    lines = []
    for row, stars in zip(levels.tolist(), chosen.tolist(), strict=True):
        line = Text()
        for star, run in groupby(zip(stars, row, strict=True), key=itemgetter(0)):
            text = "".join(signs.shades[level] * cells for _, level in run)
            line.append(text, CHOSEN if star else SHADE)
        lines.append(line)
    return Text("\n").join(lines)


def blocks(shape: tuple[int, ...], width: int) -> tuple[int, int, int]:
    """Rows and columns that one mark stands for, and its characters, so that all have room.

    A character is about twice as high as it is wide: two of them make a square.
    """
    rows, columns = shape
    if 2 * columns <= width and rows <= LINES:
        return 1, 1, 2
    across = max(-(-columns // width), -(-rows // (2 * LINES)))
    return 2 * across, across, 1


def largest(matrix: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """The largest entry of each block of `rows` x `columns`."""
    down = np.maximum.reduceat(matrix, np.arange(0, matrix.shape[0], rows), axis=0)
    return np.maximum.reduceat(down, np.arange(0, matrix.shape[1], columns), axis=1)
