"""`perturb smooth`: the smoothed solution and all that one pass of oracle calls gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from perturbcli.commands.each import SHORT, Call, each
from perturbcli.core.errors import InputError
from perturbcli.core.noise import Floats
from perturbcli.core.smoothing import smooth
from perturbcli.edge.document import Document, smoothed
from perturbcli.edge.reading.instance import Instance
from perturbcli.edge.reading.solutions import solutions
from perturbcli.edge.rendering.progress import progress
from perturbcli.interrupts import Interrupts, interrupts

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Settings:
    """What is asked of every instance; None leaves it to the instance, then to the default."""

    epsilon: float | None
    noise: str | None
    multiplicative: bool
    samples: int
    method: str
    seed: int
    jacobian: bool
    jacobian_limit: int
    target: Path | None
    solutions: int


def run(sources: list[str], call: Call, settings: Settings, *, show_progress: bool) -> int:
    """Smooth every instance; returns the exit code."""
    with interrupts() as stop:
        work = partial(smooth_one, settings=settings, stop=stop, show_progress=show_progress)
        return each(sources, call, work)


def smooth_one(
    instance: Instance, *, settings: Settings, stop: Interrupts, show_progress: bool
) -> tuple[Document, int]:
    """One instance's document and exit code."""
    target = None if settings.target is None else one_target(settings.target, instance)
    with progress(instance.name, enabled=show_progress) as advance:
        result = smooth(
            instance.oracle,
            instance.theta,
            epsilon=first(settings.epsilon, instance.epsilon, 1.0),
            noise=first(settings.noise, instance.noise, "gaussian"),
            multiplicative=settings.multiplicative,
            samples=settings.samples,
            seed=settings.seed,
            method=settings.method,
            jacobian=settings.jacobian,
            dense_limit=settings.jacobian_limit,
            target=target,
            solutions=settings.solutions,
            progress=advance,
            stop=stop,
        )
    code = {"ok": 0, "interrupted": stop.exit_code}.get(result.status, SHORT)
    return smoothed(instance, result), code


def one_target(path: Path, instance: Instance) -> Floats:
    """The solution in a file; `InputError` where it holds none or several."""
    found = solutions(path, instance.theta.shape)
    if len(found) != 1:
        raise InputError(str(path), "--target", f"expected one solution, found {len(found)}")
    one: Floats = found[0]
    return one


def first(option: Value | None, instance: Value | None, default: Value) -> Value:
    """The option's value, else the instance's, else the default."""
    if option is not None:
        return option
    return default if instance is None else instance
