"""What the entries of y are called: the document's labels, else their indices."""

from __future__ import annotations

from typing import TextIO

import numpy as np

from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.glyphs import glyphs, printable


def entries(document: Document, stream: TextIO) -> list[str]:
    """A name for each of the d entries, in C order."""
    shape, labels = document["shape"], document.get("labels")
    if isinstance(labels, dict):
        rows, columns = axes(document, stream)
        return [f"{row}{glyphs(stream).dash}{column}" for row in rows for column in columns]
    if labels is not None:
        for _ in shape[1:]:
            labels = [label for row in labels for label in row]
        return [printable(str(label), stream) for label in labels]
    indices = np.ndindex(*shape)
    return [str(i[0]) if len(i) == 1 else f"({','.join(map(str, i))})" for i in indices]


def axes(document: Document, stream: TextIO) -> tuple[list[str], list[str]]:
    """Names of the rows and the columns of a matrix; their indices where the labels name cells."""
    labels = document.get("labels")
    if not isinstance(labels, dict):
        labels = {}
    rows, columns = (
        [printable(str(label), stream) for label in labels.get(name, range(size))]
        for name, size in zip(("rows", "columns"), document["shape"], strict=True)
    )
    return rows, columns
