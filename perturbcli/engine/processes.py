"""A pool of processes on this machine."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self, TypeVar

from perturbcli.engine.deaths import DEATHS, WorkersDied
from perturbcli.engine.packing import Packed, Packer, begin, work

GRACE = 2.0  # seconds that workers have to end
AHEAD = 2  # blocks for each worker that are under way or waiting to be taken

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


@dataclass(slots=True)
class Sent:
    """A block that a worker has: None once that one died, or another at the same time.

    alone   whether no other block was under way beside it, so that its worker died over this one
    deaths  of workers that had it alone
    """

    block: Any
    future: Future[Any] | None
    alone: bool = False
    deaths: int = 0


class Processes:
    """Maps tasks over blocks in worker processes; a worker's death has its blocks run again, each alone.

    Processes are started anew rather than forked, since solvers' threads do not survive a fork. At
    most `AHEAD` blocks a worker are in memory. Outcomes come in the blocks' order or, unless `ordered`,
    as they are ready. Raises `WorkersDied` for a block that nobody survives.
    """

    def __init__(self, workers: int, *, ordered: bool = True) -> None:
        self._workers = workers
        self._ordered = ordered
        self._pack = Packer()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def __call__(
        self, task: Callable[[Item], Outcome], blocks: Iterable[Item], /
    ) -> Iterator[Outcome]:
        packed = self._pack(task)
        waiting = iter(blocks)
        sent: list[Sent] = []
        try:
            while True:
                if all(one.future is not None for one in sent):
                    more = islice(waiting, AHEAD * self._workers - len(sent))
                    sent.extend(Sent(block, self._submit(packed, block)) for block in more)
                if not sent:
                    return
                yield self._outcome(packed, sent)
        finally:
            for one in sent:
                if one.future is not None:
                    one.future.cancel()

    def _outcome(self, packed: Packed, sent: list[Sent]) -> Any:
        """What comes of the next block; where a worker died, of all that were lost with it."""
        while True:
            one, future = self._next(packed, sent)
            try:
                outcome = future.result()
            except BrokenProcessPool as error:
                self._end()
                one.deaths += one.alone or self._workers == 1
                if one.deaths >= DEATHS:
                    sent.remove(one)
                    raise WorkersDied(one.block) from error
                for other in sent:
                    if other.future is not None and lost(other.future):
                        other.future = None
            else:
                sent.remove(one)
                return outcome

    def _next(self, packed: Packed, sent: list[Sent]) -> tuple[Sent, Future[Any]]:
        """The block whose outcome is next; lost ones run one at a time, when the others are done."""
        under_way = {one.future: one for one in sent if one.future is not None}
        if under_way and not self._ordered:
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            future = next(future for future in under_way if future in done)
            return under_way[future], future
        one = sent[0]
        if one.future is None:
            one.future, one.alone = self._submit(packed, one.block), True
        return one, one.future

    def _submit(self, packed: Packed, block: Any) -> Future[Any]:
        while True:
            if self._pool is None:
                context = multiprocessing.get_context("spawn")
                unwarned()
                self._pool = ProcessPoolExecutor(self._workers, context, initializer=begin)
            try:
                return self._pool.submit(work, packed, block)
            except (
                BrokenProcessPool
            ):  # since the block before; whoever waits for that one counts it
                self._end()

    def _end(self) -> None:
        """End the workers, without waiting for what they have in hand."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        end(processes)


def unwarned() -> None:
    """Start the process that removes a pool's semaphores where nobody else does, without its warnings.

    After kill -9 nobody does, and the warning would come to the terminal of whoever did that.
    """
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")  # which it is started with
    try:
        resource_tracker.ensure_running()
    finally:
        sys.warnoptions.pop()


def end(processes: Sequence[BaseProcess]) -> None:
    """End workers, and the programs that they run, unless they take longer than `GRACE` over it."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(GRACE)
        if process.is_alive():
            process.kill()


def lost(future: Future[Any]) -> bool:
    """Whether a block has no outcome, now that its pool is broken."""
    return not future.done() or future.cancelled() or future.exception() is not None
