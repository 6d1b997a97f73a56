"""OR-Library assignment (`.txt`): n, then n x n costs row by row, lines broken anywhere.

Beasley, http://people.brunel.ac.uk/~mastjjb/jeb/orlib/assigninfo.html
"""

from __future__ import annotations

from typing import Any

import numpy as np

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import files
from perturbcli.edge.reading.tables import lines, number
from perturbcli.edge.reading.words import found


def read(data: bytes, source: str) -> dict[str, Any]:
    """`problem` and `cost` of shape (n, n). Raises `InputError` naming the line."""
    values: list[float] = []
    for line, content in lines(files.utf8(data, source)):
        try:
            values.extend(map(number, content.split()))
        except ValueError:
            message = f"line {line}: expected finite numbers, found {found(content.strip())}"
            raise InputError(source, None, message) from None
    n = values[0] if values else 0.0
    if n < 1 or n != int(n):
        message = f"expected n and n x n costs of an assignment, found {n:g} for n"
        raise InputError(source, None, message)
    if len(values) - 1 != n * n:
        message = f"expected n x n = {n * n:g} costs for n = {n:g}, found {len(values) - 1}"
        raise InputError(source, None, message)
    return {"problem": "assignment", "cost": np.array(values[1:]).reshape(int(n), int(n))}
