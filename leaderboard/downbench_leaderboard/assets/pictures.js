// Curves, maps and the cost-skill front: truth, controls and up to four chosen methods in colour, the rest grey.
function seriesOf(name, colourful, grey = matching(), second = -1) {
  const chart = D.curves[name], series = [];
  for (const [label, y] of Object.entries(chart.shared)) series.push({ label, part: partOf(label), kind: isTruth(label) ? "truth" : "shared", x: chart.x, y });
  for (const [r, label, x, y] of chart.own) {
    if (isDrawn(chart, label)) continue;
    const kind = r === second ? "second" : colourful.includes(r) ? "chosen" : ROWS[r].control && grey.includes(r) ? "control" : grey.includes(r) ? "other" : "";
    if (kind) series.push({ label: label === "ensemble" ? LABELS[r] : `${LABELS[r]}: ${label}`, part: partOf(label), kind, colour: kind === "other" ? "" : colourOf(r), x: x ?? chart.x, y });
  }
  return series;
}
function legendOf(colourful, rows, second = -1) {
  const controls = rows.filter((r) => ROWS[r].control && !colourful.includes(r)), others = rows.filter((r) => !ROWS[r].control && !colourful.includes(r));
  const entry = (s) => element("span", {}, swatch(s), s.label);
  const shared = [...new Set(Object.values(D.curves).flatMap((chart) => Object.keys(chart.shared)))].filter((label) => !isTruth(label));
  return element("p", { class: "legend" }, entry({ kind: "truth", label: "truth" }), shared.length ? entry({ kind: "shared", label: shared.slice(0, 3).join(", ") }) : null,
    colourful.map((r) => entry({ kind: r === second ? "second" : "chosen", colour: colourOf(r), label: LABELS[r] })), controls.length ? element("span", {}, "controls, thin with marks:") : null, controls.map((r) => entry({ kind: "control", colour: colourOf(r), label: LABELS[r] })),
    others.length ? entry({ kind: "other", label: `${others.length} more` }) : null);
}
function picker(host) {
  const now = chosen();
  host.replaceChildren(...matching().map((r) => {
    const button = element("button", { type: "button", class: `pick ${colourOf(r)}`, "aria-pressed": String(now.includes(r)) }, element("i", { class: `dot ${colourOf(r)}`, "aria-hidden": "true" }), LABELS[r]);
    button.addEventListener("click", () => { toggle(r); draw(); });
    return button;
  }));
}
function drawCurves() {
  const rows = matching(), now = chosen().filter((r) => rows.includes(r));
  picker($("#curve-picker"));
  $("#curve-legend").replaceChildren(legendOf(now, rows));
  const figures = Object.keys(D.curves).map((name) => [name, chartFigure(name, D.curves[name], seriesOf(name, now, rows), COLUMNS.find((column) => column.metric === name)?.page)]);
  const empty = figures.filter(([, figure]) => !figure).map(([name]) => name);
  $("#charts").replaceChildren(...figures.map(([, figure]) => figure).filter(Boolean));
  $("#curve-note").textContent = [noneOf(rows), isWhole() ? "" : "Curves are kept for the whole domain and time only; the region and season chosen above do not change them.", empty.length ? `Without any value to draw: ${empty.join(", ")}.` : ""].filter(Boolean).join(" ");
}
function picture(source, name, small, kind = "", page = "") {
  const image = element("img", { src: source, alt: `${name}: rain${D.moment ? ", " + D.moment.time : ""}` });
  return element("figure", { class: kind }, page ? element("a", { href: ROOT + page }, image) : image, element("figcaption", {}, page ? element("a", { href: ROOT + page }, name) : name, element("small", {}, small)));
}
function memberPicture(r) {
  return picture(D.moment.members[r], BRIEF[r], ROWS[r].members === 1 ? "its one field" : "member 1", "", ROWS[r].runs[0][1]);
}
function drawMoment() {
  const host = $("#moment");
  if (!host || !D.moment) return;
  const rows = chosen().filter((r) => D.moment.members[r]);
  host.replaceChildren(picture(D.moment.truth, "truth", `at most ${short(D.moment.heaviest, 3)} mm/h`, "truth"), picture(D.moment.coarse, "coarse input", ""), ...rows.slice(0, 4).map(memberPicture));
}
function drawMaps() {
  const host = $("#gallery");
  if (!host || !D.moment) return;
  const rows = sorted(matching()), kept = rows.filter((r) => D.moment.members[r]), lacking = rows.filter((r) => !D.moment.members[r]);
  host.replaceChildren(picture(D.moment.coarse, "coarse input", D.moment.time), picture(D.moment.truth, "truth", `at most ${short(D.moment.heaviest, 3)} mm/h`, "truth"), ...kept.map(memberPicture));
  $("#maps-note").textContent = lacking.length ? `${kept.length} of ${rows.length} methods kept this frame. Without: ${lacking.map((r) => LABELS[r]).join(", ")}.` : noneOf(rows);
}
function drawFront() {
  const kind = $("#cost").value, { c: asked } = sorting(), c = asked >= 0 ? asked : D.first;
  if (c < 0) { $("#front").replaceChildren(element("p", { class: "quiet" }, "No score orders these methods.")); return; }
  const now = chosen(), column = COLUMNS[c], limit = value(referenceOf(c), c) * times(c); // nothing cheap is worth its cost where it is worse
  const points = matching().map((r) => ({ id: r, x: ROWS[r].cost[kind], y: value(r, c) * times(c), label: LABELS[r], brief: BRIEF[r], colour: colourOf(r), control: ROWS[r].control, chosen: now.includes(r), page: ROOT + ROWS[r].page }));
  scatter($("#front"), points, D.costs.find(([key]) => key === kind)[2], `${column.title}${unitOf(c) && ` [${unitOf(c)}]`}`, column.direction,
    (p, node) => popover.open(node, [...explain(p.id, c), element("p", {}, `Cost: ${short(p.x)} (${D.costs.find(([key]) => key === kind)[2]})`)]), limit);
}
