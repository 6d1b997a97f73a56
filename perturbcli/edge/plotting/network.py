"""Edges as lines whose widths are their means, and the nodes between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.plotting.style import FAINT, HUES, INK, sequential
from perturbcli.edge.plotting.subject import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection

    from perturbcli.edge.plotting.subject import Floats

WIDEST = 8.0  # points, of an edge that always is in the solution; in a large graph
NARROWER, NARROWEST = 4.5, 1.0  # points, of one that is likely and of any that is possible there
EDGED, EDGE = 1.4, 1.8  # points that the paper between a line and its edging takes, and the edging
MIDDLING = HUES[5]  # stands out from dark edges and from light ones, in grey as well
NAMED, LABELLED = 60, 30  # nodes, and edges, that have their names and numbers written
MANY = 120  # edges, among which each is small
PLACES = np.array([0.42, 0.34, 0.26, 0.5, 0.58, 0.66, 0.74])  # of a number; 3 are before an arrow
LEAST = 0.005  # of what is written beside an edge
HEAVY = 2000  # lines, more of which are drawn as pixels in SVG and PDF


def lines(
    axes: Axes, places: Floats, ends: NDArray[np.int64], mean: Floats, solution: Floats, *,
    ceiling: float, directed: bool, edged: bool = False,
) -> LineCollection:  # fmt: skip
    """Draw the edges. Returns what the colours stand for.

    places    of the nodes, (n, 2)
    ends      of the edges, (E, 2)
    mean      (E,), up to `ceiling`
    solution  y*, (E,)
    edged     whether y* has a line on both sides rather than dashes, which hide what they lie on
    """
    from matplotlib.collections import LineCollection

    small = len(ends) <= LABELLED
    segments = apart(places, ends) if len(ends) <= HEAVY else places[ends]
    heavy, many = len(ends) > HEAVY, crowded(len(ends))
    order = np.argsort(mean, kind="stable")
    order = order[mean[order] > 0]
    axes.add_collection(
        LineCollection(
            list(segments), colors=FAINT, linewidths=0.3 if many else 0.7, rasterized=heavy
        )
    )
    wide, least = WIDEST if small else NARROWER, NARROWEST if edged else 0.0
    widths = least + (wide - least) * mean / ceiling
    best = solution != 0
    for more, colour in ((EDGED + EDGE, MIDDLING), (EDGED, "white")) if edged else ():
        around = LineCollection(list(segments[best]), colors=colour, capstyle="round")
        around.set_linewidth(widths[best] + more)
        axes.add_collection(around)
    drawn = LineCollection(
        list(segments[order]), array=mean[order], cmap=sequential(0.45 if edged else 0.3),
        capstyle="butt", linewidths=widths[order], rasterized=heavy,
    )  # fmt: skip
    drawn.set_clim(0, ceiling)
    axes.add_collection(drawn)
    for width, colour in () if edged else ((3.2, "white"), (1.6, MIDDLING)):
        dashes = (4.8 / width, 3.2 / width)  # in widths, of 4.8 points and 3.2 apart
        chosen = LineCollection(list(segments[best]), colors=colour, linestyles=(0, dashes))
        chosen.set_linewidth(width)
        axes.add_collection(chosen)
    if directed and not many:
        arrows(axes, segments, widths)
    axes.autoscale_view()
    axes.set_aspect("equal", adjustable="datalim")
    axes.margins(0.08)
    axes.set_axis_off()
    return drawn


def crowded(edges: int) -> bool:
    """Whether there are so many edges that each is small, as those of a map."""
    return edges > MANY


def mark(*, edged: bool) -> str:
    """How y* is told from the others in `lines`."""
    return "edged on both sides" if edged else "dashed"


def apart(places: Floats, ends: NDArray[np.int64]) -> Floats:
    """Segments, (E, 2, 2), where edges between the same two nodes lie beside each other."""
    segments = places[ends].astype(np.float64)
    gap = 0.022 * float(np.ptp(places, axis=0).max(initial=0.0))
    pairs = np.sort(ends, axis=1)
    _, group, sizes = np.unique(pairs, axis=0, return_inverse=True, return_counts=True)
    seen = np.zeros(len(sizes), dtype=np.int64)
    for i in np.flatnonzero(sizes[group.ravel()] > 1).tolist():
        g = group.ravel()[i]
        along = places[pairs[i, 1]] - places[pairs[i, 0]]
        length = float(np.hypot(*along))
        if length > 0:
            shift = (seen[g] - (sizes[g] - 1) / 2) * gap / length
            segments[i] += shift * np.array([-along[1], along[0]])
        seen[g] += 1
    return segments


def arrows(axes: Axes, segments: Floats, widths: Floats) -> None:
    """A head on each line, beyond its middle, in the direction from its first end to its second."""
    for (start, end), width in zip(segments, widths.tolist(), strict=True):
        at, along = start + 0.64 * (end - start), 1e-3 * (end - start)
        axes.annotate(
            "", at + along, at,
            arrowprops={"arrowstyle": "-|>", "fc": INK, "ec": "white", "lw": 0.7, "shrinkA": 0,
                        "shrinkB": 0, "mutation_scale": 13 + 1.2 * width},
        )  # fmt: skip


def named(axes: Axes, places: Floats, names: list[str], marked: dict[int, str]) -> None:
    """Write the names on the nodes where there are few; dots, and the names of the `marked`, where many.

    marked  what is written before the names of some nodes
    """
    few = len(names) <= NAMED
    if not few:
        axes.scatter(
            places[:, 0],
            places[:, 1],
            s=1.5,
            color="0.6",
            zorder=1.5,
            linewidths=0,
            rasterized=True,
        )
    shown = range(len(names)) if few else marked
    for i, name in zip(shown, short([names[i] for i in shown], 22), strict=True):
        text = f"{marked[i]}{name}" if i in marked else name
        edge = "black" if i in marked else "0.6"
        axes.text(
            places[i, 0], places[i, 1], text, size=7.5, ha="center", va="center", zorder=5,
            weight="bold" if i in marked else "normal",
            bbox={"boxstyle": "round,pad=0.25", "fc": "white", "ec": edge, "lw": 0.8},
        )  # fmt: skip


def valued(axes: Axes, segments: Floats, mean: Floats, *, directed: bool) -> None:
    """Write the means on few edges, each where it is furthest from the other edges and numbers."""
    if len(mean) > LABELLED:
        return
    taken: list[Floats] = []
    for i, value in enumerate(mean.tolist()):
        if value < LEAST:
            continue
        start, end = segments[i]
        places = start + PLACES[: 3 if directed else None, np.newaxis] * (end - start)
        others = np.concatenate([np.delete(segments, i, axis=0), np.reshape(taken, (-1, 2, 2))])
        x, y = places[np.argmax(distances(places, others).min(axis=1, initial=np.inf))]
        taken.append(np.array([[x, y], [x, y]]))
        axes.text(
            x, y, f"{value:.2f}", size=6.5, color=INK, ha="center", va="center",
            bbox={"boxstyle": "round,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.85}, zorder=4,
        )  # fmt: skip


def distances(points: Floats, segments: Floats) -> Floats:
    """Of points, (n, 2), from segments, (E, 2, 2): (n, E). A segment may be a point."""
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    lengths = np.square(along).sum(axis=1)
    gaps = points[:, np.newaxis] - start
    share = np.zeros((len(points), len(segments)))
    np.divide((gaps * along).sum(axis=2), lengths, out=share, where=lengths > 0)
    nearest = gaps - np.clip(share, 0, 1)[..., np.newaxis] * along
    return np.asarray(np.hypot(nearest[..., 0], nearest[..., 1]))
