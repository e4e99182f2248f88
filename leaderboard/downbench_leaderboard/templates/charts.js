// Line charts and the cost scatter, drawn as SVG from the page's own data.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7b5bd6", "#8c564b", "#5f9e2f", "#e0457b"];
const colour = (row) => (row === null || row === undefined ? "currentColor" : COLOURS[row % COLOURS.length]);
const dashes = (series) => (series.truth ? "" : series.role === "control" ? "6 4" : series.row >= COLOURS.length ? "1.5 3" : "");
const SIZE = { width: 660, height: 400, left: 66, right: 16, top: 14, bottom: 50 };

function axis(values, log, from, to) {
  let low = Math.min(...values), high = Math.max(...values);
  if (log) { low = Math.log10(low); high = Math.log10(high); }
  if (log && high - low < 0.6) { const middle = (low + high) / 2; low = middle - 0.3; high = middle + 0.3; }
  const margin = (high - low || Math.abs(high) || 1) * 0.04;
  low -= margin; high += margin;
  const place = (v) => from + (((log ? Math.log10(v) : v) - low) / (high - low)) * (to - from);
  return { place, ticks: log ? logTicks(low, high) : linearTicks(low, high), log };
}
function linearTicks(low, high) {
  const raw = (high - low) / 6, size = 10 ** Math.floor(Math.log10(raw));
  const step = size * [1, 2, 5, 10].find((m) => m * size >= raw);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
function logTicks(low, high) {
  const span = high - low, ticks = [];
  const parts = span < 1 ? [1, 2, 3, 4, 5, 6, 8] : span < 3 ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(span / 8));
  for (let e = Math.floor(low); e <= high; e++) {
    if (parts.length === 1 && e % every) continue;
    for (const m of parts) if (Math.log10(m) + e >= low && Math.log10(m) + e <= high) ticks.push(Number((m * 10 ** e).toPrecision(12)));
  }
  return ticks;
}
const SUPER = "⁰¹²³⁴⁵⁶⁷⁸⁹";
function tickText(v) {
  if (v !== 0 && (Math.abs(v) >= 1e5 || Math.abs(v) < 1e-3)) {
    const [mantissa, power] = v.toExponential().split("e").map(Number);
    const raised = String(Math.abs(power)).replace(/\d/g, (d) => SUPER[d]);
    return `${mantissa === 1 ? "" : minus(String(mantissa)) + "·"}10${power < 0 ? "⁻" : ""}${raised}`;
  }
  return minus(String(Number(v.toPrecision(6))));
}

function frame(svg, xAxis, yAxis, xLabel, yLabel) {
  const { width, height, left, right, top, bottom } = SIZE;
  for (const v of xAxis.ticks) {
    const x = xAxis.place(v);
    svg.append(element("line", { x1: x, x2: x, y1: top, y2: height - bottom, class: "grid" }),
      element("text", { x, y: height - bottom + 18, class: "tick", "text-anchor": "middle" }, tickText(v)));
  }
  for (const v of yAxis.ticks) {
    const y = yAxis.place(v);
    svg.append(element("line", { x1: left, x2: width - right, y1: y, y2: y, class: "grid" }),
      element("text", { x: left - 8, y: y + 4, class: "tick", "text-anchor": "end" }, tickText(v)));
  }
  svg.append(
    element("line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: "axis" }),
    element("line", { x1: left, x2: left, y1: top, y2: height - bottom, class: "axis" }),
    element("text", { x: (left + width - right) / 2, y: height - 8, class: "label", "text-anchor": "middle" }, xLabel),
    element("text", { x: 0, y: 0, transform: `translate(14 ${(top + height - bottom) / 2}) rotate(-90)`, class: "label", "text-anchor": "middle" }, yLabel));
}

function lineChart(host, spec, name) {
  const usable = (x, y) => x !== null && y !== null && !(spec.log_x && x <= 0) && !(spec.log_y && y <= 0);
  const all = spec.series.map((series) => ({
    ...series, points: series.x.map((x, i) => [x, series.y[i] ?? null]).filter(([x, y]) => usable(x, y)) }));
  const drawn = all.filter((series) => series.points.length);
  if (!drawn.length) { host.append(element("p", { class: "quiet" }, "This curve has no values to draw.")); return; }
  const { width, height, left, right, top, bottom } = SIZE;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img", class: "chart",
    "aria-label": `${name}: ${spec.y_label} against ${spec.x_label}; arrow keys read values` });
  const points = drawn.flatMap((series) => series.points);
  const xAxis = axis(points.map((p) => p[0]), spec.log_x, left, width - right);
  const yAxis = axis(points.map((p) => p[1]), spec.log_y, height - bottom, top);
  frame(svg, xAxis, yAxis, spec.x_label, spec.y_label);
  for (const series of [...drawn].sort((a, b) => b.truth - a.truth)) {
    const path = series.points.map(([x, y], i) => `${i ? "L" : "M"}${xAxis.place(x).toFixed(1)} ${yAxis.place(y).toFixed(1)}`).join("");
    series.node = element("path", { d: path, fill: "none", stroke: colour(series.row), "stroke-dasharray": dashes(series),
      class: series.row === null || series.truth ? "series truth" : "series" });
    svg.append(series.node);
  }
  const cursor = element("line", { y1: top, y2: height - bottom, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  const readout = element("div", { class: "readout" }, "Point at the chart, or use the arrow keys, to read values.");
  host.append(svg, legend(drawn), readout);
  const stops = [...new Set(points.map((p) => p[0]))].sort((a, b) => a - b);
  let at = -1;
  const read = (index) => {
    at = Math.max(0, Math.min(stops.length - 1, index));
    const x = xAxis.place(stops[at]);
    cursor.setAttribute("x1", x); cursor.setAttribute("x2", x); cursor.setAttribute("visibility", "visible");
    const values = drawn.filter((s) => !s.hidden)
      .map((s) => [s, s.points.find((p) => p[0] === stops[at])]).filter(([, p]) => p)
      .sort((a, b) => b[1][1] - a[1][1]);
    readout.replaceChildren(element("b", {}, `${spec.x_label} = ${short(stops[at])}`),
      ...values.map(([s, p]) => element("span", {}, swatch(s), `${s.label} `, element("b", {}, short(p[1])))));
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * width;
    const gaps = stops.map((stop) => Math.abs(xAxis.place(stop) - x));
    read(gaps.indexOf(Math.min(...gaps)));
  });
  svg.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    read(at + (event.key === "ArrowRight" ? 1 : -1));
  });
}
function swatch(series) {
  return element("svg", { viewBox: "0 0 22 8", class: "swatch", "aria-hidden": "true" },
    element("line", { x1: 0, x2: 22, y1: 4, y2: 4, stroke: colour(series.row), "stroke-width": series.row === null ? 3 : 2.4, "stroke-dasharray": dashes(series) }));
}
function legend(drawn) {
  const box = element("div", { class: "legend", role: "group", "aria-label": "Show or hide curves" });
  for (const series of drawn) {
    const button = element("button", { type: "button", "aria-pressed": "true" }, swatch(series), element("span", {}, series.label),
      element("small", {}, series.detail ? ` ${series.detail}` : ""));
    button.addEventListener("click", () => {
      series.hidden = !series.hidden;
      button.setAttribute("aria-pressed", String(!series.hidden));
      series.node.setAttribute("visibility", series.hidden ? "hidden" : "visible");
    });
    const lift = (on) => series.node.classList.toggle("lifted", on);
    button.addEventListener("pointerenter", () => lift(true));
    button.addEventListener("pointerleave", () => lift(false));
    box.append(button);
  }
  return box;
}

