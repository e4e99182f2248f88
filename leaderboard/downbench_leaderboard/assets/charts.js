// Line charts and the cost-skill front, drawn as SVG from the page's own data: they print sharply, need no library
// that draws on a canvas, and each has its data as a table beside it.
const SIZE = { width: 460, height: 290, left: 68, right: 12, top: 10, bottom: 44 };

function axis(values, log, from, to) {
  let [low, high] = extent(values);
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
  for (let i = Math.ceil(low / step); i * step <= high && ticks.length < 20; i++) ticks.push(Number((i * step).toPrecision(12)));
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
const SMALL = { height: 290, left: 66, right: 10, top: 10, bottom: 42 }; // as wide as there is room
function frame(svg, xAxis, yAxis, xLabel, yLabel, space = SIZE) {
  const { width, height, left, right, top, bottom } = space;
  let end = -Infinity; // of the label before: those that would touch it are left out
  for (const v of xAxis.ticks) {
    const x = xAxis.place(v), text = tickText(v), half = 3.6 * text.length;
    svg.append(element("line", { x1: x, x2: x, y1: top, y2: height - bottom, class: "grid" }));
    if (x - half < end + 6) continue;
    end = x + half;
    svg.append(element("text", { x, y: height - bottom + 17, class: "tick", "text-anchor": "middle" }, text));
  }
  for (const v of yAxis.ticks) {
    const y = yAxis.place(v);
    svg.append(element("line", { x1: left, x2: width - right, y1: y, y2: y, class: "grid" }),
      element("text", { x: left - 8, y: y + 4, class: "tick", "text-anchor": "end" }, tickText(v)));
  }
  svg.append(
    element("line", { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom, class: "axis" }),
    element("line", { x1: left, x2: left, y1: top, y2: height - bottom, class: "axis" }),
    element("text", { x: (left + width - right) / 2, y: height - 8, class: "label", "text-anchor": "middle" }, typeset(xLabel)),
    element("text", { transform: `translate(13 ${(top + height - bottom) / 2}) rotate(-90)`, class: "label", "text-anchor": "middle" }, typeset(yLabel)));
}

// series: {label, part, kind: truth | shared | chosen | second | control | other, colour, x, y}; kind says how it is
// drawn. A chart of several parts (thresholds, wet and dry) tells them by their dashes, and shows one of them at a time
// where many methods have them; controls, and the second of two, have marks on their lines.
const MANY = 8, MARKED = ["control", "second"], RING = "M-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0";
const MARKS = { k0: RING, k1: "M-2.7-2.7h5.4v5.4h-5.4z", k2: "M0-3.4L3.2 2.6H-3.2z", k3: "M0-3.8L3.8 0L0 3.8L-3.8 0z", k4: "M-3-3L3 3M-3 3L3-3" };
const mark = (s, x, y) => element("path", { d: MARKS[s.colour] ?? RING, transform: `translate(${x} ${y})`, class: `mark ${s.colour ?? ""}` });
const ORDER = { other: 0, control: 1, shared: 2, second: 3, chosen: 3, truth: 4 };
const partOf = (label) => label.replace(/^(truth|ensemble|calibrated)[\s,:]*/, "");
const isTruth = (label) => /^truth(,|$)/.test(label); // not "truth unknown", the line of no skill
const isAgainst = (label) => /^(truth|calibrated)/.test(label);
const isDrawn = (chart, label) => isAgainst(label) && !isTruth(label) && label in chart.shared; // a line as of no skill, once
function lineChart(host, spec, all, name) {
  host.replaceChildren();
  const usable = (x, y) => x !== null && y !== null && !(spec.log_x && x <= 0) && !(spec.log_y && y <= 0);
  const every = [...new Set(all.filter((s) => s.kind !== "shared").map((s) => s.part).filter(Boolean))];
  const one = every.length > 1 && all.filter((s) => s.part === every[0]).length > MANY ? partShown(every) : "";
  const series = one ? all.filter((s) => s.kind === "shared" || !s.part || s.part === one) : all, parts = one ? [] : every;
  const drawn = series
    .map((s) => ({ ...s, base: s.kind, kind: parts.length > 1 && parts.includes(s.part) ? `${s.kind} part part${parts.indexOf(s.part) % 5}` : s.kind, order: ORDER[s.kind],
      points: s.x.map((x, i) => [x, s.y[i] ?? null]).filter(([x, y]) => usable(x, y)) }))
    .filter((s) => s.points.length).sort((a, b) => a.order - b.order);
  if (!drawn.length) return false;
  const { width, height, left, right, top, bottom } = SIZE;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img", class: "chart",
    "aria-label": `${name}${one && `, ${one}`}: ${spec.y_label || name} against ${spec.x_label || "its abscissa"}. Arrow keys read values; the data stand in the table below.` });
  const points = drawn.flatMap((s) => s.points);
  const xAxis = axis(points.map((p) => p[0]), spec.log_x, left, width - right);
  const yAxis = axis(points.map((p) => p[1]), spec.log_y, height - bottom, top);
  frame(svg, xAxis, yAxis, spec.x_label, spec.y_label || name);
  for (const s of drawn) {
    const path = s.points.map(([x, y], i) => `${i ? "L" : "M"}${xAxis.place(x).toFixed(1)} ${yAxis.place(y).toFixed(1)}`).join("");
    svg.append(element("path", { d: path, fill: "none", class: `series ${s.kind} ${s.colour ?? ""}` }));
    const step = Math.ceil(s.points.length / 5), from = (Number(s.colour?.slice(1)) || 0) % step; // not all at one place
    if (MARKED.includes(s.base)) for (const [x, y] of s.points.filter((_, i) => i % step === from)) svg.append(mark(s, xAxis.place(x).toFixed(1), yAxis.place(y).toFixed(1)));
  }
  const cursor = element("line", { y1: top, y2: height - bottom, class: "cursor", visibility: "hidden" });
  svg.append(cursor);
  const readout = element("div", { class: "readout", "aria-live": "polite" });
  const stops = [...new Set(points.map((p) => p[0]))].sort((a, b) => a - b);
  const told = drawn.filter((s) => s.order).reverse();
  const key = one ? partSwitch(host, every, one, name, () => lineChart(host, spec, all, name)) : parts.length > 1 ? element("p", { class: "legend parts" }, parts.map((part, i) => element("span", {}, swatch({ kind: `part part${i % 5}` }), part))) : "";
  host.append(svg, key, readout, dataTable(spec, told, stops, name));
  let at = -1;
  const read = (index) => {
    at = Math.max(0, Math.min(stops.length - 1, index));
    const x = xAxis.place(stops[at]);
    cursor.setAttribute("x1", x); cursor.setAttribute("x2", x); cursor.setAttribute("visibility", "visible");
    const values = told.map((s) => [s, s.points.find((p) => p[0] === stops[at])]).filter(([, p]) => p);
    readout.replaceChildren(element("b", {}, `${typeset(spec.x_label || "x")}: ${short(stops[at])}`),
      ...values.map(([s, p]) => element("span", {}, swatch(s), `${s.label} `, element("b", {}, short(p[1])))));
  };
  const nearest = (event) => {
    const box = svg.getBoundingClientRect(), x = ((event.clientX - box.left) / box.width) * width;
    let best = 0;
    stops.forEach((stop, i) => { if (Math.abs(xAxis.place(stop) - x) < Math.abs(xAxis.place(stops[best]) - x)) best = i; });
    read(best);
  };
  svg.addEventListener("pointermove", nearest);
  svg.addEventListener("pointerdown", nearest);
  svg.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    read(at + (event.key === "ArrowRight" ? 1 : -1));
  });
  return true;
}
// The part that a chart with many methods shows: one that the address names, or the first.
const partKey = (part) => part.replaceAll(",", " "), partShown = (parts) => parts.find((part) => state.list("part").includes(partKey(part))) ?? parts[0];
function partSwitch(host, parts, now, name, again) {
  host.again = again;
  host.classList.add("in-parts");
  return element("p", { class: "legend parts", role: "group", "aria-label": `What ${name} is shown for` }, parts.map((part, i) => {
    const button = element("button", { type: "button", class: "pick", "aria-pressed": String(part === now) }, part);
    button.addEventListener("click", () => {
      const others = state.list("part").filter((key) => !parts.map(partKey).includes(key));
      state.set({ part: [...others, ...(i ? [partKey(part)] : [])].join(",") });
      for (const chart of $$(".in-parts")) chart.again(); // the same threshold in all charts that have it
      $("[aria-pressed=true]", host).focus();
    });
    return button;
  }));
}
// A chart with its name; nothing where it has no value to draw.
function chartFigure(name, spec, series, page = "") {
  const host = element("div"), figure = element("figure", {}, element("figcaption", {}, page ? element("a", { href: ROOT + page }, name) : name), host);
  return lineChart(host, spec, series, name) ? figure : null;
}
// Made when it is opened: most readers never do.
function dataTable(spec, series, stops, name) {
  const box = element("details", { class: "data" }, element("summary", {}, "Data as a table"));
  box.addEventListener("toggle", () => {
    if (!box.open || $("table", box)) return;
    const body = stops.map((x) => element("tr", {}, element("th", { scope: "row" }, short(x, 5)),
      series.map((s) => { const p = s.points.find((q) => q[0] === x); return element("td", {}, p ? short(p[1], 5) : ""); })));
    box.append(element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Data of ${name}` },
      element("table", { class: "plain numbers" }, element("caption", {}, typeset(spec.y_label || name)), element("thead", {}, element("tr", {}, element("th", { scope: "col" }, typeset(spec.x_label || "x")),
        series.map((s) => element("th", { scope: "col" }, s.label)))), element("tbody", {}, body))));
  });
  return box;
}
function swatch(s) {
  return element("svg", { viewBox: "0 0 22 8", class: "swatch", "aria-hidden": "true" },
    element("path", { d: "M0 4H22", class: `series ${s.kind} ${s.colour ?? ""}` }), MARKED.includes(s.base ?? s.kind) && mark(s, 11, 4));
}

// points: {id, x, y, label, colour, control, chosen, page}; y is better where merit() is smaller. Only the front and
// what is chosen carry names. The axis ends a little above `limit`, since one that is far off would press the others
// together; what lies beyond is named below. Where that is more than half of all, the limit says nothing.
function onScale(points, direction, limit) {
  const merits = points.map((p) => merit(p.y, direction)), most = merit(limit, direction), reach = most + 0.25 * (most - extent(merits)[0]);
  const shown = direction === "none" ? points : points.filter((_, i) => merits[i] <= reach);
  return shown.length * 2 > points.length ? shown : points;
}
function scatter(host, all, xLabel, yLabel, direction, pick, limit = NaN) {
  host.replaceChildren();
  const points = all.filter((p) => p.x > 0 && !Number.isNaN(p.y));
  if (!points.length) { host.append(element("p", { class: "quiet" }, "No method has both this cost and this score.")); return; }
  const drawn = onScale(points, direction, limit), beyond = points.filter((p) => !drawn.includes(p));
  const width = Math.round(Math.max(320, Math.min(680, host.clientWidth || 340))), space = { ...SMALL, width }, { height, left, right, top, bottom } = space;
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart front", role: "group", "aria-label": `${yLabel} against ${xLabel}; the data stand in the table below` });
  const xAxis = axis(drawn.map((p) => p.x), true, left + 8, width - right - 8);
  const [least, most] = extent(drawn.map((p) => p.y)), wide = least > 0 && most > 4 * least;
  const yAxis = axis(drawn.map((p) => p.y), wide, height - bottom - 36, top + 26); // names have room above and below
  frame(svg, xAxis, yAxis, xLabel, yLabel, space);
  const front = [];
  for (const p of [...points].sort((a, b) => a.x - b.x || merit(a.y, direction) - merit(b.y, direction))) {
    if (direction !== "none" && (!front.length || merit(p.y, direction) < merit(front.at(-1).y, direction))) front.push(p);
  }
  const steps = front.filter((p) => drawn.includes(p));
  if (steps.length) {
    const path = steps.map((p, i) => (i ? `H${xAxis.place(p.x)}V${yAxis.place(p.y)}` : `M${xAxis.place(p.x)} ${yAxis.place(p.y)}`)).join("") + `H${width - right}`;
    svg.append(element("path", { d: path, class: "pareto", fill: "none" }));
  }
  pen.font = `11.5px ${getComputedStyle(document.body).fontFamily}`;
  const named = (p) => front.includes(p) || p.chosen;
  const of = new Map(), labels = [], dots = drawn.map((p) => ({ x: xAxis.place(p.x), y: yAxis.place(p.y) }));
  const order = drawn.map((p, i) => [p, dots[i]]);
  for (const [p, dot] of order.sort(([a], [b]) => named(a) - named(b) || !!a.chosen - !!b.chosen)) {
    const circle = element("circle", { cx: dot.x.toFixed(1), cy: dot.y.toFixed(1), r: named(p) ? 6 : 4, class: p.control ? "hollow" : "" });
    const node = element("svg:a", { href: p.page, "aria-label": `${p.label}: ${short(p.x)}, ${short(p.y)}`, class: `point ${p.colour} ${named(p) ? "named" : "plain"}` }, circle);
    of.set(node, p);
    svg.append(node);
  }
  for (const [node, p] of [...of].reverse()) if (named(p)) label(node, p, dots[drawn.indexOf(p)], dots, labels, space); // what is chosen first
  svg.addEventListener("click", (event) => { const node = event.target.closest(".point"); if (node && pick) { event.preventDefault(); pick(of.get(node), node); } });
  svg.addEventListener("pointerover", (event) => { // a title is made when somebody points
    const node = event.target.closest(".point"), p = of.get(node);
    if (p && !$("title", node)) node.prepend(element("title", {}, `${p.label}\n${xLabel}: ${short(p.x)}\n${yLabel}: ${short(p.y)}`));
  });
  const box = element("details", { class: "data" }, element("summary", {}, "Data as a table"));
  box.addEventListener("toggle", () => {
    if (!box.open || $("table", box)) return;
    const rows = [...points].sort((a, b) => a.x - b.x).map((p) => element("tr", {}, element("th", { scope: "row" }, p.label), element("td", {}, short(p.x)), element("td", {}, short(p.y)), element("td", {}, front.includes(p) ? "yes" : "")));
    box.append(element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Cost and score" },
      element("table", { class: "plain numbers" }, element("thead", {}, element("tr", {}, ["method", xLabel, yLabel, "on the front"].map((t) => element("th", { scope: "col" }, t)))), element("tbody", {}, rows))));
  });
  const names = beyond.slice(0, 6).map((p) => `${p.brief ?? p.label} (${short(p.y)})`).join(", "), more = beyond.length > 6 ? " and more, which stand in the table" : "";
  host.append(svg, beyond.length ? element("p", { class: "quiet beyond" }, `${beyond.length} method${beyond.length > 1 ? "s" : ""} beyond the chart: ${names}${more}.`) : "", box);
}
const pen = document.createElement("canvas").getContext("2d"); // measures names
// Beside a dot first, then farther off with a line to it: [dx, dy, anchor, whether with a line].
const around = (x, y, far) => [[x, -y - 3, "start", far], [x, y + 10, "start", far], [-x, -y - 3, "end", far], [-x, y + 10, "end", far]];
const PLACES = [[9, 4, "start"], [-9, 4, "end"], [0, -10, "middle"], [0, 20, "middle"], ...around(9, 6), ...around(0, 9),
  ...[[14, 10], [8, 18], [0, 22], [24, 12], [18, 24], [38, 12], [0, 34], [30, 28], [56, 14]].flatMap(([x, y]) => around(x, y, true))];
const away = (box, dot) => Math.hypot(Math.max(box.x - dot.x, 0, dot.x - box.x - box.w), Math.max(box.y - dot.y, 0, dot.y - box.y - box.h));
// A name stands where it hides no point and no other name, and is never nearer to another point than to its own;
// nowhere where there is no such place.
function label(node, p, own, dots, boxes, space) {
  const name = p.brief ?? p.label, text = name.length > 34 ? name.slice(0, 33) + "…" : name, w = pen.measureText(text).width, h = 13;
  const overlap = (box, b) => b.x < box.x + box.w && box.x < b.x + b.w && b.y < box.y + box.h && box.y < b.y + b.h, others = dots.filter((dot) => dot !== own);
  for (const [dx, dy, anchor, far] of PLACES) {
    const box = { x: own.x + dx - (anchor === "end" ? w : anchor === "middle" ? w / 2 : 0), y: own.y + dy - h + 3, w, h }, least = Math.max(away(box, own) + (far ? 0 : 1), 8);
    const inside = box.x > space.left && box.x + w < space.width && box.y > 0 && box.y + h < space.height - space.bottom;
    if (!inside || boxes.some((b) => overlap(box, b)) || others.some((dot) => away(box, dot) < least)) continue;
    const end = { x: own.x + dx, y: dy < 0 ? box.y + h : box.y }, line = [0.25, 0.5, 0.75].map((q) => ({ x: own.x + q * (end.x - own.x), y: own.y + q * (end.y - own.y) }));
    if (far && line.some((at) => boxes.some((b) => !away(b, at)) || others.some((dot) => Math.hypot(dot.x - at.x, dot.y - at.y) < 7))) continue;
    boxes.push(box);
    if (far) node.prepend(element("line", { x1: own.x, y1: own.y, x2: end.x, y2: end.y, class: "leader" }));
    node.append(element("text", { x: own.x + dx, y: own.y + dy, class: "tick", "text-anchor": anchor }, text));
    return;
  }
}
