"""`perturb check`: audits an oracle, above all a user's own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from perturbcli.commands.each import Call, each
from perturbcli.commands.smooth import first
from perturbcli.core.auditing import audit
from perturbcli.edge.document import Document, checked
from perturbcli.edge.reading.instance import Instance
from perturbcli.edge.rendering.progress import progress

FAILED = 4  # exit code of an oracle that is not what it should be


@dataclass(frozen=True, slots=True)
class Settings:
    """How parameters are drawn; None leaves it to the instance, then to the default."""

    epsilon: float | None
    noise: str | None
    multiplicative: bool
    samples: int
    seed: int


def run(sources: list[str], call: Call, settings: Settings, *, show_progress: bool) -> int:
    """Audit every instance; returns the exit code."""
    work = partial(check_one, settings=settings, show_progress=show_progress)
    return each(sources, call, work)


def check_one(
    instance: Instance, *, settings: Settings, show_progress: bool
) -> tuple[Document, int]:
    """One instance's document and exit code."""
    second = None
    if instance.oracle.kernel and instance.oracle.backend != "ortools":
        second = instance.oracle.rebuilt(backend="ortools")
    drawn: Document = {
        "epsilon": first(settings.epsilon, instance.epsilon, 1.0),
        "noise": first(settings.noise, instance.noise, "gaussian"),
        "multiplicative": settings.multiplicative,
        "samples": settings.samples,
        "seed": settings.seed,
    }
    with progress(instance.name, enabled=show_progress) as advance:
        checks = audit(instance.oracle, instance.theta, **drawn, second=second, progress=advance)
    document = checked(instance, checks, drawn)
    return document, FAILED if document["status"] == "failed" else 0
