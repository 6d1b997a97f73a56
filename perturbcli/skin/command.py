"""A command of the program: the files that its options name are known before it runs, and kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from typer.core import TyperOption

from perturbcli.edge.apart import Apart, kept
from perturbcli.skin.configured import Configured, named

OUTPUTS = ("output", "data", "checkpoint")


class Command(Configured):
    """A command that refuses to write over what it reads, or to write two things to one file."""

    def invoke(self, ctx: Any) -> Any:
        call = Apart()
        claim(call, self, ctx.params)
        with kept(call):
            return super().invoke(ctx)


def claim(call: Apart, command: Any, parameters: Mapping[str, Any]) -> None:
    """Take note of the files that the parameters of a command name. Raises `Overwriting`."""
    outputs = {
        option.name: f"--{name}" for name, option in named(command).items() if name in OUTPUTS
    }
    for parameter in command.params if outputs else []:  # without, arguments are no files
        if parameter.name not in outputs and is_file(parameter):
            for path in paths(parameters.get(parameter.name)):
                call.reads(path)
    for name, option in outputs.items():
        for path in paths(parameters.get(name)):
            call.writes(path, option)


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
