"""What a board says of a region or season: numbers of that part, and nothing that is of the whole alone."""

from __future__ import annotations

import pytest

from downbench import find_runs
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
