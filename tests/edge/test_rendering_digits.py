"""Numbers with the digits that their standard errors support."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perturbcli.edge.rendering.digits import aligned, beside, measured, number


@pytest.mark.parametrize(
    ("estimate", "error", "texts"),
    [
        (0.81738281, 0.01207941, ("0.817", "0.012")),
        (0.81738281, 0.0996, ("0.82", "0.10")),
        (0.81738281, 0.0994, ("0.817", "0.099")),
        (29123.44, 12.3, ("29123", "12")),
        (29123.44, 1234.0, ("29100", "1200")),
        (29123.44, 0.5, ("29123.44", "0.50")),
        (-0.0004, 0.012, ("0.000", "0.012")),
        (2.00213e-9, 1.87e-11, ("2.002e-09", "0.019e-09")),
        (0.0, 2e-9, ("0.0e-09", "2.0e-09")),
        (-3.05e12, 4.4e9, ("-3.0500e+12", "0.0044e+12")),
        (5e-324, 5e-324, ("4.9e-324", "4.9e-324")),
        (305.0, 1e-13, ("305.000000000", "1.0e-13")),
        (305.0, 0.0, ("305", "")),
        (0.1 + 0.2, 0.0, ("0.3", "")),
        (305.5, None, ("305.5", "")),
        (305.5, math.nan, ("305.5", "")),
        (math.nan, 0.1, ("?", "")),
        (None, 0.1, ("?", "")),
    ],
)
def test_two_digits_of_the_error(
    estimate: float | None, error: float | None, texts: tuple[str, str]
) -> None:
    assert measured(estimate, error) == texts


def test_what_is_printed_is_within_half_of_the_errors_second_digit() -> None:
    rng = np.random.default_rng(5)
    for _ in range(2000):
        error = float(10.0 ** rng.uniform(-12, 12))
        estimate = float(rng.normal() * 10.0 ** rng.uniform(-3, 6) * error)
        value, deviation = map(float, measured(estimate, error))
        assert abs(value - estimate) <= 0.051 * error
        assert abs(deviation - error) <= 0.051 * error


def test_whole_numbers_have_no_point() -> None:
    assert [number(value) for value in (305.0, -0.0, 1e15, 0.5)] == ["305", "0", "1e+15", "0.5"]


def test_decimal_points_stand_in_a_column() -> None:
    assert aligned(["1.25", "-10", "0.001"]) == ["  1.25 ", "-10    ", "  0.001"]
    assert beside([("1.25", "0.12"), ("3", "")], "±") == ["1.25 ± 0.12", "3          "]
    assert beside([("1", ""), ("10", "")], "±") == [" 1", "10"]
