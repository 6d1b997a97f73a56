"""Each kind of picture of real results: what is drawn, what it is labelled with, what it refuses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from perturbcli.core.errors import UsageError
from perturbcli.edge.plotting import kinds, simplex
from perturbcli.edge.plotting.intervals import quantile
from perturbcli.edge.plotting.network import distances
from perturbcli.edge.plotting.rendering import FORMATS, pictured, rendered
from perturbcli.edge.plotting.subject import Subject
from perturbcli.edge.plotting.words import settings
from perturbcli.edge.reading.instance import load
from perturbcli.edge.saved.checks import checked
from tests.skin.shell import SAMPLES, perturb

THREE = '{"problem": "argmax", "name": "three", "theta": [1, 0.6, 0], "labels": ["a", "b", "c"]}'
LONG = (
    *("--long", str(SAMPLES / "commuters.csv"), "--observation", "commuter", "--option", "mode"),
    *("--chosen", "chosen", "--generic", "minutes,fare", "--noise", "gumbel"),
)


@cache
def saved(*words: str, stdin: str = "") -> str:
    """What a command prints as JSON."""
    ended = perturb(*words, "-f", "json", stdin=stdin)
    assert ended.code == 0, ended.err
    return ended.out


def subject(*words: str, stdin: str = "", instance: str | None = None, **keys: Any) -> Subject:
    """A result as it is read back, with its instance from the samples where it is asked for."""
    known = None if instance is None else load(SAMPLES / instance)
    return Subject(checked(json.loads(saved(*words, stdin=stdin)), "result"), known, **keys)


def smoothed(sample: str, *words: str, known: bool = False, **keys: Any) -> Subject:
    """A sample problem smoothed."""
    instance = sample if known else None
    return subject("smooth", str(SAMPLES / sample), "-n", "256", *words, instance=instance, **keys)


def drawn(kind: str, of: Subject) -> tuple[Figure, Axes]:
    """The picture, rendered once, and its main axes."""
    figure = pictured(kind, of)
    content, notes = rendered(figure, "png", 50)
    assert content.startswith(b"\x89PNG")
    assert not notes
    return figure, figure.axes[0]


def told(figure: Figure) -> str:
    """All that is written beside the picture and on its axes."""
    outer = [text.get_text() for text in figure.texts]
    inner = [
        part.get_text()
        for axes in figure.axes
        for part in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts)
    ]
    inner += [axes.get_title(loc="left") for axes in figure.axes]
    return "\n".join([*outer, *inner])


def test_every_kind_is_an_option_and_has_its_functions() -> None:
    from typing import get_args

    from perturbcli.skin.plot import KindName

    assert get_args(KindName) == ("auto", *kinds.KINDS)
    for kind in kinds.KINDS:
        module = kinds.module(kind)
        assert all(callable(getattr(module, name)) for name in ("refusal", "draw", "numbers"))


def test_bars_have_the_means_and_their_intervals() -> None:
    of = smoothed("backpack.yaml")
    figure, axes = drawn("bars", of)
    bars = [p.get_width() for p in axes.patches if isinstance(p, Rectangle)]
    np.testing.assert_allclose(bars, of.mean)
    [intervals] = [c for c in axes.collections if isinstance(c, LineCollection)]
    ends = np.array([[s[0][0], s[1][0]] for s in intervals.get_segments()])
    pair = of.document["perturbed_solution"]
    half = quantile(pair.get("degrees_of_freedom")) * pair["standard_error"]
    within = np.clip([of.mean - half, of.mean + half], 0, 1)  # of a probability
    assert (of.mean + half).max() > 1
    np.testing.assert_allclose(ends, within.T)
    columns = kinds.module("bars").numbers(of)
    np.testing.assert_array_equal([columns["lower"], columns["upper"]], within)
    assert "probability of being packed" in told(figure)
    assert "ε 1 in units of theta" in told(figure)
    assert [t.get_text() for t in axes.get_yticklabels()] == of.names
    assert any(np.array_equal(line.get_xdata(), of.solution) for line in axes.lines)


def test_many_entries_are_those_that_are_largest() -> None:
    theta = ",".join(str(i / 10) for i in range(100))
    of = subject("smooth", "-", stdin=f'{{"problem": "argmax", "theta": [{theta}]}}')
    figure, axes = drawn("bars", of)
    assert len(axes.patches) == 40
    assert "the 40 largest of 100 entries" in told(figure)
    assert len(kinds.module("bars").numbers(of)["estimate"]) == 100


def test_student_t_is_wider() -> None:
    assert quantile(None) == pytest.approx(1.959964, abs=1e-6)
    assert quantile(7) == pytest.approx(2.364624, abs=1e-6)


def test_a_grid_lies_over_its_costs() -> None:
    of = smoothed("hill_walk.yaml", known=True)
    figure, axes = drawn("grid", of)
    shown: Any = np.ma.asarray(axes.images[0].get_array())
    costs = shown.filled(np.nan)
    assert (costs[0, 1], costs[1, 3]) == (2.0, 9.0)
    assert np.isnan(costs[2, 2])
    marks = [c for c in axes.collections if isinstance(c, PolyCollection)][-1]
    np.testing.assert_allclose(np.asarray(marks.get_array()), of.mean[of.mean > 0])
    sides = [np.ptp(np.asarray(path.vertices)[:, 0]) for path in marks.get_paths()]
    np.testing.assert_allclose(np.square(sides), 0.86**2 * of.mean[of.mean > 0])
    way = np.array(of.document["answer"])
    np.testing.assert_array_equal(axes.lines[-1].get_xdata(), way[:, 1])
    assert {"column", "row", "cost of a cell"} <= set(told(figure).split("\n"))
    assert not len(drawn("grid", smoothed("hill_walk.yaml"))[1].images)


@pytest.mark.parametrize(
    ("sample", "meaning"),
    [
        ("city_map.yaml", "probability that the path takes the edge"),
        ("water_network.yaml", "mean flow, in units of supply"),
        ("study_pairs.yaml", "probability that the edge is matched"),
        ("fibre_network.yaml", "probability that the tree has the edge"),
    ],
)
def test_edges_are_as_wide_as_their_means(sample: str, meaning: str) -> None:
    of = smoothed(sample, known=True)
    figure, axes = drawn("graph", of)
    edges = axes.collections[1]
    means = np.asarray(edges.get_array())
    np.testing.assert_allclose(means, np.sort(of.mean[of.mean > 0]))
    widths = np.asarray(edges.get_linewidth())
    np.testing.assert_allclose(widths, 8.0 * means / max(1.0, means.max()))
    assert meaning in told(figure)


def test_nodes_lie_at_their_coordinates() -> None:
    names = ("Station", "Market", "Museum", "Park", "Town Hall", "Stadium", "Harbour")
    places = {name: (float(i), float(i * i)) for i, name in enumerate(names)}
    of = smoothed("city_map.yaml", known=True, coordinates=places)
    numbers = kinds.module("graph").numbers(of)
    ends = zip(numbers["tail"], numbers["tail_x"], numbers["tail_y"], strict=True)
    assert all(places[node] == (x, y) for node, x, y in ends)


def test_a_matrix_frames_the_answer() -> None:
    of = smoothed("shift_plan.yaml")
    figure, axes = drawn("matrix", of)
    np.testing.assert_allclose(np.asarray(axes.images[0].get_array()), of.mean)
    frames = [
        (round(p.get_y() + 0.46), round(p.get_x() + 0.46))
        for p in axes.patches
        if isinstance(p, Rectangle)
    ]
    assert frames == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert "Amina" in [t.get_text() for t in axes.get_yticklabels()]
    assert "probability of the pair" in told(figure)


def test_pairs_and_legs_have_their_probabilities() -> None:
    of = smoothed("shift_plan.yaml")
    _, axes = drawn("pairs", of)
    drawn_means = np.asarray(axes.collections[1].get_array())
    np.testing.assert_allclose(drawn_means, np.sort(of.mean[of.mean > 0]))
    tour = smoothed("delivery_round.yaml")
    _, axes = drawn("plane", tour)
    legs = np.asarray(axes.collections[1].get_array())
    assert legs.sum() == pytest.approx(7)
    both = (tour.mean + tour.mean.T)[np.triu_indices(7, 1)]
    np.testing.assert_allclose(legs, np.sort(both[both > 0]))


def grown(rows: int, columns: int) -> Subject:
    """An assignment of so many, smoothed."""
    theta = np.random.default_rng(0).normal(size=(rows, columns)).round(3).tolist()
    given = json.dumps({"problem": "assignment", "theta": theta})
    return subject("smooth", "-", "-n", "16", "-e", "0.1", stdin=given)


def test_what_is_large_keeps_its_names_and_frames_or_says_that_it_has_none() -> None:
    of = grown(41, 45)
    figure, axes = drawn("matrix", of)
    assert len([p for p in axes.patches if isinstance(p, Rectangle)]) == 41
    assert "framed: y*" in told(figure)
    figure, axes = drawn("pairs", of)
    assert [text.get_text() for text in axes.texts] == [*of.axes[0], *of.axes[1]]
    assert "no room for names" not in told(figure)
    of = grown(2, 101)
    figure, axes = drawn("matrix", of)
    assert not axes.patches
    assert "y* has no room for frames" in told(figure)
    figure, axes = drawn("pairs", of)
    assert not axes.texts
    assert "have no room for names" in told(figure).replace("\n", " ")


def test_many_edges_are_drawn_over_what_marks_the_answer(tmp_path: Path) -> None:
    side = 9
    edges = [[i, j] for i in range(side**2) for j in (i + 1, i + side)
             if j < side**2 and (j != i + 1 or j % side)]  # fmt: skip
    given = json.dumps({"problem": "shortest_path", "edges": edges, "cost": [1.0] * len(edges),
                        "directed": False, "source": 0, "target": side**2 - 1})  # fmt: skip
    of = subject("smooth", "-", "-n", "64", "--multiplicative", "-e", "0.3", stdin=given)
    path = tmp_path / "grid.json"
    path.write_text(given)
    figure, axes = drawn("graph", replace(of, instance=load(path)))
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    [smoothed_edges] = [c for c in lines if c.get_array() is not None]
    assert smoothed_edges is lines[-1]
    best = int(of.solution.sum())
    assert [len(c.get_segments()) for c in lines[:-1]] == [len(edges), best, best]
    assert np.min(smoothed_edges.get_linewidth()) >= 1 > np.max(lines[0].get_linewidth())
    edging = np.sort(lines[1].get_linewidth())
    assert (edging > np.sort(1 + 3.5 * of.mean[of.solution > 0])).all()
    assert "edged on both sides: y*" in told(figure)


def test_numbers_of_edges_are_clear_of_each_other_and_of_other_edges() -> None:
    of = smoothed("delivery_round.yaml")
    _, axes = drawn("plane", of)
    at = np.array(
        [t.get_position() for t in axes.texts if re.fullmatch(r"[01]\.\d\d", t.get_text())]
    )
    assert len(at) > 12
    gaps = np.hypot(*(at[:, np.newaxis] - at).transpose(2, 0, 1)) + 9 * np.eye(len(at))
    assert gaps.min() > 0.1  # of a circle of radius 1
    lines = [c for c in axes.collections if isinstance(c, LineCollection)]
    away = np.sort(distances(at, np.array(lines[0].get_segments())), axis=1)
    assert (away[:, 0] < 1e-9).all()
    assert away[:, 1].min() > 0.04


def test_zero_is_in_the_middle_of_the_scale_of_a_jacobian() -> None:
    of = smoothed("commute.yaml", "--jacobian")
    figure, axes = drawn("jacobian", of)
    image = axes.images[0]
    np.testing.assert_allclose(np.asarray(image.get_array()), of.document["jacobian"]["estimate"])
    low, high = image.get_clim()
    assert low == -high
    assert image.to_rgba(np.array([0.0]))[0] == pytest.approx([1, 1, 1, 1], abs=0.01)
    grey = [image.to_rgba(np.array([v]))[0][:3] @ [0.299, 0.587, 0.114] for v in (low, high)]
    assert grey[1] - grey[0] > 0.25  # signs stay apart in grey
    assert "per unit of theta" in told(figure)
    assert "+0.301" in told(figure)
    [notches] = [c for c in axes.collections if isinstance(c, PolyCollection)]
    values = of.document["jacobian"]["estimate"]
    rows, columns = np.nonzero(values < -0.05 * high)
    corners = np.array([np.asarray(path.vertices)[0] for path in notches.get_paths()])
    np.testing.assert_array_equal(corners + 0.5, np.column_stack([columns, rows]))
    assert "notched: negative" in told(figure)


def test_a_sweep_has_a_line_and_a_band_for_each_entry() -> None:
    of = subject("sweep", str(SAMPLES / "shift_plan.yaml"), "--epsilons", "0.1:10:5", "-n", "256")
    figure, axes = drawn("sweep", of)
    assert axes.get_xscale() == "log"
    assert (len(axes.lines), len(axes.collections)) == (7, 7)
    line = next(one for one in axes.lines if one.get_label() == "Amina–Mon early")  # noqa: RUF001
    estimate = of.document["perturbed_solution"]["estimate"]
    np.testing.assert_allclose(np.asarray(line.get_ydata()), estimate[:, 0, 0])
    assert "the 7 of 20 entries that move most" in told(figure).replace("\n", " ")
    assert "temperature ε, in units of cost" in told(figure)
    looks = {(one.get_color(), one.get_marker(), str(one.get_linestyle())) for one in axes.lines}
    assert len(looks) == 7


def test_three_options_go_from_a_corner_to_the_centre() -> None:
    of = subject("sweep", "-", "--epsilons", "0.01:100:9", stdin=THREE)
    assert kinds.allowed(of) == ["simplex", "sweep"]
    assert kinds.telling(of) == ["simplex", "sweep"]
    epsilon, mean = simplex.path(of)
    assert (np.diff(epsilon) > 0).all()
    points = mean @ simplex.CORNERS
    np.testing.assert_allclose(points[0], simplex.CORNERS[0], atol=1e-6)
    np.testing.assert_allclose(points[-1], simplex.CORNERS.mean(axis=0), atol=0.01)
    figure, axes = drawn("simplex", of)
    path = next(line for line in axes.lines if len(np.asarray(line.get_xdata())) == 9)
    np.testing.assert_allclose(np.asarray(path.get_xydata()), points)
    assert {"a", "b", "c"} <= {text.get_text() for text in axes.texts}
    written = [text for text in axes.texts if text.get_text().startswith("ε ")]
    for text in written:
        own = points[[f"ε {one:.3g}" for one in epsilon].index(text.get_text())]
        box = text.get_window_extent().get_points()
        pixels = axes.transData.transform(points)
        gaps = np.hypot(*(pixels - np.clip(pixels, *box)).T)
        assert np.hypot(*(axes.transData.transform(own) - pixels[gaps.argmin()])) < 15, text
    assert len(written) > 3
    assert "temperature ε" in told(figure)


def test_a_fit_has_estimates_moments_and_its_progress() -> None:
    of = subject("fit", *LONG)
    assert kinds.telling(of) == ["estimates", "moments", "convergence"]
    figure, axes = drawn("estimates", of)
    columns = kinds.module("estimates").numbers(of)
    fitted = of.document["coefficients"]
    for key in ("estimate", "standard_error", "lower", "upper"):
        np.testing.assert_array_equal(columns[key], fitted[key])
    [ends] = [c for c in axes.collections if isinstance(c, LineCollection)]
    drawn_ends = [[s[0][0], s[1][0]] for s in ends.get_segments()]
    np.testing.assert_allclose(drawn_ends, np.column_stack([fitted["lower"], fitted["upper"]]))
    assert "coefficients, in the unit in which ε is 1" in told(figure)
    assert [t.get_text() for t in axes.get_yticklabels()] == ["minutes", "fare"]
    moments = kinds.module("moments").numbers(of)
    assert np.sum(moments["observed"]) == pytest.approx(1)
    assert np.sum(moments["fitted"]) == pytest.approx(1)
    figure, axes = drawn("convergence", of)
    gradient = of.document["progress"]["gradient"]
    np.testing.assert_allclose(np.asarray(axes.lines[0].get_ydata()), gradient)
    assert axes.get_yscale() == "log"


def test_moments_meet_where_theta_is_fitted() -> None:
    of = subject("fit", str(SAMPLES / "ice_cream.soc"), "-q")
    columns = kinds.module("moments").numbers(of)
    np.testing.assert_allclose(columns["fitted"], columns["observed"], atol=1e-8)
    share = columns["observed"]
    assert np.sum(share) == pytest.approx(15)  # ranks 1 to 5
    figure, axes = drawn("moments", of)
    assert axes.get_xlim() == axes.get_ylim()
    assert "observed mean of the entry" in told(figure)


def test_what_runs_to_infinity_is_said() -> None:
    ended = perturb("fit", "-", "-f", "json", stdin="[1,0,0]\n" * 5 + "[0,1,0]\n" * 4)
    assert ended.code == 5
    figure, axes = drawn("estimates", Subject(checked(ended.result, "result")))
    assert [text.get_text() for text in axes.texts] == ["runs to infinity"]
    assert "boundary" in told(figure)


def test_a_solution_without_noise_is_drawn_too() -> None:
    of = subject("solve", str(SAMPLES / "city_map.yaml"), instance="city_map.yaml")
    assert kinds.telling(of) == ["graph"]
    figure, _ = drawn("graph", of)
    assert "solution y*, without noise" in told(figure)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_same_bytes_every_time(format_: str) -> None:
    of = smoothed("city_map.yaml", known=True)
    first, second = (rendered(pictured("graph", of), format_)[0] for _ in range(2))
    assert first == second


def test_labels_are_taken_as_they_are() -> None:
    keys = json.loads(THREE) | {"labels": ["$x_1$", "b" * 90, "<b>&amp;</b>"]}
    of = subject("smooth", "-", stdin=json.dumps(keys))
    _, axes = drawn("bars", of)
    shown = [t.get_text() for t in axes.get_yticklabels()]
    assert shown[0] == "$x_1$"
    assert len(shown[1]) < 30


def test_a_script_that_the_font_lacks_is_noted() -> None:
    keys = json.loads(THREE) | {"labels": ["自転車", "b", "c"]}
    of = subject("smooth", "-", stdin=json.dumps(keys))
    assert "lacks some characters" in rendered(pictured("bars", of), "png", 50)[1][0]


def test_kinds_that_a_result_does_not_allow() -> None:
    of = smoothed("commute.yaml")
    assert kinds.chosen("auto", of) == "bars"
    for kind, reason in (("jacobian", "smooth --jacobian"), ("sweep", "sweep"), ("moments", "fit")):
        with pytest.raises(UsageError, match=rf"{kind} takes .*{reason}.*this result allows bars"):
            kinds.chosen(kind, of)
    check = subject("check", str(SAMPLES / "commute.yaml"), "-n", "16")
    with pytest.raises(UsageError, match="expected a result with a picture, found that of check"):
        kinds.chosen("auto", check)


def test_the_settings_are_in_words() -> None:
    of = smoothed("city_map.yaml", "--multiplicative", "-e", "0.3")
    assert settings(of.document).startswith("ε 0.3 multiplicative · gaussian noise · ")


def test_a_size_without_room_is_refused(tmp_path: Path) -> None:
    del tmp_path
    figure = pictured("bars", smoothed("backpack.yaml"), width=0.4, height=0.4)
    with pytest.raises(UsageError, match=r"found 0.4 x 0.4 inches"):
        rendered(figure, "png")
