"""Graphs as instances write them, and as arrays: nodes numbered in order of first appearance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, StrictInt, StrictStr

from solvers.oracle import Bools

Ints = NDArray[np.int64]

Node = StrictInt | StrictStr
# A pair arrives as a list, which strict mode takes for no tuple; its nodes stay strict.
Edge = Annotated[tuple[Node, Node], Field(strict=False)]
Edges = Annotated[list[Edge], Field(min_length=1)]


def numbered(edges: list[tuple[int | str, int | str]]) -> tuple[dict[int | str, int], Ints]:
    """Numbers 0, 1, ... of the nodes, in order of appearance, and the edges' ends, shape (E, 2)."""
    numbers: dict[int | str, int] = {}
    ends = [numbers.setdefault(node, len(numbers)) for edge in edges for node in edge]
    return numbers, np.array(ends, dtype=np.int64).reshape(-1, 2)


def edge_names(edges: list[tuple[int | str, int | str]], *, directed: bool = True) -> list[str]:
    """A name for each edge: u, an arrow or a dash, v; no two the same."""
    link = "\N{RIGHTWARDS ARROW}" if directed else "\N{EN DASH}"
    return distinct(f"{u}{link}{v}" for u, v in edges)


def distinct(names: Iterable[str]) -> list[str]:
    """The names, a repeated one with a number behind it: a, b, a (2), a (3)."""
    taken: dict[str, None] = {}
    copies: Counter[str] = Counter()
    for name in names:
        free = name
        while free in taken:
            copies[name] += 1
            free = f"{name} ({copies[name] + 1})"
        taken[free] = None
    return list(taken)


def successors(size: int, tails: Ints, heads: Ints) -> list[list[int]]:
    """The heads of the arcs that leave each node, in the order of the arcs."""
    lists: list[list[int]] = [[] for _ in range(size)]
    for tail, head in zip(tails.tolist(), heads.tolist(), strict=True):
        lists[tail].append(head)
    return lists


def reachable(size: int, tails: Ints, heads: Ints, start: int) -> Bools:
    """Whether a directed walk leads from `start` to each node, shape (size,)."""
    after = successors(size, tails, heads)
    seen = [False] * size
    seen[start] = True
    stack = [start]
    while stack:
        for node in after[stack.pop()]:
            if not seen[node]:
                seen[node] = True
                stack.append(node)
    return np.array(seen)


def depths(size: int, tails: Ints, heads: Ints) -> Ints | None:
    """The most arcs of a directed walk that ends in each node, shape (size,); None if cyclic.

    Every arc leads from a smaller depth to a larger one, so sorting by depth is a topological
    order, and nodes of one depth can be treated at once (Kahn 1962).
    """
    after = successors(size, tails, heads)
    missing = np.bincount(heads, minlength=size).tolist()
    depth = [0] * size
    stack = [node for node in range(size) if not missing[node]]
    finished = 0
    while stack:
        node = stack.pop()
        finished += 1
        for head in after[node]:
            depth[head] = max(depth[head], depth[node] + 1)
            missing[head] -= 1
            if not missing[head]:
                stack.append(head)
    return np.array(depth, dtype=np.int64) if finished == size else None
