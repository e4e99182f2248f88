"""Tables of references in the guides: up to date, and true to what they are made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest
from toy_runs import PLUGIN, toy_run

from downbench.findings.stored_run import open_run
from downbench.plugins.session import configure
from downbench.references.building import build_references
from downbench.references.index import read_index


@pytest.fixture
def tables(docs_hooks: Callable[[str], ModuleType]) -> ModuleType:
    """The module that writes them."""
    return docs_hooks("reference_tables")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two methods on a record that is too short for intervals."""
    folder = tmp_path_factory.mktemp("campaign")
    return [
        toy_run(folder, method, "--metric", "crps", "--metric", "emd") for method in ("bicubic", "nearest")
    ]


@pytest.fixture
def folder(runs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """References of them."""
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    configure((Path(PLUGIN[1]),))
    build_references(runs, tmp_path / "shipped", commit="abc1234")
    yield tmp_path / "shipped"
    configure()


def test_no_table_is_older_than_the_references(tables: ModuleType) -> None:
    of_guides = [(guide.name, marker) for guide in tables.GUIDES for marker in tables.markers(guide)]
    assert len(of_guides) >= 10
    old = [f"{guide}: {marker.record}" for guide, marker in of_guides if not tables.up_to_date(marker)]
    assert old == [], "run `make tables`"
    page = tables.VERIFIED.read_text(encoding="utf-8")
    references = read_index(tables.REFERENCES).references
    assert tables.with_verified(page, references) == page, "run `make tables`"
    assert len({one.scored.text for one in references}) == page.partition("<!-- verified -->")[2].count(
        " time steps"
    )


def test_a_table_has_the_scores_of_its_runs_the_best_first(
    tables: ModuleType, folder: Path, runs: list[Path]
) -> None:
    marker = tables.Marker("toy", "rivals", "")
    text = tables.table_text("toy", "rivals", tables.chosen(marker, folder))
    scores = {
        run.record.method.name: {
            s.metric: s.value for s in run.record.scores if s.season == s.region == "all"
        }
        for run in map(open_run, runs)
    }
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "| `" in line]
    body = [row for row in rows if row[0].startswith("`") and row[0] != "method"]
    names = sorted(scores, key=lambda name: scores[name]["crps"])
    assert [row[0].strip("`") for row in body] == names
    for row in body:
        own = scores[row[0].strip("`")]
        assert row[1:3] == ["1", f"{own['crps']:.4g}"]
        assert row[6] == f"{own['emd']:.3g}"
    assert "No intervals" in text
    assert "bench study rivals -d toy" in text


def test_the_summary_has_the_subject_beside_the_best_of_the_others(
    docs_hooks: Callable[[str], ModuleType],
    tables: ModuleType,
    folder: Path,
    runs: list[Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    summary = docs_hooks("summary_text")
    monkeypatch.setattr(summary, "SUBJECT", "nearest")
    monkeypatch.setattr(summary, "METRICS", (("CRPS", "crps"), ("EMD", "emd")))
    text = summary.summary_text([tables.chosen(tables.Marker("toy", "rivals", ""), folder)])
    [row] = [line.split("|")[1:-1] for line in text.splitlines()[2:] if line.startswith("|")]
    bicubic, nearest = (
        {s.metric: s.value for s in open_run(run).record.scores if s.season == s.region == "all"}
        for run in runs
    )
    for name, cells in (("crps", row[1:4]), ("emd", row[4:7])):
        less = 100 * (nearest[name] - bicubic[name]) / bicubic[name]
        assert [cell.strip() for cell in cells] == [
            f"{nearest[name]:.4g} (1 seed)", f"`bicubic` {bicubic[name]:.4g} (1 seed)", f"{less:+.1f} %"
        ]  # fmt: skip


def test_a_table_is_old_once_a_method_or_an_archive_has_changed(tables: ModuleType, folder: Path) -> None:
    marker = tables.Marker("toy", "rivals", "")
    stamp = f"<!-- made of {tables.digest(tables.chosen(marker, folder))} -->\n"
    made = marker._replace(content=stamp)
    assert tables.up_to_date(made, folder)
    index = json.loads((folder / "index.json").read_text())
    index["references"][0]["older"] = True
    (folder / "index.json").write_text(json.dumps(index))
    assert not tables.up_to_date(made, folder)
    shutil.rmtree(folder)
    assert not tables.up_to_date(made, folder)


def test_a_table_is_old_once_its_rows_are_called_otherwise(
    tables: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One archive has one name on all pages: that of today, though no archive has changed."""
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    words = ("--members", "8", "--metric", "crps", "--set")
    made = [toy_run(tmp_path / how, "broken", *words, f"broken.how={how}") for how in ("well", "fine")]
    configure((Path(PLUGIN[1]),))
    build_references(made, tmp_path / "shipped", commit="abc1234")
    two = tables.chosen(tables.Marker("toy", "rivals", ""), tmp_path / "shipped")
    before = tables.digest(two)
    assert tables.digest(two) == before
    monkeypatch.setattr("downbench.store.row_names.as_written", lambda value: f"<{value}>")
    assert tables.digest(two) != before


def test_rows_are_compared_with_what_the_preset_gives_now(
    docs_hooks: Callable[[str], ModuleType],
    tables: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fit of many more steps may be the best; a reader asks what today's preset is worth."""
    monkeypatch.setenv("DOWNBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(docs_hooks("reference_text"), "COMPARED", ("broken", "bicubic"))
    words = ("--members", "8", "--metric", "crps")
    made = [
        toy_run(tmp_path / how, "broken", *words, "--set", f"broken.how={how}") for how in ("well", "fine")
    ]
    made.append(toy_run(tmp_path / "b", "bicubic", *words))
    configure((Path(PLUGIN[1]),))
    build_references(made, tmp_path / "shipped", commit="abc1234")
    index = tmp_path / "shipped" / "index.json"
    content = json.loads(index.read_text())
    for marked in [one for one in content["references"] if one["method"] == "broken"]:
        for one in content["references"]:
            one["other_settings"] = one is marked
        index.write_text(json.dumps(content))
        chosen = tables.chosen(tables.Marker("toy", "rivals", ""), tmp_path / "shipped")
        assert "| CRPS less `broken` |" in tables.table_text("toy", "rivals", chosen)


def test_variants_of_ofdiff_have_a_table_of_their_own(tables: ModuleType) -> None:
    methods = {"ofdiff", "ofdiff-no-flow", "ofdiff-paper-form", "mean-noise", "unet", "ofdiff-fast"}
    assert tables._names("rivals", methods) == {"ofdiff", "mean-noise", "unet", "ofdiff-fast"}
    assert tables._names("ofdiff", methods) == methods - {"unet"}


def test_a_figure_has_each_row_left_where_it_is_better_and_an_arrow_for_what_is_far_out(
    docs_hooks: Callable[[str], ModuleType],
) -> None:
    figure = docs_hooks("interval_figure")
    rows = [
        figure.Interval("a<b", -0.2, -0.3, -0.1),
        figure.Interval("same", 0.0, -0.1, 0.1),
        figure.Interval("worse", 0.2, 0.1, 0.3),
        figure.Interval("far", 50.0, 49.0, 51.0),
    ]
    drawn = ElementTree.fromstring(figure.svg(rows, "less"))
    spots = [float(one.attrib["cx"]) for one in drawn.iter() if one.tag.endswith("circle")]
    assert spots == sorted(spots)
    assert len(spots) == 3
    texts = [one.text for one in drawn.iter() if one.tag.endswith("text")]
    assert {"a<b", "same", "worse", "far", "→ +50"} <= set(texts)
