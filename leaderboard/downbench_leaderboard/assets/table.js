// The table of numbers, and what can be saved of it: exactly the rows and columns that are on screen.
function tableRows() {
  const rows = sorted(matching());
  if (state.get("seeds") !== "1" || !isWhole()) return rows.map((r) => ({ r, seed: null, of: (c) => value(r, c) }));
  return rows.flatMap((r) => ROWS[r].runs.map(([seed, page], i) => ({ r, seed, page, of: (c) => SEEDS[(STARTS[r] + i) * WIDE + c] })));
}
function tableColumns() { return columnsShown(matching(), state.get("every") === "1"); }
function drawTable() {
  const rows = tableRows();
  if (noMatch(rows, $("#scores"), $("#table-note"))) return;
  if (reorder($("#scores"), rows.map((row) => row.page ?? row.r))) return;
  const { shown, empty } = tableColumns(), folded = !rows.some((row) => row.page), intervals = state.get("intervals") === "1";
  const groups = D.groups.map(([key, title]) => [title, shown.filter((c) => COLUMNS[c].group === key)]).filter(([, columns]) => columns.length);
  const order = groups.flatMap(([, columns]) => columns), picked = new Set(chosen()), starts = new Set(groups.map(([, columns]) => columns[0]));
  const best = new Map(order.map((c) => [c, bestOf(c, matching())]));
  const formats = new Map(order.map((c) => [c, formatter(rows.map((row) => row.of(c) * times(c)))]));
  const many = rows.length > MANY_ROWS, role = roleOf(many, "gridcell"), texts = new Map(order.map((c) => [c, ["null"]]));
  const html = [`<thead><tr class="groups"><th class="name" scope="col" rowspan="2" aria-sort="${ariaSort("method")}"><button type="button" data-sort="method">method</button></th>`];
  for (const [title, columns] of groups) html.push(`<th scope="colgroup" class="group start" colspan="${columns.length}">${title}</th>`);
  html.push(`<th scope="colgroup" class="group start" colspan="${D.costs.length}">Cost</th></tr><tr class="metrics">`);
  for (const c of order) {
    const column = COLUMNS[c];
    html.push(`<th scope="col" class="${starts.has(c) ? "start" : ""}" aria-sort="${ariaSort(column.id, c)}"><button type="button" data-sort="${escapeHtml(column.id)}" title="${escapeHtml(`${column.long}: ${column.definition}`)}">${escapeHtml(state.get("every") === "1" ? column.title : column.brief)}</button><small><span role="img" aria-label="${BETTER[column.direction]}">${ARROWS[column.direction]}</span> ${escapeHtml(unitOf(c))}</small></th>`);
  }
  D.costs.forEach(([key, name], i) => html.push(`<th scope="col" class="${i ? "" : "start"}" aria-sort="${ariaSort(key)}"><button type="button" data-sort="${key}" title="${escapeHtml(D.costs[i][2])}">${name}</button><small>↓</small></th>`));
  html.push("</tr></thead><tbody>");
  rows.forEach((line, i) => {
    const { r } = line, row = ROWS[r], about = [line.page ? `seed ${line.seed}` : row.runs.length > 1 ? `${row.runs.length} seeds` : row.runs[0][0] === null ? "" : `seed ${row.runs[0][0]}`, ...row.detail.split(" · ").filter((part) => !LABELS[r].includes(part))].filter(Boolean).join(" · ");
    html.push(`<tr data-row="${escapeHtml(line.page ?? r)}" class="${rowClass(row)}"><th scope="row" class="name"><button type="button" class="dot ${colourOf(r)}" data-pick="${r}" aria-pressed="${picked.has(r)}" aria-label="Show ${escapeHtml(LABELS[r])} in pictures and curves"></button><a href="${ROOT}${line.page ?? row.page}" title="${escapeHtml([LABELS[r], row.title].filter(Boolean).join("\n"))}">${escapeHtml(LABELS[r])}</a>${row.control ? '<span class="tag">control</span>' : ""}${markText(row)}<small title="${escapeHtml(about)}">${escapeHtml(about)}</small></th>`);
    order.forEach((c, j) => {
      const v = line.of(c), start = starts.has(c) ? " start" : "", tab = i || j ? -1 : 0;
      if (Number.isNaN(v)) { html.push(`<td${role} class="null${start}" data-r="${r}" data-c="${c}" tabindex="${tab}" title="${escapeHtml(folded ? reason(r, c) : "no value")}">null</td>`); return; }
      const at = r * WIDE + c, text = formats.get(c), f = times(c), own = letter(r, c), { low, high } = figuresOf(r, c), ends = intervals && folded && !Number.isNaN(low) ? `${text(low * f)} to ${text(high * f)}` : "", interval = ends && `<small>${ends}</small>`;
      const spread = intervals && folded && isWhole() && !Number.isNaN(SPREAD[at]) ? `<small>± ${short(SPREAD[at] * f, 2)}</small>` : "";
      texts.get(c).push(text(v * f), ends);
      const top = folded && best.get(c).has(r), number = top ? `<span class="value">${text(v * f)}</span>` : text(v * f); // elements are what a sort costs
      html.push(`<td${role} class="${top ? "best" : ""}${start}" data-r="${r}" data-c="${c}" tabindex="${tab}">${number}${folded && own ? `<sup>${own}</sup>` : ""}${interval}${spread}</td>`);
    });
    const cost = row.cost;
    html.push(`<td${role} class="start">${seconds(cost.sample)}</td><td${role}>${seconds(cost.fit)}</td><td${role}>${cost.memory === null ? "–" : short(cost.memory, 3) + " MB"}</td><td${role}>${size(cost.parameters)}</td></tr>`);
  });
  for (const failed of readJson("failed-here")) html.push(`<tr class="failed"><th scope="row" class="name"><a href="${ROOT}${failed.page}">${escapeHtml(failed.name)}</a> <span class="tag bad">failed</span></th><td colspan="${order.length + D.costs.length}">${escapeHtml(failed.reason)}</td></tr>`);
  const table = $("#scores");
  table.innerHTML = html.join("") + "</tbody>";
  layRows(table, many, ["var(--name)", ...order.map((c) => widthOf(texts.get(c), `${COLUMNS[c].title} ${unitOf(c)}`)), ...D.costs.map(([, name]) => widthOf(["1,234 MB"], name))]);
  shadow(table.parentNode);
  const seedNote = state.get("seeds") === "1" && !isWhole() ? "Single seeds are kept for the whole domain and time; here they are averaged." : "";
  $("#table-note").textContent = [ticks().join(", ").concat(ticks().length ? "." : ""), seedNote, emptyNote(empty, matching())].filter(Boolean).join(" ");
}

