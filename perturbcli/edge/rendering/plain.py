"""A result as plain values, the same for every format.

Arrays of floats are float64 and hold NaN for what is not finite; an array named `solution` or
`better` whose entries are whole numbers is int64. Scalars are Python's, None for what is not finite.
No zero is negative, and no string holds half a surrogate pair, which no encoding can write.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.errors import spelt

EXACT = 2.0**53  # whole numbers up to here are exact as floats


def plain(value: Any, name: str = "") -> Any:
    """The value, or a mapping or list of values, as plain ones; `name` is its key."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry, str(key)) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return array(value, whole=name in {"solution", "better"})
    if isinstance(value, np.ndarray | np.generic):
        value = value.item()
    if isinstance(value, float):
        return value + 0.0 if math.isfinite(value) else None
    if isinstance(value, str):
        return spelt(value).encode("utf-8", "replace").decode("utf-8")
    return value


def array(values: NDArray[Any], *, whole: bool) -> NDArray[Any]:
    """The array as float64 without negative zeros, NaN where not finite; int64 if `whole` holds."""
    numbers = values.astype(np.float64) + 0.0
    finite = np.isfinite(numbers)
    if not finite.all():
        numbers[~finite] = np.nan
    elif whole and (numbers == np.rint(numbers)).all() and (np.abs(numbers) <= EXACT).all():
        return numbers.astype(np.int64)
    return numbers


def rows(values: NDArray[Any]) -> list[Any]:
    """The array as nested lists, None for NaN."""
    missing = np.isnan(values)
    if missing.any():
        values = values.astype(object)
        values[missing] = None
    nested: list[Any] = values.tolist()
    return nested


def unicode(stream: TextIO) -> bool:
    """Whether the stream can take any character."""
    return (getattr(stream, "encoding", None) or "utf-8").lower().startswith("utf")


def encodable(text: str, stream: TextIO) -> str:
    """The text with a question mark for what the stream's encoding lacks."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
