"""Oracles that fail, and a task, for workers to import."""

from __future__ import annotations

import os
import signal
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perturbcli.engine.packing import begin

Floats = NDArray[np.float64]


def lingering() -> None:
    """A worker that is told to end while it ends, as it waits for a program of the oracle's."""
    begin()
    weakref.finalize(lingering, os.kill, os.getpid(), signal.SIGTERM)


@dataclass(frozen=True)
class Dying:
    """An argmax whose process is killed: on the first call of all, or on `every` one."""

    mark: Path
    every: bool = False

    def __call__(self, theta: Floats) -> Floats:
        if len(theta) > 1 and (self.every or not self.mark.exists()):
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        answers: Floats = np.eye(theta.shape[1])[theta.argmax(axis=1)]
        return answers


@dataclass(frozen=True)
class Refusing:
    """An argmax that raises."""

    def __call__(self, theta: Floats) -> Floats:
        if len(theta) > 1:
            raise ValueError("this oracle has had enough")
        answers: Floats = np.eye(theta.shape[1])[theta.argmax(axis=1)]
        return answers


@dataclass(frozen=True)
class Asked:
    """A task that adds its number to a block."""

    oracle: Any
    number: int

    def __call__(self, block: int) -> int:
        return block + self.number


@dataclass(frozen=True)
class Deadly:
    """A task that dies over one block, and takes its time over the first."""

    oracle: None = None
    over: int = -1
    slow: float = 0.0

    def __call__(self, block: int) -> int:
        if block == self.over:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.slow * (block == 0))
        return block
