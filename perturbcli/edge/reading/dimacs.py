"""DIMACS shortest paths (`.gr`): comments `c …`, one line `p sp NODES ARCS`, arcs `a FROM TO COST`.

Nodes count from 1. Parallel arcs are kept, in the order of the file.
http://www.diag.uniroma1.it/challenge9/format.shtml
"""

from __future__ import annotations

from typing import Any

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.tables import count, lines, number
from perturbcli.edge.reading.words import found


def read(data: bytes, source: str) -> dict[str, Any]:
    """`problem`, `cost` of shape (arcs,) and `edges`. Raises `InputError` naming the line."""
    edges: list[list[int]] = []
    costs: list[float] = []
    declared: tuple[int, int] | None = None
    for line, content in lines(files.utf8(data, source)):
        words = content.split()
        if not words or words[0] == "c":
            continue
        try:
            if declared is None:
                declared = sizes(words, "sp")
            else:
                edge, cost = _arc(words, declared[0])
                edges.append(edge)
                costs.append(cost)
        except ValueError:
            wanted = "'p sp NODES ARCS'"
            if declared is not None:
                wanted = f"'a FROM TO COST' with nodes from 1 to {declared[0]}"
            message = f"line {line}: expected {wanted}, found {found(content.strip())}"
            raise InputError(source, None, message) from None
    if declared is None:
        raise InputError(source, None, "expected a line 'p sp NODES ARCS', found none")
    if len(edges) != declared[1]:
        message = f"expected {declared[1]} arcs as declared, found {len(edges)}"
        raise InputError(source, None, message)
    return {"problem": "shortest_path", "cost": np.array(costs), "edges": edges}


def sizes(words: list[str], kind: str) -> tuple[int, int]:
    """Nodes and arcs of a problem line; `ValueError` where it is not one."""
    if len(words) != 4 or words[:2] != ["p", kind]:
        raise ValueError(words)
    return count(words[2]), count(words[3])


def ends(words: list[str], nodes: int) -> list[int]:
    """The nodes that words name; `ValueError` where they name others."""
    numbers = [count(word) for word in words]
    if not 1 <= min(numbers) <= max(numbers) <= nodes:
        raise ValueError(words)
    return numbers


def _arc(words: list[str], nodes: int) -> tuple[list[int], float]:
    """The edge and the cost of an arc line; `ValueError` where it is not one."""
    if len(words) != 4 or words[0] != "a":
        raise ValueError(words)
    return ends(words[1:3], nodes), number(words[3])
