"""Plain data that was read, checked to be a result and given arrays for its nested lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import ValidationError

from perturbcli.core.errors import InputError
from perturbcli.core.perturbation import LARGEST
from perturbcli.edge.reading.arrays import bounded, nested
from perturbcli.edge.reading.common import labels
from perturbcli.edge.reading.words import found, place
from perturbcli.edge.saved.fits import agreed
from perturbcli.edge.saved.models import RESULTS, Result

Shape = tuple[int, ...]

SQUARED = LARGEST**1.5  # what a result may hold, and be squared
FREEDOM = "degrees_of_freedom"  # of differences, whose every entry has its own
ESTIMATE = ("estimate", "standard_error", "lower", "upper", "z", "monte_carlo_error")


def checked(value: Any, source: str) -> dict[str, Any]:
    """The document that `value` is; its lists of numbers become arrays, NaN where they have null.

    Raises `InputError` naming the key, what was expected there and what was found.
    """
    if not isinstance(value, dict):
        raise InputError(source, None, f"expected a result, a mapping; found {found(value)}")
    if value.get("command") == "batch":
        message = f"expected a result, found a job that failed: {value.get('message')}"
        raise InputError(source, None, message)
    try:
        RESULTS.get(str(value.get("command")), Result).model_validate(value)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        key = place(None, detail["loc"])
        if detail["type"] == "missing":
            raise InputError(source, key, "expected this key of a result, found none") from None
        wanted = detail["msg"].removeprefix("Input should be ").partition(" or instance of ")[0]
        wanted = wanted.replace("dictionary", "mapping")
        given = found(detail["input"])
        raise InputError(source, key, f"expected {wanted}, found {given}") from None
    shape = tuple(value["shape"])
    labels(value, source, shape)
    swept: Shape = ()
    if "epsilon" in value:
        epsilon = value["epsilon"]
        if "sweep" in (value["command"], value.get("of")) and isinstance(
            epsilon, list | np.ndarray
        ):
            swept = (len(epsilon),)
        value["epsilon"] = numbers(epsilon, swept, source, "epsilon")
    for key in ("method", "samples"):
        if swept and isinstance(value.get(key), list):
            alike(value[key], swept[0], source, key)
    progress = value.get("progress")
    if progress is not None:
        alike(progress["gradient"], len(progress["calls"]), source, "progress.gradient")
    each = (value["predictions"],) if value["command"] == "predict" else ()
    d = side = math.prod(shape)
    if value.get("jacobian") and "entries" in value["jacobian"]:
        positions = value["jacobian"]["entries"]
        side = len(positions)
        if not all(0 <= i < d for i in positions):
            raise InputError(source, "jacobian.entries", f"expected positions from 0 to {d - 1}")
    shapes = {
        "perturbed_solution": swept + each + shape,
        "perturbed_value": swept,
        "jacobian": (*swept, side, side),
        "loss": swept,
        "loss.gradient": swept + shape,
        "solution": each + shape,
        "theta": each + shape,
        "intercept": shape,
        "moments.observed": shape,
        "moments.fitted": shape,
        FREEDOM: swept,
    }
    if isinstance(value.get("names"), list):
        shapes["coefficients"] = (len(value["names"]),)
    for key in ("theta", "cost") if each else ():
        if key in value:
            value[key] = numbers(value[key], shapes["theta"], source, key)
    arrays(value, shapes, source, "")
    if value["command"] == "fit":
        agreed(value, source)
    return value


def arrays(node: Any, shapes: dict[str, Shape], source: str, name: str) -> None:
    """Put arrays for the lists of solutions and estimates in a mapping, and in those below it."""
    if isinstance(node, list):
        for i, entry in enumerate(node):
            arrays(entry, shapes, source, f"{name}[{i}]")
    elif isinstance(node, dict):
        for key, value in node.items():
            below = f"{name}.{key}" if name else key
            if key in {"solution", "better"}:
                node[key] = numbers(value, shapes["solution"], source, below)
            elif (key in ESTIMATE and "estimate" in node) or (key == FREEDOM and "z" in node):
                node[key] = numbers(value, shapes.get(name), source, below)
            elif below in {"monte_carlo_error", "covariance", "moments.fitted"}:
                node[key] = numbers(value, shapes.get(below), source, below)
            elif key == "answer":
                _check_answer(value, source, below)
            elif key != "labels":
                arrays(value, shapes, source, below)
        if "estimate" in node:
            one_shape(node, shapes[FREEDOM], source, name)


def one_shape(pair: dict[str, Any], swept: Shape, source: str, name: str) -> None:
    """Refuse an estimate whose errors, bounds or degrees of freedom are not as many as it has entries."""
    shape = np.shape(pair["estimate"])
    for key in ESTIMATE:
        if pair.get(key) is not None and np.shape(pair[key]) != shape:
            message = f"expected shape {shape} as the estimate has, found {np.shape(pair[key])}"
            raise InputError(source, f"{name}.{key}", message)
    degrees = pair.get(FREEDOM)
    if isinstance(degrees, list):
        alike(degrees, swept[0] if swept else None, source, f"{name}.{FREEDOM}")


def alike(values: list[Any], size: int | None, source: str, key: str) -> None:
    """Refuse a list of another length; a size of None is no list."""
    if len(values) != size:
        wanted = "a number" if size is None else f"a length of {size}"
        raise InputError(source, key, f"expected {wanted}, found {found(values)}")


def _check_answer(answer: Any, source: str, key: str) -> None:
    """Refuse a mapping that is neither of amounts by name, nor of a path and the cycles beside it."""
    if not isinstance(answer, dict):
        return
    wanted = list if {"path", "cycles"} == answer.keys() else int | float
    for name, value in answer.items():
        if not isinstance(value, wanted):
            kind = "a list" if wanted is list else "a number"
            raise InputError(source, f"{key}.{name}", f"expected {kind}, found {found(value)}")


def numbers(value: Any, shape: Shape | None, source: str, key: str) -> Any:
    """A number, null or array; of `shape` if it is known."""
    if isinstance(value, list) and shape != ():
        rank = depth(value) if shape is None else len(shape)
        array, missing = nested(value, rank, source=source, key=key, nullable=True)
        if missing is not None:
            array[missing] = np.nan
        value = array
    elif not isinstance(value, int | float | np.ndarray | None) or isinstance(value, bool):
        raise InputError(source, key, f"expected a number, found {found(value)}")
    if shape is not None and np.shape(value) != shape:
        raise InputError(source, key, f"expected shape {shape}, found {np.shape(value)}")
    if value is not None:
        bounded(np.asarray(value, np.float64), source=source, key=key, most=SQUARED)
    return value


def depth(value: list[Any]) -> int:
    """How many lists the first number is in."""
    return 1 + depth(value[0]) if value and isinstance(value[0], list) else 1
