"""What each command's result is, as far as its readers rely on it; arrays are checked elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A mapping of a result, which may have more keys than are named here."""

    model_config = ConfigDict(strict=True, extra="allow")


class OracleCalls(Part):
    calls: int
    proved_optimal: int
    exact_fallbacks: int


class Pair(Part):
    estimate: Any
    standard_error: Any


class Loss(Pair):
    gradient: Pair


class Interval(Part):
    estimate: float
    lower: float
    upper: float


class Likely(Part):
    solution: Any
    answer: Any
    probability: Interval


class Result(Part):
    command: str
    instance: str = ""
    problem: str
    shape: Annotated[list[Annotated[int, Field(gt=0)]], Field(min_length=1)]
    parameter: Literal["theta", "cost"]
    oracle: OracleCalls
    status: str
    message: str = ""
    seconds: float = 0.0
    jacobian: Pair | None = None
    loss: Loss | None = None
    solutions: list[Likely] = []


class Solved(Result):
    solution: Any
    value: float | None
    answer: Any


class Smoothed(Solved):
    epsilon: Any
    noise: str
    multiplicative: bool
    method: str
    samples: int
    seed: int
    perturbed_solution: Pair
    perturbed_value: Pair
    missing_mass: float = 0.0
    unlisted_mass: float = 0.0


# Command -> its result; any other command's has at least what all have in common.
RESULTS: dict[str, type[Result]] = {"solve": Solved, "smooth": Smoothed, "sweep": Smoothed}
