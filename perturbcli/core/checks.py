"""What any exact argmax y*(theta) satisfies, as checks that an oracle can fail.

Each check takes a `Trial`, what the oracle answered to sampled parameters, and tells what it
measured. Values are compared within `Trial.room`, a part in 10^6 of |theta|_inf |y|_1, which allows
for solvers that compute in floats or round their costs; statistics within `DEVIATIONS` standard
errors, which a sound oracle passes but once in 10^5 runs or so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from perturbcli.core.audit import TOLERANCE, beaten
from perturbcli.core.noise import Floats
from perturbcli.core.oracles import Answers, Oracle, solve, trait
from perturbcli.core.perturbation import Perturbation

DEVIATIONS = 5.0
CANDIDATES = 2**17  # points of the box around Y that brute force goes through
SECOND = 64  # parameters that a second formulation is asked about
DIRECTIONS = 24  # random pairs of directions along which the Jacobian is looked at


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `result` is "passed", "failed" or "skipped"; `theta` is the parameter that broke it."""

    name: str
    result: str
    measured: str
    theta: Floats | None = None


@dataclass(frozen=True)
class Trial:
    """An oracle, the parameters it was asked about, (n, *shape), and what it answered."""

    oracle: Oracle
    theta: Floats  # unperturbed, (*shape)
    perturbation: Perturbation
    noise: Floats  # W, (n, d)
    parameters: Floats
    answers: Answers
    rng: np.random.Generator

    @property
    def solutions(self) -> Floats:
        return self.answers.solutions

    @cached_property
    def free(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """The entries that are not forbidden, (*shape)."""
        forbidden = trait(self.oracle, "forbidden", None)
        return np.ones(self.theta.shape, np.bool_) if forbidden is None else np.asarray(~forbidden)

    @cached_property
    def y(self) -> Floats:
        """Solutions as rows, (n, d)."""
        return self.solutions.reshape(len(self.solutions), -1)

    @cached_property
    def t(self) -> Floats:
        """Parameters as rows, (n, d)."""
        return self.parameters.reshape(len(self.parameters), -1)

    @cached_property
    def room(self) -> Floats:
        """How far two values of a sample may lie apart and still be the same, (n,)."""
        size = np.maximum(np.abs(self.y).sum(axis=1).max(), 1.0)
        return np.asarray(TOLERANCE * size * np.abs(self.t).max(axis=1))

    def ask(self, parameters: Floats) -> Floats:
        """The oracle's answers to other parameters, as rows."""
        return solve(self.oracle, parameters).solutions.reshape(len(parameters), -1)

    def worst(self, name: str, gaps: Floats, what: str) -> Check:
        """Failed where a gap, (n,), passes the room of its sample."""
        index = int((gaps - self.room).argmax())
        if gaps[index] > self.room[index]:
            return Check(name, "failed", f"{what} by {gaps[index]:.6g}", self.parameters[index])
        return Check(
            name, "passed", f"{len(gaps)} parameters, gap at most {max(float(gaps.max()), 0.0):.2g}"
        )


def feasible(trial: Trial) -> Check:
    """Every answer has theta's shape, is finite and, where that can be told, lies in Y."""
    name = "feasible"
    finite = np.asarray(np.isfinite(trial.y).all(axis=1))
    if not finite.all():
        index = int(finite.argmin())
        return Check(name, "failed", "an entry is not finite", trial.parameters[index])
    if not hasattr(trial.oracle, "contains"):
        return Check(
            name, "passed", f"{len(finite)} answers finite; whether they lie in Y is unknown"
        )
    inside = np.asarray(trial.oracle.contains(trial.solutions))
    if not inside.all():
        index = int(inside.argmin())
        return Check(name, "failed", "an answer does not lie in Y", trial.parameters[index])
    return Check(name, "passed", f"{len(inside)} answers lie in Y")


def deterministic(trial: Trial) -> Check:
    """The same theta has the same answer: again, in another order, and alone."""
    n = len(trial.y)
    order = trial.rng.permutation(n)
    again = np.empty_like(trial.y)
    again[order] = trial.ask(trial.parameters[order])
    gaps = values(trial.y, trial.t) - values(again, trial.t)
    check = trial.worst("deterministic", np.abs(gaps), "asked again, the value differs")
    if check.result == "failed":
        return check
    changed = int((again != trial.y).any(axis=1).sum())
    told = f"; {changed} ties were broken otherwise" if changed else ""
    return Check(check.name, "passed", f"{n} parameters asked again in another order{told}")


def homogeneous(trial: Trial) -> Check:
    """F(c theta) = c F(theta) for c > 0, so the answer to c theta is as good for theta."""
    if not trait(trial.oracle, "whole", True):
        return Check("homogeneous", "skipped", "the objective covers more than theta")
    gaps = np.zeros(len(trial.y))
    for factor in (0.5, 3.0):
        scaled = trial.ask(factor * trial.parameters)
        gaps = np.maximum(gaps, np.abs(values(scaled, trial.t) - values(trial.y, trial.t)))
    return trial.worst("homogeneous", gaps, "scaling theta changes its best value")


def shift_covariant(trial: Trial) -> Check:
    """Where <y, 1> is the same for all of Y, adding a constant to theta changes no answer."""
    name = "shift covariant"
    if not trait(trial.oracle, "constant_sum", False):
        return Check(name, "skipped", "the sum of y is not known to be the same over Y")
    step = float(np.abs(trial.theta).max()) or 1.0
    shifted = trial.ask(trial.parameters + step * trial.free)
    gaps = np.abs(values(shifted, trial.t) - values(trial.y, trial.t))
    return trial.worst(name, gaps / 2, "adding a constant to theta changes its best value")


def unbeaten(trial: Trial) -> Check:
    """<y_i, theta_i> >= <y_j, theta_i> for all pairs: no earlier answer is better."""
    # An objective beyond theta, h(y), is one more entry of y whose parameter is 1.
    n = len(trial.y)
    rest = trial.answers.values - values(trial.y, trial.t)
    found = beaten(np.column_stack([trial.t, np.ones(n)]), np.column_stack([trial.y, rest]))
    if found is None:
        return Check("never beaten", "passed", f"{n * (n - 1)} pairs")
    measured = f"the answer to another theta is better by {found.gap:.6g}"
    return Check("never beaten", "failed", measured, trial.parameters[found.i])


def monotone(trial: Trial) -> Check:
    """<y_i - y_j, theta_i - theta_j> >= 0 for neighbours in the sample."""
    if not trait(trial.oracle, "whole", True):
        return Check("monotone", "skipped", "the objective covers more than theta")
    other = np.roll(np.arange(len(trial.y)), 1)
    steps = ((trial.y - trial.y[other]) * (trial.t - trial.t[other])).sum(axis=1)
    return trial.worst("monotone", -steps / 2, "the answer moves against theta")


def brute_force(trial: Trial) -> Check:
    """F(theta) = max over all of Y, where the points of a small box can be told to lie in Y."""
    name = "brute force"
    if not hasattr(trial.oracle, "contains") or not trait(trial.oracle, "whole", True):
        return Check(name, "skipped", "membership of Y, or the whole objective, is not known")
    extent = np.broadcast_to(trait(trial.oracle, "extent", np.nan), trial.theta.shape).reshape(-1)
    low, high = trial.y.max(axis=0) - extent, trial.y.min(axis=0) + extent
    if not np.isfinite(extent).all() or (trial.y != np.rint(trial.y)).any():
        return Check(name, "skipped", "Y is not a set of integer points in a known box")
    size = float(np.prod(high - low + 1))
    if size > CANDIDATES:
        return Check(name, "skipped", f"Y lies in a box of {size:.3g} points, too many to try")
    axes = [np.arange(a, b + 1) for a, b in zip(low, high, strict=True)]
    points = np.array(list(product(*axes)), dtype=np.float64)
    inside = trial.oracle.contains(points.reshape(-1, *trial.theta.shape))
    members = points[inside]
    best = (trial.t @ members.T).max(axis=1)
    check = trial.worst(name, best - values(trial.y, trial.t), f"one of {len(members)} is better")
    if check.result == "failed":
        return check
    return Check(name, "passed", f"best of all {len(members)} solutions, {len(best)} times")


def symmetric(trial: Trial) -> Check:
    """u^T J v = v^T J u along random directions: y*_eps is a gradient."""
    u, v, y, s = directions(trial)
    draws = (y @ u) * (s @ v) - (y @ v) * (s @ u)
    return within("jacobian symmetric", draws, draws.shape[1])


def positive(trial: Trial) -> Check:
    """u^T J u >= 0 along random directions: F_eps is convex."""
    u, _, y, s = directions(trial)
    return within("jacobian positive", (y @ u) * (s @ u), u.shape[1], least=True)


def finite_difference(trial: Trial) -> Check:
    """u^T J v = d/dh E<u, y*(theta + h v + eps Z)> with common noise, by a step h = eps/4.

    The step's own error, h^2/6 times a third derivative, is allowed a twentieth of the slope's size.
    """
    u, v, y, s = directions(trial)
    u, v = u[:, :2], v[:, :2]
    h = trial.perturbation.epsilon / 4
    slopes = []
    for k in range(v.shape[1]):
        step = (h * v[:, k] * trial.free.reshape(-1)).reshape(trial.theta.shape)
        up, down = trial.ask(trial.parameters + step), trial.ask(trial.parameters - step)
        slopes.append((up - down) @ u[:, k] / (2 * h))
    slope = np.stack(slopes, axis=1)
    size = np.abs(slope).mean(axis=0)
    return within("finite difference", (y @ u) * (s @ v) - slope, 2, room=0.05 * size)


def directions(trial: Trial) -> tuple[Floats, Floats, Floats, Floats]:
    """Random unit directions u, v of shape (d, k), centred solutions and scores of shape (n, d)."""
    n, d = trial.y.shape
    rng = np.random.default_rng(d)
    free = trial.free.reshape(-1, 1)
    u, v = (free * rng.standard_normal((d, DIRECTIONS)) for _ in range(2))
    u, v = u / np.linalg.norm(u, axis=0), v / np.linalg.norm(v, axis=0)
    score = trial.perturbation.scores(trial.noise)
    y = (trial.y - trial.y.mean(axis=0)) * (n / (n - 1))
    return u, v, y, score / trial.perturbation.epsilon


def within(
    name: str, draws: Floats, count: int, *, least: bool = False, room: Floats | float = 0.0
) -> Check:
    """Whether the means of draws (n, k) are 0, or with `least` no less, by their standard errors."""
    n = len(draws)
    error = draws.std(axis=0, ddof=1) / np.sqrt(n)
    mean = draws.mean(axis=0)
    gap = np.maximum(-mean, 0.0) if least else np.maximum(np.abs(mean) - room, 0.0)
    moved = error > 0
    deviations = float((gap[moved] / error[moved]).max(initial=0.0))
    measured = f"{count} directions, at most {deviations:.1f} standard errors off"
    return Check(name, "passed" if deviations <= DEVIATIONS else "failed", measured)


def values(solutions: Floats, parameters: Floats) -> Floats:
    """<y, theta>, row by row."""
    return np.asarray(np.einsum("nd,nd->n", solutions, parameters))


def second_formulation(trial: Trial, second: Oracle | None) -> Check:
    """F(theta) is the same by another formulation of the same instance, where one exists."""
    name = "second formulation"
    if second is None:
        return Check(name, "skipped", "there is no other formulation of this instance")
    some = slice(0, SECOND)
    other = solve(second, trial.parameters[some])
    gaps = np.zeros(len(trial.y))
    gaps[some] = np.abs(other.values - trial.answers.values[some])
    check = trial.worst(name, gaps, "another formulation's value differs")
    if check.result == "failed":
        return check
    return Check(name, "passed", f"{len(other.values)} values are the same by another formulation")


CHECKS: list[Callable[[Trial], Check]] = [
    feasible,
    deterministic,
    homogeneous,
    shift_covariant,
    unbeaten,
    monotone,
    brute_force,
]
JACOBIAN_CHECKS: list[Callable[[Trial], Check]] = [symmetric, positive, finite_difference]
