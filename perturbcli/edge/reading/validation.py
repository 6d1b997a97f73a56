"""What pydantic says of a value, in the words that messages here have."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic_core import ErrorDetails

from perturbcli.edge.reading.words import found

WORDS = {"tuple": "list", "dictionary": "mapping"}  # what Python and an instance call the same
CHOICE = re.compile(r"Value error, .* is not one of (.*)", re.DOTALL)
SIGNS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}


def complaint(details: Iterable[ErrorDetails]) -> str:
    """What was expected, all alternatives of a union together, and what was found."""
    listed = list(details)
    wanted = dict.fromkeys(map(expected, listed))
    first = listed[0]
    what = "none" if first["type"] == "missing" else found(first["input"])
    if "a number" in wanted:
        wanted.pop("an integer", None)
    *several, last = wanted
    return f"expected {', '.join(several)}{' or ' if several else ''}{last}, found {what}"


def expected(detail: ErrorDetails) -> str:
    """What a value should have been."""
    kind, context, message = detail["type"], detail.get("ctx", {}), detail["msg"]
    if kind in SIGNS:
        [bound] = context.values()
        return f"a number {SIGNS[kind]} {bound:g}"
    match kind:
        case "missing":
            return "this entry"
        case "too_short":
            return f"a length of at least {context['min_length']}"
        case "too_long":
            return f"a length of at most {context['max_length']}"
        case "int_from_float":  # of which pydantic goes on with what it found
            return "an integer"
        case "int_parsing_size":
            return "a smaller integer"
        case "finite_number":
            return "a finite number"
    choice = CHOICE.fullmatch(message)
    if choice:
        return f"one of {choice[1].rstrip('.')}"
    text = message.removeprefix("Value error, ").removeprefix("Input should be ")
    text = text.partition(", unable to parse")[0]
    text = re.sub(r"\ba valid ([aeiou])", r"an \1", text).replace("a valid ", "a ")
    return " ".join(WORDS.get(word, word) for word in text.split())
