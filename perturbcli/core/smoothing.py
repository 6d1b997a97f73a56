"""The smoothed solver: y*_eps(theta) = E y*(theta + eps Z) and all that one pass of calls gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

from perturbcli.core.designs import Block, Independent
from perturbcli.core.errors import InputError
from perturbcli.core.noise import NOISES, Floats
from perturbcli.core.oracles import Answers, Oracle, solve, trait
from perturbcli.core.perturbation import Additive, Multiplicative
from perturbcli.core.records import Estimate, Loss, OracleCalls, Smoothed
from perturbcli.core.sampling import Tally, Task

METHODS = ("auto", "monte-carlo")
DENSE_LIMIT = 2000  # entries of theta up to which the Jacobian is a full matrix

Run = Callable[[Callable[[Block], Tally], Iterable[Block]], Iterable[Tally]]


def smooth(
    oracle: Oracle,
    theta: ArrayLike,
    *,
    epsilon: float = 1.0,
    noise: str = "gaussian",
    multiplicative: bool = False,
    samples: int = 1024,
    seed: int = 0,
    method: str = "auto",
    jacobian: bool = False,
    target: ArrayLike | None = None,
    solutions: int = 0,
    dense_limit: int = DENSE_LIMIT,
    run: Run = map,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Smoothed:
    """y*_eps(theta) = E y*(theta + eps Z), F_eps(theta) = E F(theta + eps Z), with standard errors.

    `oracle` maps theta of shape (n, *shape) to solutions of shape (n, *shape); it is called on
    `samples` perturbed parameters, and on theta itself. One pass of calls serves everything.

    theta          parameter of any shape, finite; the oracle maximises <y, theta>
    epsilon        temperature, > 0, in units of theta
    noise          a key of `NOISES`; `multiplicative` makes it theta o exp(eps Z - eps^2/2)
    samples        number of perturbed oracle calls, at least 2
    method         "auto" or "monte-carlo"
    jacobian       whether to estimate d y*_eps / d theta, shape (d, d); refused beyond `dense_limit`
    target         a solution y of `shape`: the Fenchel-Young loss L_eps(theta; y) and its gradient
    solutions      how many of the likeliest solutions to list
    run            maps a task over blocks of samples, in order
    progress       told (samples done, samples in all) after each block
    stop           asked after each block whether to finish with the samples drawn so far

    Raises `InputError` for a parameter outside its interval, and what the oracle raises.
    Source: Berthet et al. 2020, Propositions 2.2, 3.1; Definition 4.1.
    """
    theta = np.array(theta, dtype=np.float64, order="C")
    check(theta, noise, samples, seed, method, solutions)
    perturbation = (Multiplicative if multiplicative else Additive)(NOISES[noise], float(epsilon))
    if jacobian:
        check_jacobian(oracle, theta, multiplicative, dense_limit)
    task = Task(
        oracle,
        theta,
        perturbation,
        Independent(samples, seed),
        jacobian,
        None if target is None else vertex(oracle, target, theta.shape),
        solutions > 0,
    )
    unperturbed = solve(oracle, theta[np.newaxis])
    tally, drawn = reduce(task, run, progress, stop)
    extent = np.broadcast_to(spread(oracle, tally), theta.shape)
    status, message = verdict(tally, unperturbed, drawn, samples)
    return Smoothed(
        epsilon=float(epsilon),
        noise=noise,
        multiplicative=multiplicative,
        method=Independent.name,
        samples=drawn,
        seed=seed,
        solution=unperturbed.solutions[0],
        value=float(unperturbed.values[0]),
        perturbed_solution=tally.solution.estimate(extent),
        perturbed_value=tally.value.estimate(),
        jacobian=tally.jacobian.estimate(extent.reshape(-1)) if tally.jacobian else None,
        loss=None if task.target is None else loss(tally, task.target, extent),
        distribution=tally.counts.estimate(solutions, theta.shape) if tally.counts else None,
        oracle=OracleCalls(
            drawn + 1,
            tally.proved + int(unperturbed.proved.sum()),
            tally.fallbacks + unperturbed.fallbacks,
        ),
        status=status,
        message=message,
    )


def reduce(
    task: Task,
    run: Run,
    progress: Callable[[int, int], None] | None,
    stop: Callable[[], bool] | None,
) -> tuple[Tally, int]:
    """The tally of all blocks, merged in their order, and how many samples it holds."""
    blocks = task.blocks()
    total = sum(block.size for block in blocks)
    tally: Tally | None = None
    drawn = 0
    for block, outcome in zip(blocks, run(task, blocks), strict=True):
        tally = outcome if tally is None else tally.merge(outcome)
        drawn += block.size
        if progress is not None:
            progress(drawn, total)
        if stop is not None and stop():
            break
    assert tally is not None  # there is at least one block, since samples >= 2
    return tally, drawn


def loss(tally: Tally, target: Floats, extent: Floats) -> Loss:
    """L_eps(theta; y) for a vertex y, where eps Omega(y) = -E<y, eps Z> = 0.

    The draws F(T) - <T, y> are each >= 0 and share their noise, so that they vary less than F alone.
    Where every sample answered y itself they are all zero; the error is then that of F.
    """
    assert tally.loss is not None
    assert tally.gradient is not None
    value = tally.loss.estimate()
    if tally.loss.low == tally.loss.high:
        value = Estimate(value.estimate, tally.value.estimate().standard_error)
    gradient = tally.gradient.estimate(extent)
    return Loss(value, 0.0, Estimate(gradient.estimate - target, gradient.standard_error))


def spread(oracle: Oracle, tally: Tally) -> Floats:
    """max y_i - min y_i over Y, by the oracle's word or, failing that, over all that was seen."""
    seen = tally.solution
    widest = float(seen.high.max() - seen.low.min()) or float(np.abs(seen.high).max())
    return np.asarray(trait(oracle, "extent", widest), dtype=np.float64)


