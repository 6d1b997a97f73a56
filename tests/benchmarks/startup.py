"""Start-up against bare imports: `python -m tests.benchmarks.startup [--repeats 15]`.

`perturb --help` over `import typer, rich.console`, and `perturb smooth` of small instances over the
imports of NumPy and an OR-Tools solver: processor seconds of whole processes, which take turns, and
wall-clock time. Modules are compiled beforehand, as they are by pip. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import setting

ROOT = Path(__file__).resolve().parents[2]
HELP = "import typer, rich.console"
SMOOTH = "import numpy, ortools.graph.python.linear_sum_assignment"
COMPILED = {name: at for name, at in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
INSTANCES = ("shift_plan", "backpack", "city_map", "league_table")


def seconds(command: list[str]) -> tuple[float, float]:
    """Processor seconds of a process, and seconds by the clock."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT, env=COMPILED)
    taken, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    perturb = [sys.executable, "-m", "perturbcli"]
    pairs = {"perturb --help": ([*perturb, "--help"], HELP, 2.0)} | {
        f"perturb smooth {name}.yaml": (
            [*perturb, "smooth", f"sample_problems/{name}.yaml"], SMOOTH, 3.5,
        )
        for name in INSTANCES
    }  # fmt: skip
    sys.stdout.write(f"{setting('typer', 'rich', 'pydantic')}\n\n")
    sys.stdout.write("| command | over | times | by the clock | asked |\n|---|---|---|---|---|\n")
    for name, (command, imports, asked) in pairs.items():
        bare = [sys.executable, "-c", imports]
        for one in (command, bare):
            seconds(one)
        times = [(seconds(command), seconds(bare)) for _ in range(repeats)]
        (whole, clock), (least, bare_clock) = (
            [median(column) for column in zip(*side, strict=True)]
            for side in zip(*times, strict=True)
        )
        sys.stdout.write(
            f"| `{name}` | `{imports}` | {whole / least:.2f} | {clock / bare_clock:.2f} "
            f"| {asked:g} |\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
