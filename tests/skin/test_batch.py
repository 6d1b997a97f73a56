"""Batches: a result for each job, done once, whatever ends the run."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from perturbcli.edge.journal import NAME
from perturbcli.edge.rendering import atomic
from perturbcli.edge.rendering.spans import span
from tests.skin.shell import SAMPLES, Ended, perturb
from tests.skin.test_interrupts import SIGNALS, hanging, run

JOBS = ("backpack", "commute", "shift_plan")
FEW = ("--set", "samples=64", "--no-timing")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with three instances, one of which has its values in a file."""
    monkeypatch.chdir(tmp_path)
    for name in JOBS:
        shutil.copy(SAMPLES / f"{name}.yaml", tmp_path)
    Path("values.csv").write_text("1,2,3\n")
    Path("valued.json").write_text('{"problem": "argmax", "theta": "values.csv"}')


def batch(*words: str | Path) -> Ended:
    """All four into `out`."""
    return perturb(
        "batch", *[f"{name}.yaml" for name in JOBS], "valued.json", "-o", "out", *FEW, *words
    )


def files() -> dict[str, bytes]:
    """The results."""
    return {path.name: path.read_bytes() for path in sorted(Path("out").glob("[!.]*"))}


def again(*words: str | Path) -> str:
    """How many jobs another run does."""
    ended = batch(*words)
    return ended.err.removeprefix("perturb: ").partition(" jobs done")[0].strip()


def test_each_job_writes_what_its_command_does() -> None:
    ended = batch()
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "perturb: 4 of 4 jobs done: out/results.jsonl\n"
    for name in JOBS:
        perturb("smooth", f"{name}.yaml", "-n", "64", "--no-timing", "-o", "alone.json")
        assert Path(f"out/{name}.json").read_bytes() == Path("alone.json").read_bytes()
    lines = [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]
    assert [line.pop("job") for line in lines] == [*JOBS, "valued"]
    assert lines == [json.loads(Path(f"out/{name}.json").read_text()) for name in (*JOBS, "valued")]
    assert len(perturb("show", "out/results.jsonl", "-f", "jsonl").out.splitlines()) == 4


@pytest.mark.parametrize("options", [["-j", "2"], ["-j", "2", "--cluster", "local"]])
def test_more_processes_write_the_same_bytes(options: list[str]) -> None:
    if "--cluster" in options:
        pytest.importorskip("distributed", reason="Dask is not installed")
    batch()
    alone = files()
    shutil.rmtree("out")
    assert batch(*options).code == 0
    assert files() == alone


def test_the_rest_is_estimated_from_the_first_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perturbcli.commands.batch.WORTH", 0.0)
    words = ["batch", "seeds.yaml", "-o", "out", "--no-timing"]
    Path("seeds.yaml").write_text("instance: commute.yaml\ncross: {seed: [0, 1, 2, 3, 4, 5, 6]}\n")
    first, last = perturb(*words).err.splitlines()
    assert re.fullmatch(r"perturb: 5 of 7 jobs done, about 1 s left", first)
    assert last == "perturb: 7 of 7 jobs done: out/results.jsonl"
    shutil.rmtree("out")
    assert perturb(*words, "--no-progress").err == f"{last}\n"


def test_the_estimate_leaves_the_start_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perturbcli.commands.batch.WORTH", 0.0)
    ends = iter(
        [100.0, *[104.0] * 9]
    )  # of the first job, with all that was loaded, and of the fifth
    monkeypatch.setattr(
        "perturbcli.commands.batch.time", SimpleNamespace(monotonic=lambda: next(ends))
    )
    Path("seeds.yaml").write_text("instance: commute.yaml\ncross: {seed: [0, 1, 2, 3, 4, 5, 6]}\n")
    first = perturb("batch", "seeds.yaml", "-o", "out", "--no-timing").err.splitlines()[0]
    assert first == "perturb: 5 of 7 jobs done, about 2 s left"


