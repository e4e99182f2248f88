"""The pages in a real browser: what a visitor sees, clicks, types, touches, prints and links to."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest

from downbench import Standing, Standings, bias_corrected, find_runs
from downbench_leaderboard.boards import standing
from downbench_leaderboard.site import build_site

CARD = "[...document.querySelectorAll('#card tbody tr')].map((r) => r.querySelector('.name a').textContent)"
TABLE = CARD.replace("#card", "#scores")


@pytest.fixture(scope="module")
def one(make, tmp_path_factory):
    """A site of one board: six methods, three seeds of one of them, and a failed run."""
    root = tmp_path_factory.mktemp("one") / "runs"
    for i, name in enumerate(make.METHODS):
        run = make.run(name)
        for score in run["scores"]:
            if score["metric"] == "crps" and (score["region"], score["season"]) == ("all", "all"):
                score.update(low=score["value"] * 0.9, high=score["value"] * 1.1, n_eff=24)
        make.write(root, run, make.examples(i, size=32, members=2) if i != 2 else None)
    for seed in (1, 2):
        make.write(root, make.run("ofdiff", seed=seed))
    make.write(root, make.run("rainfarm", status="failed", reason="it broke", scores=[], seed=3))
    build_site(find_runs(root), root.parent / "site", root=root)
    return root.parent / "site"


def cell(row, column, table="scores"):
    return (
        f"document.querySelector(`#{table} td[data-r='${{rowOf('{row}')}}']"
        f"[data-c='${{COLUMNS.findIndex((c) => c.id === '{column}')}}']`)"
    )


def test_the_scorecard_shows_errors_relative_to_bicubic(page, one, make):
    page.open(one / "index.html")
    assert page.run(CARD) == sorted(make.METHODS, key=lambda name: make.METHODS[name][1])
    assert page.run("document.querySelector('h1').textContent").startswith("On xshield (stand-in), ofdiff")
    classes = "e => [...e.classList].find((c) => /^([bw]\\d|s0|none|plain)$/.test(c))"
    assert page.run(f"({classes})({cell('bicubic', 'crps', 'card')})") == "s0"
    assert page.run(f"({classes})({cell('ofdiff', 'crps', 'card')})") == "b2"  # log2(0.0412 / 0.0628) = -0.61
    assert page.run(f"({classes})({cell('nearest', 'sae', 'card')})") == "none"
    page.go("#ref=nearest")
    assert page.run(f"({classes})({cell('bicubic', 'crps', 'card')})") == "s0"  # -0.096 rounds to none
    assert page.run(f"({classes})({cell('ofdiff', 'crps', 'card')})") == "b3"
    assert page.errors == []


def test_twenty_methods_and_27_metrics_fit_on_a_laptop(page, make, tmp_path):
    runs = []
    for i in range(20):
        run = make.run("ofdiff", method__name=f"a-method-{i:02d}")
        base = next(s for s in run["scores"] if s["metric"] == "crps")
        card = run["metrics"]["crps"]
        for k in range(21):
            run["metrics"][f"metric-{k}"] = {**card, "tags": [("spatial", "temporal", "calibration")[k % 3]]}
            run["scores"].append({**base, "metric": f"metric-{k}"})
        run["metrics"]["metric-0"]["headline"] = "the mean of the whole of the ensemble"
        run["scores"] += [{**base, "metric": "metric-0", "component": run["metrics"]["metric-0"]["headline"]}]
        runs.append(run)
    for run in runs:
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.size(1366, 768)
    page.open(tmp_path / "site" / "index.html")
    page.run("$('.bar').scrollIntoView({behavior: 'instant'})")
    bottom = page.run("$('#card').getBoundingClientRect().bottom")
    inside = page.run("$('#card').parentNode.scrollWidth <= $('#card').parentNode.clientWidth")
    assert page.run("document.querySelectorAll('#card tbody tr').length") == 20
    assert page.run("document.querySelectorAll('#card tbody tr:first-child td[data-c]').length") >= 27
    assert inside
    assert bottom <= 768
    page.size(1000, 700)
    page.run("dispatchEvent(new Event('resize'))")
    assert "Cost" in page.run("$('#card-further').textContent")  # what a narrow window hides is named
    page.size(1047, 740)  # A4 across without its margins
    page.go("#view=table")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 1")
    widths = page.run("$$('#printed table').map((t) => t.getBoundingClientRect().right)")
    assert max(widths) <= 1047
    page.go("#view=compare")
    widths = page.run("$$('#comparison table').map((t) => t.getBoundingClientRect().right)")
    assert len(widths) == 3  # metrics, regions, seasons
    assert max(widths) <= 1047
    page.call("Emulation.setEmulatedMedia", media="")
    page.size(1400)


EDGES = """(table) => {
  const rows = [...document.querySelectorAll(`${table} tbody tr`)].slice(0, 3);
  const left = (cells) => [...cells].map((c) => Math.round(c.getBoundingClientRect().left));
  const name = document.querySelector(`${table} thead .name`);
  const heads = [name, ...document.querySelectorAll(`${table} thead tr:last-child th`)];
  return [left(heads), ...rows.map((row) => left(row.cells))];
}"""


def test_what_a_reader_must_know_of_a_row_is_in_sight_however_long_its_name(page, make, tmp_path):
    """A sign that stands in its row's cell and no further right, with its meaning below."""
    for name in ("bicubic", "ofdiff", f"long-{'name-' * 20}", *("diff" * i for i in range(1, 6))):
        make.write(tmp_path / "runs", make.run(name))
    files = [
        replace(
            file, marks=("reference", *(() if file.run["method"]["name"] == "ofdiff" else ("older version",)))
        )
        for file in find_runs(tmp_path / "runs")
    ]
    build_site(files, tmp_path / "site", root=tmp_path / "runs")
    for width in (1400, 420):
        page.size(width)
        page.open(tmp_path / "site" / "index.html")
        right = "getBoundingClientRect().right"
        inside = page.run(f"$$('#card .sign').map((s) => s.{right} <= s.closest('th').{right})")
        assert inside == [True] * 7
        assert page.run("$('#key-signs').innerText") == "† older version"
    page.size(1400)
    assert page.run("$$('#card .sign .unseen').map((s) => s.textContent)") == ["older version"] * 7


