"""The signs that a table is drawn with, and what stands for them where there is only ASCII."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from perturbcli.edge.rendering.plain import encodable, unicode


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One column wide each, but for the words."""

    shades: str  # from nothing to everything
    beside: str  # the same beside a number; in ASCII none, since they would look like signs
    eighths: str  # of a bar's last cell; the last is a full one
    epsilon: str
    plus_minus: str
    arrow: str
    dash: str
    dot: str
    times: str
    at_least: str
    rule: str
    ellipsis: str


UNICODE = Glyphs(" ░▒▓█", " ░▒▓█", "▏▎▍▌▋▊▉█", "ε", "±", " → ", "–", " · ", "×", "≥", "─", "…")  # noqa: RUF001
ASCII = Glyphs(" .:+#", " " * 5, "#", "epsilon", "+/-", " -> ", "-", ", ", "x", ">=", "-", "...")


def glyphs(stream: TextIO) -> Glyphs:
    """The signs that the stream's encoding has."""
    return UNICODE if unicode(stream) else ASCII


def printable(text: str, stream: TextIO) -> str:
    """Text of an instance as the stream can show it: no control characters, on one line."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return encodable(shown, stream)


def shortened(text: str, width: int, signs: Glyphs) -> str:
    """The text with its middle left out where it is longer than `width`."""
    if len(text) <= width:
        return text
    kept = max(width - len(signs.ellipsis), 2)
    return text[: kept - kept // 2] + signs.ellipsis + text[len(text) - kept // 2 :]
