"""The file of a checkpoint: an .npz of arrays and of JSON that says what they are. Nothing is unpickled."""

from __future__ import annotations

import json
import time
import zipfile
import zlib
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from perturbcli.core.errors import InputError, UsageError
from perturbcli.edge.checkpoints.records import Arrays, folded, unfolded
from perturbcli.edge.reading import files
from perturbcli.edge.reading.words import found
from perturbcli.edge.rendering import atomic
from perturbcli.edge.rendering.archive import add
from perturbcli.edge.saved.archive import MAGIC, member

META = "checkpoint"
PAUSE = 1.0  # seconds between two writings, at the least
SHARE = 20  # and so many times what the last one took
UNSOUND = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, LookupError, ValueError, TypeError,
    AttributeError,
)  # fmt: skip
REMEDY = "remove it, or give another --checkpoint"


class CheckpointFile:
    """What a run has so far, by name, and the file that has most of it.

    `run` says which run it is: what differs there makes the file another's.
    """

    def __init__(self, path: Path, run: Mapping[str, Any]) -> None:
        """Take up what the file has, if there is one.

        Raises `InputError` for another run's, `UsageError` for what can't be replaced and removed.
        """
        self._path = path
        self._run = dict(run)
        self._values: dict[str, Any] = {}
        self._due = 0.0
        if atomic.direct(path):
            message = (
                "expected a regular file, found standard output, a descriptor, a device or a pipe"
            )
            raise UsageError(message, source=str(path))
        atomic.check(path)
        if path.exists():
            self._values = read(path, self._run)

    def load(self, name: str) -> Any:
        """What was saved under a name; None where nothing was."""
        return self._values.get(name)

    def save(self, name: str, value: Any) -> None:
        """Keep a value; written at once or, so that writing takes little of the time, with a later one."""
        self._values[name] = value
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Write what is kept."""
        started = time.monotonic()
        arrays: Arrays = {}
        values = folded(self._values, arrays)
        meta = {"run": self._run, "values": values, "digest": digest(values, arrays)}

        def draw(stream: TextIO) -> None:
            with zipfile.ZipFile(stream.buffer, "w", zipfile.ZIP_STORED) as file:
                add(file, META, np.array(json.dumps(meta)))
                for name, array in arrays.items():
                    bits = array.dtype.kind == "b"
                    add(file, name, array.view(np.uint8) if bits else array)

        atomic.write(self._path, draw)
        ended = time.monotonic()
        self._due = ended + max(PAUSE, SHARE * (ended - started))

    def remove(self) -> None:
        """Remove the file: the run is over."""
        self._path.unlink(missing_ok=True)


def digest(values: Any, arrays: Arrays) -> str:
    """What tells the content from others."""
    total = blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=16)
    for name in sorted(arrays):
        total.update(np.ascontiguousarray(arrays[name]).data)
    return total.hexdigest()


def read(path: Path, run: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a file. Raises `InputError` for what is no checkpoint, a damaged one, another run's."""
    source, kind = str(path), "a file of another kind"
    try:
        with files.unnoted(), files.opened(path) as stream:
            if stream.read(len(MAGIC)) == MAGIC:
                kind = "a damaged one"
            with zipfile.ZipFile(stream) as file:
                arrays = {
                    entry.filename.removesuffix(".npy"): member(file, entry, source)
                    for entry in file.infolist()
                }
        meta = json.loads(arrays.pop(META).item())
        theirs, values, sound = meta["run"], meta["values"], meta["digest"]
        for key in dict.fromkeys([*run, *theirs]):
            if run.get(key) != theirs.get(key):
                raise InputError(source, *difference(key, run.get(key), theirs.get(key)))
        if digest(values, arrays) == sound:
            kept: dict[str, Any] = unfolded(values, arrays)
            return kept
    except UNSOUND:
        pass
    raise InputError(source, None, f"expected a checkpoint, found {kind}; {REMEDY}")


def difference(key: str, ours: Any, theirs: Any) -> tuple[str, str]:
    """Where a checkpoint is another run's, and how."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        inner = next(one for one in [*ours, *theirs] if ours.get(one) != theirs.get(one))
        if key != "files":
            return difference(f"{key}.{inner}", ours.get(inner), theirs.get(inner))
        message = f"expected the checkpoint of a run on this content of {inner}, found another's"
        return key, f"{message}; {REMEDY}"
    wanted = f"expected the checkpoint of a run with {found(ours)}"
    return key, f"{wanted}, found one with {found(theirs)}; {REMEDY}"
