"""Pipelines: JSON lines in and out, each as soon as it is there, and quiet when nobody reads on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skin.shell import SAMPLES, perturb

INSTANCES = [
    {"problem": "argmax", "theta": [1, 2]},
    {"problem": "top_k", "k": 1, "theta": [3, 2], "name": "mine"},
    {"problem": "argmax", "cost": [1, 2, 0.5]},
]
LINES = "".join(json.dumps(one) + "\n" for one in INSTANCES)
BAD = '{"problem": "argmax", "theta": [1, "x"]}\n'
BROKEN = '{"problem": "argmax", "theta": [1, 2}\n'


def parsed(text: str) -> list[dict[str, object]]:
    """JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(
    "words",
    [["solve"], ["smooth", "-n", "64"], ["sweep", "--epsilons", "1,2"], ["check", "-n", "16"]],
    ids=lambda words: words[0],
)
def test_a_line_is_an_instance(words: list[str]) -> None:
    ended = perturb(*words, "-", "-f", "jsonl", "-q", stdin=LINES)
    assert (ended.code, ended.err) == (0, "")
    assert [one["instance"] for one in parsed(ended.out)] == ["stdin", "mine", "stdin:3"]
    whole = perturb(*words, "-", "-q", stdin=LINES).result
    for one, other in zip(parsed(ended.out), whole, strict=True):
        assert one.pop("seconds") is not None
        assert other.pop("seconds") is not None
        assert one == other


