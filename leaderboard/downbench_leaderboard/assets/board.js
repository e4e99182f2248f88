// The data of a board, and what all its views share.
const D = readJson("board"), ROWS = D.rows, COLUMNS = D.columns, WIDE = COLUMNS.length;
const WHOLE = "all|all", NO_SCORE = "This run has no score here.";
const grids = new Map();
function grid(key) {
  if (!grids.has(key)) {
    const buffer = D.grids[key] === undefined ? null : bytes(D.grids[key]);
    grids.set(key, buffer && { values: new Float32Array(buffer), bits: new Uint32Array(buffer) });
  }
  return grids.get(key);
}
const within = (key, names) => (names.includes(state.get(key)) ? state.get(key) : "all"); // links may come from another board
const region = () => within("region", D.regions), season = () => within("season", D.seasons);
const view = () => `${region()}|${season()}`;
const isWhole = () => view() === WHOLE;
const value = (r, c, key = view()) => grid(key)?.values[r * WIDE + c] ?? NaN;
function reason(r, c, key = view()) {
  const found = grid(key);
  if (!found) return NO_SCORE;
  const number = found.bits[r * WIDE + c] & 0x3fffff;
  return number ? D.reasons[number - 1] : NO_SCORE;
}
const SPREAD = floats(D.spread), SEEDS = floats(D.seeds);
// The interval of a number, and n and the blocks that it is from, of the region and season that is shown and of no other.
const figures = new Map();
function figuresOf(r, c, key = view()) {
  const part = D.parts[key], at = r * WIDE + c;
  if (!figures.has(key)) figures.set(key, part && { low: part.low && floats(part.low), high: part.high && floats(part.high), counts: new (D.counts.length < 1 << 15 ? Int16Array : Int32Array)(bytes(part.counts)) });
  const own = figures.get(key), [n, blocks] = D.counts[own?.counts[at]] ?? [NaN, null];
  return { low: own?.low?.[at] ?? NaN, high: own?.high?.[at] ?? NaN, n, blocks };
}
const STARTS = ROWS.reduce((starts, row) => [...starts, starts.at(-1) + row.runs.length], [0]);

