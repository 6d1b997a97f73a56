"""`perturb plot`: a picture of a saved result."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from perturbcli.core.errors import InputError, UsageError
from perturbcli.edge.plotting import kinds, numbers
from perturbcli.edge.plotting.rendering import FORMATS, pictured, rendered
from perturbcli.edge.plotting.subject import Subject
from perturbcli.edge.reading import coordinates
from perturbcli.edge.reading.instance import Instance, load
from perturbcli.edge.rendering import atomic
from perturbcli.edge.saved.results import read
from perturbcli.reporting import note

DRAWN = ("grid_path", "shortest_path", "matching", "spanning_tree", "min_cost_flow", "tour")
PLACED = DRAWN[1:]
CLOSE = 1e-6  # of a value, that costs which went through text may make of it


@dataclass(frozen=True, slots=True)
class Settings:
    """The options, None where one was not given."""

    kind: str = "auto"
    instance: str | None = None
    theta: Path | None = None
    coordinates: Path | None = None
    data: Path | None = None
    width: float | None = None
    height: float | None = None
    dpi: float = 150


def run(source: str, output: Path, settings: Settings, *, quiet: bool = False) -> int:
    """Draw the result; returns the exit code."""
    format_ = suffix(output, FORMATS)
    for path in (output, settings.data):
        if path is not None:
            atomic.check(path)
    if source == settings.instance == "-":
        message = "expected one of RESULT and --instance on standard input, found both"
        raise UsageError(message, source="--instance")
    saved = read(source)
    if len(saved.documents) != 1:
        message = f"expected one result, found {len(saved.documents)}; perturb report takes several"
        raise UsageError(message, source=source)
    subject = with_files(saved.documents[0], settings)
    kind = kinds.chosen(settings.kind, subject)
    figure = pictured(kind, subject, width=settings.width, height=settings.height)
    content, notes = rendered(figure, format_, settings.dpi)
    poorer = subject.solved and subject.instance is None and subject.problem in DRAWN[:-1]
    if settings.kind == "auto" and poorer:
        notes.append(
            f"{kind} without the instance; --instance FILE draws more of a {subject.problem}"
        )
    if settings.data is not None:
        columns = kinds.module(kind).numbers(subject)
        atomic.write(settings.data, lambda stream: numbers.write(columns, stream))
    atomic.write(output, lambda stream: binary(stream, content))
    for text in () if quiet else notes:
        note(text)
    return 0


def with_files(document: dict[str, Any], settings: Settings) -> Subject:
    """The result with what the options' files tell of it."""
    instance = places = None
    problem = document["problem"]
    if settings.coordinates is not None:
        if problem not in PLACED:
            message = f"expected a result for one of {', '.join(PLACED)}, found {problem}"
            raise UsageError(message, source="--coordinates")
        places = coordinates.read(settings.coordinates)
    if settings.instance is not None:
        if problem not in DRAWN:
            message = f"expected a result for one of {', '.join(DRAWN)}, found {problem}"
            raise UsageError(message, source="--instance")
        instance = load(settings.instance, theta=settings.theta)
        matched(document, instance, settings.instance)
    elif settings.theta is not None:
        raise UsageError("expected --instance beside it", source="--theta")
    return Subject(
        document, instance, places, None if places is None else str(settings.coordinates)
    )


def matched(document: dict[str, Any], instance: Instance, source: str) -> None:
    """Raise `InputError` where an instance is not the one of the result, by all that both tell."""
    theirs: dict[str, Any] = {
        "problem": instance.problem,
        "shape": list(instance.theta.shape),
        "parameter": instance.parameter,
    }
    for key, value in theirs.items():
        if document[key] != value:
            message = f"expected the result's, {document[key]}, found {value}"
            raise InputError(source, key, message)
    if document.get("value") is None:
        return
    value = float(np.sum(instance.theta * document["solution"]))
    value = value if instance.parameter == "theta" else -value
    if not np.isclose(value, document["value"], rtol=CLOSE, atol=CLOSE):
        message = (
            f"expected the result's, at which y* has the value {document['value']:g}, found values at "
            f"which it has {value:g}; --theta FILE gives those that replaced the instance's"
        )
        raise InputError(source, instance.parameter, message)


def suffix(output: Path, formats: Iterable[str]) -> str:
    """The format that the suffix names. Raises `UsageError` for none of the `formats`."""
    name = output.suffix.lower().removeprefix(".")
    if name not in formats:
        wanted = ", ".join(f".{known}" for known in formats)
        found = f"'.{name}'" if name else "no suffix"
        raise UsageError(f"expected a suffix {wanted}, found {found}", source=str(output))
    return name


def binary(stream: TextIO, content: bytes) -> None:
    """Write bytes to what is below a text stream."""
    stream.flush()
    stream.buffer.write(content)
