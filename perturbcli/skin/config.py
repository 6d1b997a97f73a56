"""`perturb config`: what every option is when it is not given, and where that comes from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from perturbcli import options
from perturbcli.core.errors import UsageError
from perturbcli.edge.reading.words import found, meant
from perturbcli.reporting import KEYS
from perturbcli.skin.configured import (
    FILE,
    Configured,
    configure,
    named,
    siblings,
)

Table = dict[str, dict[str, Any]]  # long option -> its value, and where from


def config(
    ctx: typer.Context,
    command: Annotated[
        str | None,
        typer.Argument(
            metavar="COMMAND",
            help="One command's alone.",
            autocompletion=lambda ctx: list(siblings(ctx)),
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        Literal["table", "json"] | None,
        typer.Option(
            "-f",
            "--format",
            help="(Default: a table on a terminal and JSON in a pipe.)",
            show_default=False,
        ),
    ] = None,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print what every option is when it is not given, and where that comes from.

    Flags count before PERTURB_* variables, those before perturb.toml of the current directory.
    Example: PERTURB_SAMPLES=4096 perturb config smooth
    """
    from perturbcli.commands import config as run

    commands = siblings(ctx)
    if command is not None and command not in commands:
        message = f"expected a command, found {found(command)}{meant(command, commands)}"
        raise UsageError(message, source="COMMAND")
    asked = commands if command is None else {command: commands[command]}
    tables = {name: resolved(one, ctx) for name, one in asked.items()}
    return run.run(tables, format_)


def resolved(command: Any, ctx: typer.Context) -> Table:
    """The options of a command; raises what calling it without them would."""
    assert isinstance(command, Configured)
    inner = command.context_class(command, info_name=command.name, parent=ctx.parent)
    configure(command, inner)
    _, places = inner.meta[KEYS]
    table: Table = {}
    for name, option in named(command).items():
        value, source = option.consume_value(inner, {})
        inner.set_parameter_source(option.name, source)
        if value is not None:
            try:
                value = option.process_value(inner, value)
            except typer.BadParameter as error:
                error.ctx, error.param = inner, option
                raise
        origin = {
            "ENVIRONMENT": option.envvar,
            "DEFAULT_MAP": f"{FILE}: {places.get(option.name)}",
        }
        table[name] = {"value": value, "from": origin.get(source.name, "default")}
    return table
