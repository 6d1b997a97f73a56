"""A command of the program: the files that its options name are known before it runs, and kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.core import TyperOption

from perturbcli.core.errors import UsageError
from perturbcli.edge.apart import Apart, kept
from perturbcli.edge.reading.files import STDIN
from perturbcli.skin.configured import Configured, named

OUTPUTS = ("output", "data", "checkpoint")


class Command(Configured):
    """A command that neither writes over what it reads, nor two things to one file, nor reads - twice."""

    def invoke(self, ctx: Any) -> Any:
        if list(map(str, inputs(self, ctx.params))).count(STDIN) > 1:
            raise UsageError("expected standard input once, found it twice", source=STDIN)
        call = Apart()
        claim(call, self, ctx.params)
        with kept(call):
            return super().invoke(ctx)


def claim(call: Apart, command: Any, parameters: Mapping[str, Any]) -> None:
    """Take note of the files that the parameters of a command name. Raises `Overwriting`."""
    for path in inputs(command, parameters):
        call.reads(path)
    for name, option in outputs(command).items():
        for path in paths(parameters.get(name)):
            call.writes(path, option)


def outputs(command: Any) -> dict[str, str]:
    """The parameters that name what is written, each with its option."""
    return {str(one.name): f"--{name}" for name, one in named(command).items() if name in OUTPUTS}


def inputs(command: Any, parameters: Mapping[str, Any]) -> Iterator[Path | str]:
    """The files that the parameters of a command name to be read."""
    written = outputs(command)
    for parameter in command.params if written else []:  # without, arguments are no files
        if parameter.name not in written and is_file(parameter):
            yield from paths(parameters.get(parameter.name))


def is_file(parameter: Any) -> bool:
    """Whether a parameter names files: an argument, or an option that says so."""
    return (
        not isinstance(parameter, TyperOption) or parameter.metavar == "FILE" or parameter.nargs > 1
    )


def paths(value: Any) -> Iterator[Path | str]:
    """The files that the value of a parameter names."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from paths(one)
    elif value is not None:
        yield value