// Classes and paired differences, of the whole domain and time.
const K = { index: new Map(D.classes.columns.map((c, i) => [c, i])), letters: D.classes.letters.map((text) => text.split("|")), behind: floats(D.classes.behind) };
function letter(r, c) {
  const own = K.index.has(c) ? K.letters[K.index.get(c)][r] : "";
  return isWhole() || own === "≠" ? own : ""; // members are as many in each part
}
function behind(r, c) {
  const at = (K.index.get(c) * ROWS.length + r) * 3;
  return [K.behind[at], K.behind[at + 1], K.behind[at + 2]];
}
const draws = Object.fromEntries(Object.entries(D.classes.draws).map(([key, d]) => [key, { ...d, index: new Map(d.columns.map((c, i) => [c, i])), scale: floats(d.scales), centre: floats(d.centres), bytes: new (d.bits === 16 ? Int16Array : Int8Array)(bytes(d.values)) }]));
// The difference of two rows and its resamples, which both share: moved onto it where nearly all lie on one side, as
// everywhere in the suite. Nothing where the resamples are not kept or not all have values.
const sizeOf = (r, c, key) => (COLUMNS[c].direction === "zero" ? Math.abs(value(r, c, key)) : value(r, c, key));
const shareBelow = (v, drawn) => Math.min(1 - 0.5 / drawn.length, Math.max(0.5 / drawn.length, drawn.reduce((sum, w) => sum + (w < v ? 1 : w === v ? 0.5 : 0), 0) / drawn.length));
const meanOf = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
function resampled(a, b, c, key) {
  const d = draws[key], i = d?.index.get(c);
  if (i === undefined) return null;
  const n = d.resamples, at = (r) => i * ROWS.length + r, own = sizeOf(a, c, key) - sizeOf(b, c, key), shift = d.centre[at(a)] - d.centre[at(b)];
  let drawn = Array.from({ length: n }, (_, k) => shift + d.bytes[at(a) * n + k] * d.scale[at(a)] - d.bytes[at(b) * n + k] * d.scale[at(b)]);
  if (drawn.some(Number.isNaN) || Number.isNaN(own)) return null;
  let z = quantileOfNormal(shareBelow(own, drawn));
  if (Math.abs(z) > 1.5) { const off = own - meanOf(drawn); drawn = drawn.map((v) => v + off); z = quantileOfNormal(shareBelow(own, drawn)); }
  return { own, drawn, z, reaches: d.reaches };
}
// The 95 % interval of one difference: percentiles, bias-corrected and widened for few blocks.
function interval(a, b, c, key = view()) {
  const found = resampled(a, b, c, key);
  if (!found) return null;
  const drawn = found.drawn.sort((p, q) => p - q);
  return [-found.reaches[0], found.reaches[0]].map((reach) => {
    const place = shareOfNormal(2 * found.z + reach) * (drawn.length - 1), low = Math.floor(place);
    return drawn[low] + (place - low) * ((drawn[low + 1] ?? drawn[low]) - drawn[low]);
  });
}
// How far an interval must reach to hold zero; a normal tail stands in where fewer than ten resamples lie beyond zero.
function reachOfZero({ own, drawn, z }) {
  if (own === 0 && !drawn.some((v) => v !== 0)) return 0;
  const share = shareBelow(0, drawn), edge = 10 / drawn.length, mean = meanOf(drawn), spread = Math.sqrt(meanOf(drawn.map((v) => (v - mean) ** 2)));
  let reach = quantileOfNormal(share);
  if (share < edge || share > 1 - edge) reach = Math.sign(reach) * Math.max(spread > 0 ? Math.abs(mean / spread) : Infinity, Math.abs(quantileOfNormal(edge)));
  return Math.abs(reach - 2 * z);
}
// A row against what all others with a value are today, adjusted for their number (Holm): of how many it is told apart, to either side.
function against(r, c, key = view()) {
  if (COLUMNS[c].direction === "none" || letter(r, c) === "≠" || draws[key]?.index.get(c) === undefined) return null;
  const others = ROWS.map((_, other) => other).filter((other) => other !== r && !ROWS[other].former && !Number.isNaN(value(other, c, key)) && letter(other, c) !== "≠");
  const pairs = others.map((other) => { const found = resampled(r, other, c, key); return { reach: found ? reachOfZero(found) : 0, ahead: merit(sizeOf(r, c, key), COLUMNS[c].direction) - merit(sizeOf(other, c, key), COLUMNS[c].direction) }; }).sort((p, q) => q.reach - p.reach);
  const first = pairs.findIndex((pair, i) => pair.reach <= draws[key].reaches[pairs.length - i - 1]), told = first < 0 ? pairs : pairs.slice(0, first);
  return { others: pairs.length, better: told.filter((pair) => pair.ahead < 0).length, worse: told.filter((pair) => pair.ahead > 0).length };
}
// Abramowitz and Stegun 7.1.26, off by at most 1.5e-7; its inverse by bisection.
function shareOfNormal(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x) / Math.SQRT2);
  const tail = 0.5 * t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) * Math.exp(-x * x / 2);
  return x < 0 ? tail : 1 - tail;
}
function quantileOfNormal(share) {
  let low = -8, high = 8;
  for (let i = 0; i < 50; i++) { const middle = (low + high) / 2; if (shareOfNormal(middle) < share) low = middle; else high = middle; }
  return (low + high) / 2;
}
// What an interval says of a row against another: better (-1), worse (1), cannot be told apart (0); undefined without.
function verdict(a, b, c, key = view()) {
  const ends = COLUMNS[c].direction === "none" ? null : interval(a, b, c, key);
  if (!ends) return undefined;
  const sign = Math.abs(sizeOf(a, c, key) - sizeOf(b, c, key)) <= COLUMNS[c].zero ? 0 : ends[1] < 0 ? -1 : ends[0] > 0 ? 1 : 0; // what rounding may have made tells nothing apart
  return COLUMNS[c].direction === "higher" ? 0 - sign : sign;
}

