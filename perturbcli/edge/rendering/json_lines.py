"""JSON lines: one compact object a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.json_text import inline
from perturbcli.edge.rendering.plain import plain, unicode


def write(
    documents: Sequence[Document],
    stream: TextIO,
    *,
    several: bool,  # noqa: ARG001 - one line or many is the same format
) -> None:
    """A line for each document."""
    encoder = json.JSONEncoder(
        ensure_ascii=not unicode(stream), allow_nan=False, separators=(",", ":")
    )
    for document in documents:
        stream.writelines(inline(plain(document), encoder))
        stream.write("\n")
