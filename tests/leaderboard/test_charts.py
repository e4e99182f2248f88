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
