// Any two methods: differences with intervals, by metric, region and season, their curves and their maps.
function pair() {
  const best = ROWS.findIndex((row) => !row.control), a = rowOf(state.get("a")), b = rowOf(state.get("b"));
  const first = a >= 0 ? a : Math.max(0, best), fallback = D.reference >= 0 && D.reference !== first ? D.reference : ROWS.findIndex((_, r) => r !== first);
  return [first, b >= 0 ? b : Math.max(0, fallback)];
}
function drawCompare() {
  const [a, b] = pair(), host = $("#comparison");
  $("#a").value = ROWS[a].id; $("#b").value = ROWS[b].id;
  host.replaceChildren();
  if (a === b) { host.append(element("p", { class: "quiet" }, "Choose two different methods.")); return; }
  const body = [];
  let better = 0, worse = 0, smaller = 0, larger = 0;
  for (const [key, title] of D.groups) {
    const columns = COLUMNS.map((_, c) => c).filter((c) => COLUMNS[c].group === key && (COLUMNS[c].headline || state.get("every") === "1") && groupShown(key) && (!Number.isNaN(value(a, c)) || !Number.isNaN(value(b, c))));
    if (!columns.length) continue;
    body.push(element("tr", { class: "section" }, element("th", { colspan: 6, scope: "colgroup" }, title)));
    for (const c of columns) {
      const verdict = compareIn(a, b, c);
      better += verdict.sign < 0; worse += verdict.sign > 0;
      smaller += verdict.log < 0; larger += verdict.log > 0;
      body.push(element("tr", {}, element("th", { scope: "row" }, element("a", { href: ROOT + COLUMNS[c].page }, COLUMNS[c].title), " ", element("small", {}, `${ARROWS[COLUMNS[c].direction]} ${unitOf(c)}`)),
        element("td", {}, shown(a, c)), element("td", {}, shown(b, c)), element("td", {}, verdict.difference), element("td", { class: `ratios ${verdict.kind}` }, bar(verdict.log)), element("td", { class: "words" }, verdict.words)));
    }
  }
  const names = [LABELS[a], LABELS[b]];
  host.append(
    element("p", { class: "lead" }, draws && isWhole() ? `${names[0]} is better than ${names[1]} in ${better} numbers and worse in ${worse}, by differences whose interval excludes zero.`
      : `${names[0]} has the smaller error in ${smaller} numbers and the larger in ${larger}. There are no intervals here, so any of these may be chance.`),
    element("p", { class: "quiet" }, draws && isWhole() ? "Intervals are 95 % of each difference alone, from the same resampled weather for both; of many differences some are wrong. Components that are no headline have none here; this has: " : "With intervals, where the statistics allow them: ", element("code", {}, commandFor(a, b))),
    scrolling(element("table", { class: "plain numbers compare" }, element("thead", {}, element("tr", {}, ["metric", names[0], names[1], "difference [95 %]", "error of the first, relative", "verdict"].map((t) => element("th", { scope: "col" }, t)))), element("tbody", {}, body)), "Differences"),
    ...heat(a, b), ...pictures(a, b));
}
const groupShown = (key) => !state.list("groups").length || state.list("groups").includes(key);
const scrolling = (table, name) => element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, table);
const shown = (r, c) => (Number.isNaN(value(r, c)) ? element("span", { class: "null", title: reason(r, c) }, "null") : short(value(r, c) * times(c)));
function commandFor(a, b) {
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'", part = [region() === "all" ? "" : " --region " + quote(region()), season() === "all" ? "" : " --season " + quote(season())].join("");
  return `bench compare ${[a, b].map((r) => quote("runs/" + ROWS[r].places[0])).join(" ")}${part}`;
}
function compareIn(a, b, c) {
  const column = COLUMNS[c], size = (v) => (column.direction === "zero" ? Math.abs(v) : v), f = times(c);
  const d = size(value(a, c)) - size(value(b, c)), log = Math.log2(error(c, value(a, c)) / error(c, value(b, c)));
  if (Number.isNaN(d)) return { sign: 0, kind: "", log: NaN, difference: "–", words: "" };
  const unequal = isWhole() && K.index.has(c) && ROWS[a].members !== ROWS[b].members && [a, b].some((r) => letter(r, c) === "≠");
  const half = isWhole() && !unequal ? halfWidth(a, b, c) : NaN;
  if (unequal) return { sign: 0, kind: "", log: NaN, difference: "–", words: "not comparable: unequal members" };
  const text = signed(d * f) + (Number.isNaN(half) ? "" : ` [${signed((d - half) * f)}, ${signed((d + half) * f)}]`);
  if (Number.isNaN(half) || column.direction === "none") return { sign: 0, kind: log < 0 ? "good soft" : "bad soft", log, difference: text, words: "" };
  const apart = Math.abs(d) > half && Math.abs(d) > column.zero, good = (d < 0) === (column.direction !== "higher");
  return { sign: apart ? (good ? -1 : 1) : 0, kind: (good ? "good" : "bad") + (apart ? "" : " soft"), log, difference: text, words: apart ? (good ? "better" : "worse") : "cannot be told apart" };
}
function bar(log) {
  if (Number.isNaN(log) || !Number.isFinite(log)) return "";
  const w = Math.min(2, Math.abs(log)) * 30;
  return element("svg", { viewBox: "0 0 124 12", class: "ratio", role: "img", "aria-label": `${short(2 ** log, 3)} times` }, element("line", { x1: 62, x2: 62, y1: 0, y2: 12 }), element("rect", { x: log < 0 ? 62 - w : 62, y: 2, width: Math.max(w, 0.5), height: 8 }));
}
// Regions by metrics, and seasons by metrics: the error of the first, relative to that of the second.
function heat(a, b) {
  const parts = [];
  for (const [name, names, key] of [["region", D.regions, (n) => `${n}|all`], ["season", D.seasons, (n) => `all|${n}`]]) {
    if (names.length < 2) continue;
    const columns = COLUMNS.map((_, c) => c).filter((c) => COLUMNS[c].headline && names.slice(1).some((n) => !Number.isNaN(ratio(a, c, key(n), b))));
    if (!columns.length) continue;
    const rows = names.map((n) => element("tr", {}, element("th", { scope: "row", class: "name" }, element("a", { href: state.link({ [name]: n === "all" ? "" : n }) }, n)), columns.map((c) => {
      const q = ratio(a, c, key(n), b);
      return element("td", { class: Number.isNaN(q) ? "none" : shade(q), title: Number.isNaN(q) ? reason(a, c, key(n)) : `${short(q, 3)} times the error of ${ROWS[b].name}` }, Number.isNaN(q) ? "" : short(q, 2));
    })));
    parts.push(element("h2", {}, `By ${name}`, element("small", {}, ` error of ${LABELS[a]} over that of ${LABELS[b]}: below 1 is better`)),
      scrolling(element("table", { class: "card small" }, element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "name" }, name), columns.map((c) => element("th", { scope: "col", class: "metric" }, element("span", {}, COLUMNS[c].title))))), element("tbody", {}, rows)), `By ${name}`));
  }
  return parts;
}
function pictures(a, b) {
  const parts = [], moment = D.moment;
  if (moment && (moment.members[a] || moment.members[b])) parts.push(element("h2", {}, "The same moment"), element("div", { class: "maps" }, picture(moment.coarse, "coarse input", moment.time), picture(moment.truth, "truth", `at most ${short(moment.heaviest, 3)} mm/h`, "truth"), ...[a, b].filter((r) => moment.members[r]).map((r) => memberPicture(r))));
  const names = Object.keys(D.curves);
  if (names.length) {
    const box = element("div", { class: "charts" });
    for (const name of names) { const figure = element("figure", {}, element("figcaption", {}, name), element("div")); box.append(figure); lineChart($("div", figure), D.curves[name], seriesOf(name, [a, b], []), name); }
    parts.push(element("h2", {}, "Curves"), legendOf([a, b], []), box);
  }
  return parts;
}
for (const [id, other] of [["a", "b"], ["b", "a"]]) {
  const select = $("#" + id);
  ROWS.forEach((row, r) => select.append(element("option", { value: row.id }, LABELS[r])));
  select.addEventListener("change", () => { const now = pair(); state.set({ [id]: select.value, [other]: ROWS[now[other === "a" ? 0 : 1]].id }); draw(); });
}
