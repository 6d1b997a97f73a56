"""`perturb batch`: many jobs, each a command line of its own with a result of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from typing import Any, TextIO

from perturbcli import __version__
from perturbcli.commands.each import SHORT
from perturbcli.commands.engines import engine
from perturbcli.core.errors import Interrupted, PerturbError, Stopped, printable
from perturbcli.core.running import Run
from perturbcli.edge import journal
from perturbcli.edge.apart import Apart, Overwriting, kept
from perturbcli.edge.journal import Done, Journal
from perturbcli.edge.reading import files
from perturbcli.edge.rendering import atomic
from perturbcli.edge.rendering.formats import render
from perturbcli.edge.rendering.progress import jobs as bar
from perturbcli.edge.rendering.spans import span
from perturbcli.engine.deaths import WorkersDied
from perturbcli.interrupts import interrupts, unheard
from perturbcli.reporting import note
from solvers.waiting import WAITS

FIRST = 5  # jobs, or so many a worker, from which the whole is estimated
WORTH = 10.0  # seconds left, for which an estimate is worth a line
RESULTS = "results.jsonl"

Perform = Callable[[str, dict[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Job:
    """A command line.

    parameters  of the command's function, but for its output
    asked       of these what counts: a result is as it was asked for as long as they are the same
    """

    name: str
    command: str
    parameters: dict[str, Any]
    asked: dict[str, Any]

    @property
    def key(self) -> str:
        """The digest of what is asked for, and of whom."""
        asked = json.dumps([__version__, self.command, self.asked], sort_keys=True, default=str)
        return blake2b(asked.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job: it is done, or it failed; `ended` says that no other will do better."""

    job: Job
    done: Done | None
    error: PerturbError | None = None
    ended: bool = False


@dataclass(frozen=True)
class Working:
    """The task: a job whole, whose result the worker writes, and over no file that a job reads."""

    oracle: None
    settings: Settings
    perform: Perform
    explained: Callable[[Exception], PerturbError]

    def __call__(self, job: Job) -> Outcome:
        path = self.settings.directory / f"{job.name}.json"
        with unheard(), files.noted() as read, kept(self.settings.apart):
            try:
                code = self.perform(job.command, {**job.parameters, "output": path})
            except Exception as error:
                reason = self.explained(error)
                ended = reason.source == str(path) or isinstance(reason, Overwriting)
                return failed(job, reason, path, ended=ended)
        return Outcome(job, Done(job.name, job.key, dict(read), files.digest(path), code))


def failed(job: Job, error: PerturbError, path: Path, *, ended: bool = False) -> Outcome:
    """The outcome of a job that raised, of which there is a record then."""
    if not ended:
        record = {
            "command": "batch",
            "version": __version__,
            "of": job.command,
            "status": "failed",
            "message": str(error),
            "error": error.as_record(),
        }

        def draw(stream: TextIO) -> None:
            render([record], "json", stream, several=False)

        try:
            atomic.write(path, draw)
        except PerturbError as unwritable:
            return Outcome(job, None, unwritable, ended=True)
    return Outcome(job, None, error, ended)


@dataclass(slots=True)
class Tally:
    """How a batch goes."""

    kept: int
    short: int = 0
    done: int = 0
    failed: int = 0
    written: set[str] = field(default_factory=set)
    first: float = 0.0

    @property
    def now(self) -> int:
        """Jobs that this run had done."""
        return self.done + self.failed

    def left(self, jobs: int) -> float:
        """Seconds that the rest of so many jobs takes, if it goes on as since the end of the first.

        Until then libraries were loaded, and workers started.
        """
        return (time.monotonic() - self.first) / (self.now - 1) * (jobs - self.kept - self.now)

    def told(self, jobs: int) -> str:
        """All of it in a line."""
        parts = [f"{self.done} of {jobs} jobs done"]
        parts += [f"{self.kept} before"] if self.kept else []
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.short} short of what was asked"] if self.short else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Settings:
    """How a batch is run; `apart` has the files of all jobs."""

    directory: Path
    apart: Apart
    workers: int
    cluster: str | None
    keep_going: bool
    quiet: bool
    progress: bool


