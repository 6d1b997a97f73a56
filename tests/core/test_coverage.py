"""Standard errors are right: their intervals cover the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perturbcli.core.records import Estimate
from perturbcli.core.smoothing import smooth
from tests.core.known import FIVE, KNOWN, Floats, Known, gaussian_argmax

SEEDS, SAMPLES = 300, 1024
ONE_HOTS = [case for case in KNOWN if case.name.startswith("argmax")]
RANGES = [case for case in KNOWN if case.name.startswith(("ranking", "signs", "two"))]


def covers(estimate: Estimate, truth: Floats | float) -> Floats:
    """Whether each interval, estimate -+ 1.96 errors, holds the truth."""
    gap = np.abs(estimate.estimate - truth)
    return np.asarray(gap <= 1.959964 * estimate.standard_error, dtype=np.float64)


def coverage(case: Known, quantity: str, keep: NDArray[np.bool_] | None = None) -> float:
    """The share of intervals that hold the truth, over the seeds and the entries kept."""
    truth = getattr(case, quantity.removeprefix("perturbed_"))
    held = []
    for seed in range(SEEDS):
        result = smooth(
            case.oracle,
            case.theta,
            epsilon=case.epsilon,
            noise=case.noise,
            samples=SAMPLES,
            seed=seed,
            method="monte-carlo",
            jacobian=quantity == "jacobian",
        )
        held.append(covers(getattr(result, quantity), truth))
    return float(np.mean(held if keep is None else np.asarray(held)[:, keep]))


@pytest.mark.parametrize("case", ONE_HOTS, ids=lambda case: f"{case.name} {case.epsilon}")
def test_intervals_of_probabilities(case: Known) -> None:
    seen = SAMPLES * case.solution * (1 - case.solution) >= 20
    assert 0.93 <= coverage(case, "perturbed_solution", seen) <= 0.97


@pytest.mark.parametrize("case", RANGES, ids=lambda case: case.name)
def test_intervals_of_other_solutions(case: Known) -> None:
    assert 0.93 <= coverage(case, "perturbed_solution") <= 0.97


@pytest.mark.parametrize(
    "case", [case for case in KNOWN if case.value is not None], ids=lambda case: case.name
)
def test_intervals_of_the_value(case: Known) -> None:
    assert 0.93 <= coverage(case, "perturbed_value") <= 0.97


@pytest.mark.parametrize(
    "case",
    [case for case in KNOWN if case.name.startswith(("ranking", "two"))],
    ids=lambda case: case.name,
)
def test_intervals_of_the_jacobian(case: Known) -> None:
    assert 0.93 <= coverage(case, "jacobian") <= 0.97


def test_a_coordinate_that_no_sample_reached_has_an_honest_error() -> None:
    case = gaussian_argmax(FIVE, 0.5)
    rare = 4  # P = 3.47e-6: hardly ever seen in 1024 samples
    for seed in range(50):
        result = smooth(
            case.oracle,
            FIVE,
            epsilon=0.5,
            samples=SAMPLES,
            seed=seed,
            method="monte-carlo",
            jacobian=True,
        )
        estimate = result.perturbed_solution
        assert estimate.standard_error[rare] > 0
        assert covers(estimate, case.solution)[rare]
        assert result.jacobian is not None
        assert case.jacobian is not None
        assert (result.jacobian.standard_error > 0).all()
        gap = np.abs(result.jacobian.estimate - case.jacobian)[rare, rare]
        assert gap <= 1.96 * result.jacobian.standard_error[rare, rare]
