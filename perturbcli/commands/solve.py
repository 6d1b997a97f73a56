"""`perturb solve`: y*(theta) and its value, no noise."""

from __future__ import annotations

import numpy as np

from perturbcli.commands.each import SHORT, Call, each
from perturbcli.edge.document import Document, solved
from perturbcli.edge.reading.instance import Instance


def run(sources: list[str], call: Call) -> int:
    """Solve every instance; returns the exit code."""
    return each(sources, call, work)


def work(instance: Instance) -> tuple[Document, int]:
    """One instance's document and exit code."""
    answers = instance.oracle.solve(instance.theta[np.newaxis])
    proved = bool(answers.proved[0])
    document = solved(
        instance,
        answers.solutions[0],
        float(answers.values[0]),
        proved=proved,
        fallbacks=answers.fallbacks,
    )
    return document, 0 if proved else SHORT
