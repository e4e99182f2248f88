"""Pages of runs and methods in a real browser."""

from __future__ import annotations

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
