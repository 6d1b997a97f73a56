"""Exact forms agree with samples, and their likeliest solutions make up the rest."""

from __future__ import annotations

import numpy as np
import pytest

from perturbcli.core.noise import NOISES
from solvers.ranking import Ranking
from solvers.top_k import TopK
from tests.core.exact_cases import FAMILIES, ORACLES, form
from tests.core.known import FIVE


@FAMILIES
def test_samples_agree(name: str, noise: str) -> None:
    found = form(ORACLES[name], FIVE, 0.8, noise)
    z = NOISES[noise].sample(np.random.default_rng(1), (100_000, 5))
    solutions = ORACLES[name](FIVE + 0.8 * z)  # type: ignore[operator]
    values = (solutions * (FIVE + 0.8 * z)).sum(axis=1)
    errors = solutions.std(axis=0) / np.sqrt(len(z))
    assert (np.abs(solutions.mean(axis=0) - found.solution) <= 5 * errors + 1e-12).all()
    assert abs(values.mean() - found.value) <= 5 * values.std() / np.sqrt(len(z))
    listed = found.probabilities(3)
    assert listed is not None
    for solution, probability in listed:
        share = (solutions == solution).all(axis=1).mean()
        assert abs(share - probability) <= 5 * np.sqrt(probability * (1 - probability) / 1e5)


@FAMILIES
def test_probabilities_make_up_the_solution(name: str, noise: str) -> None:
    found = form(ORACLES[name], FIVE, 2.0, noise)
    listed = found.probabilities(1000)
    assert listed is not None
    masses = np.array([probability for _, probability in listed])
    mean = sum(probability * solution for solution, probability in listed)
    assert masses.sum() == pytest.approx(1.0, abs=1e-12)
    assert (np.diff(masses) <= 1e-15).all()
    np.testing.assert_allclose(mean, found.solution, atol=1e-12)
    first = found.probabilities(2)
    assert first is not None
    assert [mass for _, mass in first] == masses[:2].tolist()


def test_orders_under_gumbel_noise_are_plackett_luce() -> None:
    listed = form(ORACLES["ranking"], FIVE, 0.5, "gumbel").probabilities(1000)
    assert listed is not None
    assert len(listed) == 120
    for solution, probability in listed:
        weights = np.exp(FIVE[np.argsort(-solution)] / 0.5)
        chosen = np.prod(weights / np.cumsum(weights[::-1])[::-1])
        assert probability == pytest.approx(chosen, abs=1e-14)


def test_the_likeliest_of_too_many_are_left_to_sampling() -> None:
    theta = np.linspace(0, 1, 200)
    assert form(Ranking(shape=(200,)), theta, 1.0, "gaussian").probabilities(1000) is None
    assert form(TopK(shape=(200,), k=100), theta, 1.0, "gaussian").probabilities(1000) is None
