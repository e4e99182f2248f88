// On paper the table stands in pieces, of as many columns as a page has room for in a size that can be read, one below
// the other; each names its methods again. They are made when somebody prints.
const PER_PAGE = 14;
function printTable() {
  const table = $("#scores"), host = $("#printed");
  if (!table.tBodies.length || table.closest("[hidden]")) { host.replaceChildren(); return; }
  const heads = $$("thead tr:last-child th", table), titles = $$("thead .group", table).flatMap((head) => Array(head.colSpan).fill(head.textContent));
  const rows = [...table.tBodies[0].rows].filter((row) => !row.matches(".failed"));
  const pieces = Math.ceil(heads.length / PER_PAGE), size = Math.ceil(heads.length / pieces);
  host.replaceChildren(...Array.from({ length: pieces }, (_, i) => {
    const from = i * size, to = Math.min(heads.length, from + size), groups = [];
    for (let c = from; c < to; c++) { if (groups.at(-1)?.title === titles[c]) groups.at(-1).span += 1; else groups.push({ title: titles[c], span: 1 }); }
    const plain = (cell) => {
      const copy = cell.cloneNode(true);
      copy.removeAttribute("tabindex"); copy.removeAttribute("role");
      $$("button:not(.dot)", copy).forEach((button) => button.replaceWith(element("b", { "data-sort": button.dataset.sort }, button.textContent))); // no button is printed again on a further page
      return copy;
    };
    return element("table", { class: "scores" },
      element("thead", {}, element("tr", {}, element("th", { class: "name", rowspan: 2 }, "method"), groups.map((g) => element("th", { class: "group start", colspan: g.span }, g.title))), element("tr", {}, heads.slice(from, to).map(plain))),
      element("tbody", {}, rows.map((row) => element("tr", { class: row.className }, plain(row.cells[0]), [...row.cells].slice(1 + from, 1 + to).map(plain)))));
  }));
}
window.addEventListener("beforeprint", printTable);
window.addEventListener("afterprint", () => $("#printed").replaceChildren());
matchMedia("print").addEventListener("change", (event) => { if (event.matches) printTable(); else $("#printed").replaceChildren(); });
