"""The commands and their options. What a command does is in `perturbcli.commands`, loaded when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from perturbcli import __version__, options
from perturbcli.skin.batch import batch
from perturbcli.skin.command import Command
from perturbcli.skin.compare import compare
from perturbcli.skin.config import config
from perturbcli.skin.fit import fit
from perturbcli.skin.man import man
from perturbcli.skin.plot import plot
from perturbcli.skin.predict import predict
from perturbcli.skin.report import report
from solvers import SOLVERS

app = typer.Typer(
    name="perturb",
    help="Smooth combinatorial solvers: perturb their costs, average their answers, with error bars.",
    epilog="Options that are not given come from PERTURB_* variables, else from perturb.toml: see "
    "perturb config.",
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


@app.command(cls=Command)
def solve(
    instances: options.Instances,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    allow_code: options.AllowCode = False,
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

    call = Call(theta, backend, time_limit, format_, output, quiet, not no_timing, allow_code)
    return command.run(instances, call)


@app.command(cls=Command)
def smooth(
    instances: options.Instances,
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    covariance: options.Covariance = None,
    scale: options.Scale = None,
    samples: options.Samples = None,
    tolerance: options.Tolerance = None,
    method: options.Method = "auto",
    seed: options.Seed = 0,
    jacobian: options.Jacobian = False,
    jacobian_estimator: options.JacobianEstimator = "auto",
    jacobian_limit: options.JacobianLimit = 2000,
    jacobian_diagonal: options.JacobianDiagonal = False,
    jvp: options.Jvp = None,
    vjp: options.Vjp = None,
    target: options.Target = None,
    solutions: Annotated[
        int, typer.Option(min=0, metavar="K", help="List the K likeliest solutions.")
    ] = 0,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    checkpoint: options.Checkpoint = None,
    allow_code: options.AllowCode = False,
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

    call = Call(
        theta,
        backend,
        time_limit,
        format_,
        output,
        quiet,
        not no_timing,
        allow_code,
        workers,
        cluster,
    )
    settings = command.Settings(
        epsilon=epsilon,
        noise=noise,
        multiplicative=multiplicative,
        covariance=covariance,
        scale=scale,
        samples=command.SAMPLES if samples is None else samples,
        counted=samples is not None,
        tolerance=tolerance,
        method=method,
        seed=seed,
        jacobian=jacobian,
        jacobian_estimator=jacobian_estimator,
        jacobian_limit=jacobian_limit,
        jacobian_diagonal=jacobian_diagonal,
        jvp=jvp,
        vjp=vjp,
        target=target,
        solutions=solutions,
    )
    progress = not (quiet or no_progress)
    return command.run(instances, call, settings, checkpoint, show_progress=progress)


@app.command(cls=Command)
def sweep(
    instances: options.Instances,
    epsilons: options.Epsilons,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    covariance: options.Covariance = None,
    scale: options.Scale = None,
    samples: options.Samples = None,
    tolerance: options.Tolerance = None,
    method: options.Method = "auto",
    seed: options.Seed = 0,
    jacobian: options.Jacobian = False,
    jacobian_estimator: options.JacobianEstimator = "auto",
    jacobian_limit: options.JacobianLimit = 2000,
    jacobian_diagonal: options.JacobianDiagonal = False,
    jvp: options.Jvp = None,
    vjp: options.Vjp = None,
    target: options.Target = None,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    allow_code: options.AllowCode = False,
    format_: options.Format = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Smooth the solver at several temperatures, with the same draws of the noise at each.

    Both -n and --tolerance are of each temperature.

    Example: perturb sweep sample_problems/city_map.yaml --epsilons 0.01:10:20
    """
    from perturbcli.commands import sweep as command
    from perturbcli.commands.each import Call
    from perturbcli.commands.smooth import SAMPLES, Settings

    call = Call(
        theta,
        backend,
        time_limit,
        format_,
        output,
        quiet,
        not no_timing,
        allow_code,
        workers,
        cluster,
    )
    settings = Settings(
        noise=noise,
        multiplicative=multiplicative,
        covariance=covariance,
        scale=scale,
        samples=SAMPLES if samples is None else samples,
        counted=samples is not None,
        tolerance=tolerance,
        method=method,
        seed=seed,
        jacobian=jacobian,
        jacobian_estimator=jacobian_estimator,
        jacobian_limit=jacobian_limit,
        jacobian_diagonal=jacobian_diagonal,
        jvp=jvp,
        vjp=vjp,
        target=target,
    )
    progress = not (quiet or no_progress)
    return command.run(instances, call, settings, epsilons, show_progress=progress)


