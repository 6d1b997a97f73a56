"""`perturb predict`: saved fits of every kind, in every format, against what was fitted."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from tests.skin.shell import SAMPLES, perturb
from tests.skin.test_result_schema import valid


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rankings of three by two features."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(60, 3, 2))
    noisy = features @ np.array([1.0, -0.5]) + rng.normal(size=(60, 3))
    np.save("x.npy", features)
    np.save("y.npy", noisy.argsort(axis=1).argsort(axis=1) + 1)
    np.save("new.npy", features[:4] + 1.0)
    np.save("contexts.npy", rng.normal(size=(60, 2)))
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("suffix", ["json", "npz", "yaml"])
def test_coefficients_predict_what_smooth_says(suffix: str) -> None:
    saved = f"fit.{suffix}"
    assert perturb("fit", "y.npy", "--features", "x.npy", "-q", "-o", saved).code == 0
    found = perturb("predict", saved, "--features", "new.npy", "-f", "json").result
    beta = perturb("show", saved, "-f", "json").result["coefficients"]["estimate"]
    theta = np.load("new.npy") @ beta
    np.testing.assert_allclose(found["theta"], theta)
    np.testing.assert_array_equal(found["solution"], theta.argsort(axis=1).argsort(axis=1) + 1)
    for i, row in enumerate(theta.tolist()):
        Path("one.json").write_text(json.dumps({"problem": "ranking", "theta": row}))
        one = perturb("smooth", "one.json", "-f", "json").result
        np.testing.assert_allclose(
            found["perturbed_solution"]["estimate"][i], one["perturbed_solution"]["estimate"]
        )
    assert found["method"] == "exact"
    assert found["status"] == "ok"


@pytest.mark.usefixtures("folder")
def test_every_format_holds_the_same() -> None:
    perturb("fit", "y.npy", "--contexts", "contexts.npy", "-q", "-o", "fit.npz")
    words = ("predict", "fit.npz", "--contexts", "contexts.npy", "-n", "64")
    whole = perturb(*words, "--method", "monte-carlo", "--no-timing", "-f", "json")
    solution = np.array(whole.result["solution"])
    assert solution.shape == (60, 3)
    assert np.any(whole.result["perturbed_solution"]["standard_error"])
    perturb(*words, "-o", "p.npy")
    np.testing.assert_array_equal(np.load("p.npy"), solution)
    for suffix in ("npz", "json", "yaml", "jsonl"):
        perturb(*words, "--method", "monte-carlo", "--no-timing", "-o", f"p.{suffix}")
        assert perturb("show", f"p.{suffix}", "-f", "json").out == whole.out
    table = np.genfromtxt(
        StringIO(perturb(*words, "-f", "csv").out), delimiter=",", names=True, dtype=None,
        encoding=None,
    )  # fmt: skip
    rows = table[table["quantity"] == "solution"]["estimate"].reshape(60, 3)
    np.testing.assert_array_equal(rows, solution)
    assert "the first" in perturb(*words, "-f", "table").out


@pytest.mark.usefixtures("folder")
def test_the_schema_takes_descents_and_predictions() -> None:
    valid(
        "fit", "y.npy", "--features", "x.npy", "--loss", "blackbox", "--epochs", "2", "-f", "json",
        "--validate", "x.npy", "y.npy", codes=(0, 5),
    )  # fmt: skip
    perturb("fit", "y.npy", "--features", "x.npy", "-q", "-o", "fit.json")
    valid("predict", "fit.json", "--features", "new.npy", "-f", "json")


@pytest.mark.usefixtures("folder")
def test_a_cost_keeps_its_sense() -> None:
    city = SAMPLES / "city_map.yaml"
    perturb("sample", city, "-n", "100", "-o", "paths.npy")
    perturb("fit", "paths.npy", "--instance", city, "-q", "-o", "fit.json")
    cost = perturb("show", "fit.json", "-f", "json").result["theta"]["estimate"]
    found = perturb("predict", "fit.json", "--instance", city, "-n", "64", "-f", "json").result
    assert found["parameter"] == "cost"
    np.testing.assert_allclose(found["cost"], [cost])
    np.save("cost.npy", cost)
    solved = perturb("solve", city, "--theta", "cost.npy", "-f", "json").result
    assert found["solution"] == [solved["solution"]]
    assert found["answer"] == [solved["answer"]]


@pytest.mark.usefixtures("folder")
def test_intercepts_stand_before_the_features() -> None:
    long = SAMPLES / "commuters.csv"
    perturb(
        "fit", "--long", long, "--observation", "commuter", "--option", "mode", "--chosen", "chosen",
        "--generic", "minutes,fare", "--intercepts", "--noise", "gumbel", "-q", "-o", "fit.json",
    )  # fmt: skip
    fit = json.loads(Path("fit.json").read_text())
    d = fit["shape"][0]
    np.save("zero.npy", np.zeros((1, d, 2)))
    found = perturb("predict", "fit.json", "--features", "zero.npy", "-f", "json").result
    constants = [*fit["coefficients"]["estimate"][: d - 1], 0.0]
    np.testing.assert_allclose(found["theta"], [constants])
    shares = np.exp(constants) / np.exp(constants).sum()
    np.testing.assert_allclose(found["perturbed_solution"]["estimate"], [shares], rtol=1e-9)
    table = perturb("predict", "fit.json", "--features", "zero.npy", "-f", "table").out
    assert f"{shares.max():.6g}"[:6] in table


@pytest.mark.usefixtures("folder")
def test_what_cannot_be_predicted_is_told() -> None:
    perturb("fit", "y.npy", "--features", "x.npy", "-q", "-o", "fit.json")
    perturb("solve", SAMPLES / "commute.yaml", "-o", "solved.json")
    city = SAMPLES / "city_map.yaml"
    perturb("sample", city, "-n", "100", "-o", "paths.npy")
    perturb("fit", "paths.npy", "--instance", city, "-q", "-o", "paths.json")
    cases: list[tuple[tuple[str | Path, ...], int, str]] = [
        (("fit.json",), 2, "--features: expected them"),
        (("fit.json", "--features", "contexts.npy"), 3, "contexts.npy: --features: expected"),
        (("fit.json", "--contexts", "contexts.npy"), 2, "--features: expected them"),
        (("solved.json",), 3, "solved.json: command: expected the result of one `perturb fit`"),
        (("paths.json",), 3, "expected --instance with the structure of this shortest_path"),
        (("fit.json", "--instance", city, "--features", "new.npy"), 3, "as in the fit; found"),
    ]
    for words, code, told in cases:
        ended = perturb("predict", *words)
        assert (ended.code, told in ended.err) == (code, True), ended.err


@pytest.mark.usefixtures("folder")
def test_the_command_line_alone_goes_before_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    perturb("fit", "y.npy", "--features", "x.npy", "-q", "--epsilon", "2", "-o", "fit.json")
    words = ("predict", "fit.json", "--features", "new.npy", "-n", "64", "-f", "json")
    whole = perturb(*words, "--no-timing")
    assert (whole.result["epsilon"], whole.result["noise"]) == (2, "gaussian")
    Path("perturb.toml").write_text('epsilon = 3\nnoise = "gumbel"\n')
    assert perturb(*words, "--no-timing") == whole
    monkeypatch.setenv("PERTURB_EPSILON", "4")
    monkeypatch.setenv("PERTURB_NOISE", "logistic")
    assert perturb(*words, "--no-timing") == whole
    assert perturb("config", "predict").result["predict"]["epsilon"] == {
        "value": None,
        "from": "default",
    }
    given = perturb(*words, "-e", "5", "--noise", "laplace").result
    assert (given["epsilon"], given["noise"]) == (5, "laplace")
    Path("perturb.toml").write_text("[predict]\nepsilon = 3\n")
    ended = perturb(*words)
    assert ended.code == 3
    assert "expected --epsilon on the command line: the fit says it" in ended.err
