"""The contract of an oracle: built once from an instance's structure, called on batches of theta."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, WithJsonSchema

from solvers.errors import StructureError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Backend = Literal["auto", "kernel", "ortools"]
# An integer from 0 of which a family itself says what is wrong with another, and up to what it goes.
Index = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})]


FEW, MANY = 256, 1024  # theta at a time
NUMBERS = 2**17  # in one array at a time, which the caches hold


@dataclass(frozen=True, slots=True)
class Answers:
    """What an oracle answers to a batch of n parameters.

    solutions: y*(theta), shape (n, *shape)
    values:    F(theta) = max <y, theta>, shape (n,)
    proved:    whether the solver proved the solution optimal, shape (n,)
    bounds:    upper bounds on F(theta), equal to `values` where proved, shape (n,)
    fallbacks: how many of the n were handed to a slower exact method
    """

    solutions: Floats
    values: Floats
    proved: Bools
    bounds: Floats
    fallbacks: int = 0


class Oracle(BaseModel, ABC):
    """y*(theta) = argmax_{y in Y} <y, theta> for one set Y.

    Fields that a family adds are the keys of its instances. The fields below are given by whoever
    builds the oracle: `shape` of theta, `forbidden` entries (y is 0 there, whatever theta),
    `backend`, `time_limit` in seconds for one solve, None for no limit, and the `directory` of the
    instance, where what it names is.
    """

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, arbitrary_types_allowed=True
    )

    problem: ClassVar[str]
    rank: ClassVar[int | None] = 1  # number of axes of theta, None for 1 or 2
    nullable: ClassVar[bool] = False  # whether null may forbid an entry
    vertices: ClassVar[bool] = True  # whether every y in Y is a vertex of conv(Y)
    constant_sum: ClassVar[bool] = False  # whether <y, 1> is the same for every y in Y
    kernel: ClassVar[bool] = False  # whether a kernel of our own stands beside OR-Tools
    code: ClassVar[tuple[str, ...]] = ()  # keys that name code to run
    audited: ClassVar[bool] = False  # whether answers are to be held against each other

    shape: tuple[int, ...]
    forbidden: Bools | None = None
    backend: Backend = "auto"
    time_limit: float | None = None
    directory: Path = Path()

    @classmethod
    def keys(cls) -> list[str]:
        """The instance keys of the family, beside theta or cost."""
        return [name for name in cls.model_fields if name not in Oracle.model_fields]

    def rebuilt(self, **settings: Any) -> Self:
        """The oracle of the same instance with other settings, such as `backend`."""
        given = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_validate(given | settings)

    @property
    def extent(self) -> Floats:
        """max y_i - min y_i over Y for each entry, of `shape` or broadcastable to it; NaN if unknown."""
        return np.asarray(1.0)

    @property
    def batch(self) -> int:
        """How many theta at a time suit it, whatever the backend, so that samples are the same."""
        return FEW

    @property
    def names(self) -> list[str] | None:
        """Names of the entries of y that the structure gives, where the instance has no labels."""
        return None

    @property
    def whole(self) -> bool:
        """Whether F(theta) is <y*(theta), theta> with nothing added."""
        return True

    def check_size(self, key: str, count: int) -> None:
        """Raise `StructureError` where `count` things of a key are not one for each entry of theta."""
        if self.shape != (count,):
            raise StructureError(
                key,
                f"expected one for each entry of theta, of shape {list(self.shape)}, found {count}",
            )

    @abstractmethod
    def solve(self, theta: Floats) -> Answers:
        """Answers to `theta` of shape (n, *shape), finite. Raises `SolverError`."""

    def __call__(self, theta: Floats) -> Floats:
        """y*(theta): (n, *shape) to (n, *shape)."""
        return self.solve(theta).solutions

    @abstractmethod
    def contains(self, solutions: Floats) -> Bools:
        """Whether each row of `solutions`, shape (n, *shape), lies in Y; shape (n,)."""

    @abstractmethod
    def answer(self, solution: Floats, labels: Any = None) -> Any:
        """One solution, shape `shape`, as a person would say it: plain lists, numbers, strings.

        `labels` names the entries of y: a list of d names, or for a matrix family nested lists of
        `shape`, or a mapping with the keys `rows` and `columns`.
        """


def at_once(shape: tuple[int, ...]) -> int:
    """How many theta a kernel takes at a time that works on all of them together."""
    return min(max(NUMBERS // math.prod(shape), FEW), MANY)


def exact(solutions: Floats, theta: Floats, fallbacks: int = 0) -> Answers:
    """Answers of an exact method: values are <y, theta> and every one is proved."""
    n = len(theta)
    values = np.einsum("ni,ni->n", solutions.reshape(n, -1), theta.reshape(n, -1))
    return Answers(solutions, values, np.ones(n, dtype=np.bool_), values, fallbacks)
