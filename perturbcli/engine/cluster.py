"""A Dask cluster: the same blocks, handed to its scheduler."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from perturbcli.core.errors import SolverFailed, UsageError
from perturbcli.engine.deaths import WorkersDied
from perturbcli.engine.packing import Packer, work

LOCAL = "local"
ADDRESS = re.compile(r"(?:[a-z]+://)?[^\s/]+:[0-9]+/?")
AHEAD = 2  # blocks for each worker that are under way or waiting to be taken
PATIENCE = 30  # seconds for a scheduler to answer, and for a worker to come
FEWEST = 4  # blocks under way, however few the workers are at first
LOGGERS = ("distributed", "distributed.client")  # what becomes of a run is told by its errors
SETTINGS = {
    # Dask has the C library give freed memory back at once. Blocks take as much again, and would
    # spend a fifth of their time on it.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**28,
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**25,
    "distributed.nanny.pre-spawn-environ.MALLOC_ARENA_MAX": 1,
    "distributed.worker.preload": ["perturbcli.engine.dask_worker"],
}

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Cluster:
    """Maps tasks over blocks by a scheduler at an address, or by one of its own on this machine.

    The scheduler runs a lost worker's blocks again. A task is scattered to the workers once. Outcomes
    come in the blocks' order or, unless `ordered`, as they are ready. Raises `WorkersDied` for a block
    that the scheduler gave up, and `SolverFailed` where the scheduler is lost.
    """

    def __init__(self, address: str, workers: int, *, ordered: bool = True) -> None:
        if address != LOCAL and not ADDRESS.fullmatch(address):
            raise UsageError(
                f"expected local, or an address such as tcp://host:8786, found {address!r}",
                source="--cluster",
            )
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise UsageError(
                "expected dask.distributed to be installed, found none: pip install 'perturb[dask]'",
                source="--cluster",
            ) from None
        self._pack = Packer()
        self._address = address
        self._ordered = ordered
        self._distributed = distributed
        self._client: Any
        with ExitStack() as closing:
            closing.enter_context(silence())
            try:
                self._connect(closing, workers)
            except (OSError, ValueError) as error:
                raise SolverFailed(
                    f"expected a Dask scheduler with a worker at {address}, found none: {error}",
                    source="--cluster",
                ) from error
            self._closing = closing.pop_all()

    def _connect(self, closing: ExitStack, workers: int) -> None:
        place: Any = self._address
        if place == LOCAL:
            with import_module("dask").config.set(SETTINGS):
                place = self._distributed.LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs=logging.CRITICAL,
                )
            closing.callback(place.close)
        self._client = self._distributed.Client(place, timeout=PATIENCE, set_as_default=False)
        closing.callback(self._client.close)
        self._client.wait_for_workers(1, timeout=PATIENCE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.close()

    def __call__(
        self, task: Callable[[Item], Outcome], blocks: Iterable[Item], /
    ) -> Iterator[Outcome]:
        with self._answering(OSError):
            packed = self._client.scatter(self._pack(task), hash=False, broadcast=False)
        waiting = iter(blocks)
        sent: dict[Any, Item] = {}
        try:
            while True:
                with self._answering(OSError):
                    most = max(FEWEST, AHEAD * len(self._client.nthreads()))
                    for block in islice(waiting, most - len(sent)):
                        sent[self._client.submit(work, packed, block, pure=False)] = block
                if not sent:
                    return
                future = next(iter(sent))
                if not self._ordered:
                    ready = self._distributed.as_completed(list(sent), loop=self._client.loop)
                    future = next(ready)
                block = sent.pop(future)
                try:
                    with self._answering():
                        outcome = future.result()
                except self._distributed.scheduler.KilledWorker as error:
                    raise WorkersDied(block) from error
                yield outcome
        finally:
            if self._client.status == "running":
                self._client.cancel(list(sent))

    @contextmanager
    def _answering(self, *others: type[Exception]) -> Iterator[None]:
        """Within, what is raised when the scheduler has gone, and `others`, is `SolverFailed`."""
        lost = (
            *others,
            self._distributed.CancelledError,
            self._distributed.comm.CommClosedError,
            self._distributed.client.FutureCancelledError,
        )
        try:
            yield
        except lost as error:
            raise SolverFailed(
                f"lost the Dask scheduler at {self._address}, and what its workers had in hand; with "
                "--checkpoint the same call would go on",
                source="--cluster",
            ) from error


@contextmanager
def silence() -> Iterator[None]:
    """Within, Dask logs nothing in this process."""
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
