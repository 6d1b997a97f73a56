"""The differences of two results as a document: B - A, in the sense that both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from perturbcli import __version__
from perturbcli.core.difference import Difference, difference
from perturbcli.core.errors import InputError
from perturbcli.core.records import Estimate
from perturbcli.edge.document import Document, calls, header, number, turned, unperturbed, whole
from perturbcli.edge.reading.words import found

if TYPE_CHECKING:
    from perturbcli.core.comparing import Compared
    from perturbcli.edge.reading.instance import Instance

# Command -> the estimates that are compared where both results have them.
ESTIMATES: dict[str, tuple[str, ...]] = {
    "solve": (),
    "smooth": (
        "perturbed_solution",
        "perturbed_value",
        "jacobian",
        "jacobian_diagonal",
        "jvp",
        "vjp",
        "loss",
        "loss.gradient",
    ),
    "fit": ("theta", "coefficients", "weights", "intercept", "loss"),
}
ESTIMATES["sweep"] = ESTIMATES["smooth"]
SAME: dict[str, tuple[str, ...]] = {  # keys without which entries mean different things
    "solve": ("shape", "parameter", "labels"),
    "smooth": ("shape", "parameter", "labels", "jacobian.entries"),
    "sweep": ("shape", "parameter", "labels", "epsilon"),
    "fit": ("shape", "parameter", "labels", "names", "reference", "epsilon"),
}
SETTINGS = (
    "instance", "problem", "epsilon", "noise", "multiplicative", "method", "samples", "seed",
)  # fmt: skip
SETTLED = {"ok", "converged"}  # statuses of what did not fall short
COUNTS = ("observations", "errors")
DEPENDENT = (
    "both used the same draws of the noise, so that the errors are bounds, the sums of both; "
    "compare the instances for paired errors"
)
OBSERVED = "the errors take the observations of the two for independent ones"


def compared(a: Document, b: Document, sources: Sequence[str], level: float) -> Document:
    """The document of two saved results: errors in quadrature, or bounds where the draws were the same.

    Raises `InputError` naming the second file, the key, and what the first one has there.
    """
    command = a["command"]
    if command not in ESTIMATES:
        message = f"expected a result of {', '.join(sorted(ESTIMATES))}, found one of {command}"
        raise InputError(sources[0], "command", message)
    for key in ("command", *SAME[command]):
        match(a, b, key, sources)
    document: Document = {
        "command": "compare",
        "version": __version__,
        "of": command,
        "problem": a["problem"],
        "shape": a["shape"],
        "parameter": a["parameter"],
    }
    for key in ("labels", "names", "reference"):
        if a.get(key, b.get(key)) is not None:
            document[key] = a.get(key, b.get(key))
    if command == "sweep":
        document["epsilon"] = a["epsilon"]
    independent = not sampled(a) & sampled(b)
    errors = "independent" if independent else "bound"
    each = sides((a, b), sources)
    for side, one in zip(each, (a, b), strict=True):
        side["status"] = one["status"]
    document |= {"compared": each, "errors": errors, "level": level}
    if "answer" in a:
        document["answers"] = [a["answer"], b["answer"]]
        document["solution"] = b["solution"] - a["solution"]
        values = a["value"], b["value"]
        document["value"] = None if None in values else values[1] - values[0]
    for name in ESTIMATES[command]:
        one, other = at(a, name), at(b, name)
        if one is not None and other is not None:
            put(document, name, entry(contrast(one, other, level, independent)))
    note = OBSERVED if command == "fit" else "" if independent else DEPENDENT
    status, message = verdict(a, b)
    return document | {
        "status": status,
        "message": "; ".join(part for part in (message, note) if part),
    }


def verdict(a: Document, b: Document) -> tuple[str, str]:
    """The status of the first of two that fell short of what was asked, and a message for each."""
    short = {name: one for name, one in (("A", a), ("B", b)) if one["status"] not in SETTLED}
    messages = [
        f"{name}: {one.get('message') or one['status'].replace('_', ' ')}"
        for name, one in short.items()
    ]
    return next((one["status"] for one in short.values()), "ok"), "; ".join(messages)


def sampled(document: Document) -> set[tuple[int, str]]:
    """The seeds and the designs of the draws; what is exact has none, what was observed others."""
    if document["command"] not in {"smooth", "sweep"}:
        return set()
    methods = document["method"]
    methods = [methods] if isinstance(methods, str) else methods
    return {(document["seed"], method) for method in methods if method != "exact"}


def paired(
    instances: Sequence[Instance],
    result: Compared,
    level: float,
    sources: Sequence[str],
    settings: Sequence[Document],
) -> Document:
    """The document of two instances that were smoothed with the same draws of the noise."""
    a, b = instances
    if a.parameter != b.parameter:
        differs("parameter", a.parameter, b.parameter, sources)
    ends = [
        unperturbed(instance, solution, value)
        for instance, solution, value in zip(
            instances, result.solutions, result.values, strict=True
        )
    ]
    told = {"method": result.method, "samples": result.samples}
    heads = [header("compare", instance) for instance in instances]
    match(heads[0], heads[1], "labels", sources)
    document = heads[0]
    del document["instance"]
    documents = [
        {"instance": instance.name, "problem": instance.problem, **setting, **told}
        for instance, setting in zip(instances, settings, strict=True)
    ]
    return document | {
        "of": "smooth",
        "compared": sides(documents, sources),
        "errors": "paired",
        "level": level,
        "answers": [end["answer"] for end in ends],
        "solution": whole(np.asarray(result.solutions[1] - result.solutions[0])),
        "value": ends[1]["value"] - ends[0]["value"],
        "perturbed_solution": entry(result.perturbed_solution),
        "perturbed_value": entry(sensed(a, result.perturbed_value)),
        "oracle": calls(result.oracle, a if a.oracle.audited else b),
        "status": result.status,
        "message": result.message,
    }


def sides(documents: Sequence[Document], sources: Sequence[str]) -> list[Document]:
    """What was compared: the sources and their settings."""
    return [
        {"source": source} | {key: document[key] for key in (*SETTINGS, *COUNTS) if key in document}
        for source, document in zip(sources, documents, strict=True)
    ]


def match(a: Document, b: Document, key: str, sources: Sequence[str]) -> None:
    """Raise `InputError` where both have this key, or one of arrays alone, and they differ."""
    one, other = at(a, key), at(b, key)
    if key in {"labels", "names"} and (one is None or other is None):
        return
    if key == "jacobian.entries" and (at(a, "jacobian") is None or at(b, "jacobian") is None):
        return
    if not np.array_equal(one, other) if isinstance(one, np.ndarray) else one != other:
        differs(key, one, other, sources)


def differs(key: str, one: Any, other: Any, sources: Sequence[str]) -> None:
    """Raise `InputError` for a key that two results should have in common."""
    shown = [str(value) if key == "shape" else found(plainly(value)) for value in (one, other)]
    message = f"expected {shown[0]} as in {sources[0]}, found {shown[1]}"
    if shown[0] == shown[1]:
        message = f"expected the same as in {sources[0]}, found others"
    raise InputError(sources[1], key, message)


def plainly(value: Any) -> Any:
    """An array as a list."""
    return value.tolist() if isinstance(value, np.ndarray) else value


def contrast(a: Document, b: Document, level: float, independent: bool) -> Difference:
    """The difference of two estimates; over temperatures, of each by itself."""
    freedom = [pair.get("degrees_of_freedom") for pair in (a, b)]
    if not any(isinstance(one, list) for one in freedom):
        one, other = (estimate(pair) for pair in (a, b))
        return difference(one, other, level, independent=independent)
    parts = [
        difference(estimate(a, i), estimate(b, i), level, independent=independent)
        for i in range(len(a["estimate"]))
    ]
    names = Difference.__slots__
    return Difference(*(np.stack([getattr(part, name) for part in parts]) for name in names))


def estimate(pair: Document, i: int | None = None) -> Estimate:
    """A pair of a document, or the part of it at one temperature, as a record; null is NaN."""
    freedom = pair.get("degrees_of_freedom")
    value = np.asarray(pair["estimate"], dtype=np.float64)
    error = np.asarray(pair["standard_error"], dtype=np.float64)
    if i is None:
        return Estimate(value, error, freedom)
    return Estimate(value[i], error[i], freedom[i] if freedom else None)


def sensed(instance: Instance, value: Difference) -> Difference:
    """The difference of a value of theta, in the instance's sense."""
    if instance.parameter == "theta":
        return value
    return Difference(
        turned(instance, value.estimate),
        value.standard_error,
        value.degrees_of_freedom,
        turned(instance, value.z),
        turned(instance, value.upper),
        turned(instance, value.lower),
    )


def entry(value: Difference) -> Document:
    """A difference as a mapping; degrees of freedom only where there are some."""
    document = {
        "estimate": number(value.estimate + 0.0),
        "standard_error": number(value.standard_error),
        "z": number(value.z),
        "lower": number(value.lower),
        "upper": number(value.upper),
    }
    if np.isfinite(value.degrees_of_freedom).any():
        document["degrees_of_freedom"] = number(value.degrees_of_freedom)
    return document


def at(document: Document, name: str) -> Any:
    """What a dotted name stands for, None where there is nothing."""
    value: Any = document
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def put(document: Document, name: str, value: Document) -> None:
    """Set what a dotted name stands for; the mapping around it is there."""
    *outer, last = name.split(".")
    for key in outer:
        document = document[key]
    document[last] = value
