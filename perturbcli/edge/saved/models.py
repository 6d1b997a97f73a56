"""What each command's result is, as far as its readers rely on it; arrays are checked elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

ARRAY = ["number", "array", "null"]  # null is not a number: NaN
Numbers = Annotated[Any, WithJsonSchema({"type": ARRAY, "items": {"type": ARRAY}})]


class Part(BaseModel):
    """A mapping of a result, which may have more keys than are named here."""

    model_config = ConfigDict(strict=True, extra="allow")


class OracleCalls(Part):
    calls: int
    proved_optimal: int
    exact_fallbacks: int
    trusted: bool = False  # whether nothing but the oracle itself vouches for its answers


class Pair(Part):
    estimate: Numbers
    standard_error: Numbers
    degrees_of_freedom: int | list[int | None] | None = None  # a list in a sweep


class Jacobian(Pair):
    entries: list[int] = []  # the positions of its rows and columns, where they are not all
    elsewhere: float | None = None
    asymmetry: Numbers = None


class Loss(Pair):
    conjugate: Numbers = None
    conjugate_standard_error: Numbers = None
    gradient: Pair


class Interval(Part):
    estimate: float
    lower: float
    upper: float


class Likely(Part):
    solution: Numbers
    answer: Any
    probability: Interval


class Result(Part):
    command: str
    version: str = ""
    instance: str = ""
    problem: str
    shape: Annotated[list[Annotated[int, Field(gt=0)]], Field(min_length=1)]
    parameter: Literal["theta", "cost"]
    labels: Any = None
    status: str
    message: str = ""
    seconds: float = 0.0


class Solved(Result):
    oracle: OracleCalls
    solution: Numbers
    value: float | None
    answer: Any


class Perturbed(Solved):
    jacobian: Jacobian | None = None
    loss: Loss | None = None
    solutions: list[Likely] = []
    epsilon: Numbers
    noise: str
    multiplicative: bool
    seed: int
    perturbed_solution: Pair
    perturbed_value: Pair


class Smoothed(Perturbed):
    method: str
    samples: int
    missing_mass: float = 0.0
    unlisted_mass: float = 0.0


class Swept(Perturbed):
    method: Annotated[list[str], Field(min_length=1)]
    samples: Annotated[list[int], Field(min_length=1)]


class Check(Part):
    check: str
    result: Literal["passed", "failed", "skipped", "unproved"]
    measured: str
    sample: int | None = None  # the position of the parameter that broke it, which follows
    theta: Numbers = None
    cost: Numbers = None
    solution: Numbers = None
    better: Numbers = None
    file: str | None = None
    better_file: str | None = None


class Checked(Result):
    epsilon: Numbers
    noise: str
    multiplicative: bool
    samples: int
    seed: int
    checks: list[Check]


class Fitted(Pair):
    lower: Numbers
    upper: Numbers
    level: float
    z: Numbers
    monte_carlo_error: Numbers


class Goodness(Part):
    statistic: float
    degrees_of_freedom: int | None
    p_value: float


class Descent(Part):
    batch_size: int
    perturbations: int | None
    epochs: int
    learning_rate: float
    interpolation: float | None = None


class Validation(Part):
    observations: int
    loss: Pair
    exact_match: Pair
    hamming: Pair
    spearman: Pair | None = None
    regret: Pair | None = None


class Moments(Part):
    observed: Pair
    fitted: Numbers


class Progress(Part):
    calls: list[int]
    gradient: list[float | None]


class Fit(Result):
    observations: float
    epsilon: float
    noise: str
    seed: int
    errors: Literal["model", "robust", "none"]
    reference: int | None = None
    ridge: float = 0.0
    objective: str = "fenchel-young"
    descent: Descent | None = None
    scale: str = ""
    theta: Fitted | None = None
    coefficients: Fitted | None = None
    names: list[str] | None = None
    weights: Fitted | None = None
    intercept: Fitted | None = None
    unbounded: list[int] | list[list[int]]
    confounded: list[int] | list[list[int]]
    monte_carlo_error: Numbers
    identified_dimension: int | None
    moment_gap: Pair
    loss: Pair
    log_likelihood: float | None = None
    log_likelihood_equal_shares: float | None = None
    log_likelihood_constants_only: float | None = None
    aic: float | None = None
    mcfadden: float | None = None
    goodness_of_fit: Goodness | None = None
    validation: Validation | None = None
    moments: Moments | None = None
    progress: Progress | None = None
    oracle: OracleCalls
    covariance: Numbers = None


class Predicted(Result):
    predictions: Annotated[int, Field(gt=0)]
    epsilon: float
    noise: str
    seed: int
    method: str
    samples: int
    theta: Numbers = None
    cost: Numbers = None
    solution: Numbers
    answer: list[Any]
    perturbed_solution: Pair
    oracle: OracleCalls


class Side(Part):
    source: str
    instance: str = ""
    problem: str = ""
    status: str = ""  # of a saved result; instances have that of the comparison


class Compared(Result):
    of: Literal["solve", "smooth", "sweep", "fit"]
    compared: Annotated[list[Side], Field(min_length=2, max_length=2)]
    errors: Literal["paired", "independent", "bound"]
    level: float
    answers: list[Any] = []
    epsilon: Numbers = None
    solution: Numbers = None
    value: float | None = None
    oracle: OracleCalls | None = None


class Failure(Part):
    error: str
    exit_code: int
    source: str | None
    key: str | None
    message: str


class Failed(Part):
    """The record of a job that has no result; `of` is its command."""

    command: Literal["batch"]
    version: str = ""
    of: str
    status: Literal["failed"]
    message: str
    error: Failure


# Command -> its result; any other command's has at least what all have in common.
RESULTS: dict[str, type[Result]] = {
    "solve": Solved,
    "smooth": Smoothed,
    "sweep": Swept,
    "check": Checked,
    "fit": Fit,
    "predict": Predicted,
    "compare": Compared,
}
