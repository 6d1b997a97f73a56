"""The values of an instance, `theta` or `cost`: inline, or a path to a `.npy` or `.csv` file."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Any

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files, npy, tables
from perturbcli.edge.reading.arrays import SHAPES, Bools, Floats, finite, nested
from perturbcli.edge.reading.words import ending, found

SUFFIXES = (".npy", ".csv")


def values(
    value: Any, rank: int | None, *, nullable: bool, source: str, key: str, directory: Path
) -> tuple[Floats, Bools | None]:
    """The array of `rank` axes that the key holds, and where it is null. Raises `InputError`.

    A rank of None is 1 or 2, as the value has it.
    """
    if isinstance(value, str):
        suffix(directory / value, key, streams=False)
        return from_file(directory / value, rank, nullable=nullable, key=key)
    if isinstance(value, np.ndarray):  # of a standard file
        _check_rank(value, rank, source, key)
        return finite(value, source=source, key=key), None
    if not isinstance(value, list):
        message = f"expected {wanted(rank)} or the name of a .npy or .csv file"
        raise InputError(source, key, f"{message}, found {found(value)}")
    if rank is None:
        rank = 2 if value and isinstance(value[0], list) else 1
    return nested(value, rank, source=source, key=key, nullable=nullable)


def from_file(
    path: Path, rank: int | None, *, nullable: bool, key: str
) -> tuple[Floats, Bools | None]:
    """The array of a `.npy` or `.csv` file; a line or a column of numbers is a vector."""
    source = files.named(path)
    if suffix(path, key) == ".npy":
        array = npy.read(path, key)
        _check_rank(array, rank, source, key)
        return array, None
    text = files.text(path, key)
    array, forbidden = tables.numbers(text, source=source, key=key, nullable=nullable)
    if rank != 2 and 1 in array.shape:
        array = array.ravel()
        forbidden = None if forbidden is None else forbidden.ravel()
    _check_rank(array, rank, source, key)
    return array, forbidden


def suffix(path: Path, key: str, *, streams: bool = True) -> str:
    """The suffix of a `.npy` or `.csv` file; for a stream without one, which holds CSV, `.csv`."""
    found = PurePath(path).suffix.lower()
    if streams and not found and files.stream(path):
        return ".csv"
    if found not in SUFFIXES:
        message = f"expected a .npy or .csv file, found {ending(path)}"
        raise InputError(files.named(path), key, message)
    return found


def wanted(rank: int | None) -> str:
    """A value of `rank` axes, in words."""
    return f"{SHAPES[1]} or {SHAPES[2]}" if rank is None else SHAPES[rank]


def _check_rank(array: Floats, rank: int | None, source: str, key: str) -> None:
    if array.ndim not in ((1, 2) if rank is None else (rank,)):
        message = f"expected {wanted(rank)}, found an array of shape {array.shape}"
        raise InputError(source, key, message)