def test_a_job_may_go_on_from_a_checkpoint_and_name_several_files() -> None:
    import numpy as np

    rows = np.random.default_rng(0).random((40, 2))
    np.savetxt("x.csv", rows, delimiter=",")
    np.savetxt("y.csv", np.eye(3)[np.arange(40) % 3], delimiter=",", fmt="%d")
    job = {
        "command": "fit", "observations": "y.csv", "contexts": "x.csv", "batch-size": 8, "epochs": 2,
        "validate": ["x.csv", "y.csv"], "checkpoint": "fit.npz",
    }  # fmt: skip
    Path("fits.json").write_text(json.dumps({"jobs": [job]}))
    ended = perturb("batch", "fits.json", "-o", "out")
    assert ended.code in {0, 5}, ended.err
    assert json.loads(Path("out/y.json").read_text())["validation"]["observations"] == 40
    assert "0 of 1 jobs done, 1 before" in perturb("batch", "fits.json", "-o", "out").err


def touch(path: str, old: str, new: str) -> Callable[[], object]:
    """A change of a file."""
    return lambda: Path(path).write_text(Path(path).read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("change", "runs"),
    [
        (lambda: None, "0 of 4"),
        (touch("backpack.yaml", "name: backpack", "name: bag"), "1 of 4"),
        (touch("values.csv", "1", "4"), "1 of 4"),
        (touch("out/commute.json", "1", "7"), "1 of 4"),
        (Path("out/commute.json").unlink, "1 of 4"),
        (Path("out/results.jsonl").unlink, "0 of 4"),
        (Path(f"out/{NAME}").unlink, "4 of 4"),
        (lambda: os.truncate(f"out/{NAME}", os.path.getsize(f"out/{NAME}") - 9), "1 of 4"),  # noqa: PTH202
        (lambda: Path(f"out/{NAME}").write_text('[]\n{"name": 3}\nnonsense\n'), "4 of 4"),
    ],
    ids=["none", "instance", "values", "result", "missing", "all", "journal", "half", "nonsense"],
)
def test_only_what_is_missing_or_changed_is_done(change: Callable[[], object], runs: str) -> None:
    batch()
    change()
    assert again() == runs
    left = files()
    assert again() == "0 of 4"
    assert files() == left
    shutil.rmtree("out")
    assert again() == "4 of 4"
    assert files() == left


def test_other_settings_and_another_version_are_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    batch()
    assert again("-j", "2", "-q") == ""
    assert again("--set", "epsilon=0.5") == "4 of 4"
    monkeypatch.setenv("PERTURB_SEED", "3")
    assert again("--set", "epsilon=0.5") == "4 of 4"
    monkeypatch.setattr("perturbcli.commands.batch.__version__", "99")
    assert again("--set", "epsilon=0.5") == "4 of 4"
    assert again("--set", "epsilon=0.5") == "0 of 4"


def test_failures_are_recorded_and_tried_again() -> None:
    Path("values.csv").write_text("1,2,x\n")
    ended = batch()
    assert ended.code == 5
    assert ended.err.splitlines() == [
        "perturb: valued: values.csv: theta: line 1: expected finite numbers, found 'x'",
        "perturb: 3 of 4 jobs done, 1 failed: out/results.jsonl",
    ]
    record = json.loads(Path("out/valued.json").read_text())
    assert record["status"] == "failed"
    assert record["error"]["exit_code"] == 3
    schema = json.loads(perturb("schema", "result").out)
    jsonschema.validate(record, schema)
    jsonschema.validate({"job": "valued", **record}, schema)
    assert len(Path("out/results.jsonl").read_text().splitlines()) == 4
    assert "a job that failed: values.csv: theta" in perturb("show", "out/valued.json").err
    Path("values.csv").write_text("1,2,3\n")
    assert again() == "1 of 4"


def test_a_job_that_falls_short_counts_until_it_is_done_otherwise() -> None:
    short = ("--set", "tolerance=1e-9")
    assert "short of what was asked" in batch(*short).err
    ended = batch(*short)
    assert (ended.code, ended.err.startswith("perturb: 0 of 4 jobs done, 4 before")) == (5, True)


def test_the_first_failure_may_end_it() -> None:
    Path("backpack.yaml").write_text("problem: nothing\n")
    ended = batch("--no-keep-going")
    assert ended.code == 5
    assert list(files()) == ["backpack.json", "results.jsonl"]


