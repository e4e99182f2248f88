"""The pages in a real browser: their scripts run, sort, filter and change units, and nothing hostile does."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from downbench import find_runs
from downbench_leaderboard.columns import columns_of
from downbench_leaderboard.schema import read_run
from downbench_leaderboard.site import build_site


class Tables(HTMLParser):
    """Rows of the score tables as the DOM has them."""

    def __init__(self, dom: str) -> None:
        super().__init__()
        self.root: dict = {}
        self.sections: list[dict] = []
        self._section: dict = {}
        self._row: dict | None = None
        self._cell: list[str] | None = None
        self.feed(dom)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "html":
            self.root = attrs
        if tag == "section":
            self._section = {"id": attrs.get("data-id"), "rows": [], "heads": [], "tips": []}
            self.sections.append(self._section)
        if tag == "tr" and "data-row" in attrs:
            self._row = {"hidden": "hidden" in attrs, "cells": [], "index": int(attrs["data-row"])}
            self._section["rows"].append(self._row)
        if tag == "th" and "data-column" in attrs:
            self._section["heads"].append(attrs)
        if tag in ("td", "th") and self._row is not None:
            self._cell = []
            self._row["cells"].append(self._cell)
        if attrs.get("class") == "null" and "data-tip" in attrs:
            self._section["tips"].append(attrs["data-tip"])

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._cell = None
        if tag == "tr":
            self._row = None

    def handle_data(self, data):
        if self._cell is not None:
            self._cell.append(data.strip())


@pytest.fixture(scope="module")
def one(make, tmp_path_factory):
    """A site of one table: six methods and a failed run."""
    root = tmp_path_factory.mktemp("one") / "runs"
    for i, name in enumerate(make.METHODS):
        make.write(root, make.run(name), make.examples(i, size=32, members=2) if i < 2 else None)
    make.write(root, make.run("ofdiff", status="failed", reason="it broke", scores=[], seed=3))
    build_site(find_runs(root), root.parent / "site", root=root)
    return root.parent / "site"


def table(dom):
    parsed = Tables(dom)
    assert parsed.root["data-ready"] == "yes"
    assert "data-error" not in parsed.root
    return next(section for section in parsed.sections if section["id"])


def order(section):
    return [next(text for text in row["cells"][0] if text) for row in section["rows"] if not row["hidden"]]


def column(section, number):
    return ["".join(row["cells"][number]) for row in section["rows"] if not row["hidden"]]


def test_sorting_by_the_address(browse, one, make):
    best_first = sorted(make.METHODS, key=lambda name: make.METHODS[name][1])
    plain, crps, falling = (table(browse(one / "index.html", f)) for f in ("", "#sort=crps", "#sort=-crps"))
    assert order(plain) == order(crps) == best_first
    assert order(falling) == best_first[::-1]
    states = [next(h for h in s["heads"] if h["data-column"] == "0")["aria-sort"] for s in (crps, falling)]
    assert states == ["ascending", "descending"]
    assert sum(h["aria-sort"] != "none" for h in crps["heads"]) == 1


def test_nulls_come_last_whichever_way_a_column_is_sorted(browse, one):
    for fragment in ("#sort=sae", "#sort=-sae"):
        section = table(browse(one / "index.html", fragment))
        number = 1 + next(int(h["data-column"]) for h in section["heads"] if h["aria-sort"] not in ("none",))
        values = column(section, number)
        assert [value == "null" for value in values] == [False] * 3 + [True] * 3
        numbers = [float(value) for value in values[:3]]
        assert numbers == sorted(numbers, reverse="-" in fragment)
    assert "needs at least two members" in section["tips"]


def test_a_column_best_at_zero_is_sorted_by_size(browse, one):
    section = table(browse(one / "index.html", "#sort=lag1"))
    number = 1 + next(int(h["data-column"]) for h in section["heads"] if h["aria-sort"] != "none")
    sizes = [abs(float(value.replace("\N{MINUS SIGN}", "-"))) for value in column(section, number)]
    assert sizes == sorted(sizes)


def test_units_region_and_filter(browse, one):
    day = table(browse(one / "index.html", "#unit=mm/day"))
    assert float(column(day, 1)[0]) == pytest.approx(0.0412 * 24, rel=1e-3)
    assert float(column(day, 2)[0]) == pytest.approx(0.0412 * 4 * 24**2, rel=1e-3)
    si = table(browse(one / "index.html", "#unit=kg%20m-2%20s-1"))
    assert float(column(si, 1)[0].replace("\N{MINUS SIGN}", "-")) == pytest.approx(0.0412 / 3600, rel=1e-3)
    land = table(browse(one / "index.html", "#region=land&season=DJF&filter=control"))
    assert sorted(order(land)) == ["bicubic", "mean-noise", "nearest", "quantile-mapping"]
    assert "works on whole tiles" in land["tips"]
    assert column(land, 1) != column(table(browse(one / "index.html", "#filter=control")), 1)


def test_intervals_stand_beside_their_values(browse, make, tmp_path):
    run = make.run("ofdiff")
    for score in run["scores"]:
        if score["metric"] == "crps":
            score.update(low=score["value"] - 0.001, high=score["value"] + 0.002, n_eff=57.5)
    make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    section = table(browse(tmp_path / "site" / "index.html"))
    assert column(section, 1) == ["0.04120[0.04020, 0.04320]"]
    assert "There are no intervals" not in (tmp_path / "site" / "index.html").read_text("utf-8")


def test_a_tag_shows_the_headlines_of_its_metrics(browse, make, tmp_path):
    run = make.run("ofdiff")
    for name, card in run["metrics"].items():
        card["tags"] = ["spatial"] if name in ("psd", "sae") else ["other"]
    make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    section = table(browse(tmp_path / "site" / "index.html", "#tag=spatial"))
    shown = [
        int(h["data-column"]) for h in section["heads"] if "hidden" not in h and h["data-column"] != "method"
    ]
    ids = [c.metric for c in columns_of([read_run(run)])]
    assert [ids[number] for number in shown] == ["psd", "sae"]


def with_script(site, page, script):
    """The page with one more script after its own, for what only a click can show."""
    text = (site / page).read_text("utf-8")
    text = re.sub(r"<meta http-equiv=[^>]*>", "", text)
    path = site.parent / "clicked.html"
    path.write_text(text.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    return path


def test_clicks_sort_write_the_address_and_download_what_is_shown(browse, one):
    script = """
    let saved; save = (name, type, text) => { saved = text; };
    const buttons = document.querySelectorAll("th[data-column] button");
    buttons[2].click(); const once = location.hash; buttons[2].click(); const twice = location.hash;
    document.querySelector("#filter").value = "diffusion";
    document.querySelector("#filter").dispatchEvent(new Event("input"));
    document.querySelector("#unit").value = "mm/day";
    document.querySelector("#unit").dispatchEvent(new Event("change"));
    const { columns, rows, badges } = boards[0].data;
    badges[columns.find((c) => c.title === "crps").id] = rows.map(() => ["B", "class B, which it leads"]);
    document.querySelector("button.csv").click();
    const chart = document.querySelector("svg.chart");
    chart.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight" }));
    document.querySelector("#filter").value = "";
    document.querySelector("#filter").dispatchEvent(new Event("input"));
    document.querySelector("td:not([hidden]) .null").focus();
    const tip = document.querySelector("#tip");
    const quoted = csv([["=1+1", "a,b", 'say "x"', 1.5, null]]);
    document.body.dataset.seen = JSON.stringify({ once, twice, saved, quoted, hash: location.hash,
      tip: tip.hidden ? null : tip.textContent,
      readout: document.querySelector(".readout").textContent,
      paths: document.querySelectorAll("path.series").length,
      points: document.querySelectorAll(".point").length });
    """
    dom = browse(with_script(one, "index.html", script))
    table(dom)
    seen = json.loads(
        re.search(r'data-seen="([^"]*)"', dom).group(1).replace("&quot;", '"').replace("&amp;", "&")
    )
    assert seen["once"] == "#sort=mse"
    assert seen["twice"] == "#sort=-mse"
    assert "unit=mm/day" in seen["hash"]
    rows = [line.split(",") for line in seen["saved"].strip().split("\r\n")]
    assert rows[0][:4] == ["dataset", "region", "season", "method"]
    assert [row[0] for row in rows[1:]] == ["xshield (stand-in)"] * 2
    assert [row[3] for row in rows[1:]] == ["ofdiff-noflow", "ofdiff"]
    crps = rows[0].index("crps [mm/day]")
    assert float(rows[2][crps]) == pytest.approx(0.0412 * 24)
    assert rows[2][rows[0].index("crps [mm/day] class")] == "B"
    assert seen["quoted"] == '\'=1+1,"a,b","say ""x""",1.5,\r\n'
    assert "ofdiff" in seen["readout"]
    assert seen["tip"] == "needs at least two members"
    assert seen["paths"] == 2 * 7
    assert seen["points"] == 6


