"""Grid maps: the moves they allow, the nodes they name, and the optima of a real map's scenarios."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import movingai
from perturbcli.edge.reading.instance import load
from solvers.shortest_path import ShortestPath
from tests.skin.shell import perturb

DATA = Path(__file__).parents[3] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the real instances in {DATA}")


def drawn(*rows: str) -> bytes:
    head = f"type octile\nheight {len(rows)}\nwidth {len(rows[0])}\nmap\n"
    return (head + "\n".join(rows) + "\n").encode()


def moves(*rows: str) -> dict[tuple[str, str], float]:
    """The moves of a map and their costs."""
    keys = movingai.read(drawn(*rows), "x.map")
    assert keys["problem"] == "shortest_path"
    return {(u, v): c for (u, v), c in zip(keys["edges"], keys["cost"], strict=True)}


def test_every_move_there_and_back() -> None:
    found = moves("..", "..")
    sides = [("0,0", "1,0"), ("0,1", "1,1"), ("0,0", "0,1"), ("1,0", "1,1")]
    diagonals = [("0,0", "1,1"), ("1,0", "0,1")]
    assert found == {
        **{move: 1.0 for u, v in sides for move in ((u, v), (v, u))},
        **{move: sqrt(2) for u, v in diagonals for move in ((u, v), (v, u))},
    }
    edges = movingai.read(drawn("..", ".."), "x.map")["edges"]
    assert [edge[::-1] for edge in edges[::2]] == edges[1::2]


@pytest.mark.parametrize("wall", "@OT")
def test_no_corner_is_cut(wall: str) -> None:
    found = moves(f".{wall}.", "...")
    assert ("0,0", "1,1") not in found
    assert ("2,0", "1,1") not in found
    assert ("0,0", "0,1") in found
    assert not any("1,0" in move for move in found)


def test_water_is_not_entered_from_the_ground() -> None:
    assert moves(".GSWW").keys() == {
        (u, v)
        for a, b in ((0, 1), (1, 2), (3, 4))
        for u, v in ((f"{a},0", f"{b},0"), (f"{b},0", f"{a},0"))
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected 'type octile', found the end"),
        ("type tile\n", "line 1: expected 'type octile', found 'type tile'"),
        ("type octile\nwidth 3\n", "line 2: expected 'height H', found 'width 3'"),
        ("type octile\nheight 0\n", "line 2: expected 'height H', found 'height 0'"),
        ("type octile\nheight ٣\n", "line 2: expected 'height H', found 'height ٣'"),
        (
            "type octile\nheight 2\nwidth 9999999\n",
            "line 3: expected 'width W', found 'width 99999",
        ),
        ("type octile\nheight 2\nwidth 3\n...\n", "line 4: expected 'map', found '...'"),
        ("type octile\nheight 2\nwidth 3\nmap\n...\n", "expected 2 rows as declared, found 1"),
        ("type octile\nheight 1\nwidth 3\nmap\n..\n", "line 5: expected 3 cells, found 2"),
        ("type octile\nheight 1\nwidth 3\nmap\n....\n", "line 5: expected 3 cells, found 4"),
        (
            "type octile\nheight 1\nwidth 3\nmap\n...\n.\n",
            "line 6: expected the end after 1 rows, fo",
        ),
        (
            "type octile\nheight 1\nwidth 3\nmap\n.x.\n",
            "line 5: expected cells of . G S W @ O T, fou",
        ),
        (
            "type octile\nheight 1\nwidth 3\nmap\n.T.\n",
            "expected a move between two free cells, fou",
        ),
    ],
)
def test_bad_maps(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        movingai.read(text.encode(), "x.map")
    assert str(caught.value).startswith(f"x.map: {says}")


def written(folder: Path, **keys: Any) -> Path:
    (folder / "x.map").write_bytes(drawn("...T", ".T..", "...."))
    path = folder / "x.json"
    path.write_text(json.dumps({"file": "x.map", **keys}))
    return path


@pytest.mark.parametrize("target", [[3, 1], "3,1"])
def test_ends_are_columns_and_rows(target: Any, tmp_path: Path) -> None:
    instance = load(written(tmp_path, source=[2, 0], target=target))
    solution = instance.oracle(instance.theta[None])[0]
    assert instance.oracle.answer(solution) == ["2,0", "2,1", "3,1"]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ([3, 0], "a free cell [column, row] of the map, with a free neighbour, found [3, 0]"),
        ([1, 3], "a free cell [column, row] of the map, with a free neighbour, found [1, 3]"),
        ([-1, 0], "a free cell [column, row] of the map, with a free neighbour, found [-1, 0]"),
        ([0, 0, 0], "a free cell [column, row] of the map, with a free neighbour, found a list of"),
        ([0, 1.0], "a free cell [column, row] of the map, with a free neighbour, found a list of"),
        ([True, 0], "a free cell [column, row] of the map, with a free neighbour, found a list of"),
        ("2;0", "a free cell [column, row] of the map, with a free neighbour, found '2;0'"),
        (7, "a free cell [column, row] of the map, with a free neighbour, found 7"),
        (None, "a free cell [column, row] of the map, with a free neighbour, found null"),
    ],
)
def test_bad_ends(cell: Any, says: str, tmp_path: Path) -> None:
    path = written(tmp_path, source=cell, target=[0, 2])
    with pytest.raises(InputError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: source: expected {says}")


def test_a_map_alone_tells_what_it_lacks(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(InputError, match=r"write an instance \{file: x.map, source: ..., target"):
        load(tmp_path / "x.map")


def scenarios() -> list[tuple[list[int], list[int], float]]:
    """[column, row] of both ends and the optimal length of each scenario of the real map."""
    rows = (DATA / "arena.map.scen").read_text(encoding="utf-8").splitlines()[1:]
    cells = [row.split("\t")[4:] for row in rows]
    return [([int(a), int(b)], [int(c), int(d)], float(length)) for a, b, c, d, length in cells]


@real
def test_all_scenarios() -> None:
    keys = movingai.read((DATA / "arena.map").read_bytes(), "arena.map")
    theta = -keys["cost"]
    assert len(scenarios()) == 160
    for source, target, length in scenarios():
        ends: dict[str, Any] = {"source": source, "target": target}
        movingai.name_ends(ends, keys, "arena.map")
        oracle = ShortestPath(shape=theta.shape, edges=keys["edges"], **ends)
        assert -oracle.solve(theta[None]).values[0] == pytest.approx(length, abs=5e-5)


@real
@pytest.mark.parametrize("number", [0, 80, 159])
def test_scenarios_from_the_shell(number: int) -> None:
    source, target, length = scenarios()[number]
    given = {"file": str(DATA / "arena.map"), "source": source, "target": target, "epsilon": 0.1}
    ended = perturb("solve", "-", stdin=json.dumps(given))
    assert ended.code == 0, ended.err
    assert ended.result["value"] == pytest.approx(length, abs=5e-5)
    assert ended.result["answer"][0] == ",".join(map(str, source))
    ended = perturb("smooth", "-", "-n", "16", "--no-timing", stdin=json.dumps(given))
    assert ended.code == 0, ended.err
    assert np.sum(ended.result["solution"]) == len(ended.result["answer"]) - 1
