"""The oracle of an instance's structure, and what the family says of a structure it can't take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from perturbcli.core.errors import InputError, PerturbError, SolverFailed, UsageError
from perturbcli.edge.reading.words import found, place
from solvers.errors import SolverError, StructureError
from solvers.oracle import Oracle

OPTIONS = {"backend": "--backend", "time_limit": "--time-limit"}
WORDS = {"tuple": "list", "dictionary": "mapping"}  # what Python and an instance call the same


def build(
    family: type[Oracle],
    keys: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    source: str,
    parameter: str,
    standard: bool = False,
) -> Oracle:
    """The family's oracle; `settings` are the fields that every oracle has.

    Raises `InputError` for a key at fault, which tells how to add keys that a `standard` file
    lacks, `UsageError` for an option, and `SolverFailed` where Y is found to be empty.
    """
    try:
        return family.model_validate({**keys, **settings})
    except StructureError as error:
        raise _structural(error, source, parameter) from None
    except SolverError as error:
        raise SolverFailed(str(error), source=source) from None
    except ValidationError as error:
        raise _invalid(error, keys, source, parameter, standard) from None


def _structural(error: StructureError, source: str, parameter: str) -> PerturbError:
    if error.key in OPTIONS:
        return UsageError(str(error), source=OPTIONS[error.key])
    of_theta = error.key in {"theta", "cost", "shape", "forbidden"}
    return InputError(source, parameter if of_theta else error.key, str(error))


def _invalid(
    error: ValidationError, keys: Mapping[str, Any], source: str, parameter: str, standard: bool
) -> PerturbError:
    """The first complaint of a validation, and how many more there are."""
    complaints: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        complaints.setdefault(_path(detail, keys), []).append(detail)
    missing = [str(path[0]) for path, (first, *_) in complaints.items() if _is_missing(path, first)]
    if missing:
        message = f"expected {'this key' if len(missing) == 1 else 'these keys'}, found none"
        if standard:
            lines = [f"file: {PurePath(source).name}", *(f"{key}: ..." for key in missing)]
            message += f"; write an instance {{{', '.join(lines)}}}"
        return InputError(source, ", ".join(missing), message)
    path, details = next(iter(complaints.items()))
    reason = details[0].get("ctx", {}).get("error")
    if isinstance(reason, StructureError):
        return _structural(reason, source, parameter)
    more = f" (and {len(complaints) - 1} more such)" if len(complaints) > 1 else ""
    message = f"{_expected(details)}, found {_found(details[0])}{more}"
    if path and path[0] in OPTIONS:
        return UsageError(message, source=OPTIONS[str(path[0])])
    return InputError(source, place(None, path), message)


def _is_missing(path: tuple[str | int, ...], detail: ErrorDetails) -> bool:
    return len(path) == 1 and detail["type"] == "missing"


def _path(detail: ErrorDetails, keys: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The part of a complaint's location that is in the instance; the rest names alternatives."""
    path: list[str | int] = []
    node: Any = keys
    for part in detail["loc"]:
        inside = (isinstance(node, Mapping) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        if inside or not path or detail["type"] == "missing":
            path.append(part)
        if not inside:
            break
        node = node[part]
    return tuple(path)


def _expected(details: list[ErrorDetails]) -> str:
    """What was expected, all alternatives of a union together."""
    wanted = []
    for detail in details:
        context = detail.get("ctx", {})
        match detail["type"]:
            case "missing":
                text = "this entry"
            case "too_short":
                text = f"a length of at least {context['min_length']}"
            case "too_long":
                text = f"a length of at most {context['max_length']}"
            case "int_parsing_size":
                text = "a smaller integer"
            case _:
                text = detail["msg"].removeprefix("Input should be ")
                text = re.sub(r"\ba valid ([aeiou])", r"an \1", text).replace("a valid ", "a ")
                text = " ".join(WORDS.get(word, word) for word in text.split())
        wanted.append(text)
    return f"expected {' or '.join(dict.fromkeys(wanted))}"


def _found(detail: ErrorDetails) -> str:
    return "none" if detail["type"] == "missing" else found(detail["input"])
