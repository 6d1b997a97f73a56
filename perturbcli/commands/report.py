"""`perturb report`: saved results as one page that opens in a browser, offline."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from perturbcli.commands.plot import DRAWN, matched, suffix
from perturbcli.core.errors import PerturbError
from perturbcli.edge.page.page import page
from perturbcli.edge.plotting.kinds import module
from perturbcli.edge.plotting.subject import Subject
from perturbcli.edge.reading.instance import Instance, load
from perturbcli.edge.rendering import atomic
from perturbcli.edge.saved.results import read
from perturbcli.reporting import complain, note

SUFFIXES = ("html", "htm")


def run(sources: list[str], output: Path, instances: list[str], *, quiet: bool = False) -> int:
    """Write the page; a bad result does not stop the rest. Returns the largest exit code."""
    if not atomic.direct(output):
        suffix(output, SUFFIXES)
    atomic.check(output)
    module("bars")  # raises where there is nothing to draw with
    known = {source: load(source) for source in instances}
    documents: list[dict[str, Any]] = []
    worst = 0
    for source in sources:
        try:
            documents += read(source).documents
        except PerturbError as error:
            if len(sources) == 1:
                raise
            worst = max(worst, complain(error, as_json=False))
    subjects = [Subject(document, of(document, known)) for document in documents]
    options = [word for source in instances for word in ("--instance", source)]
    made_by = shlex.join(["perturb", "report", *sources, *options, "-o", str(output)])
    text, notes = page(subjects, made_by)
    atomic.write(output, lambda stream: stream.write(text))
    for told in () if quiet else notes:
        note(told)
    return worst


def of(document: dict[str, Any], known: dict[str, Instance]) -> Instance | None:
    """The instance of a result, which is that of its name; None where none is given, or drawn."""
    if document["problem"] not in DRAWN:
        return None
    for source, instance in known.items():
        if instance.name == document.get("instance"):
            matched(document, instance, source)
            return instance
    return None
