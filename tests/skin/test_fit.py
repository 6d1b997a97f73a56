"""`perturb fit` from the shell."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.skin.shell import DATA, SAMPLES, Ended, perturb
from tests.skin.test_families import complaints

published = pytest.mark.skipif(not DATA.is_dir(), reason="the published data are not here")

TRAVEL = DATA / "travel_mode.csv"
CHOICES = ("--observation", "individual", "--option", "mode", "--chosen", "choice")
LOGIT = ("--generic", "gc,ttme", "--specific", "hinc:1", "--intercepts", "--noise", "gumbel")
COMMUTERS = (
    *("--long", SAMPLES / "commuters.csv", "--observation", "commuter", "--option", "mode"),
    *("--chosen", "chosen", "--generic", "minutes,fare", "--specific", "distance:bike"),
    *("--intercepts", "--noise", "gumbel"),
)
CITY = SAMPLES / "city_map.yaml"


def travel(*words: str) -> Ended:
    return perturb("fit", "--long", TRAVEL, *CHOICES, *words)


def ended(*words: str | Path, code: int = 0, stdin: str = "") -> Any:
    """The result of a fit that ended as it should."""
    made = perturb("fit", *words, stdin=stdin)
    assert made.code == code, made.err
    assert complaints("result", made.result) == []
    return made.result


@published
@pytest.mark.parametrize(
    ("noise", "expected"),
    [
        ("gumbel", (-0.017094, 0.065597, -0.676340, 0.0)),
        ("gaussian", (-0.012780, 0.049500, -0.471578, 0.0)),
    ],
)
def test_published_shares(noise: str, expected: tuple[float, ...]) -> None:
    result = travel("--noise", noise, "--reference", "4").result
    assert result["observations"] == 210
    assert result["reference"] == 3
    np.testing.assert_allclose(result["theta"]["estimate"], expected, atol=6e-7)
    if noise == "gumbel":
        assert result["log_likelihood"] == pytest.approx(-283.7588, abs=5e-5)
        error = np.sqrt(1 / np.array([58, 63, 30]) + 1 / 59)  # of the log of a ratio of shares
        np.testing.assert_allclose(result["theta"]["standard_error"][:3], error, rtol=1e-6)


@published
def test_published_multinomial_logit() -> None:
    result = travel(*LOGIT).result
    assert result["status"] == "converged"
    assert result["names"] == [
        *("intercept:1", "intercept:2", "intercept:3"),
        *("gc", "ttme", "hinc:1"),
    ]
    found = result["coefficients"]
    estimates = [5.207443, 3.869043, 3.163194, -0.015502, -0.096125, 0.013287]
    np.testing.assert_allclose(found["estimate"], estimates, atol=6e-7)
    errors = np.array([0.779, 0.443, 0.450, 0.00441, 0.01044, 0.01026])
    np.testing.assert_allclose(found["standard_error"], errors, atol=5.1e-4, rtol=2e-3)
    assert result["log_likelihood"] == pytest.approx(-199.128, abs=5e-4)
    assert result["aic"] == pytest.approx(2 * 6 + 2 * 199.128, abs=1e-3)
    assert result["mcfadden"] == pytest.approx(1 - 199.128 / 283.7588, abs=1e-5)
    robust = travel(*LOGIT, "--errors", "robust").result["coefficients"]
    errors = np.array([0.979, 0.517, 0.546, 0.00495, 0.01506, 0.00927])
    np.testing.assert_allclose(robust["standard_error"], errors, atol=5.1e-4, rtol=2e-3)


@published
def test_published_rankings() -> None:
    made = perturb("fit", DATA / "netflix.soc", "--noise", "gumbel")
    assert "taken for solutions of ranking of 4; --instance would say otherwise" in made.err
    result = made.result
    assert result["observations"] == 588
    assert result["labels"][0] == "Mean Girls"
    expected = [0.04044, 0.69256, -0.24559, -0.48741]
    np.testing.assert_allclose(result["theta"]["estimate"], expected, atol=6e-6)
    assert result["identified_dimension"] == 3


def test_choices_with_absent_options() -> None:
    result = ended(*COMMUTERS)
    assert result["names"][-3:] == ["minutes", "fare", "distance:bike"]
    assert result["labels"] == ["bike", "bus", "train", "car"]
    truth = {"minutes": -0.06, "fare": -0.45, "distance:bike": -0.12}
    for name, lower, upper in zip(
        result["names"],
        result["coefficients"]["lower"],
        result["coefficients"]["upper"],
        strict=True,
    ):
        if name in truth:
            assert lower < truth[name] < upper


def test_the_same_by_arrays(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((SAMPLES / "commuters.csv").read_text())))
    people = list(dict.fromkeys(row["commuter"] for row in rows))
    modes = ["bike", "bus", "train", "car"]
    solutions, there = (np.zeros((len(people), 4)) for _ in range(2))
    features = np.zeros((len(people), 4, 3))
    for row in rows:
        at = people.index(row["commuter"]), modes.index(row["mode"])
        solutions[at], there[at] = float(row["chosen"]), 1
        features[at] = float(row["minutes"]), float(row["fare"]), 0
        if row["mode"] == "bike":
            features[at][2] = float(row["distance"])
    for name, array in (("y", solutions), ("x", features), ("there", there == 1)):
        np.save(tmp_path / f"{name}.npy", array)
    words = ("--features", tmp_path / "x.npy", "--availability", tmp_path / "there.npy")
    result = ended(tmp_path / "y.npy", *words, "--intercepts", "--noise", "gumbel")
    assert result["names"] == ["intercept:0", "intercept:1", "intercept:2", "x0", "x1", "x2"]
    expected = ended(*COMMUTERS)["coefficients"]
    np.testing.assert_allclose(result["coefficients"]["estimate"], expected["estimate"], atol=1e-9)


def test_the_pipeline_recovers_the_cost() -> None:
    drawn = perturb("sample", CITY, "-n", "2000", "--seed", "7", "-o", "-")
    result = ended("-", "--instance", CITY, stdin=drawn.out)
    assert (result["parameter"], result["instance"]) == ("cost", "city map")
    assert result["oracle"]["proved_optimal"] == result["oracle"]["calls"]
    # Only what tells paths apart is identified: the paths' costs, up to one constant.
    paths = np.unique([json.loads(line) for line in drawn.out.splitlines()], axis=0)
    cost = np.array([4, 3, 5, 4, 6, 8, 6, 3, 7, 5])
    gap = (paths - paths[0]) @ (np.array(result["theta"]["estimate"]) - cost)
    assert np.abs(gap).max() < 0.6
    known = (paths - paths.mean(axis=0))[0]
    assert known @ np.array(result["theta"]["z"]) != 0


def test_contexts(tmp_path: Path) -> None:
    draws = np.random.default_rng(0)
    x = draws.normal(size=(400, 1))
    theta = x @ [[1.0, 0.0, -1.0]] + [0.5, 0.0, -0.5]
    rows = np.eye(3)[(theta + draws.gumbel(size=theta.shape)).argmax(axis=1)]
    np.save(tmp_path / "y.npy", rows)
    np.save(tmp_path / "x.npy", x)
    words = (tmp_path / "y.npy", "--contexts", tmp_path / "x.npy", "--noise", "gumbel")
    result = ended(*words)
    assert np.shape(result["weights"]["estimate"]) == (3, 1)
    assert np.shape(result["monte_carlo_error"]) == (3, 2)
    np.testing.assert_allclose(result["weights"]["estimate"], [[1], [0], [-1]], atol=0.4)
    np.testing.assert_allclose(result["intercept"]["estimate"], [0.5, 0, -0.5], atol=0.4)
    table = perturb("fit", *words, "-f", "table").out
    assert "weights, errors of the model" in table
    assert "intercept, errors of the model" in table


def test_the_cost_of_features(tmp_path: Path) -> None:
    """A coefficient of features of a cost has the sign of the cost."""
    shifts = SAMPLES / "shift_plan.yaml"
    features = np.array([[2, 4, 7, 0, 5], [3, 2, 6, 4, 7], [5, 6, 1, 3, 4], [0, 3, 4, 2, 3.0]])
    np.save(tmp_path / "x.npy", features[:, :, None])
    drawn = perturb("sample", shifts, "-n", "300").out
    words = ("-", "--instance", shifts, "--features", tmp_path / "x.npy", "--tolerance", "0.5")
    result = ended(*words, stdin=drawn)
    [estimate], [error] = (result["coefficients"][key] for key in ("estimate", "standard_error"))
    assert abs(estimate - 1) < 3 * error < 0.3


def test_features_that_make_up_for_each_other(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3, 1))
    np.save(tmp_path / "x.npy", np.concatenate([x, 2 * x, x**2], axis=2))
    rows = "[1,0,0]\n[0,1,0]\n[0,0,1]\n" * 20
    words = ("-", "--features", tmp_path / "x.npy")
    result = ended(*words, stdin=rows)
    assert (result["identified_dimension"], result["confounded"]) == (2, [0, 1])
    assert "confounded       x0, x1" in perturb("fit", *words, "-f", "table", stdin=rows).out


def test_the_samples_are_fitted() -> None:
    cream = ended(SAMPLES / "ice_cream.soc", "-q")
    assert (cream["problem"], cream["observations"], cream["labels"][4]) == (
        "ranking",
        120,
        "lemon",
    )
    assert np.argmax(cream["theta"]["estimate"]) == cream["labels"].index("chocolate")
    drives = ended(SAMPLES / "city_drives.csv", "--instance", CITY)
    assert (drives["identified_dimension"], drives["status"]) == (4, "converged")


def test_weights_count_observations(tmp_path: Path) -> None:
    twice = "[1,0,0]\n" * 3 + "[0,1,0]\n" * 2 + "[0,0,1]\n"
    (tmp_path / "w.csv").write_text("3\n2\n1\n")
    once = ended("-", "--weights", tmp_path / "w.csv", stdin="[1,0,0]\n[0,1,0]\n[0,0,1]\n")
    assert once["observations"] == 6
    each = ended("-", stdin=twice)
    for name in ("estimate", "standard_error"):
        np.testing.assert_allclose(once["theta"][name], each["theta"][name], rtol=1e-9)
    assert (once["loss"], each["observations"]) == (pytest.approx(each["loss"]), 6)


def test_epsilon_and_noise_come_from_the_instance_and_are_a_unit() -> None:
    rows = perturb("sample", SAMPLES / "league_table.yaml", "-n", "300", "-e", "60").out
    league = ("-", "--instance", SAMPLES / "league_table.yaml")
    result = ended(*league, stdin=rows)
    assert (result["epsilon"], result["noise"]) == (6.0, "gaussian")
    assert "epsilon is 6" in result["scale"]
    unit = ended(*league, "-e", "1", "--noise", "gaussian", stdin=rows)
    expected = 6 * np.array(unit["theta"]["estimate"])
    np.testing.assert_allclose(result["theta"]["estimate"], expected, rtol=1e-6, atol=1e-8)


def test_an_option_that_was_never_chosen() -> None:
    rows = "[1,0,0]\n" * 5 + "[0,1,0]\n" * 4
    result = ended("-", stdin=rows, code=5)
    assert (result["status"], result["unbounded"]) == ("boundary", [2])
    assert result["theta"]["estimate"][2] is None
    table = perturb("fit", "-", "-f", "table", stdin=rows)
    assert table.code == 5
    assert "unbounded" in table.out
    ridged = ended("-", "--ridge", "0.1", stdin=rows)
    assert (ridged["status"], ridged["ridge"]) == ("converged", 0.1)


@pytest.mark.parametrize("suffix", ["json", "jsonl", "yaml", "csv", "npz", "txt"])
def test_every_format_and_shown_again(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"fit.{suffix}"
    assert perturb("fit", *COMMUTERS, "--no-timing", "-o", path).code == 0
    if suffix in {"csv", "txt"}:
        text = path.read_text(encoding="utf-8")
        header = "quantity,row,column,estimate,standard_error\n"
        assert text.startswith(header) if suffix == "csv" else "distance:bike" in text
        return
    for format_ in ("json", "jsonl", "yaml", "csv", "table"):
        again = perturb("show", path, "-f", format_)
        assert (again.code, again.err) == (0, "")
        assert again.out == perturb("fit", *COMMUTERS, "--no-timing", "-f", format_).out
    if suffix == "npz":
        with np.load(path) as archive:
            error = np.sqrt(np.diag(archive["covariance"]))
            np.testing.assert_allclose(archive["coefficients.standard_error"], error)


def test_the_schema_names_every_key_of_a_fit() -> None:
    result = ended(*COMMUTERS)
    known = perturb("schema", "result").result["$defs"]
    assert set(result) <= set(known["Fit"]["properties"])
    assert set(result["coefficients"]) <= set(known["Fitted"]["properties"])
    for key in known["Fit"]["required"]:
        assert complaints("result", {k: v for k, v in result.items() if k != key})


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ([], 2, "expected SAMPLES, or --long"),
        (["-", "--generic", "a"], 2, "--generic: expected --long beside it"),
        (["-", *COMMUTERS], 2, "expected SAMPLES or --long, found both"),
        (["--long", "a.csv"], 2, "--long needs --observation, --option, --chosen too"),
        ([*COMMUTERS, "--instance", "a.yaml"], 2, "leave --instance out"),
        (["-", "--level", "1.5"], 2, "--level: expected a number between 0 and 1, found 1.5"),
        (["-", "--reference", "9"], 2, "--reference: expected an index from 0 to 2, found '9'"),
        (["-", "--tolerance", "0"], 2, "--tolerance"),
        (["-", "--weights", "none.npy"], 3, "none.npy: --weights: expected a readable file"),
        (["-", "--instance", str(CITY)], 3, r"<stdin>: expected solutions of shape \(10,\)"),
        (["-", "--instance", "-"], 2, "expected standard input once, found it twice"),
        (["none.npy"], 3, "none.npy: expected a readable file"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(words: list[str], code: int, message: str) -> None:
    made = perturb("fit", *words, "-q", stdin="[[1,0,0],[0,1,0],[0,0,1]]")
    assert (made.code, made.out) == (code, "")
    assert made.err.count("\n") == 1
    assert re.search(message, made.err), made.err


def test_a_row_that_is_no_solution_is_named(tmp_path: Path) -> None:
    drawn = perturb("sample", CITY, "-n", "5").out.splitlines()
    (tmp_path / "walks.jsonl").write_text("\n".join([*drawn, "[1,1,1,1,1,1,1,1,1,1]"]))
    made = perturb("fit", tmp_path / "walks.jsonl", "--instance", CITY)
    assert (made.code, made.out) == (3, "")
    assert made.err.startswith(f"perturb: {tmp_path / 'walks.jsonl'}: [5]: expected solutions of")


def test_progress_shows_the_gradient_and_the_calls(tmp_path: Path) -> None:
    walks = tmp_path / "walks.npy"
    assert perturb("sample", CITY, "-n", "3000", "-o", walks).code == 0
    words = ("fit", walks, "--instance", CITY, "--tolerance", "1e-9", "-n", "400000000")
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "perturbcli", *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "PYTHONPATH": str(SAMPLES.parent), "COLUMNS": "100", "TERM": "xterm"},
    )
    os.close(theirs)
    shown = b""
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not re.search(
            rb"gradient [0-9.e-]+ after \d+", shown
        ):
            shown += os.read(ours, 4096)
    finally:
        running.kill()
        running.wait()
        os.close(ours)
    assert re.search(rb"city map: gradient [0-9.e-]+ after \d+ calls", shown)


def test_an_interrupt_writes_what_there_is(tmp_path: Path) -> None:
    walks = tmp_path / "walks.npy"
    assert perturb("sample", CITY, "-n", "3000", "-o", walks).code == 0
    words = ("fit", walks, "--instance", CITY, "--tolerance", "1e-9", "-n", "1000000000")
    running = subprocess.Popen(
        [sys.executable, "-m", "perturbcli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SAMPLES.parent)},
    )
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    result = json.loads(out)
    assert result["status"] == "interrupted"
    assert "fewer draws of the noise than --tolerance asks for" in result["message"]
    assert result["oracle"]["calls"] > 0
