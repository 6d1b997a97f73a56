"""Comma-separated text: numbers without a header, and edge lists `u,v` or `u,v,value`."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading.arrays import Bools, Floats
from perturbcli.edge.reading.words import found

INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
NULLS = {"", "null"}

Node = int | str


def number(word: str) -> float:
    """The finite number that a word spells in ASCII; `ValueError` where it spells none."""
    value = float(word)
    if not isfinite(value) or "_" in word or not word.isascii():
        raise ValueError(word)
    return value


def count(word: str) -> int:
    """The number that a word writes in digits alone; `ValueError` where it writes none."""
    if not (word.isascii() and word.isdecimal() and len(word) < 19):
        raise ValueError(word)
    return int(word)


def lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text, from 1, without those that are empty at its end."""
    return enumerate(io.StringIO(text.rstrip(), newline=None), 1)


def numbers(
    text: str, *, source: str, key: str | None, nullable: bool = False
) -> tuple[Floats, Bools | None]:
    """Rows of numbers, shape (lines, cells), and where a cell is null or empty (0 in the array)."""
    rows: list[list[float]] = []
    nulls: list[tuple[int, int]] = []
    for line, content in lines(text):
        row: list[float] = []
        for cell in content.split(","):
            try:
                row.append(number(cell))
            except ValueError:
                if not nullable or cell.strip() not in NULLS:
                    message = f"line {line}: expected finite numbers, found {found(cell.strip())}"
                    raise InputError(source, key, message) from None
                nulls.append((len(rows), len(row)))
                row.append(0.0)
        if rows and len(row) != len(rows[0]):
            message = f"line {line}: expected {len(rows[0])} cells, found {len(row)}"
            raise InputError(source, key, message)
        rows.append(row)
    if not rows:
        raise InputError(source, key, "expected rows of numbers, found none")
    array = np.array(rows)
    if not nulls:
        return array, None
    forbidden = np.zeros(array.shape, dtype=np.bool_)
    forbidden[tuple(np.transpose(nulls))] = True
    return array, forbidden


@dataclass(frozen=True)
class EdgeList:
    """The edges [u, v] of a file, in its order, and their values where it has a third column."""

    edges: list[list[Node]]
    values: Floats | None
    parameter: Literal["theta", "cost"] = "cost"


def edge_list(text: str, *, source: str, key: str | None) -> EdgeList:
    """An edge list; a node is an integer where it is written as one, else text.

    A first line whose third cell is not a number is a header; the values are costs unless it calls
    them `theta`.
    """
    pairs: list[list[Node]] = []
    values: list[float] = []
    parameter: Literal["theta", "cost"] = "cost"
    width = 0  # cells of a row, once known
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells):
                continue
            if not width and len(cells) == 3 and not _spells(cells[2]):
                parameter = "theta" if cells[2].lower() == "theta" else "cost"
                width = 3
                continue
            width = width or (len(cells) if len(cells) in {2, 3} else 3)
            if len(cells) != width or not all(cells) or not all(map(_spells, cells[2:])):
                wanted = "two nodes" if width == 2 else "two nodes and a finite number"
                message = f"expected {wanted}, found {found(','.join(cells))}"
                raise InputError(source, key, f"line {reader.line_num}: {message}")
            pairs.append([_node(cells[0]), _node(cells[1])])
            values.extend(map(number, cells[2:]))
    except csv.Error as error:
        message = f"expected comma-separated cells, found them broken: {error}"
        raise InputError(source, key, f"line {reader.line_num}: {message}") from None
    if not pairs:
        raise InputError(source, key, "expected rows u,v,value, found none")
    return EdgeList(pairs, np.array(values) if values else None, parameter)


def _spells(word: str) -> bool:
    try:
        number(word)
    except ValueError:
        return False
    return True


def _node(cell: str) -> Node:
    return int(cell) if INTEGER.fullmatch(cell) else cell
