"""Errors are one printable line, a record, and survive the way back from a worker process."""

from __future__ import annotations

import json
import pickle

import pytest

from perturbcli.core.errors import InputError, PerturbError, SolverFailed, UsageError

ERRORS = [
    InputError("a.yaml", "cost[2][0]", "expected a finite number, found NaN"),
    InputError("a.yaml", None, "expected a mapping, found null"),
    UsageError("expected auto, found kernel", source="--backend"),
    SolverFailed("infeasible", source="a.yaml"),
    PerturbError("unexpected"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_pickling_keeps_all(error: PerturbError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.as_record() == error.as_record()
    assert str(copy) == str(error)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    list(
        zip(
            ERRORS,
            [3, 3, 2, 4, 1],
            [
                "a.yaml: cost[2][0]: expected a finite number, found NaN",
                "a.yaml: expected a mapping, found null",
                "--backend: expected auto, found kernel",
                "a.yaml: infeasible",
                "unexpected",
            ],
            strict=True,
        )
    ),
)
def test_line_and_exit_code(error: PerturbError, code: int, line: str) -> None:
    assert str(error) == line
    assert error.exit_code == code
    assert json.loads(json.dumps(error.as_record()))["exit_code"] == code


def test_what_can_not_be_printed_is_escaped() -> None:
    error = InputError("a\nb\udcff.yaml", "x\u2028", "found \x1b[31mé")
    assert str(error) == "a\\nb\\xff.yaml: x\\u2028: found \\x1b[31mé"
    assert error.as_record()["source"] == "a\\nb\\xff.yaml"