def test_what_was_under_way_at_the_first_failure_counts() -> None:
    Path("backpack.yaml").write_text("problem: nothing\n")
    ended = batch("--no-keep-going", "-j", "2")
    assert ended.err.splitlines()[-1] == "perturb: 3 of 4 jobs done, 1 failed: out/results.jsonl"
    assert len(Path("out/results.jsonl").read_text().splitlines()) == len(files()) - 1 == 4
    assert "perturb: 0 of 4 jobs done, 3 before, 1 failed" in batch().err


def test_failures_are_told_however_quiet_it_is() -> None:
    Path("values.csv").write_text("1,2,x\n")
    message = "perturb: valued: values.csv: theta: line 1: expected finite numbers, found 'x'\n"
    assert batch("-q").err == message


def test_two_batches_do_not_share_a_directory() -> None:
    batch()
    before = files()
    with Path(f"out/{NAME}").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ended = batch("--set", "epsilon=3")
    message = "perturb: out: expected no other batch at work in this directory, found one\n"
    assert (ended.code, ended.err) == (1, message)
    assert files() == before


def test_a_full_disk_ends_it_and_the_next_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    batch()
    whole = files()
    shutil.rmtree("out")
    write, room = atomic.replace, iter(range(2))

    def full(target: Path, render: Any) -> None:
        if next(room, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(target, render)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "replace", full)
        ended = batch()
    assert ended.code == 1
    assert (
        ended.err == "perturb: out/shift_plan.json: could not be written: No space left on device\n"
    )
    assert sorted(files()) == ["backpack.json", "commute.json"]
    assert again() == "2 of 4"
    assert files() == whole


@SIGNALS
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_signal_leaves_what_is_done(workers: str, number: int, tmp_path: Path) -> None:
    path = hanging(tmp_path, 0)
    words = ["backpack.yaml", "commute.yaml", str(path), "-o", "out", "-j", workers, *FEW]
    code, out, err = run(tmp_path, "batch", *words, kill=[number])
    assert (code, out) == (128 + number, "")
    done = len(Path("out/results.jsonl").read_text().splitlines())
    assert err == f"perturb: {done} of 3 jobs done, interrupted: out/results.jsonl\n"
    assert done == 2 or workers == "2"
    assert not list(Path("out").glob("*.tmp"))


def test_a_job_that_kills_its_worker_fails_alone() -> None:
    Path("killing.py").write_text("import os\ndef answer(theta):\n    os._exit(1)\n")
    Path("killing.json").write_text(
        '{"problem": "external", "theta": [1, 2], "python": "killing:answer"}'
    )
    ended = batch("killing.json", "-j", "2", "--allow-code")
    assert ended.code == 5
    assert ended.err.splitlines()[-1] == "perturb: 4 of 5 jobs done, 1 failed: out/results.jsonl"
    assert "worker processes died" in json.loads(Path("out/killing.json").read_text())["message"]


def test_a_run_that_is_killed_goes_on() -> None:
    batch()
    whole = files()
    shutil.rmtree("out")
    words = [f"{name}.yaml" for name in JOBS]
    command = [
        sys.executable,
        "-m",
        "perturbcli",
        "batch",
        *words,
        "valued.json",
        "-o",
        "out",
        *FEW,
    ]
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(SAMPLES.parent)}
    )
    deadline = time.monotonic() + 30
    while not Path("out/backpack.json").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    Path("out/.perturb-0123456789abcdef.tmp").write_text("half a result")
    assert batch().code == 0
    assert files() == whole
    assert not list(Path("out").glob(".*.tmp"))


MANIFEST = """
samples: 64
jobs:
- instance: backpack.yaml
  name: packed
  jacobian: true
- instance: shift_plan.yaml
  command: sweep
  epsilons: [0.5, 2]
- command: solve
  instance: [commute.yaml, backpack.yaml]
- command: fit
  observations: choices.soc
  samples: 300000
- cross: {instance: ["[bc]*.yaml"], epsilon: [1, 2.5], seed: [0, 1]}
  jacobian: false
"""


