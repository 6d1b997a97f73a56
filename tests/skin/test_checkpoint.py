"""Checkpoints: a run that was ended goes on from there, to the bytes of one that was not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from perturbcli.core.checkpoints import FORGETFUL
from perturbcli.edge.checkpoints import file as checkpoints
from tests.skin.shell import SAMPLES, Ended, perturb

NAME = "run.checkpoint"


class Killed(BaseException):
    """The run is over, and can do nothing about it."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with some samples; every block is saved."""
    monkeypatch.chdir(tmp_path)
    for name in ("city_map.yaml", "backpack.yaml", "league_table.yaml", "ice_cream.soc"):
        shutil.copy(SAMPLES / name, tmp_path)
    monkeypatch.setattr(checkpoints, "PAUSE", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", 0.0)
    shutil.copy(SAMPLES / "city_drives.csv", "drives.csv")
    shutil.copy(SAMPLES / "commuters.csv", "commuters.csv")
    wide = {"problem": "argmax", "theta": [0, 0.1, 0.2, *[-50] * 9]}
    Path("wide.json").write_text(json.dumps(wide))
    np.savetxt("mean.csv", [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0]], delimiter=",")


def killed(words: tuple[str, ...], saves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run until so many savings are on the disk, and no further."""
    flush, left = checkpoints.CheckpointFile.flush, iter(range(saves))

    def once(self: checkpoints.CheckpointFile) -> None:
        if next(left, None) is None:
            raise Killed
        flush(self)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.CheckpointFile, "flush", once)
        with pytest.raises(Killed):
            perturb(*words, "--checkpoint", NAME)
    assert Path(NAME).exists()


def resumed(words: tuple[str, ...]) -> Ended:
    """Run to the end; nothing is left of the checkpoint then."""
    ended = perturb(*words, "--checkpoint", NAME)
    assert not Path(NAME).exists()
    assert not list(Path().glob(".perturb-*"))
    return ended


@pytest.mark.parametrize("saves", [1, 2, 7])
@pytest.mark.parametrize(
    "words",
    [
        ("city_map.yaml", "--solutions", "3", "--jacobian"),
        (
            "city_map.yaml",
            "--jacobian",
            "--jacobian-estimator",
            "second-order",
            "--tolerance",
            "0.01",
        ),
        ("backpack.yaml", "--method", "monte-carlo", "--jacobian", "--jvp", "mean.csv"),
        ("backpack.yaml", "--method", "antithetic", "--jacobian-diagonal", "--target", "mean.csv"),
        ("wide.json", "--method", "antithetic", "--jacobian", "--jacobian-limit", "9", "-f", "npz"),
        ("league_table.yaml", "--noise", "laplace", "--method", "monte-carlo", "--jacobian"),
    ],
    ids=lambda words: " ".join(words),
)
def test_smooth_ends_in_the_bytes_of_an_undisturbed_run(
    words: tuple[str, ...], saves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("smooth", *words, "-n", "8000", "--no-timing", "-o", "result")
    words += () if "npz" in words else ("-f", "json")
    whole = perturb(*words)
    assert whole.code in {0, 5}, whole.err
    bytes_ = Path("result").read_bytes()
    Path("result").unlink()
    killed(words, saves, monkeypatch)
    assert not Path("result").exists()
    assert resumed(words) == whole
    assert Path("result").read_bytes() == bytes_


@pytest.mark.parametrize("saves", [1, 3])
@pytest.mark.parametrize(
    "words",
    [
        ("ice_cream.soc", "--method", "monte-carlo", "--noise", "logistic"),
        ("drives.csv", "--instance", "city_map.yaml", "-n", "40000"),
        ("ice_cream.soc", "--batch-size", "8", "--epochs", "6"),
        ("ice_cream.soc", "--loss", "perturbed-squared", "--epochs", "6"),
        ("--long", "commuters.csv", "--observation", "commuter", "--option", "mode", "--chosen", "chosen",
         "--generic", "minutes,fare", "--intercepts", "--method", "monte-carlo"),
    ],
    ids=lambda words: " ".join(words),
)  # fmt: skip
def test_fit_ends_in_the_bytes_of_an_undisturbed_run(
    words: tuple[str, ...], saves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("fit", *words, "--no-timing", "-f", "json")
    whole = perturb(*words)
    assert whole.code in {0, 5}, whole.err
    killed(words, saves, monkeypatch)
    assert resumed(words) == whole


def test_what_is_done_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096", "-f", "json", "--no-timing")
    killed(words, 9, monkeypatch)
    from solvers.shortest_path import ShortestPath

    asked: list[int] = []
    solve = ShortestPath.solve

    def counted(self: ShortestPath, theta: np.ndarray) -> object:
        asked.append(len(theta))
        return solve(self, theta)

    monkeypatch.setattr(ShortestPath, "solve", counted)
    assert resumed(words).result["oracle"]["calls"] == 4097
    assert sum(asked) == 4096 // 2


def test_more_workers_go_on_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096", "-f", "json", "--no-timing")
    whole = perturb(*words)
    killed(words, 5, monkeypatch)
    assert resumed((*words, "-j", "2")) == whole


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (["-e", "2"], "epsilon: expected the checkpoint of a run with 2.0, found one with null"),
        (["--seed", "1"], "seed: expected the checkpoint of a run with 1, found one with 0"),
        (["--backend", "ortools"], "backend: expected the checkpoint of a run with 'ortools'"),
        (["--solutions", "2"], "solutions: expected"),
        (["-f", "npz"], "sparse: expected the checkpoint of a run with true, found one with false"),
    ],
)
def test_the_checkpoint_of_another_run_is_refused(
    change: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096", "--jacobian", "-o", "result.json")
    killed(words, 5, monkeypatch)
    before = Path(NAME).read_bytes()
    ended = perturb(*words, *change, "--checkpoint", NAME)
    assert ended.code == 3
    assert f"perturb: {NAME}: {complaint}" in ended.err
    assert "remove it, or give another --checkpoint" in ended.err
    assert Path(NAME).read_bytes() == before
    assert not Path("result.json").exists()


def test_a_changed_instance_and_another_version_are_other_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096", "--checkpoint", NAME)
    killed(words[:-2], 5, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr("perturbcli.commands.checkpointing.__version__", "99")
        assert f"{NAME}: perturb: expected the checkpoint of a run with '99'" in perturb(*words).err
    instance = Path("city_map.yaml")
    instance.write_text(instance.read_text() + "\n# later\n")
    ended = perturb(*words)
    assert ended.code == 3
    assert (
        f"{NAME}: files: expected the checkpoint of a run on this content of {instance.absolute()}"
        in ended.err
    )


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda _: b"", "a file of another kind"),
        (lambda _: b"{}", "a file of another kind"),
        (lambda _: b"PK" + bytes(1000), "a damaged one"),
        (lambda data: data[: len(data) // 2], "a damaged one"),
    ],
)
def test_what_is_no_checkpoint_is_refused(
    change: Callable[[bytes], bytes], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096")
    killed(words, 5, monkeypatch)
    data = change(Path(NAME).read_bytes())
    Path(NAME).write_bytes(data)
    ended = perturb(*words, "--checkpoint", NAME)
    assert (ended.code, ended.out) == (3, "")
    assert f"expected a checkpoint, found {found}" in ended.err
    assert Path(NAME).read_bytes() == data


def test_a_fit_is_not_another_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("fit", "ice_cream.soc", "--batch-size", "8", "--epochs", "6")
    killed(words, 2, monkeypatch)
    ended = perturb(*words[:-1], "7", "--checkpoint", NAME)
    assert ended.code == 3
    assert f"{NAME}: descending.epochs: expected the checkpoint of a run with 7, found" in ended.err
    ended = perturb("smooth", "city_map.yaml", "--checkpoint", NAME)
    assert f"{NAME}: command: expected the checkpoint of a run with 'smooth', found" in ended.err


def test_a_value_that_was_changed_is_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("smooth", "city_map.yaml", "-n", "4096")
    killed(words, 5, monkeypatch)
    with zipfile.ZipFile(NAME) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    for name, data in parts.items():
        changed = {**parts, name: data[:-8] + bytes(8)} if len(data) > 200 else parts
        with zipfile.ZipFile(NAME, "w") as file:
            for other, content in changed.items():
                file.writestr(other, content)
        if changed is not parts and changed[name] != data:
            assert perturb(*words, "--checkpoint", NAME).code == 3


@pytest.mark.parametrize(
    "words",
    [
        ["smooth", "backpack.yaml", "city_map.yaml"],
        ["smooth", "-"],
        ["smooth", "lines.jsonl"],
        ["fit", "-"],
        ["fit", "drives.csv", "--instance", "-"],
    ],
)
def test_several_inputs_have_no_checkpoint(words: list[str]) -> None:
    ended = perturb(*words, "--checkpoint", NAME)
    assert ended.code == 2
    assert "--checkpoint: expected a single input beside it" in ended.err


def test_a_result_that_cannot_be_written_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "smooth",
        "city_map.yaml",
        "-n",
        "4000",
        "--tolerance",
        "0.05",
        "--no-timing",
        "-f",
        "json",
    )
    whole = perturb(*words)
    with monkeypatch.context() as patch:
        patch.setattr(
            "perturbcli.commands.sink.Sink.write",
            lambda *_: (_ for _ in ()).throw(OSError(28, "full")),
        )
        assert perturb(*words, "--checkpoint", NAME).code == 1
    assert Path(NAME).exists()
    assert resumed(words) == whole


def test_an_exact_form_needs_none() -> None:
    assert resumed(("smooth", "league_table.yaml", "-f", "json")).code == 0


def test_a_signal_leaves_it_and_the_next_run_goes_on() -> None:
    words = [
        "smooth",
        str(SAMPLES / "delivery_round.yaml"),
        "-n",
        "20000",
        "-f",
        "json",
        "--no-timing",
    ]
    command = [sys.executable, "-m", "perturbcli", *words, "--checkpoint", NAME]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    deadline = time.monotonic() + 30
    while not Path(NAME).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.terminate()
    out, _ = process.communicate(timeout=30)
    if process.returncode:  # else it was done before the signal came
        assert process.returncode == 143
        assert json.loads(out)["status"] == "interrupted"
        assert Path(NAME).exists()
        assert resumed(tuple(words)).out == perturb(*words).out


def test_nothing_is_kept_where_nothing_was_asked() -> None:
    FORGETFUL.save("tally", 3)
    assert FORGETFUL.load("tally") is None


@pytest.mark.parametrize("place", ["/dev/null", "/dev/stdout", "-"])
def test_only_a_regular_file_is_read_replaced_and_removed(place: str) -> None:
    # A device such as /dev/full has no end to read to.
    ended = perturb("smooth", "city_map.yaml", "-n", "64", "--checkpoint", place)
    assert ended.code == 2
    assert f"{place}: expected a regular file, found" in ended.err
    assert ended.out == ""
