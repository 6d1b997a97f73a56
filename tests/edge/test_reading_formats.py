"""Standard formats: what they yield, and every malformed line named by its number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import dimacs, formats, orlib

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real instances are not beside the project")


def test_dimacs() -> None:
    text = "c a comment\r\n\r\np sp 3 4\r\na 1 2 5\r\na 2 3 -1.5\na 1 2 7\nc\na 3 1 0\n"
    keys = dimacs.read(text.encode(), "x.gr")
    assert keys["problem"] == "shortest_path"
    assert keys["edges"] == [[1, 2], [2, 3], [1, 2], [3, 1]]
    np.testing.assert_array_equal(keys["cost"], [5, -1.5, 7, 0])


HEAD = "c\np sp 3 2\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected a line 'p sp NODES ARCS', found none"),
        ("c only\n", "expected a line 'p sp NODES ARCS', found none"),
        ("a 1 2 3\n", "line 1: expected 'p sp NODES ARCS', found 'a 1 2 3'"),
        ("p max 3 2\n", "line 1: expected 'p sp NODES ARCS', found 'p max 3 2'"),
        ("p sp 3 -2\n", "line 1: expected 'p sp NODES ARCS', found 'p sp 3 -2'"),
        ("p sp 3 ²\n", "line 1: expected 'p sp NODES ARCS', found 'p sp 3 ²'"),
        (f"p sp 3 {'9' * 5000}\n", "line 1: expected 'p sp NODES ARCS', found"),
        (HEAD + "a 1 2 3\n", "expected 2 arcs as declared, found 1"),
        (HEAD + "a 1 2 3\n" * 3, "expected 2 arcs as declared, found 3"),
        (HEAD + "a 1 2 3\na 1 4 3\n", "line 4: expected 'a FROM TO COST' with nodes from 1 to 3"),
        (HEAD + "a 0 2 3\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "a 1 2\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "a 1 2 x\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "a 1 2 nan\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "a 1.0 2 3\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "p sp 3 2\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
        (HEAD + "e 1 2 3\n", "line 3: expected 'a FROM TO COST' with nodes from 1 to 3, found"),
    ],
)
def test_bad_dimacs(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        dimacs.read(text.encode(), "x.gr")
    assert str(caught.value).startswith(f"x.gr: {says}")


def test_orlib() -> None:
    keys = orlib.read(b" 2\n 1 2.5\n 3\n\n 4\n", "x.txt")
    assert keys["problem"] == "assignment"
    np.testing.assert_array_equal(keys["cost"], [[1, 2.5], [3, 4]])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected n and n x n costs of an assignment, found 0 for n"),
        ("0\n", "expected n and n x n costs of an assignment, found 0 for n"),
        ("-1\n1\n", "expected n and n x n costs of an assignment, found -1 for n"),
        ("1.5\n1\n", "expected n and n x n costs of an assignment, found 1.5 for n"),
        ("2\n1 2 3\n", "expected n x n = 4 costs for n = 2, found 3"),
        ("2\n1 2 3 4 5\n", "expected n x n = 4 costs for n = 2, found 5"),
        ("1e300\n1\n", "expected n x n = inf costs for n = 1e+300, found 1"),
        ("2\n1 2\n3 x\n", "line 3: expected finite numbers, found '3 x'"),
        ("2\n1 2\n3 inf\n", "line 3: expected finite numbers, found '3 inf'"),
        ("Dear reader,\n", "line 1: expected finite numbers, found 'Dear reader,'"),
    ],
)
def test_bad_orlib(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        orlib.read(text.encode(), "x.txt")
    assert str(caught.value).startswith(f"x.txt: {says}")


def test_the_suffix_names_the_format(tmp_path: Path) -> None:
    assert formats.suffix("ROME.GR") == ".gr"
    assert formats.suffix("a.txt") == ".txt"
    assert formats.suffix("a.yaml") is None
    with pytest.raises(InputError, match=r"expected a file that ends in one of \.gr"):
        formats.read(tmp_path / "a.xyz", "file")


@real
def test_the_roads_of_rome() -> None:
    keys = formats.read(DATA / "rome99.gr")
    assert keys["problem"] == "shortest_path"
    assert len(keys["edges"]) == len(keys["cost"]) == 8870
    assert len({node for edge in keys["edges"] for node in edge}) == 3353
    assert len({tuple(edge) for edge in keys["edges"]}) == 8870 - 11  # parallel pairs are kept


@real
def test_a_hundred_by_a_hundred() -> None:
    keys = formats.read(DATA / "assign100.txt")
    assert keys["problem"] == "assignment"
    assert keys["cost"].shape == (100, 100)
    np.testing.assert_array_equal(keys["cost"][0, :4], [52, 89, 40, 77])
