"""The engine of a command, whose blocks may be in the hands of a program that hangs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from perturbcli import engine as engines
from perturbcli.core.running import Run
from solvers.waiting import WAITS

END = object()


@contextmanager
def engine(workers: int, cluster: str | None, *, ordered: bool = True) -> Iterator[Run]:
    """The engine; a signal ends the wait for a scheduler, and for workers that run the code of others."""
    with ExitStack() as stack:
        with WAITS.marked():
            run = stack.enter_context(engines.engine(workers, cluster, ordered=ordered))
        yield run if run is map else partial(waited, run)


def waited(run: Run, task: Any, blocks: Iterable[Any]) -> Iterator[Any]:
    """What `run` makes of the blocks, each waited for."""
    outcomes = iter(run(task, blocks))
    if not getattr(task.oracle, "audited", False):
        yield from outcomes
        return
    while True:
        with WAITS.marked():
            outcome = next(outcomes, END)
        if outcome is END:
            return
        yield outcome
