"""What a browser prints: every column, in a size that can be read, on pages of its own."""

from __future__ import annotations

import re
import zlib

from downbench import find_runs
from downbench_leaderboard.site import build_site


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


def many_metrics(make, folder, site):
    """A board of two methods with forty further metrics, each in all regions and seasons."""
    for name in ("ofdiff", "bicubic"):
        run = make.run(name)
        base = [score for score in run["scores"] if score["metric"] == "crps"]
        for k in range(40):
            run["metrics"][f"metric-{k}"] = run["metrics"]["crps"]
            run["scores"] += [{**score, "metric": f"metric-{k}"} for score in base]
        make.write(folder, run)
    build_site(find_runs(folder), site, root=folder)
    return site / "index.html"


def test_seasons_of_many_metrics_fit_paper_and_a_phone(page, make, tmp_path):
    """Were each metric a column, paper would shrink all that stands on the page until the last one fits."""
    index = many_metrics(make, tmp_path / "runs", tmp_path / "site")
    page.size(420, mobile=True)
    page.open(index, "#view=compare&a=ofdiff&b=bicubic")
    assert page.run("$$('#by-season .card.small tbody tr:not(.section)').length") > 40
    room = page.run("$$('#by-season .scroll').map((box) => box.clientWidth - box.scrollWidth)")
    page.size(1047, 720)  # A4 landscape between its margins
    page.call("Emulation.setEmulatedMedia", media="print")
    right = page.run("extent($$('.card.small tr > *').map((c) => c.getBoundingClientRect().right))[1]")
    heads = page.run(
        "$$('.card.small thead span').map((s) => s.getBoundingClientRect().top"
        " - s.closest('th').getBoundingClientRect().top)"
    )
    page.call("Emulation.setEmulatedMedia", media="")
    page.size(1400)
    assert room == [0]
    assert right <= 1047
    assert min(heads) >= 0  # no heading stands on the sentence above it


def test_what_only_a_screen_can_do_is_not_printed(page, one):
    for view, words in (
        ("scorecard", "click a cell"),
        ("table", "Click a value"),
        ("compare", "Below:"),
        ("curves", "arrow keys"),
    ):
        page.open(one / "index.html", f"#view={view}")
        assert words in page.run("document.body.innerText")
        page.call("Emulation.setEmulatedMedia", media="print")
        printed = page.run("document.body.innerText")
        links = page.run("$$('.site a').filter((a) => a.checkVisibility()).length")
        selects = page.run("$$('select').filter((s) => s.checkVisibility()).length")
        page.call("Emulation.setEmulatedMedia", media="")
        assert words not in printed
        assert (links, selects) == (1, 0)


def test_settings_stand_below_a_name_in_the_first_piece_alone(page, one):
    page.open(one / "index.html", "#view=table&every=1&empty=1")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.wait("$$('#printed table').length > 1")
    seen = page.run(
        "$$('#printed table').map((t) => $$('.name small', t).filter((s) => s.checkVisibility()).length > 0)"
    )
    page.call("Emulation.setEmulatedMedia", media="")
    assert seen == [True] + [False] * (len(seen) - 1)


def inflated(pdf):
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue
