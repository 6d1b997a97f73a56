"""Results for programs: JSON, JSON lines, YAML, CSV, NPZ."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from perturbcli.core.errors import UsageError
from perturbcli.edge.rendering.formats import FORMATS, choose, render
from perturbcli.edge.saved.results import read
from tests.edge.rendering_documents import DOCUMENTS, FITS, Document, argmax, fit, sweep

ALL = {**DOCUMENTS, "sweep": sweep(), **FITS}
everything = pytest.mark.parametrize("name", ALL)


def rendered(
    documents: Document | Sequence[Document], format_: str, encoding: str = "utf-8"
) -> bytes:
    """What `render` writes for one document, or for several."""
    several = not isinstance(documents, dict)
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding, newline="", write_through=True)
    listed = documents if several else [documents]
    render(listed, format_, stream, several=several)  # type: ignore[arg-type]
    return content.getvalue()


def refused(constant: str) -> Any:
    raise AssertionError(f"{constant} is not JSON")


@everything
def test_json_is_json_with_a_key_a_line(name: str) -> None:
    text = rendered(ALL[name], "json").decode()
    loaded = json.loads(text, parse_constant=refused)
    assert list(loaded) == list(ALL[name])
    lines = text.splitlines()
    assert [line.split('"')[1] for line in lines[1:-1]] == list(ALL[name])
    assert text.endswith("}\n")


def test_json_prints_numbers_as_python_does() -> None:
    document = {
        **argmax(),
        "solution": np.array([-0.0, 1.0, 0.0, 0.0, 0.0]),
        "value": -0.0,
        "perturbed_solution": {
            "estimate": np.array([0.1, 1 / 3, -0.0, np.nan, np.inf]),
            "standard_error": np.array([1e-300, 5e-324, 1e22, 1.0, 0.0]),
        },
        "perturbed_value": {"estimate": float("nan"), "standard_error": np.float64(0.5)},
    }
    text = rendered(document, "json").decode()
    assert '"solution": [0, 1, 0, 0, 0],' in text
    assert '"value": 0.0,' in text
    assert '"estimate": [0.1, 0.3333333333333333, 0.0, null, null]' in text
    assert '"standard_error": [1e-300, 5e-324, 1e+22, 1.0, 0.0]' in text
    assert '"perturbed_value": {"estimate": null, "standard_error": 0.5}' in text
    assert '"conjugate": 0.0' in text


def test_a_solution_of_fractions_stays_one() -> None:
    document = {**argmax(), "solution": np.array([0.5, 1.0, 0.0, 0.0, 0.0])}
    assert '"solution": [0.5, 1.0, 0.0, 0.0, 0.0]' in rendered(document, "json").decode()


def test_several_documents_are_an_array() -> None:
    documents = [DOCUMENTS["argmax"], DOCUMENTS["solve"]]
    loaded = json.loads(rendered(documents, "json"))
    assert loaded == [json.loads(rendered(document, "json")) for document in documents]
    assert json.loads(rendered(documents[:1], "json")) == loaded[:1]
    assert yaml.safe_load(rendered(documents, "yaml")) == loaded


@everything
def test_json_lines_are_the_same_object_on_a_line(name: str) -> None:
    text = rendered([ALL[name], ALL[name]], "jsonl").decode()
    first, second, rest = text.split("\n")
    assert first == second
    assert rest == ""
    assert json.loads(first) == json.loads(rendered(ALL[name], "json"))
    assert '": ' not in first


@everything
def test_yaml_is_the_same_data(name: str) -> None:
    text = rendered(ALL[name], "yaml")
    assert yaml.safe_load(text) == json.loads(rendered(ALL[name], "json"))
    assert list(yaml.safe_load(text)) == list(ALL[name])
    assert b"&id" not in text


def test_yaml_quotes_what_a_reader_would_take_for_another_thing(tmp_path: Path) -> None:
    names = [
        "08",
        "1e3",
        "no",
        "12:30",
        "0o17",
        ".5",
        "+1.",
        "~",
        "null",
        "- a",
        "a: b",
        "#",
        "é",
        "",
    ]
    text = ["two\nlines", "tab\t", " blank ", "'", '"', "\x1b", "\u2028", "=", "<<"]
    document = {**argmax(), "shape": [len(names)], "labels": names, "answer": text}
    for key in ("perturbed_solution", "jacobian", "loss", "solutions", "solution"):
        del document[key]
    document["command"] = "other"
    path = tmp_path / "result.yaml"
    path.write_bytes(rendered(document, "yaml"))
    [back] = read(path).documents
    assert back["labels"] == names
    assert back["answer"] == text
    assert yaml.safe_load(path.read_bytes())["labels"] == names


@pytest.mark.parametrize("format_", ["json", "jsonl", "yaml", "csv", "table"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_no_encoding_is_too_small(format_: str, encoding: str) -> None:
    document = {**DOCUMENTS["assignment"], "instance": "Größe ✓ \udcff"}
    text = rendered([document, document], format_, encoding).decode(encoding)
    if format_ == "json":
        assert json.loads(text)[0]["instance"] == "Größe ✓ \\xff"
    if format_ == "yaml":
        assert yaml.safe_load(text)[0]["instance"] == "Größe ✓ \\xff"


def rows(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


def test_csv_has_a_line_for_each_number() -> None:
    text = rendered(DOCUMENTS["argmax"], "csv")
    assert text.startswith(b"quantity,row,column,estimate,standard_error\n")
    assert b"\r" not in text
    table = {(row["quantity"], row["row"], row["column"]): row for row in rows(text)}
    assert table["perturbed_solution", "1", ""]["estimate"] == "0.81522342"
    assert float(table["perturbed_solution", "1", ""]["standard_error"]) > 0
    assert table["jacobian", "4", "0"]["standard_error"] == "0.013"
    assert table["value", "", ""] == {
        "quantity": "value",
        "row": "",
        "column": "",
        "estimate": "1.9",
        "standard_error": "",
    }
    assert table["solution", "1", ""]["estimate"] == "1"
    assert table["loss.gradient", "1", ""]["standard_error"] == "0.012"
    assert table["loss.conjugate", "", ""]["estimate"] == "0.0"
    assert table["solutions[1].probability", "", ""]["estimate"] == "0.16459077"
    assert table["solutions[1].probability.upper", "", ""]["estimate"]
    assert table["solutions[0].solution", "1", ""]["estimate"] == "1"
    assert table["oracle.calls", "", ""]["estimate"] == "1025"
    assert len(table) == len(rows(text))
    assert not {name for name, _, _ in table} & {"labels", "shape", "answer", "multiplicative"}


def test_csv_of_several_names_the_instance() -> None:
    odd = {**DOCUMENTS["grid_path"], "instance": 'a, "b"'}
    table = rows(rendered([DOCUMENTS["argmax"], odd], "csv"))
    assert next(iter(table[0])) == "instance"
    assert {row["instance"] for row in table} == {"lunch", 'a, "b"'}
    [cell] = [
        r for r in table if r["quantity"] == "solution" and (r["row"], r["column"]) == ("3", "4")
    ]
    assert cell["estimate"] == "1"


def test_csv_of_a_sweep_names_the_temperature_and_of_a_boundary_is_empty() -> None:
    table = rows(rendered(sweep(), "csv"))
    assert [r["epsilon"] for r in table if r["quantity"] == "perturbed_value"] == [
        "0.1",
        "1.0",
        "10.0",
    ]
    [cell] = [
        r
        for r in table
        if (r["quantity"], r["epsilon"], r["row"]) == ("perturbed_solution", "1.0", "1")
    ]
    assert cell["estimate"] == "0.3"
    assert [r["epsilon"] for r in table if r["quantity"] == "value"] == [""]
    last = [r for r in rows(rendered(fit(), "csv")) if r["quantity"] == "theta"][-1]
    assert (last["row"], last["estimate"], last["standard_error"]) == ("2", "", "")


@everything
def test_npz_holds_the_arrays_and_the_rest_as_json(name: str) -> None:
    document = ALL[name]
    with np.load(io.BytesIO(rendered(document, "npz")), allow_pickle=False) as archive:
        meta = json.loads(str(archive["meta"]), parse_constant=refused)
        assert list(meta) == list(document)
        if "solution" in document:
            np.testing.assert_array_equal(archive["solution"], document["solution"])
            assert archive["solution"].dtype == np.int64
        if "perturbed_solution" in document:
            for part in ("estimate", "standard_error"):
                stored = archive[f"perturbed_solution.{part}"]
                np.testing.assert_array_equal(stored, document["perturbed_solution"][part])
                assert stored.dtype == np.float64
        if "solutions" in document:
            count, shape = len(document["solutions"]), document["shape"]
            assert archive["solutions.solution"].shape == (count, *shape)
            assert "probability" in meta["solutions"][0]


@pytest.mark.parametrize("format_", FORMATS)
@everything
def test_the_same_document_gives_the_same_bytes(format_: str, name: str) -> None:
    assert rendered(ALL[name], format_) == rendered(ALL[name], format_)


def test_npz_states_no_time_and_takes_one_document() -> None:
    import zipfile

    with zipfile.ZipFile(io.BytesIO(rendered(DOCUMENTS["argmax"], "npz"))) as archive:
        for member in archive.infolist():
            assert member.date_time == (1980, 1, 1, 0, 0, 0)
            assert member.external_attr >> 16 == 0o644
    with pytest.raises(UsageError, match="npz holds one result"):
        rendered([DOCUMENTS["argmax"]], "npz")


@pytest.mark.parametrize(
    ("format_", "output", "terminal", "chosen"),
    [
        (None, None, True, "table"),
        (None, None, False, "json"),
        (None, "-", False, "json"),
        (None, "/dev/stdout", False, "json"),
        (None, "a.txt", True, "table"),
        (None, "a.JSON", True, "json"),
        (None, "a.b.jsonl", True, "jsonl"),
        (None, "a.yml", True, "yaml"),
        (None, "a.yaml", True, "yaml"),
        (None, Path("a.csv"), True, "csv"),
        (None, "a.npz", True, "npz"),
        ("csv", "a.npz", True, "csv"),
        ("json", "a", True, "json"),
    ],
)
def test_the_format_asked_for_else_the_suffix(
    format_: str | None, output: str | Path | None, terminal: bool, chosen: str
) -> None:
    assert choose(format_, output, several=False, terminal=terminal) == chosen


@pytest.mark.parametrize(
    ("format_", "output", "several", "terminal", "message"),
    [
        (None, "a.pdf", False, False, r"a\.pdf: expected a suffix .*\.npz.* found '\.pdf'"),
        (None, "result", False, False, "found no suffix"),
        (None, "a.npz", True, False, "npz holds one result"),
        ("npz", None, False, True, "npz is binary"),
    ],
)
def test_a_format_that_cannot_be_is_refused(
    format_: str | None, output: str | None, several: bool, terminal: bool, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        choose(format_, output, several=several, terminal=terminal)
