"""Threads of the linear algebra: one a process, since `--workers` says how many cores are used.

The products here are small, at which several threads wait for each other longer than they work and
take the cores from the workers; and a sum's last bits depend on how many there are, so that with one
a result is the same on every number of cores.
"""

from __future__ import annotations

import os

ONE = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SAID = (*ONE, "OMP_NUM_THREADS")


def one_thread() -> None:
    """Have linear algebra that is loaded from now on, and in processes started, use one thread.

    What the user's environment says goes before.
    """
    if not any(name in os.environ for name in SAID):
        os.environ.update(ONE)
