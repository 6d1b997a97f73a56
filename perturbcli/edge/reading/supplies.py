"""What other files give an instance: a standard format, an edge list, a graph."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import documents, files, formats, movingai, node_link, tables
from perturbcli.edge.reading.words import found

PARAMETERS = ("theta", "cost")


def supplied(keys: Mapping[str, Any], source: str, directory: Path) -> dict[str, Any]:
    """The instance's keys with what its `file`, `graph` and `edges` supply, resolved.

    They supply `theta` or `cost` where the instance gives neither. Raises `InputError`, also where
    the instance says of another key what the file says otherwise.
    """
    whole = dict(keys)
    if "file" in whole:
        path = whole.pop("file")
        if not isinstance(path, str):
            raise InputError(source, "file", f"expected the name of a file, found {found(path)}")
        held = formats.read(directory / path, "file")
        if formats.suffix(path) == ".map":
            movingai.name_ends(whole, held, source)
        _add(whole, held, "file", source)
    if "graph" in whole:
        _add(whole, _graph(whole.pop("graph"), source, directory), "graph", source)
    if isinstance(whole.get("edges"), str):
        _add(whole, _edges(directory / whole.pop("edges")), "edges", source)
    return whole


def _graph(graph: Any, source: str, directory: Path) -> dict[str, Any]:
    if not isinstance(graph, str):
        return node_link.read(graph, source, "graph")
    path = directory / graph
    return node_link.read(documents.mapping(path, "graph"), files.named(path), "graph")


def _edges(path: Path) -> dict[str, Any]:
    source = files.named(path)
    if PurePath(path).suffix.lower() != ".csv":
        raise InputError(source, "edges", "expected a list of edges or a .csv file, found another")
    table = tables.edge_list(files.text(path, "edges"), source=source, key="edges")
    keys: dict[str, Any] = {"edges": table.edges}
    if table.values is not None:
        keys[table.parameter] = table.values
    return keys


def _add(keys: dict[str, Any], more: dict[str, Any], by: str, source: str) -> None:
    """Add to `keys` what the key `by` supplies."""
    given = any(parameter in keys for parameter in PARAMETERS)
    for key, value in more.items():
        if key in PARAMETERS:
            if not given:
                keys[key] = value
        elif key == "labels":
            keys.setdefault(key, value)
        elif key in keys and keys[key] != value:
            wanted = f"{'others' if isinstance(value, list) else found(value)}, as `{by}` says"
            raise InputError(source, key, f"expected {wanted}, found {found(keys[key])}")
        else:
            keys[key] = value
