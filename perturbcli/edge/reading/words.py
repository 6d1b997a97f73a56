"""How errors speak of what was read: its place, what was found there, what was perhaps meant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any

LONGEST = 40  # characters of a value that a message repeats
MOST = 12  # names of a list, likewise


def place(root: str | None, parts: Iterable[str | int]) -> str | None:
    """`cost` and (2, 0) as `cost[2][0]`, `supply` and ("a",) as `supply.a`."""
    text = root or ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{clipped(part)}" if text else clipped(part)
    return text or None


def found(value: Any) -> str:
    """A value in few words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{'-' if value < 0 else ''}infinity"
    if isinstance(value, int) and value.bit_length() > 1023:
        return "an integer beyond 1e308"
    if isinstance(value, str):
        return repr(clipped(value))
    if isinstance(value, Mapping):
        return f"a mapping of {len(value)}" if value else "an empty mapping"
    if isinstance(value, Sequence):
        return f"a list of {len(value)}" if value else "an empty list"
    if hasattr(value, "isoformat"):  # of TOML
        return f"the date or time {value}"
    return clipped(repr(value))


def ending(path: str | PurePath) -> str:
    """How the name of a file ends."""
    suffix = PurePath(path).suffix
    return repr(clipped(suffix)) if suffix else "a name without a suffix"


def clipped(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def listed(names: Sequence[str]) -> str:
    """Names with commas between them, the first of many."""
    words = ", ".join(map(clipped, names[:MOST]))
    return words if len(names) <= MOST else f"{words} and {len(names) - MOST} more"


def meant(word: str, words: Iterable[str]) -> str:
    """A suffix that suggests the nearest of `words`, empty where none is near."""
    near = get_close_matches(word, list(words), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
