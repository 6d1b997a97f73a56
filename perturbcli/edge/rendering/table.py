"""A result as a page for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TextIO

import numpy as np
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from perturbcli.edge.rendering import comparisons, fits
from perturbcli.edge.rendering.answers import Wording
from perturbcli.edge.rendering.bars import bars
from perturbcli.edge.rendering.derivatives import derivatives
from perturbcli.edge.rendering.digits import beside, measured, number
from perturbcli.edge.rendering.formats import Document
from perturbcli.edge.rendering.glyphs import glyphs, printable
from perturbcli.edge.rendering.labels import axes, entries
from perturbcli.edge.rendering.listing import listing
from perturbcli.edge.rendering.page import page
from perturbcli.edge.rendering.pictures import outline, picture
from perturbcli.edge.rendering.plain import plain
from perturbcli.edge.rendering.predictions import predictions
from perturbcli.edge.rendering.products import products
from perturbcli.edge.rendering.temperatures import temperatures

NAMES = 17  # columns of the names on the left
LINES = 2  # of a long answer


def write(
    documents: Sequence[Document],
    stream: TextIO,
    *,
    several: bool,  # noqa: ARG001 - one page or many is the same format
) -> None:
    """A page for each document, without colour where the stream is no terminal."""
    with page(stream) as console:
        for i, document in enumerate(documents):
            if i:
                console.rule(style="dim", characters=glyphs(stream).rule)
            for j, part in enumerate(Page(plain(document), console, stream).parts()):
                if j:
                    console.print()
                for renderable in part:
                    console.print(renderable)


class Page:
    """The page of one document, part by part."""

    def __init__(self, document: Document, console: Console, stream: TextIO) -> None:
        self.document = document
        self.console = console
        self.stream = stream
        self.signs = glyphs(stream)
        self.wording = Wording(document["problem"], self.signs)

    def parts(self) -> list[list[RenderableType]]:
        """All parts that have something to say."""
        end = [
            ("oracle", self.oracle()),
            self.status(),
            ("time", self.time()),
        ]
        if self.document["command"] == "fit":
            found = fits.explained(self.document, self.stream)
            estimates = fits.parameters(self.document, self.stream)
            parts = [self.header(), *estimates, self.facts(found), self.facts(end)]
            return [part for part in parts if part]
        if self.document["command"] == "compare":
            width = LINES * (self.console.width - NAMES) - 10
            head = comparisons.sides(self.document, self.stream, width)
            body = comparisons.differences(self.document, self.stream)
            return [self.header(), self.facts(head), *body, *filter(None, [self.facts(end)])]
        if self.document["command"] == "predict":
            rows = predictions(self.document, self.phrase, self.signs)
            return [part for part in [self.header(), rows, self.facts(end)] if part]
        numbers = [
            ("answer", self.answer()),
            ("value", self.estimate(self.document.get("value"))),
        ]
        if not self.swept:
            value = self.document.get("perturbed_value")
            numbers += [("perturbed value", self.estimate(value)), ("loss", self.loss())]
        parts = [
            self.header(),
            self.facts(numbers),
            self.smoothed(),
            self.likely(),
            self.jacobian(),
            products(self.document, entries(self.document, self.stream), self.signs),
            self.checks(),
            self.facts(end),
        ]
        return [part for part in parts if part]

    @property
    def swept(self) -> bool:
        """Whether the result is over several temperatures."""
        return isinstance(self.document.get("epsilon"), np.ndarray)

    def header(self) -> list[RenderableType]:
        """What was asked: the instance, the family, the noise."""
        document, signs = self.document, self.signs
        shape = signs.times.join(map(str, document["shape"]))
        title = Text(self.text(document.get("instance") or document["command"]), "bold")
        compares = document["command"] == "compare"
        problem = comparisons.problems(document) if compares else document["problem"]
        title.append(f"{signs.dot}{self.text(problem)}", "not bold")
        title.append(f"{signs.dot}{document['parameter']} of {shape}", "not bold")
        if "epsilon" not in document:
            return [title]
        kind = "multiplicative " if document.get("multiplicative") else ""
        methods = document.get("method", [])
        methods = [methods] if isinstance(methods, str) else methods
        samples = spread(document.get("samples"))
        words = [
            f"{signs.epsilon} {spread(document['epsilon'])}",
            f"{kind}{document['noise']} noise" if "noise" in document else None,
            " and ".join(dict.fromkeys(methods)),
            f"{samples} samples" if samples not in {"", "0"} else None,
            fits.observed(document),
            f"seed {document['seed']}" if "seed" in document else None,
        ]
        return [title, Text(signs.dot.join(self.text(word) for word in words if word), "dim")]

    def answer(self) -> str:
        """The answer, the middle left out where it takes more than `LINES`."""
        return self.phrase(self.document["answer"]) if "answer" in self.document else ""

    def phrase(self, answer: Any) -> str:
        """An answer in words."""
        width = LINES * (self.console.width - NAMES) - 10
        return self.text(self.wording.phrase(answer, width))

    def estimate(self, value: Any) -> str:
        """A number, with its standard error where it has one; of an array, only its shape."""
        pair = value if isinstance(value, dict) else {"estimate": value}
        estimate, error = pair.get("estimate"), pair.get("standard_error")
        if isinstance(estimate, np.ndarray):
            shape = self.signs.times.join(map(str, estimate.shape))
            return f"{shape} numbers, in -f json or npz"
        if isinstance(estimate, int | float) and not isinstance(estimate, bool):
            return beside([measured(estimate, error)], self.signs.plus_minus)[0]
        return "" if estimate is None else self.text(estimate)

    def loss(self) -> str:
        """The loss, and the length of its gradient."""
        loss = self.document.get("loss")
        if loss is None:
            return ""
        text = self.estimate(loss)
        gradient = loss.get("gradient", {}).get("estimate")
        if gradient is not None:
            text += f"{self.signs.dot}gradient of norm {np.sqrt(np.nansum(gradient**2)):.4g}"
        return text

    def smoothed(self) -> list[RenderableType]:
        """The smoothed solution as bars, or as a picture where it is a matrix."""
        document = self.document
        if self.swept:
            names = entries(document, self.stream)
            return temperatures(document, names, self.signs, self.console)
        shape = tuple(document["shape"])
        solution: Any = document.get("solution")
        pair = document.get("perturbed_solution")
        if pair is None:
            if len(shape) != 2 or solution is None:
                return []
            return [outline(solution, self.signs, self.console)]
        estimate, error = pair["estimate"], pair["standard_error"]
        if estimate.shape != shape:
            return [Text(f"perturbed solution: {self.estimate(pair)}")]
        title = Text("perturbed solution", "bold")
        if len(shape) != 2:
            names = entries(document, self.stream)
            flat = estimate.ravel(), error.ravel(), solution.ravel()
            return [title, *bars(*flat, names, self.signs, self.console)]
        if error.any():
            title.append(f", standard errors up to {np.nanmax(error):.2g}", "not bold")
        labels = axes(document, self.stream)
        return [title, *picture(estimate, solution, labels, self.signs, self.console)]

    def likely(self) -> list[RenderableType]:
        """The likeliest solutions, and the mass of the others."""
        solutions = self.document.get("solutions")
        if not solutions:
            return []
        sampled = any(
            one["probability"]["lower"] < one["probability"]["upper"] for one in solutions
        )
        titles = ["probability", *(["95% interval"] if sampled else []), "answer"]
        table = listing(*((title, "left") for title in titles))
        width = LINES * max(self.console.width - 33, 20) - 10
        answers = self.wording.phrases([likely["answer"] for likely in solutions], width)
        for likely, answer in zip(solutions, answers, strict=True):
            p = likely["probability"]
            ends = [f"[{p['lower']:.4f}, {p['upper']:.4f}]"] if sampled else []
            table.add_row(f"{p['estimate']:.4f}", *ends, self.text(answer))
        masses = {"unlisted_mass": "others seen", "missing_mass": "never seen"}
        words = [
            f"{words} {self.document[name]:.4f}"
            for name, words in masses.items()
            if name in self.document
        ]
        rest = Text(self.signs.dot.join(words), "dim")
        return [Text("likeliest solutions", "bold"), table, rest]

    def jacobian(self) -> list[RenderableType]:
        """The Jacobian of the perturbed solution."""
        pair = self.document.get("jacobian")
        if pair is None:
            return []
        title = Text("Jacobian", "bold")
        if pair["estimate"].ndim != 2:
            return [Text(f"Jacobian: {self.estimate(pair)}")]
        if pair["standard_error"].any():
            title.append(
                f", standard errors up to {np.nanmax(pair['standard_error']):.2g}", "not bold"
            )
        labels = entries(self.document, self.stream)
        if "entries" in pair:
            labels = [labels[i] for i in pair["entries"]]
            title.append(f", {len(labels)} of its rows and columns", "not bold")
        return [
            title,
            *derivatives(
                self.document["parameter"],
                pair["estimate"],
                pair["standard_error"],
                labels,
                self.signs,
                self.console,
            ),
        ]

    def checks(self) -> list[RenderableType]:
        """The checks of an oracle, and what each measured."""
        checks = self.document.get("checks")
        if checks is None:
            return []
        table = listing(("check", "left"), ("result", "left"), ("measured", "left"))
        styles = {"passed": "green", "failed": "bold red", "skipped": "dim", "unproved": "yellow"}
        for check in checks:
            result = Text(check["result"], styles[check["result"]])
            told = check["measured"].replace("±", self.signs.plus_minus)
            table.add_row(check["check"], result, self.text(told))
        facts: list[tuple[str, Text | str]] = []
        for check in checks:
            if check.get("sample") is not None:
                facts.append((check["check"], f"broken by sample {check['sample']}"))
            for key, what in (("file", "  for --theta"), ("better_file", "  better there")):
                if check.get(key):
                    facts.append((what, self.text(check[key])))
        return [table, *([Text()] if facts else []), *self.facts(facts)]

    def oracle(self) -> str:
        """How often the oracle was called, and what its answers are worth."""
        oracle = self.document.get("oracle")
        if oracle is None:
            return ""
        calls, proved = oracle["calls"], oracle["proved_optimal"]
        if calls == 0:
            return "not called"
        count = "not" if proved == 0 else str(proved)
        words = [
            f"{calls} call{'' if calls == 1 else 's'}",
            "proved optimal" if proved == calls else f"{count} proved optimal",
        ]
        if oracle.get("trusted"):
            words[1] = "taken on trust"
        if oracle.get("exact_fallbacks"):
            words.append(f"{oracle['exact_fallbacks']} exact fallbacks")
        return ", ".join(words)

    def status(self) -> tuple[str, Text | str]:
        """The status and its message, where there is something to say."""
        status, message = self.document.get("status", "ok"), self.document.get("message", "")
        if status in {"ok", "converged"}:
            return "note", self.text(message)
        words = [status.replace("_", " "), *([message] if message else [])]
        return "status", Text(self.text(": ".join(words)), "yellow")

    def time(self) -> str:
        """Seconds."""
        seconds = self.document.get("seconds")
        return "" if seconds is None else f"{seconds:.3g} s"

    def facts(self, rows: Sequence[tuple[str, Text | str]]) -> list[RenderableType]:
        """Names and what they are, those left out that are empty."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(min_width=NAMES - 2, style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows:
            if value:
                table.add_row(name, value)
        return [table] if table.row_count else []

    def text(self, value: Any) -> str:
        """Text as the stream can show it."""
        return printable(str(value), self.stream)


def spread(value: Any) -> str:
    """One number as text; of several that differ, the least and the largest."""
    if not isinstance(value, np.ndarray | list):
        return "" if value is None else number(value)
    low, high = f"{min(value):.4g}", f"{max(value):.4g}"
    return low if low == high else f"{low} to {high}"