def test_a_manifest_says_what_is_done_with_which(tmp_path: Path) -> None:
    below = tmp_path / "jobs"
    below.mkdir()
    for name in JOBS:
        shutil.move(f"{name}.yaml", below)
    shutil.copy(SAMPLES / "ice_cream.soc", below / "choices.soc")
    (below / "all.yaml").write_text(MANIFEST)
    ended = perturb("batch", "jobs/all.yaml", "-o", "out", "--no-timing")
    assert ended.code == 0, ended.err
    crossed = [
        f"{name}-epsilon={e}-seed={s}"
        for name in ("backpack", "commute")
        for e in ("1", "2.5")
        for s in "01"
    ]
    names = ["packed", "shift_plan", "commute", "backpack", "choices", *crossed]
    lines = [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]
    assert [line["job"] for line in lines] == names
    assert [line["command"] for line in lines] == ["smooth", "sweep", "solve", "solve", "fit"] + [
        "smooth"
    ] * 8
    assert "jacobian" in lines[0]
    assert lines[1]["epsilon"] == [0.5, 2]
    assert [(line["epsilon"], line["seed"]) for line in lines[5:9]] == [
        (1, 0),
        (1, 1),
        (2.5, 0),
        (2.5, 1),
    ]


def test_the_manifests_of_the_documentation_run() -> None:
    page = (SAMPLES.parent / "docs" / "batch.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for name in ("city_map.yaml", "ice_cream.soc"):
        shutil.copy(SAMPLES / name, Path())
    for number, block in enumerate(blocks):
        Path("jobs.yaml").write_text(block)
        assert perturb("batch", "jobs.yaml", "-o", f"out{number}").code == 0
    names = [path.stem for path in Path("out1").glob("*.json")]
    assert len(names) == 12
    assert {"backpack-epsilon=0.5-seed=0", "city_map-epsilon=2-seed=1"} <= set(names)
    assert len(list(Path("out0").glob("*.json"))) == 5


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("jobs: []", "jobs: expected a length of at least 1, found an empty list"),
        ("jobs: [3]", "jobs[0]: expected a mapping, found 3"),
        ("jobs: [{instance: none.yaml}]", "jobs[0].instance: expected a readable file, found none at"),
        ("jobs: [{instance: 'x*.yaml'}]", "expected files that match 'x*.yaml', found none"),
        ("jobs: [{instanc: a.yaml}]", "jobs[0].instanc: expected a long option of perturb smooth"),
        ("jobs: [{epsilon: 1}]", "jobs[0].instance: expected this key of smooth, found none"),
        ("jobs: [{command: fit}]", "jobs[0].observations: expected this key of a fit, found none"),
        ("jobs: [{instance: backpack.yaml, observations: b.csv}]", "jobs[0].observations: expected a key of"),
        ("jobs: [{instance: backpack.yaml, epsilon: -1}]", "jobs[0].epsilon: expected a finite number > 0"),
        ("jobs: [{instance: backpack.yaml, epsilon: true}]", "jobs[0].epsilon: expected a number or text"),
        ("jobs: [{instance: backpack.yaml, samplse: 1}]", "did you mean 'samples'?"),
        ("jobs: [{instance: backpack.yaml, jacobian: 3}]", "jobs[0].jacobian: expected true or false"),
        ("jobs: [{instance: backpack.yaml, allow-code: true}]", "expected --allow-code of perturb batch"),
        ("jobs: [{instance: backpack.yaml, name: ../x}]", "jobs[0].name: expected a name without /"),
        ("jobs: [{instance: backpack.yaml, command: check}]", "jobs[0].command: expected 'smooth'"),
        ("jobs: [{instance: backpack.yaml, command: sweep}]", "jobs[0]: Missing option '--epsilons'"),
        ("cross: {epsilon: 3}", "cross.epsilon: expected a list, found 3"),
        ("cross: {epsilon: [null]}", "cross.epsilon[0]: expected a boolean, a number, a string or a list"),
        ("jobs: [{instance: backpack.yaml, seed: null}]", "jobs[0].seed: expected a boolean, a number,"),
        ("{instance: b*.yaml, cross: {seed: [1], noise: [gumbel, nope]}}", "cross.noise[1]: expected one"),
        ("jobs: [{instance: backpack.yaml, cross: {noise: [nope]}}]", "jobs[0].cross.noise[0]: expected"),
        ("{jobs: [{instance: backpack.yaml}], cross: {noise: [nope]}}", ": cross.noise[0]: expected"),
        ("{jobs: [{instance: backpack.yaml}], noise: nope}", ": noise: expected one of"),
        ("{instance: [backpack.yaml, none.yaml]}", ": instance[1]: expected a readable file"),
        ("{cross: {instance: [none.yaml]}}", ": cross.instance[0]: expected a readable file"),
        (f"jobs: [{{instance: backpack.yaml, name: {'é' * 126}}}]", "jobs[0].name: expected one of at"),
        ("{instance: backpack.yaml, seed: [x]}", ": seed: expected an integer, found 'x'"),
        ("{instanc: backpack.yaml, cross: {seed: [1]}}", ": instanc: expected a long option"),
        ("cross: {name: [a]}", "cross.name: expected instances, observations or options"),
        ("jobs: [{", "expected valid YAML"),
    ],
)  # fmt: skip
def test_a_wrong_manifest_is_refused_before_anything_runs(text: str, complaint: str) -> None:
    Path("jobs.yaml").write_text(text)
    ended = perturb("batch", "jobs.yaml", "-o", "out")
    assert ended.code == 3
    assert ended.err.startswith("perturb: jobs.yaml: ")
    assert complaint in ended.err
    assert not Path("out").exists()


