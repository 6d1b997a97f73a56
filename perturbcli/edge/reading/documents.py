"""JSON and YAML as plain data: mappings with text keys, lists, strings, finite numbers, booleans, null.

What the two syntaxes can say beyond that is refused: duplicate keys, NaN and infinities, nesting
deeper than `DEPTH`, text that is not Unicode; in YAML also tags, merges, dates and several documents.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from math import isfinite
from pathlib import Path, PurePath
from sys import float_info
from typing import Any

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.words import found, place

DEPTH = 100  # of lists and mappings in one another
SYNTAXES = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}

Trail = tuple[Any, ...]  # (the trail of the parent, key), () at the root


def mapping(path: str | Path, key: str | None = None) -> dict[str, Any]:
    """The mapping that a file or standard input holds; JSON or YAML by suffix, else by its look.

    Raises `InputError`; `key` is the one that named the file.
    """
    syntax = SYNTAXES.get(PurePath(path).suffix.lower())
    return parse(files.text(path, key), files.named(path), syntax)


def parse(text: str, source: str, syntax: str | None = None) -> dict[str, Any]:
    """The mapping that a text holds."""
    document = value(text, source, syntax if text.strip() else "yaml")
    if document is None and not text.strip():
        raise InputError(source, None, "expected a mapping, found an empty file")
    if not isinstance(document, dict):
        raise InputError(source, None, f"expected a mapping, found {found(document)}")
    return document


def of_line(data: bytes, source: str) -> dict[str, Any]:
    """The mapping of a line of JSON lines; the source says which line it is."""
    try:
        return parse(files.utf8(data, source), source, "json")
    except InputError as error:
        message = error.message.removeprefix("line 1, ").removeprefix("line 1: ")
        raise InputError(source, error.key, message) from None


def value(text: str, source: str, syntax: str | None = None) -> Any:
    """The plain data that a text holds, in `syntax` "json", "yaml" or by its first character."""
    if syntax is None:
        syntax = looks(text)
    if syntax == "json":
        with _explained(source):
            document = json.loads(text, object_pairs_hook=partial(_once, source))
    else:
        from perturbcli.edge.reading.plain_yaml import load

        document = load(text, source, DEPTH)
    _check(document, source)
    return document


def looks(text: str) -> str:
    """The syntax of a text by its first character."""
    return "json" if text.lstrip()[:1] in {"{", "["} else "yaml"


def stream(text: str, source: str) -> Iterator[Any]:
    """The JSON values of a text that holds several: JSON lines, or any other white space between."""
    decoder = json.JSONDecoder(object_pairs_hook=partial(_once, source))
    position = _skip(text, 0)
    while position < len(text):
        with _explained(source):
            document, position = decoder.raw_decode(text, position)
        _check(document, source)
        yield document
        position = _skip(text, position)


def _skip(text: str, position: int) -> int:
    """The position of what follows JSON's white space."""
    while position < len(text) and text[position] in " \t\n\r":
        position += 1
    return position


def _once(source: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The mapping of `pairs`, whose names must differ."""
    whole = dict(pairs)
    if len(whole) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        [(name, _)] = counts.most_common(1)
        raise InputError(source, place(None, [name]), "expected this key once, found it twice")
    return whole


@contextmanager
def _explained(source: str) -> Iterator[None]:
    """Whatever the JSON decoder says, as an `InputError`."""
    try:
        yield
    except json.JSONDecodeError as error:
        wanted, reason = error.msg.removeprefix("Expecting "), ""
        if wanted == error.msg:
            wanted, reason = "valid JSON", f" ({error.msg.removesuffix(' at')})"
        rest = error.doc[error.pos : error.pos + 12]
        message = (
            f"line {error.lineno}, column {error.colno}: expected {wanted}, "
            f"found {repr(rest) if rest else 'the end'}{reason}"
        )
    except RecursionError:
        message = f"expected at most {DEPTH} levels of nesting, found more"
    except ValueError:
        # The interpreter's guard against integers that take quadratic time to read.
        message = "expected numbers of ordinary length, found an integer of thousands of digits"
    else:
        return
    raise InputError(source, None, message)


def _check(document: Any, source: str) -> None:
    """Refuse numbers that are not finite, text that can't be printed, and nesting too deep."""
    stack: list[tuple[Any, Trail, int]] = [(document, (), 0)]
    while stack:
        node, trail, depth = stack.pop()
        if isinstance(node, str):
            _check_text(node, source, trail)
        elif isinstance(node, int | float):
            if not abs(node) <= float_info.max:  # nor is NaN
                message = f"expected a finite number, found {found(node)}"
                raise InputError(source, _path(trail), message)
        elif isinstance(node, list | dict):
            if depth == DEPTH:
                message = f"expected at most {DEPTH} levels of nesting, found more"
                raise InputError(source, None, message)
            values = node.values() if isinstance(node, dict) else node
            if isinstance(node, dict):
                for name in node:
                    _check_text(name, source, trail)
            if not _numbers(values):
                items = node.items() if isinstance(node, dict) else enumerate(node)
                stack += [(item, (trail, key), depth + 1) for key, item in items]


def _numbers(values: Iterable[Any]) -> bool:
    """Whether all of `values` are finite numbers, which is most of what is read."""
    try:
        return all(map(isfinite, values))
    except (TypeError, OverflowError):
        return False


def _check_text(text: str, source: str, trail: Trail) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(source, _path(trail), "expected Unicode text, found half a surrogate pair")


def _path(trail: Trail) -> str | None:
    parts: list[str | int] = []
    while trail:
        trail, part = trail
        parts.append(part)
    return place(None, reversed(parts))
