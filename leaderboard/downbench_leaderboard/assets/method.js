// The page of a method: its curves on each board, with the truth and the controls beside it.
function drawCurves(host) {
  const charts = readJson(host.dataset.board);
  for (const [name, chart] of Object.entries(charts)) {
    if (!chart.own.length) continue;
    const series = Object.entries(chart.shared).map(([label, y]) => ({ label, part: partOf(label), kind: isTruth(label) ? "truth" : "shared", x: chart.x, y }));
    for (const [head, label, kind, colour, x, y] of chart.own) if (!isDrawn(chart, label)) series.push({ head, label: label === "ensemble" ? head : `${head}: ${label}`, part: partOf(label), kind, colour, x: x ?? chart.x, y });
    const figure = chartFigure(name, chart, series), key = (s) => s.head ?? s.label.replace(/,.*/, "");
    if (!figure) continue;
    figure.append(element("p", { class: "legend" }, series.filter((s, i) => series.findIndex((t) => key(t) === key(s)) === i).map((s) => element("span", {}, swatch(s), key(s)))));
    host.append(figure);
  }
}
// Curves of a board are drawn when they are opened: a method may stand on many.
for (const host of $$("[data-board]")) {
  const box = host.closest("details"), make = () => { if (!host.children.length) drawCurves(host); };
  box.addEventListener("toggle", () => { if (box.open) make(); });
  window.addEventListener("beforeprint", () => { if (box.open) make(); });
  if (box.open) make();
}
document.documentElement.dataset.ready = "yes";
