"""`perturb man`: the manual page, made from the help of the commands."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import typer

from perturbcli import __version__, options
from perturbcli.edge.rendering import atomic
from perturbcli.skin.configured import named, siblings, variable

EXITS = {
    "0": "done",
    "1": "unexpected",
    "2": "usage",
    "3": "bad input, with file and key",
    "4": "the solver failed",
    "5": "finished short of what was asked, result written",
    "130, 143": "interrupted, partial result written",
    "141": "nobody read on",
}


def man(
    ctx: typer.Context,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print the manual page.

    Example: perturb man > ~/.local/share/man/man1/perturb.1
    """
    atomic.write("-", lambda stream: stream.writelines(f"{line}\n" for line in page(ctx)))
    return 0


def page(ctx: Any) -> Iterator[str]:
    """The lines of the page, in roff's macros for manuals."""
    program = ctx.find_root().command
    yield f'.TH PERTURB 1 "" "perturb {__version__}" "User Commands"'
    yield ".SH NAME"
    yield f"perturb \\- {roff(program.help)}"
    yield ".SH SYNOPSIS"
    yield ".B perturb\n.I COMMAND\n[\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]..."
    yield ".SH COMMANDS"
    for name, command in siblings(ctx).items():
        yield from described(name, command, ctx)
    yield ".SH ENVIRONMENT"
    yield ".TP\n.B PERTURB_*"
    yield roff(f"Every long option in capitals, as {variable('time-limit')} of --time-limit.")
    yield '.TP\n.BR NO_COLOR , " FORCE_COLOR" , " TERM" , " COLUMNS"'
    yield roff(
        "Colours and width of tables and help. NO_COLOR leaves colours out and keeps bold and dim type, "
        "TERM=dumb leaves all of it out."
    )
    yield ".SH FILES"
    yield ".TP\n.I perturb.toml"
    yield roff(
        "Options of the current directory: at the top for every command, in a table such as [smooth] "
        "for one. Flags count before variables, those before the file."
    )
    yield ".SH EXIT STATUS"
    for code, meaning in EXITS.items():
        yield f".TP\n.B {code}\n{roff(meaning)}"


def described(name: str, command: Any, ctx: Any) -> Iterator[str]:
    """The lines of one command: what it does, its arguments and its options."""
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    inner = command.context_class(command, info_name=name, parent=ctx.find_root())
    usage = " ".join(piece for param in arguments for piece in param.get_usage_pieces(inner))
    yield f'.SS "perturb {name} {roff(usage.replace("{", "").replace("}", ""))}"'
    text, example, words = inspect.cleandoc(command.help or "").rpartition("Example: ")
    for paragraph in filter(None, text.split("\n\n")):
        yield f".PP\n{roff(paragraph)}"
    if example:
        yield f".PP\n.EX\n{roff(words)}\n.EE"
    for param in [*arguments, *named(command).values()]:
        record = param.get_help_record(inner)
        if record is not None:
            head = param.metavar or record[0] if param in arguments else record[0]
            yield f".TP\n\\fB{roff(head)}\\fR\n{roff(record[1])}"


def roff(text: str) -> str:
    """Text with roff's own characters escaped, on one line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", " ".join(text.split()))
    plain = plain.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return "\\&" + plain if plain.startswith(".") else plain
