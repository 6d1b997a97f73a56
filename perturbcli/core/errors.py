"""The errors that a command ends with: one line for a person, one record for a program."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from perturbcli.core.noise import Floats


class PerturbError(Exception):
    """Something the user is told about in one line, `source: key: message`, without a traceback.

    source:  the file, '<stdin>' or the option at fault, None where there is none
    key:     the dotted and indexed path inside it, such as `cost[2][0]`, or None
    message: what was expected and what was found
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, source: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.key = key

    def __str__(self) -> str:
        return printable(": ".join(filter(None, (self.source, self.key, self.message))))

    def as_record(self) -> dict[str, Any]:
        """The error as a JSON object."""
        return {
            "error": type(self).__name__,
            "exit_code": self.exit_code,
            "source": None if self.source is None else printable(self.source),
            "key": None if self.key is None else printable(self.key),
            "message": printable(self.message),
        }


class UsageError(PerturbError):
    """Options that contradict each other or the instance."""

    exit_code: ClassVar[int] = 2


class InputError(PerturbError):
    """An instance, a file or a value that can't be what the program needs."""

    exit_code: ClassVar[int] = 3

    def __init__(self, source: str | None, key: str | None, message: str) -> None:
        super().__init__(message, source=source, key=key)

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is pickled by its `args`, which hold the message alone.
        return type(self), (self.source, self.key, self.message)


class SolverFailed(PerturbError):
    """No answer, or a wrong one: infeasible, unbounded, or a limit reached with nothing to show.

    `theta` is the parameter that the solver failed on, of the oracle's shape, where it is known.
    """

    exit_code: ClassVar[int] = 4

    def __init__(
        self,
        message: str,
        *,
        source: str | None = None,
        key: str | None = None,
        theta: Floats | None = None,
    ) -> None:
        super().__init__(message, source=source, key=key)
        self.theta = theta

    def __reduce__(self) -> tuple[Any, ...]:
        rebuilt = partial(type(self), source=self.source, key=self.key, theta=self.theta)
        return rebuilt, (self.message,)


class Ended(PerturbError):
    """A signal ended the run before it had a result."""

    def __init__(self, exit_code: int) -> None:
        super().__init__("interrupted")
        self.code = exit_code

    def as_record(self) -> dict[str, Any]:
        return {**super().as_record(), "exit_code": self.code}


class Stopped(BaseException):
    """A signal ends the run at once; `exit_code` is the shell's 128 + its number.

    Not an `Exception`, which a user's own function might catch.
    """

    def __init__(self, exit_code: int = 130) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class Interrupted(Stopped):
    """A signal ended the work in hand; what was finished before is the result."""


def printable(text: str) -> str:
    """`text` on one line that any terminal can print: other characters are escaped."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in spelt(text)
    )


def spelt(text: str) -> str:
    """`text` with the bytes of a file's name as UTF-8: a locale without them has half surrogates instead."""
    try:
        return text.encode(errors="surrogateescape").decode(errors="backslashreplace")
    except UnicodeEncodeError:  # halves that stand for no byte
        return text
