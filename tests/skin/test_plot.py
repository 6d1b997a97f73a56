"""`perturb plot` and `perturb report` as a shell runs them."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.skin.shell import SAMPLES, perturb

CITY, HILL, COMMUTE = (
    SAMPLES / name for name in ("city_map.yaml", "hill_walk.yaml", "commute.yaml")
)
STARTS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Saved results, in the current directory."""
    monkeypatch.chdir(tmp_path)
    for name, instance in (("city", CITY), ("hill", HILL), ("commute", COMMUTE)):
        made = perturb(
            "smooth", instance, "-n", "256", "--jacobian", "--solutions", "3", "-o", f"{name}.json"
        )
        assert made.code == 0, made.err
    return tmp_path


def rows(path: Path | str) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with Path(path).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("suffix", STARTS)
def test_the_suffix_picks_the_format(suffix: str, folder: Path) -> None:
    made = perturb("plot", "commute.json", "-o", f"commute.{suffix}")
    assert (made.code, made.out, made.err) == (0, "", "")
    assert (folder / f"commute.{suffix}").read_bytes().startswith(STARTS[suffix])


def test_the_numbers_behind_the_picture_are_those_of_the_result(folder: Path) -> None:
    result = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    words = ("plot", "city.json", "--instance", CITY, "-o", "city.png", "--data", "city.csv")
    assert perturb(*words).code == 0
    table = rows("city.csv")
    assert [float(row["estimate"]) for row in table] == result["perturbed_solution"]["estimate"]
    assert [row["entry"] for row in table] == [f"{r['tail']}→{r['head']}" for r in table]
    assert (
        perturb("plot", "city.json", "--kind", "jacobian", "-o", "j.svg", "--data", "-").code == 0
    )
    made = perturb("plot", "city.json", "--kind", "jacobian", "-o", "j.svg", "--data", "j.csv")
    assert made.code == 0
    values = np.array([float(row["estimate"]) for row in rows("j.csv")]).reshape(10, 10)
    np.testing.assert_array_equal(values, result["jacobian"]["estimate"])


def test_a_grid_with_its_costs_or_another_theta(folder: Path) -> None:
    made = perturb("plot", "hill.json", "-o", "hill.png")
    assert (made.code, "--instance FILE draws more of a grid_path" in made.err) == (0, True)
    assert perturb("plot", "hill.json", "-o", "hill.png", "-q").err == ""
    assert (
        perturb("plot", "hill.json", "--instance", HILL, "-o", "a.png", "--data", "a.csv").err == ""
    )
    assert [row["cost"] for row in rows("a.csv")][:4] == ["1.0", "2.0", "4.0", "6.0"]
    assert rows("a.csv")[16]["cost"] == ""
    np.savetxt("flat.csv", np.ones((6, 7)), delimiter=",")
    made = perturb("plot", "hill.json", "--instance", HILL, "--theta", "flat.csv", "-o", "b.png")
    assert made.code == 3
    assert "cost: expected the result's, at which y* has the value 21" in made.err
    assert not (folder / "b.png").exists()


