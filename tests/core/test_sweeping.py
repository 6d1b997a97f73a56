"""`sweep` and `sample`: temperatures that share their noise, and draws of p_theta."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import perturbcli
from perturbcli.core.designs import DESIGNS
from perturbcli.core.drawing import sample
from perturbcli.core.errors import InputError, SolverFailed
from perturbcli.core.noise import NOISES
from perturbcli.core.records import Estimate, Smoothed
from perturbcli.core.smoothing import smooth
from perturbcli.core.spread import LowRank
from perturbcli.core.sweeping import sweep
from solvers.argmax import Argmax
from solvers.assignment import Assignment
from solvers.oracle import Oracle
from solvers.ranking import Ranking
from solvers.top_k import TopK
from tests.core.known import FIVE, Floats

EPSILONS = (0.05, 0.5, 5.0)
FOUR = np.array(
    [[3.0, 1.0, 0.5, 2.0], [1.5, 2.5, 0.1, 0.7], [0.3, 1.1, 2.9, 0.2], [1.0, 2.0, 0.4, 3.1]]
)

# An oracle, theta without ties, and the entry that every entry of y*_eps tends to.
CENTRES: dict[str, tuple[Oracle, Floats, float]] = {
    "argmax": (Argmax(shape=(5,)), FIVE, 1 / 5),
    "ranking": (Ranking(shape=(5,)), FIVE, 6 / 2),
    "top_k": (TopK(shape=(5,), k=2), FIVE, 2 / 5),
    "assignment": (Assignment(shape=(4, 4)), FOUR, 1 / 4),
}


class Recording:
    """argmax that keeps the parameters it is asked about."""

    def __init__(self) -> None:
        self.asked: list[Floats] = []

    def __call__(self, theta: Floats) -> Floats:
        self.asked.append(theta)
        return np.asarray(np.eye(theta.shape[1])[theta.argmax(axis=1)])


@pytest.mark.parametrize("method", DESIGNS)
@pytest.mark.parametrize("noise", NOISES)
def test_every_temperature_has_the_same_noise(method: str, noise: str) -> None:
    oracle = Recording()
    result = sweep(oracle, FIVE, epsilons=EPSILONS, method=method, noise=noise, samples=128)
    asked = np.concatenate(oracle.asked)
    np.testing.assert_array_equal(asked[0], FIVE)
    drawn = asked[1:].reshape(3, 128, 5)
    z = [(theta - FIVE) / epsilon for theta, epsilon in zip(drawn, EPSILONS, strict=True)]
    assert z[0].std() > 0.5
    np.testing.assert_allclose(z[1], z[0], atol=1e-12)
    np.testing.assert_allclose(z[2], z[0], atol=1e-12)
    # theta itself is asked about once, not once a temperature.
    assert len(asked) == result.oracle.calls == result.oracle.proved_optimal == 1 + 3 * 128


def test_common_noise_makes_the_sweep_smooth() -> None:
    epsilons = np.geomspace(0.5, 0.6, 30).tolist()
    settings: dict[str, Any] = {"method": "monte-carlo", "samples": 256}
    oracle = CENTRES["assignment"][0]
    result = sweep(oracle, FOUR, epsilons=epsilons, **settings)
    along = np.array([one.perturbed_value.estimate for one in result.results])
    alone = np.array(
        [
            smooth(oracle, FOUR, epsilon=epsilon, seed=i, **settings).perturbed_value.estimate
            for i, epsilon in enumerate(epsilons)
        ]
    )
    assert np.abs(np.diff(along)).max() < np.abs(np.diff(alone)).max() / 10


@pytest.mark.parametrize("method", ["auto", "quasi-monte-carlo"])
def test_a_result_of_a_sweep_is_that_of_smooth(method: str) -> None:
    oracle = Argmax(shape=(5,))
    asked: dict[str, Any] = {
        "method": method, "noise": "gumbel", "seed": 3, "jacobian": True, "jacobian_diagonal": True,
        "jvp": FIVE, "vjp": FIVE, "target": np.eye(5)[2],
    }  # fmt: skip
    result = sweep(oracle, FIVE, epsilons=EPSILONS, **asked)
    assert [one.epsilon for one in result.results] == list(EPSILONS)
    for one in result.results:
        alone = smooth(oracle, FIVE, epsilon=one.epsilon, **asked)
        assert one.oracle.calls == alone.oracle.calls - 1
        for name in ("perturbed_solution", "perturbed_value", "jacobian", "jvp", "vjp"):
            here, there = getattr(one, name), getattr(alone, name)
            np.testing.assert_array_equal(here.estimate, there.estimate)
            np.testing.assert_array_equal(here.standard_error, there.standard_error)
        assert one.loss is not None
        assert alone.loss is not None
        assert one.loss.value.estimate == alone.loss.value.estimate


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("method", ["auto", "monte-carlo"])
@pytest.mark.parametrize("name", CENTRES)
def test_the_ends_are_the_solution_and_the_centre(name: str, method: str, noise: str) -> None:
    oracle, theta, centre = CENTRES[name]
    result = sweep(oracle, theta, epsilons=(1e-4, 1e6), method=method, noise=noise, samples=2048)
    cold, hot = (one.perturbed_solution for one in result.results)
    np.testing.assert_array_equal(result.solution, oracle.solve(theta[np.newaxis]).solutions[0])
    np.testing.assert_allclose(cold.estimate, result.solution, atol=1e-9)
    assert float(result.results[0].perturbed_value.estimate) == pytest.approx(
        result.value, abs=1e-2
    )
    deviations = np.abs(hot.estimate - centre)
    assert (deviations <= 4.5 * hot.standard_error + 1e-5).all(), deviations
    if result.results[1].method != "exact":
        assert (hot.standard_error < 0.05).all()


def test_the_call_and_the_sweep_end_at_a_signal() -> None:
    asked = itertools.count(1)
    result = sweep(
        Argmax(shape=(5,)),
        FIVE,
        epsilons=EPSILONS,
        method="monte-carlo",
        samples=4000,
        stop=lambda: next(asked) > 6,
    )
    assert result.status == "interrupted"
    assert [one.samples for one in result.results] == [4000, 2048]
    assert [one.status for one in result.results] == ["ok", "interrupted"]
    assert result.oracle.calls == 6049
    assert result.message == (
        "interrupted at epsilon 0.5 after 2048 samples, temperature 2 of 3; the result ends there"
    )


def test_a_tolerance_holds_for_each_temperature() -> None:
    result = sweep(
        Recording(), FIVE, epsilons=(0.05, 0.5, 1.0), method="monte-carlo", tolerance=0.003,
        samples=4000,
    )  # fmt: skip
    counts = [one.samples for one in result.results]
    assert counts == [1024, 4000, 4000]
    assert result.status == "tolerance"
    assert result.message.startswith("at epsilon 0.5: 4000 samples did not bring every standard")
    assert result.message.endswith("(so or similarly at 2 of 3 temperatures)")


def test_progress_is_that_of_the_whole() -> None:
    told: list[tuple[int, int]] = []
    sweep(
        Recording(), FIVE, epsilons=EPSILONS, samples=300, method="monte-carlo",
        progress=lambda *so_far: told.append(so_far),
    )  # fmt: skip
    assert told == [(256, 900), (300, 900), (556, 900), (600, 900), (856, 900), (900, 900)]


@pytest.mark.parametrize("epsilons", [(), (1.0, 0.0), (float("nan"),), (-1.0,), (float("inf"),)])
def test_wrong_temperatures_are_refused_before_the_first_call(epsilons: tuple[float, ...]) -> None:
    oracle = Recording()
    with pytest.raises(InputError, match="epsilons"):
        sweep(oracle, FIVE, epsilons=epsilons)
    with pytest.raises(InputError, match="theta"):
        sweep(oracle, [np.nan], epsilons=EPSILONS)
    assert oracle.asked == []


def test_a_failure_names_its_temperature() -> None:
    def fragile(theta: Floats) -> Floats:
        if np.abs(theta).max() > 6:
            raise SolverFailed("too hard")
        return theta

    with pytest.raises(SolverFailed, match="too hard") as caught:
        perturbcli.sweep(fragile, FIVE, epsilons=EPSILONS)
    assert caught.value.__notes__ == ["at epsilon 5"]


def frequencies(blocks: Floats) -> dict[bytes, float]:
    """How often each solution was drawn."""
    seen, counts = np.unique(blocks.astype(np.int8), axis=0, return_counts=True)
    return {
        y.tobytes(): count / len(blocks) for y, count in zip(seen, counts.tolist(), strict=True)
    }


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("name", CENTRES)
def test_samples_are_distributed_as_smooth_says(name: str, noise: str) -> None:
    oracle, theta, _ = CENTRES[name]
    n = 4000
    drawn = np.concatenate(
        [
            block.solutions
            for block in sample(oracle, theta, epsilon=1.0, noise=noise, samples=n, seed=1)
        ]
    )
    assert drawn.shape == (n, *theta.shape)
    seen = frequencies(drawn)
    result = smooth(oracle, theta, epsilon=1.0, noise=noise, samples=16 * n, solutions=8)
    assert result.distribution is not None
    listed = result.distribution.solutions
    assert sum(likely.probability for likely in listed) > 0.3
    for likely in listed:
        p = likely.probability
        error = np.hypot(np.sqrt(p * (1 - p) / n), (likely.upper - likely.lower) / 4)
        assert abs(seen.get(likely.solution.astype(np.int8).tobytes(), 0.0) - p) < 4.5 * error


def test_samples_are_those_of_plain_monte_carlo() -> None:
    asked: dict[str, Any] = {
        "epsilon": 0.7, "samples": 1000, "seed": 5, "multiplicative": False,
        "spread": LowRank(np.full(5, 0.5), np.ones((5, 1))),
    }  # fmt: skip
    oracle = Argmax(shape=(5,))
    drawn = np.concatenate([block.solutions for block in sample(oracle, FIVE, **asked)])
    result: Smoothed = smooth(oracle, FIVE, method="monte-carlo", **asked)
    mean: Estimate = result.perturbed_solution
    np.testing.assert_allclose(drawn.mean(axis=0), mean.estimate, atol=1e-12)


def test_samples_come_when_they_are_asked_for() -> None:
    oracle = Recording()
    blocks = sample(oracle, FIVE, samples=10**12)
    assert oracle.asked == []
    assert len(next(blocks).solutions) == len(oracle.asked[0]) == 256
    assert [len(block.solutions) for block in sample(oracle, FIVE, samples=257)] == [256, 1]
    assert [len(block.solutions) for block in sample(oracle, FIVE, samples=1)] == [1]


def test_forbidden_entries_are_never_drawn() -> None:
    forbidden = np.eye(4, dtype=np.bool_)
    oracle = Assignment(shape=(4, 4), forbidden=forbidden)
    [block] = sample(oracle, np.where(forbidden, 0.0, FOUR), epsilon=100.0, samples=100)
    assert not block.solutions[:, forbidden].any()
    assert block.proved.all()


@pytest.mark.parametrize(
    "wrong", [{"samples": 0}, {"seed": -1}, {"noise": "cauchy"}, {"epsilon": 0}]
)
def test_wrong_draws_are_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        sample(Recording(), FIVE, **wrong)
