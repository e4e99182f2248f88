// The page of a dataset: curves of its truth.
for (const [name, chart] of Object.entries(readJson("truth"))) {
  const series = Object.entries(chart.shared).map(([label, y]) => ({ label, part: partOf(label), kind: "truth", x: chart.x, y }));
  const figure = chartFigure(name, chart, series, chart.page);
  if (figure) $("#charts").append(figure);
}
document.documentElement.dataset.ready = "yes";
