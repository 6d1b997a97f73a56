"""A saved result read back: the documents that were rendered, with arrays in their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import documents, files
from perturbcli.edge.reading.several import Given
from perturbcli.edge.saved import archive
from perturbcli.edge.saved.checks import checked

READABLE = (".json", ".jsonl", ".yaml", ".yml", ".npz")


@dataclass(frozen=True, slots=True)
class Saved:
    """Documents as `rendering.formats.render` takes them, `several` included."""

    documents: Sequence[dict[str, Any]]
    several: bool


def read(path: str | Path) -> Saved:
    """The results of a file, or of standard input for `-`, whose kind is seen from its content.

    Raises `InputError` for what is no result, and for tables and CSV, which leave too much out.
    """
    source, suffix = files.named(path), PurePath(path).suffix.lower()
    if suffix in {".csv", ".txt"}:
        raise InputError(
            source,
            None,
            f"expected a result saved as {', '.join(READABLE)}; {suffix} can't be read back",
        )
    return of_bytes(files.content(path), source, suffix)


def read_given(item: Given) -> Saved:
    """The results of a file, or of one of its lines. Raises `InputError`."""
    if item.error is not None:
        raise item.error
    if item.data is None:
        return read(item.path)
    if not item.line:
        return of_bytes(item.data, item.source, PurePath(item.path).suffix.lower())
    return Saved([checked(documents.of_line(item.data, item.source), item.source)], several=False)


def of_bytes(data: bytes, source: str, suffix: str) -> Saved:
    """The results that the bytes of a file hold, whose name ends in `suffix`."""
    if suffix == ".npz" or data.startswith(archive.MAGIC):
        return Saved([checked(archive.read(data, source), source)], several=False)
    text = files.utf8(data, source)
    if suffix in {".json", ".jsonl"} or text.lstrip()[:1] in {"{", "["}:
        values = list(documents.stream(text, source))
    else:
        values = [documents.value(text, source, "yaml")]
    listed = len(values) == 1 and isinstance(values[0], list)
    if listed:
        [values] = values
    if not values and not listed:
        raise InputError(source, None, "expected a result, found nothing")
    several = listed or len(values) > 1
    return Saved(
        [checked(value, f"{source}[{i}]" if several else source) for i, value in enumerate(values)],
        several=several,
    )
