"""JSON: one object with a key a line, so that two results compare line by line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np

from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.plain import plain, rows, unicode


def write(documents: Sequence[Document], stream: TextIO, *, several: bool) -> None:
    """An object, or an array of objects where there were several inputs."""
    encoder = json.JSONEncoder(ensure_ascii=not unicode(stream), allow_nan=False)
    if not several:
        (document,) = documents
        stream.writelines(lines(plain(document), encoder, ""))
        stream.write("\n")
        return
    stream.write("[")
    for i, document in enumerate(documents):
        stream.write(",\n" if i else "\n")
        stream.writelines(lines(plain(document), encoder, "  "))
    stream.write("\n]\n")


def lines(document: Document, encoder: json.JSONEncoder, indent: str) -> Iterator[str]:
    """The pieces of an object with one key a line."""
    yield indent + "{"
    for i, (key, value) in enumerate(document.items()):
        yield ",\n" if i else "\n"
        yield f"{indent}  {encoder.encode(key)}: "
        yield from inline(value, encoder)
    yield f"\n{indent}}}"


def inline(value: Any, encoder: json.JSONEncoder) -> Iterator[str]:
    """The pieces of a value on one line; an array goes row by row, to keep its text small."""
    comma, colon = encoder.item_separator, encoder.key_separator
    if isinstance(value, np.ndarray) and value.ndim == 1:
        yield encoder.encode(rows(value))
    elif isinstance(value, np.ndarray | list):
        yield "["
        for i, entry in enumerate(value):
            if i:
                yield comma
            yield from inline(entry, encoder)
        yield "]"
    elif isinstance(value, dict):
        yield "{"
        for i, (key, entry) in enumerate(value.items()):
            yield f"{comma if i else ''}{encoder.encode(key)}{colon}"
            yield from inline(entry, encoder)
        yield "}"
    else:
        yield encoder.encode(value)
