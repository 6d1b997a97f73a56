"""`perturb sweep` from the shell."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perturbcli.core.errors import UsageError
from perturbcli.edge.reading.temperatures import temperatures
from solvers.argmax import Argmax
from solvers.errors import SolverError
from tests.skin.shell import SAMPLES, perturb
from tests.skin.test_families import complaints

SHIFTS = SAMPLES / "shift_plan.yaml"
FORMATS = ["table", "json", "jsonl", "yaml", "csv", "npz"]
WORDS = ("--epsilons", "0.1,1,10", "-n", "128", "--no-timing")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.1,1,10", (0.1, 1.0, 10.0)),
        ("2", (2.0,)),
        ("3, 1e-2,3", (3.0, 0.01, 3.0)),
        ("0.01:10:4", (0.01, 0.1, 1.0, 10.0)),
        ("1:2:2", (1.0, 2.0)),
        ("1:4:3", (1.0, 2.0, 4.0)),
    ],
)
def test_temperatures(text: str, numbers: tuple[float, ...]) -> None:
    assert temperatures(text) == numbers


def test_temperatures_are_evenly_spaced_in_their_logarithm() -> None:
    spaced = temperatures("0.01:10:20")
    assert (len(spaced), spaced[0], spaced[-1]) == (20, 0.01, 10.0)
    np.testing.assert_allclose(np.diff(np.log(spaced)), np.log(1000) / 19)


@pytest.mark.parametrize(
    "text",
    ["", "0", "-1", "nan", "1,inf", "1,,2", "a", "1:2", "1:2:1", "2:1:5", "1:1:5", "0:1:5", "1:2:3:4",
     "1:2:2.5", "1:2:x"],
)  # fmt: skip
def test_what_is_no_temperature(text: str) -> None:
    with pytest.raises(UsageError, match="LOW:HIGH:COUNT"):
        temperatures(text)
    ended = perturb("sweep", SHIFTS, f"--epsilons={text}")
    assert (ended.code, ended.out) == (2, "")
    assert len(ended.err.strip().splitlines()) == 1
    assert "--epsilons" in ended.err


def test_a_range_of_temperatures_is_bounded() -> None:
    ended = perturb("sweep", SHIFTS, "--epsilons", "1:2:1000000000")
    assert (ended.code, ended.out) == (2, "")
    assert "expected at most 10000 temperatures, found 1000000000" in ended.err


def test_temperatures_have_no_default() -> None:
    ended = perturb("sweep", SHIFTS)
    assert ended.code == 2
    assert "--epsilons" in ended.err


def test_the_help_has_an_example() -> None:
    assert "--epsilons 0.01:10:20" in perturb("sweep", "--help").out  # and no emoji, as of :100:


def swept(path: Path, *words: str | Path) -> Any:
    ended = perturb("sweep", path, *WORDS, *words)
    assert ended.code == 0, ended.err
    return ended.result


def test_every_estimate_has_an_axis_over_the_temperatures(tmp_path: Path) -> None:
    target = tmp_path / "target.csv"
    target.write_text("1,0,0,0,0, 0,1,0,0,0, 0,0,1,0,0, 0,0,0,1,0\n")
    v = tmp_path / "v.csv"
    v.write_text("1,0,0,0,0\n" * 4)
    result = swept(
        SHIFTS, "--jacobian", "--jacobian-diagonal", "--jvp", v, "--vjp", v, "--target", target
    )
    assert result["command"] == "sweep"
    assert result["epsilon"] == [0.1, 1, 10]
    assert result["method"] == ["quasi-monte-carlo"] * 3
    assert result["samples"] == [128] * 3
    assert np.shape(result["solution"]) == (4, 5)
    shapes = {
        "perturbed_solution": (3, 4, 5),
        "perturbed_value": (3,),
        "jacobian": (3, 20, 20),
        "jvp": (3, 4, 5),
        "vjp": (3, 4, 5),
        "jacobian_diagonal": (3, 4, 5),
        "loss": (3,),
    }
    for name, shape in shapes.items():
        assert np.shape(result[name]["estimate"]) == shape, name
        assert np.shape(result[name]["standard_error"]) == shape, name
    assert np.shape(result["loss"]["gradient"]["estimate"]) == (3, 4, 5)
    assert len(result["loss"]["conjugate"]) == 3
    assert result["oracle"] == {"calls": 385, "proved_optimal": 385, "exact_fallbacks": 0}
    assert complaints("result", result) == []


def test_a_temperature_is_what_smooth_says(tmp_path: Path) -> None:
    target = tmp_path / "target.csv"
    target.write_text("1,0,0,0,0, 0,1,0,0,0, 0,0,1,0,0, 0,0,0,1,0\n")
    words = ("--jacobian", "--target", target, "--seed", "7", "--scale", tmp_path / "scale.csv")
    (tmp_path / "scale.csv").write_text("1,2,1,2,1\n" * 4)
    whole = swept(SHIFTS, *words)
    one = perturb("smooth", SHIFTS, "-e", "1", "-n", "128", "--no-timing", *words).result
    assert whole["value"] == one["value"] == 7
    for name in ("perturbed_solution", "perturbed_value", "jacobian", "loss"):
        assert whole[name]["estimate"][1] == one[name]["estimate"], name
        assert whole[name]["standard_error"][1] == one[name]["standard_error"], name
    gradient = whole["loss"]["gradient"]["estimate"][1]
    assert gradient == one["loss"]["gradient"]["estimate"]
    for name in ("noise", "multiplicative", "seed", "solution", "answer", "parameter", "labels"):
        assert whole[name] == one[name], name


@pytest.mark.parametrize("method", ["auto", "antithetic"])
@pytest.mark.parametrize(
    ("instance", "centre"),
    [
        ('{"problem": "argmax", "cost": [3, 1, 2, 4]}', 1 / 4),
        ('{"problem": "ranking", "theta": [3, 1, 2, 4, 9]}', 6 / 2),
        ('{"problem": "top_k", "k": 2, "theta": [3, 1, 2, 4, 9]}', 2 / 5),
        ('{"problem": "assignment", "cost": [[3, 1, 2], [4, 9, 2], [8, 7, 3]]}', 1 / 3),
    ],
)
def test_the_ends_are_the_solution_and_the_centre(
    instance: str, centre: float, method: str
) -> None:
    words = ("--epsilons", "1e-6:1e6:2", "--method", method)
    result = perturb("sweep", "-", *words, stdin=instance).result
    cold, hot = np.array(result["perturbed_solution"]["estimate"])
    _, error = np.array(result["perturbed_solution"]["standard_error"])
    np.testing.assert_allclose(cold, result["solution"], atol=1e-12)
    assert (np.abs(hot - centre) < 4.5 * error + 1e-5).all()
    assert result["perturbed_value"]["estimate"][0] == pytest.approx(result["value"], abs=1e-4)


def test_where_there_is_an_exact_form_the_oracle_is_called_once() -> None:
    result = swept(SAMPLES / "commute.yaml")
    assert result["method"] == ["exact"] * 3
    assert result["samples"] == [0, 0, 0]
    assert result["oracle"]["calls"] == 1
    p = np.array(result["perturbed_solution"]["estimate"])
    np.testing.assert_allclose(p.sum(axis=1), 1)
    np.testing.assert_allclose(p[2], 1 / 5, atol=0.05)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_sweep_is_the_same_bytes_again_and_shown_again(format_: str, tmp_path: Path) -> None:
    written = []
    for turn in range(2):
        output = tmp_path / f"{turn}.out"
        words = ("--jacobian", "-f", format_, "-o", output)
        ended = perturb("sweep", SHIFTS, *WORDS, *words)
        assert (ended.code, ended.out) == (0, ""), ended.err
        written.append(output.read_bytes())
    assert written[0] == written[1]
    for suffix in ("json", "jsonl", "yaml", "npz"):
        saved = tmp_path / f"saved.{suffix}"
        assert perturb("sweep", SHIFTS, *WORDS, "--jacobian", "-o", saved).code == 0
        again = tmp_path / "again"
        ended = perturb("show", saved, "-f", format_, "-o", again)
        assert ended.code == 0, ended.err
        assert again.read_bytes() == written[0], suffix


def test_csv_names_the_temperature_of_what_has_one() -> None:
    text = perturb("sweep", SHIFTS, *WORDS, "--jacobian", "-f", "csv").out
    table = list(csv.DictReader(io.StringIO(text)))
    rows = {(row["epsilon"], row["quantity"], row["row"], row["column"]): row for row in table}
    assert len(rows) == len(table)
    assert float(rows["10.0", "perturbed_solution", "3", "4"]["standard_error"]) > 0
    assert rows["1.0", "jacobian", "19", "0"]["standard_error"]
    assert rows["0.1", "samples", "", ""]["estimate"] == "128"
    assert rows["", "value", "", ""]["estimate"] == "7.0"
    assert rows["", "solution", "0", "0"]["estimate"] == "1"
    assert rows["", "oracle.calls", "", ""]["estimate"] == "385"
    assert not {quantity for _, quantity, _, _ in rows} & {"shape", "labels", "epsilon", "method"}


def test_an_archive_has_the_arrays(tmp_path: Path) -> None:
    path = tmp_path / "sweep.npz"
    swept_to_file = perturb("sweep", SHIFTS, *WORDS, "-o", path)
    assert swept_to_file.code == 0
    with np.load(path) as archive:
        np.testing.assert_array_equal(archive["epsilon"], [0.1, 1, 10])
        assert archive["perturbed_solution.estimate"].shape == (3, 4, 5)
        assert json.loads(str(archive["meta"]))["samples"] == [128] * 3


def test_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = perturb("sweep", SHIFTS, *WORDS, "-f", "table").out
    lines = page.splitlines()
    assert lines[1] == "ε 0.1 to 10 · gaussian noise · quasi-monte-carlo · 128 samples · seed 0"
    start = lines.index("perturbed value and solution")
    assert lines[start + 1].split()[:2] == ["ε", "value"]
    assert [line.split()[0] for line in lines[start + 2 : start + 5]] == ["0.1", "1", "10"]
    assert all(line.count(" ± ") == 4 for line in lines[start + 2 : start + 5])
    assert lines[start + 5] == "the 3 of 20 entries that move most; -f json has all"
    exact = perturb("sweep", SAMPLES / "commute.yaml", *WORDS, "-f", "table").out
    assert "±" not in exact
    assert "exact · seed 0" in exact
    assert "train   car" in exact
    assert "move most" not in exact


def test_several_instances_share_the_temperatures() -> None:
    ended = perturb("sweep", SHIFTS, SAMPLES / "commute.yaml", *WORDS)
    assert ended.code == 0
    assert [result["problem"] for result in ended.result] == ["assignment", "argmax"]
    assert {tuple(result["epsilon"]) for result in ended.result} == {(0.1, 1.0, 10.0)}


def test_a_failure_names_the_temperature(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    solve = Argmax.solve

    def fragile(self: Argmax, theta: Any) -> Any:
        if np.abs(theta).max() > 9:
            raise SolverError("too hard")
        return solve(self, theta)

    monkeypatch.setattr(Argmax, "solve", fragile)
    monkeypatch.chdir(tmp_path)
    path = SAMPLES / "commute.yaml"
    ended = perturb("sweep", path, *WORDS, "--method", "monte-carlo")
    assert (ended.code, ended.out) == (4, "")
    assert ended.err == f"perturb: {path}: too hard; at epsilon 10\n"


def test_a_tolerance_that_is_not_reached_exits_5() -> None:
    ended = perturb("sweep", SHIFTS, "--epsilons", "0.01,1", "-n", "2048", "--tolerance", "0.0025")
    assert ended.code == 5
    assert ended.result["status"] == "tolerance"
    assert ended.result["samples"][0] < ended.result["samples"][1] == 2048
    assert "at epsilon 1: 2048 samples did not bring" in ended.err


def test_an_interrupted_sweep_writes_what_it_has(tmp_path: Path) -> None:
    output = tmp_path / "partial.json"
    words = ["sweep", SHIFTS, "--epsilons", "0.1:10:5", "-n", "100000000", "-o", output]
    command = [sys.executable, "-m", "perturbcli", *map(str, words)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    time.sleep(1.2)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    result = json.loads(output.read_text())
    assert result["status"] == "interrupted"
    assert result["epsilon"] == [0.1]
    assert np.shape(result["perturbed_value"]["estimate"]) == (1,)
    assert b"temperature 1 of 5" in err
    assert perturb("show", output, "-f", "table").code == 0
