"""What an oracle says when it can't be built or can't answer."""

from __future__ import annotations


class StructureError(ValueError):
    """A key of the instance does not describe a set Y.

    `key` is the instance's key at fault; the message says what was expected and what was found.
    """

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class SolverError(RuntimeError):
    """The solver has no answer: infeasible, unbounded, or a limit reached with nothing to show."""
