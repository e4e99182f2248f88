"""What a board says of a region or season: numbers of that part, and nothing that is of the whole alone."""

from __future__ import annotations

import numpy as np
import pytest

from downbench import Standing, Standings, find_runs
from downbench_leaderboard.boards import standing
from downbench_leaderboard.site import build_site

POPOVER = "document.querySelector('.popover').textContent"


def built(make, tmp_path, *runs):
    for run in runs:
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    return tmp_path / "site" / "index.html"


def at(run, metric, season="all", region="all"):
    (score,) = (
        s for s in run["scores"] if (s["metric"], s["season"], s["region"]) == (metric, season, region)
    )
    return score


@pytest.fixture
def seasons(make, tmp_path):
    """Counts differ by part: of DJF all is known, of JJA nothing."""
    runs = [make.run("ofdiff"), make.run("bicubic")]
    for run in runs:
        at(run, "crps").update(n=950, n_eff=237, low=0.01, high=0.09)
        at(run, "crps", "DJF").update(n=212, n_eff=53, low=0.021, high=0.087)
        at(run, "crps", "JJA").update(n=None, n_eff=None)
    return built(make, tmp_path, *runs)


def test_a_cell_of_a_season_says_its_own_counts_and_interval_or_none(page, seasons):
    said = {}
    for season in ("all", "DJF", "JJA"):
        page.open(seasons, f"#season={season}")
        page.click("#card td[data-c='0']")
        said[season] = page.run(POPOVER)
    assert "n = 950 steps, 237 resampling blocks" in said["all"]
    assert "interval 0.01 to 0.09" in said["all"]
    assert "n = 212 steps, 53 resampling blocks" in said["DJF"]
    assert "interval 0.021 to 0.087" in said["DJF"]
    assert "n =" not in said["JJA"]
    assert "interval" not in said["JJA"]
    assert "8 members" in said["JJA"]
    page.go("#season=DJF&view=table")
    saved = page.run("JSON.parse(EXPORTS.json()[1]).rows[0].scores[0]")
    assert (saved["n"], saved["low"], saved["high"]) == (212, 0.021, 0.087)


def test_what_is_of_the_whole_alone_says_so_where_a_part_is_chosen(page, seasons):
    marks = "$$('.of-whole').map((p) => p.checkVisibility())"
    key = "$$('.key.top').map((p) => p.innerText).join()"
    page.open(seasons)
    assert not any(page.run(marks))
    page.go("#season=DJF")
    assert all(page.run(marks))
    assert "Letters are classes" not in page.run(key)
    page.go("")
    assert not any(page.run(marks))


def unfair(make, name, **changes):
    run = make.run(name, **changes)
    run["metrics"]["mse"]["fair"] = False
    return run


def test_scores_of_unlike_members_are_not_compared_in_any_part(page, make, tmp_path):
    path = built(make, tmp_path, *(unfair(make, name) for name in ("ofdiff", "ofdiff-noflow", "bicubic")))
    page.open(path, "#a=ofdiff&b=bicubic")
    mse, crps = page.run("['mse', 'crps'].map((m) => COLUMNS.findIndex((c) => c.metric === m))")
    assert page.run(f"[letter(rowOf('bicubic'), {mse}), letter(rowOf('bicubic'), {crps})]") == ["≠", ""]
    row = (
        "[...document.querySelectorAll('#by-season tbody tr')].find((r) => r.cells[0]?.textContent === '%s')"
    )
    coloured = "/\\b([bw]\\d|s0)\\b/.test(t.className)"
    cells = f"[...{row}.querySelectorAll('td')].map((t) => [t.textContent, {coloured}])"
    assert page.run(cells % "mse") == [["≠", False]] * 3
    assert all(coloured and text != "≠" for text, coloured in page.run(cells % "crps"))
    assert "≠: not compared" in page.run("$('#by-season').textContent")
    page.go("#season=DJF&ref=ofdiff")
    assert page.run(f"$(`#card td[data-r='${{rowOf('bicubic')}}'][data-c='{mse}']`).textContent") == "≠"
    assert page.run(f"bestOf({mse}, ROWS.map((_, r) => r)).has(rowOf('bicubic'))") is False
    assert page.errors == []


