"""The site is whole, self-contained, escaped, and never takes the place of something else."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from downbench import RunFailed, RunFile, UserError, find_runs
from downbench.protocol import VERSION
from downbench_leaderboard import site as site_module
from downbench_leaderboard.maps.frames import MEMBERS_SHOWN
from downbench_leaderboard.site import MARKER, build_site


class Page(HTMLParser):
    """Elements, addresses and visible text of a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self._quiet = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._quiet = tag in ("script", "style")

    def handle_endtag(self, tag):
        self._quiet = False

    def handle_data(self, data):
        if not self._quiet:
            self.text += data

    def addresses(self):
        return [
            value for _, attrs in self.tags for key in ("href", "src", "action") if (value := attrs.get(key))
        ]


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def data_of(path: Path, name: str = "board") -> Any:
    text = path.read_text("utf-8")
    return json.loads(
        re.search(rf'<script type="application/json" id="{name}">(.*?)</script>', text).group(1)
    )


def boards(site: Path) -> list[Path]:
    return [path for path in site.glob("*.html") if path.name != "index.html"]


def test_nothing_is_loaded_from_elsewhere_and_every_link_leads_somewhere(site):
    assert {path.parent.name for path in pages(site)} == {"site", "runs", "methods", "metrics", "datasets"}
    for path in pages(site):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(|<link[^>]+stylesheet|<script[^>]+src=", text)
        page = Page(path)
        papers = {
            attrs["href"]
            for tag, attrs in page.tags
            if tag == "a"
            and re.match(r"https://(arxiv\.org/abs|doi\.org)/[\w./;()-]+$", attrs.get("href", ""))
        }
        for address in {*page.addresses()} - papers:  # the papers of methods and data: followed, never loaded
            assert not re.match(r"(?i)([a-z][a-z0-9+.-]*:|//)", address) or address.startswith("data:")
            target = address.partition("#")[0]
            if target and not address.startswith("data:"):
                assert (path.parent / target).is_file(), address
    for path in boards(site):  # those that the script makes
        board = data_of(path)
        links = [row["page"] for row in board["rows"]] + [column["page"] for column in board["columns"]]
        links += [link for row in board["rows"] for _, *both, _ in row["runs"] for link in both]
        assert all((site / link).is_file() for link in links)


def test_hostile_strings_stay_text(site):
    for path in pages(site):
        page = Page(path)
        assert not any(
            tag == "img" and not attrs["src"].startswith("data:image/png") for tag, attrs in page.tags
        )
        assert not any(key.startswith("on") or key == "style" for _, attrs in page.tags for key in attrs)
        scripts = [attrs for tag, attrs in page.tags if tag == "script"]
        assert sum("type" not in attrs for attrs in scripts) == 1
        assert all(attrs.get("type", "application/json") == "application/json" for attrs in scripts)
    assert "window.pwned=1" in Page(site / "index.html").text
    assert not any("49" in tag[1].get("title", "") for tag in Page(site / "index.html").tags)


def test_every_board_says_what_it_holds(site):
    (stand_in,) = (p for p in boards(site) if data_of(p)["label"] == "xshield (stand-in)")
    text = " ".join(Page(stand_in).text.split())
    for words in (
        "xshield (stand-in)",
        "stand-in, not real data",
        "perfect model (coarse = mean of fine)",
        "one season",
        "CC0",
        "480, 2020-11-02 03:00 to",
        f"Version {VERSION}",
        "the error is 34 % below that of bicubic",
        "Add yours",
        "@misc{downbench",
        "newest run 2026-08-02",
    ):
        assert words in text, words


def test_real_data_come_first_and_never_share_a_board_with_a_stand_in(site):
    assert data_of(site / "index.html")["label"] == "xshield (fv3gfs)"
    labels = sorted(data_of(path)["label"] for path in boards(site))
    assert [label for label in labels if "pwned" not in label] == [
        "xshield (fv3gfs)",
        "xshield (fv3gfs)",
        "xshield (stand-in)",
    ]
    for path in boards(site):
        board = data_of(path)
        for row in board["rows"]:
            for _, _, record, _ in row["runs"]:
                run = json.loads((site / record).read_text("utf-8"))
                assert run["dataset"]["label"] == board["label"]


def test_boards_of_one_dataset_have_names_that_differ_and_link_to_each_other(site):
    twins = [path for path in boards(site) if data_of(path)["label"] == "xshield (fv3gfs)"]
    about = {data_of(path)["about"] for path in twins}
    assert about == {"8 members, 480 frames", "8 members, 480 frames, limited to 24"}
    for path, other in (twins, twins[::-1]):
        assert other.name in Page(path).addresses()


def test_missing_cells_and_failures_carry_their_reason(site):
    board = next(data_of(p) for p in boards(site) if data_of(p)["label"] == "xshield (stand-in)")
    assert "needs at least two members" in board["reasons"]
    page = Page(site / "index.html")
    assert "out of memory" in page.text
    assert "xshield/broken/fit1/samples/s1/scores/c1" in page.text
    assert "is damaged" in page.text


def test_a_run_s_page_has_all_that_belongs_to_it(site):
    (path,) = (p for p in pages(site) if "seed 1," in Page(p).text and p.name.startswith("ofdiff-xshield"))
    page = Page(path)
    for words in (
        "xshield (stand-in)",
        "bench run -m ofdiff -d xshield --preset tiny --seed 1 --members 8",
        "a simulated day and member",
        "640 k",
        "3.11.9",
        "5a",
    ):
        assert words in page.text
    maps = [attrs for tag, attrs in page.tags if tag == "img"]
    assert len(maps) == 3 * (2 + MEMBERS_SHOWN)
    run = data_of(path, "run")
    assert "p99.999 signed" in run["texts"]
    assert set(run["curves"]) == {"psd", "quantiles"}
    record = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert len(run["scores"]) == len(record["scores"])


def test_a_method_s_page_has_its_scores_beside_the_controls_and_its_ablations(site):
    (path,) = (p for p in (site / "methods").glob("ofdiff-*.html") if "noflow" not in p.name)
    text = " ".join(Page(path).text.split())
    for words in (
        "Optical-flow conditioned residual diffusion",
        "A paper (2026)",
        "bicubic",
        "Its ablations",
    ):
        assert words in text
    assert "ofdiff-noflow" in text
    runs = [address for address in Page(path).addresses() if address.startswith("../runs/")]
    assert len({run for run in runs if run.startswith("../runs/ofdiff-xshield")}) == 4
    charts = data_of(path, "curves-0")
    assert {kind for _, _, kind, *_ in charts["psd"]["own"]} == {"chosen", "control"}


def test_a_metric_s_page_reads_it_aloud(site):
    (path,) = (site / "metrics").glob("crps-*.html")
    text = " ".join(Page(path).text.split())
    assert "How crps is defined." in text
    assert "Lower values in mm/h are better" in text
    assert "ofdiff, the best, has 0.0412 mm/h and bicubic 0.0628 mm/h" in text
    assert "How it fails" in text  # of the built-in metric of this name


def test_a_dataset_s_page_says_what_it_is(site):
    (path,) = (p for p in (site / "datasets").glob("*.html") if "fv3gfs" in p.name)
    text = " ".join(Page(path).text.split())
    for words in (
        "Coarse rain is the mean of the fine truth",
        "bench show xshield",
        "last 60 days",
        "CC0",
        "0.7654",
        "0.4321",
    ):
        assert words in text


def test_the_index_leads_to_every_record_and_names_every_damaged_run(site, populated):
    results = json.loads((site / "results.json").read_text("utf-8"))
    assert len(results["runs"]) == len([r for r in find_runs(populated) if r.run])
    assert [item["place"] for item in results["not_shown"]] == ["xshield/broken/fit1/samples/s1/scores/c1"]
    for item in results["runs"]:
        record = json.loads((site / item["record"]).read_text("utf-8"))
        assert (item["method"], item["status"]) == (record["method"]["name"], record["status"])
        assert (site / item["page"]).is_file()


def test_no_path_of_this_machine_is_published(make, tmp_path):
    failed = make.run(status="failed", reason="it broke", scores=[], traceback=f"File {tmp_path}/x.py")
    make.write(tmp_path / "runs", failed)
    make.write(tmp_path / "runs", make.run(data_root=str(tmp_path)))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    for path in (tmp_path / "site").rglob("*"):
        assert path.is_dir() or str(tmp_path) not in path.read_text("utf-8")


def test_a_site_of_failed_runs_alone_says_so(make, tmp_path):
    make.write(tmp_path / "runs", make.run(status="failed", reason="it broke", scores=[]))
    built = build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    assert (built.runs, built.tables) == (1, 0)
    text = Page(built.index).text
    assert "No finished run yet" in text
    assert "it broke" in text


def records(*runs, examples=lambda: None):
    """Records without files."""
    made = [RunFile(Path(f"runs/a/b/{i}"), run) for i, run in enumerate(runs)]
    for record in made:
        object.__setattr__(record, "examples", examples)
    return made


def test_building_again_replaces_the_former_site(make, tmp_path):
    build_site(records(make.run("ofdiff")), tmp_path / "site", root=Path("runs"))
    build_site(records(make.run("bicubic")), tmp_path / "site", root=Path("runs"))
    assert [p.name.startswith("bicubic") for p in (tmp_path / "site" / "runs").glob("*.html")] == [True]
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_the_same_runs_give_the_same_site(make, tmp_path):
    for name in ("one", "two"):
        build_site(records(make.run("ofdiff"), make.run("bicubic")), tmp_path / name, root=Path("runs"))
    for path in (tmp_path / "one").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()


def test_a_folder_with_something_else_is_left_alone(make, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(UserError, match="not empty"):
        build_site(records(make.run()), tmp_path, root=Path("runs"))
    with pytest.raises(UserError, match="is a file"):
        build_site(records(make.run()), tmp_path / "thesis.tex", root=Path("runs"))
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_the_runs_are_never_replaced_by_their_site(make, tmp_path):
    runs = tmp_path / "site" / "runs"
    directory = make.write(runs, make.run())
    (tmp_path / "site" / MARKER).touch()
    with pytest.raises(UserError, match="holds the runs"):
        build_site(find_runs(runs), tmp_path / "site", root=runs)
    assert (directory / "run.json").is_file()


def test_a_former_site_survives_a_full_disk(make, tmp_path, monkeypatch):
    build_site(records(make.run("ofdiff")), tmp_path / "site", root=Path("runs"))
    before = (tmp_path / "site" / "index.html").read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site_module, "_write_run", full)
    with pytest.raises(RunFailed, match="No space left"):
        build_site(records(make.run("bicubic")), tmp_path / "site", root=Path("runs"))
    assert (tmp_path / "site" / "index.html").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["site"]


def test_a_site_may_be_reached_through_a_link(make, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    build_site(records(make.run()), tmp_path / "link", root=Path("runs"))
    assert (tmp_path / "real" / "index.html").is_file()
    assert (tmp_path / "link").is_symlink()


@pytest.mark.parametrize(
    "examples",
    [
        xr.Dataset(),
        xr.Dataset({"truth": ("time", [1.0]), "coarse": ("time", [1.0]), "members": ("member", [1.0])}),
    ],
)
def test_unreadable_examples_cost_the_maps_only(make, tmp_path, examples):
    site = build_site(records(make.run(), examples=lambda: examples), tmp_path / "s", root=Path("runs"))
    (page,) = (tmp_path / "s" / "runs").glob("*.html")
    assert "example frames cannot be read" in Page(page).text
    assert (site.runs, site.tables) == (1, 1)


def test_all_missing_and_large_fields_can_be_shown(make, tmp_path):
    examples = make.examples(0, size=1040, members=1).isel(time=[0])
    examples["members"][:] = np.nan
    build_site(records(make.run(), examples=lambda: examples), tmp_path / "s", root=Path("runs"))
    (page,) = (tmp_path / "s" / "runs").glob("*.html")
    assert "mean of 3" in Page(page).text


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_to_a_run_breaks_the_site(make, tmp_path, data):
    run = copy.deepcopy(make.run("bicubic"))
    run["scores"] = run["scores"][:4]
    for _ in range(data.draw(st.integers(1, 3))):
        place = run
        while isinstance(place, dict | list) and place:
            key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
                place[key] = data.draw(JUNK)
                break
            place = place[key]
    good = make.run("ofdiff")
    built = build_site(records(good, run), tmp_path / "site", root=Path("runs"))
    assert built.runs + built.hidden == 2
    shown = [Page(path).text for path in (tmp_path / "site").glob("*.html")]  # on a board of its own, maybe
    assert any("ofdiff" in text for text in shown)
