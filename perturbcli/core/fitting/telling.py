"""A fit's record: estimates, covariances and sentences, from where the loss is least."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perturbcli.core.fitting.inference import sandwich
from perturbcli.core.fitting.records import Moments
from perturbcli.core.fitting.search import Least
from perturbcli.core.fitting.setting import FRESH, Setting
from perturbcli.core.fitting.subspace import Subspace
from perturbcli.core.noise import Floats
from perturbcli.core.oracles import trait
from perturbcli.core.records import Estimate

ALONE = 1e-6  # of a coefficient, that may lie in what makes no difference


@dataclass(frozen=True, slots=True)
class Found:
    """Parameters, (p,), with the covariances over gamma that their errors are made of.

    known, told  which have an estimate, and which an error too
    dimension    of the subspace, None where the fit ended before that was known
    """

    estimate: Floats
    sampling: Floats
    drawing: Floats
    subspace: Subspace
    dimension: int | None
    hessian: Floats
    known: NDArray[np.bool_]
    told: NDArray[np.bool_]
    unbounded: tuple[int, ...]
    confounded: tuple[int, ...]
    gap: Estimate
    loss: Estimate
    moments: Moments | None
    status: str
    messages: tuple[str, ...]


def told(setting: Setting, least: Least) -> Found:
    """The record, with nothing for what runs to infinity or is forbidden."""
    subspace, infinite = least.problem.subspace, least.face.infinite
    if infinite.any():
        # What no identified direction reaches any more is as little known.
        infinite = infinite | (least.whole.reached & ~subspace.reached)
    known = ~(infinite | forbidden(setting))
    total = setting.data.observed.total
    status, messages = verdict(setting, least, infinite)
    return Found(
        estimate=np.where(known, np.where(least.whole.reached, least.beta, 0.0), np.nan),
        sampling=sandwich(least.hessian, setting.scatter(least.here, subspace), total),
        drawing=least.drawing,
        subspace=subspace,
        dimension=subspace.dimension,
        hessian=least.hessian,
        known=known,
        told=known & subspace.reached,
        unbounded=tuple(np.flatnonzero(infinite).tolist()),
        confounded=confounded(setting, least.whole),
        gap=moment_gap(setting, least),
        loss=mean_loss(setting, least),
        moments=moments(setting, least),
        status=status,
        messages=messages,
    )


def cut(setting: Setting, *, interrupted: bool) -> Found:
    """What there is of a fit that ended before it had errors: the last step."""
    p, best = setting.data.model.size, setting.budget.best
    nowhere, unknown = np.zeros((0, 0)), np.asarray(np.nan)
    subspace = Subspace(np.ones(p), np.zeros((p, 0)), np.zeros(p), 0.0)
    message = "the parameters are those of the last step, without errors"
    within = f"not converged within {setting.budget.limit} oracle calls"
    return Found(
        estimate=np.full(p, np.nan) if best is None else best.beta,
        sampling=nowhere,
        drawing=nowhere,
        subspace=subspace,
        dimension=None,
        hessian=nowhere,
        known=np.full(p, best is not None),
        told=np.zeros(p, dtype=np.bool_),
        unbounded=(),
        confounded=(),
        gap=Estimate(
            unknown if best is None else np.asarray(np.linalg.norm(best.gradient)), unknown
        ),
        loss=Estimate(unknown if best is None else np.asarray(best.value), unknown),
        moments=None,
        status="interrupted" if interrupted else "not_converged",
        messages=(
            f"interrupted: {message}" if interrupted else f"{within}: {message}; raise --samples",
        ),
    )


def moment_gap(setting: Setting, least: Least) -> Estimate:
    """The norm of the gradient where the fit is, by fresh draws; how large they make it is its error."""
    if least.averaged is None:
        gradient, error = least.here.gradient + setting.ridge * least.here.beta, 0.0
    else:
        gradient, error = least.here.gradient, least.averaged.noise
        if least.converged:
            draws = setting.draws(len(least.gamma), first=False)
            gradient = setting.evaluate(least.beta, FRESH + 1, draws, granted=True).gradient
        gradient = gradient + setting.ridge * least.beta
    return Estimate(np.asarray(np.linalg.norm(gradient)), np.asarray(error))


def mean_loss(setting: Setting, least: Least) -> Estimate:
    """The mean loss; its error is that of a mean over observations, and of the draws."""
    observed, here = setting.data.observed, least.here
    noise = 0.0 if least.averaged is None else least.averaged.value[1]
    variance = float(observed.shares @ (here.losses - here.value) ** 2)
    error = np.hypot(np.sqrt(variance / observed.total), noise)
    return Estimate(np.asarray(here.value), np.asarray(error))


def moments(setting: Setting, least: Least) -> Moments:
    """The mean solutions, of the observations and of the model at them."""
    observed, solutions = setting.data.observed, least.here.solutions
    deviations = (observed.solutions - observed.mean) ** 2
    error = np.sqrt(observed.shares @ deviations / observed.total)
    fitted = solutions[0] if len(solutions) == 1 else observed.shares @ solutions
    return Moments(Estimate(observed.mean, error), np.asarray(fitted))


def forbidden(setting: Setting) -> NDArray[np.bool_]:
    """Parameters that nothing depends on, since their entry's y is 0 whatever theta; (p,)."""
    p = setting.data.model.size
    entries = trait(setting.oracle, "forbidden", None)
    if entries is None or setting.data.kind == "coefficients":
        return np.zeros(p, dtype=np.bool_)
    return np.repeat(np.asarray(entries).reshape(-1), p // entries.size)


def confounded(setting: Setting, whole: Subspace) -> tuple[int, ...]:
    """The coefficients that make no difference by themselves, for which others make up."""
    if setting.data.kind != "coefficients":
        return ()
    kept = np.einsum("pr,pr->p", whole.basis, whole.basis)
    return tuple(np.flatnonzero(kept < 1 - ALONE).tolist())


def verdict(
    setting: Setting, least: Least, infinite: NDArray[np.bool_]
) -> tuple[str, tuple[str, ...]]:
    """The status, and the sentences that explain it."""
    messages = []
    r, p, total = least.whole.dimension, setting.data.model.size, setting.data.observed.total
    if setting.data.kind == "coefficients" and r < p:
        messages.append(
            f"collinear features: the {p} coefficients have {r} combinations that make a "
            "difference; of those in `confounded` the ones of least norm are given"
        )
    if total <= r:
        messages.append(
            f"too few observations for the errors to be trusted: {total:g} for {r} parameters"
        )
    calls = setting.budget.calls
    unproved = calls.calls - calls.proved_optimal
    if unproved:
        messages.append(
            f"{unproved} of {calls.calls} answers were not proved optimal, so the parameters are "
            "biased; raise --time-limit"
        )
    if not least.face.settled:
        messages.append("whether the loss has a minimum was not settled")
    if infinite.any():
        messages.append(
            "the observations lie on a face of conv(Y): parameters in `unbounded` run to infinity, "
            "the others are those on the face; --ridge keeps all finite"
        )
    if least.interrupted:
        messages.append(
            "interrupted: the estimates are of fewer draws of the noise than --tolerance asks for, whose "
            "error the standard errors include"
        )
        return "interrupted", tuple(messages)
    if not least.converged:
        messages.append(
            "not converged: the draws' error is a larger share of the errors than --tolerance; raise "
            "--samples"
            if least.averaged is not None
            else "not converged: `moment_gap` is the last step's gradient"
        )
    if infinite.any():
        return "boundary", tuple(messages)
    return "converged" if least.converged and not unproved else "not_converged", tuple(messages)
