"""The names of edges, which tell them apart in tables."""

from __future__ import annotations

from typing import Any

import pytest

from solvers import family
from solvers.graph import distinct

ARROW, DASH = "\N{RIGHTWARDS ARROW}", "\N{EN DASH}"
EDGES = [["a", "b"], ["b", 3], [3, "a"], ["a", "b"]]


def test_names_are_numbered_until_they_differ() -> None:
    assert distinct(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]
    assert distinct(["a (2)", "a", "a", "a"]) == ["a (2)", "a", "a (3)", "a (4)"]
    assert distinct([]) == []


@pytest.mark.parametrize(
    ("problem", "keys", "link"),
    [
        ("shortest_path", {"source": "a", "target": 3}, ARROW),
        ("shortest_path", {"source": "a", "target": 3, "directed": False}, DASH),
        ("spanning_tree", {}, DASH),
        ("matching", {}, DASH),
        ("min_cost_flow", {"capacity": [1, 1, 1, 1], "supply": {}}, ARROW),
    ],
)
def test_entries_of_y_are_named_by_their_edges(
    problem: str, keys: dict[str, Any], link: str
) -> None:
    given: dict[str, Any] = {"shape": (4,), "edges": EDGES, **keys}
    assert family(problem)(**given).names == [
        f"a{link}b",
        f"b{link}3",
        f"3{link}a",
        f"a{link}b (2)",
    ]
