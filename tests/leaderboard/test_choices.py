"""What a visitor chooses, in a real browser: the address, cells, files and pictures follow it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from downbench import find_runs
from downbench_leaderboard.site import build_site

CARD = "[...document.querySelectorAll('#card tbody tr')].map((r) => r.querySelector('.name a').textContent)"


TABLE = CARD.replace("#card", "#scores")


def cell(row, column, table="scores"):
    return (
        f"document.querySelector(`#{table} td[data-r='${{rowOf('{row}')}}']"
        f"[data-c='${{COLUMNS.findIndex((c) => c.id === '{column}')}}']`)"
    )


def test_all_that_is_chosen_stands_in_the_address_and_a_link_shows_all_of_it(page, one):
    page.open(
        one / "index.html", "#view=table&sort=-crps&unit=mm/day&region=land&filter=control&groups=overall"
    )
    assert page.run("[$('#unit').value, $('#region').value, $('#filter').value]") == [
        "mm/day",
        "land",
        "control",
    ]
    rows = page.run(TABLE)
    assert sorted(rows[:-1]) == ["bicubic", "mean-noise", "nearest", "quantile-mapping"]
    assert rows[-1] == "rainfarm"  # failed
    cells = "$$('#scores tbody tr td[data-c]:nth-of-type(1)')"
    values = page.run(f"{cells}.map((cell) => cell.firstChild.textContent)")
    assert [float(v) for v in values] == sorted((float(v) for v in values), reverse=True)
    land = page.run("value(rowOf('nearest'), 0)")
    assert float(values[0]) == pytest.approx(land * 24, rel=1e-2)
    assert (
        page.run("document.querySelectorAll('#scores .group').length") == 2
    )  # one of metrics, and the costs
    page.run("$('#region').value = 'all'; $('#region').dispatchEvent(new Event('change'))")
    page.run("$('#every').click()")
    assert "region" not in page.run("location.hash")
    assert "every=1" in page.run("location.hash")
    page.go("#view=table&sort=sae")  # another link, followed on the same page
    assert page.run("[$('#unit').value, $('#filter').value, $('#every').checked]") == ["mm/h", "", False]
    sae = page.run(
        "(() => { const c = COLUMNS.findIndex((c) => c.id === 'sae');"
        " return $$(`#scores [data-c='${c}']`).map((e) => e.textContent); })()"
    )
    assert [text == "null" for text in sae] == [False] * 3 + [True] * 3  # null comes last
    page.go("#view=table&sort=-sae")
    assert page.run("document.querySelector('#scores [aria-sort=descending] button').textContent") == "sae"
    assert page.errors == []


def test_a_link_to_a_place_in_the_page_leaves_what_is_chosen_in_the_address(page, one):
    page.open(one / "index.html", "#view=compare&a=ofdiff&b=bicubic&unit=mm/day")
    for link, place in ((".site [href='#cite']", "#cite"), ("#comparison [href='#by-season']", "#by-season")):
        page.click(link)
        page.wait(
            f"(() => {{ const t = $('{place}').getBoundingClientRect().top; return t >= 0 && t < 900 }})()"
        )
        assert page.run("location.hash") == "#view=compare&a=ofdiff&b=bicubic&unit=mm/day"
    page.run("$('#season').value = 'DJF'; $('#season').dispatchEvent(new Event('change'))")
    assert page.run("[currentView(), $('#unit').value, $('#a').value]") == ["compare", "mm/day", "ofdiff"]
    page.open(one / "index.html")
    page.click(".site [href='#cite']")  # without any choice the place itself stands in the address
    page.wait("location.hash === '#cite'")
    page.open(one / "index.html", "#view=table&unit=mm/day")
    page.go("#a=ofdiff&b=bicubic")
    page.run("history.back()")
    page.wait(
        "currentView() === 'table' && !$('#scores').closest('[hidden]') && $('#unit').value === 'mm/day'"
    )
    assert page.errors == []


def test_what_a_method_was_once_is_explained_and_is_not_compared_first(page, make, tmp_path):
    once = make.run("ofdiff", method__configuration={"steps": 4})
    for score in once["scores"]:
        score["value"] = 0.001
    for run in (once, make.run("ofdiff"), make.run("bicubic")):
        make.write(tmp_path / "runs", run)
    files = [
        replace(file, marks=("reference", *(["not today's preset"] if steps == 4 else [])))
        for file in find_runs(tmp_path / "runs")
        for steps in [file.run["method"]["configuration"].get("steps")]
    ]
    build_site(files, tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    said = "† not today's preset: other settings than the preset of its method gives now"
    assert page.run("$('#key-signs').innerText").startswith(said)
    page.go("#view=compare")
    assert page.run("[$('#a').value, ROWS[0].aside]") == ["ofdiff", True]


def test_ablations_are_not_what_is_shown_before_anything_is_chosen(page, make, tmp_path):
    ablation = make.run("ofdiff-no-flow", method__tags=["ablation"])
    for score in ablation["scores"]:
        score["value"] = 0.001
    for run in (ablation, *(make.run(name) for name in ("ofdiff", "unet", "unet-crps", "bicubic"))):
        make.write(tmp_path / "runs", run)
    files = [replace(file, marks=("reference",)) for file in find_runs(tmp_path / "runs")]
    build_site(files, tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html", "#view=compare")
    assert page.run("[ROWS[0].name, $('#a').value]") == ["ofdiff-no-flow", "ofdiff"]
    assert sorted(page.run("chosen().map((r) => ROWS[r].name)")) == ["ofdiff", "unet", "unet-crps"]
    page.go("#show=ofdiff-no-flow")
    assert page.run("chosen().map((r) => ROWS[r].name)") == ["ofdiff-no-flow"]


def test_a_cell_says_all_that_is_known_by_click_key_and_touch_and_in_the_units_shown(page, one):
    page.open(one / "index.html", "#unit=mm/day")
    page.click("#card td[data-c='0']")
    text = page.run("document.querySelector('.popover').textContent")
    for words in (
        "ofdiff",
        "mm/day",
        "mean of 3 seeds",
        "below that of bicubic",
        "How crps is defined",
        "seed 0, seed 1, seed 2",
    ):
        assert words in text
    assert "0.9888" in text  # 0.0412 mm/h
    links = page.run("[...document.querySelectorAll('.popover a')].map((a) => a.getAttribute('href'))")
    assert all((one / link).is_file() for link in links)
    page.press("Escape")
    assert page.run("document.querySelector('.popover')") is None
    page.press("ArrowDown")
    page.press("Enter")
    assert "ofdiff-noflow" in page.run("document.querySelector('.popover h3').textContent")
    page.go("#unit=mm/h")  # what is shown changes, so nothing may go on speaking of it
    assert page.run("document.querySelector('.popover')") is None
    page.size(420, 800, mobile=True)
    page.call("Emulation.setTouchEmulationEnabled", enabled=True)
    page.click("#card td[data-c='0']", touch=True)
    page.wait("document.querySelector('.popover')?.textContent.includes('mm/h')")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")
    page.go("#view=curves")
    page.click("#charts svg.chart", touch=True)
    page.wait("document.querySelector('#charts .readout b:nth-child(1)') !== null")
    page.call("Emulation.setTouchEmulationEnabled", enabled=False)
    page.size(1400)


def test_what_is_saved_is_what_is_on_screen(page, one):
    page.open(one / "index.html", "#view=table&filter=diffusion&unit=mm/day&groups=overall")
    saved = page.run("Object.fromEntries(Object.keys(EXPORTS).map((k) => [k, EXPORTS[k]()[1]]))")
    rows = [line.split(",") for line in saved["csv"].strip().split("\r\n")]
    assert [row[rows[0].index("method")] for row in rows[1:]] == ["ofdiff", "ofdiff-noflow"]
    assert float(rows[1][rows[0].index("crps [mm/day]")]) == pytest.approx(0.0412 * 24)
    assert float(rows[1][rows[0].index("mse [(mm/day)²]")]) == pytest.approx(0.0412 * 4 * 24**2)
    content = json.loads(saved["json"])
    assert [row["method"] for row in content["rows"]] == ["ofdiff", "ofdiff-noflow"]
    assert content["rows"][0]["seeds"] == "0 1 2"
    assert [score["metric"] for score in content["rows"][0]["scores"]] == ["crps", "mse"]
    assert all((one / record).is_file() for row in content["rows"] for record in row["records"])
    assert saved["md"].splitlines()[2].startswith("| method | crps \\[mm/day\\] ↓ |")
    assert len(saved["md"].splitlines()) == 2 + 2 + 2
    assert "\\begin{tabular}{lrr}" in saved["tex"]
    assert "crps [mm/day] $\\downarrow$" in saved["tex"]
    assert saved["tex"].count("\\\\") == 3
    quoted = page.run("csv([['=1+1', 'a,b', 'say \"x\"', 1.5, null]])")
    assert quoted == '\'=1+1,"a,b","say ""x""",1.5,\r\n'
    page.go("#view=table&filter=ofdiff&seeds=1")
    assert page.run("exported().rows.map((line) => line.seed)") == [0, 1, 2, 0]


