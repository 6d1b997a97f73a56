"""Solutions of a known shape, from the files that hold one or many."""

from __future__ import annotations

import math
from pathlib import Path, PurePath

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import documents, files, npy, tables
from perturbcli.edge.reading.arrays import Floats, bounded, nested
from perturbcli.edge.reading.words import ending

JSON = {".json", ".jsonl", ".ndjson"}


def solutions(path: str | Path, shape: tuple[int, ...] | None) -> Floats:
    """The solutions in a file, shape (n, *shape); a shape of None is that of the rows.

    `.npy` of shape (n, *shape) or `shape`; `.npz` with the key `samples`; `.csv` without header,
    one a line in C order; JSON lines, one array of `shape` a line, or a single JSON array of shape
    (n, *shape); `-` reads JSON or CSV. Raises `InputError`.
    """
    source, suffix = files.named(path), PurePath(path).suffix.lower()

    def check(found: tuple[int, ...]) -> None:
        if shape is None and len(found) < 2:
            message = f"expected rows of solutions, found an array of shape {found}"
            raise InputError(source, None, message)
        if shape is not None and shape not in (found, found[1:]):
            message = f"expected solutions of shape {shape}, found an array of shape {found}"
            raise InputError(source, None, message)

    if suffix == ".npy":
        array = npy.read(path, booleans=True, check=check)
    elif suffix == ".npz":
        array = npy.member(path, "samples", booleans=True, check=check)
    elif suffix in JSON | {".csv", ""}:
        text = files.text(path)
        is_json = suffix in JSON or (suffix != ".csv" and text.lstrip()[:1] == "[")
        if is_json:
            array = _from_json(text, source, shape)
        else:
            array = _from_csv(text, source, shape, told=bool(suffix))
    else:
        message = "expected solutions in a .npy, .npz, .csv, .json or .jsonl file"
        raise InputError(source, None, f"{message}, found {ending(path)}")
    check(array.shape)
    bounded(array, source=source, key=None)
    return array[np.newaxis] if array.shape == shape else array


def _from_csv(text: str, source: str, shape: tuple[int, ...] | None, *, told: bool) -> Floats:
    try:
        array, _ = tables.numbers(text, source=source, key=None)
    except InputError as error:
        if told:
            raise
        message = f"{error.message}; taken for CSV, where no suffix tells the format"
        raise InputError(source, error.key, message) from None
    if shape is None:
        return array
    if array.shape[1] != math.prod(shape):
        message = f"expected {math.prod(shape)} cells a line for shape {shape}"
        raise InputError(source, None, f"{message}, found {array.shape[1]}")
    return array.reshape(-1, *shape)


def _from_json(text: str, source: str, shape: tuple[int, ...] | None) -> Floats:
    arrays = list(documents.stream(text, source))
    if not arrays:
        raise InputError(source, None, "expected arrays, found none")
    axes, inner = 0, arrays[0]
    while isinstance(inner, list) and inner:
        axes, inner = axes + 1, inner[0]
    if shape is None:
        whole = len(arrays) == 1 and axes > 1
        values, rank = (arrays[0], axes) if whole else (arrays, axes + 1)
        return nested(values, rank, source=source, key=None)[0]
    if len(arrays) == 1 and axes == len(shape) + 1:
        arrays = arrays[0]
    return nested(arrays, len(shape) + 1, source=source, key=None)[0]
