"""The audit passes what is an argmax and fails what is not, saying why."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perturbcli.core.auditing import audit
from perturbcli.core.checks import Check
from solvers.argmax import Argmax
from solvers.knapsack import Knapsack
from tests.core.known import FIVE, KNOWN, Floats, Known, sign

WEIGHTS, CAPACITY = np.array([5, 4, 3, 2, 6]), 10


def results(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.result for check in checks}


@pytest.mark.parametrize(
    "case", [case for case in KNOWN if "identity" not in case.name], ids=lambda case: case.name
)
def test_sound_oracles_pass(case: Known) -> None:
    for seed in range(5):
        checks = audit(case.oracle, case.theta, epsilon=case.epsilon, noise=case.noise, seed=seed)
        assert "failed" not in results(checks).values(), checks
    if hasattr(case.oracle, "contains") and case.theta.size < 6:
        assert results(checks)["brute force"] == "passed"


def greedy(theta: Floats) -> Floats:
    """A knapsack packed by value alone: often not the best."""
    solutions = np.zeros_like(theta)
    for row, answer in zip(theta, solutions, strict=True):
        room = CAPACITY
        for item in np.argsort(-row):
            if row[item] > 0 and WEIGHTS[item] <= room:
                answer[item], room = 1, room - WEIGHTS[item]
    return solutions


def minimising(theta: Floats) -> Floats:
    return Argmax(shape=theta.shape[1:])(-theta)


def careless() -> Callable[[Floats], Floats]:
    rng = np.random.default_rng(0)

    def answer(theta: Floats) -> Floats:
        solutions = Argmax(shape=theta.shape[1:])(theta)
        wrong = rng.random(len(theta)) < 0.02
        solutions[wrong] = np.eye(theta.shape[1])[rng.integers(theta.shape[1], size=wrong.sum())]
        return solutions

    return answer


@pytest.mark.parametrize(
    ("oracle", "broken"),
    [
        (greedy, {"never beaten"}),
        (minimising, {"never beaten", "monotone", "jacobian positive"}),
        (careless(), {"never beaten", "deterministic"}),
    ],
    ids=["greedy", "minimising", "careless"],
)
def test_broken_oracles_fail(oracle: Callable[[Floats], Floats], broken: set[str]) -> None:
    checks = audit(oracle, np.array([3.0, 2.5, 2.0, 1.5, 3.4]), samples=512)
    failed = {check.name for check in checks if check.result == "failed"}
    assert broken <= failed
    for check in checks:
        if check.name == "never beaten":
            assert check.theta is not None
            assert "better by" in check.measured


def test_a_greedy_knapsack_disagrees_with_the_exact_one() -> None:
    exact = Knapsack(shape=(5,), weights=WEIGHTS.tolist(), capacity=CAPACITY)
    checks = audit(greedy, np.array([3.0, 2.5, 2.0, 1.5, 3.4]), second=exact)
    assert results(checks)["second formulation"] == "failed"


def test_a_single_wrong_sign_is_caught() -> None:
    def contrary(theta: Floats) -> Floats:
        return sign(theta * np.where(np.arange(theta.shape[1]) == 0, -1.0, 1.0))

    found = results(audit(contrary, FIVE / 10))
    assert found["monotone"] == found["never beaten"] == "failed"


def test_an_answer_that_turns_with_theta_has_an_asymmetric_jacobian() -> None:
    def turned(theta: Floats) -> Floats:
        return np.roll(theta, 1, axis=1) - np.roll(theta, -1, axis=1)

    assert results(audit(turned, FIVE, samples=4096))["jacobian symmetric"] == "failed"


def test_an_infeasible_answer_ends_the_audit() -> None:
    class Wide(Argmax):
        def contains(self, solutions: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
            return np.zeros(len(solutions), dtype=np.bool_)

    checks = audit(Wide(shape=(5,)), FIVE)
    assert [check.result for check in checks] == ["failed"]
