"""DIMACS minimum-cost flows: what they yield, and every malformed line named by its number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import dimacs_flow
from perturbcli.edge.reading.instance import load


def test_a_network() -> None:
    text = (
        "c a comment\r\n\r\np min 4 5\r\nn 1 4\nn 4 -4\nc\n"
        "a 1 2 0 4 2\na 1 3 0 2 2.5\na 2 3 0 2 -1\na 2 4 0 3 3\na 3 4 0 5 1\n"
    )
    keys = dimacs_flow.read(text.encode(), "x.min")
    assert keys["problem"] == "min_cost_flow"
    assert keys["edges"] == [[1, 2], [1, 3], [2, 3], [2, 4], [3, 4]]
    assert keys["capacity"] == [4, 2, 2, 3, 5]
    assert keys["supply"] == {"1": 4, "4": -4}
    np.testing.assert_array_equal(keys["cost"], [2, 2.5, -1, 3, 1])


def test_the_example_of_the_format(tmp_path: Path) -> None:
    path = tmp_path / "sample.min"
    path.write_text(
        "c Problem line (nodes, links)\np min 4 5\nn 1 4\nn 4 -4\n"
        "a 1 2 0 4 2\na 1 3 0 2 2\na 2 3 0 2 1\na 2 4 0 3 3\na 3 4 0 5 1\n"
    )
    instance = load(path)
    answers = instance.oracle.solve(instance.theta[None])
    assert answers.values[0] == -14
    assert answers.proved[0]


HEAD = "c\np min 3 2\n"
LINE = "line 3: expected 'n NODE AMOUNT', each node once, or 'a FROM TO 0 CAPACITY COST' with nodes"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected a line 'p min NODES ARCS', found none"),
        ("n 1 4\n", "line 1: expected 'p min NODES ARCS', found 'n 1 4'"),
        ("p sp 3 2\n", "line 1: expected 'p min NODES ARCS', found 'p sp 3 2'"),
        ("p min 3\n", "line 1: expected 'p min NODES ARCS', found 'p min 3'"),
        (HEAD, "expected 2 arcs as declared, found 0"),
        (HEAD + "p min 3 2\n", f"{LINE} from 1 to 3, found 'p min 3 2'"),
        (HEAD + "n 4 1\n", LINE),
        (HEAD + "n 1\n", LINE),
        (HEAD + "n 1 1.5\n", LINE),
        (HEAD + "n 1 --1\n", LINE),
        (HEAD + "n 1 +1\n", LINE),
        (HEAD + "n 1 1\nn 1 1\n", LINE.replace("3", "4", 1)),
        (HEAD + "a 1 2 1 3 4\n", f"{LINE} from 1 to 3, found 'a 1 2 1 3 4'"),
        (HEAD + "a 1 2 0 -3 4\n", LINE),
        (HEAD + "a 1 2 0 3.5 4\n", LINE),
        (HEAD + "a 1 2 0 3 x\n", LINE),
        (HEAD + "a 1 2 0 3 inf\n", LINE),
        (HEAD + "a 0 2 0 3 1\n", LINE),
        (HEAD + "a 1 2 3\n", LINE),
        (HEAD + "e 1 2 0 3 1\n", LINE),
    ],
)
def test_bad_networks(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        dimacs_flow.read(text.encode(), "x.min")
    assert str(caught.value).startswith(f"x.min: {says}")