def run(
    jobs: Sequence[Job],
    settings: Settings,
    perform: Perform,
    explained: Callable[[Exception], PerturbError],
) -> int:
    """Do the jobs that are not done yet; returns the exit code."""
    directory = settings.directory
    with interrupts() as stop, journal.opened(directory) as before:
        there = {job.name: done for job in jobs if (done := before.current(job.name, job.key))}
        tally = Tally(len(there), written=set(there))
        tally.short = sum(done.code == SHORT for done in there.values())
        rest = {job.name: job for job in jobs if job.name not in there}
        for name in [*(f"{name}.json" for name in rest), RESULTS]:
            before.check(name)
        task = Working(None, settings, perform, explained)
        try:
            with (
                engine(
                    min(settings.workers, max(len(rest), 1)), settings.cluster, ordered=False
                ) as here,
                bar(len(jobs), len(there), enabled=settings.progress) as advance,
            ):
                for outcome in outcomes(
                    here, task, rest, lambda: settings.keep_going or not tally.failed
                ):
                    if outcome.done is not None and outcome.done.code > 128:
                        break  # the job in hand, cut short
                    record(outcome, before, tally)
                    if advance is not None:
                        advance(tally.kept + tally.now)
                    elif settings.progress:
                        estimate(tally, len(jobs), settings.workers)
                    if stop():
                        break
        except Interrupted:
            pass
        except Stopped:
            gather(jobs, tally, directory)
            raise
        gather(jobs, tally, directory)
    if not settings.quiet:
        cut = ", interrupted" if stop() else ""
        note(f"{tally.told(len(jobs))}{cut}: {directory / RESULTS}")
    if stop():
        return stop.exit_code
    return SHORT if tally.failed or tally.short else 0


def outcomes(
    run: Run, task: Working, rest: dict[str, Job], going: Callable[[], bool]
) -> Iterator[Outcome]:
    """What becomes of the jobs, as they are ready; a job that kills its workers fails.

    Once it is no longer `going` on, none is begun, and those are waited for that workers have.
    """
    left = dict(rest)
    while left and going():
        try:
            for outcome in waited(run, task, takewhile(lambda _: going(), list(left.values()))):
                del left[outcome.job.name]
                yield outcome
        except WorkersDied as error:
            job = left.pop(error.block.name)
            yield failed(job, error, task.settings.directory / f"{job.name}.json")


def waited(run: Run, task: Working, jobs: Iterable[Job]) -> Iterator[Outcome]:
    """The outcomes; a signal ends the wait for other processes, while a job here ends by itself."""
    found = iter(run(task, jobs))
    while True:
        with nullcontext() if run is map else WAITS.marked():
            outcome = next(found, None)
        if outcome is None:
            return
        yield outcome


def record(outcome: Outcome, before: Journal, tally: Tally) -> None:
    """Note what became of a job; raises what every other job would end in as well."""
    if outcome.ended and outcome.error is not None:
        raise outcome.error
    if not tally.now:
        tally.first = time.monotonic()
    if outcome.done is not None:
        before.note(outcome.done)
        tally.done += 1
        tally.short += outcome.done.code == SHORT
    else:
        tally.failed += 1
        note(f"{outcome.job.name}: {outcome.error}")
    tally.written.add(outcome.job.name)


def estimate(tally: Tally, jobs: int, workers: int) -> None:
    """Tell how long the whole will take, once the first jobs have shown it."""
    if tally.now == max(FIRST, FIRST * workers):
        left = tally.left(jobs)
        if left >= WORTH:
            note(f"{tally.kept + tally.now} of {jobs} jobs done, about {span(left)} left")


def gather(jobs: Sequence[Job], tally: Tally, directory: Path) -> None:
    """Write the results that there are, a line each, in the order of the jobs."""

    def draw(stream: TextIO) -> None:
        encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
        for job in jobs:
            if job.name in tally.written:
                document = json.loads(files.text(directory / f"{job.name}.json"))
                stream.write(encoder.encode({"job": printable(job.name), **document}) + "\n")

    atomic.write(directory / RESULTS, draw)
