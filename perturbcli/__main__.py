"""The `perturb` command: its arguments, and the one boundary where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer

from perturbcli.cli import app
from perturbcli.core.errors import PerturbError, UsageError
from perturbcli.reporting import complain

INTERRUPTED, CLOSED_PIPE = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 unexpected, 2 usage, 3 bad input, 4 the solver failed, 5 finished short of what was
    asked, 130 or 143 interrupted. Errors are one line on standard error, or a JSON object with
    `-f json`; a traceback only with `--debug`.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = wants_json(words)
    if sys.stdout is None:
        return complain(PerturbError("standard output is closed"), as_json=as_json)
    try:
        code = app(words, prog_name="perturb", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone; closing standard output here keeps the interpreter from saying so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except (KeyboardInterrupt, typer.Abort):
        complain(PerturbError("interrupted"), as_json=as_json)
        return INTERRUPTED
    except Exception as error:
        if "--debug" in words:
            traceback.print_exc()
        return complain(explained(error), as_json=as_json)
    return code if isinstance(code, int) else 0


def explained(error: Exception) -> PerturbError:
    """Any error as one line: a wrong call says where to read about it, an unforeseen one what it was."""
    if isinstance(error, PerturbError):
        return error
    if isinstance(error, typer.TyperException):
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "perturb"
        message = " ".join(error.format_message().split()).rstrip(".")
        return UsageError(f"{message}; see '{command} --help'")
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OSError):
        return PerturbError(reason)
    return PerturbError(f"unexpected {type(error).__name__}: {reason} (--debug shows where)")


def wants_json(words: list[str]) -> bool:
    """Whether the arguments, well-formed or not, ask for JSON."""
    pairs = zip(words, [*words[1:], ""], strict=False)
    return any(
        (word in {"-f", "--format"} and value in {"json", "jsonl"})
        or word in {"-fjson", "-fjsonl", "--format=json", "--format=jsonl"}
        for word, value in pairs
    )


if __name__ == "__main__":
    sys.exit(main())
