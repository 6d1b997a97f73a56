"""The `perturb` command: its arguments, and the one boundary where errors become exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from copy import copy
from functools import update_wrapper
from typing import TYPE_CHECKING

from perturbcli.core.errors import Ended, PerturbError, Stopped
from perturbcli.edge.rendering import atomic
from perturbcli.interrupts import interrupts
from perturbcli.reporting import Complaints, complain, refused
from perturbcli.threads import one_thread

if TYPE_CHECKING:
    from typer.models import CommandInfo

CLOSED_PIPE = 141
ASIDE = {"-h", "--help", "--version"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 1 unexpected, 2 usage, 3 bad input, 4 the solver failed, 5 finished short of what was
    asked, 130 or 143 interrupted, 141 with nobody left to read. Errors are one line on standard
    error, or a JSON object with `-f json`; a traceback only with `--debug`.
    """
    one_thread()
    words = list(sys.argv[1:] if arguments is None else arguments)
    told = Complaints(as_json=wants_json(words), debug="--debug" in words)
    if sys.stdout is None:
        return complain(PerturbError("standard output is closed"), as_json=told.as_json)
    with interrupts(patient=False) as signals:
        try:
            code = run(words, told)
        except BrokenPipeError:
            atomic.abandon()
            return CLOSED_PIPE
        except BaseException as error:
            # Of an `Interrupted`, what it went through may have made another error.
            code = error.exit_code if isinstance(error, Stopped) else signals.exit_code
            if code:
                signals.leaving = True
                end_workers()
                complain(Ended(code), as_json=told.as_json)
                return code
            if not isinstance(error, Exception):
                raise
            if told.debug:
                import traceback

                traceback.print_exc()
            reason = explained(error)
            if not reason.message:  # a call without a word, which the help answered
                return reason.exit_code
            return complain(reason, as_json=told.as_json)
        signals.leaving = code > 128  # what is left to do is not to be interrupted
    return code


def end_workers() -> None:
    """End the processes of a pool, which a second signal may have kept it from; the exit waits for them."""
    if "perturbcli.engine.processes" in sys.modules:
        from multiprocessing import active_children

        from perturbcli.engine.processes import end

        end(active_children())


def run(words: list[str], told: Complaints) -> int:
    """The command's exit code; raises what goes wrong, to be told as the options say."""
    from perturbcli.cli import app  # which takes a while to load, in which a signal may come

    if words[:1] in (["-h"], ["--help"]):
        # Typer would make the options of every command, which takes as long as all else.
        app = copy(app)
        app.registered_commands = [described(command) for command in app.registered_commands]
    code = None

    def call(_: object = None) -> None:
        nonlocal code
        code = app(words, prog_name="perturb", standalone_mode=False, obj=told)

    try:
        if not words or ASIDE & set(words):  # typer writes, and nothing else is done
            atomic.write("-", call)
        else:
            call()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # of which typer makes an exit with 1
            raise ended.__context__ from None
        raise
    atomic.write("-", lambda _: None)  # flushes what typer wrote
    return code if isinstance(code, int) else 0


def described(command: CommandInfo) -> CommandInfo:
    """A command with its name and its help alone."""

    def nothing() -> None:
        """Stands for the command, which is not run."""

    short = copy(command)
    update_wrapper(nothing, command.callback or nothing, ("__name__", "__doc__"), ())
    del nothing.__dict__["__wrapped__"]  # whose options would be looked at
    short.callback = nothing
    return short


def explained(error: Exception) -> PerturbError:
    """Any error as one line: a wrong call says where to read about it, an unforeseen one what it was."""
    import typer

    if isinstance(error, PerturbError):
        return error
    if isinstance(error, typer.TyperException):
        return refused(error)
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, MemoryError):
        return PerturbError(f"expected more memory, found too little of it: {reason}")
    if isinstance(error, OSError):
        return PerturbError(error.strerror or reason, source=error.filename)
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
