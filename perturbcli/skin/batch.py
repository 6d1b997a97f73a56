"""The options of `perturb batch`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from perturbcli import options
from perturbcli.core.errors import UsageError
from perturbcli.edge.apart import Apart
from perturbcli.skin.calls import Calls
from perturbcli.skin.command import claim
from perturbcli.skin.configured import named, siblings

if TYPE_CHECKING:
    from perturbcli.commands.batch import Job
    from perturbcli.edge.reading.manifest import Entry

CommandName = Literal["smooth", "sweep", "solve", "fit"]

BEFORE = " A manifest's own goes before it."


def batch(
    ctx: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="JOBS",
            help="Instances, patterns in quotes ('maps/*.yaml'), and manifests with `jobs` or `cross`.",
            show_default=False,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            parser=options.path,
            metavar="DIR",
            help="Where results go: NAME.json of each job, and results.jsonl of all.",
            show_default=False,
        ),
    ],
    command: Annotated[
        CommandName, typer.Option(help="What is done with instances that no manifest tells of.")
    ] = "smooth",
    epsilon: Annotated[
        float | None,
        typer.Option(
            "-e",
            "--epsilon",
            metavar="FLOAT",
            callback=options.positive,
            help="Temperature, in units of theta. (Default: the instance's, else 1.)" + BEFORE,
            show_default=False,
        ),
    ] = None,
    noise: Annotated[
        options.NoiseName | None,
        typer.Option(
            help="Law of the noise. (Default: the instance's, else gaussian.)" + BEFORE,
            show_default=False,
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            "-n",
            "--samples",
            min=2,
            help="Number of perturbed oracle calls. (Default: 1024.)" + BEFORE,
            show_default=False,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the noise. (Default: 0.)" + BEFORE, show_default=False),
    ] = None,
    jacobian: options.Jacobian = False,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "-s",
            "--set",
            metavar="KEY=VALUE",
            help="Any other long option of every job that has not got it, such as solutions=3.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option("-j", "--workers", min=1, metavar="N", help="Processes that do the jobs.")
    ] = 1,
    cluster: options.Cluster = None,
    keep_going: Annotated[
        bool,
        typer.Option(
            "--keep-going/--no-keep-going",
            help="Go on after a job that fails, or end with those under way.",
        ),
    ] = True,
    allow_code: options.AllowCode = False,
    quiet: options.Quiet = False,
    no_progress: options.NoProgress = False,
    no_timing: options.NoTiming = False,
    debug: options.Debug = False,  # noqa: ARG001 - the error boundary reads it
) -> int:
    """Do many jobs, each with a result of its own; run again, do what is missing or has changed.

    Exits 5 if any job failed or fell short; its record says why.
    Example: perturb batch 'sample_problems/c*.yaml' -o results -n 4096 -j 2
    """
    from perturbcli.__main__ import explained
    from perturbcli.commands import batch as run
    from perturbcli.edge.reading.manifest import entries
    from perturbcli.reporting import note

    if str(output) == "-":
        raise UsageError("expected a directory, found standard output", source="--output")
    commands = siblings(ctx)
    usual = {"epsilon": epsilon, "noise": noise, "samples": samples, "seed": seed}
    shared: dict[str, Any] = {
        name: str(value) for name, value in usual.items() if value is not None
    }
    shared |= {"jacobian": True} if jacobian else {}
    added = pairs(set_ or [], commands)
    shared |= added
    calls = Calls(ctx, {"allow_code": allow_code, "no_timing": no_timing})
    found = [one for source in sources for one in entries(source, shared, command)]
    jobs = [calls.job(one) for one in found]
    check(jobs, output)
    over = passed_over(found, shared, calls)
    if not quiet:
        for name, (first, *others) in over.items():
            option = f"--set {name}" if name in added else f"--{name}"
            if typed(ctx, "set_" if name in added else name):
                verb = "is" if len(others) == 1 else "are"
                more = f", as {verb} {len(others)} more in manifests" if others else ""
                note(f"{first}: taken instead of {option}{more}")
    apart = Apart()
    for source in {one.source for one in found}:
        apart.reads(source)
    for job in jobs:
        claim(
            apart, commands[job.command], job.parameters | {"output": output / f"{job.name}.json"}
        )
    apart.writes(output / run.RESULTS, "--output")
    settings = run.Settings(
        output, apart, workers, cluster, keep_going, quiet, not (quiet or no_progress)
    )
    return run.run(jobs, settings, perform, explained)


def pairs(given: list[str], commands: Mapping[str, Any]) -> dict[str, Any]:
    """The options of KEY=VALUE; files are those of the current directory."""
    every = {name: option for one in commands.values() for name, option in named(one).items()}
    shared: dict[str, Any] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UsageError(f"expected KEY=VALUE, found {text!r}", source="--set")
        if key in every and every[key].metavar == "FILE":
            value = str(Path(value).absolute())
        shared[key] = {"true": True, "false": False}.get(value, value)
    return shared


def passed_over(
    found: Iterable[Entry], shared: Mapping[str, Any], calls: Calls
) -> dict[str, list[str]]:
    """The options of all jobs that manifests go before, each with the places of theirs.

    Raises `UsageError` for a value that is none of its option.
    """
    over: dict[str, dict[str, None]] = {}
    for entry in found:
        known = named(siblings(calls.ctx)[entry.command])
        for key in shared.keys() & entry.options.keys() & known.keys() - entry.said.given:
            said = replace(entry.said, given=entry.said.given | {key})
            calls.job(replace(entry, said=said, options={**entry.options, key: shared[key]}))
            over.setdefault(key, {})[f"{entry.source}: {entry.said.named(key)}"] = None
    return {key: list(over[key]) for key in shared if key in over}


def typed(ctx: typer.Context, name: str) -> bool:
    """Whether an option is the command line's, and no default of variables or the file."""
    return getattr(ctx.get_parameter_source(name), "name", None) == "COMMANDLINE"


def check(jobs: list[Job], output: Path) -> None:
    """Raise `UsageError` where two jobs would have the same result file."""
    counts = Counter(job.name for job in jobs)
    [(name, count)] = counts.most_common(1)
    if count > 1:
        message = f"expected a name of its own for each job, found {count} for {output / name}.json"
        raise UsageError(f"{message}; a manifest can give them a `name`")


@cache
def commands() -> Any:
    """The commands of the program, made once a process."""
    from perturbcli.cli import app

    group: Any = typer.main.get_command(app)
    return group.commands


def perform(command: str, parameters: dict[str, Any]) -> int:
    """Do one job; its exit code."""
    code: int = commands()[command].callback(**parameters)
    return code
