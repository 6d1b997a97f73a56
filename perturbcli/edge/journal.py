"""What a batch has done in its directory, noted so that the next one does only the rest.

One file, `.perturb-batch`, to which a line is added for every job that is done, once its result is on the
disk. A run that is killed leaves half a line at most, which is passed over. The file is locked while a
batch is at work, by a lock that ends with its process.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from perturbcli.core.errors import PerturbError, UsageError
from perturbcli.edge.reading import files

NAME = ".perturb-batch"
LEFT = ".perturb-*.tmp"  # what a killed run leaves of results that it was writing
OURS = re.compile(rb'\s*(\{\s*"(command|job)":\s*"|\Z)')  # how results begin, or nothing at all


@dataclass(frozen=True, slots=True)
class Done:
    """A job that has its result.

    key     of what was asked: the command, its settings and the version
    read    the files that were read for it, with the digest of each
    result  the digest of its own file
    code    its exit code
    """

    name: str
    key: str
    read: dict[str, str]
    result: str
    code: int


@dataclass(slots=True)
class Journal:
    """The jobs that are done, by name."""

    directory: Path
    descriptor: int
    done: dict[str, Done]
    digests: dict[str, str] = field(default_factory=dict)

    def current(self, name: str, key: str) -> Done | None:
        """The job, if it was done as it is asked for now, and its files are what they were."""
        done = self.done.get(name)
        if done is None or done.key != key:
            return None
        if done.result != files.digest(self.directory / f"{name}.json"):
            return None
        return done if all(self.same(*item) for item in done.read.items()) else None

    def same(self, path: str, digest: str) -> bool:
        """Whether a file that was read is what it was."""
        if path not in self.digests:
            self.digests[path] = files.digest(path)
        return bool(digest) and self.digests[path] == digest

    def check(self, name: str) -> None:
        """Raise `UsageError` where a file of this name is neither a result nor was one."""
        path = self.directory / name
        if path.stem in self.done or not path.is_file():
            return
        with writing(path), path.open("rb") as stream:
            if OURS.match(stream.read(256)):
                return
        raise UsageError("expected a result to write over, found another file", source=str(path))

    def note(self, done: Done) -> None:
        """Add a job, whose result is on the disk. Raises `PerturbError` where it can't be written."""
        line = json.dumps(asdict(done)).encode() + b"\n"
        with writing(self.directory / NAME):
            if os.write(self.descriptor, line) < len(line):
                raise OSError(28, "No space left on device")
            os.fsync(self.descriptor)
        self.done[done.name] = done


@contextmanager
def opened(directory: Path) -> Iterator[Journal]:
    """The journal of a directory, which is made where there is none, and this batch's alone within.

    Raises `PerturbError` where another batch is at work there, or it can't be written.
    """
    if not directory.is_dir():
        if directory.exists():
            raise UsageError("expected a directory, found a file", source=str(directory))
        with writing(directory):
            directory.mkdir()
    path = directory / NAME
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        with writing(path):
            lock(descriptor, directory)
            for left in directory.glob(LEFT):
                left.unlink(missing_ok=True)
            data = path.read_bytes()
            if data and not data.endswith(b"\n"):
                os.write(descriptor, b"\n")
        yield Journal(directory, descriptor, noted(data))
    finally:
        os.close(descriptor)


def lock(descriptor: int, directory: Path) -> None:
    """Take the lock, or say who has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = "expected no other batch at work in this directory, found one"
        raise PerturbError(message, source=str(directory)) from None


def noted(data: bytes) -> dict[str, Done]:
    """The jobs of a journal; the last line of a name counts, and half a line for nothing."""
    done: dict[str, Done] = {}
    for line in data.splitlines():
        try:
            value: Any = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, Mapping) and sound(value):
            done[value["name"]] = Done(**value)
    return done


def sound(value: Mapping[str, Any]) -> bool:
    """Whether a line has what a job has."""
    kinds = {"name": str, "key": str, "read": dict, "result": str, "code": int}
    return set(value) == set(kinds) and all(isinstance(value[k], kind) for k, kind in kinds.items())


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Within, what the system refuses is told of."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PerturbError(f"could not be written: {reason}", source=str(path)) from error
