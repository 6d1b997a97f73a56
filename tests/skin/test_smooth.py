"""`perturb solve`, `perturb smooth` and `perturb show` from the shell."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from solvers import SOLVERS
from tests.skin.shell import DATA, SAMPLES, perturb

FILES = sorted(SAMPLES.glob("*.yaml"))
FORMATS = ["table", "json", "jsonl", "yaml", "csv", "npz"]
PLAIN = {"problem": "argmax", "theta": [1, 2]}
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the real instances in {DATA}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sample_smooths(path: Path) -> None:
    ended = perturb("smooth", path, "-n", "256", "--jacobian", "--solutions", "2", "--allow-code")
    assert ended.code == 0, ended.err
    result = ended.result
    d = int(np.prod(result["shape"]))
    assert np.shape(result["perturbed_solution"]["estimate"]) == tuple(result["shape"])
    assert np.shape(result["jacobian"]["estimate"]) == (d, d)
    assert np.shape(result["jacobian"]["standard_error"]) == (d, d)
    mass = sum(likely["probability"]["estimate"] for likely in result["solutions"])
    assert mass + result["unlisted_mass"] == pytest.approx(1)
    assert result["oracle"]["calls"] == result["samples"] + 1
    assert result["samples"] == (0 if result["method"] == "exact" else 256)
    assert result["status"] == "ok"


def test_every_family_has_a_sample() -> None:
    problems = {perturb("solve", path, "--allow-code").result["problem"] for path in FILES}
    assert problems == set(SOLVERS)


def test_a_cost_is_turned_back_where_the_result_is_built(tmp_path: Path) -> None:
    theta = {"problem": "argmax", "theta": [0.5, 1.5, -0.3]}
    cost = {"problem": "argmax", "cost": [-0.5, -1.5, 0.3]}
    target = tmp_path / "target.csv"
    target.write_text("0,1,0\n")
    ends = []
    for name, instance in (("theta", theta), ("cost", cost)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(instance))
        ended = perturb("smooth", path, "--jacobian", "--target", target)
        assert ended.code == 0, ended.err
        ends.append(ended.result)
    one, other = ends
    assert one["solution"] == other["solution"]
    assert one["perturbed_solution"] == other["perturbed_solution"]
    assert one["value"] == -other["value"] == 1.5
    assert one["perturbed_value"]["estimate"] == -other["perturbed_value"]["estimate"]
    jacobian = np.array(one["jacobian"]["estimate"])
    np.testing.assert_array_equal(jacobian, -np.array(other["jacobian"]["estimate"]))
    assert np.linalg.eigvalsh(jacobian).min() > -0.1
    assert one["loss"]["estimate"] == pytest.approx(other["loss"]["estimate"])
    gradient = np.array(one["loss"]["gradient"]["estimate"])
    np.testing.assert_allclose(
        gradient, np.array(one["perturbed_solution"]["estimate"]) - [0, 1, 0]
    )
    np.testing.assert_array_equal(gradient, -np.array(other["loss"]["gradient"]["estimate"]))


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_seed_gives_the_same_bytes(format_: str, tmp_path: Path) -> None:
    written = []
    for turn in range(2):
        output = tmp_path / f"{turn}.out"
        ended = perturb(
            "smooth", SAMPLES / "shift_plan.yaml", "--jacobian", "--solutions", "2", "-n", "100",
            "--no-timing", "-f", format_, "-o", output,
        )  # fmt: skip
        assert ended.code == 0, ended.err
        assert ended.out == ""
        written.append(output.read_bytes())
    assert written[0] == written[1]
    assert len(written[0]) > 500


def test_another_seed_gives_another_estimate() -> None:
    one, other = (
        perturb("smooth", SAMPLES / "city_map.yaml", "--seed", seed).result for seed in ("1", "2")
    )
    assert one["perturbed_solution"] != other["perturbed_solution"]
    assert (one["seed"], other["seed"]) == (1, 2)


def test_options_stand_above_the_instance_and_the_instance_above_the_defaults() -> None:
    sample = SAMPLES / "commute.yaml"
    assert perturb("smooth", sample).result["epsilon"] == 0.5
    assert perturb("smooth", sample).result["noise"] == "gumbel"
    ended = perturb("smooth", sample, "-e", "2", "--noise", "gaussian")
    assert (ended.result["epsilon"], ended.result["noise"]) == (2.0, "gaussian")
    ended = perturb("smooth", "-", "--method", "monte-carlo", stdin=json.dumps(PLAIN))
    plain = ended.result
    assert (plain["epsilon"], plain["noise"], plain["samples"], plain["seed"]) == (
        1.0, "gaussian", 1024, 0,
    )  # fmt: skip


def test_the_right_wrong_and_missing_among_several(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"problem": "argmax", "theta": [1, "two"]}')
    ended = perturb("smooth", SAMPLES / "commute.yaml", bad, SAMPLES / "backpack.yaml")
    assert ended.code == 3
    assert [result["problem"] for result in ended.result] == ["argmax", "knapsack"]
    assert str(bad) in ended.err
    assert "theta[1]" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_errors_are_json_where_the_result_is(tmp_path: Path) -> None:
    ended = perturb("smooth", tmp_path / "none.json", "-f", "json")
    assert ended.code == 3
    assert ended.out == ""
    record = json.loads(ended.err)
    assert record["exit_code"] == 3
    assert "none.json" in record["source"]
    usage = perturb("smooth", "--epsilon", "-3", "x", "-f", "json")
    assert usage.code == 2
    assert json.loads(usage.err)["exit_code"] == 2


@pytest.mark.parametrize(
    "words",
    [
        ["smooth"],
        ["smooth", "x", "--epsilon", "0"],
        ["smooth", "x", "--epsilon", "nan"],
        ["smooth", "x", "-n", "1"],
        ["smooth", "x", "--noise", "cauchy"],
        ["smooth", "x", "--seed", "-1"],
        ["smooth", "x", "-f", "xml"],
        ["smooth", "x", "-o", "result.pdf"],
        ["smoth", "x"],
    ],
)
def test_wrong_calls_exit_2_in_one_line(words: list[str]) -> None:
    ended = perturb(*words)
    assert ended.code == 2
    assert len(ended.err.strip().splitlines()) == 1
    assert ended.out == ""


def test_nothing_is_written_where_the_run_fails(tmp_path: Path) -> None:
    output = tmp_path / "result.json"
    output.write_text("the previous result")
    ended = perturb("smooth", "-", "-o", output, stdin='{"problem": "argmax"}')
    assert ended.code == 3
    assert output.read_text() == "the previous result"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_target_that_is_no_solution_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target.csv"
    target.write_text("1,1,0,0,0\n")
    ended = perturb("smooth", SAMPLES / "commute.yaml", "--target", target)
    assert ended.code == 3
    assert "target" in ended.err


def test_a_result_is_shown_again(tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    archive = tmp_path / "saved.npz"
    perturb("smooth", SAMPLES / "shift_plan.yaml", "--jacobian", "-o", saved)
    assert perturb("show", saved, "-f", "json").out == saved.read_text()
    assert perturb("show", saved, "-o", archive).code == 0
    assert perturb("show", archive, "-f", "json").out == saved.read_text()
    table = perturb("show", saved, "-f", "table").out
    assert "Amina" in table
    assert "shift plan" in table


def test_the_jacobian_has_a_limit_that_names_its_memory(tmp_path: Path) -> None:
    path = tmp_path / "wide.json"
    path.write_text(json.dumps({"problem": "argmax", "theta": [0.0] * 2001}))
    ended = perturb("smooth", path, "--jacobian")
    assert ended.code == 3
    assert "2000" in ended.err
    assert "MiB" in ended.err
    assert perturb("smooth", path, "-n", "8").code == 0


@needs_data
def test_a_published_assignment() -> None:
    solved = perturb("solve", DATA / "assign100.txt").result
    assert solved["value"] == 305
    assert solved["parameter"] == "cost"
    smoothed = perturb("smooth", DATA / "assign100.txt", "-e", "2", "-n", "64").result
    expected = np.array(smoothed["perturbed_solution"]["estimate"])
    np.testing.assert_allclose(expected.sum(axis=0), 1)
    np.testing.assert_allclose(expected.sum(axis=1), 1)
    assert smoothed["perturbed_value"]["estimate"] < 305


@needs_data
def test_the_roads_of_rome(tmp_path: Path) -> None:
    instance = tmp_path / "rome.json"
    road = {"file": str((DATA / "rome99.gr").resolve()), "source": 1, "target": 3353}
    instance.write_text(json.dumps(road))
    assert perturb("solve", instance).result["value"] == 30305
    ended = perturb("smooth", instance, "--multiplicative", "-e", "0.2", "-n", "100")
    assert ended.code == 0, ended.err
    assert ended.result["answer"][0] == 1
    assert ended.result["answer"][-1] == 3353


@needs_data
def test_a_road_network_without_its_ends_says_what_is_missing() -> None:
    ended = perturb("solve", DATA / "rome99.gr")
    assert ended.code == 3
    assert "source" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "perturbcli", *map(str, words)]


def test_progress_is_drawn_on_a_terminal_and_nowhere_else() -> None:
    words = command(
        "smooth",
        SAMPLES / "shift_plan.yaml",
        "-n",
        "150000",
        "-f",
        "json",
        "--method",
        "monte-carlo",
    )
    main_end, terminal = pty.openpty()
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.set_blocking(main_end, False)
    drawn = os.read(main_end, 100_000).decode()
    os.close(terminal)
    os.close(main_end)
    assert "shift plan" in drawn
    assert json.loads(done.stdout)["samples"] == 150_000
    quiet = subprocess.run([*words, "-n", "50000"], capture_output=True, check=True)
    assert quiet.stderr == b""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_writes_what_it_has(number: int, code: int, tmp_path: Path) -> None:
    output = tmp_path / "partial.json"
    words = command("smooth", SAMPLES / "shift_plan.yaml", "-n", "100000000", "-o", output)
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    time.sleep(1.2)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == code
    result = json.loads(output.read_text())
    assert result["status"] == "interrupted"
    assert 0 < result["samples"] < 100_000_000
    assert b"interrupted" in err


def test_a_closed_pipe_is_quiet() -> None:
    words = " ".join(command("smooth", SAMPLES / "shift_plan.yaml", "--jacobian"))
    done = subprocess.run(["bash", "-c", f"{words} | head -c 10"], capture_output=True, check=False)
    assert done.stderr == b""


def test_a_number_of_samples_is_ignored_with_a_note_where_none_are_drawn() -> None:
    league = SAMPLES / "league_table.yaml"
    given = perturb("smooth", league, "-n", "100", "--no-timing")
    assert given.result["samples"] == 0
    assert given.result["message"] == "exact: -n is ignored"
    assert "-n is ignored" in given.err
    assert perturb("smooth", league, "--no-timing").result["message"] == ""
    swept = perturb("sweep", league, "--epsilons", "1,2", "-n", "100", "--no-timing")
    assert swept.result["message"] == "exact: -n is ignored"


def test_exact_probabilities_have_no_interval_in_the_table() -> None:
    words = ("--solutions", "2", "-f", "table")
    exact = perturb("smooth", SAMPLES / "commute.yaml", *words).out
    sampled = perturb("smooth", SAMPLES / "commute.yaml", *words, "--method", "monte-carlo").out
    assert "probability" in exact
    assert "95% interval" not in exact
    assert "95% interval" in sampled


@pytest.mark.parametrize("options", [["--multiplicative"], ["--noise", "laplace"]])
def test_the_second_order_form_is_refused_where_it_does_not_hold(options: list[str]) -> None:
    words = ["--jacobian", "--jacobian-estimator", "second-order", "-n", "128"]
    ended = perturb("smooth", SAMPLES / "city_map.yaml", *words, *options)
    assert ended.code == 2
    assert ended.err.startswith("perturb: --jacobian-estimator: ")
    assert "leave-one-out" in ended.err


def test_products_with_the_jacobian_have_a_line_for_each_entry(tmp_path: Path) -> None:
    ones = tmp_path / "ones.csv"
    ones.write_text("1\n" * 10, encoding="utf-8")
    options: list[str | Path] = ["--jacobian-diagonal", "--jvp", ones, "-f", "table", "--no-timing"]
    ended = perturb("smooth", SAMPLES / "city_map.yaml", *options)
    lines = ended.out.splitlines()
    start = lines.index("derivatives by cost")
    assert "diagonal of J" in lines[start + 1]
    assert "J v" in lines[start + 1]
    assert len([line for line in lines[start + 2 : start + 12] if "→" in line]) == 10