def test_the_page_of_a_run_sorts_its_scores(browse, one):
    (page,) = (
        p for p in (one / "methods").glob("ofdiff-xshield*.html") if "All scores" in p.read_text("utf-8")
    )
    dom = browse(page, "#sort=-value&filter=crps")
    assert 'data-ready="yes"' in dom
    assert "data-error" not in dom.split(">", 2)[1]
    shown = re.findall(r'<tr data-power="1"[^>]*data-words="crps [^"]*"[^>]*>.*?data-v="([^"]+)"', dom, re.S)
    values = [float(value) for value in shown]
    assert len(values) == 9
    assert values == sorted(values, reverse=True)
    assert dom.count("<svg") >= 2


def test_hostile_names_do_nothing(browse, site):
    (hostile,) = (p for p in (site / "methods").glob("*.html") if p.name.startswith("script"))
    for page in (site / "index.html", hostile):
        probe = "document.body.dataset.pwned = String(window.pwned);"
        dom = browse(with_script(site, page.relative_to(site), probe))
        assert 'data-pwned="undefined"' in dom
        assert 'data-ready="yes"' in dom
        assert "data-error" not in dom[:400]


def test_the_policy_of_the_page_lets_its_own_script_run_only(browse, one):
    path = one / "smuggled.html"
    text = (one / "index.html").read_text("utf-8")
    path.write_text(text.replace("</body>", "<script>document.body.dataset.smuggled = 1</script></body>"))
    dom = browse(path)
    assert 'data-ready="yes"' in dom
    assert "data-smuggled" not in dom