def test_the_tick_of_what_was_verified_is_explained_below_the_scorecard(page, make, tmp_path):
    for name in ("bicubic", "ofdiff"):
        make.write(tmp_path / "runs", make.run(name))
    files = find_runs(tmp_path / "runs")
    for marks, told in (
        (("reference", "scores checked"), "✓ scores checked: an independent path "),
        (("reference", "made again"), "✓✓ made again: the whole run "),
        (("reference",), ""),
    ):
        build_site([replace(file, marks=marks) for file in files], tmp_path / "site", root=tmp_path / "runs")
        page.open(tmp_path / "site" / "index.html")
        assert len(page.run("$$('#card .tick').map((tick) => tick.title)")) == 2 * bool(told)
        assert page.run("$('#key-signs').innerText").startswith(told)
        assert bool(page.run("$('#key-signs').innerText")) == bool(told)


def test_without_anything_to_be_relative_to_no_colour_is_explained(page, make, tmp_path):
    make.write(tmp_path / "runs", make.run("ofdiff"))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    assert page.run("$$('.ratios-key').some((part) => part.checkVisibility())") is False
    assert (
        page.run("$('h1').textContent")
        == "On xshield (stand-in), ofdiff is the only method that was scored so far."
    )


def test_many_rows_stand_under_their_headings_on_screen_and_in_print(page, make, tmp_path):
    """Rows out of sight are not laid out, which makes a sort quick; none may differ in its columns."""
    for i in range(70):
        run = make.run("ofdiff", method__name=f"method-{'x' * (i % 9)}-{i:02d}")
        make.write(tmp_path / "runs", run, make.examples(0, size=8, members=1) if i < 30 else None)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    for view, table in (("scorecard", "#card"), ("table", "#scores")):
        page.go(f"#view={view}&every=1&intervals=1")
        assert page.run(f"$('{table}').classList.contains('rows')")
        heads, *rows = page.run(f"({EDGES})('{table}')")
        assert all(row == heads for row in rows)
        assert page.run(f"$$('{table} tbody td').every((c) => c.getAttribute('role') === 'gridcell')")
        page.click(f"{table} [data-sort='emd']")
        names = page.run(f"$$('{table} tbody tr').map((r) => r.dataset.row)")
        assert names == page.run("sorted(matching()).map(String)")
    page.go("#view=maps")
    assert page.run("$$('#gallery figure').length") == 30 + 2  # all of them, the truth, the coarse input
    page.go("#view=table&every=1&intervals=1")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 0")
    assert page.run("$$('#printed table').every((t) => t.tBodies[0].rows.length === 70)")
    page.call("Emulation.setEmulatedMedia", media="")
    assert page.errors == []


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