def test_two_jobs_of_one_name_are_refused_before_anything_runs() -> None:
    ended = perturb("batch", "*.yaml", "backpack.yaml", "-o", "out")
    assert ended.code == 2
    assert "a name of its own for each job, found 2 for out/backpack.json" in ended.err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["none*.yaml", "-o", "out"], 3, "expected files that match 'none*.yaml', found none"),
        (["", "-o", "out"], 3, "'': expected a readable file, found an empty name"),
        (["-", "-o", "out"], 3, "<stdin>: expected a file"),
        (["backpack.yaml", "-o", "none/out"], 1, "none/out: could not be written: No such file"),
        (
            ["backpack.yaml", "-o", "values.csv"],
            2,
            "values.csv: expected a directory, found a file",
        ),
        (["backpack.yaml", "-o", "out", "-s", "samples"], 2, "--set: expected KEY=VALUE"),
        (["backpack.yaml", "-o", "out", "-s", "samples=x"], 2, "--set: samples: expected an integer"),
        (["backpack.yaml", "-o", "out", "-s", "sampels=3"], 2, "--set: sampels: expected a long option"),
        (["backpack.yaml", "-o", "out", "--command", "sweep"], 2, "--command: Missing option '--epsilons'"),
        (["alone.yaml", "-o", "out", "-s", "solutions=x"], 2, "--set: solutions: expected an integer"),
        (["b" * 251 + ".mps", "-o", "out"], 3, "name: expected one of at most 255 bytes with .json, found"),
        (["lines.jsonl", "-o", "out"], 3, "expected an instance a file, found JSON lines"),
        (["backpack.yaml"], 2, "--output"),
    ],
)  # fmt: skip
def test_wrong_calls_are_one_line(words: list[str], code: int, complaint: str) -> None:
    Path("lines.jsonl").write_text("{}\n")
    Path("alone.yaml").write_text("instance: backpack.yaml")
    Path("b" * 251 + ".mps").touch()
    ended = perturb("batch", *words)
    assert (ended.code, len(ended.err.splitlines())) == (code, 1)
    assert complaint in ended.err


