"""Observed solutions from files, and the family that they show."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perturbcli.core.errors import InputError, UsageError
from perturbcli.edge.reading import covariates
from perturbcli.edge.reading.inference import inferred
from perturbcli.edge.reading.observations import Observations, observations
from perturbcli.edge.reading.studies import of_rows, position

ONE_HOT = np.eye(3)[[0, 2, 2]]
TWO_HOT = 1 - ONE_HOT
RANKS = np.array([[1.0, 2, 3], [3, 1, 2]])
MATRICES = np.eye(3)[[[0, 1], [2, 0]]]


def of(rows: Any) -> Observations:
    return Observations(np.asarray(rows, dtype=np.float64), None, None, "rows.npy")


def write(path: Path, rows: Any) -> Path:
    """The rows in the format of the path's suffix."""
    match path.suffix:
        case ".npy":
            np.save(path, rows)
        case ".npz":
            np.savez(path, samples=rows)
        case ".csv":
            path.write_text("".join(",".join(map(str, row.ravel())) + "\n" for row in rows))
        case ".json":
            path.write_text(json.dumps(rows.tolist()))
        case _:
            path.write_text("".join(json.dumps(row.tolist()) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv", "a.json", "a.jsonl", "a"])
@pytest.mark.parametrize("rows", [ONE_HOT, RANKS, MATRICES], ids=["one-hot", "ranks", "matrices"])
@pytest.mark.parametrize("kind", [np.float64, np.int8])
def test_rows_of_any_shape(name: str, rows: Any, kind: Any, tmp_path: Path) -> None:
    read = observations(write(tmp_path / name, rows.astype(kind)), None)
    expected = rows.reshape(len(rows), -1) if name == "a.csv" else rows
    np.testing.assert_array_equal(read.solutions, expected)
    assert read.solutions.dtype == np.float64
    assert (read.weights, read.labels) == (None, None)


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_booleans_are_0_and_1(name: str, tmp_path: Path) -> None:
    read = observations(write(tmp_path / name, ONE_HOT == 1), None)
    np.testing.assert_array_equal(read.solutions, ONE_HOT)


def test_an_archive_may_hold_weights(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", samples=ONE_HOT, weights=np.array([3, 1, 2]))
    weights = observations(tmp_path / "a.npz", (3,)).weights
    assert weights is not None
    assert weights.tolist() == [3.0, 1.0, 2.0]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"[1,0,0]\n[0,1,0]\n")))
    read = observations("-", None)
    assert (read.source, read.solutions.tolist()) == ("<stdin>", [[1, 0, 0], [0, 1, 0]])


@pytest.mark.parametrize(
    ("rows", "problem", "key"),
    [
        (ONE_HOT, "argmax", {}),
        (TWO_HOT, "top_k", {"k": 2}),
        (RANKS, "ranking", {}),
        (MATRICES, "assignment", {}),
        (np.eye(4)[None], "assignment", {}),
    ],
    ids=str,
)
def test_the_family_shows(rows: Any, problem: str, key: dict[str, int]) -> None:
    instance = inferred(of(rows), backend="auto", time_limit=None)
    assert (instance.problem, instance.theta.shape) == (problem, rows.shape[1:])
    assert {name: getattr(instance.oracle, name) for name in key} == key
    assert instance.oracle.contains(np.asarray(rows)).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 0, 0], [1, 1, 0]], "found 1 of 1 in row 0, 2 in row 1"),
        ([[0, 0], [0, 1]], "found no 1 in row 0"),
        ([[1, 2, 3], [1, 2, 2]], "found a permutation in row 0, none in row 1"),
        ([[1, 0], [0.5, 0.5]], "found 0.5 in row 1"),
        ([np.eye(2), np.ones((2, 2))], "row 1 is not one, of shape 2 x 2"),
        ([np.eye(3, 2)], "row 0 is not one, of shape 3 x 2"),
        (np.zeros((2, 1, 1, 1)), r"rows of shape \(1, 1, 1\)"),
    ],
)
def test_no_family_shows(rows: Any, message: str) -> None:
    with pytest.raises(InputError, match=rf"^rows\.npy: expected .*, or --instance .*{message}"):
        inferred(of(rows), backend="auto", time_limit=None)


