"""The jobs of a batch: instances, and manifests that say what is done with which."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
)

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import documents, files
from perturbcli.edge.reading.patterns import alone, matching
from perturbcli.edge.reading.validation import complaint
from perturbcli.edge.reading.words import clipped, place

Text = Annotated[str, Field(min_length=1)]
Scalar = StrictBool | StrictInt | StrictFloat | Text
Value = Scalar | Annotated[list[Scalar], Field(min_length=1)]
Values = Annotated[list[Value], Field(min_length=1)]
CommandName = Literal["smooth", "sweep", "solve", "fit"]

OWN = ("jobs", "cross", "instance", "observations")  # one of which a manifest has, and no instance
MARKS = re.compile(rf"""\b(?:{"|".join(OWN)})["']?\s*:""")  # without which there is none of them
LONGEST = 255  # bytes of a file's name
UNFIT = re.compile(r"[^\w.+:,@%=-]+")  # what a name does not take over from a value
NAME = re.compile(r"[^/.\x00-\x1f][^/\x00-\x1f]*")


def sound(name: str) -> str:
    """A name that a file can have, and that no hidden file has."""
    if not NAME.fullmatch(name):
        raise ValueError("a name without / and control characters, and without a dot in front")
    return name


class Job(BaseModel):
    """What is done with an instance, or with each of several; further keys are long options."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Value] = Field(init=False)

    instance: Text | Annotated[list[Text], Field(min_length=1)] | None = Field(
        None, description="An instance, a pattern, or a list of them: a job each."
    )
    observations: Text | None = Field(None, description="What a fit is made to.")
    command: CommandName = "smooth"
    name: Annotated[str, AfterValidator(sound)] | None = Field(
        None, description="Of the result's file, without its suffix."
    )
    cross: dict[Text, Values] = Field(
        {}, description="Keys of the job, each with a list: a job for each combination."
    )


class Manifest(Job):
    """Jobs, or one job crossed with lists; other keys count for each job that does not have them."""

    jobs: Annotated[list[Job], Field(min_length=1)] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Where in a manifest a job is, and what is said of it.

    place   its place, None for the whole
    places  those of its keys that are there
    lists   those of the lists that it is crossed with
    shared  keys that are said of several jobs, for each whose command has them
    given   those of them that the command line says
    """

    place: str | None
    places: Mapping[str, str]
    lists: Mapping[str, str]
    shared: Set[str]
    given: Set[str]

    def at(self, key: str) -> str:
        """The place of a key, or where it would be."""
        return self.places.get(key) or place(self.place, [key]) or key

    def named(self, key: str) -> str:
        """The place of a key, that of the whole list where it is crossed with one."""
        return (key in self.lists and place(self.lists[key], [key])) or self.at(key)


@dataclass(frozen=True, slots=True)
class Entry:
    """One job as a manifest has it.

    source     the manifest, or the instance itself where that was given alone
    said       its place in there, and those of what is said of it
    directory  where the files are that options name
    options    by their long names without dashes
    """

    source: str
    said: Said
    directory: Path
    command: str
    name: str
    instance: str | None
    observations: str | None
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        length = len(f"{self.name}.json".encode(errors="surrogateescape"))
        if length > LONGEST:
            message = (
                f"expected one of at most {LONGEST} bytes with .json, found {clipped(self.name)!r}"
            )
            raise InputError(self.source, self.said.at("name"), f"{message} of {length}")


def entries(path: str, shared: Mapping[str, Any], command: str) -> Iterator[Entry]:
    """The jobs of a pattern of files, each a manifest, an instance, or for a fit observations.

    shared   options of every job that does not have them
    command  of every job that does not name one

    Raises `InputError` for a manifest that can't be read, and for a file that is not there.
    """
    if files.stream(path):
        raise InputError(files.named(path), None, "expected a file: it may be read again")
    for one in matching(path, Path(), files.named(path), None):
        document = manifest(one)
        if document is not None:
            yield from jobs(document, one, shared, command)
            continue
        key = "observations" if command == "fit" else "instance"
        subject: dict[str, str | None] = {"instance": None, "observations": None, key: one}
        alone(subject["instance"], one, None)
        said = Said(None, {}, {}, frozenset(), shared.keys())
        yield Entry(one, said, Path(), command, PurePath(one).stem, **subject, options=shared)


