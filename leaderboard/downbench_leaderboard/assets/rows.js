// Tables of many rows: each row is a grid of its own with columns of one width, so that the browser leaves out the work
// for rows that are not in sight (content-visibility), and sorting costs what is seen. Search, print and screen readers
// still have every row; a table of few rows is laid out by its content.
const MANY_ROWS = 60;
// An edge that fades says that there is more to the right of it.
const shadow = (box) => box.classList.toggle("more", box.scrollWidth - box.clientWidth - box.scrollLeft > 4);
for (const box of [$("#card").parentNode, $("#scores").parentNode]) box.addEventListener("scroll", () => shadow(box), { passive: true });
window.addEventListener("resize", () => { if (!$("#card").closest("[hidden]")) sayFurther($("#card").parentNode); shadow($("#scores").parentNode); });

const roleOf = (many, role) => (many ? ` role="${role}"` : "");
function layRows(table, many, columns) {
  table.classList.toggle("rows", many);
  if (!many) return;
  table.style.setProperty("--columns", columns.join(" "));
  for (const cell of $$("[colspan]", table)) cell.style.gridColumn = `span ${cell.colSpan}`;
  for (const part of [table.tHead, table.tBodies[0]]) part.setAttribute("role", "rowgroup");
  for (const row of $$("tr", table)) row.setAttribute("role", "row");
  for (const head of $$("thead th", table)) head.setAttribute("role", "columnheader");
  for (const head of $$("tbody th", table)) head.setAttribute("role", "rowheader");
}
// Width of a column of numbers: that of its longest number or of the longest word of its heading.
function widthOf(texts, heading) {
  const number = extent(texts.map((text) => text.length))[1], word = extent(heading.split(/[\s-]/).map((part) => part.length))[1];
  return `${Math.max(number + 3, Math.ceil(1.2 * word) + 2)}ch`;
}
