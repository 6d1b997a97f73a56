"""Exact argmax oracles of combinatorial families: y*(theta) = argmax_{y in Y} <y, theta>.

The table below is the whole registry. A family is one file of this package and one line here; the
import of a family waits until it is asked for, so that reading the table costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvers.oracle import Oracle

SOLVERS: dict[str, str] = {
    "argmax": "Argmax",
    "top_k": "TopK",
    "ranking": "Ranking",
    "enumerated": "Enumerated",
    "assignment": "Assignment",
    "matching": "Matching",
    "shortest_path": "ShortestPath",
    "grid_path": "GridPath",
    "spanning_tree": "SpanningTree",
    "min_cost_flow": "MinCostFlow",
    "knapsack": "Knapsack",
    "set_cover": "SetCover",
    "tour": "Tour",
    "scheduling": "Scheduling",
    "linear_program": "LinearProgram",
    "cp_model": "CpModelProgram",
    "external": "External",
}


def family(problem: str) -> type[Oracle]:
    """The oracle class of a family; `KeyError` where the table has no such name."""
    name = SOLVERS[problem]
    oracle: type[Oracle] = getattr(import_module(f"solvers.{problem}"), name)
    return oracle
