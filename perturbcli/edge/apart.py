"""The files of a call, kept apart: none is written over that is read, or that something else is written to.

The files that options and arguments name are known before the work begins, those that they name in
turn as they are opened. Files are the same by whatever names and links; streams and devices are none.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from perturbcli.core.errors import UsageError

Identity = tuple[int, int] | str


class Overwriting(UsageError):
    """A file that would be written over before, or after, it has served another purpose."""


@dataclass(slots=True)
class Apart:
    """What is written, each with the option that says so, and what is read, each by its name."""

    written: dict[Identity, str] = field(default_factory=dict)
    read: dict[Identity, str] = field(default_factory=dict)

    def reads(self, path: Path | str) -> None:
        """Take note of an input, - for standard input. Raises `Overwriting` where it is an output."""
        for one in identities(path):
            if one in self.written:
                raise over(str(path), self.written[one])
            self.read[one] = str(path)

    def writes(self, path: Path | str, option: str) -> None:
        """Take note of an output. Raises `Overwriting` where it is an input, or another output."""
        for one in identities(path) if str(path) != "-" else []:
            if one in self.read:
                raise over(self.read[one], option)
            if one in self.written:
                other = self.written[one]
                whose = "another job's" if other == option else f"that of {other}"
                message = f"expected a file of its own, found {whose}: {path}"
                raise Overwriting(message, source=option)
            self.written[one] = option

    def check(self, path: Path | str) -> None:
        """Raise `Overwriting` where a file that is about to be written has been read."""
        if any(one in self.read for one in identities(path)):
            message = "expected a file that is not read, found an input"
            raise Overwriting(message, source=str(path))


def over(path: str, option: str) -> Overwriting:
    """The error for an output that is an input."""
    name = "standard input" if path == "-" else path
    return Overwriting(f"expected a file that is not read, found the input {name}", source=option)


def identities(path: Path | str) -> list[Identity]:
    """By what a regular file is known: its place, where there may be none yet, and its number."""
    try:
        if str(path) == "-":
            status = os.fstat(sys.stdin.fileno())
            return [(status.st_dev, status.st_ino)] if stat.S_ISREG(status.st_mode) else []
        place = os.path.realpath(path)
        if not os.path.lexists(place):
            return [place]
        status = Path(place).stat()
    except (AttributeError, OSError, ValueError):  # standard input closed; what can't be looked at
        return []
    return [place, (status.st_dev, status.st_ino)] if stat.S_ISREG(status.st_mode) else []


CALL: ContextVar[Apart | None] = ContextVar("CALL", default=None)


@contextmanager
def kept(call: Apart | None) -> Iterator[None]:
    """Within, what is opened and what is written is held against `call`."""
    token = CALL.set(call)
    try:
        yield
    finally:
        CALL.reset(token)
