"""What a reader's eyes need, in a real browser: contrast, whole names and formulas, lines that stay lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from downbench import find_runs
from downbench_leaderboard.site import build_site

LEAST = 4.5  # contrast of text, WCAG 2.2, 1.4.3
TOO_FAINT = """(() => {
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    pen.clearRect(0, 0, 1, 1); pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, share, i) => {
    const v = c[i] / 255;
    return sum + share * (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (e) => {
    const layers = [];
    for (let n = e; n; n = n.parentElement) layers.push(rgba(getComputedStyle(n).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const faint = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement, drawn = e.closest('svg');
    if (!n.textContent.trim() || !e.checkVisibility()) continue;
    if (e.closest('script, style, noscript, .unseen, select:disabled')) continue;
    const ground = behind(drawn ? drawn.parentElement : e), style = getComputedStyle(e);
    const own = rgba(drawn ? style.fill : style.color);
    for (let p = e; p; p = p.parentElement) own[3] *= Number(getComputedStyle(p).opacity);
    const [high, low] = [light(over(own, ground)), light(ground)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < LEAST) faint.push(`${contrast.toFixed(2)} ${e.outerHTML.slice(0, 90)}`);
  }
  return faint;
})()""".replace("LEAST", str(LEAST))
# Every colour that a cell can have, with a letter and with the sign of what is not compared.
ALL_SHADES = """(() => {
  const row = $('#card tbody tr');
  for (const letter of 'bw') for (let i = 1; i <= 8; i++) row.insertAdjacentHTML('beforeend',
    `<td class="${letter}${i}">A</td><td class="${letter}${i}"><span class="unequal">≠</span></td>`);
})()"""


@pytest.fixture(scope="module")
def looks(make, tmp_path_factory):
    """A site of references with all marks; one metric is neither better nor worse, and names are long."""
    root = tmp_path_factory.mktemp("looks") / "runs"
    names = ("ofdiff", "bicubic", "mean-noise", "ofdiff-unet-mean", "lognormal-cascade")
    for name in names:
        run = make.run(name)
        run["metrics"]["lag1"]["direction"] = "none"
        make.write(root, run, make.examples(1, size=16, members=2))
    own = {"ofdiff": "made again", "bicubic": "scores checked", "mean-noise": "not today's preset"}
    files = [
        replace(file, marks=("reference", *([mark] if mark else [])))
        for file in find_runs(root)
        for mark in [own.get(file.run["method"]["name"], "")]
    ]
    build_site(files, root.parent / "site", root=root)
    return root.parent / "site"


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_has_enough_contrast(page, looks, dark):
    page.size(1400, dark=dark)
    for fragment in ("", "#view=table&intervals=1", "#a=ofdiff&b=bicubic", "#view=curves", "#view=maps"):
        page.open(looks / "index.html", fragment)
        if not fragment:
            page.run(ALL_SHADES)
        assert page.run(TOO_FAINT) == []
    for kind in ("methods/ofdiff-", "metrics/crps-", "datasets/", "runs/ofdiff-"):
        page.open(sorted(looks.glob(f"{kind}*.html"))[0])
        assert page.run(TOO_FAINT) == []
    page.size(1400)


def test_a_phone_shows_whole_names_all_views_in_a_line_and_whole_formulas(page, looks):
    page.size(420, 800, mobile=True)
    page.open(looks / "index.html")
    whole = "$$('#card tbody .name a').map((a) => a.scrollWidth <= a.clientWidth)"
    assert page.run(whole) == [True] * 5
    assert page.run("new Set($$('.views a').map((a) => a.getBoundingClientRect().top)).size") == 1
    page.open(sorted(looks.glob("metrics/crps-*.html"))[0])
    assert page.run("document.querySelector('.formula math') !== null")
    wide, room = page.run("['scrollWidth', 'clientWidth'].map((k) => document.querySelector('.formula')[k])")
    assert wide <= room
    page.size(1400)


def test_a_table_of_all_datasets_breaks_no_word_on_a_phone(page, make, tmp_path):
    for label in ("a record of a long name", "another record of a long name"):
        make.write(tmp_path / "runs", make.run("ofdiff", dataset__label=label, dataset__fingerprint=label))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.size(420, 800, mobile=True)
    page.open(sorted((tmp_path / "site").glob("methods/ofdiff-*.html"))[0])
    lines = page.run(
        "[...document.querySelectorAll('.glance :is(td, thead th)')].map((cell) => {"
        " const range = document.createRange(); range.selectNodeContents(cell);"
        " return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size; })"
    )
    page.size(1400)
    assert lines == [1] * 7  # three headings, and two cells of each dataset


def test_numbers_of_regions_and_seasons_stay_in_one_line_on_paper(page, looks):
    page.size(1047, 740)  # A4 across without its margins
    page.open(looks / "index.html", "#a=ofdiff&b=bicubic")
    page.call("Emulation.setEmulatedMedia", media="print")
    lines = page.run(
        "$$('#comparison .card.small td').map((td) => {"
        " const range = document.createRange(); range.selectNodeContents(td);"
        " return new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size; })"
    )
    page.call("Emulation.setEmulatedMedia", media="")
    page.size(1400)
    assert len(lines) > 20
    assert max(lines) == 1


def test_what_is_neither_better_nor_worse_stands_in_the_table_alone(page, looks):
    page.open(looks / "index.html")
    heads = "$$('#card .metric [data-sort]').map((b) => b.dataset.sort)"
    assert "crps" in page.run(heads)
    assert "lag1" not in page.run(heads)
    assert "neither high nor low is better: lag1." in page.run("$('#card-note').textContent")
    page.go("#empty=1")
    assert "lag1" in page.run(heads)
    page.go("#view=table")
    assert "lag1" in page.run(heads.replace("#card .metric", "#scores"))


def test_squares_are_raised_wherever_a_unit_stands(page, looks):
    for fragment in ("#view=table", "#a=ofdiff&b=bicubic", "#view=curves"):
        page.open(looks / "index.html", fragment)
        shown = page.run("[...document.querySelectorAll('main :not(script)')].map((e) => e.textContent)")
        assert any("(mm/h)²" in part for part in shown)
        assert not any("(mm/h)2" in part for part in shown if len(part) < 200)
    for kind in ("metrics/mse-", "methods/ofdiff-"):
        page.open(sorted(looks.glob(f"{kind}*.html"))[0])
        assert "(mm/h)²" in page.run("document.querySelector('main').innerText")
        assert "(mm/h)2" not in page.run("document.querySelector('main').innerText")


CROWDED = """(() => {
  const point = (id, x, y, more) => ({ id, x, y, label: id, colour: "m0", control: false, chosen: false, page: "", ...more });
  const points = [point("the-best-and-cheapest", 0.089, 0.03), point("next", 0.099, 0.0302), point("chosen", 0.23, 0.0305, { chosen: true }),
    ...[0.11, 0.13, 0.15, 0.16].map((x, i) => point(`other-${i}`, x, 0.031 + 0.008 * i))];
  const host = element("div", {});
  host.style.width = "600px";
  document.body.append(host);
  scatter(host, points, "cost", "score", "lower");
  const names = $$(".point text", host).map((t) => t.textContent);
  host.remove();
  return names;
})()"""  # noqa: E501


def test_the_best_is_named_in_its_corner_of_the_chart_of_costs(page, looks):
    page.open(looks / "index.html")
    assert sorted(page.run(CROWDED)) == ["chosen", "the-best-and-cheapest"]


def test_a_page_of_a_part_leads_back_and_says_so(page, looks):
    for kind in ("methods/ofdiff-", "metrics/crps-", "datasets/", "runs/ofdiff-"):
        page.open(sorted(looks.glob(f"{kind}*.html"))[0])
        assert page.run("document.querySelector('.brand').innerText").startswith("← ")


def test_a_link_by_a_method_s_name_alone_means_its_best_row(page, make, tmp_path):
    """As somebody writes it; the address of each row stays its own."""
    for i, name in enumerate(("ofdiff", "bicubic", "mean-noise")):
        make.write(tmp_path / "runs", make.run(name), make.examples(i, size=8, members=1))
    make.write(tmp_path / "runs", make.run("ofdiff", method__preset="paper"))
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html", "#a=mean-noise&b=ofdiff")
    ids = page.run("ROWS.filter((row) => row.name === 'ofdiff').map((row) => row.id)")
    assert len(ids) == 2
    assert page.run("$('#b').value") == ids[0]
    page.go(f"#a=mean-noise&b={ids[1]}")
    assert page.run("$('#b').value") == ids[1]
    page.go("#a=mean-noise&b=nobody")
    assert page.run("$('#b').value") == "bicubic"


def test_what_is_not_compared_has_no_share_of_bicubic_s_error(page, make, tmp_path):
    for name in ("ofdiff", "bicubic"):
        run = make.run(name)
        run["metrics"]["crps"]["fair"] = False
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    column = "COLUMNS.findIndex((c) => c.id === '%s')"
    said = f"explain(rowOf('ofdiff'), {column}).map((e) => e.textContent).join(' ')"
    assert "that of bicubic" not in page.run(said % "crps")
    assert "that of bicubic" in page.run(said % "emd")


def test_what_was_not_scored_by_region_or_season_is_said(page, make, tmp_path):
    for name in ("ofdiff", "bicubic"):
        run = make.run(name)
        run["scores"] = [s for s in run["scores"] if (s["region"], s["season"]) == ("all", "all")]
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html", "#a=ofdiff&b=bicubic")
    text = page.run("$('#comparison').textContent")
    assert "By region: these runs were scored over the whole domain alone." in text
    assert "By season: these runs were scored over the whole period alone." in text
