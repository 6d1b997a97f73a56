"""A file written all of it or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TextIO

from perturbcli.core.errors import PerturbError, UsageError
from perturbcli.edge import apart

# Names of descriptors that are open already; opening them again would truncate what a shell's >>
# appends to, and replacing what they link to would leave the shell with a deleted file.
DESCRIPTOR = re.compile(r"/dev/(?:(stdout|stderr)|fd/(\d+))|/proc/self/fd/(\d+)")


def write(path: Path | str, render: Callable[[TextIO], object]) -> None:
    """Call `render` with a stream whose text becomes the content of `path`.

    A regular file is replaced in one step, keeping its permissions, once everything is written and
    on the disk; after any error it is what it was. A link is followed. `-` is standard output;
    open descriptors (/dev/stdout), pipes and devices are written directly.

    Raises `PerturbError` where it can't be written, `BrokenPipeError` where nobody reads it, and
    whatever `render` raises.
    """
    name = str(path)
    descriptor = opened(name)
    try:
        if name == "-":
            render(sys.stdout)
            sys.stdout.flush()
        elif descriptor is not None:
            with os.fdopen(os.dup(descriptor), "w", encoding="utf-8", newline="") as stream:
                render(stream)
        else:
            check(path)
            target = Path(os.path.realpath(path))
            if target.exists() and not target.is_file():
                with target.open("w", encoding="utf-8", newline="") as stream:
                    render(stream)
            else:
                replace(target, render)
    except BrokenPipeError:
        raise
    except OSError as error:
        if name == "-":
            abandon()
        reason = error.strerror or type(error).__name__
        source = "standard output" if name == "-" else name
        raise PerturbError(f"could not be written: {reason}", source=source) from error


def abandon() -> None:
    """Let what standard output holds back go: the interpreter would try again at its end."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def check(path: Path | str) -> None:
    """Raise `PerturbError` where `path` can't be written: before the work rather than after it."""
    if str(path) == "-" or opened(str(path)) is not None:
        return
    call = apart.CALL.get()
    if call is not None:
        call.check(path)
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise UsageError("expected a file to write, found a directory", source=str(path))
    if not target.parent.is_dir():
        raise UsageError(
            f"expected an existing directory, found none at {target.parent}", source=str(path)
        )
    existing = target.exists()
    if not os.access(target if existing else target.parent, os.W_OK):
        denied(path, target, "no permission to write it")
    if (not existing or target.is_file()) and not os.access(target.parent, os.W_OK):
        denied(path, target, f"no permission to write in {target.parent}")


def denied(path: Path | str, target: Path, message: str) -> NoReturn:
    """Raise the `PerturbError` of a place that nobody may write, or else of one that this user may not."""
    if os.statvfs(target.parent).f_flag & os.ST_RDONLY:
        message = f"could not be written: {os.strerror(errno.EROFS)}"
    raise PerturbError(message, source=str(path))


def direct(path: Path | str) -> bool:
    """Whether `path` is written as it is: standard output, an open descriptor, a pipe or a device."""
    target = Path(path)
    special = target.exists() and not target.is_file()
    return str(path) == "-" or opened(str(path)) is not None or special


def opened(name: str) -> int | None:
    """The descriptor that a path like /dev/stdout stands for; None for any other path."""
    match = DESCRIPTOR.fullmatch(name)
    if match is None:
        return None
    word, *numbers = match.groups()
    return {"stdout": 1, "stderr": 2}[word] if word else int(numbers[0] or numbers[1])


def replace(target: Path, render: Callable[[TextIO], object]) -> None:
    """Write beside the target, and put that in its place."""
    # Not `tempfile`, whose files are private: a new file is to have the permissions of the umask.
    temporary = target.parent / f".perturb-{os.urandom(8).hex()}.tmp"
    try:
        with temporary.open("x", encoding="utf-8", newline="") as stream:
            if target.exists():
                os.fchmod(stream.fileno(), stat.S_IMODE(target.stat().st_mode))
            render(stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