def test_a_manifest_goes_before_the_command_line_with_a_note() -> None:
    Path("m.yaml").write_text("samples: 32\njobs: [{instance: backpack.yaml, seed: 3}]")
    Path("x.yaml").write_text("instance: backpack.yaml\nsamples: 16\ncross: {seed: [1, 2]}")
    words = (
        "batch",
        "m.yaml",
        "x.yaml",
        "shift_plan.yaml",
        "-o",
        "out",
        "-n",
        "64",
        "-s",
        "seed=7",
    )
    ended = perturb(*words)
    assert ended.code == 0
    assert ended.err.splitlines() == [
        "perturb: m.yaml: samples: taken instead of --samples, as is 1 more in manifests",
        "perturb: m.yaml: jobs[0].seed: taken instead of --set seed, as is 1 more in manifests",
        "perturb: 4 of 4 jobs done: out/results.jsonl",
    ]
    lines = [json.loads(line) for line in Path("out/results.jsonl").read_text().splitlines()]
    assert [(line["samples"], line["seed"]) for line in lines] == [
        (32, 3),
        (16, 1),
        (16, 2),
        (64, 7),
    ]
    assert perturb(*words, "-q").err == ""


@pytest.mark.parametrize("value", ["[1,2]", "x", "-1"])
def test_a_value_that_a_manifest_goes_before_is_looked_at(value: str) -> None:
    Path("m.yaml").write_text("instance: backpack.yaml\nseed: 3\n")
    ended = perturb("batch", "m.yaml", "-o", "out", "--set", f"seed={value}")
    assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert ended.err.startswith("perturb: --set: seed: expected ")


def test_a_manifest_goes_before_variables_without_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("m.yaml").write_text("instance: backpack.yaml\nsamples: 32\n")
    monkeypatch.setenv("PERTURB_SAMPLES", "64")
    ended = perturb("batch", "m.yaml", "-o", "out")
    assert ended.err == "perturb: 1 of 1 jobs done: out/results.jsonl\n"


@pytest.mark.parametrize("option", ["--epsilon", "--noise", "--samples", "--seed"])
def test_the_help_says_that_a_manifest_goes_before(option: str) -> None:
    [_, after] = " ".join(perturb("batch", "--help").out.replace("│", " ").split()).split(
        f" {option} "
    )
    assert "A manifest's own goes before it." in after.partition(" --")[0]


def test_a_manifest_of_one_job_needs_no_list() -> None:
    Path("alone.yaml").write_text("{instance: backpack.yaml, samples: 64, seed: 3}")
    ended = perturb("batch", "alone.yaml", "-o", "out")
    assert (ended.code, json.loads(Path("out/backpack.json").read_text())["seed"]) == (0, 3)
    schema = json.loads(perturb("schema", "manifest").out)
    jsonschema.validate({"instance": "backpack.yaml", "samples": 64}, schema)


def test_what_perturb_toml_says_wrongly_is_said_of_it() -> None:
    Path("perturb.toml").write_text("[smooth]\nsamples = 1\n")
    Path("jobs.yaml").write_text("{instance: backpack.yaml, cross: {seed: [1, 2]}}")
    ended = perturb("batch", "jobs.yaml", "-o", "out")
    assert ended.code == 3
    assert ended.err.startswith("perturb: perturb.toml: smooth.samples: expected a number >= 2")


def test_the_schema_takes_the_manifest_that_is_taken() -> None:
    import yaml

    schema = json.loads(perturb("schema", "manifest").out)
    jsonschema.validate(yaml.safe_load(MANIFEST), schema)
    wrongs: list[Any] = [{}, {"jobs": []}, {"jobs": [{"command": "check"}]}, {"cross": {"seed": 3}}]
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s"),
        (59, "59 s"),
        (125, "2 min 5 s"),
        (3000, "50 min"),
        (8000, "2 h 13 min"),
        (3e5, "3 d 11 h"),
    ],
)
def test_spans(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_the_usual_options_are_those_of_every_job(tmp_path: Path) -> None:
    words = ["-n", "256", "-e", "2", "--seed", "5", "--noise", "logistic", "--jacobian"]
    ended = perturb("batch", SAMPLES / "city_map.yaml", "-o", tmp_path, *words, "--no-timing")
    assert ended.code == 0, ended.err
    found = json.loads((tmp_path / "city_map.json").read_text(encoding="utf-8"))
    told = {key: found[key] for key in ("samples", "epsilon", "seed", "noise")}
    assert told == {"samples": 256, "epsilon": 2.0, "seed": 5, "noise": "logistic"}
    assert "jacobian" in found