def verdict(tally: Tally, unperturbed: Answers, drawn: int, samples: int) -> tuple[str, str]:
    """The status and the sentence that explains it, remedy included."""
    unproved = drawn + 1 - tally.proved - int(unperturbed.proved.sum())
    if drawn < samples:
        return (
            "interrupted",
            f"interrupted after {drawn} of {samples} samples; the result uses those",
        )
    if unproved:
        return "not_proved", (
            f"{unproved} of {drawn + 1} solutions were not proved optimal, so the estimates are "
            "biased; raise --time-limit"
        )
    if tally.fallbacks:
        return "ok", (
            f"{tally.fallbacks} of {drawn} samples made a negative cycle and were solved by a slower "
            "exact method; --multiplicative keeps every cost's sign and avoids them"
        )
    return "ok", ""


def vertex(oracle: Oracle, target: ArrayLike, shape: tuple[int, ...]) -> Floats:
    """The target as an array, if it is a solution whose conjugate is known to be zero."""
    y = np.array(target, dtype=np.float64, order="C")
    if y.shape != shape:
        raise InputError("target", None, f"expected shape {shape}, found {y.shape}")
    if hasattr(oracle, "contains") and not oracle.contains(y[np.newaxis])[0]:
        raise InputError("target", None, "expected a solution of the instance, found another array")
    if not trait(oracle, "vertices", True):
        raise InputError(
            "target", None, "expected a family whose solutions are vertices of their convex hull"
        )
    return y


def check(theta: Floats, noise: str, samples: int, seed: int, method: str, solutions: int) -> None:
    """Raise `InputError` for what lies outside its interval."""
    if theta.size == 0 or not np.isfinite(theta).all():
        raise InputError("theta", None, "expected finite numbers, at least one")
    if noise not in NOISES:
        raise InputError("noise", None, f"expected one of {', '.join(NOISES)}, found {noise!r}")
    if method not in METHODS:
        raise InputError("method", None, f"expected one of {', '.join(METHODS)}, found {method!r}")
    for name, value, least in (
        ("samples", samples, 2),
        ("seed", seed, 0),
        ("solutions", solutions, 0),
    ):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise InputError(name, None, f"expected an integer >= {least}, found {value!r}")


def check_jacobian(oracle: Oracle, theta: Floats, multiplicative: bool, limit: int) -> None:
    """Raise `InputError` where the full matrix is too large or does not exist."""
    d = theta.size
    if d > limit:
        size = math.ceil(2 * 8 * d**2 / 2**20)
        raise InputError(
            "jacobian",
            None,
            f"expected at most {limit} entries of theta, found {d}: the matrix and its errors would "
            f"take {size} MiB",
        )
    zero = theta == 0
    forbidden = trait(oracle, "forbidden", None)
    if forbidden is not None:
        zero &= ~forbidden
    if multiplicative and zero.any():
        index = [int(i) for i in np.argwhere(zero)[0]]
        raise InputError(
            "jacobian",
            None,
            f"multiplicative noise never moves a zero: expected theta != 0, found 0 at {index}",
        )
