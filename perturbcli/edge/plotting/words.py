"""What is written around a picture: titles, captions, and what the numbers are."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from perturbcli.edge.rendering.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from perturbcli.edge.document import Document
    from perturbcli.edge.plotting.subject import Subject

# Family -> what the mean of an entry of its solutions is: those whose entries are 0 or 1, and others.
PROBABILITIES: dict[str, str] = {
    "argmax": "probability of being chosen",
    "top_k": "probability of being among the k chosen",
    "assignment": "probability of the pair",
    "matching": "probability that the edge is matched",
    "shortest_path": "probability that the path takes the edge",
    "grid_path": "probability that the path crosses the cell",
    "spanning_tree": "probability that the tree has the edge",
    "knapsack": "probability of being packed",
    "set_cover": "probability of being chosen",
    "tour": "probability that the tour takes the arc",
}
MEANS: dict[str, str] = {
    "ranking": "mean rank (the largest score has the largest rank)",
    "min_cost_flow": "mean flow, in units of supply",
    "scheduling": "mean completion time, in units of the durations",
}
PER_INCH = 15.5  # characters of a caption in an inch, and of a title
TITLE_PER_INCH = 11.0
SETTLED = {"ok", "converged"}


def meaning(subject: Subject) -> str:
    """What an entry of `subject.mean` is."""
    if not subject.smoothed and not subject.swept:
        return "solution y*, without noise"
    return {**PROBABILITIES, **MEANS}.get(subject.problem, "mean of the entry, E y*")


def temperature(document: Document) -> str:
    """What an axis of epsilon is labelled with."""
    if document.get("multiplicative"):
        return "temperature ε, of log-normal factors"
    return f"temperature ε, in units of {document['parameter']}"


def titled(figure: Figure, axes: Axes, subject: Subject, what: str) -> None:
    """Name the result above everything, the picture above its axes, and the settings below."""
    document, width = subject.document, figure.get_figwidth()
    head = " · ".join([str(document.get("instance") or document["command"]), subject.problem])
    figure.suptitle(
        wrapped(head, width * TITLE_PER_INCH), x=0.01, ha="left", weight="bold", size=11
    )
    axes.set_title(textwrap.fill(what, round(width * 11)), loc="left", size=9)
    caption = wrapped(settings(document), width * PER_INCH)
    figure.supxlabel(caption, x=0.01, ha="left", size=7.5, color="0.3")


def wrapped(text: str, characters: float) -> str:
    """The text in lines of about so many characters, at most three."""
    return textwrap.fill(text, round(characters), max_lines=3, placeholder=" …")


def settings(document: Document) -> str:
    """The temperature and the rest of what was asked; and what went short of it."""
    methods = document.get("method", [])
    samples = spread(document.get("samples"))
    words = [
        heat(document) if "epsilon" in document else "",
        f"{document['noise']} noise" if "noise" in document else "",
        " and ".join(dict.fromkeys([methods] if isinstance(methods, str) else methods)),
        f"{samples} samples" if samples not in {"", "0"} else "",
        f"{number(document['observations'])} observations" if "observations" in document else "",
        f"seed {document['seed']}" if "seed" in document else "",
        "" if document["status"] in SETTLED else document["status"].replace("_", " "),
    ]
    return " · ".join(word for word in words if word)


def heat(document: Document) -> str:
    """The temperatures, and what they are measured in."""
    of = (
        "multiplicative"
        if document.get("multiplicative")
        else f"in units of {document['parameter']}"
    )
    return f"ε {spread(document['epsilon'])} {of}"


def spread(values: Any) -> str:
    """A number, or the smallest and the largest of several."""
    if values is None:
        return ""
    low, high = np.min(values), np.max(values)
    return number(low.item()) if low == high else f"{number(low.item())} to {number(high.item())}"
