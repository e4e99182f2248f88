// The front page: tables, curves and the cost scatter of each group of comparable runs.
const boards = $$("section.board").map((node) => ({ node, data: readJson("data-" + node.dataset.id), heads: $$("th[data-column]", node) }));

function sortOf(board) {
  const asked = state.get("sort." + board.data.id) || state.get("sort") || board.node.dataset.sort;
  const name = asked.replace(/^-/, "");
  const columns = board.data.columns;
  let index = columns.findIndex((c) => c.id === name);
  if (index < 0) index = columns.findIndex((c) => c.metric === name && c.headline);
  if (index < 0 && name !== "method") index = columns.findIndex((c) => c.id === board.node.dataset.sort);
  return { index, method: name === "method", reversed: asked.startsWith("-") };
}
function cellsOf(board) {
  const grid = board.data.cells[`${state.get("region", "all")}|${state.get("season", "all")}`];
  return grid ?? board.data.rows.map(() => board.data.columns.map(() => null));
}

function draw(board) {
  const { node, data, heads } = board, cells = cellsOf(board), unit = chosenUnit();
  const words = state.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
  const body = $("tbody", node), rows = $$("tr[data-row]", body);
  data.columns.forEach((column, c) => drawColumn(board, rows, cells, column, c, unit));
  const { index, method, reversed } = sortOf(board);
  const key = (row) => {
    const r = Number(row.dataset.row);
    if (method || index < 0) return data.rows[r].name;
    const value = cells[r][index]?.[0] ?? null;
    return value === null ? null : merit(value, data.columns[index].direction);
  };
  rows.sort((a, b) => compare(key(a), key(b), reversed) || compare(data.rows[a.dataset.row].name, data.rows[b.dataset.row].name));
  const last = $("tr.failed", body);
  for (const row of rows) body.insertBefore(row, last);
  // aria-sort speaks of the numbers: best first is descending where higher is better
  const column = data.columns[index], falling = !method && column && (column.direction === "higher") !== reversed;
  markSorted(heads, heads.find((h) => h.dataset.column === (method || index < 0 ? "method" : String(index))), method ? reversed : falling);
  let shown = 0;
  for (const row of $$("tr", body)) {
    const visible = words.every((word) => row.dataset.words.includes(word));
    row.hidden = !visible;
    shown += visible;
  }
  $(".shown", node).textContent = words.length ? `${shown} of ${body.rows.length} rows match the filter.` : "";
  drawScatter(board);
}

// Headline components unless every component is asked for, of metrics with the chosen tag.
function isShown(column) {
  const tag = state.get("tag");
  return (column.headline || state.get("all") === "1") && (!tag || column.tags.includes(tag));
}
function drawColumn(board, rows, cells, column, c, unit) {
  const head = board.heads.find((h) => h.dataset.column === String(c)), hidden = !isShown(column);
  head.hidden = hidden;
  const factor = unitFactor(unit, column.power), name = unitName(unit, column.unit, column.power);
  $(".unit", head).textContent = name;
  const scores = rows.map((row) => cells[row.dataset.row][c]);
  const values = scores.map((s) => s?.[0] ?? null), known = values.filter((v) => v !== null);
  const text = formatter(known.map((v) => v * factor));
  const best = column.direction === "none" || known.length < 2 ? null : Math.min(...known.map((v) => merit(v, column.direction)));
  const counts = [...new Set(scores.filter((s) => s?.[3]).map((s) => s[3]))];
  $(".n", head).textContent = counts.length === 1 ? `n = ${counts[0].toLocaleString("en")}` : counts.length ? "n differs" : "";
  rows.forEach((row, i) => {
    const cell = row.cells[c + 1], score = scores[i];
    cell.hidden = hidden;
    cell.classList.toggle("best", best !== null && values[i] !== null && merit(values[i], column.direction) === best);
    fill(cell, score, (v) => text(v * factor), board.data.reasons);
    badge(cell, wholeView() ? board.data.badges[column.id]?.[rows[i].dataset.row] : null);
  });
}
function wholeView() { return state.get("region", "all") === "all" && state.get("season", "all") === "all"; }
function badge(cell, found) {
  if (!found) return;
  const [letter, text] = found;
  $(".value", cell)?.after(element("span", { class: "class", tabindex: 0, "data-tip": text, "aria-label": text }, letter));
}
function fill(cell, score, text, reasons) {
  cell.replaceChildren();
  delete cell.dataset.tip;
  if (!score || score[0] === null) {
    const why = score ? reasons[score[6]] : "This run has no score here.";
    cell.append(element("span", { class: "null", tabindex: 0, "data-tip": why, "aria-label": `no value: ${why}` }, "null"));
    return;
  }
  const [value, low, high, n, nEff, members, reason, noInterval] = score;
  cell.append(element("span", { class: "value" }, text(value)));
  if (low !== null && high !== null) cell.append(element("small", { class: "interval" }, `[${text(low)}, ${text(high)}]`));
  const facts = [n !== null && `n = ${n.toLocaleString("en")}`, nEff !== null && `effective n = ${short(nEff)}`,
    members !== null && `${members} ${members === 1 ? "member" : "members"}`, reason !== null && reasons[reason],
    noInterval !== null && `no interval: ${reasons[noInterval]}`].filter(Boolean);
  if (facts.length) cell.dataset.tip = facts.join("\n");
}

