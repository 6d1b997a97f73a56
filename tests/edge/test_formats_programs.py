"""MPS and LP programs: what they say, read as OR-Tools reads them, and every fault by its line."""

from __future__ import annotations

import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perturbcli.core.errors import InputError
from perturbcli.edge.reading import lp, mps
from perturbcli.edge.reading.instance import load, loads
from solvers.program import Program
from tests.skin.shell import DATA

INF = np.inf

FREE = """\
* a comment
NAME example (free)
OBJSENSE
    MAX
ROWS
 N  profit
 N  other
 L  most
 G  least
 E  same
 E  down
COLUMNS
    x profit 3 most 1
    x other 7 same 1
    M1 'MARKER' 'INTORG'
    y profit -2.5 least 1e1
    y down 2
    z most -1
    M2 'MARKER' 'INTEND'
    w least .5 down +1
RHS
    R most 4 least -1
    R same 2 down 3
    R profit -10
RANGES
    G most 2.5 least 3
    G same 1 down -1
BOUNDS
 UP B x 8
 LO B x -1
 UI B y 5
 MI B w
 UP B w -2
ENDATA
everything after it is ignored
"""


def program(keys: dict[str, Any]) -> Program:
    held = keys["file"]
    assert isinstance(held, Program)
    return held


def dense(of: Program) -> Any:
    matrix = np.zeros((len(of.lower), len(of.low)))
    matrix[of.rows, of.columns] = of.coefficients
    return matrix


def test_a_free_mps() -> None:
    keys = mps.read(FREE.encode(), "x.mps")
    assert keys["problem"] == "linear_program"
    assert keys["theta"] == {"x": 3, "y": -2.5, "z": 0, "w": 0}
    held = program(keys)
    assert held.names == ("x", "y", "z", "w")
    np.testing.assert_array_equal(held.objective, [3, -2.5, 0, 0])
    assert held.constant == 10
    np.testing.assert_array_equal(
        dense(held), [[1, 0, -1, 0], [0, 10, 0, 0.5], [1, 0, 0, 0], [0, 2, 0, 1]]
    )
    np.testing.assert_array_equal(held.lower, [1.5, -1, 2, 2])
    np.testing.assert_array_equal(held.upper, [4, 2, 3, 3])
    np.testing.assert_array_equal(held.low, [-1, 0, 0, -INF])
    np.testing.assert_array_equal(held.high, [8, 5, 1, -2])
    np.testing.assert_array_equal(held.integer, [False, True, True, False])


def test_a_fixed_mps_whose_names_hold_spaces() -> None:
    def line(kind: str, *fields: str) -> str:
        return " {:<2} {:<8}  {:<8}  {:>12}   {:<8}  {:>12}".format(kind, *fields, *[""] * 5)

    lines = [
        "NAME          A NAME",
        "ROWS",
        line("N", "THE COST"),
        line("G", "ROW ONE"),
        "COLUMNS",
        line("", "COL ONE", "THE COST", "2.5", "ROW ONE", "1."),
        line("", "COL TWO", "ROW ONE", "1."),
        "RHS",
        line("", "THE RHS", "ROW ONE", "3."),
        "BOUNDS",
        line("UP", "THE BND", "COL TWO", "2."),
        "ENDATA",
    ]
    text = "\n".join(lines)
    keys = mps.read(text.encode(), "x.mps")
    assert keys["cost"] == {"COL ONE": 2.5, "COL TWO": 0}
    held = program(keys)
    np.testing.assert_array_equal(held.objective, [-2.5, 0])
    np.testing.assert_array_equal(held.lower, [3])
    np.testing.assert_array_equal(held.high, [INF, 2])


def test_names_of_sets_may_be_missing() -> None:
    text = (
        "ROWS\n N c\n L r\nCOLUMNS\n x c 1 r 1\n y r 1\nRHS\n r 4\nRANGES\n r 1\n"
        "BOUNDS\n UP x 3\n FR y\nENDATA\n"
    )
    held = program(mps.read(text.encode(), "x.mps"))
    assert (held.lower[0], held.upper[0]) == (3, 4)
    np.testing.assert_array_equal(held.low, [0, -INF])
    np.testing.assert_array_equal(held.high, [3, INF])


