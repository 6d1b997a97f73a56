"""A graph whose edges are as wide as they are likely to be in the solution."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.errors import InputError
from perturbcli.edge.plotting import layout, network
from perturbcli.edge.plotting.words import meaning, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from perturbcli.edge.plotting.numbers import Columns
    from perturbcli.edge.plotting.subject import Floats, Subject

FAMILIES = ("shortest_path", "matching", "spanning_tree", "min_cost_flow")
UNDIRECTED = ("matching", "spanning_tree")
CELL = re.compile(r"(\d+),(\d+)")  # a node of a grid map, column and row


def refusal(subject: Subject) -> str | None:
    """Why there is no such picture."""
    if subject.problem not in FAMILIES or not subject.solved:
        return f"a result of solve or smooth for one of {', '.join(FAMILIES)}"
    return "the graph: --instance FILE" if subject.instance is None else None


def draw(subject: Subject, figure: Figure) -> None:
    """The graph, at its coordinates if they are known."""
    nodes, ends = structure(subject)
    places = at(subject, nodes, ends)
    wide, high = np.ptp(places, axis=0)
    figure.set_size_inches(7.5, np.clip(7.0 * high / max(wide, 1e-300), 3.2, 7.5) + 0.9)
    axes = figure.add_subplot()
    oracle: Any = subject.oracle
    directed = subject.problem not in UNDIRECTED and getattr(oracle, "directed", True)
    mean, ceiling = subject.mean, subject.ceiling
    edged = network.crowded(len(ends))
    drawn = network.lines(
        axes, places, ends, mean, subject.solution, ceiling=ceiling, directed=directed, edged=edged
    )
    network.valued(axes, network.apart(places, ends), mean, directed=directed)
    signs = {getattr(oracle, "source", None): "from ", getattr(oracle, "target", None): "to "}
    marked = {i: signs[node] for i, node in enumerate(nodes) if node in signs}
    network.named(axes, places, [str(node) for node in nodes], marked)
    figure.colorbar(drawn, ax=axes, label=meaning(subject), shrink=0.8, pad=0.01)
    mark = network.mark(edged=edged)
    what = f"width and colour of an edge: its mean; {mark}: y*, without noise"
    titled(figure, axes, subject, what)


def structure(subject: Subject) -> tuple[list[int | str], NDArray[np.int64]]:
    """The nodes in order of appearance, and the ends of each edge as their positions."""
    numbers: dict[int | str, int] = {}
    oracle: Any = subject.oracle
    ends = [[numbers.setdefault(node, len(numbers)) for node in edge] for edge in oracle.edges]
    return list(numbers), np.array(ends, dtype=np.int64)


def at(subject: Subject, nodes: list[int | str], ends: NDArray[np.int64]) -> Floats:
    """Places of the nodes: their coordinates, or the cells they name, or a layout of our own."""
    known = subject.coordinates
    if known is not None:
        missing = next((node for node in nodes if str(node) not in known), None)
        if missing is not None:
            message = f"expected a place for each node of the graph, found none for {missing!r}"
            raise InputError(subject.places_from, None, message)
        return np.array([known[str(node)] for node in nodes])
    cells = [CELL.fullmatch(str(node)) for node in nodes]
    if all(cells):
        return np.array([(int(c[1]), -int(c[2])) for c in cells if c], dtype=np.float64)
    assert subject.instance is not None
    costs = 0.0 - subject.instance.theta
    # Roads are as long as they are costly; of few nodes, none should lie on each other.
    lengths = len(nodes) > layout.SMALL and subject.instance.parameter == "cost" and costs.min() > 0
    return layout.placed(len(nodes), ends, costs if lengths else None)


def numbers(subject: Subject) -> Columns:
    """The edges, with the places of their ends."""
    nodes, ends = structure(subject)
    x, y = at(subject, nodes, ends).T
    return {
        "entry": subject.names,
        "tail": [nodes[i] for i in ends[:, 0]],
        "head": [nodes[i] for i in ends[:, 1]],
        "tail_x": x[ends[:, 0]],
        "tail_y": y[ends[:, 0]],
        "head_x": x[ends[:, 1]],
        "head_y": y[ends[:, 1]],
        "solution": subject.solution,
        "estimate": subject.mean,
        "standard_error": subject.error,
    }