def manifest(path: str) -> dict[str, Any] | None:
    """The mapping of a manifest; None for what is an instance, sound or not."""
    if PurePath(path).suffix.lower() not in documents.SYNTAXES:
        return None
    text = files.text(path)
    if not MARKS.search(text):
        return None
    document = documents.parse(text, path, documents.SYNTAXES[PurePath(path).suffix.lower()])
    return document if set(OWN) & set(document) and "problem" not in document else None


def jobs(
    document: Mapping[str, Any], source: str, shared: Mapping[str, Any], command: str
) -> Iterator[Entry]:
    """The jobs of a manifest, with `shared` options and a command for those that have none."""
    try:
        whole = Manifest.model_validate({"command": command, **shared, **document})
    except ValidationError as error:
        raise invalid(error, document, source) from None
    given = shared.keys() - document.keys()
    outer = {"command": command, **shared, **document}
    places = {key: place(None, [key]) or key for key in document}
    lists = dict.fromkeys(whole.cross, "cross")
    if whole.jobs is None:
        yield from crossed(whole, source, Said(None, places, lists, given, given))
        return
    del outer["jobs"]
    for index, job in enumerate(document["jobs"]):
        here, own = f"jobs[{index}]", job.get("cross", {})
        merged = Job.model_validate({**outer, **job, "cross": {**outer.get("cross", {}), **own}})
        said = Said(
            here,
            places | {key: place(here, [key]) or key for key in job},
            lists | dict.fromkeys(own, f"{here}.cross"),
            outer.keys() - job.keys(),
            given - job.keys(),
        )
        yield from crossed(merged, source, said)


def crossed(job: Job, source: str, said: Said) -> Iterator[Entry]:
    """A job for each combination of instances and of what it is crossed with."""
    directory = Path(source).parent
    lists: dict[str, list[Any]] = dict(job.cross)
    for word in ("name", "command", "jobs", "cross"):
        if word in lists:
            message = "expected instances, observations or options to cross with"
            key = place(said.lists[word], [word])
            raise InputError(source, key, f"{message}, found {word!r}")
    given = job.instance if isinstance(job.instance, list) else [job.instance]
    key = (
        place(said.lists["instance"], ["instance"]) if "instance" in lists else said.at("instance")
    )
    listed = "instance" in lists or isinstance(job.instance, list)
    instances = [
        one
        for index, pattern in enumerate(lists.pop("instance", given))
        if pattern is not None
        for one in matching(str(pattern), directory, source, place(key, [index] if listed else []))
    ]
    for one, chosen in product(instances if instances else [None], combinations(lists)):
        alone(one, source, key)
        places = {
            name: place(said.lists[name], [name, index]) or name
            for name, (index, _) in chosen.items()
        }
        values = {name: value for name, (_, value) in chosen.items()}
        options = {**(job.__pydantic_extra__ or {}), **values}
        observations = options.pop("observations", job.observations)
        if observations is not None:
            observations = str(directory / str(observations))
        stem = PurePath(one or observations or job.command).stem
        words = [job.name or stem, *([stem] if job.name and len(instances) > 1 else [])]
        words += [UNFIT.sub("_", f"{option}={value}") for option, value in values.items()]
        here = replace(said, places={**said.places, **places}, given=said.given - values.keys())
        name = "-".join(words)
        yield Entry(source, here, directory, job.command, name, one, observations, options)


def combinations(lists: Mapping[str, list[Any]]) -> list[dict[str, tuple[int, Any]]]:
    """A value of each list, with its index, in every way."""
    return [dict(zip(lists, one, strict=True)) for one in product(*map(enumerate, lists.values()))]


def invalid(error: ValidationError, document: Any, source: str) -> InputError:
    """The first complaint of a validation, with all alternatives of the value that it is about."""
    details = error.errors(include_url=False)
    path: list[str | int] = []
    for part in details[0]["loc"]:  # of which the end may name an alternative
        if not (part in document if isinstance(document, dict) else isinstance(part, int)):
            break
        path.append(part)
        document = document[part]
    same = [one for one in details if one["loc"][: len(path)] == tuple(path)]
    message = complaint(same).replace(" or instance of Job", "")
    return InputError(source, place(None, path), message)
