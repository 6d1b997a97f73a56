"""What becomes of a run when the machine fails it. Each test says what is promised."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.skin.shell import SAMPLES, Ended, perturb
from tests.solvers.test_external import gone

CITY, PACK = SAMPLES / "city_map.yaml", SAMPLES / "backpack.yaml"
ROOT = SAMPLES.parent
OLD = b"what was there before\n"

# A start of the command under a limit, or with a fault; {} is what comes before it.
START = """
import os, resource, sys
{}
from perturbcli.__main__ import main
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
KILLED = "os.fsync = lambda descriptor: os.kill(os.getpid(), 9)"
SMALL = "resource.setrlimit(resource.RLIMIT_AS, (600 << 20, 600 << 20))"
# An argmax over three entries that does something else first, in the process of a worker.
FUNCTION = """
import multiprocessing, os, pathlib, signal
import numpy as np

def answer(theta):
    mark = pathlib.Path(__file__).with_name("mark")
    if multiprocessing.parent_process() is not None and len(theta) > 1:
        if {always} or not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return np.eye(3)[theta.argmax(axis=1)]
"""
# The same as a program, which is killed over a line so many times, as long as no more often.
PROGRAM = """
import json, os, pathlib, signal, sys

for number, line in enumerate(sys.stdin):
    theta = json.loads(line)["theta"]
    deaths = pathlib.Path("deaths").read_text() if os.path.exists("deaths") else ""
    if number == 5 and len(deaths) < int(sys.argv[1]):
        pathlib.Path("deaths").write_text(deaths + "x")
        os.kill(os.getpid(), signal.SIGKILL)
    print(json.dumps({"y": [int(i == theta.index(max(theta))) for i in range(3)]}), flush=True)
"""
HANGS = """
import os, pathlib, sys, time

for line in sys.stdin:
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep(60)
"""


