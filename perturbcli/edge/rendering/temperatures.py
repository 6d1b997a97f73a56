"""A sweep: a temperature a line, with the entries of the smoothed solution that move most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from perturbcli.edge.rendering.digits import (
    LARGE,
    SMALL,
    aligned,
    beside,
    exponent,
    fixed,
    measured,
)
from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.glyphs import Glyphs, shortened
from perturbcli.edge.rendering.listing import fits, listing

MOST = 8  # columns of entries, as there is room
LABEL = 16  # characters of one's name
DIGITS = 5  # of a number that has no error

Column = tuple[str, list[str]]


def temperatures(
    document: Document, names: Sequence[str], signs: Glyphs, console: Console
) -> list[RenderableType]:
    """F_eps, the loss where there is one, and E y_i with the widest range over the temperatures."""
    epsilons = document["epsilon"]
    facts = [(signs.epsilon, aligned([f"{epsilon:.4g}" for epsilon in epsilons.tolist()]))]
    for name, pair in (("value", document["perturbed_value"]), ("loss", document.get("loss"))):
        if pair is not None:
            size = np.nanmax(np.abs(pair["estimate"]), initial=0.0)
            facts.append((name, texts(pair["estimate"], pair["standard_error"], size, signs)))
    pair = document["perturbed_solution"]
    estimate, error = (
        pair[key].reshape(len(epsilons), -1) for key in ("estimate", "standard_error")
    )
    d = estimate.shape[1]
    moving = np.argsort(-np.nan_to_num(np.ptp(estimate, axis=0)), kind="stable")[:MOST].tolist()
    size = np.nanmax(np.abs(estimate), initial=0.0)
    entries = [
        (shortened(names[i], LABEL, signs), texts(estimate[:, i], error[:, i], size, signs))
        for i in moving
    ]
    while len(entries) > 1 and not fits(table([*facts, *entries]), console):
        entries.pop()
    title = Text("perturbed value and solution", "bold")
    if len(entries) == d:
        return [title, table([*facts, *entries])]
    note = f"the {len(entries)} of {d} entries that move most; -f json has all"
    return [title, table([*facts, *entries]), Text(note, "dim")]


def texts(estimate: NDArray[Any], error: NDArray[Any], size: float, signs: Glyphs) -> list[str]:
    """A column of estimates with their errors; those without one to `DIGITS` digits of `size`."""
    plain = SMALL <= size < LARGE
    pairs = []
    for value, deviation in zip(estimate.tolist(), error.tolist(), strict=True):
        if deviation or value != value or not plain:
            pairs.append(measured(value, deviation))
        else:
            pairs.append((fixed(value, max(DIGITS - 1 - exponent(size), 0)), ""))
    return beside(pairs, signs.plus_minus)


def table(columns: Sequence[Column]) -> Table:
    """The columns side by side."""
    drawn = listing(*((title, "left") for title, _ in columns))
    for row in zip(*(cells for _, cells in columns), strict=True):
        drawn.add_row(*row)
    return drawn