def test_places_of_a_file(folder: Path) -> None:
    result = json.loads((folder / "city.json").read_text(encoding="utf-8"))
    edges = [[1, 2], [1, 3], [2, 4], [2, 5], [3, 5], [3, 6], [4, 7], [5, 4], [5, 7], [6, 7]]
    keys: dict[str, Any] = {
        "problem": "shortest_path", "edges": edges, "source": 1, "target": 7,
        "cost": [4, 3, 5, 4, 6, 8, 6, 3, 7, 5],
    }  # fmt: skip
    (folder / "numbers.json").write_text(json.dumps(keys))
    lines = "c made up\np aux sp co 7\n" + "".join(f"v {i} {10 * i} {i * i}\n" for i in range(1, 8))
    (folder / "city.co").write_text(lines)
    words = ("plot", "city.json", "--instance", "numbers.json", "--coordinates", "city.co")
    assert perturb(*words, "-o", "city.png", "--data", "city.csv").code == 0
    assert [float(row["head_x"]) for row in rows("city.csv")] == [10.0 * v for _, v in edges]
    assert [float(r["estimate"]) for r in rows("city.csv")] == result["perturbed_solution"][
        "estimate"
    ]
    for text, message in (
        (lines.replace("co 7", "co 8"), "expected 8 nodes as declared, found 7"),
        (lines.replace("v 3 30 9", "v 3 30 x"), "line 5: expected 'v ID X Y', found 'v 3 30 x'"),
        (lines.replace("v 3 ", "v 2 "), "line 5: expected node 2 once, found it again"),
        (
            lines.replace("v 3 ", "v 8 "),
            "expected a place for each node of the graph, found none for 3",
        ),
        ("c\n", "expected a line 'p aux sp co NODES', found none"),
    ):
        (folder / "bad.co").write_text(text)
        made = perturb(*words[:-1], "bad.co", "-o", "city.png")
        assert (made.code, message in made.err) == (3, True), made.err
        assert made.err.startswith("perturb: bad.co: ")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["commute.json", "-o", "a.gif"], 2, r"a.gif: expected a suffix .png, .svg, .pdf, found '.gif'"),
        (["commute.json", "-o", "a"], 2, "found no suffix"),
        (["commute.json"], 2, "Missing option"),
        (["commute.json", "-o", "none/a.png"], 2, "expected an existing directory"),
        (["commute.json", "-o", "a.png", "--kind", "graph"], 2, "--kind: graph takes a result of solve"),
        (["city.json", "-o", "a.png", "--kind", "graph"], 2, "graph takes the graph: --instance FILE"),
        (["commute.json", "-o", "a.png", "--kind", "x"], 2, "--kind"),
        (["commute.json", "-o", "a.png", "--instance", "a"], 2, "--instance: expected a result for one"),
        (["commute.json", "-o", "a.png", "--coordinates", "a"], 2, "--coordinates: expected a result"),
        (["city.json", "-o", "a.png", "--theta", "a.csv"], 2, "--theta: expected --instance beside it"),
        (["city.json", "-o", "a.png", "--instance", str(HILL)], 3, "problem: expected the result's"),
        (["city.json", "-o", "a.png", "--width", "0"], 2, "--width"),
        (["city.json", "-o", "a.png", "--width", "0.3"], 2, "--width and --height: expected room"),
        (["city.json", "-o", "a.png", "--width", "1e9"], 2, "--width: expected .* at most 200 inches"),
        (["city.json", "-o", "a.png", "--height", "inf"], 2, "--height: expected .* at most 200 inches"),
        (["city.json", "-o", "a.png", "--width", "200", "--height", "200", "--dpi", "2400"], 2,
         "--dpi: expected at most 268 million pixels, found 480000 x 480000"),
        (["none.json", "-o", "a.png"], 3, "none.json: expected a readable file"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_line(
    words: list[str], code: int, message: str, folder: Path
) -> None:
    made = perturb("plot", *words)
    assert (made.code, made.out) == (code, "")
    assert made.err.count("\n") == 1
    assert re.search(message, made.err), made.err
    assert not list(folder.glob("a*"))


def test_several_results_are_for_a_report(folder: Path) -> None:
    two = perturb("show", "city.json", "hill.json", "-f", "jsonl").out
    made = perturb("plot", "-", "-o", "a.png", stdin=two)
    assert (made.code, "perturb report takes several" in made.err) == (2, True)
    assert perturb("report", "-", "-o", "a.html", stdin=two).code == 0
    assert (folder / "a.html").read_text(encoding="utf-8").count("<section>") == 2


def test_without_matplotlib_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for words in (("plot", "city.json", "-o", "a.png"), ("report", "city.json", "-o", "a.html")):
        made = perturb(*words)
        assert made.code == 2
        assert "pip install 'perturb[plot]'" in made.err
    assert not list(folder.glob("a.*"))


class Sources(HTMLParser):
    """What a page would load, and whether it would run anything."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "data"}]
        assert not any(name.startswith("on") for name, _ in attrs)


def page(folder: Path) -> Path:
    """A report of a result whose names are markup, a fit and a check."""
    keys = {"problem": "argmax", "name": "<script>alert(1)</script>", "theta": [1, 0.5, 0.2],
            "labels": ['"><img src=x onerror=alert(2)>', "b", "c"]}  # fmt: skip
    perturb("smooth", "-", "-o", "odd.json", stdin=json.dumps(keys))
    perturb("fit", SAMPLES / "ice_cream.soc", "-q", "-o", "fit.json")
    perturb("check", COMMUTE, "-n", "16", "-o", "check.json")
    made = perturb(
        "report", "city.json", "odd.json", "fit.json", "check.json", "--instance", CITY, "-o", "page.html"
    )  # fmt: skip
    assert (made.code, made.out, made.err) == (0, "", "")
    return folder / "page.html"


def test_a_report_is_one_page_that_loads_and_runs_nothing(folder: Path) -> None:
    text = page(folder).read_text(encoding="utf-8")
    found = Sources()
    found.feed(text)
    assert found.loaded
    assert all(source.startswith("data:image/") for source in found.loaded)
    assert not found.tags & {"script", "link", "iframe", "object"}
    assert "http://" not in text
    assert "https://" not in text
    for words in ("city map", "Likeliest solutions", "Jacobian", "Fitted against observed", "Checks",
                  "perturb smooth INSTANCE -e 1 --noise gaussian", "perturb report city.json odd.json",
                  "&lt;script&gt;alert(1)&lt;/script&gt;"):  # fmt: skip
        assert words in text
    again = folder / "again.html"
    shutil.copy(folder / "page.html", again)
    assert page(folder).read_bytes() == again.read_bytes()


def test_a_bad_result_does_not_stop_the_rest(folder: Path) -> None:
    made = perturb("report", "none.json", "city.json", "-o", "page.html")
    assert (made.code, "none.json" in made.err) == (3, True)
    assert "city map" in (folder / "page.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["page.pdf", "page", "page.html.gz"])
def test_a_report_has_the_suffix_of_a_page(name: str, folder: Path) -> None:
    made = perturb("report", "city.json", "-o", name)
    assert (made.code, made.out) == (2, "")
    assert f"{name}: expected a suffix .html, .htm, found" in made.err
    assert not (folder / name).exists()
    assert perturb("report", "city.json", "-o", "-").out.startswith("<!DOCTYPE html>")


def browsed(folder: Path, target: Path, *words: str) -> str:
    """What a browser without a window prints of a page."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", "--disable-quic",
             f"--user-data-dir={folder / 'profile'}", "--window-size=1000,1400"]  # fmt: skip
    done = subprocess.run(
        [browser, *flags, *words, target.as_uri()],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


NARROW = """<iframe src="page.html" style="width: 420px" onload="measure(this.contentDocument)"></iframe>
<script>
function measure(page) {
  const lines = (cell) => {
    const range = page.createRange();
    range.selectNodeContents(cell);
    return new Set(Array.from(range.getClientRects(), (one) => one.top)).size;
  };
  const words = [...page.querySelectorAll(".wide td")].filter((cell) => /^[a-z]+$/i.test(cell.innerText));
  document.title = `width ${page.documentElement.scrollWidth}, `
    + `${words.filter((cell) => lines(cell) == 1).length} of ${words.length} whole`;
}
</script>"""


def test_a_narrow_report_scrolls_its_tables_alone_and_breaks_no_word(folder: Path) -> None:
    page(folder)
    frame = folder / "frame.html"
    frame.write_text(NARROW)
    words = ("--allow-file-access-from-files", "--virtual-time-budget=5000", "--dump-dom")
    found = re.search(r"width (\d+), (\d+) of (\d+) whole", browsed(folder, frame, *words))
    assert found is not None
    width, whole, all_of = map(int, found.groups())
    assert width <= 420
    assert whole == all_of > 20


def test_a_report_opens_in_a_browser(folder: Path) -> None:
    shot = folder / "page.png"
    browsed(folder, page(folder), f"--screenshot={shot}")
    from matplotlib.image import imread

    pixels = imread(shot)[..., :3]
    assert pixels.shape[:2] == (1400, 1000)
    inked = (pixels.min(axis=2) < 0.6).mean()
    assert 0.005 < inked < 0.5  # there are words and pictures
    blue = (pixels[..., 2] - pixels[..., 0] > 0.2).mean()
    assert blue > 0.001  # of the picture, which was therefore loaded