function drawScatter(board) {
  const host = $(".scatter", board.node);
  if (!host) return;
  const { data } = board, kind = $("select.cost", board.node).value, cells = cellsOf(board), unit = chosenUnit();
  const index = data.columns.findIndex((c) => c.id === board.node.dataset.sort), column = data.columns[index];
  if (!column) return;
  const factor = unitFactor(unit, column.power);
  const points = data.rows.map((row, r) => ({ x: row.cost[kind], y: cells[r][index]?.[0] == null ? null : cells[r][index][0] * factor,
    label: row.name, detail: row.detail, row: r, role: row.role, page: row.page }));
  scatter(host, points, data.costs[kind], `${column.title} [${unitName(unit, column.unit, column.power)}]`, column.direction);
}

function downloadCsv(board) {
  const { data, node } = board, unit = chosenUnit(), cells = cellsOf(board);
  const columns = data.columns.map((c, i) => [c, i]).filter(([c]) => isShown(c));
  const head = ["dataset", "region", "season", "method", "distribution", "version", "role", "preset", "seed", "members"];
  const names = columns.flatMap(([c]) => {
    const name = `${c.title} [${unitName(unit, c.unit, c.power)}]`;
    return [name, `${name} low`, `${name} high`, `${name} class`, `${name} n`, `${name} reason if null`];
  });
  const rows = $$("tr[data-row]", node).filter((row) => !row.hidden).map((row) => {
    const r = data.rows[row.dataset.row];
    const values = columns.flatMap(([c, i]) => {
      const score = cells[row.dataset.row][i], times = (v) => (v == null ? null : v * unitFactor(unit, c.power));
      if (!score) return [null, null, null, null, null, "This run has no score here."];
      const letter = wholeView() ? data.badges[c.id]?.[row.dataset.row]?.[0] : null;
      return [times(score[0]), times(score[1]), times(score[2]), letter, score[3], score[0] === null ? data.reasons[score[6]] : null];
    });
    return [data.label, state.get("region", "all"), state.get("season", "all"), r.name, r.distribution, r.version, r.role, r.preset, r.seed, r.members, ...values];
  });
  save(data.id + ".csv", "text/csv", csv([[...head, ...names], ...rows]));
}

function drawAll() { boards.forEach(draw); }
const controls = { filter: "#filter", region: "#region", season: "#season", unit: "#unit", tag: "#tag", all: "#all" };
for (const [key, selector] of Object.entries(controls)) bind($(selector), key, drawAll);
for (const board of boards) {
  for (const head of board.heads) {
    $("button", head).addEventListener("click", () => {
      const name = head.dataset.column === "method" ? "method" : board.data.columns[head.dataset.column].id;
      const { index, method, reversed } = sortOf(board);
      const again = !reversed && (method ? name === "method" : board.data.columns[index]?.id === name);
      state.set(boards.length > 1 ? "sort." + board.data.id : "sort", (again ? "-" : "") + name);
      draw(board);
    });
  }
  for (const host of $$("[data-curve]", board.node)) lineChart(host, board.data.curves[host.dataset.curve], host.dataset.curve);
  $$(".key", board.node).forEach((key) => { key.style.background = colour(Number(key.dataset.key)); });
  $("button.csv", board.node).addEventListener("click", () => downloadCsv(board));
  $("select.cost", board.node)?.addEventListener("change", () => drawScatter(board));
}
window.addEventListener("hashchange", () => {
  if (location.hash && !location.hash.includes("=")) return;
  for (const selector of Object.values(controls)) $(selector)?.pull();
  drawAll();
});
tooltips();
drawAll();
document.documentElement.dataset.ready = "yes";
