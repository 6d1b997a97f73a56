"""What a fit is given beside observations: features, contexts, availability and weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files, npy, tables
from perturbcli.edge.reading.arrays import Bools, Floats, bounded
from perturbcli.edge.reading.values import suffix


def covariates(path: Path, option: str) -> Floats:
    """The array of a `.npy` file, of any shape, or the rows of a `.csv` file without a header.

    A stream without a suffix holds CSV.

    Raises `InputError` naming the file and the option that named it.
    """
    source = files.named(path)
    if suffix(path, option) == ".npy":
        return bounded(npy.read(path, option, booleans=True), source=source, key=option)
    array, _ = tables.numbers(files.text(path, option), source=source, key=option)
    return bounded(array, source=source, key=option)


def weights(path: Path) -> Floats:
    """The weights (n,) of a file: a row or a column of numbers."""
    array = covariates(path, "--weights")
    if max(array.shape, default=1) != array.size:
        message = f"expected a number for each observation, found an array of shape {array.shape}"
        raise InputError(files.named(path), "--weights", message)
    return array.ravel()


def availability(path: Path) -> Bools:
    """Where options are available, of any shape: 1 or true; else 0 or false."""
    array = covariates(path, "--availability")
    wrong = (array != 0) & (array != 1)
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        key = "--availability" + "".join(f"[{i}]" for i in index)
        raise InputError(files.named(path), key, f"expected 0 or 1, found {array[index]:g}")
    return np.asarray(array == 1)
