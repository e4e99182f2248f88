// The scorecard: rows are methods, columns are metrics by question; colour is the error relative to one method.
const isNarrow = (title, columns, broad) => title.length * 8.5 > columns.length * (broad ? 21 : 25);
function drawScorecard() {
  const rows = sorted(matching());
  $("#card-sort").textContent = sorting().name;
  if (noMatch(rows, $("#card"), $("#card-note"))) { $("#card-further").textContent = ""; return; }
  if (reorder($("#card"), rows)) return;
  const { shown: known, empty } = columnsShown(rows, false), all = state.get("empty") === "1";
  const shown = known.filter((c) => all || COLUMNS[c].direction !== "none"), unjudged = known.filter((c) => !shown.includes(c)), broad = shown.length > 38 && innerWidth > 1300 && !matchMedia("(pointer: coarse)").matches; // narrower, so that all are in sight
  const groups = D.groups.map(([key, title]) => [title, shown.filter((c) => COLUMNS[c].group === key)]).filter(([, columns]) => columns.length);
  // A group that is narrower than its name shows what it has without values too, hatched.
  for (const [title, columns] of groups) while (isNarrow(title, columns, broad)) { const c = empty.findIndex((other) => COLUMNS[other].group === COLUMNS[columns[0]].group); if (c < 0) break; columns.push(...empty.splice(c, 1)); }
  const order = groups.flatMap(([, columns]) => columns), starts = new Set(groups.map(([, columns]) => columns[0]));
  const picked = new Set(chosen()), many = rows.length > MANY_ROWS, role = roleOf(many, "gridcell");
  const head = (name, text, c, title, extra = "") => `<th scope="col" class="metric ${starts.has(c) ? "start" : ""} ${extra}" aria-sort="${ariaSort(name, c)}"><button type="button" data-sort="${escapeHtml(name)}" title="${escapeHtml(title)}"><span>${escapeHtml(text)}</span></button></th>`;
  const html = [`<thead><tr><th class="name" rowspan="2" scope="col" aria-sort="${ariaSort("method")}"><button type="button" data-sort="method">method</button></th>`];
  for (const [title, columns] of groups) html.push(`<th scope="colgroup" class="group start${isNarrow(title, columns, broad) ? " few" : ""}" colspan="${columns.length}"><span>${title}</span></th>`);
  html.push(`<th scope="colgroup" class="group start" colspan="2"><span>Cost</span></th></tr><tr>`);
  for (const c of order) html.push(head(COLUMNS[c].id, COLUMNS[c].brief, c, `${COLUMNS[c].long}, ${BETTER[COLUMNS[c].direction]}`));
  html.push(head("sample", "sampling", -1, "seconds per simulated day and member", "start cost"), head("fit", "fitting", -1, "seconds to fit", "cost"), "</tr></thead><tbody>");
  rows.forEach((r, i) => {
    const row = ROWS[r];
    html.push(`<tr data-row="${r}" class="${rowClass(row)}"><th scope="row" class="name"><span class="line"><button type="button" class="dot ${colourOf(r)}" data-pick="${r}" aria-pressed="${picked.has(r)}" aria-label="Show ${escapeHtml(LABELS[r])} in pictures and curves"></button><a href="${ROOT}${row.page}" title="${escapeHtml([LABELS[r], row.title, row.detail].filter(Boolean).join("\n"))}">${escapeHtml(row.name)}${LABELS[r] === row.name ? "" : `<small>${escapeHtml(BRIEF[r].slice(row.name.length))}</small>`}</a>${row.runs.length > 1 ? `<small class="seeds" title="${row.runs.length} seeds, averaged"> ×${row.runs.length}</small>` : ""}${briefMarks(row)}</span></th>`);
    order.forEach((c, j) => {
      const v = value(r, c), none = Number.isNaN(v), kind = none ? "none" : shade(error(c, v) / yardstick(c).size) || "plain";
      const text = none ? "no value" : `${short(v * times(c))} ${unitOf(c)}`;
      html.push(`<td${role} class="${kind}${starts.has(c) ? " start" : ""}" data-r="${r}" data-c="${c}" tabindex="${i || j ? -1 : 0}" aria-label="${escapeHtml(`${COLUMNS[c].title}: ${text}${letter(r, c) ? `, class ${letter(r, c)}` : ""}`)}">${letter(r, c) === "≠" ? '<span class="unequal">≠</span>' : letter(r, c)}</td>`);
    });
    html.push(`<td${role} class="cost start">${seconds(row.cost.sample)}</td><td${role} class="cost">${seconds(row.cost.fit)}</td></tr>`);
  });
  $("#card").innerHTML = html.join("") + "</tbody>";
  $("#card").classList.toggle("broad", broad);
  $("#card").classList.toggle("wide", order.length > 30); // smaller on paper
  const longest = extent(rows.map((r) => BRIEF[r].length))[1];
  layRows($("#card"), many, [`min(14rem, ${longest + 6}ch)`, ...groups.flatMap(([title, columns]) => columns.map((c, i) => `calc(${isNarrow(title, columns, broad) && i === columns.length - 1 ? 4.9 - (broad ? 1.3 : 1.5) * i : broad ? 1.3 : 1.5}rem + ${i ? 0 : 7}px)`)), "calc(3.4rem + 7px)", "3.4rem"]);
  sayFurther($("#card").parentNode);
  const ref = reference();
  const others = [...new Set(order.map(referenceOf).filter((r) => r >= 0 && r !== ref))];
  $("#key-reference").textContent = ref < 0 ? "" : LABELS[ref];
  for (const part of $$(".ratios-key")) part.hidden = ref < 0 || !order.length; // without, no cell has a colour
  $("#key-signs").textContent = [...SIGNED.map((mark) => `${sign(mark)} ${meaningOf(mark)}`), ...ticks()].join("; ");
  const instead = others.length ? `Where ${ref < 0 ? "there is no reference" : `${LABELS[ref]} has no value`}, errors are relative to ${others.map((r) => LABELS[r]).join(", ")}.` : "";
  const raised = order.filter((c) => yardstick(c).raised), unequal = ref >= 0 && order.some((c) => referenceOf(c) === ref && letter(ref, c) === "≠");
  const chance = raised.length ? `In ${raised.map((c) => COLUMNS[c].brief).join(", ")} the error of ${[...new Set(raised.map((c) => LABELS[referenceOf(c)]))].join(" or ")} is so near zero, perhaps by chance, that colours are relative to half the median of the others.` : "";
  const beside = unequal ? `Where ${LABELS[ref]} bears ≠, colours of ensembles set them beside its ${ROWS[ref].members === 1 ? "one field" : `${ROWS[ref].members} members`}; no test compares the two.` : "";
  for (const part of $$(".plain-key")) part.hidden = !$("#card td.plain");
  $("#card-note").textContent = [instead, chance, beside, rows.length < ROWS.length ? `${rows.length} of ${ROWS.length} methods match the filter.` : "", emptyNote(empty, rows), unjudged.length ? `In the table alone, since neither high nor low is better: ${unjudged.map((c) => COLUMNS[c].title).join(", ")}.` : ""].filter(Boolean).join(" ");
}
// What a window that is too narrow leaves out of sight, by the names of the groups there.
function sayFurther(box) {
  const end = box.getBoundingClientRect().right, heads = $$(".group", box), hidden = heads.filter((head) => head.getBoundingClientRect().left > end - 40);
  $("#card-further").textContent = hidden.length ? `Further right: ${hidden.map((head) => head.textContent).join(", ")}.` : "";
  shadow(box);
}
function moveIn(table, event) {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key], cell = event.target.closest("td[data-c]");
  if (!cell) return;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); popover.open(cell, explain(Number(cell.dataset.r), Number(cell.dataset.c))); popover.node.focus(); return; }
  if (!step) return;
  event.preventDefault();
  const row = table.tBodies[0].rows[cell.parentNode.sectionRowIndex + step[0]], next = row?.cells[cell.cellIndex + step[1]];
  if (!next?.dataset.c) return;
  cell.tabIndex = -1; next.tabIndex = 0; next.focus();
}
for (const id of ["#card", "#scores"]) {
  const table = $(id);
  table.addEventListener("click", (event) => {
    const sort = event.target.closest("[data-sort]"), pick = event.target.closest("[data-pick]"), cell = event.target.closest("td[data-c]");
    if (sort) { sortBy(sort.dataset.sort); draw(); $$("[data-sort]", table).find((b) => b.dataset.sort === sort.dataset.sort)?.focus(); }
    else if (pick) { toggle(Number(pick.dataset.pick)); draw(); $(`[data-pick="${pick.dataset.pick}"]`, table)?.focus(); }
    else if (cell) popover.open(cell, explain(Number(cell.dataset.r), Number(cell.dataset.c)));
  });
  table.addEventListener("keydown", (event) => moveIn(table, event));
}
