"""The files that a path or a pattern of a batch stands for."""

from __future__ import annotations

import glob
from pathlib import Path

from perturbcli.core.errors import InputError
from perturbcli.edge.reading.several import in_lines


def matching(pattern: str, directory: Path, source: str, key: str | None) -> list[str]:
    """The files that a path or a pattern stands for, by name."""
    path = directory / pattern
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except (OSError, ValueError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error)
        message = f"expected a readable file, found {problem}"
        raise InputError(source, key, message) from None
    if path.exists() or not glob.has_magic(pattern):
        if path.is_file() or (path.exists() and not path.is_dir()):
            listed = [str(path)]
        else:
            there = "a directory" if pattern else "an empty name"
            problem = there if path.is_dir() else f"none at {path}"
            raise InputError(source, key, f"expected a readable file, found {problem}")
    else:
        names = glob.glob(str(path), recursive=True)  # noqa: PTH207 - of an absolute pattern too
        listed = sorted(name for name in names if Path(name).is_file())
        if not listed:
            raise InputError(source, key, f"expected files that match {pattern!r}, found none")
    return listed


def alone(instance: str | None, source: str, key: str | None) -> None:
    """Raise `InputError` for a file of several instances."""
    if instance is not None and in_lines(instance):
        message = f"expected an instance a file, found JSON lines in {instance}"
        raise InputError(source, key, f"{message}; perturb smooth reads those")
