"""Configuration: flags over variables over perturb.toml over defaults; and the shell around it all."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skin.shell import SAMPLES, perturb

CITY = SAMPLES / "city_map.yaml"
LEAGUE = SAMPLES / "league_table.yaml"
ESCAPE = "\x1b["


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of one's own, without variables."""
    for name in os.environ:
        if name.startswith("PERTURB_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(text: str) -> None:
    """perturb.toml."""
    Path("perturb.toml").write_text(text)


def test_flags_count_before_variables_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = [perturb("smooth", CITY).result["seed"]]
    written("seed = 1")
    seeds.append(perturb("smooth", CITY).result["seed"])
    written("seed = 1\n[smooth]\nseed = 2")
    seeds.append(perturb("smooth", CITY).result["seed"])
    monkeypatch.setenv("PERTURB_SEED", "3")
    seeds.append(perturb("smooth", CITY).result["seed"])
    seeds.append(perturb("smooth", CITY, "--seed", "4").result["seed"])
    monkeypatch.setenv("PERTURB_SEED", "")
    seeds.append(perturb("smooth", CITY).result["seed"])
    assert seeds == [0, 1, 2, 3, 4, 2]


def test_every_kind_of_option(monkeypatch: pytest.MonkeyPatch) -> None:
    written(
        "epsilon = 2\nmultiplicative = true\nno-timing = true\n"
        '[smooth]\nsamples = 128\nmethod = "monte-carlo"\nformat = "yaml"\n'
        '[fit]\ngeneric = ["minutes", "fare"]\n'
    )
    text = perturb("smooth", CITY).out
    for line in ("epsilon: 2.0", "multiplicative: true", "samples: 128", "method: monte-carlo"):
        assert line in text.splitlines()
    assert "seconds" not in text
    monkeypatch.setenv("PERTURB_MULTIPLICATIVE", "0")
    assert "multiplicative: false" in perturb("smooth", CITY).out
    words = ["--observation", "commuter", "--option", "mode", "--chosen", "chosen"]
    data = SAMPLES / "commuters.csv"
    fitted = perturb("fit", "--long", data, *words, "--noise", "gumbel", "-e", "1").result
    assert fitted["names"] == ["minutes", "fare"]
    monkeypatch.setenv("PERTURB_GENERIC", "fare")
    fitted = perturb("fit", "--long", data, *words, "--noise", "gumbel", "-e", "1").result
    assert fitted["names"] == ["fare"]


def test_a_required_option_may_be_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert perturb("sweep", CITY).code == 2
    written('[sweep]\nepsilons = "1,2"')
    assert perturb("sweep", CITY).result["epsilon"] == [1, 2]
    monkeypatch.setenv("PERTURB_EPSILONS", "3")
    assert perturb("sweep", CITY).result["epsilon"] == [3]


def test_what_only_other_commands_take_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURB_FORMAT", "yaml")
    assert perturb("solve", CITY).out.startswith("command: solve")
    assert perturb("families").out.startswith("[")
    assert perturb("sample", CITY, "-n", "1").out.startswith("[")
    monkeypatch.delenv("PERTURB_FORMAT")
    written('format = "jsonl"\nsolutions = 2')
    assert perturb("families").out.startswith("[\n")
    assert perturb("solve", CITY).code == 0
    monkeypatch.setenv("PERTURB_FORMAT", "yml")
    assert "PERTURB_FORMAT: expected one of" in perturb("families").err


def test_errors_are_json_where_the_format_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURB_FORMAT", "json")
    assert json.loads(perturb("solve", "none.yaml").err)["exit_code"] == 3
    monkeypatch.delenv("PERTURB_FORMAT")
    written('[solve]\nformat = "jsonl"')
    assert json.loads(perturb("solve", "none.yaml").err)["exit_code"] == 3
    monkeypatch.setenv("PERTURB_DEBUG", "1")
    assert "Traceback" in perturb("solve", "none.yaml").err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sampels = 3", "sampels: expected .*; did you mean 'samples'?"),
        ("[smoth]", "smoth: expected a long option or a command's name.*; did you mean 'smooth'?"),
        ("[smooth]\ntime_limit = 3", "smooth.time_limit: .* of perturb smooth.* 'time-limit'?"),
        ("[solve]\nepsilon = 3", "solve.epsilon: expected a long option of perturb solve"),
        ("seed = -1", "seed: expected a number >= 0, found -1"),
        ('[smooth]\nsamples = "many"', "smooth.samples: expected an integer, found 'many'"),
        ("samples = 1.5", "samples: expected an integer, found 1.5$"),
        ("tolerance = 0", "tolerance: expected a finite number > 0, found 0"),
        ("epsilon = true", "epsilon: expected a number or a string, found true"),
        ("jacobian = 1", "jacobian: expected true or false, found 1"),
        ("generic = [1]", "generic: expected a list of strings, found a list of 1"),
        (
            "seed = 2001-01-01",
            "seed: expected a number or a string, found the date or time 2001-01-01$",
        ),
        ('noise = "cauchy"', "noise: expected one of .*, found 'cauchy'"),
        ("allow-code = true", "allow-code: expected --allow-code or PERTURB_ALLOW_CODE"),
        ('[smooth]\noutput = "x.json"', "smooth.output: expected --output or PERTURB_OUTPUT"),
        ("seed = ]", "expected valid TOML, found: .*line 1"),
        ("seed = 1\nseed = 2", "expected valid TOML, found: "),
        (f"seed = {'9' * 5000}", "expected numbers of ordinary length"),
        (f"seed = {'[' * 5000}", "expected less nesting"),
        ("a." * 10**5 + "a = 1", "expected at most 65536 characters, found 200005"),
        (f"{'a' * 5000} = 1", "a{39}…: expected a long option or a command's name"),
        (f"[solve]\n{'a' * 5000} = 1", "solve.a{39}…: expected a long option of perturb solve"),
    ],
)
def test_mistakes_in_the_file(text: str, message: str) -> None:
    written(text)
    ended = perturb("smooth", CITY)
    assert (ended.code, ended.out) == (3, "")
    assert re.match(f"perturb: perturb.toml: {message}", ended.err), ended.err
    assert perturb("smooth", "--help").code == 0
    assert perturb("config").code == 3


