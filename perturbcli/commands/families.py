"""`perturb families`: the families of problems and their keys."""

from __future__ import annotations

import sys

from perturbcli.edge.catalogue import families
from perturbcli.edge.rendering import families as rendering


def run(format_: str | None) -> int:
    """Print the table; returns the exit code."""
    if format_ is None:
        format_ = "table" if sys.stdout.isatty() else "json"
    rendering.FORMATS[format_](families(), sys.stdout)
    return 0
