"""DIMACS minimum-cost flows (`.min`): comments `c …`, one line `p min NODES ARCS`, supplies
`n NODE AMOUNT`, negative where a node demands, arcs `a FROM TO LOW CAPACITY COST`.

Nodes count from 1; parallel arcs are kept, in the order of the file. LOW must be 0: y is the flow of an
arc from nothing. http://archive.dimacs.rutgers.edu/pub/netflow/general-info/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.dimacs import ends, sizes
from perturbcli.edge.reading.tables import count, lines, number
from perturbcli.edge.reading.words import found


def read(data: bytes, source: str) -> dict[str, Any]:
    """`problem`, `cost` of shape (arcs,), `edges`, `capacity`, and `supply` by node.

    Raises `InputError` naming the line.
    """
    arcs: list[tuple[list[int], int, float]] = []
    supply: dict[str, int] = {}
    declared: tuple[int, int] | None = None
    for line, content in lines(files.utf8(data, source)):
        words = content.split()
        if not words or words[0] == "c":
            continue
        try:
            if declared is None:
                declared = sizes(words, "min")
            elif words[0] == "n":
                supply |= _supply(words, declared[0], supply)
            else:
                arcs.append(_arc(words, declared[0]))
        except ValueError:
            wanted = "'p min NODES ARCS'"
            if declared is not None:
                wanted = "'n NODE AMOUNT', each node once, or 'a FROM TO 0 CAPACITY COST'"
                wanted += f" with nodes from 1 to {declared[0]}"
            message = f"line {line}: expected {wanted}, found {found(content.strip())}"
            raise InputError(source, None, message) from None
    if declared is None:
        raise InputError(source, None, "expected a line 'p min NODES ARCS', found none")
    if len(arcs) != declared[1]:
        message = f"expected {declared[1]} arcs as declared, found {len(arcs)}"
        raise InputError(source, None, message)
    return {
        "problem": "min_cost_flow",
        "cost": np.array([cost for _, _, cost in arcs]),
        "edges": [edge for edge, _, _ in arcs],
        "capacity": [capacity for _, capacity, _ in arcs],
        "supply": supply,
    }


def _supply(words: list[str], nodes: int, others: Mapping[str, int]) -> dict[str, int]:
    """The amount of a supply line by node; `ValueError` where it is not one or its node in others."""
    if len(words) != 3:
        raise ValueError(words)
    [node] = ends(words[1:2], nodes)
    amount = count(words[2].removeprefix("-"))
    if str(node) in others:
        raise ValueError(words)
    return {str(node): -amount if words[2].startswith("-") else amount}


def _arc(words: list[str], nodes: int) -> tuple[list[int], int, float]:
    """The edge, the capacity and the cost of an arc line; `ValueError` where it is not one."""
    if len(words) != 6 or words[0] != "a" or count(words[3]) != 0:
        raise ValueError(words)
    return ends(words[1:3], nodes), count(words[4]), number(words[5])
