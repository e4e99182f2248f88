"""Charts of many points, and curves of plug-ins, in a real browser."""

from __future__ import annotations

from downbench import find_runs
from downbench_leaderboard.site import build_site

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


# Costs and scores as of many methods on one record: a crowd at the foot of the chart, and one far above it.
CROWD = """(() => {
  const name = ["bilinear", "bicubic", "bcsd", "analogs", "mean-spectrum-noise", "mean-noise", "unet-noise",
    "unet-crps", "ofdiff", "image-diffusion", "edm-residual", "climatology"];
  const at = [[1, 33.5], [1.1, 31.7], [1.4, 25], [1.8, 24.5], [2.5, 17.1], [2.7, 17.1], [3, 16.9],
    [4.5, 16.7],
    [23, 16.6], [32, 16.55], [50, 16.5], [0.9, 92.8]];
  const grey = [[3.2, 23], [3.9, 17.2], [5.2, 17.5], [5.3, 18], [6.9, 17.6], [22.3, 22], [22.5, 18.7],
    [23, 17.1],
    [24, 16.8], [24.6, 21.6], [47, 16.6], [64, 17.2], [88, 16.9]];
  const point = ([x, y], i) => ({ label: name[i] ?? `other-${i}`, x: x / 1000, y: y / 1000,
    colour: "m0", control: false, chosen: i === 9, page: "" });
  const host = element("div", {});
  host.style.width = "640px";
  document.body.append(host);
  scatter(host, [...at, ...grey].map(point), "cost", "score", "lower", null, 0.0317);
  const middle = (c) => ["cx", "cy"].map((k) => Number(c.getAttribute(k)));
  const away = (box, [x, y]) => Math.hypot(Math.max(box.x - x, 0, x - box.x - box.width),
    Math.max(box.y - y, 0, y - box.y - box.height));
  const circles = $$("circle", host), told = circles.map((c) => middle(c)[1]);
  const names = $$(".point text", host).map((text) => {
    const own = $("circle", text.parentNode), box = text.getBBox(), line = $("line", text.parentNode);
    const ends = line && ["1", "2"].map((k) => ["x", "y"].map((d) => Number(line.getAttribute(d + k))));
    return { name: text.textContent, own: away(box, middle(own)), leads: ends &&
        Math.hypot(ends[0][0] - middle(own)[0], ends[0][1] - middle(own)[1]) < 1 && away(box, ends[1]) < 2,
      other: Math.min(...circles.filter((c) => c !== own).map((c) => away(box, middle(c)))) };
  });
  const said = $(".beyond", host).textContent;
  $("details", host).open = true;
  return new Promise((done) => setTimeout(() => {
    const rows = $$("tbody tr", host).length;
    host.remove();
    done({ names, said, rows, points: circles.length, height: Math.max(...told) - Math.min(...told) });
  }, 100));
})()"""


def test_a_name_in_the_chart_of_costs_is_nearest_to_its_own_point_or_has_a_line_to_it(page, one):
    page.open(one / "index.html")
    names = {found.pop("name"): found for found in page.run(CROWD)["names"]}
    assert {"ofdiff", "image-diffusion", "edm-residual", "bcsd"} <= names.keys()
    for found in names.values():
        assert found["own"] < found["other"] + 1  # a pixel, since a browser's box of a text is not ours
        assert found["leads"] or found["own"] < 14


def test_the_chart_of_costs_shows_what_is_no_worse_than_the_reference_and_names_what_is(page, one):
    page.open(one / "index.html")
    chart = page.run(CROWD)
    assert chart["said"] == "1 method beyond the chart: climatology (0.0928)."
    assert (chart["points"], chart["rows"]) == (24, 25)
    assert chart["height"] > 100


