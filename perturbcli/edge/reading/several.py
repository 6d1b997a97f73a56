"""What a command is given: a file each, or a line each of JSON lines, read as they come."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePath
from typing import BinaryIO

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import documents, files
from solvers.waiting import WAITS


@dataclass(frozen=True, slots=True)
class Given:
    """A document that is still to be read.

    source  its name for messages: FILE, or FILE:LINE
    path    its file
    line    its line, 0 where it is the whole of a file
    data    what was read of it; None where its file is still closed
    error   what stopped the reading before it
    """

    source: str
    path: str
    line: int = 0
    data: bytes | None = None
    error: InputError | None = None

    @property
    def name(self) -> str:
        """What an instance without a name is called: its file, and the line beyond the first."""
        stem = "stdin" if self.path == files.STDIN else PurePath(self.path).stem
        return f"{stem}:{self.line}" if self.line > 1 else stem

    @property
    def alone(self) -> Given:
        """The same as the only one of standard input, where it goes without its line."""
        return replace(self, source=files.named(self.path)) if self.path == files.STDIN else self

    @property
    def directory(self) -> Path:
        """Where the files are that it names."""
        return Path(self.path).parent

    @property
    def nothing(self) -> bool:
        """Whether standard input had no document, which is as many lines as any other number."""
        return self.path == files.STDIN and self.data == b""


def in_lines(path: str) -> bool:
    """Whether a file may hold a document a line."""
    return path == files.STDIN or PurePath(path).suffix.lower() == ".jsonl"


def given(path: str) -> Iterator[Given]:
    """The documents of a file: of `.jsonl` the lines, and of standard input those of JSON lines.

    Standard input is of lines where the first one is a whole {...}, or another is and the whole is no
    document; else all is one document.
    """
    name = files.named(path)
    if not in_lines(path):
        yield Given(name, path)
        return
    try:
        with files.opened(path) as stream:
            yield from lines(stream, name, path)
    except InputError as error:
        yield Given(name, path, error=error)


def sole(path: str) -> Given:
    """The one document of a file. Raises `InputError` where there is another."""
    one, *others = islice(given(path), 2)
    if others:
        message = f"expected one document, found another in line {others[0].line}"
        raise InputError(files.named(path), None, message)
    return one.alone


def lines(stream: BinaryIO, name: str, path: str) -> Iterator[Given]:
    """The documents of a stream."""
    number, some = 0, False
    while data := line(stream, name):
        number += 1
        words = data.removeprefix(BOM_UTF8).strip()
        if not words:
            continue
        whole = words.startswith(b"{") and words.endswith(b"}")
        if path == files.STDIN and not some and not whole:
            with WAITS.marked():
                data += files.rest(stream, name)
            if not broken(data, name):
                yield Given(name, path, data=data)
                return
            parts = enumerate(data.split(b"\n"), number)
            yield from (
                Given(f"{name}:{place}", path, place, part.strip())
                for place, part in parts
                if part.strip()
            )
            return
        some = True
        yield Given(f"{name}:{number}", path, number, words)
    if not some:
        yield Given(name, path, data=b"")


def broken(data: bytes, name: str) -> bool:
    """Whether bytes are JSON lines of which the first is a bad one: no document, but one of them is."""
    if not any(map(document, data.split(b"\n")[1:])):
        return False
    try:
        text = files.utf8(data, name)
        json_like = text.lstrip()[:1] in {"{", "["}
        values = documents.stream(text, name) if json_like else [documents.value(text, name)]
        return not all(map(mappings, values))
    except InputError:
        return True


def mappings(value: object) -> bool:
    """Whether a value is a mapping, or a list of such."""
    return all(isinstance(one, dict) for one in (value if isinstance(value, list) else [value]))


def document(line: bytes) -> bool:
    """Whether a line is a JSON mapping, and no part of a larger one, which would be indented."""
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def line(stream: BinaryIO, name: str) -> bytes:
    """The next line, of at most `files.LARGEST` bytes; a signal ends the wait for it."""
    with WAITS.marked():
        data = stream.readline(files.LARGEST + 1)
    if len(data) > files.LARGEST:
        message = f"expected lines of at most {files.LARGEST >> 20} MiB, found a longer one"
        raise InputError(name, None, message)
    return data