def test_any_two_are_compared(page, one):
    page.open(one / "index.html", "#a=ofdiff&b=nearest")
    text = page.run("document.querySelector('#comparison').textContent")
    assert page.run("document.querySelector('[data-shows=scorecard]').hidden")
    for words in (
        "ofdiff has the smaller error",
        "By region",
        "By season",
        "The same moment",
        "bench compare",
    ):
        assert words in text
    heat = page.run("ratio(rowOf('ofdiff'), 0, 'land|all', rowOf('nearest'))")
    assert heat == pytest.approx(
        page.run("value(rowOf('ofdiff'), 0, 'land|all') / value(rowOf('nearest'), 0, 'land|all')"), rel=1e-5
    )
    assert page.run("document.querySelectorAll('#comparison svg.chart').length") == 2
    page.run("$('#b').value = 'bicubic'; $('#b').dispatchEvent(new Event('change'))")
    assert page.run("location.hash") == "#a=ofdiff&b=bicubic"
    page.size(420, mobile=True)
    heights = page.run("$$('#comparison .compare tbody tr').map((r) => r.getBoundingClientRect().height)")
    assert max(heights) <= 75, "three lines: the name of a metric wraps, words out of sight do not"
    page.size(1400)
    assert page.errors == []


def test_pictures_follow_the_filter_and_the_choice(page, one):
    page.open(one / "index.html", "#view=maps")
    names = "[...document.querySelectorAll('#gallery figcaption a')].map((a) => a.textContent)"
    assert sorted(page.run(names)) == ["bicubic", "mean-noise", "nearest", "ofdiff", "ofdiff-noflow"]
    assert "Without: quantile-mapping" in page.run("$('#maps-note').textContent")
    page.go("#view=maps&filter=ofdiff")
    assert page.run(names) == ["ofdiff", "ofdiff-noflow"]
    page.go("#view=curves&show=ofdiff,bicubic")
    kinds = "['truth', 'chosen', 'control', 'other'].map((k) => $$('.series.' + k, $('#charts svg')).length)"
    assert page.run(kinds) == [1, 2, 3, 1]
    page.go("#view=curves&show=ofdiff&filter=ofdiff")
    assert page.run(kinds) == [1, 1, 0, 1]
    page.run("document.querySelector('#charts svg').focus()")
    page.press("ArrowRight")
    assert "ofdiff" in page.run("document.querySelector('#charts .readout').textContent")
    page.run("document.querySelector('#charts details').open = true; new Promise((r) => setTimeout(r, 50))")
    assert page.run("document.querySelectorAll('#charts details table tbody tr').length") == 24
    page.go("")
    page.click("#card [data-pick='5']")
    assert "show=" in page.run("location.hash")
    assert page.run("document.activeElement.dataset.pick") == "5"
    assert page.run("document.querySelectorAll('#front .point').length") == 6
    assert page.errors == []
