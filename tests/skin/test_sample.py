"""`perturb sample` from the shell."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perturbcli.edge.reading import documents
from perturbcli.edge.reading.solutions import solutions
from perturbcli.edge.rendering import atomic, samples
from solvers.argmax import Argmax
from tests.skin.shell import SAMPLES, perturb
from tests.skin.test_families import FILES, allowed

SHIFTS = SAMPLES / "shift_plan.yaml"
SHAPE = (4, 5)
FORMATS = ["npy", "npz", "csv", "jsonl"]


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "perturbcli", *map(str, words)]


@pytest.mark.parametrize("format_", FORMATS)
def test_samples_are_read_back(format_: str, tmp_path: Path) -> None:
    lines = perturb("sample", SHIFTS, "-n", "300").out
    expected = np.array([json.loads(line) for line in lines.splitlines()])
    assert expected.shape == (300, *SHAPE)
    path = tmp_path / f"samples.{format_}"
    ended = perturb("sample", SHIFTS, "-n", "300", "-o", path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    np.testing.assert_array_equal(solutions(path, SHAPE), expected)
    np.testing.assert_array_equal(expected.sum(axis=2), 1)
    content = path.read_bytes()
    for other in ("again.out", "samples.txt"):
        assert (
            perturb("sample", SHIFTS, "-n", "300", "-f", format_, "-o", tmp_path / other).code == 0
        )
        assert (tmp_path / other).read_bytes() == content
    piped = subprocess.run(
        [*command("sample", SHIFTS, "-n", "300", "-f", format_), "-o", "-"],
        stdout=subprocess.PIPE,
        check=True,
    )
    assert piped.stdout == content
    seeded = tmp_path / f"seeded.{format_}"
    assert perturb("sample", SHIFTS, "-n", "300", "--seed", "1", "-o", seeded).code == 0
    assert seeded.read_bytes() != content


def test_arrays_are_of_integers_where_all_are(tmp_path: Path) -> None:
    path = tmp_path / "s.npz"
    perturb("sample", SHIFTS, "-n", "10", "-o", path)
    with np.load(path) as archive:
        assert archive.files == ["samples"]
        assert archive["samples"].dtype == np.dtype("<i8")
    perturb("sample", SHIFTS, "-n", "1", "-o", tmp_path / "s.npy")
    array = np.load(tmp_path / "s.npy")
    assert (array.shape, array.dtype) == ((1, *SHAPE), np.dtype("<i8"))


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("blocks", "lines", "dtype"),
    [
        ([[[1.0, 0.0]], [[0.0, -0.0], [0.5, 1.0]]], ["1,0", "0,0", "0.5,1.0"], "<f8"),
        ([[[1.0, 300.0]], [[2.0**40, -7.0]]], ["1,300", "1099511627776,-7"], "<i8"),
        ([[[0.1, 1e99]], [[1.0, 2.0]]], ["0.1,1e+99", "1,2"], "<f8"),
    ],
)
def test_solutions_of_every_kind(
    format_: str, blocks: list[Any], lines: list[str], dtype: str, tmp_path: Path
) -> None:
    path = tmp_path / f"s.{format_}"
    arrays = [np.array(block) for block in blocks]
    atomic.write(path, lambda stream: samples.write(arrays, (2,), format_, stream))
    np.testing.assert_array_equal(solutions(path, (2,)), np.concatenate(arrays))
    if format_ == "npy":
        assert np.load(path).dtype == np.dtype(dtype)
    elif format_ == "csv":
        assert path.read_text().splitlines() == lines
    elif format_ == "jsonl":
        assert path.read_text().splitlines() == [f"[{line}]" for line in lines]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_family_is_drawn_from(path: Path, tmp_path: Path) -> None:
    output = tmp_path / "s.npy"
    permission = allowed(documents.mapping(path)["problem"])
    shape = tuple(perturb("solve", path, *permission).result["shape"])
    ended = perturb("sample", path, "-n", "8", "-o", output, *permission)
    assert ended.code == 0, ended.err
    assert solutions(output, shape).shape == (8, *shape)


def test_frequencies_are_the_probabilities_that_smooth_gives() -> None:
    n = 4000
    out = perturb("sample", SHIFTS, "-e", "2", "-n", str(n), "--seed", "1").out
    drawn = [json.loads(line) for line in out.splitlines()]
    result = perturb("smooth", SHIFTS, "-e", "2", "-n", "32768", "--solutions", "6").result
    for likely in result["solutions"]:
        p = likely["probability"]
        error = np.hypot(np.sqrt(p["estimate"] * (1 - p["estimate"]) / n), p["upper"] - p["lower"])
        assert abs(drawn.count(likely["solution"]) / n - p["estimate"]) < 4 * error


def test_the_mean_is_that_of_plain_monte_carlo(tmp_path: Path) -> None:
    scale = tmp_path / "scale.csv"
    scale.write_text("1,2,1,2,1\n" * 4)
    words = ("-e", "2", "-n", "700", "--seed", "3", "--noise", "laplace", "--scale", scale)
    perturb("sample", SHIFTS, *words, "-o", tmp_path / "s.npy")
    smoothed = perturb("smooth", SHIFTS, *words, "--method", "monte-carlo").result
    mean = np.load(tmp_path / "s.npy").mean(axis=0)
    np.testing.assert_allclose(mean, smoothed["perturbed_solution"]["estimate"], atol=1e-12)


def test_the_instance_has_its_temperature_and_noise() -> None:
    path = SAMPLES / "commute.yaml"
    same = perturb("sample", path, "-n", "50", "-e", "0.5", "--noise", "gumbel").out
    assert perturb("sample", path, "-n", "50").out == same
    assert perturb("sample", path, "-n", "50", "-e", "50").out != same


@pytest.mark.parametrize(
    "words",
    [
        ["sample"],
        ["sample", SHIFTS, SHIFTS],
        ["sample", SHIFTS, "-n", "0"],
        ["sample", SHIFTS, "-f", "json"],
        ["sample", SHIFTS, "-o", "samples.txt"],
        ["sample", SHIFTS, "-o", "samples"],
        ["sample", SHIFTS, "-o", "none/samples.npy"],
    ],
)
def test_wrong_calls_exit_2_in_one_line(words: list[str]) -> None:
    ended = perturb(*words)
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.strip().splitlines()) == 1


def test_no_array_is_written_on_a_terminal() -> None:
    reader, terminal = pty.openpty()
    words = command("sample", SHIFTS, "-f", "npy")
    done = subprocess.run(words, stdout=terminal, stderr=subprocess.PIPE, check=False)
    os.close(terminal)
    os.close(reader)
    assert done.returncode == 2
    assert b"npy is binary: name a file with -o" in done.stderr


def test_what_was_not_proved_exits_5(monkeypatch: pytest.MonkeyPatch) -> None:
    solve = Argmax.solve

    def hasty(self: Argmax, theta: Any) -> Any:
        answers = solve(self, theta)
        return replace(answers, proved=answers.proved & (np.arange(len(theta)) > 2), fallbacks=1)

    monkeypatch.setattr(Argmax, "solve", hasty)
    path = SAMPLES / "commute.yaml"
    ended = perturb("sample", path, "-n", "10")
    assert ended.code == 5
    assert len(ended.out.splitlines()) == 10
    assert f"{path}: 3 of 10 samples were not proved optimal" in ended.err
    quiet = perturb("sample", path, "-n", "10", "--quiet")
    assert (quiet.code, quiet.err) == (5, "")


def test_a_failure_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path, output = tmp_path / "bad.json", tmp_path / "s.npy"
    output.write_bytes(b"the previous samples")
    edges = [["a", "b"], ["b", "c"], ["c", "b"], ["c", "d"]]
    path.write_text(json.dumps({
        "problem": "shortest_path", "edges": edges, "source": "a", "target": "e", "cost": [1] * 4,
    }))  # fmt: skip
    ended = perturb("sample", path, "-o", output)
    assert ended.code in {3, 4}
    assert str(path) in ended.err
    assert output.read_bytes() == b"the previous samples"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["bad.json", "s.npy"]


@pytest.mark.parametrize("format_", ["npy", "jsonl"])
def test_an_interrupted_run_writes_what_it_has(format_: str, tmp_path: Path) -> None:
    output = tmp_path / f"partial.{format_}"
    process = subprocess.Popen(
        command("sample", SHIFTS, "-n", "100000000", "-o", output), stderr=subprocess.PIPE
    )
    time.sleep(1)
    assert not output.exists()
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 143
    drawn = len(solutions(output, SHAPE))
    assert f"interrupted after {drawn} of 100000000 samples, which are written".encode() in err
    assert [entry.name for entry in tmp_path.iterdir()] == [output.name]


def test_a_closed_pipe_is_quiet_and_ends_the_run() -> None:
    words = " ".join(command("sample", SHIFTS, "-n", "1000000000"))
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -n 1; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 2
    assert done.stdout.endswith(b"\n141\n")


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["-o", "s.npy"], "180 TB as npy"),
        (["-o", "s.csv"], "40 TB as csv"),
        (["-f", "npz", "-o", "/dev/null"], "20 TB as npz"),
    ],
)
def test_what_no_disk_has_room_for_is_refused(
    words: list[str], needed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = perturb("sample", SHIFTS, "-n", str(10**12), *words)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("perturb: --samples: expected what there is room for")
    assert f"at least {needed}, and " in ended.err
    assert not list(tmp_path.iterdir())


def peak(samples: int, output: Path) -> int:
    """The most memory, in KiB, that a run took."""
    code = (
        "import resource\n"
        "from perturbcli.__main__ import main\n"
        f"words = ['-n', '{samples}', '-o', {str(output)!r}]\n"
        f"assert main(['sample', {str(SAMPLES / 'commute.yaml')!r}, *words]) == 0\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    return int(done.stdout)


@pytest.mark.parametrize("format_", ["csv", "npy"])
def test_memory_does_not_grow_with_the_samples(format_: str, tmp_path: Path) -> None:
    # As an array of eight bytes an entry, the larger sample takes 12 MB.
    output = tmp_path / f"s.{format_}"
    assert peak(300_000, output) - peak(2000, output) < 3000
