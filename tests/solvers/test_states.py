"""Dynamic programmes over states: what unfolds, what is too much, what leads nowhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from solvers import states
from solvers.errors import SolverError
from solvers.states import NOTHING, States


def steps(state: int) -> Iterator[tuple[int, int]]:
    """From 0 to 3 by steps of one, which carry their start, or of two, which carry nothing."""
    if state < 3:
        yield state, state + 1
    if state < 2:
        yield NOTHING, state + 2


def test_the_best_way_through_the_states() -> None:
    unfolded = States.unfold(0, 3, steps)
    assert unfolded is not None
    theta = np.array([[1.0, 1, 1], [-1, -2, -3], [-1, -2, 3], [5, -6, 2]])
    expected = [[1, 1, 1], [1, 0, 0], [0, 0, 1], [1, 0, 0]]
    np.testing.assert_array_equal(unfolded.solve(theta), expected)


def test_samples_are_treated_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    theta = np.random.default_rng(0).normal(size=(50, 3))
    whole = States.unfold(0, 3, steps)
    monkeypatch.setattr(states, "CHUNK", 20)
    chunked = States.unfold(0, 3, steps)
    assert whole is not None
    assert chunked is not None
    np.testing.assert_array_equal(whole.solve(theta), chunked.solve(theta))
    assert chunked.solve(theta[:0]).shape == (0, 3)


def test_a_programme_of_too_many_moves_is_none() -> None:
    assert States.unfold(0, -1, lambda state: [(0, state + 1)]) is None


def test_no_way_to_the_last_state() -> None:
    with pytest.raises(SolverError, match="infeasible"):
        States.unfold(0, 4, steps)