def test_a_backend_that_there_is_not() -> None:
    with pytest.raises(UsageError, match="--backend"):
        inferred(of(MATRICES), backend="gpu", time_limit=None)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.npy", np.array([[0.0, 1.0], [np.nan, 1.0]]), r"\[1\]\[0\]: expected a finite number"),
        ("a.npy", np.array([0.0, 1.0]), r"expected rows of solutions, found .* shape \(2,\)"),
        ("a.csv", "0,1\n0,nan\n", "line 2: expected finite numbers, found 'nan'"),
        ("a.csv", "0,1\n0\n", "line 2: expected 2 cells, found 1"),
        ("a.jsonl", "[0, 1]\n[0, null]\n", r"\[1\]\[1\]: expected a finite number, found null"),
        ("a.jsonl", "[0, 1]\n[0]\n", r"\[1\]: expected a length of 2"),
        ("a.xls", "", "expected solutions in a .npy, .npz, .csv, .json or .jsonl file"),
    ],
)
def test_what_is_refused_is_named(name: str, content: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if isinstance(content, str):
        path.write_text(content)
    else:
        np.save(path, content)
    with pytest.raises(InputError, match=message) as raised:
        observations(path, None)
    assert raised.value.source == str(path)


def test_covariates_and_their_names(tmp_path: Path) -> None:
    rows = write(tmp_path / "rows.npy", ONE_HOT)
    (tmp_path / "w.csv").write_text("3\n1\n2\n")
    np.save(tmp_path / "x.npy", np.zeros((3, 3, 2)))
    (tmp_path / "there.csv").write_text("1,0,1\n1,1,1\n0,1,1\n")
    study = of_rows(
        str(rows),
        None,
        backend="auto",
        time_limit=None,
        weights=tmp_path / "w.csv",
        features=tmp_path / "x.npy",
        contexts=None,
        availability=tmp_path / "there.csv",
    )
    assert study.weights is not None
    assert study.weights.tolist() == [3, 1, 2]
    assert study.features is not None
    assert study.features.shape == (3, 3, 2)
    assert study.availability is not None
    assert study.availability.tolist() == [[1, 0, 1], [1, 1, 1], [0, 1, 1]]
    blamed = study.blamed(InputError("features", "[1]", "message"))
    assert str(blamed) == f"{tmp_path / 'x.npy'}: [1]: message"
    assert str(study.blamed(InputError("goodness_of_fit", None, "m"))) == "--goodness-of-fit: m"


def test_covariates_that_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1,2\n1,1\n")
    with pytest.raises(InputError, match=r"--availability\[0\]\[1\]: expected 0 or 1, found 2"):
        covariates.availability(path)
    with pytest.raises(InputError, match=r"--weights: .* found an array of shape \(2, 2\)"):
        covariates.weights(path)
    with pytest.raises(InputError, match=r"--features: .* \.csv file, found '\.txt'"):
        covariates.covariates(tmp_path / "a.txt", "--features")


def test_a_reference_is_a_label_or_an_index() -> None:
    plain = inferred(of(RANKS), backend="auto", time_limit=None)
    assert position("1", plain) == 1
    named = inferred(
        Observations(RANKS, None, ["3", "2", "bus"], "rows.soc"), backend="auto", time_limit=None
    )
    assert [position(word, named) for word in ("3", "bus", "1")] == [0, 2, 1]
    for word, instance in (("3", plain), ("-1", plain), ("Bus", named)):
        with pytest.raises(UsageError, match="--reference: expected an index from 0 to 2"):
            position(word, instance)
