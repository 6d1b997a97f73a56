"""The command as a shell runs it, in this process."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from perturbcli.__main__ import main

SAMPLES = Path(__file__).parent.parent.parent / "sample_problems"
DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def perturb(*words: str | Path, stdin: str | bytes = "") -> Ended:
    """Run `perturb` with these arguments."""
    out, err = io.BytesIO(), io.BytesIO()
    given = stdin.encode() if isinstance(stdin, str) else stdin
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given), encoding="utf-8"))
        patch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding="utf-8", write_through=True))
        patch.setattr(sys, "stderr", io.TextIOWrapper(err, encoding="utf-8", write_through=True))
        code = main([str(word) for word in words])
        return Ended(code, out.getvalue().decode(errors="replace"), err.getvalue().decode())