@pytest.mark.parametrize(
    ("bounds", "low", "high", "integer"),
    [
        ("", 0, INF, False),
        (" UP B x 4", 0, 4, False),
        (" UP B x -4", -INF, -4, False),
        (" LO B x -9\n UP B x -4", -9, -4, False),
        (" LO B x 2", 2, INF, False),
        (" FX B x 2.5", 2.5, 2.5, False),
        (" FR B x", -INF, INF, False),
        (" FR B x 0", -INF, INF, False),
        (" MI B x", -INF, INF, False),
        (" PL B x", 0, INF, False),
        (" BV B x", 0, 1, True),
        (" LI B x 2", 2, INF, True),
        (" UI B x 7", 0, 7, True),
        (" UP B x 1e30", 0, INF, False),
        (" LO B x -1e20", -INF, INF, False),
        (" UP B x Inf", 0, INF, False),
    ],
)
def test_every_kind_of_bound(bounds: str, low: float, high: float, integer: bool) -> None:
    text = f"ROWS\n N c\nCOLUMNS\n x c 1\nBOUNDS\n{bounds}\nENDATA\n"
    held = program(mps.read(text.encode(), "x.mps"))
    assert (held.low[0], held.high[0], held.integer[0]) == (low, high, integer)


def as_ortools(text: str, suffix: str = "mps") -> Program:
    """What OR-Tools' own reader makes of an MPS file."""
    from ortools.linear_solver.python.model_builder_helper import ModelBuilderHelper

    model = ModelBuilderHelper()
    assert model.import_from_mps_string(text), suffix
    n, m = model.num_variables(), model.num_constraints()
    entries = [
        (row, column, value)
        for row in range(m)
        for column, value in zip(
            model.constraint_var_indices(row), model.constraint_coefficients(row), strict=True
        )
    ]
    sign = 1 if model.maximize() else -1
    return Program(
        rows=np.array([row for row, _, _ in entries], dtype=np.int64),
        columns=np.array([column for _, column, _ in entries], dtype=np.int64),
        coefficients=np.array([value for _, _, value in entries], dtype=np.float64),
        lower=np.array([model.constraint_lower_bound(row) for row in range(m)]),
        upper=np.array([model.constraint_upper_bound(row) for row in range(m)]),
        low=np.array([model.var_lower_bound(i) for i in range(n)]),
        high=np.array([model.var_upper_bound(i) for i in range(n)]),
        integer=np.array([model.var_is_integral(i) for i in range(n)], dtype=np.bool_),
        objective=sign * np.array([model.var_objective_coefficient(i) for i in range(n)]),
        constant=sign * model.objective_offset(),
        names=tuple(model.var_name(i) for i in range(n)),
    )


def written(seed: int) -> str:
    """A random program as an MPS file."""
    rng = np.random.default_rng(seed)
    rows = [(str(rng.choice(list("LGE"))), f"r{i}") for i in range(rng.integers(1, 5))]
    lines = ["NAME random", "ROWS", " N cost", *(f" {sense} {name}" for sense, name in rows)]
    lines.append("COLUMNS")
    names = [f"x{j}" for j in range(rng.integers(1, 6))]
    for j, name in enumerate(names):
        if j == 1:
            lines.append("    M 'MARKER' 'INTORG'")
        lines.append(f"    {name} cost {rng.integers(-9, 10)}")
        lines += [f"    {name} {r} {rng.integers(1, 9) / 4}" for _, r in rows if rng.random() < 0.6]
        if j == 1:
            lines.append("    M 'MARKER' 'INTEND'")
    lines += ["RHS", *(f"    R {r} {rng.integers(-5, 9)}" for _, r in rows), "    R cost 3"]
    ranged = [r for _, r in rows if rng.random() < 0.4]
    lines += ["RANGES", *(f"    G {r} {rng.integers(1, 5) * rng.choice([-1, 1])}" for r in ranged)]
    lines.append("BOUNDS")
    kinds = {"UP": " 4", "LO": " -2", "FX": " 3", "FR": "", "MI": "", "PL": "", "BV": ""}
    for name in names:
        if rng.random() < 0.5:
            kind = str(rng.choice(list(kinds)))
            lines.append(f" {kind} B {name}{kinds[kind]}")
    return "\n".join([*lines, "ENDATA", ""])