// Errors, relative to a row: what is below the rounding of sums counts as that, so that 5e-11 beats 3e-10 nowhere.
function error(c, v) {
  const column = COLUMNS[c];
  if (Number.isNaN(v) || column.direction === "none" || (column.direction === "higher" && column.top === null)) return NaN;
  return Math.max(column.zero, column.direction === "higher" ? column.top - v : column.direction === "zero" ? Math.abs(v) : v);
}
// Where several rows have a name, the best of them is meant by it alone, as somebody writes it in a link.
const rowOf = (id) => { const own = ROWS.findIndex((row) => row.id === id); return own >= 0 || !id ? own : ROWS.findIndex((row) => row.name === id); };
const reference = () => { const asked = rowOf(state.get("ref")); return asked >= 0 ? asked : D.reference; };
// What a column is relative to: the reference, or the first control that has a value where that has none.
const relativeTo = new Map();
function referenceOf(c) {
  const asked = reference(), key = `${asked}|${c}`;
  if (asked >= 0 && !Number.isNaN(value(asked, c, WHOLE))) return asked;
  if (!relativeTo.has(key)) relativeTo.set(key, ROWS.findIndex((row, r) => row.control && !Number.isNaN(value(r, c, WHOLE))));
  return relativeTo.get(key);
}
function ratio(r, c, key = view(), ref = referenceOf(c)) {
  return ref < 0 ? NaN : error(c, value(r, c, key)) / error(c, value(ref, c, key));
}
// What colours are relative to. A signed error of the reference, or the size of one, may be near zero by chance, as its sign changes from one
// method to the next; half the median of all others is the least then, so that no good column is all brown.
const leasts = new Map();
function leastOf(c, key, without) {
  const at = `${without}|${c}|${key}`;
  if (!leasts.has(at)) {
    const others = COLUMNS[c].chance ? ROWS.map((_, r) => (without.includes(r) ? NaN : error(c, value(r, c, key)))).filter((v) => !Number.isNaN(v)).sort((a, b) => a - b) : [];
    leasts.set(at, others.length >= 5 ? others[others.length >> 1] / 2 : 0);
  }
  return leasts.get(at);
}
function yardstick(c, key = view()) {
  const ref = referenceOf(c), own = ref < 0 ? NaN : error(c, value(ref, c, key)), least = leastOf(c, key, [ref]);
  return { size: Math.max(own, least), raised: least > own };
}
// Eight steps to either side: log2 of the ratio, ±2 at most.
function shade(ratio) {
  if (Number.isNaN(ratio) || ratio <= 0) return "";
  const step = Math.max(-8, Math.min(8, Math.round(Math.log2(ratio) * 4)));
  return step < 0 ? `b${-step}` : step > 0 ? `w${step}` : "s0";
}
function inWords(ratio, ref) {
  if (Number.isNaN(ratio) || ref < 0) return "";
  const share = 100 * (1 - ratio), name = LABELS[ref];
  if (Math.abs(share) < 0.5) return `the error is that of ${name}`;
  if (share > 0) return `the error is ${share.toFixed(share > 99 ? 1 : 0)} % below that of ${name}`;
  return ratio >= 2 ? `the error is ${short(ratio, 2)} times that of ${name}` : `the error is ${(-share).toFixed(0)} % above that of ${name}`;
}

// Whether classes of a column tell any row from the best.
const tellsApart = (c) => K.letters[K.index.get(c)].some((own) => own && !"A≠".includes(own));
// Of each column: the best rows of it. With classes, those of the first that no row outside of it exceeds, and none where
// that holds all; without, all that round to the best.
function bestOf(c, rows) {
  const best = new Set(), column = COLUMNS[c];
  if (column.direction === "none") return best;
  if (isWhole() && K.index.has(c) && K.letters[K.index.get(c)].includes("A")) {
    const of = (r) => { const own = merit(value(r, c), column.direction); return column.direction === "higher" ? own : Math.max(column.zero, own); };
    const least = extent(ROWS.map((_, r) => r).filter((r) => !"A≠".includes(letter(r, c) || "-")).map(of))[0];
    if (tellsApart(c)) for (const r of rows) if (letter(r, c) === "A" && of(r) <= least) best.add(r);
    return best;
  }
  const known = rows.filter((r) => !Number.isNaN(value(r, c)) && letter(r, c) !== "≠");
  if (known.length < 2) return best;
  const merits = known.map((r) => merit(value(r, c), column.direction)), [least] = extent(merits);
  const [, largest] = extent(known.map((r) => Math.abs(value(r, c))));
  const equal = Math.max(column.zero, 5e-5 * Math.abs(least), 1e-7 * largest);
  known.forEach((r, i) => { if (merits[i] - least <= equal) best.add(r); });
  if (best.size === known.length) best.clear();
  return best;
}