def test_the_header_stays_in_sight_and_columns_without_any_value_do_not(page, one):
    page.size(1400, 400)
    page.open(one / "index.html", "#view=table&every=1")
    page.run("(() => { const s = $('.tall'); s.style.maxHeight = '150px'; s.scrollTop = 200; })()")
    top = page.run("document.querySelector('.tall').getBoundingClientRect().top")
    heads = page.run(
        "[...document.querySelectorAll('#scores thead th')].map((h) => h.getBoundingClientRect().top)"
    )
    assert all(top <= head < top + 60 for head in heads)
    titles = "[...document.querySelectorAll('#scores thead [data-sort]')].map((b) => b.textContent)"
    assert "quantiles p99.999" not in page.run(titles)
    page.go("#view=table&every=1&empty=1")
    assert "quantiles p99.999" in page.run(titles)
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


NAMELESS = """$$('button, a[href], select, input, svg[role=img], [role=grid], [role=region]')
  .filter((e) => e.checkVisibility())
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title
    || e.closest('label')?.textContent.trim() || e.querySelector('img[alt]')))
  .map((e) => e.outerHTML.slice(0, 90))"""
HEADLESS = "$$('[data-shows]:not([hidden]) table').filter((t) => t.rows.length && !t.tHead).length"


def test_every_control_has_a_name_and_every_picture_a_text(page, one):
    """What a screen reader needs; of axe-core's rules those that matter here, without its package."""
    for fragment in ("", "#view=table", "#view=compare", "#view=curves", "#view=maps"):
        page.open(one / "index.html", fragment)
        nameless = page.run(NAMELESS)
        assert nameless == []
        assert page.run("[...document.images].filter((i) => !i.alt).length") == 0
        ids = page.run("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        assert len(ids) == len(set(ids))
        assert page.run("document.querySelectorAll('h1').length") == 1
        assert page.run(HEADLESS) == 0


def test_every_column_is_printed_in_a_size_that_can_be_read(page, one):
    page.open(one / "index.html", "#view=table&every=1&empty=1")
    sorts = "$$('%s thead [data-sort]').map((b) => b.dataset.sort)"
    texts = page.run(sorts % "#scores")
    values = page.run("$$('#scores tbody td[data-c]:not(.null)').length")
    page.size(1047, 720)  # A4 landscape between its margins
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 1")
    assert sorted(page.run(sorts % "#printed")) == sorted(text for text in texts if text != "method")
    assert page.run("$$('#printed tbody td[data-c]:not(.null)').length") == values
    assert page.run("extent($$('#printed tr > *').map((c) => c.getBoundingClientRect().right))[1]") <= 1047
    sizes = page.run("$$('#printed td[data-c]').map((v) => parseFloat(getComputedStyle(v).fontSize))")
    assert min(sizes) >= 9  # 7 points
    assert (
        page.run("$$('#printed thead button').length") == 0
    )  # a further page would repeat none of their words
    assert page.run("getComputedStyle($('#scores')).display") == "none"
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf + b"".join(inflated(pdf)))) <= 5
    page.call("Emulation.setEmulatedMedia", media="")
    page.wait("$$('#printed table').length === 0")
    page.size(1400)
    assert page.errors == []


