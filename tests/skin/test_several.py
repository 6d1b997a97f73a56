"""Several inputs: a bad one does not stop the rest, and the largest exit code counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.skin.shell import SAMPLES, perturb

GOOD, BAD = SAMPLES / "commute.yaml", "none.yaml"


@pytest.mark.parametrize(
    "words",
    [
        ["solve"],
        ["smooth"],
        ["sweep", "--epsilons", "1,2"],
        ["check", "-n", "16"],
    ],
    ids=lambda words: words[0],
)
def test_the_run_goes_on_after_a_bad_instance(words: list[str]) -> None:
    ended = perturb(*words, BAD, GOOD, BAD, GOOD)
    assert ended.code == 3
    assert [result["instance"] for result in ended.result] == ["commute", "commute"]
    assert len(ended.err.splitlines()) == 2


@pytest.mark.parametrize("words", [["solve"], ["show"], ["fit"], ["predict"], ["compare", GOOD]])
def test_an_empty_name_is_told_of(words: list[str | Path]) -> None:
    ended = perturb(*words, "")
    told = "perturb: '': expected a readable file, found an empty name\n"
    assert (ended.code, ended.err) == (3, told)


def test_the_others_are_shown_after_a_bad_result(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    assert perturb("solve", GOOD, "-o", good).code == 0
    bad.write_text("{}")
    ended = perturb("show", bad, good)
    assert (ended.code, len(ended.result)) == (3, 1)
    assert f"perturb: {bad}: " in ended.err
    alone = perturb("show", bad)
    assert (alone.code, alone.out) == (3, "")


@pytest.mark.parametrize("theta", [[1, 1], [-0.1, -1]])
def test_noise_is_spoken_of_where_there_is_some(
    theta: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of both is unbounded without it."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "program.json"
    path.write_text(
        json.dumps({"problem": "linear_program", "theta": theta, "A": [[1, -1]], "upper": [1]})
    )
    ended = perturb("smooth", path)
    assert ended.code == 4
    assert "unbounded" in ended.err
    assert ("noise turned a sign" in ended.err) == (theta[0] < 0)
