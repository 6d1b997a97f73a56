"""Streams in place of files: a pipe has no suffix that tells the format, and is read once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.skin.shell import SAMPLES, perturb

ARGMAX = '{"problem": "argmax", "theta": [3, 1, 2]}'


@contextmanager
def piped(text: str) -> Iterator[str]:
    """What a shell puts in place of <(...)."""
    there, here = os.pipe()
    os.write(here, text.encode())
    os.close(here)
    try:
        yield f"/dev/fd/{there}"
    finally:
        os.close(there)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An instance."""
    monkeypatch.chdir(tmp_path)
    Path("three.json").write_text(ARGMAX)


def test_values_of_a_stream_are_csv() -> None:
    with piped("1,5,2\n") as path:
        assert perturb("solve", "three.json", "--theta", path).result["value"] == 5
    assert perturb("solve", "three.json", "--theta", "-", stdin="1,5,2\n").result["value"] == 5
    words = ("smooth", "three.json", "-q", "--jacobian")
    with piped("1,1,0\n") as path:
        assert "jvp" in perturb(*words, "--jvp", path).result
    with piped("1,2,1\n") as path:
        assert perturb(*words, "--scale", path).code == 0


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_an_instance_names_no_stream(name: str) -> None:
    Path("three.json").write_text(ARGMAX.replace("[3, 1, 2]", f'"{name}"'))
    ended = perturb("solve", "three.json", stdin="1,5,2\n")
    assert ended.code == 3
    assert "theta: expected a .npy or .csv file, found a name without a suffix" in ended.err


def test_features_of_a_stream_are_csv() -> None:
    words = ("--long", SAMPLES / "commuters.csv", "--observation", "commuter", "--option", "mode")
    columns = ("--chosen", "chosen", "--generic", "minutes,fare", "--noise", "gumbel")
    assert perturb("fit", *words, *columns, "-q", "-o", "fit.json").code == 0
    rows = "30,0\n25,2\n15,3\n20,5\n"
    Path("x.csv").write_text(rows)
    wanted = perturb("predict", "fit.json", "--features", "x.csv", "--no-timing")
    with piped(rows) as path:
        assert perturb("predict", "fit.json", "--features", path, "--no-timing") == wanted
    assert wanted.code == 0


def test_orders_of_a_stream_are_told_to_need_their_suffix() -> None:
    orders = (SAMPLES / "ice_cream.soc").read_text()
    hint = "; taken for CSV, where no suffix tells the format"
    with piped(orders) as path:
        ended = perturb("fit", path)
    assert ended.code == 3
    assert ended.err.rstrip().endswith(hint)
    Path("orders.csv").write_text(orders)
    assert hint not in perturb("fit", "orders.csv").err


def test_a_batch_reads_no_stream() -> None:
    with piped(ARGMAX) as path:
        ended = perturb("batch", path, "-o", "out")
    assert (ended.code, ended.err) == (
        3,
        f"perturb: {path}: expected a file: it may be read again\n",
    )
    assert not Path("out").exists()


def test_a_batch_writes_no_stream() -> None:
    ended = perturb("batch", "three.json", "-o", "-")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("perturb: --output: expected a directory, found standard output")
    assert not Path("./-").exists()
    assert perturb("batch", "three.json", "-o", "./-", "-q").code == 0
    assert Path("./-/three.json").exists()
