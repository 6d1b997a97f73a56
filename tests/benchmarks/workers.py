"""Two workers against one: `python -m tests.benchmarks.workers [--seconds 60]`.

`perturb smooth` of an assignment in one process, in two, and on a Dask cluster of two workers of this
machine: wall-clock times of whole commands, with the load of the machine at the start, since others'
work takes from two workers more than from one; and twice the processor seconds of one process over
those of all the others, which is what two idle cores would give at best. Says whether the results are
the same to the byte. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tests.benchmarks.measuring import setting

N = 60
PROBE = 8192
ASKED = {"-j 2": 1.7, "--cluster local -j 2": 1.5}


def run(instance: Path, samples: int, options: str) -> tuple[float, float, bytes]:
    """Seconds, processor seconds of all processes, and the result."""
    command = [sys.executable, "-m", "perturbcli", "smooth", str(instance), "-n", str(samples)]
    command += ["--method", "monte-carlo", "--backend", "ortools", "-f", "json"]
    command += ["--no-timing", *options.split()]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    taken, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the job in one process")
    given = parser.parse_args()
    sys.stdout.write(f"{setting()}\n\n")
    with TemporaryDirectory() as directory:
        instance = Path(directory, "assignment.json")
        cost = np.random.default_rng(0).uniform(0, 10, (N, N)).tolist()
        described = {"problem": "assignment", "cost": cost}
        instance.write_text(json.dumps(described), encoding="utf-8")
        few, _, _ = run(instance, PROBE, "")
        more, _, _ = run(instance, 2 * PROBE, "")
        samples = round(PROBE * given.seconds / (more - few))
        alone, work, expected = run(instance, samples, "")
        sys.stdout.write(
            f"| engine | times faster than -j 1, of {alone:.0f} s | asked "
            "| two idle cores, at best | same bytes |\n|---|---|---|---|---|\n"
        )
        for options, asked in ASKED.items():
            taken, used, found = run(instance, samples, options)
            sys.stdout.write(
                f"| {options} | {alone / taken:.2f} | {asked} | {2 * work / used:.2f} "
                f"| {found == expected} |\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