def same(one: Program, other: Program) -> None:
    assert one.names == other.names
    np.testing.assert_array_equal(dense(one), dense(other))
    for name in ("lower", "upper", "low", "high", "integer", "objective", "constant"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@pytest.mark.parametrize("seed", range(40))
def test_mps_as_ortools_reads_it(seed: int) -> None:
    text = written(seed)
    same(program(mps.read(text.encode(), "x.mps")), as_ortools(text))


@pytest.mark.skipif(not DATA.is_dir(), reason=f"needs the real instances in {DATA}")
@pytest.mark.parametrize("name", ["afiro", "p0033"])
def test_published_programs_as_ortools_reads_them(name: str) -> None:
    text = (DATA / f"{name}.mps").read_text()
    same(program(mps.read(text.encode(), "x.mps")), as_ortools(text))


HEAD = "ROWS\n N c\n L r\nCOLUMNS\n x c 1 r 1\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: expected ENDATA, found 'the end'"),
        ("garbage\n", "line 1: expected a section of a linear program"),
        (" x c 1\n", "line 1: expected a section's heading, from the first column of the line"),
        ("ROWS\n Q c\n", "line 2: expected a row: N, E, L or G, and its name, found 'Q c'"),
        ("ROWS\n N c\n N c\n", "line 3: expected each row once, not 'c' again"),
        ("ROWS\n N c\nCOLUMNS\n x\n", "line 4: expected a column's name, then one or two rows"),
        ("ROWS\n N c\nCOLUMNS\n x d 1\n", "line 4: expected a row named above, not 'd'"),
        ("ROWS\n N c\nCOLUMNS\n x c one\n", "line 4: expected finite numbers after the names"),
        ("ROWS\n N c\nCOLUMNS\n x c nan\n", "line 4: expected finite numbers after the names"),
        ("ROWS\n N c\nCOLUMNS\n x c 1\n x c 2\n", "line 5: expected row 'c' once in a column"),
        (f"{HEAD} x r 1\n", "line 6: expected row 'r' once in a column"),
        (f"{HEAD} M 'MARKER' 'SOSORG'\n", "line 6: expected 'INTORG' or 'INTEND' after 'MARKER'"),
        (f"{HEAD}RHS\n R q 1\n", "line 7: expected a row named above, not 'q'"),
        (
            f"{HEAD}RHS\n R {'q' * 10**5} 1\n",
            f"line 7: expected a row named above, not '{'q' * 39}…', found 'R {'q' * 37}…'",
        ),
        (f"{HEAD}RHS\n R r 1\n S r 1\n", "line 8: expected one set of RHS, 'R'"),
        (f"{HEAD}RANGES\n R c 1\n", "line 7: expected a row with a right-hand side, not 'c'"),
        (
            f"{HEAD}RHS\n R r 1\n R r 2\n",
            "line 8: expected row 'r' once among the right-hand sides",
        ),
        (f"{HEAD}RANGES\n R r 1\n R r 2\n", "line 8: expected row 'r' once among the RANGES"),
        (f"{HEAD}BOUNDS\n SC B x 4\n", "line 7: expected a bound: LO, UP, FX"),
        (f"{HEAD}BOUNDS\n UP B x\n", "line 7: expected a"),
        (f"{HEAD}BOUNDS\n UP B q 4\n", "line 7: expected a column named above, not 'q'"),
        (
            f"{HEAD}BOUNDS\n UP B xx 4\n",
            "line 7: expected a column named above, not 'xx', found 'UP B xx 4'; did you mean 'x'?",
        ),
        (
            f"{HEAD}BOUNDS\n LO B x 4\n UP B x 3\nENDATA\n",
            "x: expected a lower bound up to the upper one, found 4 and 3",
        ),
        (f"{HEAD}BOUNDS\n UP B x four\n", "line 7: expected finite numbers after the names"),
        (f"{HEAD}QUADOBJ\n x x 1\n", "line 6: expected a section of a linear program"),
        (HEAD, "line 6: expected ENDATA, found 'the end'"),
        ("OBJSENSE\n UP\n", "line 2: expected MAX or MIN, found 'UP'"),
        ("ROWS\n L r\nCOLUMNS\n x r 1\nENDATA\n", "line 5: expected an objective among the ROWS"),
        ("ROWS\n N c\nENDATA\n", "line 3: expected COLUMNS before ENDATA"),
    ],
)
def test_a_faulty_mps_names_its_line(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        mps.read(text.encode(), "x.mps")
    assert str(caught.value).startswith(f"x.mps: {says}")


def test_a_compressed_mps(tmp_path: Path) -> None:
    path = tmp_path / "example.mps.gz"
    path.write_bytes(gzip.compress(f"{HEAD}ENDATA\n".encode()))
    instance = load(path)
    assert instance.problem == "linear_program"
    assert instance.name == "example"
    np.testing.assert_array_equal(instance.theta, [-1])


def test_a_compressed_file_that_is_broken_or_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress(FREE.encode())
    for broken in (data[:40], data[:-4] + b"0000", b"\x1f\x8bnonsense"):
        with pytest.raises(InputError, match="expected gzip data, found them broken"):
            mps.read(broken, "x.mps.gz")
    monkeypatch.setattr(mps, "LARGEST", 100)
    with pytest.raises(InputError, match="at most 100 bytes once decompressed"):
        mps.read(data, "x.mps.gz")


LP = r"""
\ a comment
Maximize
 profit: 3 x - 2.5 y + 10 + 2 x1(3)
   - x + 0 k + 0 j \ goes on
Subject To
 most: 1.5 <= x - z <= 4
 10 y + .5 w >= - 1
 e1: x + 2e0 y - 3 w = 2
 -w <= inf
Bounds
 -1 <= x <= 8
 w free
 z >= -inf
 x1(3) <= 5
 3 <= k
 j = 4
General
 y
Binaries
 z
End
nothing here counts
"""


def test_an_lp() -> None:
    keys = lp.read(LP.encode(), "x.lp")
    assert keys["theta"] == {"x": 2, "y": -2.5, "x1(3)": 2, "k": 0, "j": 0, "z": 0, "w": 0}
    held = program(keys)
    assert held.constant == 10
    matrix = dense(held)
    np.testing.assert_array_equal(
        matrix[:, [0, 1, 5, 6]], [[1, 0, -1, 0], [0, 10, 0, 0.5], [1, 2, 0, -3], [0, 0, 0, -1]]
    )
    assert not matrix[:, 2:5].any()
    np.testing.assert_array_equal(held.lower, [1.5, -1, 2, -INF])
    np.testing.assert_array_equal(held.upper, [4, INF, 2, INF])
    np.testing.assert_array_equal(held.low, [-1, 0, 0, 3, 4, 0, -INF])
    np.testing.assert_array_equal(held.high, [8, INF, 5, INF, 4, 1, INF])
    np.testing.assert_array_equal(held.integer, [False, True, False, False, False, True, False])


@pytest.mark.parametrize(
    ("heading", "maximise"),
    [("Minimize", False), ("MIN", False), ("minimise", False), ("max", True), ("Maximum", True)],
)
def test_an_lp_of_either_sense(heading: str, maximise: bool) -> None:
    keys = lp.read(f"{heading}\n 2 x\nst\n x + y >= 1\nend".encode(), "x.lp")
    assert keys["theta" if maximise else "cost"] == {"x": 2, "y": 0}
    assert program(keys).objective[0] == (2 if maximise else -2)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected End on the last line, found none"),
        (
            "max: 3x + 2y;\nc1: x <= 4;\n",
            "line 1: expected Minimize or Maximize, with which CPLEX's",
        ),
        ("x + y\n", "line 1: expected Minimize or Maximize"),
        ("min\n x\nst\n x >= 1\n", "expected End on the last line, found none"),
        (
            "min\n x y\nst\nend",
            "line 2: expected a sign between two terms, or Subject To, found 'y'",
        ),
        ("min\n x +\nst\nend", "line 2: expected a number or a variable, found none after '+'"),
        ("min\n [ x ^ 2 ] / 2\nst\nend", "line 2: expected terms that are linear, found '[ x ^ 2"),
        ("min\n x ^ 2\nst\nend", "line 2: expected terms that are linear, found '^ 2'"),
        ("min\n \u0661 x\nst\nend", "line 2: expected terms that are linear, found '\u0661 x'"),
        ("min\n 1e999 x\nst\nend", "line 2: expected a finite number, found '1e999'"),
        ("min\n x\nst\n x + y\nend", "line 4: expected a sign between two terms, or one of <=, >="),
        ("min\n x\nst\n x <= y\nend", "line 4: expected a number, found 'y'"),
        ("min\n x\nst\n 1 <= x + y\nend", "line 4: expected a sign between two terms, or one of"),
        (
            "min\n x\nst\n x + y >= 2 z\n - x <= 1\nend",
            "line 4: expected the end of a constraint, whose variables are on one side, found 'z'",
        ),
        ("min\n x\nst\n c x >= 1\nend", "line 4: expected a sign between two terms"),
        ("min\n x\nbounds\n x 4\nend", "line 4: expected free, or one of <=, >= and =, found '4'"),
        ("min\n x\nbounds\n 4 x\nend", "line 4: expected one of <=, >= and =, found 'x'"),
        ("min\n x\nbounds\n 4 <= 5\nend", "line 4: expected a variable, found '5'"),
        ("min\n x\ngeneral\n 4\nend", "line 4: expected a variable, found '4'"),
        (
            "min\n x\nsos\n s1: x:1\nend",
            "line 3: expected a section of a linear program, found 'sos",
        ),
        ("min\n x\nsemi-continuous\n x\nend", "line 3: expected a section of a linear program"),
        ("min\nst\nend", "expected a program of at least one variable, found none"),
        (
            "min\n trucks\nst\n trucks >= 1\nbounds\n truks <= 4\nend",
            "line 6: expected a variable of the objective or of a constraint above, found 'truks'; "
            "did you mean 'trucks'?",
        ),
        ("min\n x\ngeneral\n x q\nend", "line 4: expected a variable of the objective or of a"),
        ("min\n x\nbinary\n X\nend", "line 4: expected a variable of the objective or of a"),
        (
            "min\n x\nst\n a: x >= 1\n a: x >= 2\nend",
            "line 5: expected each constraint once, found 'a' again",
        ),
        (
            "min\n x\nst\n a: 5 <= x <= 3\nend",
            "line 4: expected at least one value between the limits, found 5 <= ... <= 3",
        ),
        (
            "min\n x\nst\nbounds\n x <= -1\nend",
            "x: expected a lower bound up to the upper one, found 0 and -1",
        ),
    ],
)
def test_a_faulty_lp_names_its_line(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        lp.read(text.encode(), "x.lp")
    assert str(caught.value).startswith(f"x.lp: {says}")


def test_a_long_line_takes_linear_time() -> None:
    started = time.monotonic()
    keys = lp.read(b"min\n c: " + b"x + " * 200_000 + b"x\nend", "x.lp")
    assert keys["cost"] == {"x": 200_001}
    assert time.monotonic() - started < 15  # where the rest were copied at each word, minutes


def test_an_instance_names_some_variables_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "some.lp").write_text(LP)
    keys = {"file": "some.lp", "variables": ["y", "x"]}
    instance = loads(keys, "x.yaml", tmp_path)
    np.testing.assert_array_equal(instance.theta, [-2.5, 2])
    assert instance.parameter == "theta"
    assert instance.oracle.names == ["y", "x"]
    assert not instance.oracle.whole
    replaced = loads({**keys, "cost": [1, 2]}, "x.yaml", tmp_path)
    np.testing.assert_array_equal(replaced.theta, [-1, -2])


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"variables": ["y", "q"]}, "variables[1]: expected the name of a variable of the file"),
        ({"variables": ["y", "xx"]}, "variables[1]: expected the name of a variable of the file"),
        (
            {"variables": ["y", 3]},
            "variables[1]: expected the name of a variable of the file, found 3",
        ),
        ({"variables": ["y", "y"]}, "variables: expected each once, found 'y' twice"),
        ({"variables": ["y"], "cost": [1, 2]}, "cost: expected one number for each of 1 variables"),
        ({"variables": "y"}, "variables: expected a list, found 'y'"),
        ({"A": [[1]]}, "A: expected none beside `file`"),
        ({"integer": [0]}, "integer: expected none beside `file`"),
        ({"problem": "knapsack"}, "problem: expected 'linear_program', as `file` says"),
    ],
)
def test_a_file_that_its_instance_misreads(keys: dict[str, Any], says: str, tmp_path: Path) -> None:
    (tmp_path / "some.lp").write_text(LP)
    with pytest.raises(InputError) as caught:
        loads({"file": "some.lp", **keys}, "x.yaml", tmp_path)
    assert str(caught.value).startswith(f"x.yaml: {says}")
