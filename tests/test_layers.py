"""The layers hold: who imports whom, and what a start loads."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SKIN = {"cli", "__main__", "options", "reporting", "interrupts", "threads", "commands", "skin"}
HEAVY = {"typer", "rich", "yaml", "ortools", "matplotlib", "numpy", "scipy", "pydantic"}


def modules() -> Iterator[tuple[str, Path]]:
    """Every module of the two packages, by its dotted name."""
    for package in ("perturbcli", "solvers"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it, but for those only types need."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def layer(name: str) -> str:
    """The room a module is in."""
    parts = name.split(".")
    if parts[0] == "solvers":
        return "solvers"
    if len(parts) == 1:
        return "package"
    return "skin" if parts[1] in SKIN else parts[1]


# What each room may not import, as prefixes of dotted names.
FORBIDDEN = {
    "solvers": ["perturbcli", "typer", "rich", "yaml", "matplotlib"],
    "core": [
        "perturbcli.edge",
        "perturbcli.cli",
        "perturbcli.commands",
        "perturbcli.engine",
        "solvers",
        "typer",
        "rich",
        "yaml",
        "ortools",
        "matplotlib",
    ],
    "engine": ["perturbcli.edge", "perturbcli.cli", "solvers", "typer", "rich", "yaml", "ortools"],
    "edge": ["perturbcli.cli", "perturbcli.commands", "typer", "ortools"],
    "skin": ["yaml", "ortools", "matplotlib"],
    "package": ["typer", "rich", "yaml", "ortools", "matplotlib", "numpy", "scipy", "solvers"],
}


@pytest.mark.parametrize(("name", "path"), list(modules()), ids=lambda value: str(value))
def test_imports_respect_the_layers(name: str, path: Path) -> None:
    room = layer(name)
    for imported in imports(path):
        for prefix in FORBIDDEN[room]:
            assert not f"{imported}.".startswith(f"{prefix}."), f"{name} imports {imported}"
        if imported.split(".")[0] == "rich":
            assert room == "skin" or name.startswith("perturbcli.edge.rendering")
        if imported.split(".")[0] == "typer":
            known = {"perturbcli.cli", "perturbcli.options", "perturbcli.__main__"}
            assert name in known or name.startswith("perturbcli.skin.")


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running `code`."""
    program = f"{code}\nimport sys; print(' '.join({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split("\n")[-2].split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not loaded("import perturbcli") & HEAVY
    assert not loaded("import solvers") & HEAVY


def test_help_loads_no_numerics() -> None:
    code = (
        "import contextlib, io\n"
        "from perturbcli.__main__ import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    assert main(['--help']) == 0\n"
        "    assert main(['smooth', '--help']) == 0"
    )
    assert not loaded(code) & {"numpy", "scipy", "ortools", "matplotlib", "yaml"}


def test_the_table_of_solvers_is_the_list_of_families() -> None:
    from solvers import SOLVERS, family

    for problem, name in SOLVERS.items():
        assert family(problem).__name__ == name
        assert family(problem).problem == problem


def test_the_options_repeat_the_tables_of_the_core() -> None:
    from typing import get_args

    from perturbcli import options
    from perturbcli.core.noise import NOISES
    from perturbcli.core.smoothing import METHODS
    from solvers.oracle import Backend

    assert get_args(options.NoiseName) == tuple(NOISES)
    assert get_args(options.MethodName) == METHODS
    assert get_args(options.BackendName) == get_args(Backend)
