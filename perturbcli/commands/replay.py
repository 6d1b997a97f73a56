"""The parameter that a solver failed on, saved so that the failure can be had again."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import numpy as np

from perturbcli.core.errors import PerturbError
from perturbcli.core.noise import Floats
from perturbcli.edge.reading.instance import Instance
from perturbcli.edge.rendering import atomic


def saved(theta: Floats, instance: Instance, output: Path | None) -> str:
    """Save theta in the instance's sense, beside the output; what to tell the user of it.

    The file, of rows of numbers, is called after the instance's. Without an output, or with one that
    is no file, it is in the current directory.
    """
    directory = output.parent if output is not None and output.parent.is_dir() else Path()
    stem = "stdin" if instance.source == "<stdin>" else Path(instance.source).stem
    path = directory / f"{stem}.failed-{instance.parameter}.csv"
    values = np.atleast_2d(theta if instance.parameter == "theta" else 0.0 - theta)

    def draw(stream: TextIO) -> None:
        stream.writelines(f"{','.join(map(repr, row))}\n" for row in values.tolist())

    try:
        atomic.write(path, draw)
    except (OSError, PerturbError) as error:
        return f"its {instance.parameter} could not be saved: {error}"
    return f"its {instance.parameter} is in {path}, for --theta {path}"
