"""Pages of runs and methods in a real browser."""

from __future__ import annotations

import numpy as np

from downbench import find_runs
from downbench_leaderboard.site import build_site


def test_a_run_s_page_sorts_filters_and_plays(page, one):
    (path,) = (p for p in (one / "runs").glob("ofdiff-xshield*.html") if "seed 0," in p.read_text("utf-8"))
    page.open(path, "#sort=-value&filter=crps")
    values = page.run(
        "[...document.querySelectorAll('#scores tbody tr')].map((r) => Number(r.cells[6].textContent))"
    )
    assert len(values) == 9
    assert values == sorted(values, reverse=True)
    assert page.run("document.querySelectorAll('svg.chart').length") == 2
    page.run("(() => { const s = $('#frames input'); s.value = 2; s.dispatchEvent(new Event('input')); })()")
    assert page.run("[...document.querySelectorAll('.moment')].map((m) => m.hidden)") == [True, True, False]
    (method,) = (p for p in (one / "methods").glob("ofdiff-*.html") if "noflow" not in p.name)
    page.open(method)
    assert page.run("document.querySelectorAll('svg.chart').length") == 2
    assert page.errors == []


def test_a_run_with_one_example_frame_has_a_whole_page(page, make, tmp_path):
    """As imported runs and references have it: there is nothing to play."""
    make.write(tmp_path / "runs", make.run(), make.examples(0, size=16, members=1).isel(time=[1]))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    (path,) = (tmp_path / "site" / "runs").glob("*.html")
    page.open(path)
    assert page.run("document.querySelectorAll('.moment').length") == 1
    assert page.run("document.querySelectorAll('#scores tbody tr').length") > 0
    assert page.errors == []


def test_a_method_s_page_promises_no_more_frames_than_its_run_shows(make, tmp_path):
    for number, frames in enumerate(([1], [0, 1, 2])):
        root, site = tmp_path / f"runs{number}", tmp_path / f"site{number}"
        make.write(root, make.run(), make.examples(0, size=16, members=1).isel(time=frames))
        build_site(find_runs(root), site, root=root)
        (path,) = (site / "methods").glob("*.html")
        text = path.read_text("utf-8")
        assert ("more frames, one after the other" in text) == (len(frames) > 1)
        assert ("the run that it is from" in text) == (len(frames) == 1)


def test_a_dataset_s_page_says_which_share_of_its_rectangle_has_values(make, tmp_path):
    """Of 32 x 32 cells, the left half lacks values, and a corner of 4 x 4 lies in it."""
    examples = make.examples(0, size=32, members=1).isel(time=[1])
    examples["truth"][:, :, :16] = np.nan
    square = [[[0, 50], [4, 50], [4, 54], [0, 54], [0, 50]]]
    make.write(tmp_path / "runs", make.run(dataset__outlines=square), examples)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    (path,) = (tmp_path / "site" / "datasets").glob("*.html")
    text = " ".join(path.read_text("utf-8").split())
    said = (
        "The rectangle that holds the scored area: 50 % of its fine cells have a value, at 2020-12-01 12:00."
    )
    assert said in text


def test_what_a_method_chose_stands_in_words(page, make, tmp_path):
    run = make.run()
    run["device"]["chosen"] = {"batch_cells": 262144, "<b>": "&"}
    make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    (path,) = (tmp_path / "site" / "runs").glob("*.html")
    page.open(path)
    tiles = page.run("[...document.querySelectorAll('.tiles small')].map((one) => one.textContent)")
    assert "batch_cells 262144, chosen by the method" in tiles
    assert "<b> &, chosen by the method" in tiles
    assert not any("{" in text for text in tiles)
