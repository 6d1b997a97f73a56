"""A Dask cluster: the same blocks, handed to its scheduler."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from perturbcli.core.errors import SolverFailed, UsageError
from perturbcli.engine.deaths import WorkersDied
from perturbcli.engine.packing import Packer, work

LOCAL = "local"
AHEAD = 2  # blocks for each worker that are under way or waiting to be taken
PATIENCE = 30  # seconds for a scheduler to answer
FEWEST = 4  # blocks under way, however few the workers are at first
# Dask has the C library give freed memory back at once. Blocks take as much again, and would spend a
# fifth of their time on it.
KEEPING = {
    f"distributed.nanny.pre-spawn-environ.MALLOC_{name}": value
    for name, value in {"TRIM_THRESHOLD_": 2**28, "MMAP_THRESHOLD_": 2**25, "ARENA_MAX": 1}.items()
}

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")


class Cluster:
    """Maps tasks over blocks by a scheduler at an address, or by one of its own on this machine.

    The scheduler runs a lost worker's blocks again. A task is scattered to the workers once. Outcomes
    come in the blocks' order or, unless `ordered`, as they are ready. Raises `WorkersDied` for a block
    that the scheduler gave up.
    """

    def __init__(self, address: str, workers: int, *, ordered: bool = True) -> None:
        try:
            distributed: Any = import_module("distributed")
        except ImportError:
            raise UsageError(
                "expected dask.distributed to be installed, found none: pip install 'perturb[dask]'",
                source="--cluster",
            ) from None
        self._pack = Packer()
        self._ordered = ordered
        self._distributed = distributed
        self._local: Any = None
        self._client: Any
        try:
            if address == LOCAL:
                with import_module("dask").config.set(KEEPING):
                    self._local = distributed.LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        processes=True,
                        dashboard_address=None,
                    )
            self._client = distributed.Client(
                self._local or address, timeout=PATIENCE, set_as_default=False
            )
        except (OSError, ValueError) as error:
            raise SolverFailed(
                f"expected a Dask scheduler at {address}, found none: {error}", source="--cluster"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        if self._local is not None:
            self._local.close()

    def __call__(
        self, task: Callable[[Item], Outcome], blocks: Iterable[Item], /
    ) -> Iterator[Outcome]:
        packed = self._client.scatter(self._pack(task), hash=False, broadcast=False)
        waiting = iter(blocks)
        sent: dict[Any, Item] = {}
        try:
            while True:
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
                    yield future.result()
                except self._distributed.scheduler.KilledWorker as error:
                    raise WorkersDied(block) from error
        finally:
            self._client.cancel(list(sent))