def run(
    *words: str | Path,
    before: str = "",
    cwd: Path | None = None,
    shell: str = "",
    env: dict[str, str] | None = None,
) -> Ended:
    """How a command ends in a process of its own, with a fault put before it or by a shell."""
    command = [sys.executable, "-c", START.format(before), *map(str, words)]
    done = subprocess.run(
        [*([] if not shell else ["sh", "-c", shell, "sh"]), *command],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", **(env or {})},
        cwd=cwd,
        timeout=60,
        check=False,
    )
    return Ended(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


@contextmanager
def full_disk() -> Iterator[None]:
    """Within, no file takes more than 100 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def one_line(ended: Ended, code: int, says: str) -> None:
    """Assert the exit code, one line on standard error that says so, and nothing on standard output."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert len(ended.err.splitlines()) == 1, ended.err
    assert ended.err.startswith("perturb: ")
    assert says in ended.err


def external(directory: Path, **keys: Any) -> Path:
    """An instance of three entries whose oracle is a program or a function."""
    path = directory / "mine.json"
    path.write_text(json.dumps({"problem": "external", "theta": [1, 1.2, 0.8], **keys}))
    return path


OUTPUTS: dict[str, list[str | Path]] = {
    "result.json": ["solve", CITY],
    "result.yaml": ["smooth", CITY, "-n", "64"],
    "result.npz": ["smooth", CITY, "-n", "64"],
    "result.csv": ["sweep", PACK, "-n", "64", "--epsilons", "1,2"],
    "samples.npy": ["sample", CITY, "-n", "64"],
    "samples.npz": ["sample", CITY, "-n", "64"],
    "fit.json": ["fit", SAMPLES / "ice_cream.soc", "-n", "512", "-q"],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_disk_that_fills_up(name: str, tmp_path: Path) -> None:
    """Promised: exit 1, one line that names the file; the previous file intact, and nothing left beside it.

    The disk is full after 100 bytes of a file.
    """
    target = tmp_path / name
    target.write_bytes(OLD)
    with full_disk():
        ended = perturb(*OUTPUTS[name], "-o", target)
    one_line(ended, 1, f"{target}: could not be written: File too large")
    assert target.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["figure.svg", "figure.png", "page.html", "numbers.csv"])
def test_a_disk_that_fills_up_under_a_picture(name: str, tmp_path: Path) -> None:
    """Promised: the same of pictures, pages, and the numbers behind a picture."""
    pytest.importorskip("matplotlib")
    result, target = tmp_path / "result.json", tmp_path / "to" / name
    assert perturb("smooth", CITY, "-n", "64", "-o", result).code == 0
    target.parent.mkdir()
    target.write_bytes(OLD)
    words: list[str | Path] = ["plot", result, "-q", "-o", target]
    if name == "page.html":
        words = ["report", result, "-o", target]
    if name == "numbers.csv":
        words = ["plot", result, "-q", "-o", tmp_path / "figure.svg", "--data", target]
    with full_disk():
        ended = perturb(*words)
    one_line(ended, 1, f"{target}: could not be written: File too large")
    assert target.read_bytes() == OLD
    assert list(target.parent.iterdir()) == [target]


def test_a_device_and_a_pipe_that_are_full() -> None:
    """Promised: exit 1 and one line, of /dev/full as the output and as standard output alike."""
    full = "could not be written: No space left on device"
    one_line(perturb("solve", CITY, "-o", "/dev/full", "-f", "csv"), 1, f"/dev/full: {full}")
    for words in (["solve", CITY], ["man"], ["--help"], ["smooth", "--help"], ["--version"]):
        one_line(run(*words, shell='exec "$@" > /dev/full'), 1, f"standard output: {full}")


MOUNTED = """
mount -t tmpfs -o size=16k none {0} && cd {0} && echo old > result.json && {1}
"$@"
code=$?
cat result.json && ls -A | grep -c tmp
exit $code
"""


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("head -c 12k /dev/zero > other", "could not be written: No space left on device"),
        ("mount -o remount,ro .", "could not be written: Read-only file system"),
    ],
    ids=["full", "read-only"],
)
def test_a_file_system_of_its_own(fault: str, says: str, tmp_path: Path) -> None:
    """Promised: of a disk that is full, or read-only even to root: exit 1, one line, the old file intact."""
    trial = ["unshare", "--mount", "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if not shutil.which("unshare") or subprocess.call(trial, stderr=subprocess.DEVNULL):
        pytest.skip("this user may not mount a file system")
    ended = run(
        *("smooth", PACK, "-n", "64", "--jacobian", "-o", tmp_path / "result.json"),
        shell='exec unshare --mount sh -c "$MOUNTED" sh "$@"',
        env={"MOUNTED": MOUNTED.format(tmp_path, fault)},
    )
    assert (ended.code, ended.out) == (1, "old\n0\n"), ended
    assert ended.err.count("\n") == 1
    assert says in ended.err


@pytest.mark.parametrize(
    ("target", "code", "says"),
    [
        ("/proc/result.json", 1, "/proc/result.json: could not be written"),
        ("file/result.json", 2, "file/result.json: expected an existing directory, found none"),
        ("file", 1, "file: no permission to write"),
    ],
)
def test_a_target_that_takes_no_file(
    target: str, code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promised: one line, exit 1, or 2 where the path itself can be no file."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_bytes(OLD)
    if target == "file":
        access = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK and access(path, mode))
    one_line(perturb("solve", CITY, "-o", target, "-f", "csv"), code, says)
    assert Path("file").read_bytes() == OLD


def test_a_power_cut_over_the_writing(tmp_path: Path) -> None:
    """Promised: the previous file whole, whenever the process ends: here before it is in place."""
    target = tmp_path / "result.json"
    target.write_bytes(OLD)
    assert run("solve", CITY, "-o", target, before=KILLED).code == -9
    assert target.read_bytes() == OLD


@pytest.mark.parametrize("always", [False, True])
def test_a_worker_that_is_killed(always: bool, tmp_path: Path) -> None:
    """Promised: its blocks run again, to the same bytes; over one that kills them all, exit 4, one line."""
    (tmp_path / "mine.py").write_text(FUNCTION.format(always=always))
    words: list[str | Path] = [
        "smooth",
        external(tmp_path, python="mine:answer"),
        "--allow-code",
        "-n",
        "2048",
    ]
    words += ["--method", "monte-carlo", "-f", "csv", "--no-timing"]
    ended = run(*words, "-j", "2")
    assert (tmp_path / "mark").exists()
    if always:
        one_line(ended, 4, "worker processes died")
    else:
        assert ended == run(*words)


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_program_that_is_killed(deaths: int, tmp_path: Path) -> None:
    """Promised: it is started once more, to the same bytes; killed twice, exit 4 with the theta saved."""
    (tmp_path / "mine.py").write_text(PROGRAM)
    path = external(tmp_path, command=[sys.executable, "mine.py", str(deaths)])
    words: list[str | Path] = [
        "smooth",
        path,
        "--allow-code",
        "-n",
        "64",
        "-f",
        "csv",
        "--no-timing",
    ]
    ended = run(*words, cwd=tmp_path)
    assert (tmp_path / "deaths").read_text() == "x" * deaths
    if deaths == 1:
        assert ended.code == 0
        assert ended == run(*words, cwd=tmp_path)
    else:
        one_line(ended, 4, "was killed by SIGKILL instead of answering; its theta is in")
        assert (tmp_path / "mine.failed-theta.csv").exists()


def test_a_program_that_hangs(tmp_path: Path) -> None:
    """Promised: with --time-limit, exit 4 soon after the limit, one line, and no process left."""
    (tmp_path / "mine.py").write_text(HANGS)
    path = external(tmp_path, command=[sys.executable, "mine.py"])
    started = time.monotonic()
    ended = run("solve", path, "--allow-code", "--time-limit", "0.5", cwd=tmp_path)
    one_line(ended, 4, "did not answer within 0.5 s")
    assert time.monotonic() - started < 20
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_clock_that_goes_backwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promised: nothing is asked of the clock on the wall: the same bytes, seconds >= 0, limits kept."""
    words: list[str | Path] = ["smooth", CITY, "-n", "512", "--tolerance", "0.05", "-f", "json"]
    before = perturb(*words)
    now = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    after = perturb(*words)
    assert after.result.pop("seconds") >= 0
    assert {**before.result, "seconds": 0} == {**after.result, "seconds": 0}
    (tmp_path / "mine.py").write_text(HANGS)
    path = external(tmp_path, command=[sys.executable, "mine.py"])
    monkeypatch.chdir(tmp_path)
    one_line(
        perturb("solve", path, "--allow-code", "--time-limit", "0.3", "-f", "csv"),
        4,
        "did not answer within 0.3 s",
    )


def test_too_little_memory(tmp_path: Path) -> None:
    """Promised: exit 1, one line that says it was memory, no traceback, the previous file intact."""
    path, target = tmp_path / "many.npy", tmp_path / "result.npz"
    np.save(path, np.linspace(0, 1, 10**7))
    target.write_bytes(OLD)
    instance = tmp_path / "many.json"
    instance.write_text(json.dumps({"problem": "argmax", "theta": "many.npy"}))
    ended = run("smooth", instance, "--method", "monte-carlo", "-o", target, before=SMALL)
    one_line(ended, 1, "memory")
    assert target.read_bytes() == OLD


@pytest.mark.parametrize(
    ("words", "redirected", "code", "says"),
    [
        (["solve", "-"], "<&-", 3, "<stdin>: expected a document, found standard input closed"),
        (["solve", CITY], ">&-", 1, "standard output is closed"),
    ],
    ids=["stdin", "stdout"],
)
def test_a_descriptor_that_is_closed(
    words: list[str | Path], redirected: str, code: int, says: str
) -> None:
    """Promised: of standard input that is asked for, exit 3; of standard output, exit 1; one line."""
    one_line(run(*words, shell=f'exec "$@" {redirected}'), code, says)


def test_descriptors_that_nobody_asks_for(tmp_path: Path) -> None:
    """Promised: without standard input or standard error, a command does what it does with them."""
    target = tmp_path / "result.json"
    assert run("solve", CITY, "-o", target, shell='exec "$@" <&- 2>&-').code == 0
    assert json.loads(target.read_text())["value"] == 15
    assert run("solve", "none.yaml", shell='exec "$@" 2>&-').code == 3


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "latin-1"},
    ],
    ids=["C", "latin-1"],
)
def test_a_locale_without_the_letters(env: dict[str, str], tmp_path: Path) -> None:
    """Promised: names of any script are read, and written to files as UTF-8; a stream that can't spell
    them gets a table all the same, and JSON that says the same."""
    path, target = tmp_path / "Stra\u00dfe \u2713.json", tmp_path / "\u03a9.json"
    keys = {"problem": "argmax", "theta": [1, 2], "labels": ["\u65e5\u672c", "\u00e9"]}
    path.write_text(json.dumps(keys, ensure_ascii=False), encoding="utf-8")
    table = run("solve", path, "-f", "table", "--no-timing", env=env)
    assert (table.code, table.err) == (0, "")
    assert "value            2" in table.out
    assert run("solve", path, env=env).result["answer"] == "\u00e9"
    assert run("solve", path, "-o", target, env=env).code == 0
    assert json.loads(target.read_text(encoding="utf-8"))["answer"] == "\u00e9"
    ended = run("solve", tmp_path / "n\u00e4me.json", env=env)
    one_line(ended, 3, "me.json: expected a readable file")
    assert "\\udc" not in ended.err
    assert run("solve", path, env=env).result["instance"] == path.stem


def test_a_directory_where_theta_can_not_be_saved(tmp_path: Path) -> None:
    """Promised: the solver's failure as ever, exit 4, and in the same line that theta could not be saved."""
    (tmp_path / "mine.py").write_text(PROGRAM)
    path = external(tmp_path, command=[sys.executable, "mine.py", "9"])
    ended = run("smooth", path, "--allow-code", "-n", "64", cwd=Path("/proc"))
    one_line(ended, 4, "instead of answering; its theta could not be saved")


def test_a_directory_that_is_gone(tmp_path: Path) -> None:
    """Promised: what is named from the root is read and written; else one line."""
    leave = f"os.chdir({str(tmp_path / 'here')!r}); os.rmdir(os.getcwd())"
    (tmp_path / "here").mkdir()
    assert run("solve", CITY, "-o", tmp_path / "result.json", before=leave).code == 0
    (tmp_path / "here").mkdir()
    one_line(run("solve", CITY, "-o", "result.json", before=leave), 1, "No such file or directory")
