"""What is said on standard error: notes and errors, one line each."""

from __future__ import annotations

import json
import sys

from perturbcli.core.errors import PerturbError


def note(message: str) -> None:
    """Something the user should know of a run that goes on."""
    print(f"perturb: {message}", file=sys.stderr)  # noqa: T201 - the skin speaks to the user


def complain(error: PerturbError, *, as_json: bool) -> int:
    """What went wrong, as a JSON object where the result was asked for in JSON; its exit code."""
    if as_json:
        print(json.dumps(error.as_record()), file=sys.stderr)  # noqa: T201 - the skin speaks
    else:
        note(str(error))
    return error.exit_code
