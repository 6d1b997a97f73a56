"""`--target` with what is no solution: several rows, a mean, and points outside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.skin.shell import SAMPLES, perturb

ROWS = "1,0,0,0,0\n1,0,0,0,0\n0,1,0,0,0\n0,0,0,1,0\n"
MEAN = np.array([0.5, 0.25, 0.0, 0.25, 0.0])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Four observed commutes."""
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def test_several_rows_are_one_target(rows: Path, tmp_path: Path) -> None:
    mean = tmp_path / "mean.npy"
    np.save(mean, MEAN)
    one, other = (
        perturb("smooth", SAMPLES / "commute.yaml", "--target", path).result["loss"]
        for path in (rows, mean)
    )
    assert one["conjugate"] == pytest.approx(0.5 * float(MEAN[MEAN > 0] @ np.log(MEAN[MEAN > 0])))
    assert one["conjugate"] == pytest.approx(other["conjugate"])
    assert one["estimate"] == pytest.approx(other["estimate"])
    assert "conjugate_standard_error" not in one


def test_an_estimated_conjugate_has_its_error(rows: Path) -> None:
    words: list[str | Path] = [
        "smooth",
        SAMPLES / "commute.yaml",
        "--target",
        rows,
        "--method",
        "monte-carlo",
    ]
    ended = perturb(*words, "-n", "2000")
    assert ended.code == 0, ended.err
    loss = ended.result["loss"]
    exact = perturb("smooth", SAMPLES / "commute.yaml", "--target", rows).result["loss"]
    assert loss["conjugate_standard_error"] > 0
    for key, error in (("conjugate", "conjugate_standard_error"), ("estimate", "standard_error")):
        assert abs(loss[key] - exact[key]) <= 4 * loss[error]
    assert "boundary" in ended.result["message"]
    assert ended.result["oracle"]["calls"] > 10_000
    assert perturb(*words, "-n", "2000", "--no-timing").out == perturb(
        *words, "-n", "2000", "--no-timing"
    ).out  # fmt: skip


def test_the_sign_of_the_parameter_does_not_matter(tmp_path: Path, rows: Path) -> None:
    theta = np.array([0.3, -0.2, 0.1, 0.0, 0.5])
    losses = []
    for key, sign in (("theta", 1), ("cost", -1)):
        path = tmp_path / f"{key}.json"
        path.write_text(json.dumps({"problem": "argmax", key: (sign * theta).tolist()}))
        losses.append(perturb("smooth", path, "--target", rows, "-n", "500").result["loss"])
    assert losses[0]["estimate"] == losses[1]["estimate"]
    assert losses[0]["conjugate"] == losses[1]["conjugate"] < 0


@pytest.mark.parametrize("text", ["1,1,0,0,0\n", "0.5,0.4,0,0,0\n", "2,0,0,0,0\n1,0,0,0,0\n"])
def test_outside_names_a_direction(text: str, tmp_path: Path) -> None:
    path = tmp_path / "outside.csv"
    path.write_text(text)
    ended = perturb("smooth", SAMPLES / "commute.yaml", "--target", path, "-f", "json")
    assert ended.code == 3
    assert ended.out == ""
    message = json.loads(ended.err)["message"]
    assert "along d = [" in message
    assert "outside" in message


@pytest.mark.parametrize(
    "name", ["set_menus", "water_network", "shift_plan", "garden_beds", "kiln"]
)
def test_a_mean_of_draws_is_a_target(name: str, tmp_path: Path) -> None:
    sample, drawn = SAMPLES / f"{name}.yaml", tmp_path / "drawn.npy"
    allowed = ["--allow-code"] if name == "garden_beds" else []
    ended = perturb("sample", sample, "-n", "6", "-o", drawn, *allowed)
    assert ended.code == 0, ended.err
    words: list[str | Path] = ["smooth", sample, "--target", drawn, "-n", "64", *allowed]
    ended = perturb(*words)
    assert ended.code == 0, ended.err
    loss = ended.result["loss"]
    assert loss["conjugate"] < 0 <= loss["estimate"]
    saved = tmp_path / "saved.json"
    saved.write_text(ended.out, encoding="utf-8")
    assert "loss" in perturb("show", saved, "-f", "table").out


def test_a_sweep_has_a_conjugate_at_every_temperature(rows: Path) -> None:
    """Omega does not change with the temperature, so eps Omega is proportional to it."""
    ended = perturb("sweep", SAMPLES / "commute.yaml", "--epsilons", "0.1:10:3", "--target", rows)
    assert ended.code == 0, ended.err
    loss = ended.result["loss"]
    np.testing.assert_allclose(loss["conjugate"], 0.5 * -2.0794415 * np.array([0.1, 1, 10]), 1e-6)


def test_a_saved_loss_is_shown_again(tmp_path: Path) -> None:
    saved, archive = tmp_path / "saved.json", tmp_path / "saved.npz"
    sample = SAMPLES / "shortlist.yaml"
    drawn = tmp_path / "drawn.npy"
    perturb("sample", sample, "-n", "5", "-o", drawn)
    words: list[str | Path] = ["smooth", sample, "--target", drawn, "--method", "antithetic"]
    assert perturb(*words, "-o", saved).code == 0
    assert perturb("show", saved, "-f", "json").out == saved.read_text()
    assert perturb("show", saved, "-o", archive).code == 0
    assert perturb("show", archive, "-f", "json").out == saved.read_text()
    assert json.loads(saved.read_text())["loss"]["conjugate_standard_error"] > 0


@pytest.mark.parametrize(
    ("option", "number", "most"),
    [
        ("--target", "1e200", "1e+100"),
        ("--scale", "1e51", "1e+50"),
        ("--covariance", "1e101", "1e+100"),
    ],
)
def test_numbers_too_large_to_be_squared_are_refused(
    option: str, number: str, most: str, tmp_path: Path
) -> None:
    path = tmp_path / ("x.npy" if option == "--covariance" else "x.csv")
    values = [1.0, float(number), 1.0]
    if option == "--covariance":
        np.save(path, values)
    else:
        path.write_text(",".join(map(str, values)))
    instance = json.dumps({"problem": "argmax", "theta": [1, 2, 3]})
    ended = perturb("smooth", "-", option, path, "-f", "csv", stdin=instance)
    assert ended.code == 3
    assert f"expected numbers of at most {most} in size, found {float(number):g}" in ended.err
