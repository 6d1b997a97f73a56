"""Nothing is written over what is read, nor over what is written for something else."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from perturbcli.__main__ import main
from perturbcli.edge.journal import NAME
from tests.skin.shell import perturb

INSTANCE = '{"problem": "argmax", "theta": [1, 2]}'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory with instances, one of which has its values in a file, and a result."""
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text(INSTANCE)
    Path("b.json").write_text(INSTANCE)
    Path("link.json").symlink_to("a.json")
    os.link("a.json", "twin.json")
    Path("values.csv").write_text("1,2,3\n")
    Path("valued.json").write_text('{"problem": "argmax", "theta": "values.csv"}')
    Path("draws.csv").write_text("1,0\n0,1\n")
    assert perturb("smooth", "a.json", "-o", "result.json").code == 0


def files() -> dict[str, bytes]:
    """What is there."""
    return {path.name: path.read_bytes() for path in Path().iterdir()}


@pytest.mark.parametrize(
    ("words", "option", "found"),
    [
        ("solve a.json -o a.json", "output", "a.json"),
        ("solve link.json -o ./a.json", "output", "link.json"),
        ("solve a.json -o twin.json", "output", "a.json"),
        ("smooth b.json a.json -o a.json", "output", "a.json"),
        ("smooth valued.json -o values.csv", "output", "values.csv"),
        ("smooth a.json valued.json -o values.csv", "output", "values.csv"),
        ("smooth valued.json --theta values.csv -o values.csv", "output", "values.csv"),
        ("sample a.json -f csv -o a.json", "output", "a.json"),
        ("smooth a.json --checkpoint a.json", "checkpoint", "a.json"),
        ("fit draws.csv --instance a.json -o draws.csv", "output", "draws.csv"),
        ("show result.json -o result.json", "output", "result.json"),
        ("compare a.json b.json -o b.json", "output", "b.json"),
        ("report result.json -o result.json", "output", "result.json"),
        ("plot result.json -o figure.svg --data result.json", "data", "result.json"),
        ("batch a.json -o .", "output", "a.json"),
        ("batch jobs.yaml -o .", "output", "valued.json"),
    ],
)
def test_an_input_is_not_written_over(words: str, option: str, found: str) -> None:
    Path("jobs.yaml").write_text(
        "jobs: [{instance: valued.json, name: a}, {instance: valued.json}]"
    )
    before = files()
    ended = perturb(*words.split())
    told = f"perturb: --{option}: expected a file that is not read, found the input {found}\n"
    assert (ended.code, ended.out, ended.err) == (2, "", told)
    assert files() == before


@pytest.mark.parametrize(
    ("words", "option", "other"),
    [
        ("smooth a.json --checkpoint new.json -o new.json", "output", "that of --checkpoint: new.json"),
        ("plot result.json -o new.svg --data ./new.svg", "data", "that of --output: new.svg"),
        ("batch jobs.yaml -o out", "checkpoint", "another job's: c.npz"),
        ("batch a.json -s checkpoint=out/a.json -o out", "output", "that of --checkpoint: out/a.json"),
    ],
)  # fmt: skip
def test_two_outputs_do_not_share_a_file(words: str, option: str, other: str) -> None:
    Path("jobs.yaml").write_text("{instance: a.json, checkpoint: c.npz, cross: {seed: [1, 2]}}")
    before = files()
    ended = perturb(*words.split())
    told = f"perturb: --{option}: expected a file of its own, found {other}\n"
    err = ended.err.replace(f"{Path.cwd()}/", "")  # which a batch puts in front of files
    assert (ended.code, ended.out, err) == (2, "", told)
    assert files() == before


def test_what_an_instance_names_is_not_written_over_by_a_batch() -> None:
    graph = {
        "directed": True,
        "nodes": [{"id": 1}, {"id": 2}],
        "links": [{"source": 1, "target": 2}],
    }
    Path("map.json").write_text(json.dumps(graph))
    keys = {"problem": "shortest_path", "source": 1, "target": 2, "cost": [1], "graph": "map.json"}
    for name in ("map.yaml", "other.yaml"):
        Path(name).write_text(json.dumps(keys))
    for jobs in (["map.yaml"], ["map.yaml", "other.yaml"]):
        ended = perturb("batch", *jobs, "-o", ".")
        assert ended.code == 2, ended.err
        assert json.loads(Path("map.json").read_text()) == graph


def test_a_batch_writes_over_results_alone() -> None:
    assert perturb("batch", "a.json", "-o", "out").code == 0
    Path(f"out/{NAME}").unlink()
    assert perturb("batch", "a.json", "-o", "out", "-e", "2").code == 0
    for name in ("a.json", "results.jsonl"):
        shutil.rmtree("out")
        Path("out").mkdir()
        Path("out", name).write_text("mine")
        ended = perturb("batch", "b.json", "a.json", "-o", "out")
        message = f"perturb: out/{name}: expected a result to write over, found another file\n"
        assert (ended.code, ended.err) == (2, message)
        assert [path.name for path in Path("out").glob("[!.]*")] == [name]


def test_results_of_an_earlier_run_are_written_over() -> None:
    for words in ("solve a.json -o result.json", "batch a.json -o out", "batch a.json -o out"):
        assert perturb(*words.split()).code == 0
    assert perturb("solve", "a.json", "-o", "/dev/null").code == 0


def test_the_theta_that_failed_is_not_written_over() -> None:
    keys = {"problem": "external", "theta": [1, 2], "command": ["false"]}
    Path("mine.json").write_text(json.dumps(keys))
    Path("mine.failed-theta.csv").write_text("3,4\n")
    words = ["smooth", "mine.json", "--allow-code", "--theta", "mine.failed-theta.csv"]
    assert perturb(*words).code == 4
    assert Path("mine.failed-theta.csv").read_text() == "3,4\n"


def test_standard_input_is_not_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Path("a.json").read_bytes()
    with Path("a.json").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        assert main(["solve", "-", "-o", "a.json"]) == 2
    assert Path("a.json").read_bytes() == before
