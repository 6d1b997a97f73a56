"""The README tells the truth: its transcripts are run, and every command and family is named."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perturbcli.skin.man import EXITS
from solvers import SOLVERS
from tests.skin.shell import perturb

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = [
    "solve",
    "smooth",
    "sweep",
    "sample",
    "fit",
    "predict",
    "check",
    "show",
    "batch",
    "plot",
    "report",
    "compare",
    "config",
    "man",
    "families",
    "new",
    "schema",
]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def transcripts() -> Iterator[tuple[str, str, str]]:
    """(page, command, output) of every `$ ` line in a console block; installs are left to CI."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                words = re.sub(r"^pip install \S+ && ", "", command)
                if not words.startswith(("pip ", "pytest")):
                    yield page.name, words, output


def run(command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """A shell's command in a directory with the samples, and with `perturb` on its path."""
    wrapper = directory / "perturb"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m perturbcli "$@"\n')
    wrapper.chmod(0o755)
    samples = directory / "sample_problems"
    if not samples.exists():
        samples.symlink_to(ROOT / "sample_problems")
    environment = {
        **os.environ,
        "PATH": f"{directory}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "COLUMNS": "80",
    }
    return subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        cwd=directory,
        env=environment,
        check=False,
    )


@pytest.mark.parametrize(("page", "command", "output"), list(transcripts()))
def test_transcripts(page: str, command: str, output: str, tmp_path: Path) -> None:
    del page
    done = run(command, tmp_path)
    printed = [line.rstrip() for line in (done.stderr + done.stdout).splitlines()]
    assert printed == [line.rstrip() for line in output.splitlines()], done.stderr


@pytest.mark.parametrize("followed", ["batch.md", "commands.md"])
def test_a_page_may_be_followed_in_one_directory(followed: str, tmp_path: Path) -> None:
    told = [(command, output) for page, command, output in transcripts() if page == followed]
    assert len(told) > 3
    for command, output in told:
        done = run(command, tmp_path)
        printed = [line.rstrip() for line in (done.stderr + done.stdout).splitlines()]
        assert printed == [line.rstrip() for line in output.splitlines()]


@pytest.mark.parametrize("code", EXITS)
def test_every_exit_code_is_named(code: str) -> None:
    [paragraph] = re.findall(r"^Exit codes: .*?\n\n", README, re.MULTILINE | re.DOTALL)
    assert all(re.search(rf"\b{one}\b", paragraph) for one in code.split(", "))


@pytest.mark.parametrize("name", ["NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"])
def test_every_variable_of_the_terminal_is_explained(name: str) -> None:
    assert f"`{name}" in (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def test_the_python_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    [*_, example] = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["result"].jacobian.estimate.shape == (5, 5)
    assert 9_000 < names["signs"].samples <= 10_000


def test_four_commands_lead_from_an_instance_to_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    [script] = re.findall(r"^```sh\n(perturb new .*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(script.splitlines()) == 4
    run(f"set -e\n{script}", tmp_path)
    assert (tmp_path / "races.png").read_bytes().startswith(b"\x89PNG")


def test_there_are_transcripts() -> None:
    assert len(list(transcripts())) >= 3


def test_the_first_command_and_its_output_come_early() -> None:
    head = README.splitlines()[:30]
    assert any(line.startswith("$ pip install . && perturb smooth ") for line in head)


@pytest.mark.parametrize("problem", SOLVERS)
def test_every_family_is_named(problem: str) -> None:
    assert f"`{problem}`" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_named(command: str) -> None:
    assert f"perturb {command}" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(command: str) -> None:
    [_, example] = " ".join(perturb(command, "--help").out.split()).split(" Example: ")
    assert f"perturb {command}" in example.partition("╭")[0]


@pytest.mark.parametrize("name", ["garden_beds.py", "market_stall.sh"])
def test_the_programs_shown_are_those_of_the_samples(name: str) -> None:
    page = (ROOT / "docs" / "tutorial_own_solver.md").read_text(encoding="utf-8")
    assert (ROOT / "sample_problems" / name).read_text(encoding="utf-8") in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        name, _, anchor = link.partition("#")
        if name.startswith("https:"):
            continue
        text = (page.parent / name if name else page).read_text(encoding="utf-8")
        titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
        assert not anchor or anchor in anchors, link


def test_the_readme_leads_to_every_page() -> None:
    for page in PAGES[1:]:
        assert f"(docs/{page.name})" in README
    assert "[Which noise, which ε, how many samples](docs/estimates.md#" in README