def test_a_scorecard_of_more_columns_than_paper_has_room_for_is_printed_in_pieces(page, make, tmp_path):
    for i in range(3):
        run = make.run("ofdiff", method__name=f"a-method-{i}")
        base = next(s for s in run["scores"] if s["metric"] == "crps")
        for k in range(70):
            run["metrics"][f"metric-{k}"] = run["metrics"]["crps"]
            run["scores"].append({**base, "metric": f"metric-{k}"})
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.size(1047, 720)  # A4 landscape between its margins
    page.open(tmp_path / "site" / "index.html")
    sorts = "$$('%s thead tr:last-child [data-sort]').map((b) => b.dataset.sort)"
    columns = page.run(sorts % "#card")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed-card table').length > 1")
    assert page.run("getComputedStyle($('#card')).display") == "none"
    assert len(columns) > 70
    assert page.run(sorts % "#printed-card") == columns  # each once, in their order
    names = page.run("$$('#printed-card table').map((t) => $$('tbody .name a', t).map((a) => a.textContent))")
    assert names == [[f"a-method-{i}" for i in range(3)]] * len(names)
    assert (
        page.run("extent($$('#printed-card tr > *').map((c) => c.getBoundingClientRect().right))[1]") <= 1047
    )
    assert page.run("$$('#printed-card thead button').length") == 0
    page.call("Emulation.setEmulatedMedia", media="")
    page.wait("$$('#printed-card table').length === 0")
    assert page.run("$('#card').checkVisibility()")
    page.size(1400)
    assert page.errors == []


def test_a_scorecard_of_many_rows_is_whole_on_one_page_of_its_own(page, make, tmp_path):
    for i in range(30):
        make.write(tmp_path / "runs", make.run("ofdiff", method__name=f"row-{i:02d}"))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.size(1047, 720)
    page.open(tmp_path / "site" / "index.html")
    page.call("Emulation.setEmulatedMedia", media="print")
    rules = page.run("[getComputedStyle($('#card')).breakInside, getComputedStyle($('.aside')).order]")
    height = page.run("$('#card').getBoundingClientRect().height")
    page.call("Emulation.setEmulatedMedia", media="")
    page.size(1400)
    assert rules == ["avoid", "-1"]
    assert height <= 718  # 190 mm


SIGNED = "$('#card tr[data-row=\"%d\"] td[data-c=\"%d\"]').className.split(' ')[0]"


def test_a_signed_error_of_the_reference_near_zero_makes_no_column_brown(page, make, tmp_path):
    """That of bicubic is by chance; what others have is held against half of their median."""
    errors = {"bicubic": 1e-4, **{f"m-{i}": 0.01 * (1 + i) for i in range(5)}}  # median 0.03
    for name, signed in errors.items():
        run = make.run("bicubic" if name == "bicubic" else "ofdiff", method__name=name)
        run["metrics"]["emd"] = {**run["metrics"]["emd"], "direction": "zero"}
        for score in run["scores"]:
            if score["metric"] == "emd":
                score["value"] = signed if score["season"] == "all" else None
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    c = page.run("COLUMNS.findIndex((column) => column.metric === 'emd')")
    assert page.run(f"COLUMNS[{c}].direction") == "zero"
    at = {row: r for r, row in enumerate(page.run("ROWS.map((row) => row.name)"))}
    shades = {name: page.run(SIGNED % (at[name], c)) for name in errors}
    assert shades == {  # four times log2 of the error over 0.015
        **{"bicubic": "b8", "m-0": "b2", "m-1": "w2", "m-2": "w4", "m-3": "w6", "m-4": "w7"}
    }
    assert "In emd the error of bicubic is so near zero" in page.run("$('#card-note').textContent")


def inflated(pdf):
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue


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
    page.click("#card td[data-r='0']")
    assert "(adjusted for 11 comparisons)" in page.run("document.querySelector('.popover').textContent")
    colours = page.run("['method-00', 'method-01'].map((m) => colourOf(rowOf(m)))")
    assert len(set(colours)) == 2
    assert page.run("ROWS.every((row) => { row.colour = 'm3'; return true; })")
    page.go("#show=method-02,method-03,method-04")
    assert len(set(page.run("chosen().map((r) => hue(colourOf(r)))"))) == 3
    assert page.errors == []


