"""SIGINT and SIGTERM: the first finishes the block in hand, the second stops at once."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Which signal has come, if any; `exit_code` is the shell's 128 + number."""

    def __init__(self) -> None:
        self.received: int | None = None

    def __call__(self) -> bool:
        return self.received is not None

    @property
    def exit_code(self) -> int:
        return 0 if self.received is None else 128 + self.received

    def receive(self, number: int, frame: FrameType | None) -> None:
        """Note the first signal; a second one raises `KeyboardInterrupt`."""
        del frame
        if self.received is not None:
            raise KeyboardInterrupt
        self.received = number


@contextmanager
def interrupts() -> Iterator[Interrupts]:
    """Within, the signals are noted; after, the handlers are what they were."""
    noted = Interrupts()
    before = {
        number: signal.signal(number, noted.receive) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
