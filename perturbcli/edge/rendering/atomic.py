"""A file written all of it or not at all."""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from perturbcli.core.errors import UsageError

# Names of descriptors that are open already; opening them again would truncate what a shell's >>
# appends to, and replacing what they link to would leave the shell with a deleted file.
DESCRIPTOR = re.compile(r"/dev/(?:(stdout|stderr)|fd/(\d+))|/proc/self/fd/(\d+)")


def write(path: Path | str, render: Callable[[TextIO], None]) -> None:
    """Call `render` with a stream whose text becomes the content of `path`.

    A regular file is replaced in one step, keeping its permissions, once everything is written and
    on the disk; after any error it is what it was. A link is followed. `-` is standard output;
    open descriptors (/dev/stdout), pipes and devices are written directly.

    Raises `UsageError` as `check` does, and whatever `render` raises.
    """
    name = str(path)
    descriptor = opened(name)
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


def check(path: Path | str) -> None:
    """Raise `UsageError` where `path` can't be written: before the work rather than after it."""
    if str(path) == "-" or opened(str(path)) is not None:
        return
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise UsageError("expected a file to write, found a directory", source=str(path))
    if not target.parent.is_dir():
        raise UsageError(
            f"expected an existing directory, found none at {target.parent}", source=str(path)
        )
    existing = target.exists()
    if not os.access(target if existing else target.parent, os.W_OK):
        raise UsageError("no permission to write it", source=str(path))
    if (not existing or target.is_file()) and not os.access(target.parent, os.W_OK):
        raise UsageError(f"no permission to write in {target.parent}", source=str(path))


def opened(name: str) -> int | None:
    """The descriptor that a path like /dev/stdout stands for; None for any other path."""
    match = DESCRIPTOR.fullmatch(name)
    if match is None:
        return None
    word, *numbers = match.groups()
    return {"stdout": 1, "stderr": 2}[word] if word else int(numbers[0] or numbers[1])


def replace(target: Path, render: Callable[[TextIO], None]) -> None:
    """Write beside the target, and put that in its place."""
    # Not `tempfile`, whose files are private: a new file is to have the permissions of the umask.
    temporary = target.parent / f".perturb-{secrets.token_hex(8)}.tmp"
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
