// The page of a board: which view is shown, and what draws it.
const VIEWS = { scorecard: [drawScorecard, drawMoment, drawFront], table: [drawTable], compare: [drawCompare], curves: [drawCurves], maps: [drawMaps] };
function currentView() {
  const asked = state.get("view");
  if (Object.hasOwn(VIEWS, asked)) return asked;
  return state.get("a") || state.get("b") ? "compare" : "scorecard";
}
function draw() {
  popover.close();
  const now = currentView();
  for (const link of $$("[data-view]")) {
    if (link.dataset.view === now) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    link.href = state.link({ view: link.dataset.view === "scorecard" ? "" : link.dataset.view, ...(link.dataset.view === "scorecard" ? { a: "", b: "" } : {}) });
  }
  for (const part of $$("[data-part]")) part.hidden = part.dataset.part === (isWhole() ? "part" : "whole");
  for (const section of $$("[data-shows]")) section.hidden = section.dataset.shows !== now;
  for (const control of $$(".bar [data-in]")) control.hidden = !control.dataset.in.split(" ").includes(now);
  for (const link of $$("[data-keep]")) link.href = link.dataset.keep + (location.hash.includes("=") ? state.link({ a: "", b: "", show: "", ref: "", groups: "" }) : "");
  for (const work of VIEWS[now]) work();
  $("#said").textContent = [said, unknown()].filter(Boolean).join(" ");
  said = "";
}
const CONTROLS = { filter: "#filter", region: "#region", season: "#season", unit: "#unit", ref: "#ref", every: "#every", empty: "#empty", seeds: "#seeds", intervals: "#intervals", cost: "#cost" };
if (D.reference < 0) $("#ref").append(element("option", { value: "" }, "no method"));
ROWS.forEach((row, r) => $("#ref").append(element("option", { value: row.id }, LABELS[r])));
if (D.reference >= 0) $("#ref").dataset.fallback = ROWS[D.reference].id;
for (const [key, selector] of Object.entries(CONTROLS)) bind($(selector), key, draw);
for (const box of $$("#groups input")) box.addEventListener("change", () => {
  const on = $$("#groups input").filter((b) => b.checked).map((b) => b.value);
  state.set({ groups: on.length === $$("#groups input").length ? "" : on.join(",") || "-" });
  draw();
});
function pull() {
  for (const selector of Object.values(CONTROLS)) $(selector)?.pull();
  const groups = state.list("groups");
  for (const box of $$("#groups input")) box.checked = !groups.length || groups.includes(box.value);
}
window.addEventListener("hashchange", () => {
  if (location.hash && !location.hash.includes("=")) return;
  pull(); draw();
});
pull();
draw();
const tab = $(".tabs [aria-current]"), tabs = tab?.closest(".tabs");
if (tabs && tabs.scrollWidth > tabs.clientWidth) tabs.scrollLeft = tab.parentNode.offsetLeft - tabs.offsetLeft - 16; // on a phone they stand in one line
document.documentElement.dataset.ready = "yes";
