"""`perturb compare`: the differences of two saved results, or of two instances on the same noise."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath

from perturbcli.commands.attributed import attributed
from perturbcli.commands.diverted import diverted
from perturbcli.commands.each import Call, loaded
from perturbcli.commands.sink import Sink
from perturbcli.commands.smooth import exit_code, first
from perturbcli.core.comparing import Side, compare
from perturbcli.core.errors import InputError, SolverFailed, UsageError
from perturbcli.edge.compared import compared, paired
from perturbcli.edge.document import Document
from perturbcli.edge.reading import documents, files, formats
from perturbcli.edge.reading.several import Given
from perturbcli.edge.rendering.progress import progress
from perturbcli.edge.saved import archive
from perturbcli.edge.saved.results import READABLE, read_given
from perturbcli.interrupts import Interrupts, interrupts
from perturbcli.reporting import note
from solvers.errors import SolverError


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How two instances are drawn; None leaves epsilon and noise to them, then to the default."""

    epsilon: float | None
    noise: str | None
    multiplicative: bool
    samples: int
    method: str
    seed: int
    level: float


def run(
    sources: Sequence[str],
    call: Call,
    settings: Settings,
    given: Sequence[str],
    *,
    show_progress: bool,
) -> int:
    """Compare, and write the differences; returns the exit code.

    given  the options of drawing on the command line, which results have no use for
    """
    sink = Sink.of(call.format, call.output, several=False)
    started = time.perf_counter()
    items = [taken(source) for source in sources]
    kinds = [is_result(item) for item in items]
    if kinds[0] != kinds[1]:
        words = " and ".join("a result" if kind else "an instance" for kind in kinds)
        raise UsageError(f"expected two results or two instances, found {words}")
    if all(kinds):
        if given:
            raise UsageError("expected two instances beside it, found results", source=given[0])
        a, b = map(saved, items)
        document, code = compared(a, b, [item.source for item in items], settings.level), 0
    else:
        with interrupts() as stop, diverted():
            document, code = draw(items, call, settings, stop, show_progress)
        if call.timing:
            document["seconds"] = round(time.perf_counter() - started, 6)
    # A table says it itself.
    if document["message"] and sink.format != "table" and not call.quiet:
        note(document["message"])
    sink.write([document])
    return code


def taken(path: str) -> Given:
    """A file with its bytes, which a pipe gives once; those that no result is in are left closed."""
    suffix = PurePath(path).suffix.lower()
    closed = formats.suffix(path) is not None or (suffix and suffix not in READABLE)
    return Given(files.named(path), path, data=None if closed else files.content(path))


def is_result(item: Given) -> bool:
    """Whether a file holds a result, whose `command` is a word; that of an instance is a list."""
    if item.data is None:
        return False
    suffix = PurePath(item.path).suffix.lower()
    if suffix in {".npz", ".jsonl"} or item.data.startswith(archive.MAGIC):
        return True
    text = files.utf8(item.data, item.source)
    syntax = documents.SYNTAXES.get(suffix) or documents.looks(text)
    if syntax == "json":
        value = next(documents.stream(text, item.source), None)
    else:
        value = documents.value(text, item.source, syntax)
    return isinstance(value, list) or (
        isinstance(value, dict) and isinstance(value.get("command"), str)
    )


def saved(item: Given) -> Document:
    """The one result of a file."""
    found = read_given(item)
    if len(found.documents) != 1:
        message = f"expected one result, found {len(found.documents)}"
        raise InputError(item.source, None, message)
    return found.documents[0]


def draw(
    items: Sequence[Given], call: Call, settings: Settings, stop: Interrupts, show_progress: bool
) -> tuple[Document, int]:
    """The document of two instances, drawn with the same noise, and the exit code."""
    instances = [loaded(item, call) for item in items]
    noise = settings.noise or common([one.noise for one in instances])
    epsilons = [first(settings.epsilon, one.epsilon, 1.0) for one in instances]
    a, b = (
        Side(one.oracle, one.theta, epsilon)
        for one, epsilon in zip(instances, epsilons, strict=True)
    )
    names = " and ".join(one.name for one in instances)
    sources = [item.source for item in items]
    with (
        attributed(instances[1], settings),
        failing(sources),
        progress(names, enabled=show_progress) as advance,
    ):
        result = compare(
            a,
            b,
            noise=noise,
            multiplicative=settings.multiplicative,
            samples=settings.samples,
            seed=settings.seed,
            method=settings.method,
            level=settings.level,
            progress=advance,
            stop=stop,
        )
    told = {"noise": noise, "multiplicative": settings.multiplicative, "seed": settings.seed}
    each = [{"epsilon": epsilon, **told} for epsilon in epsilons]
    document = paired(instances, result, settings.level, sources, each)
    return document, exit_code(result.status, stop)


def common(noises: Sequence[str | None]) -> str:
    """The noise of both."""
    a, b = (noise or "gaussian" for noise in noises)
    if a != b:
        message = f"expected one for both, found {a} and {b} in the instances"
        raise UsageError(message, source="--noise")
    return a


@contextmanager
def failing(sources: Sequence[str]) -> Iterator[None]:
    """Within, a solver's failure names both instances: which of them it was, nobody knows."""
    try:
        yield
    except (SolverError, SolverFailed) as error:
        raise SolverFailed(str(error), source=", ".join(sources)) from error
