"""The one place of the reading that opens files. Every failure is an `InputError` naming the file."""

from __future__ import annotations

import codecs
import io
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import BinaryIO

from perturbcli.core.errors import InputError
from perturbcli.edge import apart

STDIN = "-"
LARGEST = 2**30  # bytes of a file that is read as a whole

READ: ContextVar[dict[str, str] | None] = ContextVar("READ", default=None)


def named(path: str | Path) -> str:
    """The name that messages give to a path."""
    return "<stdin>" if str(path) == STDIN else str(path) or "''"


@contextmanager
def noted() -> Iterator[dict[str, str]]:
    """Within, the files that are opened: their absolute paths, each with the digest of its content.

    A digest is taken before the file is read, so that one which changes meanwhile is seen to.
    """
    read: dict[str, str] = {}
    token = READ.set(read)
    try:
        yield read
    finally:
        READ.reset(token)
        around = READ.get()
        if around is not None:
            around.update(read)


@contextmanager
def unnoted() -> Iterator[None]:
    """Within, files are opened that a result does not depend on, and that are perhaps its own."""
    token = READ.set(None)
    try:
        with apart.kept(None):
            yield
    finally:
        READ.reset(token)


def stream(path: str | Path) -> bool:
    """Whether a path is read once: standard input, a pipe or a device."""
    try:
        mode = 0 if str(path) == STDIN else Path(path).stat().st_mode
    except (OSError, ValueError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def digest(path: str | Path) -> str:
    """What tells the content of a file from others; empty for what is no regular file, or unreadable."""
    from hashlib import blake2b, file_digest  # which few commands have a use for

    try:
        if not Path(path).is_file():
            return ""
        with Path(path).open("rb") as stream:
            return file_digest(stream, partial(blake2b, digest_size=16)).hexdigest()
    except (OSError, ValueError):
        return ""


@contextmanager
def opened(path: str | Path, key: str | None = None) -> Iterator[BinaryIO]:
    """The bytes of a file, or of standard input for `-`, as a stream. `key` named the file."""
    call = apart.CALL.get()
    if call is not None:
        call.reads(path)
    try:
        if str(path) != STDIN:
            read = READ.get()
            if read is not None:
                read.setdefault(str(Path(path).absolute()), digest(path))
            with Path(path).open("rb") as stream:
                yield stream
        elif sys.stdin is None:
            raise InputError(named(path), key, "expected a document, found standard input closed")
        else:
            yield sys.stdin.buffer
    except FileNotFoundError:
        problem = "none of that name"
    except IsADirectoryError:
        problem = "a directory" if str(path) else "an empty name"
    except PermissionError:
        problem = "one without permission to read it"
    except OSError as error:
        problem = error.strerror or type(error).__name__
    except ValueError as error:  # what opening says of a path with a null character
        problem = str(error)
    else:
        return
    raise InputError(named(path), key, f"expected a readable file, found {problem}")


def content(path: str | Path, key: str | None = None) -> bytes:
    """All bytes of a file, of which there may be at most `LARGEST`: some never end."""
    with opened(path, key) as stream:
        return rest(stream, named(path), key)


def rest(stream: BinaryIO, source: str, key: str | None = None) -> bytes:
    """The bytes that a stream still has."""
    data = io.BytesIO()
    while chunk := stream.read(2**20):
        data.write(chunk)
        if data.tell() > LARGEST:
            raise InputError(source, key, f"expected at most {LARGEST >> 20} MiB, found more")
    return data.getvalue()


def text(path: str | Path, key: str | None = None) -> str:
    """The text of a file in strict UTF-8, without the byte-order mark."""
    return utf8(content(path, key), named(path), key)


def utf8(data: bytes, source: str, key: str | None = None) -> str:
    """Bytes as text; `InputError` names the line of the first byte that is not UTF-8."""
    try:
        return data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
    raise InputError(source, key, f"line {line}: expected UTF-8 text, found the byte 0x{byte:02x}")
