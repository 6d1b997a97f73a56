"""What is pictured: a result, with the instance and the coordinates that it does not hold itself."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from perturbcli.edge.plotting.intervals import bounds
from perturbcli.edge.plotting.words import PROBABILITIES
from perturbcli.edge.rendering.glyphs import UNICODE, shortened
from perturbcli.edge.rendering.labels import axes, entries

if TYPE_CHECKING:
    from perturbcli.edge.document import Document
    from perturbcli.edge.reading.instance import Instance
    from solvers.oracle import Oracle

Floats = NDArray[np.float64]
Places = Mapping[str, tuple[float, float]]  # of nodes, by their names

LONGEST = 28  # characters of a label


@dataclass(frozen=True, eq=False)
class Subject:
    """A result as `perturbcli.edge.saved.results.read` gives it.

    instance     of the result, for its structure and its costs
    coordinates  of its nodes, and `places_from`, the file they are from
    """

    document: Document
    instance: Instance | None = None
    coordinates: Places | None = None
    places_from: str | None = None

    @property
    def oracle(self) -> Oracle:
        """Of the instance, which has to be there."""
        assert self.instance is not None
        return self.instance.oracle

    @property
    def command(self) -> str:
        """The command whose result it is."""
        return str(self.document["command"])

    @property
    def problem(self) -> str:
        """The family."""
        return str(self.document["problem"])

    @property
    def shape(self) -> tuple[int, ...]:
        """Of theta and the solutions."""
        return tuple(self.document["shape"])

    @property
    def swept(self) -> bool:
        """Whether it is over several temperatures."""
        return self.command == "sweep"

    @property
    def solved(self) -> bool:
        """Whether there is one solution, or one mean of solutions, to show."""
        return self.command in {"solve", "smooth"}

    @property
    def smoothed(self) -> bool:
        """Whether the solution is a mean over the noise."""
        return "perturbed_solution" in self.document

    @property
    def solution(self) -> Floats:
        """y*(theta), without noise."""
        return np.asarray(self.document["solution"], dtype=np.float64)

    @property
    def mean(self) -> Floats:
        """E y*(theta + eps Z), or y*(theta) of a result without noise."""
        if not self.smoothed:
            return self.solution
        return np.asarray(self.document["perturbed_solution"]["estimate"], dtype=np.float64)

    @property
    def error(self) -> Floats:
        """The standard errors of `mean`."""
        if not self.smoothed:
            return np.zeros(self.shape)
        return np.asarray(self.document["perturbed_solution"]["standard_error"], dtype=np.float64)

    @property
    def probable(self) -> bool:
        """Whether the entries of a solution are 0 or 1, and their means probabilities."""
        return self.problem in PROBABILITIES

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """The lower and the upper ends of the intervals around `mean`."""
        if not self.smoothed:
            return self.solution, self.solution
        return bounds(self.document["perturbed_solution"], probability=self.probable)

    @cached_property
    def names(self) -> list[str]:
        """Of the entries, in C order."""
        return entries(self.document, io.StringIO())

    @cached_property
    def axes(self) -> tuple[list[str], list[str]]:
        """Names of the rows and the columns of a matrix."""
        return axes(self.document, io.StringIO())

    @property
    def ceiling(self) -> float:
        """The most that an entry of the mean is; 1 of a probability, however small those there are."""
        return max(1.0, float(np.nanmax(self.mean)))


def short(names: list[str], longest: int = LONGEST) -> list[str]:
    """The names with the middle of a long one left out."""
    return [shortened(name, longest, UNICODE) for name in names]
