"""Grid maps of the Moving AI Lab (`.map`): lines `type octile`, `height H`, `width W`, `map`, then H rows.

A path moves between free cells: to the side at cost 1, diagonally at cost sqrt 2 and only where both
cells beside the move are free too. A cell is the node "column,row", counted from 0 at the top left,
the order of the scenario files. A move is two edges, there and back, each with its own cost: were it one,
noise that turns its cost negative would always make a negative cycle.
https://movingai.com/benchmarks/formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.tables import lines
from perturbcli.edge.reading.words import clipped, found

WALL, GROUND, WATER = 0, 1, 2  # water can be crossed, but not entered from the ground
TERRAIN = {".": GROUND, "G": GROUND, "S": GROUND, "W": WATER, "@": WALL, "O": WALL, "T": WALL}
HEADER = (
    ("'type octile'", r"type\s+octile"),
    ("'height H'", r"height\s+([1-9][0-9]{0,5})"),
    ("'width W'", r"width\s+([1-9][0-9]{0,5})"),
    ("'map'", r"map"),
)
# (down, right) of a move between a cell and one after it; the other half are the same moves back.
MOVES = ((0, 1), (1, 0), (1, 1), (1, -1))

Terrain = NDArray[np.int8]
Ints = NDArray[np.int64]


def read(data: bytes, source: str) -> dict[str, Any]:
    """`problem`, `edges`, those of a move one after the other, and `cost`.

    Raises `InputError` naming the line.
    """
    terrain = _terrain(lines(files.utf8(data, source)), source)
    moves = [_moves(terrain, down, right) for down, right in MOVES]
    tails, heads = (np.concatenate(cells).tolist() for cells in zip(*moves, strict=True))
    if not tails:
        raise InputError(source, None, "expected a move between two free cells, found none")
    steps = [1.0 if 0 in move else sqrt(2) for move in MOVES]
    costs = np.repeat(steps, [2 * len(cells) for cells, _ in moves])
    height, width = terrain.shape
    nodes = [f"{column},{row}" for row in range(height) for column in range(width)]
    both = ([[i, j], [j, i]] for i, j in zip(tails, heads, strict=True))
    edges = [[nodes[i], nodes[j]] for i, j in chain.from_iterable(both)]
    return {"problem": "shortest_path", "edges": edges, "cost": costs}


def name_ends(keys: dict[str, Any], held: Mapping[str, Any], source: str) -> None:
    """Put the names of nodes for a `source` and a `target` given as [column, row].

    Raises `InputError` where the file, which holds `held`, has no free cell there.
    """
    nodes = {node for edge in held["edges"] for node in edge}
    for key in [key for key in ("source", "target") if key in keys]:
        cell = keys[key]
        is_pair = isinstance(cell, list) and list(map(type, cell)) == [int, int]
        name = ",".join(map(str, cell)) if is_pair else cell
        if not isinstance(name, str) or name not in nodes:
            message = "expected a free cell [column, row] of the map, with a free neighbour"
            what = clipped(str(cell)) if is_pair else found(cell)
            raise InputError(source, key, f"{message}, found {what}")
        keys[key] = name


def _terrain(rows: Iterator[tuple[int, str]], source: str) -> Terrain:
    """The terrain of every cell, shape (height, width)."""
    sizes: list[int] = []
    for wanted, pattern in HEADER:
        line, content = next(rows, (0, ""))
        match = re.fullmatch(pattern, content.strip(), re.ASCII)
        if match is None:
            where = f"line {line}: " if line else ""
            what = found(content.strip()) if line else "the end"
            raise InputError(source, None, f"{where}expected {wanted}, found {what}")
        sizes += map(int, match.groups())
    height, width = sizes
    cells: list[list[int]] = []
    for line, content in rows:
        row = content.rstrip()
        odd = next((cell for cell in row if cell not in TERRAIN), None)
        if len(cells) == height:
            wanted, what = f"the end after {height} rows", found(row)
        elif len(row) != width:
            wanted, what = f"{width} cells", f"{len(row)}"
        elif odd is not None:
            wanted, what = f"cells of {' '.join(TERRAIN)}", found(odd)
        else:
            cells.append([TERRAIN[cell] for cell in row])
            continue
        raise InputError(source, None, f"line {line}: expected {wanted}, found {what}")
    if len(cells) != height:
        raise InputError(source, None, f"expected {height} rows as declared, found {len(cells)}")
    return np.array(cells, dtype=np.int8)


def _moves(terrain: Terrain, down: int, right: int) -> tuple[Ints, Ints]:
    """The cells, by number, between which the move leads: all that it touches are of one terrain."""
    rows, columns = terrain.shape
    numbers = np.arange(terrain.size).reshape(rows, columns)
    before = slice(0, rows - down), slice(max(0, -right), columns - max(0, right))
    after = slice(down, rows), slice(max(0, right), columns + min(0, right))
    beside = (before[0], after[1]), (after[0], before[1])
    free = terrain[before] != WALL
    for cells in (after, *beside):
        free &= terrain[cells] == terrain[before]
    return numbers[before][free], numbers[after][free]
