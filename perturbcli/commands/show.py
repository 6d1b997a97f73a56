"""`perturb show`: saved results rendered again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

from perturbcli.commands.sink import Sink
from perturbcli.core.errors import PerturbError
from perturbcli.edge.reading.several import Given, given, in_lines
from perturbcli.edge.saved.results import Saved, read_given
from perturbcli.reporting import complain


def run(sources: list[str], *, format: str | None, output: Path | None) -> int:  # noqa: A002
    """Render every saved result, a bad one not stopping the rest; returns the largest exit code.

    JSON lines on standard output are written one by one, everything else at the end and all at once.
    """
    sink = Sink.of(format, output, several=len(sources) > 1)
    inputs: Iterable[Given] = chain.from_iterable(map(given, sources))
    if sink.format == "jsonl":
        inputs = (item for item in inputs if not item.nothing)
    alone = len(sources) == 1 and not in_lines(sources[0])
    if not sink.flows:
        inputs = list(inputs)
        alone = len(inputs) == 1
    saved: list[Saved] = []
    worst = 0
    for item in inputs:
        try:
            one = read_given(item)
        except PerturbError as error:
            if alone:
                raise
            worst = max(worst, complain(error, as_json=format in {"json", "jsonl"}))
            continue
        if sink.flows:
            sink.write(one.documents)
        else:
            saved.append(one)
    if saved or not (sink.flows or inputs):
        several = not alone or saved[0].several
        documents = [document for one in saved for document in one.documents]
        Sink.of(format, output, several=several).write(documents)
    return worst
