"""Intervals and differences that the page works out are those of the suite."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from downbench import Standing, Standings, bias_corrected, find_runs
from downbench_leaderboard.boards import standing
from downbench_leaderboard.site import build_site


def test_intervals_of_the_page_are_those_of_the_suite(page, make, tmp_path, monkeypatch):
    """Skewed resamples, of the whole and of a region with fewer blocks, beside the suite's own function."""
    rng = np.random.default_rng(4)
    weather, own = rng.gamma(2, 0.01, 400), rng.gamma(1, 0.002, (2, 400))
    drawn = dict(enumerate(own + weather))
    land = {row: 2 * sample for row, sample in drawn.items()}
    standings = Standings({}, {("crps", ""): drawn}, 40, 3, {("land", "all"): (22, {("crps", ""): land})})
    place = Standing(0, 0, None)
    standings = replace(standings, places={("crps", ""): {0: place, 1: place}})
    monkeypatch.setattr(standing, "find_standings", lambda rows, parts: standings)
    for name in ("ofdiff", "bicubic"):
        make.write(tmp_path / "runs", make.run(name))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html", "#a=ofdiff&b=bicubic")
    for key, samples, blocks in (("all|all", drawn, 40), ("land|all", land, 22)):
        difference = page.run(f"value(0, 0, '{key}') - value(1, 0, '{key}')")
        expected = bias_corrected(difference, samples[0] - samples[1], blocks=blocks, block=3)
        spread = (samples[0] - samples[1]).std()
        assert page.run(f"interval(0, 1, 0, '{key}')") == pytest.approx(expected, abs=0.05 * spread)
    assert "bias-corrected" in page.run("document.querySelector('#comparison').textContent")
    page.click("#comparison .card.small td[role=button]")
    assert "difference" in page.run("document.querySelector('.popover').textContent")
    assert page.run("verdict(0, 1, 0, 'land|all')") != 0
    assert page.run("COLUMNS[0].zero = 9, verdict(0, 1, 0, 'land|all')") == 0  # less than rounding may make
    assert page.run("[1.034, 0.972, 12.3].map(ratioText)") == ["1.03", "0.97", "12"]
    assert page.errors == []


def test_the_page_tells_a_row_from_the_others_by_the_rule_of_the_suite(page, make, tmp_path, monkeypatch):
    """Of eleven others, by growing differences: as many as Holm's rule says, and no more."""
    rng = np.random.default_rng(6)
    weather, values = rng.normal(0, 0.01, 400), [0.04 + 0.0012 * i for i in range(12)]
    drawn = {i: value + weather + rng.normal(0, 0.0012, 400) for i, value in enumerate(values)}
    places = {("crps", ""): {row: Standing(0, 0, None) for row in drawn}}
    standings = Standings(places, {("crps", ""): drawn}, 40, 3)
    monkeypatch.setattr(standing, "find_standings", lambda rows, parts: standings)
    for i, value in enumerate(values):
        run = make.run("ofdiff", method__name=f"method-{i:02d}")
        for score in run["scores"]:
            if (score["metric"], score["region"], score["season"]) == ("crps", "all", "all"):
                score["value"] = value
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    for row in (0, 5, 11):
        apart = standings.told_apart(("crps", ""), row, dict(enumerate(values)))
        better = sum(apart[other] for other in apart if values[other] > values[row])
        expected = {"others": 11, "better": better, "worse": sum(apart.values()) - better}
        assert page.run(f"against({row}, 0)") == expected
        assert 0 < sum(apart.values()) < 11
    assert page.run("ROWS[11].former = true, against(0, 0).others") == 10  # as in the sentences of pages
    page.run("ROWS[11].former = false, 0")
    page.click("#card td[data-r='0']")
    assert "(adjusted for 11 comparisons)" in page.run("document.querySelector('.popover').textContent")
    colours = page.run("['method-00', 'method-01'].map((m) => colourOf(rowOf(m)))")
    assert len(set(colours)) == 2
    assert page.run("ROWS.every((row) => { row.colour = 'm3'; return true; })")
    page.go("#show=method-02,method-03,method-04")
    assert len(set(page.run("chosen().map((r) => hue(colourOf(r)))"))) == 3
    assert page.errors == []
