"""A solution over temperatures: a line for each entry, with a band of 95% intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.plotting.intervals import bounds
from perturbcli.edge.plotting.style import DASHES, HUES, MARKS, log_ticks
from perturbcli.edge.plotting.subject import short
from perturbcli.edge.plotting.words import meaning, temperature, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    return None if subject.swept else "a result of sweep"


def lines(subject: Subject) -> tuple[Floats, Floats, Floats, Floats]:
    """E y*, its standard errors and the ends of its intervals, each (temperatures, entries)."""
    pair = subject.document["perturbed_solution"]
    several = len(subject.document["epsilon"])
    ends = bounds(pair, probability=subject.probable)
    arrays = (pair["estimate"], pair["standard_error"], *ends)
    mean, error, lower, upper = (
        np.asarray(a, dtype=np.float64).reshape(several, -1) for a in arrays
    )
    return mean, error, lower, upper


def shown(mean: Floats) -> NDArray[np.intp]:
    """The positions of the entries that have a line: all, or those that move most, in C order."""
    moves = np.nan_to_num(np.ptp(mean, axis=0))
    return np.sort(np.argsort(-moves, kind="stable")[: len(HUES)])


def draw(subject: Subject, figure: Figure) -> None:
    """Lines that differ in colour, dashes and marks, over a logarithmic axis."""
    epsilon = np.asarray(subject.document["epsilon"])
    mean, _, lower, upper = lines(subject)
    at = shown(mean)
    figure.set_size_inches(7.5, 4.6)
    axes = figure.add_subplot()
    order = np.argsort(epsilon)
    names = short([subject.names[i] for i in at])
    for k, i in enumerate(at):
        x, y = epsilon[order], mean[order, i]
        axes.fill_between(x, lower[order, i], upper[order, i], color=HUES[k], alpha=0.22, lw=0)
        every = max(1, len(x) // 8)
        axes.plot(
            x, y, color=HUES[k], ls=DASHES[k], marker=MARKS[k], ms=4.5, lw=1.6,
            markevery=(k * every // len(HUES), every), label=names[k],
        )  # fmt: skip
    axes.set_xscale("log")
    log_ticks(axes.xaxis, epsilon.min(), epsilon.max())
    axes.grid(which="major")
    axes.set(xlabel=temperature(subject.document), ylabel=meaning(subject))
    handles, labels = axes.get_legend_handles_labels()
    last = np.argsort(-mean[order[-1], at], kind="stable").tolist()
    rows = [(handles[k], labels[k]) for k in last]
    figure.legend(*zip(*rows, strict=True), loc="outside right center", handlelength=3.5)
    title = "smoothed solution over the temperature, bands: 95% intervals"
    if len(at) < mean.shape[1]:
        title += f"; the {len(at)} of {mean.shape[1]} entries that move most"
    titled(figure, axes, subject, title)


def numbers(subject: Subject) -> Columns:
    """All entries at all temperatures, not only those that have lines."""
    epsilon, names = np.asarray(subject.document["epsilon"]), subject.names
    mean, error, lower, upper = lines(subject)
    return {
        "epsilon": np.repeat(epsilon, len(names)),
        "entry": names * len(epsilon),
        "estimate": mean.ravel(),
        "standard_error": error.ravel(),
        "lower": lower.ravel(),
        "upper": upper.ravel(),
    }
