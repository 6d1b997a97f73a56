"""The jobs of a batch as calls of the other commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perturbcli.core.errors import InputError, PerturbError, UsageError
from perturbcli.skin.configured import named, siblings

if TYPE_CHECKING:
    from perturbcli.commands.batch import Job
    from perturbcli.edge.reading.manifest import Entry

COMMANDS = ("smooth", "sweep", "solve", "fit")

# Options that are the batch's to give, not a job's.
OWN = (
    "allow-code", "cluster", "workers", "output", "format", "quiet", "no-progress", "no-timing",
    "debug",
)  # fmt: skip
# Parameters that change nothing in a result.
IDLE = ("checkpoint", "cluster", "workers", "output", "format_", "quiet", "no_progress", "debug")


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
        if (
            option is None
            and key in entry.said.shared | entry.said.given
            and elsewhere(key, self.ctx)
        ):
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
            option = reason.source or ""
            if option and not option.startswith("--"):  # of perturb.toml, or of a variable
                raise reason from None
            message = reason.message.partition("; see 'perturb")[0]
            raise blamed(entry, option.removeprefix("--"), message) from None
        ours = {**self.ours, "workers": 1, "cluster": None, "format_": "json", "quiet": True}
        return {**inner.params, **{name: ours[name] for name in ours.keys() & inner.params.keys()}}


def elsewhere(key: str, ctx: typer.Context) -> bool:
    """Whether another command of jobs has an option."""
    return any(key in named(siblings(ctx)[name]) for name in COMMANDS)


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
    key = entry.said.at("observations")
    if entry.command == "fit":
        if entry.observations is None and "long" not in entry.options:
            raise InputError(entry.source, key, "expected this key of a fit, found none")
        family = [] if entry.instance is None else [f"--instance={entry.instance}"]
        return [entry.observations or "", *family]
    if entry.observations is not None:
        raise InputError(entry.source, key, f"expected a key of {entry.command}, found one of fit")
    if entry.instance is None:
        key = entry.said.at("instance")
        raise InputError(entry.source, key, f"expected this key of {entry.command}, found none")
    return [entry.instance]


def unknown(entry: Entry, key: str, command: Any) -> PerturbError:
    """The error for a key that is no option of a job."""
    from perturbcli.edge.reading.words import meant

    if key in OWN:
        return blamed(entry, key, f"expected --{key} of perturb batch itself")
    message = f"expected a long option of perturb {entry.command}, found an unknown one"
    return blamed(entry, key, message + meant(key, named(command)))


def wrong(entry: Entry, key: str, wanted: str, value: Any) -> PerturbError:
    """The error for a value of another kind."""
    from perturbcli.edge.reading.words import found

    return blamed(entry, key, f"expected {wanted}, found {found(value)}")


def blamed(entry: Entry, key: str, message: str) -> PerturbError:
    """The error for an option of a job, none for one that is missing, where it is said."""
    said = entry.said
    if key in said.given:
        return UsageError(message, source="--set", key=key)
    if said.place is None and not said.places:  # an instance alone, which has no options
        return UsageError(f"{message}; --set KEY=VALUE gives it", source="--command")
    return InputError(entry.source, said.at(key) if key else said.place, message)
