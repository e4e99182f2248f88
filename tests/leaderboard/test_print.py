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


def inflated(pdf):
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.S):
        try:
            yield zlib.decompress(stream)
        except zlib.error:
            continue