def test_mistakes_in_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURB_SAMPLES", "many")
    ended = perturb("smooth", CITY)
    assert ended.code == 2
    assert ended.err.startswith("perturb: PERTURB_SAMPLES: expected an integer, found 'many'; see ")
    assert perturb("smooth", CITY, "-n", "64").code == 0
    assert perturb("solve", CITY).code == 0
    assert perturb("config").code == 2


def test_config_tells_where_values_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    written('seed = 1\n[smooth]\nmethod = "exact"')
    monkeypatch.setenv("PERTURB_EPSILON", "2")
    tables = perturb("config").result
    assert tables["smooth"]["seed"] == {"value": 1, "from": "perturb.toml: seed"}
    assert tables["smooth"]["method"] == {"value": "exact", "from": "perturb.toml: smooth.method"}
    assert tables["fit"]["method"] == {"value": "auto", "from": "default"}
    assert tables["smooth"]["epsilon"] == {"value": 2, "from": "PERTURB_EPSILON"}
    assert "seed" not in tables["solve"]
    assert list(perturb("config", "solve").result) == ["solve"]
    page = perturb("config", "smooth", "-f", "table").out.splitlines()
    assert page[0].split() == ["option", "value", "from", "commands"]
    assert page[1].split() == ["epsilon", "2", "PERTURB_EPSILON", "smooth"]
    assert {line.split()[0] for line in page[1:4]} == {"epsilon", "seed", "method"}
    ended = perturb("config", "smoth")
    assert (ended.code, ended.err.split("; ")[1]) == (2, "did you mean 'smooth'?\n")
    monkeypatch.setenv("PERTURB_SAMPELS", "2")
    noted = perturb("config", "solve").err
    assert noted.endswith("no option has this variable; did you mean 'PERTURB_SAMPLES'?\n")


def test_a_variable_of_no_option_is_told_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERTURB_SAMPELS", "64")
    told = (
        "perturb: PERTURB_SAMPELS: no option has this variable; did you mean 'PERTURB_SAMPLES'?\n"
    )
    ended = perturb("smooth", CITY)
    assert (ended.code, ended.err, ended.result["samples"]) == (0, told, 1024)
    assert perturb("smooth", CITY, "-q").err == ""
    assert perturb("batch", CITY, LEAGUE, "-o", "out", "--no-progress").err.count(told) == 1
    assert told not in perturb("batch", CITY, "-o", "more", "-q").err
    monkeypatch.setenv("PERTURB_EPSLIONS", "1,2")
    missing = perturb("sweep", CITY)
    assert (missing.code, "did you mean 'PERTURB_EPSILONS'?" in missing.err) == (2, True)
    assert perturb("smooth", "--help").err == ""