def test_a_file_of_lines_is_as_many_instances(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(f"\n{LINES}")
    (tmp_path / "theta.csv").write_text("1,5\n")
    names = [one["instance"] for one in perturb("solve", path).result]
    assert names == ["many:2", "mine", "many:4"]
    path.write_text('{"problem": "argmax", "theta": "theta.csv"}')
    alone = perturb("solve", path).result
    assert (alone["instance"], alone["value"]) == ("many", 5)
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n")
    for name, problem in ((empty, "found an empty file"), (tmp_path / "no.jsonl", "found none")):
        ended = perturb("solve", name)
        assert ended.code == 3
        assert ended.err.startswith(f"perturb: {name}: expected ")
        assert problem in ended.err


@pytest.mark.parametrize("format_", ["json", "jsonl", "yaml", "csv", "table"])
def test_a_bad_line_does_not_stop_the_rest(format_: str) -> None:
    stdin = f"{LINES}{BAD}{BROKEN}[1]\n{LINES}"
    ended = perturb("solve", "-", "-f", format_, stdin=stdin)
    assert ended.code == 3
    told = ended.err.splitlines()
    assert len(told) == 3
    if format_ == "jsonl":
        errors = [json.loads(line) for line in told]
        assert [error["source"] for error in errors] == ["<stdin>:4", "<stdin>:5", "<stdin>:6"]
        assert [error["key"] for error in errors] == ["theta[1]", None, None]
        assert errors[1]["message"].startswith("column 37: expected ',' delimiter")
        assert len(parsed(ended.out)) == 6
    elif format_ == "table":
        assert told[0] == "perturb: <stdin>:4: theta[1]: expected a finite number, found 'x'"
        assert ended.out.count("argmax") == 4


@pytest.mark.parametrize(
    "first",
    [b"foo", b"{bad", b"[1]", b"[", b'"x"', b"a: b", b"- a", b"\0\xff", LINES.encode()[:30]],
)
def test_a_bad_first_line_does_not_stop_the_rest(first: bytes, tmp_path: Path) -> None:
    stdin = first + b"\n\n" + LINES.encode()
    ended = perturb("solve", "-", "-f", "jsonl", "--no-timing", stdin=stdin)
    assert ended.code == 3
    told = json.loads(ended.err)
    assert told["source"] == "<stdin>:1"
    assert [one["instance"] for one in parsed(ended.out)] == ["stdin:3", "mine", "stdin:5"]
    path = tmp_path / "stdin.jsonl"
    path.write_bytes(stdin)
    same = perturb("solve", path, "-f", "jsonl", "--no-timing")
    assert (same.code, same.out) == (3, ended.out)
    assert json.loads(same.err)["message"] == told["message"]
    shown = perturb("show", "-", "-f", "jsonl", stdin=f"foo\n{ended.out}")
    assert (shown.code, shown.out) == (3, ended.out)


def test_a_bad_document_is_not_taken_for_lines() -> None:
    nodes = '{"problem": "shortest_path", "graph": {"nodes": [\n {"id": 1},\n {"id": 2}\n]}, "cost": [1 2]}'
    for text in (nodes, f"foo\nbar {BAD}", "theta: [1\n"):
        assert perturb("solve", "-", stdin=text).err.startswith("perturb: <stdin>: ")
    results = "".join(f"{line},\n" for line in LINES.splitlines())
    ended = perturb("show", "-", stdin=f"[\n{results[:-2]}\n]")
    assert ended.err.startswith("perturb: <stdin>[0]: ")


def test_no_lines_are_as_good_as_any_number(tmp_path: Path) -> None:
    path = tmp_path / "none.jsonl"
    for words in (["smooth", "-"], ["solve", "-"], ["show", "-"]):
        for stdin in ("", "\n"):
            ended = perturb(*words, "-f", "jsonl", stdin=stdin)
            assert (ended.code, ended.out, ended.err) == (0, "", "")
            assert perturb(*words, "-o", path, stdin=stdin).code == 0
            assert path.read_text() == ""
        assert perturb(*words, "-f", "json").code == 3


def test_the_largest_code_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # where the cost that failed is saved
    unbounded = '{"problem": "linear_program", "cost": [-1], "A": [[0]], "upper": [1]}\n'
    assert perturb("solve", "-", "-f", "jsonl", stdin=f"{unbounded}{BAD}{LINES}").code == 4


def test_one_document_over_several_lines() -> None:
    for text in (json.dumps(INSTANCES[0], indent=1), "problem: argmax\ntheta: [1, 2]\n"):
        result = perturb("solve", "-", stdin=text).result
        assert (result["instance"], result["value"]) == ("stdin", 2)
    ended = perturb("solve", "-", stdin=BAD)
    assert ended.err == "perturb: <stdin>: theta[1]: expected a finite number, found 'x'\n"


@pytest.mark.parametrize("words", [["sample", "-n", "1"], ["smooth", "-f", "jsonl"]])
def test_a_command_of_one_instance_takes_one_line(words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(LINES.splitlines()[0])
    assert perturb(*words, path).code == perturb(*words, "-", stdin=path.read_text()).code == 0
    path.write_text(LINES)
    for name, source in ((path, str(path)), ("-", "<stdin>")):
        ended = perturb("sample", name, stdin=LINES)
        told = f"perturb: {source}: expected one document, found another in line 2\n"
        assert (ended.code, ended.err) == (3, told)


def test_the_theta_that_failed_is_named_after_its_line(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text(f'{LINES}{{"problem": "external", "theta": [1, 2], "command": ["false"]}}\n')
    words: list[str | Path] = ["--allow-code", "-q", "-o", tmp_path / "out.json"]
    ended = perturb("solve", path, *words)
    assert ended.code == 4
    assert ended.err.startswith(f"perturb: {path}:4: ")
    assert len(json.loads((tmp_path / "out.json").read_text())) == 3
    if "failed-theta" in ended.err:
        assert (tmp_path / "many-4.failed-theta.csv").exists()


def test_results_are_shown_line_by_line() -> None:
    lines = perturb("smooth", "-", "-f", "jsonl", "--no-timing", "-q", stdin=LINES).out
    again = perturb("show", "-", "-f", "jsonl", stdin=lines)
    assert (again.code, again.out) == (0, lines)
    bad = perturb("show", "-", "-f", "jsonl", stdin='{"command": "smooth"}\n' + lines)
    assert (bad.code, bad.out) == (3, lines)
    assert json.loads(bad.err)["source"] == "<stdin>:1"
    assert len(perturb("show", "-", stdin=lines).result) == 3
    one = perturb("show", "-", stdin=lines.splitlines()[0])
    assert one.result["instance"] == "stdin"


def test_an_archive_is_shown_from_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    assert perturb("smooth", SAMPLES / "city_map.yaml", "-o", path).code == 0
    assert perturb("show", "-", stdin=path.read_bytes()).out == perturb("show", path).out


def test_the_output_may_be_named_as_a_dash() -> None:
    ended = perturb("solve", SAMPLES / "city_map.yaml", "-o", "-", "-f", "yaml")
    assert ended.out.startswith("command: solve\n")


@pytest.mark.parametrize(
    "words", [["solve", "-f", "yaml", "-o"], ["sample", "-o"], ["plot", "-o", "a.svg", "--data"]]
)
def test_a_file_may_be_called_a_dash(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = SAMPLES / "city_map.yaml"
    if words[0] == "plot":
        assert perturb("smooth", given, "-o", "result.json").code == 0
        given = Path("result.json")
    elif words[0] == "sample":
        words = [words[0], "-f", "csv", *words[1:]]
    ended = perturb(*words, "./-", given)
    assert (ended.code, ended.out) == (0, "")
    assert Path("./-").absolute().stat().st_size > 0


def started(*words: str) -> subprocess.Popen[str]:
    """A command that reads and writes pipes."""
    return subprocess.Popen(
        [sys.executable, "-m", "perturbcli", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_each_result_comes_before_the_next_question(number: int) -> None:
    process = started("smooth", "-", "-f", "jsonl", "-q")
    assert process.stdin is not None
    assert process.stdout is not None
    for value in (3, 4):
        process.stdin.write(json.dumps({"problem": "argmax", "theta": [1, value]}) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["value"] == value
    process.send_signal(number)  # while it waits for the next line
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (128 + number, "")
    assert json.loads(err)["message"] == "interrupted"


def test_a_closed_pipe_is_quiet() -> None:
    process = started("solve", "-", "-f", "jsonl", "-q")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(LINES)
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdin.write(LINES * 50)
    process.stdin.close()
    assert process.wait(20) == 141
    assert process.stderr is not None
    assert process.stderr.read() == ""
    process.stderr.close()
