// Any two methods: differences with intervals, by metric, region and season, their curves and their maps.
function pair() {
  const own = ROWS.findIndex(isOwn), best = own >= 0 ? own : ROWS.findIndex((row) => !row.control && !row.aside), a = rowOf(state.get("a")), b = rowOf(state.get("b"));
  const first = a >= 0 ? a : Math.max(0, best), fallback = D.reference >= 0 && D.reference !== first ? D.reference : ROWS.findIndex((_, r) => r !== first);
  return [first, b >= 0 ? b : Math.max(0, fallback)];
}
function drawCompare() {
  const [a, b] = pair(), host = $("#comparison");
  $("#a").value = ROWS[a].id; $("#b").value = ROWS[b].id;
  host.replaceChildren();
  raisedIn.clear();
  if (a === b) { host.append(element("p", { class: "quiet" }, "Choose two different methods.")); return; }
  const body = [];
  let any = false, told = 0, better = 0, worse = 0, smaller = 0, larger = 0;
  for (const [key, title] of D.groups) {
    const columns = COLUMNS.map((_, c) => c).filter((c) => COLUMNS[c].group === key && (COLUMNS[c].headline || state.get("every") === "1") && groupShown(key) && (!Number.isNaN(value(a, c)) || !Number.isNaN(value(b, c))));
    if (!columns.length) continue;
    body.push(element("tr", { class: "section" }, element("th", { colspan: 6, scope: "colgroup" }, title)));
    for (const c of columns) {
      const verdict = compareIn(a, b, c);
      any ||= verdict.ends; told += verdict.ends === true; better += verdict.sign < 0; worse += verdict.sign > 0;
      smaller += verdict.own < 0; larger += verdict.own > 0;
      body.push(element("tr", {}, element("th", { scope: "row" }, element("a", { href: ROOT + COLUMNS[c].page }, COLUMNS[c].title), " ", element("small", {}, `${ARROWS[COLUMNS[c].direction]} ${unitOf(c)}`)),
        element("td", {}, shown(a, c)), element("td", {}, shown(b, c)), element("td", {}, verdict.difference), element("td", { class: `ratios ${verdict.kind}` }, bar(verdict.log)), element("td", { class: `words ${verdict.sign ? verdict.kind : "soft"}` }, verdict.words)));
    }
  }
  const names = [LABELS[a], LABELS[b]], [alone, parts] = heat(a, b), [moment, curves] = pictures(a, b);
  host.append(
    element("p", { class: "lead" }, any ? `${names[0]} is better than ${names[1]} in ${better} of the ${told} scores that have an interval and worse in ${worse}; in ${told - better - worse} the two cannot be told apart.`
      : `${names[0]} has the smaller error in ${smaller} scores and the larger in ${larger}. Any of these may be chance.`),
    element("p", { class: "quiet" }, any ? `Intervals are 95 % of each difference alone, bias-corrected, from the same resampled weather for both${seedWords(a, b)}; of many differences some are wrong. Components that are no headline have none here${commandFor(a, b) ? "; this has: " : "."}` : `${whyNone(view())}${commandFor(a, b) ? " With intervals, where the statistics allow them: " : ""}`, commandFor(a, b) && element("code", {}, commandFor(a, b))),
    scrolling(element("table", { class: "plain numbers compare" }, element("thead", {}, element("tr", {}, ["metric", names[0], names[1], "difference [95 %]", "error of the first, relative", "verdict"].map((t) => element("th", { scope: "col" }, t)))), element("tbody", {}, body)), "Differences"),
    ...alone, element("div", { class: "columns" }, parts, moment), ...curves);
  if (raisedIn.size) $("p.quiet", host).after(element("p", { class: "quiet" }, `In ${[...raisedIn].map((c) => COLUMNS[c].title).join(", ")} an error is so near zero, perhaps by chance, that for ratios and colours it counts as half the median of the other methods.`));
  const places = $$("[data-short]", host);
  if (places.length) $("p.lead", host).after(element("p", { class: "quiet live" }, "Below: ", places.flatMap((part, i) => [i ? ", " : "", element("a", { href: `#${part.id}` }, part.dataset.short)]), "."));
}
function seedWords(a, b) {
  const [one, two] = [a, b].map((r) => ROWS[r].runs.length);
  return one > 1 && two > 1 ? `, and from the seeds of both (${one} and ${two}), which are drawn anew as the weather is` : one > 1 || two > 1 ? `; ${LABELS[one > 1 ? b : a]} has a single seed, so what another one would change is not in them` : "; each has a single seed, so what another one would change is not in them";
}
const whyNone = (key) => `There are no intervals here: ${D.whyNone[key] ?? "these runs keep no resampled values of this part; bench compare works them out from the statistics"}.`;
const groupShown = (key) => !state.list("groups").length || state.list("groups").includes(key);
function scrolling(table, name) {
  const box = element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": name }, table);
  box.addEventListener("scroll", () => shadow(box), { passive: true });
  requestAnimationFrame(() => shadow(box));
  return box;
}
const shown = (r, c) => (Number.isNaN(value(r, c)) ? element("span", { class: "null", title: reason(r, c) }, "null") : short(value(r, c) * times(c)));
function commandFor(a, b) {
  const quote = (text) => "'" + text.replaceAll("'", "'\\''") + "'", part = [region() === "all" ? "" : " --region " + quote(region()), season() === "all" ? "" : " --season " + quote(season())].join("");
  const [one, two] = [a, b].map((r) => (isReference(ROWS[r]) ? `ref:${ROWS[r].name}` : quote("runs/" + ROWS[r].places[0])));
  if (isReference(ROWS[a]) && isReference(ROWS[b])) return ""; // a comparison begins with a run of one's own
  return `bench compare ${(isReference(ROWS[a]) ? [two, one] : [one, two]).join(" ")}${part}`;
}
function compareIn(a, b, c) {
  const column = COLUMNS[c], size = (v) => (column.direction === "zero" ? Math.abs(v) : v), f = times(c);
  const d = size(value(a, c)) - size(value(b, c)), own = Math.log2(ratio(a, c, view(), b)), log = Math.log2(guarded(a, b, c, view()));
  if (Number.isNaN(d)) return { sign: 0, kind: "", log: NaN, difference: "–", words: [a, b].every((r) => Number.isNaN(value(r, c))) ? "" : `${LABELS[Number.isNaN(value(a, c)) ? a : b]} has no value` };
  const unequal = unequalIn(a, b, c);
  const ends = unequal ? null : interval(a, b, c);
  if (unequal) return { sign: 0, kind: "", log: NaN, difference: "–", words: `not compared: ${ROWS[a].members} against ${ROWS[b].members} members` };
  const text = signed(d * f) + (ends ? ` [${signed(ends[0] * f)}, ${signed(ends[1] * f)}]` : "");
  if (!ends || column.direction === "none") return { sign: 0, own, kind: own < 0 ? "good soft" : "bad soft", log, difference: text, words: "" };
  const sign = verdict(a, b, c), apart = sign !== 0, good = (d < 0) === (column.direction !== "higher");
  return { ends: true, sign, own, kind: (good ? "good" : "bad") + (apart ? "" : " soft"), log, difference: text, words: ["better", "cannot be told apart", "worse"][sign + 1] };
}
// Marks stand in headline columns; they hold for all components of their metric.
const unequalIn = (a, b, c) => ROWS[a].members !== ROWS[b].members && COLUMNS.some((column, i) => column.metric === COLUMNS[c].metric && column.page === COLUMNS[c].page && [a, b].some((r) => letter(r, i) === "≠"));
// One metric in one region or season: both values, their difference and its interval.
function inPart(a, b, c, name, key) {
  const f = times(c), unit = unitOf(c), size = (r) => (COLUMNS[c].direction === "zero" ? Math.abs(value(r, c, key)) : value(r, c, key)), unequal = unequalIn(a, b, c), ends = unequal ? null : interval(a, b, c, key);
  return [element("h3", {}, `${COLUMNS[c].title}, ${name}`), ...[a, b].map((r) => element("p", {}, `${LABELS[r]}: `, element("b", {}, short(value(r, c, key) * f)), ` ${unit}`)),
    element("p", {}, unequal ? `≠ not compared: ${ROWS[a].members} against ${ROWS[b].members} members` : `difference ${signed((size(a) - size(b)) * f)}`, ends ? ` [${signed(ends[0] * f)}, ${signed(ends[1] * f)}] ${unit}: ${["better", "cannot be told apart", "worse"][verdict(a, b, c, key) + 1]}` : ` ${unit}, without an interval`)];
}
function bar(log) {
  if (Number.isNaN(log) || !Number.isFinite(log)) return "";
  const w = Math.min(2, Math.abs(log)) * 30;
  return element("svg", { viewBox: "0 0 124 12", class: "ratio", role: "img", "aria-label": `${short(2 ** log, 3)} times` }, element("line", { x1: 62, x2: 62, y1: 0, y2: 12 }), element("rect", { x: log < 0 ? 62 - w : 62, y: 2, width: Math.max(w, 0.5), height: 8 }));
}
// Errors of both, neither below what may be chance; such columns are named.
const raisedIn = new Set();
function guarded(a, b, c, key) {
  const least = leastOf(c, key, [a, b]), errors = [a, b].map((r) => error(c, value(r, c, key)));
  if (errors.some((own) => own < least) && !unequalIn(a, b, c)) raisedIn.add(c);
  return Math.max(errors[0], least) / Math.max(errors[1], least);
}
// Metrics by regions, and metrics by seasons: the error of the first, relative to that of the second.
const ratioText = (q) => (q < 0.01 ? "<0.01" : q > 99 ? ">99" : q < 10 ? q.toFixed(2) : short(q, 2)); // 1.03 and 0.97 say which is better, 1 does not
function heat(a, b) {
  const alone = [], parts = [];
  for (const [name, names, key] of [["region", D.regions, (n) => `${n}|all`], ["season", D.seasons, (n) => `all|${n}`]]) {
    if (names.length < 2) { alone.push(element("p", { class: "quiet", id: `by-${name}`, "data-short": `by ${name}` }, `By ${name}: these runs were scored over the whole ${name === "region" ? "domain" : "period"} alone.`)); continue; }
    let told = false, inParts = false, untold = false, apart = false;
    const cellOf = (c, n) => {
      const q = guarded(a, b, c, key(n));
      if (Number.isNaN(q)) return element("td", { class: "none", title: reason(a, c, key(n)) });
      const unequal = unequalIn(a, b, c), sign = unequal ? undefined : verdict(a, b, c, key(n)), text = unequal ? "≠" : ratioText(q);
      told ||= sign !== undefined; inParts ||= n !== "all" && sign !== undefined; untold ||= !unequal && sign === undefined; apart ||= unequal;
      const cell = element("td", { class: `${unequal ? "" : shade(q)} ${sign ? "told" : ""}`, tabindex: 0, role: "button", "aria-label": `${COLUMNS[c].title}, ${n}: ${unequal ? "not compared, other numbers of members" : text}${sign === 0 ? ", cannot be told apart" : sign ? ", told apart" : ""}` }, sign === 0 ? `(${text})` : text);
      const open = () => popover.open(cell, inPart(a, b, c, n, key(n)));
      cell.addEventListener("click", open);
      cell.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); popover.node.focus(); } });
      return cell;
    };
    const rows = D.groups.flatMap(([group, title]) => {
      const columns = COLUMNS.map((_, c) => c).filter((c) => COLUMNS[c].group === group && COLUMNS[c].headline && names.slice(1).some((n) => !Number.isNaN(ratio(a, c, key(n), b))));
      return columns.length ? [element("tr", { class: "section" }, element("th", { colspan: names.length + 1, scope: "colgroup" }, title)), ...columns.map((c) => element("tr", {},
        element("th", { scope: "row", class: "name" }, element("a", { href: ROOT + COLUMNS[c].page }, COLUMNS[c].brief)), names.map((n) => cellOf(c, n))))] : [];
    });
    if (!rows.length) continue;
    const without = names.filter((n) => D.whyNone[key(n)]), bold = told && !inParts ? "In the column “all”, bold:" : "Bold:", lacking = without.length ? `No intervals in ${without.join(", ")}: ${D.whyNone[key(without[0])]}.` : inParts ? "" : told ? `These records hold no intervals by ${name}.` : whyNone(key(names[1]));
    const note = [!inParts && lacking, told ? `${bold} the 95 % interval of the difference excludes zero. In brackets: it does not, the two cannot be told apart.${inParts && untold ? " Neither: there is no interval." : ""}` : "", inParts && lacking, apart ? "≠: not compared, the two have other numbers of members." : ""].filter(Boolean).join(" ");
    const level = names.every((n) => n.length < 9) ? " level" : ""; // short names are written level, as numbers are
    parts.push(element("section", { class: names.length > 8 && "broad", id: `by-${name}`, "data-short": `by ${name}` }, element("h2", {}, `By ${name}`, element("small", {}, ` error of ${LABELS[a]} over that of ${LABELS[b]}: below 1 is better`)), element("p", { class: "quiet" }, note, told && element("span", { class: "live" }, inParts ? " Click a number for its interval." : " Click a number of “all” for its interval.")),
      scrolling(element("table", { class: "card small" }, element("thead", {}, element("tr", {}, element("th", { scope: "col", class: "name" }, "metric"), names.map((n) => element("th", { scope: "col", class: `metric${level}` }, element("span", {}, element("a", { href: state.link({ [name]: n === "all" ? "" : n }) }, n)))))), element("tbody", {}, rows)), `By ${name}`)));
  }
  return [alone, parts];
}
// The same moment of both, and their curves.
function pictures(a, b) {
  const moment = D.moment, both = [a, b].filter((r) => moment?.members[r]), names = Object.keys(D.curves);
  const maps = both.length > 0 && element("section", { id: "same-moment", "data-short": "the same moment" }, element("h2", {}, "The same moment"), element("div", { class: "maps" }, picture(moment.coarse, "coarse input", moment.time), picture(moment.truth, "truth", `at most ${short(moment.heaviest, 3)} mm/h`, "truth"), both.map((r) => memberPicture(r))));
  if (!names.length) return [maps, []];
  const figures = names.filter((name) => D.curves[name].own.some(([r]) => r === a || r === b)).map((name) => chartFigure(name, D.curves[name], seriesOf(name, [a, b], [], b))).filter(Boolean);
  return [maps, [element("h2", { id: "both-curves", "data-short": "curves" }, "Curves"), legendOf([a, b], [], b), element("div", { class: "charts" }, figures)]];
}
for (const [id, other] of [["a", "b"], ["b", "a"]]) {
  const select = $("#" + id);
  ROWS.forEach((row, r) => select.append(element("option", { value: row.id }, LABELS[r])));
  select.addEventListener("change", () => { const now = pair(); state.set({ [id]: select.value, [other]: ROWS[now[other === "a" ? 0 : 1]].id }); draw(); });
}
