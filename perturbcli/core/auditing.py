"""An audit of an oracle: is it an argmax, is it optimal, does smoothing it agree with the theory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from perturbcli.core.checks import (
    CHECKS,
    JACOBIAN_CHECKS,
    Check,
    Trial,
    feasible,
    second_formulation,
)
from perturbcli.core.designs import DESIGNS, Block
from perturbcli.core.noise import NOISES
from perturbcli.core.oracles import Oracle, solve, trait
from perturbcli.core.perturbation import Additive, Multiplicative


def audit(
    oracle: Oracle,
    theta: ArrayLike,
    *,
    epsilon: float = 1.0,
    noise: str = "gaussian",
    multiplicative: bool = False,
    samples: int = 256,
    seed: int = 0,
    second: Oracle | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Check]:
    """Every check of `perturbcli.core.checks` on `samples` parameters drawn around theta.

    `second` is another formulation of the same instance, whose values must be the same. The checks
    of the Jacobian need additive noise and an objective that is <y, theta> alone. The first failure
    of feasibility ends the audit, since nothing else would then mean what it says.

    Raises `InputError` as `smooth` does, and what the oracle raises.
    """
    theta = np.array(theta, dtype=np.float64, order="C")
    perturbation = (Multiplicative if multiplicative else Additive)(NOISES[noise], float(epsilon))
    design = DESIGNS["monte-carlo"](samples, seed)
    w = design.draw(perturbation.noise, Block(0, 0, samples), (theta.size,))
    z = perturbation.noises(w, theta.shape)
    forbidden = trait(oracle, "forbidden", None)
    if forbidden is not None:
        z = np.where(forbidden, 0.0, z)
    parameters = perturbation.apply(theta, z)
    parameters[0] = theta
    trial = Trial(
        oracle,
        theta,
        perturbation,
        w,
        parameters,
        solve(oracle, parameters),
        np.random.default_rng(seed),
    )
    smooth_enough = not multiplicative and trait(oracle, "whole", True)
    steps = [*CHECKS, *(JACOBIAN_CHECKS if smooth_enough else [])]
    done: list[Check] = []
    for step in steps:
        done.append(step(trial))
        if progress is not None:
            progress(len(done), len(steps) + 1)
        if step is feasible and done[-1].result == "failed":
            return done
    done.append(second_formulation(trial, second))
    return done
