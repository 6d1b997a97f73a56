"""Standard output kept for the result: while solvers work, what they print goes to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

OUT, ERROR = 1, 2  # descriptors, which is where C and C++ print


@contextmanager
def diverted() -> Iterator[None]:
    """Within, what Python, C and child processes print on standard output goes to standard error."""
    sys.stdout.flush()
    try:
        kept = os.dup(OUT)
        os.dup2(ERROR, OUT)
    except OSError:  # one of the two is closed: there is nothing to keep clean, or nowhere to go
        yield
        return
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _flush_c()
        os.dup2(kept, OUT)
        os.close(kept)


def _flush_c() -> None:
    """Write what C's standard library holds back: it would otherwise come out after the result."""
    import ctypes

    ctypes.CDLL(None).fflush(None)
