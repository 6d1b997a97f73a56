"""A task on its way to a worker: the oracle apart from the rest, so that a worker builds it once."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from multiprocessing.util import Finalize
from threading import Thread
from types import FrameType
from typing import Any

KEPT = 8  # oracles that a worker keeps
GRACE = 2  # seconds for a worker to end the programs that it started

oracles: OrderedDict[str, Any] = OrderedDict()


@dataclass(frozen=True)
class Packed:
    """A task whose oracle is pickled, under the key of its bytes."""

    key: str
    oracle: bytes
    task: bytes

    @classmethod
    def of(cls, task: Any, known: Packed | None) -> Packed:
        """A task packed. `known` has the same oracle, where it is the same object's."""
        oracle = known.oracle if known is not None else pickle.dumps(task.oracle)
        key = blake2b(oracle, digest_size=16).hexdigest()
        return cls(key, oracle, pickle.dumps(replace(task, oracle=None)))

    def __call__(self, block: Any) -> Any:
        """What the task makes of a block, in a worker."""
        return self.unpacked(block)

    @cached_property
    def unpacked(self) -> Callable[[Any], Any]:
        """The task, with the worker's own oracle."""
        if self.key not in oracles:
            oracles[self.key] = pickle.loads(self.oracle)
            while len(oracles) > KEPT:
                oracles.popitem(last=False)
        oracles.move_to_end(self.key)
        task: Callable[[Any], Any] = replace(
            pickle.loads(self.task),
            oracle=oracles[self.key],
        )
        return task

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key, "oracle": self.oracle, "task": self.task}


class Packer:
    """Packs tasks, an oracle that it has seen last not again."""

    def __init__(self) -> None:
        self._oracle: Any = None
        self._packed: Packed | None = None

    def __call__(self, task: Any) -> Packed:
        same = self._oracle is not None and task.oracle is self._oracle
        self._packed = Packed.of(task, self._packed if same else None)
        self._oracle = task.oracle
        return self._packed


def begin() -> None:
    """Make a worker of this process: signals of the terminal are its parent's to act on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, leave)  # so that a program which the oracle runs ends as well
    # Of a worker that ends by itself, before the interpreter ends those programs: nothing would
    # catch what `leave` raises there.
    Finalize(None, signal.signal, (signal.SIGTERM, signal.SIG_IGN), exitpriority=0)
    Thread(target=outlive, daemon=True).start()
    # What a solver's library prints must not reach the result.
    os.dup2(2, 1)


def outlive() -> None:
    """End with the parent, which may have been killed: nobody else would end a worker then."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os._exit(1)


def leave(number: int, frame: FrameType | None) -> None:
    """End the work in hand; a signal more would keep it from ending the programs that it runs."""
    del frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + number)


def work(packed: Packed, block: Any) -> Any:
    """One block, in a worker."""
    try:
        return packed(block)
    except SystemExit as left:
        os._exit(130 if left.code is None else int(left.code))  # a pool would take it for an answer
