"""The commands and their options. What a command does is in `perturbcli.commands`, loaded when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from perturbcli import __version__, options

app = typer.Typer(
    name="perturb",
    help="Smooth combinatorial solvers: perturb their costs, average their answers, with error bars.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        typer.echo(f"perturb {__version__}")
        raise typer.Exit


@app.callback()
def program(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    pass


@app.command()
def solve(
    instances: options.Instances,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    format_: options.Format = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print the solution y*(theta) and its value, without noise.

    Example: perturb solve sample_problems/shift_plan.yaml
    """
    from perturbcli.commands import solve as command
    from perturbcli.commands.each import Call

    call = Call(theta, backend, time_limit, format_, output, quiet, not no_timing)
    return command.run(instances, call)


@app.command()
def smooth(
    instances: options.Instances,
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    samples: options.Samples = 1024,
    method: options.Method = "auto",
    seed: options.Seed = 0,
    jacobian: Annotated[
        bool, typer.Option("--jacobian", help="The Jacobian of the smoothed solution.")
    ] = False,
    jacobian_limit: Annotated[
        int, typer.Option(min=1, help="Largest theta whose Jacobian is a full matrix.")
    ] = 2000,
    target: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A solution (.npy, .npz, .csv, JSON lines): its Fenchel-Young loss and gradient.",
            show_default=False,
        ),
    ] = None,
    solutions: Annotated[
        int, typer.Option(min=0, metavar="K", help="List the K likeliest solutions.")
    ] = 0,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    format_: options.Format = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Smooth the solver: E y*(theta + eps Z) and its value, each with a standard error.

    Example: perturb smooth sample_problems/city_map.yaml --jacobian --solutions 3
    """
    from perturbcli.commands import smooth as command
    from perturbcli.commands.each import Call

    call = Call(theta, backend, time_limit, format_, output, quiet, not no_timing)
    settings = command.Settings(
        epsilon=epsilon,
        noise=noise,
        multiplicative=multiplicative,
        samples=samples,
        method=method,
        seed=seed,
        jacobian=jacobian,
        jacobian_limit=jacobian_limit,
        target=target,
        solutions=solutions,
    )
    return command.run(instances, call, settings, show_progress=not (quiet or no_progress))


@app.command()
def check(
    instances: options.Instances,
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    samples: Annotated[
        int, typer.Option("-n", "--samples", min=8, help="Number of parameters to try.")
    ] = 256,
    seed: options.Seed = 0,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    format_: options.Format = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Audit the oracle: is it an argmax, is it optimal, does smoothing it agree with the theory.

    Exits 4 if a check failed. Example: perturb check sample_problems/backpack.yaml
    """
    from perturbcli.commands import check as command
    from perturbcli.commands.each import Call

    call = Call(theta, backend, time_limit, format_, output, quiet, not no_timing)
    settings = command.Settings(epsilon, noise, multiplicative, samples, seed)
    return command.run(instances, call, settings, show_progress=not (quiet or no_progress))


@app.command()
def show(
    results: Annotated[
        list[str],
        typer.Argument(
            metavar="RESULT",
            help="Saved results: .json, .jsonl, .yaml or .npz; - reads standard input.",
            show_default=False,
        ),
    ],
    format_: options.Format = None,
    output: options.Output = None,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Render a saved result again, in any format.

    Example: perturb show result.npz
    """
    from perturbcli.commands import show as command

    return command.run(results, format=format_, output=output)