MANY = """(() => {
  const x = [...Array(400).keys()].map((i) => i + 1), host = element("div");
  const series = [...Array(600).keys()]
    .map((i) => ({ label: `m${i}`, kind: "other", x, y: x.map(() => i + 1) }));
  const points = series.map((s, i) => ({ ...s, x: i + 1, y: 600 - i, colour: "m0", page: "#" }));
  lineChart(host, { x_label: "x", y_label: "y", log_x: true, log_y: true }, series, "many");
  const lines = host.querySelectorAll(".series").length;
  document.body.append(host);
  scatter(host, points, "cost", "score", "lower");
  const boxes = $$(".point text", host).map((t) => t.getBoundingClientRect());
  // Nearer than two lines may stand: a line has air above and below.
  const clash = boxes.some((a, i) => boxes.slice(i + 1).some((b) =>
    a.left < b.right && b.left < a.right && Math.abs(a.top - b.top) < 0.7 * a.height));
  host.remove();
  return [boxes.length > 1 && !clash, lines,
    host.querySelectorAll(".point").length, formatter(series.flatMap((s) => s.y))(1)];
})()"""


def test_hundreds_of_thousands_of_points_do_not_end_the_script(page, one):
    page.open(one / "index.html")
    assert page.run("[-3e-10, -0.02].map(formatter([0.02, 0.5]))") == ["0.0000", "\N{MINUS SIGN}0.0200"]
    assert page.run(MANY) == [True, 600, 600, "1.0"]
    assert page.errors == []


def test_hostile_names_do_nothing_and_only_the_site_is_asked_for(page, site):
    page.requests.clear()
    (hostile,) = (p for p in (site / "runs").glob("*.html") if p.name.startswith("script"))
    boards = [p for p in site.glob("*.html") if p.name != "index.html"]
    for path in (hostile, *boards):
        for fragment in ("", "#view=table&every=1", "#view=compare", "#view=curves"):
            page.open(path, fragment)
            assert page.run("window.pwned") is None
    assert all(address.startswith(("file:", "data:", "about:")) for address in page.requests)
    assert page.errors == []


def test_the_policy_of_the_page_lets_its_own_script_run_only(page, one):
    path = one / "smuggled.html"
    text = (one / "index.html").read_text("utf-8")
    path.write_text(text.replace("</body>", "<script>document.body.dataset.smuggled = 1</script></body>"))
    page.open(path)
    assert page.run("document.body.dataset.smuggled") is None
    for _ in range(200):  # the browser tells of it when it comes to it
        if page.errors:
            break
        page.run("new Promise((r) => setTimeout(r, 20))")
    assert any("Content Security Policy" in error for error in page.errors)
    page.errors.clear()
    path.unlink()


def test_a_curve_of_a_plug_in_has_axes_a_legend_and_a_line_without_skill_that_is_not_the_truth(
    page, make, tmp_path
):
    """Labels and series that nobody here has heard of, without names of its axes; and one as of the ROC."""
    shares = [0.0, 0.5, 1.0]
    for name, skill, rates in (("ofdiff", 0.8, shares), ("bicubic", 0.6, [0.0, 0.25, 1.0])):
        odd = {"x": shares, "series": {"hits": [0, skill, 1], "misses": [1, 1 - skill, 0]}}
        roc = {
            "x": rates,
            "series": {"1 mm/h": [0, skill, 1], "4 mm/h": [0, skill / 2, 1], "truth unknown": rates},
            "y_label": "hit rate",
        }
        run = make.run(name)
        card = {**run["metrics"]["crps"], "tags": ["of-mine"]}
        run["metrics"]["mine"] = card
        run["scores"].append({**run["scores"][0], "metric": "mine"})
        run["curves"] = {"mine": odd, "roc": roc}
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html", "#view=curves")
    figure = "$$('#charts figure').find((f) => $('figcaption', f).textContent === '%s')"
    mine, other = figure % "mine", figure % "roc"
    assert page.run(f"$('.label:last-of-type', {mine}).textContent") == "mine"
    assert page.run(f"$('.parts', {mine}).textContent") == "hitsmisses"
    assert page.run(f"$$('svg.chart .series.part1', {mine}).length") == 2  # one a method
    assert page.run(f"$$('svg.chart .series.truth', {other}).length") == 0
    assert page.run(f"$$('svg.chart .series.shared', {other}).length") == 1
    assert page.run(f"$('.parts', {other}).textContent") == "1 mm/h4 mm/h"
    page.go("")
    assert page.run("$$('#card .group').map((g) => g.textContent)")[-2:] == ["Other", "Cost"]
    assert page.errors == []
