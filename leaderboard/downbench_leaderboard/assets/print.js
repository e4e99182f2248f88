// On paper a table stands in pieces, of as many columns as a page has room for in a size that can be read, one below
// the other; each names its methods again. So does a scorecard of more columns than fit. They are made when somebody prints.
const ON_PAPER = [["#scores", "#printed", 14], ["#card", "#printed-card", 52]];
const plainCell = (cell) => {
  const copy = cell.cloneNode(true);
  copy.removeAttribute("tabindex"); copy.removeAttribute("role");
  $$("button:not(.dot)", copy).forEach((button) => button.replaceWith(element("b", { "data-sort": button.dataset.sort }, ...button.childNodes))); // no button is printed again on a further page
  return copy;
};
function piece(table, heads, titles, rows, from, to) {
  const groups = [];
  for (let c = from; c < to; c++) { if (groups.at(-1)?.title === titles[c]) groups.at(-1).span += 1; else groups.push({ title: titles[c], span: 1 }); }
  return element("table", { class: table.className },
    element("thead", {}, element("tr", {}, element("th", { class: "name", rowspan: 2 }, "method"), groups.map((g) => element("th", { class: `group start${isNarrow(g.title, { length: g.span }, false) ? " few" : ""}`, colspan: g.span }, element("span", {}, g.title)))), element("tr", {}, heads.slice(from, to).map(plainCell))),
    element("tbody", {}, rows.map((row) => element("tr", { class: row.className }, plainCell(row.cells[0]), [...row.cells].slice(1 + from, 1 + to).map(plainCell)))));
}
function printTables() {
  for (const [from, to, perPage] of ON_PAPER) {
    const table = $(from), host = $(to), shown = table.tBodies.length > 0 && !table.closest("[hidden]");
    const heads = shown ? $$("thead tr:last-child th", table) : [], whole = from === "#card" && heads.length <= perPage;
    table.classList.remove("in-pieces");
    if (!shown || whole) { host.replaceChildren(); continue; }
    const titles = $$("thead .group", table).flatMap((head) => Array(head.colSpan).fill(head.textContent)), rows = [...table.tBodies[0].rows].filter((row) => !row.matches(".failed"));
    const pieces = Math.ceil(heads.length / perPage), size = Math.ceil(heads.length / pieces);
    host.replaceChildren(...Array.from({ length: pieces }, (_, i) => piece(table, heads, titles, rows, i * size, Math.min(heads.length, (i + 1) * size))));
    table.classList.add("in-pieces"); // what it is made of stands in their place
  }
}
function unprintTables() { for (const [from, to] of ON_PAPER) { $(from).classList.remove("in-pieces"); $(to).replaceChildren(); } }
window.addEventListener("beforeprint", printTables);
window.addEventListener("afterprint", unprintTables);
matchMedia("print").addEventListener("change", (event) => { if (event.matches) printTables(); else unprintTables(); });
