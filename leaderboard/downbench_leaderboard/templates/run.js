// The page of one run: its score table and curves.
const table = $("#scores"), curves = readJson("curves");
const rows = table ? $$("tbody tr", table) : [], heads = table ? $$("th[data-column]", table) : [];

function sortRows() {
  const asked = state.get("sort"), index = heads.findIndex((h) => h.dataset.column === asked.replace(/^-/, ""));
  if (index >= 0) {
    const numeric = heads[index].classList.contains("number");
    const key = (row) => {
      const cell = row.cells[index], text = cell.dataset.v ?? cell.textContent.trim();
      return numeric ? (text === "" || Number.isNaN(Number(text)) ? null : Number(text)) : text;
    };
    rows.sort((a, b) => compare(key(a), key(b), asked.startsWith("-")));
    rows.forEach((row) => row.parentNode.append(row));
  }
  markSorted(heads, heads[index], asked.startsWith("-"));
}
function drawScores() {
  const unit = chosenUnit(), words = state.get("filter").toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of rows) {
    const power = Number(row.dataset.power), factor = unitFactor(unit, power);
    for (const cell of $$("[data-rain]", row)) if (cell.dataset.v !== "") cell.textContent = short(Number(cell.dataset.v) * factor);
    $(".unit", row).textContent = unitName(unit, row.dataset.unit, power);
    row.hidden = !words.every((word) => row.dataset.words.includes(word));
  }
  sortRows();
}
for (const head of heads) {
  $("button", head).addEventListener("click", () => {
    const name = head.dataset.column;
    state.set("sort", (state.get("sort") === name ? "-" : "") + name);
    sortRows();
  });
}
for (const [key, selector] of Object.entries({ filter: "#filter", unit: "#unit" })) bind($(selector), key, drawScores);
for (const host of $$("[data-curve]")) lineChart(host, curves[host.dataset.curve], host.dataset.curve);
window.addEventListener("hashchange", () => {
  if (location.hash && !location.hash.includes("=")) return;
  $("#filter")?.pull(); $("#unit")?.pull();
  drawScores();
});
tooltips();
drawScores();
document.documentElement.dataset.ready = "yes";
