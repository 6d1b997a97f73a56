"""Numbers with as many digits as their standard error supports."""

from __future__ import annotations

import math
from collections.abc import Sequence

SIGNIFICANT = 12  # digits beyond which no estimate is printed
SMALL, LARGE = 1e-4, 1e7  # outside of which numbers have an exponent


def measured(estimate: float | None, error: float | None) -> tuple[str, str]:
    """The texts of an estimate and its standard error, both to the error's second digit.

    Without an error, or with one of zero, the estimate is printed as it is and the error is empty.
    """
    if estimate is None or math.isnan(estimate):
        return "?", ""
    if not error or math.isnan(error):
        return number(estimate), ""
    size = max(abs(estimate), error)
    power = 0 if SMALL <= size < LARGE else exponent(size)
    estimate, error = scaled(estimate, power), scaled(error, power)
    places = second_digit(error)
    most = SIGNIFICANT - 1 - exponent(max(abs(estimate), error))
    suffix = f"e{power:+03d}" if power else ""
    if places > most:
        return fixed(estimate, most) + suffix, f"{scaled(error, -power):.1e}"
    return fixed(estimate, places) + suffix, fixed(error, places) + suffix


def scaled(value: float, power: int) -> float:
    """value / 10^power; in two steps, since 10^power may overflow."""
    return value / 10.0 ** (power // 2) / 10.0 ** (power - power // 2)


def number(value: float) -> str:
    """A number that has no error: whole numbers without a point."""
    return f"{value + 0.0:.10g}"


def exponent(value: float) -> int:
    """The power of ten of the first digit, once the value is rounded to two digits; value > 0."""
    return int(f"{value:.1e}".partition("e")[2])


def second_digit(error: float) -> int:
    """The decimal place of the second digit of an error > 0; negative before the point."""
    return 1 - exponent(error)


def fixed(value: float, places: int) -> str:
    """The value rounded to a decimal place, which may lie before the point."""
    return f"{round(value, places) + 0.0:.{max(places, 0)}f}"


def aligned(texts: Sequence[str]) -> list[str]:
    """The texts padded so that their decimal points, and so the digits, stand in one column."""
    heads = [text.partition(".")[0] for text in texts]
    left = max(map(len, heads), default=0)
    moved = [" " * (left - len(head)) + text for head, text in zip(heads, texts, strict=True)]
    right = max(map(len, moved), default=0)
    return [text.ljust(right) for text in moved]


def beside(pairs: Sequence[tuple[str, str]], plus_minus: str) -> list[str]:
    """The texts of estimates and their errors, `1.25 ± 0.12`, with the points in columns."""
    values = aligned([value for value, _ in pairs])
    errors = aligned([error for _, error in pairs])
    if not any(error.strip() for error in errors):
        return values
    return [
        f"{value} {plus_minus if error.strip() else ' ' * len(plus_minus)} {error}"
        for value, error in zip(values, errors, strict=True)
    ]