const LABELS = ROWS.map((row) => row.label);
// Where there is little room, the first of what tells a row from others of its method.
const BRIEF = LABELS.map((label) => label.replace(/^([^(]+\([^,]+), .*\)$/, "$1, …)")).map((brief, r, all) => (all.indexOf(brief) === all.lastIndexOf(brief) ? brief : LABELS[r]));
// Rows of one's own beside references that came with the suite.
const isReference = (row) => row.marks.includes("reference"), ANY_REFERENCE = ROWS.some(isReference);
const isOwn = (row) => ANY_REFERENCE && !row.control && !isReference(row), ANY_OWN = ROWS.some(isOwn);
// Up to four rows that pictures and curves show in colour; without a choice, one's own and then the best that are
// no controls, methods as they are before other settings of the same.
function chosen() {
  const asked = state.list("show").map(rowOf).filter((r) => r >= 0).slice(0, 4);
  if (asked.length || state.get("show") === "-") return asked;
  const rank = (r) => (isOwn(ROWS[r]) ? 0 : ROWS[r].control ? 3 : !ROWS[r].aside && LABELS[r] === ROWS[r].name ? 1 : 2);
  return ROWS.map((_, r) => r).sort((a, b) => rank(a) - rank(b) || a - b).slice(0, 3);
}
// A method's colour is the same on all pages; where two of the chosen look alike, the later takes one that is free.
const HUES = "boprgybogrby", hue = (colour) => (colour.startsWith("m") ? HUES[colour.slice(1)] : colour); // of m0 to m11: blue, orange, purple, red, green, yellow
const palette = { rows: "", own: new Map() };
function colourOf(r) {
  const now = currentView() === "compare" ? pair() : chosen(), key = now.join();
  if (palette.rows !== key) {
    palette.rows = key;
    palette.own = new Map();
    const taken = new Set();
    for (const row of now) {
      const free = !taken.has(hue(ROWS[row].colour)) ? ROWS[row].colour : [...HUES].map((_, i) => `m${i}`).find((m) => !now.some((other) => hue(ROWS[other].colour) === hue(m)) && !taken.has(hue(m)));
      taken.add(hue(free));
      palette.own.set(row, free);
    }
  }
  return palette.own.get(r) ?? ROWS[r].colour;
}
let said = ""; // what the next drawing says of the last choice
function toggle(r) {
  const now = chosen(), next = now.includes(r) ? now.filter((other) => other !== r) : [...now, r].slice(-4), gone = now.filter((other) => other !== r && !next.includes(other));
  if (gone.length) said = `Four methods at most are shown in colour: ${LABELS[r]} takes the place of ${LABELS[gone[0]]}.`;
  state.set({ show: next.map((i) => ROWS[i].id).join(",") || "-" });
}
function matching() {
  const words = state.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
  return ROWS.map((_, r) => r).filter((r) => words.every((word) => ROWS[r].words.includes(word)));
}
// Where nothing matches, that is said in place of a table.
const noneOf = (rows) => (rows.length ? "" : `No method matches “${state.get("filter").trim()}”.`);
function noMatch(rows, table, note) {
  table.parentNode.hidden = !rows.length;
  if (rows.length) return false;
  table.replaceChildren();
  note.textContent = noneOf(rows);
  return true;
}
// What the address asks for that is not here.
function unknown() {
  const asked = [...["a", "b", "ref"].map((key) => state.get(key)), ...state.list("show")].filter((name) => name && name !== "-" && rowOf(name) < 0);
  return asked.length ? `No method here is called ${[...new Set(asked)].map((name) => `“${name}”`).join(" or ")}: ${currentView() === "compare" ? "another stands in its place" : "it is left out"}.` : "";
}
const costOf = (key) => D.costs.findIndex(([k]) => k === key) >= 0;
function sorting() {
  const asked = state.get("sort"), name = asked.replace(/^-/, ""), reversed = asked.startsWith("-");
  if (name === "method" || costOf(name)) return { name, reversed, c: -1 };
  let c = COLUMNS.findIndex((column) => column.id === name);
  if (c < 0) c = COLUMNS.findIndex((column) => column.metric === name && column.headline);
  return c < 0 ? { name: COLUMNS[D.first]?.id ?? "method", reversed: false, c: D.first } : { name: COLUMNS[c].id, reversed, c };
}
function sorted(rows) {
  const { name, reversed, c } = sorting();
  const of = c >= 0 ? (r) => merit(value(r, c), COLUMNS[c].direction) : costOf(name) ? (r) => ROWS[r].cost[name] : (r) => ROWS[r].name;
  const keys = new Map(rows.map((r) => [r, of(r)]));
  return [...rows].sort((a, b) => compare(keys.get(a), keys.get(b), reversed) || compare(ROWS[a].name, ROWS[b].name) || a - b);
}
function sortBy(name) {
  const now = sorting();
  state.set({ sort: now.name === name && !now.reversed ? "-" + name : name });
}
// Where nothing but the order has changed since a table was drawn, its rows are moved and not drawn anew.
function reorder(table, ids) {
  const view = state.link({ sort: "" }), same = table.dataset.drawn === view && table.tBodies.length;
  table.dataset.drawn = view;
  if (!same) return false;
  const rows = new Map([...table.tBodies[0].rows].map((row) => [row.dataset.row, row]));
  table.tBodies[0].prepend(...ids.map((id) => rows.get(String(id))));
  for (const head of $$("[data-sort]", table)) {
    const name = head.dataset.sort, c = COLUMNS.findIndex((column) => column.id === name);
    head.closest("th").setAttribute("aria-sort", ariaSort(name, c));
  }
  return true;
}
// aria-sort speaks of the numbers: best first is descending where higher is better.
function ariaSort(name, c = -1) {
  const now = sorting();
  if (now.name !== name) return "none";
  return (c >= 0 && COLUMNS[c].direction === "higher") !== now.reversed ? "descending" : "ascending";
}
// Columns of the view: headlines or all components, of the chosen groups, and those without any value apart.
function columnsShown(rows, every) {
  const groups = state.list("groups"), tag = state.get("tag"), shown = [], empty = [];
  for (const [key] of D.groups) {
    if (groups.length && !groups.includes(key)) continue;
    COLUMNS.forEach((column, c) => {
      if (column.group !== key || !(column.headline || every) || (tag && !column.tags.includes(tag))) return;
      (state.get("empty") === "1" || rows.some((r) => !Number.isNaN(value(r, c))) ? shown : empty).push(c);
    });
  }
  return { shown, empty };
}
function emptyNote(empty, rows) {
  if (!empty.length) return "";
  const reasons = [...new Set(empty.map((c) => (rows.length ? reason(rows[0], c) : NO_SCORE)))];
  return `Left out, since no method shown has a value: ${empty.map((c) => COLUMNS[c].title).join(", ")} (${reasons.slice(0, 2).join("; ")}${reasons.length > 2 ? "; …" : ""}).`;
}
const times = (c) => unitFactor(COLUMNS[c].power);
const unitOf = (c) => unitName(COLUMNS[c].unit === "1" ? "" : COLUMNS[c].unit, COLUMNS[c].power);
const rowClass = (row) => [row.control && "control", isReference(row) && ANY_OWN && "reference", isOwn(row) && "own"].filter(Boolean).join(" ");
// What was verified, by its mark: the ticks of the scorecard, and what they say.
const VERIFIED = {
  "scores checked": ["✓", "an independent path finds its scores right"],
  "made again": ["✓✓", "the whole run came out again later, and an independent path finds its scores right"],
};
const PLAIN_MARKS = ["reference", "repeats a reference", "imported", ...Object.keys(VERIFIED)];
const ALL_REFERENCES = ROWS.every(isReference); // then it is said once
const tick = (mark) => `<span class="tick" title="${mark}: ${VERIFIED[mark][1]}"><span aria-hidden="true">${VERIFIED[mark][0]}</span><span class="unseen">${mark}</span></span>`;
// What a mark means that its name alone does not tell.
const MEANING = { "not today's preset": "other settings than the preset of its method gives now, so no answer above names it", "older version": "the code of its method has changed since it was made" };
const meaningOf = (mark) => (MEANING[mark] ? `${mark}: ${MEANING[mark]}` : mark);
const ticks = () => Object.entries(VERIFIED).filter(([mark]) => ROWS.some((row) => row.marks.includes(mark))).map(([mark, [own, meaning]]) => `${own} ${mark}: ${meaning}`);
const markText = (row) => row.marks.filter((mark) => mark !== "reference" || !ALL_REFERENCES).map((mark) => (VERIFIED[mark] ? tick(mark) : `<span class="tag${PLAIN_MARKS.includes(mark) ? "" : " mark"}" title="${escapeHtml(MEANING[mark] ?? "")}">${escapeHtml(mark)}</span>`)).join("");
// In the scorecard a reference is grey, what was verified has a tick, and all else a sign that is explained below it.
const SIGNED = [...new Set(ROWS.flatMap((row) => row.marks))].filter((mark) => mark !== "reference" && !VERIFIED[mark]), SIGNS = "†‡§¶";
const sign = (mark) => SIGNS[SIGNED.indexOf(mark)] ?? "*";
const briefMarks = (row) => row.marks.map((mark) => (mark === "reference" ? '<span class="unseen">reference</span>' : VERIFIED[mark] ? tick(mark) : `<span class="sign" title="${escapeHtml(meaningOf(mark))}"><span aria-hidden="true">${sign(mark)}</span><span class="unseen">${escapeHtml(mark)}</span></span>`)).join("");

// What a cell has to say, with links to the metric and to each record.
function explain(r, c) {
  const row = ROWS[r], column = COLUMNS[c], v = value(r, c), f = times(c), unit = unitOf(c), parts = [];
  const line = (...content) => parts.push(element("p", {}, ...content));
  parts.push(element("h3", {}, LABELS[r], " · ", element("a", { href: ROOT + column.page }, column.title)));
  if (Number.isNaN(v)) line(element("b", {}, "No value: "), reason(r, c));
  else {
    const at = r * WIDE + c, own = figuresOf(r, c);
    line(element("b", { class: "big" }, short(v * f)), ` ${unit} `, element("small", {}, `(${BETTER[column.direction]})`));
    if (!Number.isNaN(own.low)) line(`95 % interval ${short(own.low * f)} to ${short(own.high * f)}: how much it owes to the weather that was scored`);
    if (isWhole() && !Number.isNaN(SPREAD[at])) line(`mean of ${row.runs.length} seeds, whose standard deviation is ${short(SPREAD[at] * f, 2)}`);
    const ref = referenceOf(c), share = ref >= 0 && [r, ref].some((own) => letter(own, c) === "≠") ? "" : inWords(ratio(r, c), ref);
    if (share && r !== ref) line(share, ` (${short(value(ref, c) * f)})`);
    classLines(r, c, line, f, unit);
    line(element("small", {}, Number.isNaN(own.n) ? "" : `n = ${own.n.toLocaleString("en")} steps${own.blocks === null ? "" : `, ${own.blocks} resampling blocks`}; `, `${row.members ?? "?"} member${row.members === 1 ? "" : "s"}`));
  }
  if (column.definition) line(element("small", {}, `${column.long}: ${column.definition}`));
  line(element("a", { href: ROOT + column.page }, "What it means"), " · ", element("a", { href: ROOT + row.page }, "the method"), " · record: ",
    row.runs.flatMap(([seed, page], i) => [i ? ", " : "", element("a", { href: ROOT + page }, seed === null ? "run" : `seed ${seed}`)]));
  return parts;
}
function classLines(r, c, line, f, unit) {
  const own = letter(r, c);
  if (own === "≠") line("≠: this score has no fair form in the number of members, and this method has another number: it is not compared.");
  if (!own || own === "≠") return;
  const leader = D.classes.leaders[K.index.get(c)][r];
  line(element("b", {}, `Class ${own}: `), tellsApart(c) ? "" : "as all here, which tells nothing of them; ", leader === r ? "its first row" : `cannot be told apart from ${LABELS[leader]}, its first row`,
    element("small", {}, ". Classes are adjusted for all comparisons of a column (Holm, 5 % for all together)."));
  const [difference, low, high] = behind(r, c), best = D.classes.best[K.index.get(c)];
  const told = against(r, c);
  if (told?.others) line(`better than ${told.better} of ${told.others}, worse than ${told.worse}, cannot be told apart from ${told.others - told.better - told.worse}`, element("small", {}, ` (adjusted for ${told.others} comparisons)`));
  if (!Number.isNaN(difference) && best >= 0) line(`paired difference to ${LABELS[best]}: ${signed(difference * f)}${Number.isNaN(low) ? "" : ` [${signed(low * f)}, ${signed(high * f)}]`} ${unit}`, Number.isNaN(low) ? "" : element("small", {}, " (95 % of this pair alone, adjusted for no others)"));
}
const signed = (v) => (v > 0 ? "+" : "") + short(v, 3);