function exported() {
  const rows = tableRows(), order = (() => { const { shown } = tableColumns(); return D.groups.flatMap(([key]) => shown.filter((c) => COLUMNS[c].group === key)); })();
  return { rows, order, name: (c) => `${COLUMNS[c].title}${unitOf(c) && ` [${unitOf(c)}]`}` };
}
// Seven digits, as the page holds them.
const exact = (v) => (Number.isNaN(v) || v === null ? null : Number(v.toPrecision(7)));
function cells(line, c) {
  const v = line.of(c), f = times(c), { low, high, n } = figuresOf(line.r, c), folded = !line.page;
  return { value: exact(v * f), low: folded ? exact(low * f) : null, high: folded ? exact(high * f) : null, spread: folded && isWhole() ? exact(SPREAD[line.r * WIDE + c] * f) : null,
    class: line.page ? null : letter(line.r, c) || null, n: exact(n), reason: Number.isNaN(v) ? (line.page ? "no value" : reason(line.r, c)) : null };
}
const about = (line) => {
  const row = ROWS[line.r];
  return { dataset: D.label, region: region(), season: season(), method: row.name, detail: row.detail, distribution: row.distribution,
    version: row.version, role: row.control ? "control" : "method", marks: row.marks.join(" "), seeds: (line.page ? [line.seed] : row.runs.map(([seed]) => seed)).join(" "), members: row.members };
};
const EXPORTS = {
  csv() {
    const { rows, order, name } = exported(), fields = ["value", "low", "high", "spread", "class", "n", "reason"];
    const head = [...Object.keys(about(rows[0] ?? { r: 0 })), ...order.flatMap((c) => fields.map((field) => (field === "value" ? name(c) : `${name(c)} ${field}`))), ...D.costs.map(([, , text]) => text)];
    return ["text/csv", csv([head, ...rows.map((line) => [...Object.values(about(line)), ...order.flatMap((c) => Object.values(cells(line, c))), ...D.costs.map(([key]) => ROWS[line.r].cost[key])])])];
  },
  json() {
    const { rows, order } = exported();
    const content = { dataset: D.label, frames: D.about, region: region(), season: season(), rows: rows.map((line) => ({ ...about(line), cost: ROWS[line.r].cost, records: ROWS[line.r].runs.map(([, , record]) => record),
      scores: order.map((c) => ({ metric: COLUMNS[c].metric, component: COLUMNS[c].title.slice(COLUMNS[c].metric.length).trim(), unit: unitOf(c) || "1", direction: COLUMNS[c].direction, ...cells(line, c) })) })) };
    return ["application/json", JSON.stringify(content, null, 1) + "\n"];
  },
  md() {
    const { rows, order, name } = exported(), clean = (text) => String(text).replace(/[|\\`*_<>[\]#]/g, "\\$&").replace(/\s+/g, " ");
    const body = rows.map((line) => [LABELS[line.r], ...order.map((c) => plainText(line, c))]);
    const lines = [["method", ...order.map((c) => `${name(c)} ${ARROWS[COLUMNS[c].direction]}`)], ["---", ...order.map(() => "---:")], ...body];
    return ["text/markdown", `${clean(D.label)}, ${clean(D.about)}\n\n` + lines.map((cells, i) => `| ${cells.map((t) => (i === 1 ? t : clean(t))).join(" | ")} |`).join("\n") + "\n"];
  },
  tex() {
    const { rows, order, name } = exported();
    const special = { "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "²": "$^2$", "−": "$-$", "↓": "$\\downarrow$", "↑": "$\\uparrow$", "→": "$\\to$", "≠": "$\\neq$", "·": "$\\cdot$", "×": "$\\times$" };
    const clean = (text) => String(text).replace(/[\\~^²−↓↑→≠·×]|[&%$#_{}]/g, (c) => special[c] ?? "\\" + c);
    const line = (cells) => cells.join(" & ") + " \\\\";
    const body = rows.map((row) => line([clean(LABELS[row.r]), ...order.map((c) => (bestOf(c, matching()).has(row.r) ? `\\textbf{${clean(plainText(row, c))}}` : clean(plainText(row, c))))]));
    return ["application/x-tex", [`% ${D.label.replace(/\s+/g, " ")}, ${D.about}; needs the package booktabs`, `\\begin{tabular}{l${"r".repeat(order.length)}}`, "\\toprule",
      line(["method", ...order.map((c) => clean(`${name(c)} ${ARROWS[COLUMNS[c].direction]}`))]), "\\midrule", ...body, "\\bottomrule", "\\end{tabular}", ""].join("\n")];
  },
};
function plainText(line, c) {
  const rows = tableRows(), v = line.of(c);
  if (Number.isNaN(v)) return "null";
  const own = line.page ? "" : letter(line.r, c);
  return formatter(rows.map((row) => row.of(c) * times(c)))(v * times(c)) + (own ? ` ${own}` : "");
}
for (const button of $$("[data-export]")) button.addEventListener("click", () => {
  const kind = button.dataset.export, [type, text] = EXPORTS[kind]();
  save(`${D.id}.${kind}`, type, text);
});
