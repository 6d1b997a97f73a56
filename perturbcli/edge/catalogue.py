"""The families as they describe themselves: what `families`, `new`, `schema` and the README are made of."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic.fields import FieldInfo

import perturbcli
from perturbcli.edge.reading import documents
from solvers import SOLVERS, family
from solvers.oracle import Oracle

SAMPLES = "sample_problems"


@dataclass(frozen=True, slots=True)
class Family:
    """A family of problems.

    problem:  its name
    summary:  what it is, in a few words
    solution: what y*(theta) is, in a sentence
    oracle:   the class, whose fields are the keys of instances
    """

    problem: str
    summary: str
    solution: str
    oracle: type[Oracle]

    @property
    def keys(self) -> dict[str, FieldInfo]:
        """The fields of the keys beside theta or cost, by name."""
        names = self.oracle.keys()
        return {name: self.oracle.model_fields[name] for name in names}

    @property
    def backends(self) -> list[str]:
        """What `auto` chooses from; nothing where the instance brings the solver."""
        if self.oracle.code:
            return []
        return ["kernel", "ortools"] if self.oracle.kernel else ["ortools"]


def families() -> list[Family]:
    """All families, in the order of the table."""
    return [described(problem) for problem in SOLVERS]


def described(problem: str) -> Family:
    """One family; its module's docstring is the summary, and its class's opens with the solution."""
    oracle = family(problem)
    summary = inspect.getdoc(sys.modules[oracle.__module__]) or ""
    solution = inspect.getdoc(oracle) or ""
    return Family(problem, paragraph(summary), paragraph(solution), oracle)


def paragraph(text: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(text.split("\n\n")[0].split())


def samples() -> dict[str, Path]:
    """The first sample of each family, by name."""
    found: dict[str, Path] = {}
    for path in sorted(folder().glob("*.yaml")):
        problem = documents.mapping(path).get("problem")
        if isinstance(problem, str):
            found.setdefault(problem, path)
    return found


def folder() -> Path:
    """The samples: inside the package where it is installed, beside it in a checkout."""
    package = Path(perturbcli.__file__).parent
    inside = package / SAMPLES
    return inside if inside.is_dir() else package.parent / SAMPLES