def test_every_long_option_has_a_variable() -> None:
    tables = perturb("config").result
    assert {"smooth", "sweep", "sample", "fit", "check", "show", "compare"} <= set(tables)
    for command, options in tables.items():
        shown = perturb(command, "--help").out
        for option in options:
            assert f"--{option[:12]}" in shown


def run(*words: str | Path, **variables: str) -> str:
    """What a command prints to a pipe, with these variables and no others of the terminal's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", "GITHUB_ACTIONS", "PY_COLORS"}
    }
    done = subprocess.run(
        [sys.executable, "-m", "perturbcli", *map(str, words)],
        capture_output=True,
        text=True,
        env={**kept, **variables},
        check=False,
    )
    return done.stdout + done.stderr


def on_terminal(*words: str | Path, **variables: str) -> str:
    """What a command prints on a terminal."""
    master, slave = pty.openpty()
    kept = {
        name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}
    }
    with subprocess.Popen(
        [sys.executable, "-m", "perturbcli", *map(str, words)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**kept, "TERM": "xterm-256color", **variables},
    ):
        os.close(slave)
        text = b""
        while True:
            try:
                text += os.read(master, 2**16)
            except OSError:  # the end, on Linux
                break
    os.close(master)
    return text.decode()


COMMANDS = {
    "table": ("smooth", str(LEAGUE), "-f", "table"),
    "families": ("families", "-f", "table"),
    "config": ("config", "solve", "-f", "table"),
    "help": ("smooth", "--help"),
    "error": ("smooth", "none.yaml"),
}
each = pytest.mark.parametrize("name", COMMANDS)


@each
def test_columns_are_honoured(name: str) -> None:
    narrow, wide = (run(*COMMANDS[name], COLUMNS=columns) for columns in ("60", "150"))
    if name != "error":  # one line, however long
        assert max(map(len, narrow.splitlines())) <= 60
    if name in {"families", "help"}:
        assert max(map(len, wide.splitlines())) > 80


@each
def test_colours_on_a_terminal(name: str) -> None:
    coloured = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|38;|9[0-7])")
    words = COMMANDS[name]
    if name in {"table", "help"}:
        assert coloured.search(on_terminal(*words))
    assert not coloured.search(on_terminal(*words, NO_COLOR="1"))
    assert ESCAPE not in on_terminal(*words, TERM="dumb")


@each
def test_colours_in_a_pipe(name: str) -> None:
    assert ESCAPE not in run(*COMMANDS[name])
    if name in {"table", "help"}:
        assert ESCAPE in run(*COMMANDS[name], FORCE_COLOR="1")
    assert not json.loads(run("solve", CITY, FORCE_COLOR="1"))["message"]


def completed(words: str, **variables: str) -> list[str]:
    """What bash would offer for the last word."""
    given = words.split(" ")
    return run(
        _PERTURB_COMPLETE="complete_bash",
        COMP_WORDS=words,
        COMP_CWORD=str(len(given) - 1),
        **variables,
    ).splitlines()


def test_completion() -> None:
    assert completed("perturb new s") == [
        "shortest_path",
        "spanning_tree",
        "set_cover",
        "scheduling",
    ]
    assert completed("perturb config s") == ["solve", "smooth", "sweep", "sample", "show", "schema"]
    assert completed("perturb smooth --noise g") == ["gaussian", "gumbel"]
    assert completed("perturb smooth --method q") == ["quasi-monte-carlo"]
    assert completed("perturb smooth --jacobian-e") == ["--jacobian-estimator"]
    assert completed("perturb sol")[0].startswith("solve")
    assert not "".join(completed("perturb smooth "))  # so that the shell completes files
    written("sampels = 3")
    assert completed("perturb new kn") == ["knapsack"]


def test_completion_is_shown_and_installed(tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_PERTURB_COMPLETE" in run("--show-completion", shell)
    assert "complete -o default" in run("--show-completion", "bash")  # which is: files
    assert "installed in" in run("--install-completion", "bash", HOME=str(tmp_path))
    assert (tmp_path / ".bash_completions" / "perturb.sh").exists()


def test_the_manual_page() -> None:
    page = perturb("man").out
    assert page.startswith(".TH PERTURB 1 ")
    for command, options in perturb("config").result.items():
        assert f'.SS "perturb {command}' in page
        for option in options:
            name = option.replace("-", r"\-")
            assert rf"\-\-{name}" in page
    for line in page.splitlines():
        assert re.match(r"\.(TH|SH|SS|TP|PP|EX|EE|B|BR|I)\b|[^.']", line), line
