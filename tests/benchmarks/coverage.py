"""Coverage of the 95% intervals, for every noise and design: `python -m tests.benchmarks.coverage`.

For each closed form the share of intervals that hold the truth, over the seeds and over the
coordinates that some sample reached; intervals take Student's t where an estimate has degrees of
freedom. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from perturbcli.core.designs import DESIGNS
from perturbcli.core.oracles import solve
from perturbcli.core.records import Estimate, Smoothed
from perturbcli.core.smoothing import smooth
from tests.core.known import Floats, Known, everything

QUANTITIES = ("perturbed_solution", "perturbed_value", "loss", "jacobian")


def held(estimate: Estimate, truth: Floats | float) -> NDArray[np.bool_]:
    """Whether each interval holds the truth."""
    freedom = estimate.degrees_of_freedom
    quantile = NormalDist().inv_cdf(0.975) if freedom is None else student.ppf(0.975, freedom)
    room = quantile * estimate.standard_error + 1e-12
    return np.asarray(np.abs(estimate.estimate - truth) <= room)


def intervals(
    case: Known, result: Smoothed, reached: NDArray[np.bool_]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Each quantity's intervals, of coordinates that some sample reached."""
    both = np.outer(reached, reached)
    yield "perturbed_solution", held(result.perturbed_solution, case.solution)[reached]
    if case.jacobian is not None and result.jacobian is not None:
        yield "jacobian", held(result.jacobian, case.jacobian)[both]
    if case.value is not None:
        yield "perturbed_value", np.atleast_1d(held(result.perturbed_value, case.value))
        if result.loss is not None:
            truth = case.value - float(case.theta @ result.solution)
            yield "loss", np.atleast_1d(held(result.loss.value, truth))


def coverage(case: Known, design: str, samples: int, seeds: int) -> dict[str, tuple[int, int]]:
    """(intervals that hold the truth, intervals) of each quantity."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    vertex = getattr(case.oracle, "vertices", False)
    for seed in range(seeds):
        result = smooth(
            case.oracle,
            case.theta,
            epsilon=case.epsilon,
            noise=case.noise,
            samples=samples,
            seed=seed,
            method=design,
            jacobian=True,
            target=solve(case.oracle, case.theta[None]).solutions[0] if vertex else None,
        )
        reached = result.perturbed_solution.estimate != result.solution
        for quantity, inside in intervals(case, result, reached):
            counts[quantity][0] += int(inside.sum())
            counts[quantity][1] += inside.size
    return {quantity: (good, total) for quantity, (good, total) in counts.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    parser.add_argument("--samples", type=int, nargs="+", default=[256, 4096])
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    write = sys.stdout.write
    write("| case | design | M | y*_ε | F_ε | loss | J |\n|---|---|---|---|---|---|---|\n")
    for case in everything():
        if options.only not in case.name:
            continue
        for design in DESIGNS:
            for samples in options.samples:
                found = coverage(case, design, samples, options.seeds)
                cells = [
                    f"{found[q][0] / found[q][1]:.3f}" if q in found and found[q][1] else ""
                    for q in QUANTITIES
                ]
                write(f"| {case.name} | {design} | {samples} | {' | '.join(cells)} |\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
