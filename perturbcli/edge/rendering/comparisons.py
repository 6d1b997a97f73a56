"""The differences of two results: each with its error, z and interval, those that stand out first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import numpy as np
from rich.console import RenderableType
from rich.text import Text

from perturbcli.edge.rendering.answers import Wording
from perturbcli.edge.rendering.bars import LABEL, PART, WHOLE
from perturbcli.edge.rendering.digits import aligned, beside, fixed, measured, number
from perturbcli.edge.rendering.fits import intervals
from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.glyphs import Glyphs, glyphs, printable, shortened
from perturbcli.edge.rendering.labels import entries
from perturbcli.edge.rendering.listing import listing

ERRORS = {
    "paired": "paired: of the same draws",
    "independent": "errors in quadrature",
    "bound": "errors at most",
}


def sides(document: Document, stream: TextIO, width: int) -> list[tuple[str, str]]:
    """What was compared, as names and texts."""
    signs = glyphs(stream)
    answers = document.get("answers") or [None, None]
    rows = []
    for name, side, answer in zip("AB", document["compared"], answers, strict=True):
        wording = Wording(side.get("problem") or document["problem"], signs)
        words = [side["source"], side.get("instance"), *settings(side, signs)]
        rows.append((name, printable(signs.dot.join(word for word in words if word), stream)))
        if answer is not None:
            rows.append((f"answer {name}", printable(str(wording.phrase(answer, width)), stream)))
    value = document.get("value")
    rows.append((f"B {signs.dash} A", ERRORS[document["errors"]]))
    if value is not None:
        rows.append(("value", number(value)))
    return rows


def problems(document: Document) -> str:
    """The families of the two."""
    each = (side.get("problem") or document["problem"] for side in document["compared"])
    return " and ".join(dict.fromkeys(each))


def settings(side: Document, signs: Glyphs) -> Iterator[str]:
    """How one of the two was made."""
    epsilon, samples = side.get("epsilon"), side.get("samples")
    if isinstance(epsilon, int | float):
        yield f"{signs.epsilon} {number(epsilon)}"
    if side.get("noise"):
        yield f"{'multiplicative ' if side.get('multiplicative') else ''}{side['noise']} noise"
    if isinstance(side.get("method"), str):
        yield side["method"]
    if isinstance(samples, int) and samples:
        yield f"{samples} samples"
    if "observations" in side:
        yield f"{number(side['observations'])} observations"
    if "seed" in side:
        yield f"seed {side['seed']}"
    if side.get("status", "ok") not in {"ok", "converged"}:
        yield side["status"].replace("_", " ")


def differences(document: Document, stream: TextIO) -> list[list[RenderableType]]:
    """A part for each quantity; numbers together in one."""
    signs = glyphs(stream)
    scalars: list[tuple[str, Document]] = []
    parts: list[list[RenderableType]] = []
    for key, value in quantities(document):
        if np.ndim(value["estimate"]) == 0:
            scalars.append((key.replace("_", " "), value))
            continue
        names = labelled(document, key, value["estimate"].shape, stream)
        parts.append(listed(key.replace("_", " "), names, value, document["level"], signs))
    if scalars:
        value = {
            key: np.array([pair[key] for _, pair in scalars], dtype=np.float64)
            for key in ("estimate", "standard_error", "z", "lower", "upper")
        }
        names = [name for name, _ in scalars]
        parts.insert(0, listed("", names, value, document["level"], signs))
    return parts


def quantities(document: Document, outer: str = "") -> Iterator[tuple[str, Document]]:
    """Dotted names and what they stand for, where that is a difference."""
    for key, value in document.items():
        if isinstance(value, dict) and "z" in value:
            yield outer + key, value
            yield from quantities(value, f"{outer}{key}.")


def labelled(document: Document, key: str, shape: tuple[int, ...], stream: TextIO) -> list[str]:
    """Names of the entries of an estimate, in C order."""
    names = entries(document, stream)
    signs = glyphs(stream)
    epsilon = document.get("epsilon")
    if key == "coefficients" and document.get("names"):
        names = [printable(str(name), stream) for name in document["names"]]
    if key == "jacobian":
        side = document[key].get("entries", range(len(names)))
        names = [f"{names[i]}, {names[j]}" for i in side for j in side]
    if key == "weights":
        names = [f"{name} x{j}" for name in names for j in range(shape[-1])]
    if isinstance(epsilon, np.ndarray):
        names = [""] if len(shape) == 1 else names
        heads = [f"{signs.epsilon} {value:.4g}" for value in epsilon.tolist()]
        names = [f"{head} {name}".rstrip() for head in heads for name in names]
    size = int(np.prod(shape))
    return names if len(names) == size else list(map(str, range(size)))


def listed(
    title: str, names: Sequence[str], pair: Any, level: float, signs: Glyphs
) -> list[RenderableType]:
    """The differences of one quantity, all of them or those that differ most for their error."""
    columns = {
        key: pair[key].reshape(-1) for key in ("estimate", "standard_error", "z", "lower", "upper")
    }
    there = np.flatnonzero(~np.isnan(columns["estimate"]))
    shown = there
    if len(there) > WHOLE:
        size = np.nan_to_num(np.abs(columns["z"]))
        exact = np.abs(columns["estimate"])
        order = np.lexsort((-exact[there], -size[there]))
        shown = there[order[:PART]]
    numbers = [
        measured(float(columns["estimate"][i]), float(columns["standard_error"][i])) for i in shown
    ]
    ratios = ["" if np.isnan(z) else fixed(z, 2) for z in columns["z"][shown].tolist()]
    cells = [
        [shortened(names[i], LABEL, signs) for i in shown.tolist()],
        beside(numbers, signs.plus_minus),
        aligned(ratios),
        intervals(*(columns[name][shown] for name in ("lower", "upper", "standard_error"))),
    ]
    head = f"{100 * level:g}% interval"
    sampled = bool((columns["standard_error"][shown] > 0).any())
    titles = ("entry" if title else "", "difference", *(("z", head) if sampled else ()))
    table = listing(*((name, "left") for name in titles))
    for row in zip(*cells[: len(titles)], strict=True):
        table.add_row(*row)
    parts: list[RenderableType] = [*([Text(title, "bold")] if title else []), table]
    if len(shown) < len(there):
        note = f"the {PART} of {len(there)} that differ most for their error; -f json has all"
        parts.append(Text(note, "dim"))
    return parts
