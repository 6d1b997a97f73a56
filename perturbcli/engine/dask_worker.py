"""What a Dask worker of this machine does as it starts; Dask imports this module there."""

from __future__ import annotations

import signal
from typing import Any


def dask_setup(worker: Any) -> None:
    """Leave signals of the terminal, or to the whole job, to the process that started the workers."""
    del worker
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
