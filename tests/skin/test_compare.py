"""`perturb compare`: two results, or two instances on the same draws."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import validate

from perturbcli.edge.schemas.result import result as schema
from tests.skin.shell import SAMPLES, perturb

CITY = SAMPLES / "city_map.yaml"
FORMATS = ["table", "json", "jsonl", "yaml", "csv", "npz"]


@pytest.fixture(name="other")
def dearer(tmp_path: Path) -> Path:
    """The city map with a dearer first street."""
    path = tmp_path / "dearer.yaml"
    path.write_text(CITY.read_text().replace("cost: [4,", "cost: [5,"))
    assert path.read_text() != CITY.read_text()
    return path


def saved(path: Path, instance: Path, *words: str | Path, command: str = "smooth") -> Path:
    """The file of a result."""
    ended = perturb(command, instance, "-o", path, "--no-timing", *words)
    assert ended.code == 0, ended.err
    return path


def test_errors_of_independent_results_add_in_quadrature(other: Path, tmp_path: Path) -> None:
    a = saved(tmp_path / "a.json", CITY, "--jacobian")
    b = saved(tmp_path / "b.npz", other, "--jacobian", "--seed", "1")
    ended = perturb("compare", a, b)
    assert (ended.code, ended.err) == (0, "")
    result = ended.result
    validate(result, schema())
    one, two = (perturb("show", path).result for path in (a, b))
    assert (result["errors"], result["value"]) == ("independent", two["value"] - one["value"])
    for key in ("perturbed_solution", "perturbed_value", "jacobian"):
        estimates = [np.array(each[key]["estimate"]) for each in (one, two)]
        errors = [np.array(each[key]["standard_error"]) for each in (one, two)]
        np.testing.assert_allclose(result[key]["estimate"], estimates[1] - estimates[0], atol=1e-12)
        np.testing.assert_allclose(result[key]["standard_error"], np.hypot(*errors), rtol=1e-12)
        error = np.array(result[key]["standard_error"])
        np.testing.assert_allclose(np.array(result[key]["z"]) * error, result[key]["estimate"])
    freedom = np.array(result["perturbed_value"]["degrees_of_freedom"])
    assert 15 <= freedom <= 30


def test_the_errors_of_the_same_draws_are_bounds(other: Path, tmp_path: Path) -> None:
    a, b = saved(tmp_path / "a.json", CITY), saved(tmp_path / "b.json", other)
    ended = perturb("compare", a, b)
    assert ended.code == 0
    assert "both used the same draws of the noise" in ended.err
    result = ended.result
    errors = [perturb("show", path).result["perturbed_value"]["standard_error"] for path in (a, b)]
    assert result["errors"] == "bound"
    assert result["perturbed_value"]["standard_error"] == pytest.approx(sum(errors))


def test_instances_are_paired(other: Path, tmp_path: Path) -> None:
    ended = perturb("compare", CITY, other, "-n", "512", "--no-timing")
    assert ended.code == 0, ended.err
    result = ended.result
    validate(result, schema())
    assert result["errors"] == "paired"
    assert result["oracle"]["calls"] == 2 * 512 + 2
    assert result["compared"][1]["source"] == str(other)
    apart = perturb(
        "compare",
        saved(tmp_path / "a.json", CITY, "-n", "512"),
        saved(tmp_path / "b.json", other, "-n", "512", "--seed", "1"),
    ).result
    for key in ("perturbed_solution", "perturbed_value"):
        gap = np.subtract(result[key]["estimate"], apart[key]["estimate"])
        errors = np.hypot(result[key]["standard_error"], apart[key]["standard_error"])
        assert (np.abs(gap) < 5 * errors).all()
        mean = [np.mean(each[key]["standard_error"]) for each in (result, apart)]
        assert mean[0] < 0.8 * mean[1]
    again = perturb("compare", CITY, other, "-n", "512", "--no-timing")
    assert again.out == ended.out


def test_a_cost_is_compared_as_a_cost(tmp_path: Path) -> None:
    paths = []
    for name, keys in {"a": [1.0, 2.0], "b": [1.5, 2.0]}.items():
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps({"problem": "argmax", "cost": keys}))
    for words in ([], ["--method", "monte-carlo"]):
        result = perturb("compare", *paths, *words).result
        value = result["perturbed_value"]
        assert result["value"] == 0.5
        assert 0 < value["estimate"] < 0.5
        assert value["lower"] <= value["estimate"] <= value["upper"]
        assert result["perturbed_solution"]["estimate"][0] < 0


@pytest.mark.parametrize("command", ["solve", "sweep"])
def test_other_results_are_compared(command: str, other: Path, tmp_path: Path) -> None:
    words = ["--epsilons", "0.5:2:3"] if command == "sweep" else []
    a = saved(tmp_path / "a.json", CITY, *words, command=command)
    b = saved(tmp_path / "b.json", other, *words, command=command)
    result = perturb("compare", a, b, "-q").result
    validate(result, schema())
    assert result["of"] == command
    assert (
        result["solution"]
        == np.subtract(
            perturb("show", b).result["solution"], perturb("show", a).result["solution"]
        ).tolist()
    )
    if command == "sweep":
        assert np.shape(result["perturbed_solution"]["z"]) == (3, 10)


def test_fits_are_compared(tmp_path: Path) -> None:
    league = SAMPLES / "league_table.yaml"
    paths = []
    for seed in ("1", "2"):
        rows = perturb("sample", league, "-n", "200", "--seed", seed).out
        paths.append(tmp_path / f"{seed}.json")
        words: list[str | Path] = ["--instance", league, "-o", paths[-1]]
        assert perturb("fit", "-", *words, stdin=rows).code == 0
    ended = perturb("compare", *paths)
    assert "independent" in ended.err
    z = np.array(ended.result["theta"]["z"])
    assert (np.abs(z) < 4).all()
    assert "theta" in perturb("compare", *paths, "-f", "table").out


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format(format_: str, other: Path, tmp_path: Path) -> None:
    output = tmp_path / "compared.out"
    words: list[str | Path] = ["compare", CITY, other, "--no-timing", "-f", format_, "-o", output]
    assert perturb(*words).code == 0
    assert output.stat().st_size > 0
    if format_ in {"json", "jsonl", "yaml", "npz"}:
        shown = perturb("show", output).result
        assert shown == perturb("compare", CITY, other, "--no-timing").result
    if format_ == "table":
        text = output.read_text()
        assert "of the same draws" in text
        assert "95% interval" in text


@pytest.mark.parametrize(
    ("first", "second", "words", "code", "message"),
    [
        (
            "smooth",
            "solve",
            [],
            3,
            "b.json: command: expected 'smooth' as in .*a.json, found 'solve'",
        ),
        (
            "check",
            "check",
            [],
            3,
            "a.json: command: expected a result of fit, .* found one of check",
        ),
        ("smooth", "smooth", ["-n", "9"], 2, "--samples: expected two instances beside it"),
        (
            "smooth",
            None,
            [],
            2,
            "expected two results or two instances, found a result and an inst",
        ),
        (None, None, ["--level", "2"], 2, "--level: expected a number between 0 and 1, found 2"),
        (None, "knapsack", [], 3, r"backpack.yaml: cost: expected shape \(10,\), found \(9,\)"),
    ],
)
def test_what_does_not_match(
    first: str | None,
    second: str | None,
    words: list[str],
    code: int,
    message: str,
    tmp_path: Path,
) -> None:
    paths = [CITY, CITY]
    if second == "knapsack":
        paths[1] = SAMPLES / "backpack.yaml"
        message = message.replace("cost", "theta")
    for i, command in enumerate((first, second)):
        if command is not None and command != "knapsack":
            paths[i] = saved(tmp_path / f"{'ab'[i]}.json", CITY, command=command)
    ended = perturb("compare", *paths, *words)
    assert (ended.code, ended.out) == (code, "")
    assert re.search(message, ended.err), ended.err


def test_shapes_and_labels_must_be_the_same(tmp_path: Path) -> None:
    instances: dict[str, dict[str, Any]] = {
        "a": {"theta": [1, 2], "labels": ["x", "y"]},
        "b": {"theta": [1, 2], "labels": ["x", "z"]},
        "c": {"theta": [1, 2, 3], "labels": ["x", "y", "z"]},
        "d": {"cost": [1, 2], "labels": ["x", "y"]},
    }
    results = []
    for name, keys in instances.items():
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"problem": "argmax", **keys}))
        results.append(saved(tmp_path / f"{name}.result.json", path))
    a, b, c, d = results
    assert "labels: expected the same as in" in perturb("compare", a, b).err
    assert "shape: expected [2] as in" in perturb("compare", a, c).err
    assert "parameter: expected 'theta' as in" in perturb("compare", a, d).err


def test_several_results_in_a_file_are_refused(tmp_path: Path) -> None:
    lines = perturb("solve", CITY, CITY, "-f", "jsonl").out
    path = tmp_path / "two.jsonl"
    path.write_text(lines)
    ended = perturb("compare", path, path)
    assert (ended.code, ended.err) == (3, f"perturb: {path}: expected one result, found 2\n")


@contextmanager
def piped(data: bytes) -> Iterator[str]:
    """The name of a pipe that gives this once, as `<(...)` of a shell does."""
    reader, writer = os.pipe()
    try:
        os.write(writer, data)
        os.close(writer)
        yield f"/dev/fd/{reader}"
    finally:
        os.close(reader)


@pytest.mark.parametrize("format_", ["json", "npz", "yaml"])
def test_a_piped_result_is_read_once(format_: str, tmp_path: Path) -> None:
    path = saved(tmp_path / f"a.{format_}", CITY, "-n", "9")
    with piped(path.read_bytes()) as a, piped(path.read_bytes()) as b:
        ended = perturb("compare", a, b)
    assert ended.code == 0, ended.err
    assert [side["source"] for side in ended.result["compared"]] == [a, b]


def test_a_piped_instance_is_read_once(other: Path) -> None:
    with piped(CITY.read_bytes()) as a:
        ended = perturb("compare", a, other, "-n", "9", "--no-timing")
    assert ended.code == 0, ended.err
    expected = perturb("compare", CITY, other, "-n", "9", "--no-timing").result
    assert ended.result["perturbed_solution"] == expected["perturbed_solution"]


def test_standard_input_holds_a_result_or_an_instance(other: Path, tmp_path: Path) -> None:
    ended = perturb("compare", "-", other, "-n", "9", stdin=CITY.read_bytes())
    assert ended.code == 0, ended.err
    assert ended.result["errors"] == "paired"
    assert ended.result["compared"][0]["source"] == "<stdin>"
    a = saved(tmp_path / "a.json", CITY, "-n", "9")
    for stdin in (a.read_bytes(), perturb("show", a, "-f", "yaml").out):
        ended = perturb("compare", "-", a, stdin=stdin)
        assert ended.code == 0, ended.err
        assert ended.result["errors"] == "bound"


def test_the_suffix_says_the_syntax_of_an_instance(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text("{problem: argmax, theta: [1, 2]}")
    ended = perturb("compare", path, path)
    assert ended.code == 0, ended.err
    assert [side["instance"] for side in ended.result["compared"]] == ["flow", "flow"]


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "-", "-"],
        ["smooth", "-", "-"],
        ["show", "-", "-"],
        ["solve", "-", "--theta", "-"],
    ],
)
def test_standard_input_is_read_by_one_name(words: list[str]) -> None:
    ended = perturb(*words, stdin=CITY.read_bytes())
    message = "perturb: -: expected standard input once, found it twice\n"
    assert (ended.code, ended.out, ended.err) == (2, "", message)


def test_what_fell_short_is_told(tmp_path: Path) -> None:
    a = saved(tmp_path / "a.json", CITY, "-n", "9")
    b = tmp_path / "b.json"
    message = "interrupted after 9 of 99 samples; the result uses those"
    b.write_text(
        json.dumps(
            json.loads(a.read_text()) | {"status": "interrupted", "message": message, "seed": 1}
        )
    )
    ended = perturb("compare", a, b)
    result = ended.result
    validate(result, schema())
    assert [side["status"] for side in result["compared"]] == ["ok", "interrupted"]
    assert (result["status"], result["message"]) == ("interrupted", f"B: {message}")
    assert ended.code == perturb("show", b).code == 0
    assert ended.err == f"perturb: B: {message}\n"
    table = perturb("compare", a, b, "-f", "table").out
    assert re.search(r"seed 1 \S interrupted ", " ".join(table.split()))
    assert re.search(r"^status +interrupted: B: interrupted after 9", table, re.MULTILINE)
    short = tmp_path / "short.json"
    short.write_text(json.dumps(json.loads(a.read_text()) | {"status": "tolerance", "message": ""}))
    result = perturb("compare", short, b).result
    assert (result["status"], result["message"]) == ("tolerance", f"A: tolerance; B: {message}")


def test_families_that_differ_are_both_named(tmp_path: Path) -> None:
    paths = []
    for name, problem in (("a", "argmax"), ("b", "ranking")):
        paths.append(tmp_path / f"{name}.json")
        paths[-1].write_text(json.dumps({"problem": problem, "theta": [1, 2]}))
    results = [saved(path.with_suffix(".result.json"), path) for path in paths]
    for pair in (paths, results):
        result = perturb("compare", *pair).result
        assert [side["problem"] for side in result["compared"]] == ["argmax", "ranking"]
        head = perturb("compare", *pair, "-f", "table").out.splitlines()[0]
        assert "argmax and ranking" in head
    head = perturb("compare", paths[0], paths[0], "-f", "table").out.splitlines()[0]
    assert "and" not in head
