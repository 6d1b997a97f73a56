"""The optional keys that every instance may have: `name`, `labels`, `epsilon`, `noise`."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from perturbcli.core.errors import InputError
from perturbcli.edge.reading.words import found, meant, place

KEYS = {
    "name": "What results call the instance; default its file's name.",
    "labels": "Names of the entries of y, or of a matrix's {rows: [...], columns: [...]}.",
    "epsilon": "The temperature, in units of theta; default 1.",
    "noise": "The law of the noise; default gaussian.",
}


def name(keys: Mapping[str, Any], source: str, default: str) -> str:
    value = keys.get("name", default)
    if not isinstance(value, str) or not value:
        raise InputError(source, "name", f"expected a string, found {found(value)}")
    return value


def epsilon(keys: Mapping[str, Any], source: str) -> float | None:
    if "epsilon" not in keys:
        return None
    value = keys["epsilon"]
    if type(value) in {int, float} and value > 0:
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if isfinite(number):
            return number
    raise InputError(source, "epsilon", f"expected a finite number > 0, found {found(value)}")


def noise(keys: Mapping[str, Any], source: str) -> str | None:
    if "noise" not in keys:
        return None
    from perturbcli.core.noise import NOISES

    value = keys["noise"]
    if not isinstance(value, str) or value not in NOISES:
        message = f"expected one of {', '.join(NOISES)}, found {found(value)}"
        raise InputError(source, "noise", message + meant(str(value), NOISES))
    return value


def labels(keys: Mapping[str, Any], source: str, shape: tuple[int, ...]) -> Any:
    """Names of the entries: nested lists of `shape`, or for two axes {rows, columns}."""
    if "labels" not in keys:
        return None
    value = keys["labels"]
    if isinstance(value, dict) and len(shape) == 2:
        if set(value) != {"rows", "columns"}:
            message = f"expected the keys rows and columns, found {', '.join(value) or 'none'}"
            raise InputError(source, "labels", message)
        for axis, size in zip(("rows", "columns"), shape, strict=True):
            _names(value[axis], (size,), source, f"labels.{axis}")
    else:
        _names(value, shape, source, "labels")
    return value


def _names(value: Any, shape: tuple[int, ...], source: str, key: str) -> None:
    if not shape:
        if type(value) not in {str, int, float}:
            raise InputError(source, key, f"expected a string or a number, found {found(value)}")
        return
    if not isinstance(value, list) or len(value) != shape[0]:
        raise InputError(source, key, f"expected a list of {shape[0]} names, found {found(value)}")
    for index, item in enumerate(value):
        _names(item, shape[1:], source, place(key, [index]) or key)
