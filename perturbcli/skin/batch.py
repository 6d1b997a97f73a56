"""The options of `perturb batch`, and its jobs as calls of the other commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import typer

from perturbcli import options
from perturbcli.core.errors import InputError, UsageError
from perturbcli.edge.apart import Apart
from perturbcli.skin.command import claim
from perturbcli.skin.configured import named, siblings

if TYPE_CHECKING:
    from perturbcli.commands.batch import Job
    from perturbcli.edge.reading.manifest import Entry

CommandName = Literal["smooth", "sweep", "solve", "fit"]

# Options that are the batch's to give, not a job's.
OWN = (
    "allow-code", "cluster", "workers", "output", "format", "quiet", "no-progress", "no-timing",
    "debug",
)  # fmt: skip
# Parameters that change nothing in a result.
IDLE = ("checkpoint", "cluster", "workers", "output", "format_", "quiet", "no_progress", "debug")


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
            metavar="DIR",
            help="Where results go: NAME.json of each job, and results.jsonl of all.",
            show_default=False,
        ),
    ],
    command: Annotated[
        CommandName, typer.Option(help="What is done with instances that no manifest tells of.")
    ] = "smooth",
    epsilon: options.Epsilon = None,
    noise: options.Noise = None,
    samples: options.Samples = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Seed of the noise. (Default: 0.)", show_default=False),
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

    commands = siblings(ctx)
    usual = {"epsilon": epsilon, "noise": noise, "samples": samples, "seed": seed}
    shared: dict[str, Any] = {
        name: str(value) for name, value in usual.items() if value is not None
    }
    shared |= {"jacobian": True} if jacobian else {}
    shared |= pairs(set_ or [], commands)
    calls = Calls(ctx, {"allow_code": allow_code, "no_timing": no_timing})
    found = [one for source in sources for one in entries(source, shared, command)]
    jobs = [calls.job(one) for one in found]
    check(jobs, output)
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


@dataclass(slots=True)
class Calls:
    """The calls that jobs are; those that differ in the instance alone are parsed once.

    ours  what the batch itself says of all
    """

    ctx: typer.Context
    ours: dict[str, Any]
    parsed: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)

    def job(self, entry: Entry) -> Job:
        """A job with every option resolved. Raises `InputError` for a wrong one."""
        from perturbcli.commands.batch import Job

        command = siblings(self.ctx)[entry.command]
        words = [word for option in entry.options.items() for word in self.words(entry, *option)]
        subject, *others = arguments(entry)
        key = (entry.command, *others, *words)
        if key not in self.parsed:
            self.parsed[key] = self.parameters(entry, command, [subject, *others, *words])
        parameters = dict(self.parsed[key])
        if "instances" in parameters:
            parameters["instances"] = [entry.instance]
        elif entry.observations is not None:
            parameters["samples"] = entry.observations
        for name, value in entry.options.items():
            if value is False and name in named(command):
                parameters[named(command)[name].name] = False
        asked = {
            name: there(value, name in names(entry))
            for name, value in parameters.items()
            if name not in IDLE
        }
        return Job(entry.name, entry.command, parameters, asked)

    def words(self, entry: Entry, key: str, value: Any) -> list[str]:
        """An option as words of the command line."""
        command = siblings(self.ctx)[entry.command]
        option = named(command).get(key)
        if option is None and key in entry.shared and elsewhere(key, self.ctx):
            return []
        if option is None or key in OWN or (entry.command == "fit" and key == "instance"):
            raise unknown(entry, key, command)
        if option.is_flag:
            if not isinstance(value, bool):
                raise wrong(entry, key, "true or false", value)
            return [f"--{key}"] if value else []
        values = value if isinstance(value, list) else [value]
        if any(isinstance(one, bool) for one in values):
            raise wrong(entry, key, "a number or text", value)
        if option.metavar == "FILE" or option.nargs > 1:
            values = [entry.directory / str(one) for one in values]
        texts = list(map(str, values))
        if option.nargs > 1:
            return [f"--{key}", *texts]
        return [f"--{key}={text}" for text in (texts if option.multiple else [",".join(texts)])]

    def parameters(self, entry: Entry, command: Any, words: list[str]) -> dict[str, Any]:
        """What the command's function is called with."""
        from perturbcli.reporting import refused

        try:
            inner = command.make_context(
                entry.command, [word for word in words if word], parent=self.ctx.parent
            )
        except typer.TyperException as error:
            reason = refused(error)
            message = reason.message.partition("; see 'perturb")[0]
            key = ".".join(filter(None, [entry.place, (reason.source or "").removeprefix("--")]))
            raise InputError(entry.source, key or None, message) from None
        ours = {**self.ours, "workers": 1, "cluster": None, "format_": "json", "quiet": True}
        return {**inner.params, **{name: ours[name] for name in ours.keys() & inner.params.keys()}}


def elsewhere(key: str, ctx: typer.Context) -> bool:
    """Whether another command of jobs has an option."""
    return any(key in named(siblings(ctx)[name]) for name in get_args(CommandName))


def names(entry: Entry) -> tuple[str, ...]:
    """The parameters that name files as mere text."""
    return ("samples", "instance", "long") if entry.command == "fit" else ("instances",)


def there(value: Any, file: bool) -> Any:
    """The name of a file from wherever it is looked at; any other value as it is."""
    if isinstance(value, list) and file:
        return [there(one, file) for one in value]
    return str(Path(value).absolute()) if isinstance(value, Path) or (file and value) else value


def arguments(entry: Entry) -> list[str]:
    """The words that are no options of the job's own, the first of them, if any, what it is done to."""
    key = ".".join(filter(None, [entry.place, "observations"]))
    if entry.command == "fit":
        if entry.observations is None and "long" not in entry.options:
            raise InputError(entry.source, key, "expected this key of a fit, found none")
        family = [] if entry.instance is None else [f"--instance={entry.instance}"]
        return [entry.observations or "", *family]
    if entry.observations is not None:
        raise InputError(entry.source, key, f"expected a key of {entry.command}, found one of fit")
    if entry.instance is None:
        key = ".".join(filter(None, [entry.place, "instance"]))
        raise InputError(entry.source, key, f"expected this key of {entry.command}, found none")
    return [entry.instance]


def unknown(entry: Entry, key: str, command: Any) -> InputError:
    """The error for a key that is no option of a job."""
    from perturbcli.edge.reading.words import meant

    place = ".".join(filter(None, [entry.place, key]))
    if key in OWN:
        return InputError(entry.source, place, f"expected --{key} of perturb batch itself")
    message = f"expected a long option of perturb {entry.command}, found an unknown one"
    return InputError(entry.source, place, message + meant(key, named(command)))


def wrong(entry: Entry, key: str, wanted: str, value: Any) -> InputError:
    """The error for a value of another kind."""
    from perturbcli.edge.reading.words import found

    place = ".".join(filter(None, [entry.place, key]))
    return InputError(entry.source, place, f"expected {wanted}, found {found(value)}")


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
