"""`perturb show`: saved results rendered again."""

from __future__ import annotations

from pathlib import Path

from perturbcli.commands.sink import Sink
from perturbcli.edge.saved.results import read


def run(sources: list[str], *, format: str | None, output: Path | None) -> int:  # noqa: A002
    """Render every saved result; returns the exit code."""
    saved = [read(source) for source in sources]
    several = len(saved) > 1 or any(one.several for one in saved)
    sink = Sink.of(format, output, several=several)
    sink.write([document for one in saved for document in one.documents])
    return 0
