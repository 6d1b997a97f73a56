"""What is said on standard error: notes and errors, one line each."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from perturbcli.core.errors import InputError, PerturbError, UsageError, printable

if TYPE_CHECKING:
    from typer import TyperException


KEYS = "perturb.keys"  # under which a context says where the defaults of its options come from


@dataclass(slots=True)
class Complaints:
    """How errors are told, as far as it is known before and after the options are read."""

    as_json: bool
    debug: bool


def note(message: str) -> None:
    """Something the user should know of a run that goes on."""
    print(f"perturb: {printable(message)}", file=sys.stderr)  # noqa: T201 - the skin speaks to the user


def complain(error: PerturbError, *, as_json: bool) -> int:
    """What went wrong, as a JSON object where the result was asked for in JSON; its exit code."""
    if as_json:
        print(json.dumps(error.as_record()), file=sys.stderr)  # noqa: T201 - the skin speaks
    else:
        note(str(error))
    return error.exit_code


def refused(error: TyperException) -> PerturbError:
    """A value that the command line does not take, by where it was given, and where to read on."""
    from pydantic import ValidationError

    from perturbcli.edge.reading.validation import complaint

    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "perturb"
    parameter = getattr(error, "param", None)
    option, message = None, error.format_message()
    if parameter is not None and error.message:
        names = [name for name in parameter.opts if name.startswith("-")]
        option = max(names, key=len) if names else parameter.metavar or parameter.name
        message = error.message
        if isinstance(error.__cause__, ValidationError):
            message = complaint(error.__cause__.errors())
    message = " ".join(message.split()).rstrip(".")
    if not message:
        return UsageError("")
    if context is not None and parameter is not None:
        given = getattr(context.get_parameter_source(parameter.name), "name", None)
        if given == "DEFAULT_MAP":
            file, places = context.meta[KEYS]
            return InputError(file, places[parameter.name], message)
        if given == "ENVIRONMENT":
            option = parameter.envvar
    return UsageError(f"{message}; see '{command} --help'", source=option)
