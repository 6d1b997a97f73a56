"""The options of `perturb compare`."""

from __future__ import annotations

from typing import Annotated

import typer

from perturbcli import options

DRAWING = ("epsilon", "noise", "multiplicative", "samples", "method", "seed")


def inside(value: float) -> float:
    """A number between 0 and 1."""
    if not 0 < value < 1:
        raise typer.BadParameter(f"expected a number between 0 and 1, found {value:g}")
    return value


Level = Annotated[float, typer.Option(callback=inside, help="Of the intervals, between 0 and 1.")]


def compare(
    ctx: typer.Context,
    a: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help="A saved result or an instance; - reads standard input.",
            show_default=False,
        ),
    ],
    b: Annotated[
        str,
        typer.Argument(
            metavar="B", help="Another of the same command and shape.", show_default=False
        ),
    ],
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    samples: Annotated[
        int, typer.Option("-n", "--samples", min=2, help="Draws of the noise for two instances.")
    ] = 1024,
    method: options.Method = "auto",
    seed: options.Seed = 0,
    level: Level = 0.95,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    allow_code: options.AllowCode = False,
    format_: options.Format = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print the differences B - A of two results, or of two instances, with standard errors.

    The errors of two results add in quadrature. Two instances are smoothed here with the same draws of
    the noise, so that what is common to both cancels. A saved result that fell short of what was asked
    gives its status to the differences.
    Example: perturb compare before.yaml after.yaml -n 4096
    """
    from perturbcli.commands import compare as command
    from perturbcli.commands.each import Call

    sources = {name: ctx.get_parameter_source(name) for name in DRAWING}
    given = [
        f"--{name}" for name, source in sources.items() if source and source.name == "COMMANDLINE"
    ]
    call = Call(None, backend, time_limit, format_, output, quiet, not no_timing, allow_code)
    settings = command.Settings(
        epsilon=epsilon,
        noise=noise,
        multiplicative=multiplicative,
        samples=samples,
        method=method,
        seed=seed,
        level=level,
    )
    progress = not (quiet or no_progress)
    return command.run([a, b], call, settings, given, show_progress=progress)
