"""Jacobians of which most is zero, in an .npz and back."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from perturbcli.core.errors import InputError
from perturbcli.edge.rendering import atomic
from perturbcli.edge.rendering.formats import render
from perturbcli.edge.saved.results import read
from tests.edge.rendering_documents import Document, assignment

D = 12 * 12


def save(path: Path, document: Document) -> bytes:
    format_ = path.suffix.removeprefix(".")
    atomic.write(path, lambda stream: render([document], format_, stream, several=False))
    return path.read_bytes()


def large(share: float = 0.1, **jacobian: Any) -> Document:
    """A result of 144 entries, whose Jacobian has that share of non-zeros."""
    rng = np.random.default_rng(0)
    side = len(jacobian.get("entries", range(D)))
    estimate = np.where(rng.random((side, side)) < share, rng.normal(size=(side, side)), 0.0)
    ones = {"estimate": np.ones((12, 12)), "standard_error": np.ones((12, 12))}
    pair = {"estimate": estimate, "standard_error": rng.random((side, side)), **jacobian}
    document = {**assignment(), "shape": [12, 12], "solution": np.eye(12)}
    document |= {"perturbed_solution": ones, "jacobian": pair, "answer": [[0, 0]], "solutions": []}
    document.pop("labels")
    return document


def loaded(path: Path) -> tuple[Any, Any]:
    """The Jacobian and its errors, as the documentation says to load them."""
    with np.load(path) as file:
        indices, indptr = file["jacobian.estimate.indices"], file["jacobian.estimate.indptr"]
        shape = tuple(file["jacobian.estimate.shape"])
        estimate, error = (
            csr_array((file[f"jacobian.{name}.data"], indices, indptr), shape)
            for name in ("estimate", "standard_error")
        )
        return estimate, error


def test_scipy_loads_it_and_so_do_we(tmp_path: Path) -> None:
    document = large(asymmetry=0.25)
    once = save(tmp_path / "a.npz", document)
    estimate, error = document["jacobian"]["estimate"], document["jacobian"]["standard_error"]
    rows, errors = loaded(tmp_path / "a.npz")
    rows.check_format(full_check=True)
    np.testing.assert_array_equal(rows.toarray(), estimate)
    np.testing.assert_array_equal(errors.toarray(), np.where(estimate != 0, error, 0))
    [again] = read(tmp_path / "a.npz").documents
    assert list(again["jacobian"]) == ["estimate", "standard_error", "asymmetry"]
    np.testing.assert_array_equal(again["jacobian"]["estimate"], estimate)
    elsewhere = error[estimate == 0].max()
    expected = np.where(estimate != 0, error, elsewhere)
    np.testing.assert_array_equal(again["jacobian"]["standard_error"], expected)
    assert save(tmp_path / "b.npz", again) == once


def test_one_on_some_entries_keeps_them(tmp_path: Path) -> None:
    entries = [3, 14, 15, 92]
    document = large(share=0.7, entries=entries, elsewhere=2.0)
    once = save(tmp_path / "a.npz", document)
    rows, _ = loaded(tmp_path / "a.npz")
    assert rows.shape == (D, D)
    block = np.ix_(entries, entries)
    np.testing.assert_array_equal(rows.toarray()[block], document["jacobian"]["estimate"])
    assert np.count_nonzero(rows.toarray()) == rows.nnz == np.count_nonzero(rows.toarray()[block])
    for between in ("a.npz", "a.json", "a.yaml"):
        [again] = read(tmp_path / "a.npz").documents
        save(tmp_path / between, again)
        [again] = read(tmp_path / between).documents
        assert again["jacobian"]["entries"] == entries
        assert again["jacobian"]["elsewhere"] == 2.0
        assert save(tmp_path / "b.npz", again) == once
    stream = io.StringIO()
    render([again], "table", stream, several=False)
    assert "4 of its rows and columns" in stream.getvalue()
    assert "(1,3)" in stream.getvalue()  # the entry 15 of 12 x 12


@pytest.mark.parametrize("jacobian", [{}, {"entries": [], "elsewhere": 1.0}])
def test_one_without_any_entry_that_is_not_zero(tmp_path: Path, jacobian: Document) -> None:
    once = save(tmp_path / "a.npz", large(share=0.0, **jacobian))
    assert loaded(tmp_path / "a.npz")[0].nnz == 0
    [again] = read(tmp_path / "a.npz").documents
    assert save(tmp_path / "b.npz", again) == once


def test_small_ones_and_full_ones_are_written_whole(tmp_path: Path) -> None:
    for document in (large(share=0.9), assignment()):
        save(tmp_path / "a.npz", document)
        with np.load(tmp_path / "a.npz") as file:
            assert file["jacobian.estimate"].ndim == 2


@pytest.mark.parametrize(
    ("changed", "to"),
    [
        ("estimate.indices", np.full(5, D)),
        ("estimate.indices", np.zeros(5)),
        ("estimate.indptr", np.arange(D)),
        ("estimate.indptr", np.arange(D + 1)[::-1].copy()),
        ("estimate.shape", np.array([D, D + 1])),
        ("estimate.shape", np.array([D - 1, D - 1])),
        ("estimate.data", np.zeros(3)),
        ("standard_error.data", np.zeros(1)),
        ("estimate.data", None),
        ("standard_error.data", None),
    ],
)
def test_arrays_that_are_no_sparse_rows_are_named(tmp_path: Path, changed: str, to: Any) -> None:
    path = tmp_path / "a.npz"
    save(path, large())
    with np.load(path) as file:
        arrays = dict(file)
    arrays[f"jacobian.{changed}"] = to
    np.savez(path, **{name: values for name, values in arrays.items() if values is not None})
    with pytest.raises(InputError, match="jacobian: expected compressed sparse rows"):
        read(path)


def test_positions_beyond_the_last_entry_are_named(tmp_path: Path) -> None:
    save(tmp_path / "a.json", large(share=1.0, entries=[0, D], elsewhere=0.0))
    with pytest.raises(InputError, match=r"jacobian\.entries: expected positions from 0 to 143"):
        read(tmp_path / "a.json")