@app.command(cls=Command)
def sample(
    instance: options.Instance,
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    covariance: options.Covariance = None,
    scale: options.Scale = None,
    samples: Annotated[int, typer.Option("-n", "--samples", min=1, help="Number of draws.")] = 1024,
    seed: options.Seed = 0,
    theta: options.Theta = None,
    backend: options.Backend = "auto",
    time_limit: options.TimeLimit = None,
    workers: options.Workers = 1,
    cluster: options.Cluster = None,
    allow_code: options.AllowCode = False,
    format_: Annotated[
        options.SampleFormatName | None,
        typer.Option(
            "-f",
            "--format",
            help="An array, or a solution a line. (Default: by the suffix of -o, else jsonl.)",
            show_default=False,
        ),
    ] = None,
    output: options.Output = None,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Draw solutions y*(theta + eps Z) independently: what an agent who knows theta might choose.

    Example: perturb sample sample_problems/commute.yaml -n 200 -o choices.csv
    """
    from perturbcli.commands import sample as command
    from perturbcli.commands.each import Call
    from perturbcli.commands.smooth import Draws

    call = Call(
        theta, backend, time_limit, format_, output, quiet, False, allow_code, workers, cluster
    )
    settings = Draws(
        epsilon=epsilon,
        noise=noise,
        multiplicative=multiplicative,
        covariance=covariance,
        scale=scale,
        samples=samples,
        seed=seed,
    )
    return command.run(instance, call, settings, show_progress=not (quiet or no_progress))


app.command(cls=Command)(fit)
app.command(cls=Command)(predict)


@app.command(cls=Command)
def check(
    instances: options.Instances,
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    multiplicative: options.Multiplicative = False,
    samples: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--samples",
            min=8,
            help="Number of parameters to try. (Default: 256, fewer where a call is slow.)",
            show_default=False,
        ),
    ] = None,
    seed: options.Seed = 0,
    theta: options.Theta = None,
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
    """Audit the oracle: is it an argmax, is it optimal, does smoothing it agree with the theory.

    Exits 4 if a check failed, and saves the theta that broke it.
    Example: perturb check sample_problems/backpack.yaml
    """
    from perturbcli.commands import check as command
    from perturbcli.commands.each import Call

    call = Call(theta, backend, time_limit, format_, output, quiet, not no_timing, allow_code)
    settings = command.Settings(epsilon, noise, multiplicative, samples, seed)
    return command.run(instances, call, settings, show_progress=not (quiet or no_progress))


@app.command(cls=Command)
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


app.command(cls=Command)(batch)
app.command(cls=Command)(plot)
app.command(cls=Command)(report)


@app.command(cls=Command)
def families(
    format_: Annotated[
        options.CatalogueFormatName | None,
        typer.Option(
            "-f",
            "--format",
            help="(Default: a table on a terminal and JSON in a pipe.)",
            show_default=False,
        ),
    ] = None,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """List the families of problems and the keys of their instances.

    Example: perturb families
    """
    from perturbcli.commands import families as command

    return command.run(format_)


@app.command(cls=Command)
def new(
    family: Annotated[
        str,
        typer.Argument(
            metavar="FAMILY",
            help=f"One of {', '.join(SOLVERS)}.",
            autocompletion=lambda: list(SOLVERS),
            show_default=False,
        ),
    ],
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print an instance of a family, with a comment for each key, to start from.

    Example: perturb new knapsack > mine.yaml
    """
    from perturbcli.commands import new as command

    return command.run(family)


@app.command(cls=Command)
def schema(
    of: Annotated[
        options.SchemaName,
        typer.Argument(
            metavar="[instance|result|manifest]",
            help="What goes in, or what comes out.",
            show_default=False,
        ),
    ] = "instance",
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Print the JSON Schema of instances, of results or of manifests, for editors and validators.

    Example: perturb schema > instance.schema.json
    """
    from perturbcli.commands import schema as command

    return command.run(of)


app.command(cls=Command)(compare)
app.command(cls=Command)(config)
app.command(cls=Command)(man)
