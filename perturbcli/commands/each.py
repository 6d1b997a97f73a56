"""What the commands that take instances share: each in turn, a bad one not stopping the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePath
from typing import Any

from perturbcli.commands.diverted import diverted
from perturbcli.commands.replay import saved
from perturbcli.commands.sink import Sink
from perturbcli.core.errors import Interrupted, PerturbError, SolverFailed
from perturbcli.edge.apart import Overwriting
from perturbcli.edge.document import Document
from perturbcli.edge.reading import documents as reading
from perturbcli.edge.reading import files
from perturbcli.edge.reading.instance import Instance, load, loads
from perturbcli.edge.reading.several import Given, given, in_lines, sole
from perturbcli.reporting import complain, note
from solvers.errors import SolverError, Unbounded

SHORT = 5  # exit code of a run that finished short of what was asked

TURNED = "where noise turned a sign, a smaller --epsilon or --multiplicative helps"


@dataclass(frozen=True, slots=True)
class Call:
    """How instances are read and where their results go."""

    theta: Path | None
    backend: str
    time_limit: float | None
    format: str | None
    output: Path | None
    quiet: bool
    timing: bool
    allow_code: bool
    workers: int = 1
    cluster: str | None = None

    @property
    def reading(self) -> dict[str, Any]:
        """How instances are read."""
        return {
            "theta": self.theta,
            "backend": self.backend,
            "time_limit": self.time_limit,
            "allow_code": self.allow_code,
        }


def each(sources: list[str], call: Call, work: Callable[[Instance], tuple[Document, int]]) -> int:
    """Load every instance, work on it, and write its document; the largest exit code.

    JSON lines on standard output are written one by one, everything else at the end and all at once.
    `work` gives a document and its exit code; one above 128 says that the run was interrupted.
    """
    sink = Sink.of(call.format, call.output, several=len(sources) > 1)
    inputs: Iterable[Given] = chain.from_iterable(map(given, sources))
    if sink.format == "jsonl":
        inputs = (item for item in inputs if not item.nothing)
    alone = len(sources) == 1 and not in_lines(sources[0])
    if not sink.flows:
        inputs = list(inputs)
        alone = len(inputs) == 1
        inputs = [inputs[0].alone] if alone else inputs
        sink = Sink.of(call.format, call.output, several=len(inputs) > 1)
    documents: list[Document] = []
    worst = 0
    for item in inputs:
        document, code = attempt(item, call, work, alone=alone)
        worst = max(worst, code)
        if document is not None:
            # A table says it itself.
            if document["message"] and sink.format != "table" and not call.quiet:
                note(f"{item.source}: {document['message']}")
            if sink.flows:
                sink.write([document])
            else:
                documents.append(document)
        if code > 128:
            break
    if documents or not (sink.flows or inputs):
        sink.write(documents)
    return worst


def attempt(
    item: Given, call: Call, work: Callable[[Instance], tuple[Document, int]], *, alone: bool
) -> tuple[Document | None, int]:
    """One instance's document and exit code; None where it failed, which is told unless it is alone."""
    as_json = call.format in {"json", "jsonl"}
    try:
        with diverted():
            return one(item, call, work)
    except PerturbError as error:
        if alone or isinstance(error, Overwriting):
            raise
        return None, complain(error, as_json=as_json)
    except Interrupted as error:
        if alone:
            raise
        complain(PerturbError("interrupted", source=item.source), as_json=as_json)
        return None, error.exit_code


def one(
    item: Given, call: Call, work: Callable[[Instance], tuple[Document, int]]
) -> tuple[Document, int]:
    """One instance's document and exit code; a solver's failure names the instance."""
    started = time.perf_counter()
    instance = loaded(item, call)
    with named(item.source, instance, call.output):
        document, code = work(instance)
    if call.timing:
        document["seconds"] = round(time.perf_counter() - started, 6)
    return document, code


def loaded(item: str | Given, call: Call) -> Instance:
    """The instance of a file, or of a line that was read, with what the call says of it."""
    if isinstance(item, str):
        item = sole(item)
    if item.error is not None:
        raise item.error
    settings = call.reading
    try:
        if item.data is None:
            return load(item.path, **settings)
        if item.line:
            keys = reading.of_line(item.data, item.source)
        else:
            syntax = reading.SYNTAXES.get(PurePath(item.path).suffix.lower())
            keys = reading.parse(files.utf8(item.data, item.source), item.source, syntax)
        keys = {"name": item.name} | keys
        return loads(keys, item.source, item.directory, **settings)
    except SolverError as error:
        raise SolverFailed(str(error), source=item.source) from error


@contextmanager
def named(source: str, instance: Instance, output: Path | None) -> Iterator[None]:
    """Within, a solver's failure names the instance, and the parameter is saved that it failed on."""
    try:
        yield
    except (SolverError, SolverFailed) as error:
        parts = [str(error), *getattr(error, "__notes__", [])]
        if error.theta is not None:
            if isinstance(error, Unbounded) and (error.theta != instance.theta).any():
                parts.append(TURNED)
            parts.append(saved(error.theta, instance, output))
        raise SolverFailed("; ".join(parts), source=source) from error