def of_emd(make, name, errors, component):
    """A run whose EMD is a size of a signed error: called so, or with the signed one beside it."""
    run = make.run(name if name == "bicubic" else "ofdiff", method__name=name)
    run["metrics"]["emd"]["headline"] = component
    for score in run["scores"]:
        if score["metric"] == "emd":
            score["value"], score["component"] = errors[name], component
    signed = [s | {"component": f"{component} signed".strip()} for s in run["scores"] if s["metric"] == "emd"]
    run["scores"] += signed if component != "absolute" else []
    return run


@pytest.mark.parametrize("component", ["absolute", "", "p99"])
def test_sizes_of_signed_errors_near_zero_by_chance_make_no_ratio_of_many(page, make, tmp_path, component):
    """Half the median of the others, 0.03, is the least of the reference on the card."""
    errors = {"bicubic": 1e-4, **{f"m-{i}": 0.01 * (1 + i) for i in range(5)}, "m-5": 0.03, "m-6": 0.03}
    path = built(make, tmp_path, *(of_emd(make, name, errors, component) for name in errors))
    page.open(path)
    c = page.run("COLUMNS.findIndex((c) => c.metric === 'emd' && !c.title.endsWith('signed'))")
    crps = page.run("COLUMNS.findIndex((c) => c.metric === 'crps')")
    assert page.run(f"[COLUMNS[{c}].direction, COLUMNS[{c}].chance, COLUMNS[{crps}].chance]") == [
        "lower",
        True,
        False,
    ]
    shade = f"$(`#card td[data-r='${{rowOf('m-4')}}'][data-c='{c}']`).className.split(' ')[0]"
    assert page.run(shade) == "w7"  # four times log2 of 0.05 / 0.015
    page.go("#a=m-4&b=bicubic")
    row = "$$('#by-season tbody tr').find((r) => r.cells[0]?.textContent.startsWith('emd'))"
    # without m-4 and bicubic: 0.01, 0.02, 0.03, 0.03, 0.03, 0.04, so that 0.05 is set beside 0.015
    assert page.run(f"[...{row}.querySelectorAll('td')].map((t) => t.textContent)") == ["3.33"] * 3
    said = page.run("$('#comparison').textContent")
    assert "an error is so near zero, perhaps by chance" in said
    page.go("#a=bicubic&b=m-0")  # both are below 0.015: neither is ahead
    assert page.run(f"[...{row}.querySelectorAll('td')].map((t) => t.textContent)") == ["1.00"] * 3
    assert page.errors == []


def test_a_comparison_without_intervals_by_season_explains_none(page, make, tmp_path, monkeypatch):
    rng = np.random.default_rng(5)
    drawn = {("crps", ""): dict(enumerate(0.05 + rng.normal(0, 0.001, (2, 400))))}
    place = {("crps", ""): dict.fromkeys((0, 1), Standing(0, 0, None))}
    standings = Standings(place, drawn, 40, 3)
    monkeypatch.setattr(standing, "find_standings", lambda rows, parts: standings)
    path = built(make, tmp_path, make.run("ofdiff"), make.run("bicubic"))
    page.open(path, "#a=ofdiff&b=bicubic")
    said = page.run("$('#by-season p').textContent")
    assert said.startswith("These records hold no intervals by season. In the column “all”, bold:")
    assert "Click a number for its interval" not in said


def test_a_selector_without_a_choice_says_why_in_itself(page, make, tmp_path):
    run = make.run("ofdiff")
    run["scores"] = [s for s in run["scores"] if s["season"] == "all"]
    page.open(built(make, tmp_path, run))
    said = "[$('#season').disabled, $('#season').value, $('#season').selectedOptions[0].textContent]"
    assert page.run(said) == [True, "all", "whole period alone"]
    assert "whole period alone" in page.run("$('#season').title")
    assert page.run("$('#region').disabled") is False
