"""The words of CPLEX's LP format: sections under headings, and the tokens in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from perturbcli.core.errors import InputError
from perturbcli.edge.reading.tables import lines
from perturbcli.edge.reading.words import found

HEADINGS = {
    "maximise": r"max|maximi[sz]e|maximum",
    "minimise": r"min|minimi[sz]e|minimum",
    "constraints": r"subject\s+to|such\s+that|st|st\.|s\.t\.",
    "bounds": r"bounds?",
    "integers": r"gen|generals?|int|integers?",
    "binaries": r"bin|binary|binaries",
    "end": r"end",
    "refused": r"semi-continuous|semis?|sos[12]?|lazy\s+constraints|user\s+cuts|general\s+constraints",
}
HEADING = re.compile(
    "|".join(f"(?P<{name}>(?:{words})(?!\\S))" for name, words in HEADINGS.items()), re.IGNORECASE
)
TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?)"
    r"|(?P<order><=|>=|=<|=>|<|>|=)"
    r"|(?P<sign>[+-])"
    r"|(?P<colon>:)"
    r"|(?P<name>[^\W\d]+[^\s+\-*^<>=:]*|[!\"#$%&(),;?@'`{}~|/][^\s+\-*^<>=:]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    line: int


class Tokens:
    """The tokens of a section, taken one by one."""

    def __init__(self, tokens: list[Token], source: str) -> None:
        self._tokens = tokens
        self._at = 0
        self._source = source

    def __bool__(self) -> bool:
        return self._at < len(self._tokens)

    def ahead(self, kind: str, places: int = 0) -> str | None:
        """The text of a token ahead, in small letters, if it is there and of that kind."""
        at = self._at + places
        token = self._tokens[at] if at < len(self._tokens) else None
        return token.text.lower() if token is not None and token.kind == kind else None

    def continues(self) -> bool:
        """Whether the line goes on after the last token that was taken."""
        return bool(self) and self._tokens[self._at].line == self._tokens[self._at - 1].line

    def take(self, kind: str, expected: str) -> str:
        """The text of the next token. Raises `InputError` where it is of another kind."""
        if self.ahead(kind) is None:
            raise self.wrong(expected)
        self._at += 1
        return self._tokens[self._at - 1].text

    def wrong(self, expected: str) -> InputError:
        """What to raise where the next token is not what was expected."""
        token = self._tokens[self._at if self else -1]
        what = found(token.text) if self else f"none after {found(token.text)}"
        return self._error(token, expected, what)

    def taken(self, expected: str, what: str | None = None) -> InputError:
        """What to raise where the token before, or `what` ends with it, is not what was expected."""
        token = self._tokens[self._at - 1]
        return self._error(token, expected, found(token.text) if what is None else what)

    def _error(self, token: Token, expected: str, what: str) -> InputError:
        message = f"line {token.line}: expected {expected}, found {what}"
        return InputError(self._source, None, message)


def sections(text: str, source: str) -> Iterator[tuple[str, Tokens]]:
    """The heading and the tokens of each section up to End. Raises `InputError`."""
    heading: str | None = None
    tokens: list[Token] = []
    for line, content in lines(text):
        rest = content.partition("\\")[0].strip()
        match = HEADING.match(rest)
        name = match.lastgroup if match else None
        if rest and heading is None and name not in {"maximise", "minimise"}:
            wanted = "Minimize or Maximize, with which CPLEX's LP format begins"
            raise InputError(source, None, f"line {line}: expected {wanted}, found {found(rest)}")
        if match is not None and name is not None:
            if name == "refused":
                wanted = "a section of a linear program"
                raise InputError(
                    source, None, f"line {line}: expected {wanted}, found {found(rest)}"
                )
            if heading is not None:
                yield heading, Tokens(tokens, source)
            if name == "end":
                return
            heading, tokens = name, []
            rest = rest[match.end() :]
        tokens += tokenised(rest, line, source)
    raise InputError(source, None, "expected End on the last line, found none")


def tokenised(text: str, line: int, source: str) -> Iterator[Token]:
    """The tokens of a line."""
    at = 0
    while (at := begin(text, at)) < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            message = f"expected terms that are linear, found {found(text[at:])}"
            raise InputError(source, None, f"line {line}: {message}")
        yield Token(str(match.lastgroup), match[0], line)
        at = match.end()


def begin(text: str, at: int) -> int:
    """The position of what follows white space."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at