// points: {x, y, label, detail, row, role, page}; y is better where merit() is smaller.
function scatter(host, points, xLabel, yLabel, direction) {
  host.replaceChildren();
  const drawn = points.filter((p) => p.x > 0 && p.y !== null);
  if (!drawn.length) { host.append(element("p", { class: "quiet" }, "No run has both this cost and this score.")); return; }
  const { width, height, left, right, top, bottom } = SIZE;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "group", "aria-label": `${yLabel} against ${xLabel}` });
  const xAxis = axis(drawn.map((p) => p.x), true, left + 10, width - right - 20);
  const yAxis = axis(drawn.map((p) => p.y), false, height - bottom, top + 8);
  frame(svg, xAxis, yAxis, xLabel, yLabel);
  const front = [];
  for (const p of [...drawn].sort((a, b) => a.x - b.x || merit(a.y, direction) - merit(b.y, direction))) {
    if (!front.length || merit(p.y, direction) < merit(front.at(-1).y, direction)) front.push(p);
  }
  if (direction !== "none") {
    const path = front.map((p, i) => (i ? `H${xAxis.place(p.x)}V${yAxis.place(p.y)}` : `M${xAxis.place(p.x)} ${yAxis.place(p.y)}`)).join("") + `H${width - right}`;
    svg.append(element("path", { d: path, class: "pareto", fill: "none" }));
  }
  const taken = [];
  for (const p of drawn) {
    const x = xAxis.place(p.x), y = yAxis.place(p.y);
    const step = y > (top + height - bottom) / 2 ? -13 : 13; // a label moves towards the middle until it hides no other
    let dy = step < 0 ? -6 : 14;
    while (taken.some((t) => Math.abs(t.x - x) < 110 && Math.abs(t.y - (y + dy)) < 12)) dy += step;
    taken.push({ x, y: y + dy });
    const best = direction !== "none" && front.includes(p);
    const name = p.label.length > 22 ? p.label.slice(0, 21) + "…" : p.label;
    const link = element("a:svg", { href: p.page, class: best ? "point best" : "point" },
      element("title", {}, `${p.label} ${p.detail}\n${xLabel}: ${short(p.x)}\n${yLabel}: ${short(p.y)}`),
      element("circle", { cx: x, cy: y, r: 6, fill: p.role === "control" ? "none" : colour(p.row), stroke: colour(p.row), "stroke-width": 2.5 }),
      x > width - 170 ? element("text", { x: x - 11, y: y + dy, class: "tick", "text-anchor": "end" }, name)
        : element("text", { x: x + 11, y: y + dy, class: "tick" }, name));
    svg.append(link);
  }
  host.append(svg);
}
