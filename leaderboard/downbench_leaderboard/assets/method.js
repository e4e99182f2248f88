// The page of a method: its curves on each board, with the truth and the controls beside it.
for (const host of $$("[data-board]")) {
  const charts = readJson(host.dataset.board);
  for (const [name, chart] of Object.entries(charts)) {
    const figure = element("figure", {}, element("figcaption", {}, name), element("div")), series = [];
    for (const [label, y] of Object.entries(chart.shared)) series.push({ label, kind: label.startsWith("truth") ? "truth" : "shared", x: chart.x, y });
    for (const [label, kind, colour, x, y] of chart.own) series.push({ label, kind, colour, x: x ?? chart.x, y });
    host.append(figure);
    lineChart($("div", figure), chart, series, name);
    figure.append(element("p", { class: "legend" }, series.filter((s, i) => series.findIndex((t) => t.label === s.label) === i).map((s) => element("span", {}, swatch(s), s.label))));
  }
}
document.documentElement.dataset.ready = "yes";