def test_the_front_page_s_chart_of_costs_ends_above_bicubic(page, make, tmp_path):
    for name in ("ofdiff", "bicubic", "mean-noise", "nearest"):
        run = make.run(name)
        for score in run["scores"]:
            if name == "nearest" and score["metric"] == "crps":
                score["value"] *= 4
        make.write(tmp_path / "runs", run)
    build_site(find_runs(tmp_path / "runs"), tmp_path / "site", root=tmp_path / "runs")
    page.open(tmp_path / "site" / "index.html")
    assert page.run("$('.beyond').textContent").startswith("1 method beyond the chart: nearest (0.26")
    assert page.run("$$('#front .point').length") == 3
    page.go("#sort=lag1")  # nearer zero is better: what most are beyond is no end of the chart
    assert page.run("$$('#front .point').length") >= 3


# Curves of ten methods for three thresholds, twice, and of ten for wet and dry; a line without skill on each.
MANY_PARTS = """(() => {
  const chart = (name, parts) => {
    const x = [0, 1, 2], figure = element("figure", { id: name });
    const series = parts.flatMap((part) => [...Array(10).keys()].map((i) => ({ part, x,
      y: x.map((v) => v * i), label: `m${i}: ${part}`,
      kind: i ? "other" : "control", colour: i ? "" : "k1" })));
    document.body.append(figure);
    lineChart(figure, {}, [{ label: "calibrated", part: "", kind: "shared", x, y: x }, ...series], name);
  };
  chart("one", ["1 mm/h", "4 mm/h", "over 1,000 m"]);
  chart("two", ["1 mm/h", "4 mm/h"]);
  chart("three", ["dry", "wet"]);
})()"""


def test_of_many_methods_one_threshold_is_shown_at_a_time_and_the_address_says_which(page, one):
    page.open(one / "index.html", "#view=curves")
    page.run(MANY_PARTS)
    pressed = "['one', 'two', 'three'].map((id) => $(`#${id} [aria-pressed=true]`).textContent)"
    shown = "$$('#one > svg .series').length"
    assert page.run(pressed) == ["1 mm/h", "1 mm/h", "dry"]
    assert page.run(shown) == 11  # ten methods, and what they are held against
    page.run("$('#one button:nth-child(2)').focus()")
    page.press("Enter")
    assert page.run(pressed) == ["4 mm/h", "4 mm/h", "dry"]
    assert page.run("document.activeElement.textContent") == "4 mm/h"
    assert page.run(shown) == 11
    page.click("#three button:nth-child(2)")
    assert page.run(pressed) == ["4 mm/h", "4 mm/h", "wet"]
    assert page.run("decodeURIComponent(location.hash)") == "#view=curves&part=4 mm/h,wet"
    assert page.run("$('#one > svg').getAttribute('aria-label')").startswith("one, 4 mm/h: ")
    page.click("#one button:nth-child(3)")
    assert page.run(pressed) == ["over 1,000 m", "1 mm/h", "wet"]
    page.click("#one button:nth-child(1)")
    page.click("#three button:nth-child(1)")
    assert page.run("location.hash") == "#view=curves"
    assert page.errors == []


def test_dashes_are_for_thresholds_and_controls_have_marks_told_in_the_legend(page, one):
    dash = "$$('%s').map((line) => getComputedStyle(line).strokeDasharray)"
    for fragment, kind in (("#view=curves", "control"), ("#a=ofdiff&b=bicubic", "second")):
        page.open(one / "index.html", fragment)
        dashes = page.run(dash % f"main .series.{kind}")
        assert len(dashes) > 1
        assert set(dashes) == {"none"}
        assert page.run(f"$$('main figure:has(.series.{kind}) .chart').every((c) => $('.mark', c))")
        assert page.run(f"$$('.legend .swatch:has(.{kind})').every((swatch) => $('.mark', swatch))")
        assert page.run("$$('.legend .swatch:has(.chosen)').some((swatch) => $('.mark', swatch))") is False
    page.open(one / "index.html", "#view=curves")
    assert "controls, thin with marks:" in page.run("$('#curve-legend').textContent")
    page.run(
        "lineChart(document.body.appendChild(element('div', { id: 'few' })), {}, ['1 mm/h', '4 mm/h'].map("
        "(part) => ({ label: part, part, kind: 'control', colour: 'k0', x: [0, 1], y: [0, 1] })), 'few')"
    )
    first, second = page.run(dash % "#few .chart .series")
    assert first == "none"
    assert second != "none"
