// The page of one run: its frames one after the other, its curves, and every score that it has.
const RUN = readJson("run"), FIELDS = RUN.fields, table = $("#scores");
for (const [name, curve] of Object.entries(RUN.curves)) {
  if (Object.keys(curve.series).every((label) => isAgainst(label) && !isTruth(label))) continue; // nothing of this run
  const series = Object.entries(curve.series).map(([label, y]) => ({ label, part: partOf(label), kind: isTruth(label) ? "truth" : isAgainst(label) ? "shared" : "chosen", colour: isAgainst(label) ? "" : RUN.colour, x: curve.x, y }));
  const figure = chartFigure(name, curve, series, RUN.pages[name]);
  if (figure) $("#charts").append(figure);
}
const player = $("#frames");
if (player && $("button", player)) { // a single frame has nothing to play
  const frames = $$(".moment", player), slider = $("input", player), button = $("button", player);
  let timer = 0;
  const show = () => frames.forEach((frame, i) => { frame.hidden = i !== Number(slider.value); });
  slider.addEventListener("input", show);
  button.addEventListener("click", () => {
    if (timer) { clearInterval(timer); timer = 0; button.textContent = "Play"; return; }
    button.textContent = "Stop";
    timer = setInterval(() => { slider.value = (Number(slider.value) + 1) % frames.length; show(); }, 700);
  });
  show();
}
const at = Object.fromEntries(FIELDS.map((field, i) => [field, i]));
function drawScores() {
  if (!table) return;
  const words = state.get("filter").toLowerCase().split(/\s+/).filter(Boolean), asked = state.get("sort"), name = asked.replace(/^-/, "");
  const text = (score, field) => RUN.texts[score[at[field]]];
  let rows = RUN.scores.filter((score) => { const all = ["metric", "component", "region", "season"].map((f) => text(score, f)).join(" ").toLowerCase(); return words.every((word) => all.includes(word)); });
  if (name in at) { const isText = at[name] < RUN.words, key = (score) => (isText ? text(score, name) : score[at[name]]); rows = [...rows].sort((a, b) => compare(key(a), key(b), asked.startsWith("-"))); }
  const html = [`<thead><tr>${FIELDS.map((f) => `<th scope="col" class="${at[f] < RUN.words ? "words" : ""}" aria-sort="${f === name ? (asked.startsWith("-") ? "descending" : "ascending") : "none"}"><button type="button" data-sort="${f}">${f === "n_eff" ? "blocks" : f}</button></th>`).join("")}</tr></thead><tbody>`];
  const number = (v) => (v === null ? "" : short(v, 5));
  for (const score of rows) {
    const unit = text(score, "unit"), power = RUN.powers[unit] ?? 0, f = unitFactor(power);
    html.push("<tr>");
    for (const field of FIELDS) {
      const v = score[at[field]];
      if (field === "metric") html.push(`<th scope="row" class="words"><a href="${ROOT}${RUN.pages[RUN.texts[v]] ?? ""}">${escapeHtml(RUN.texts[v])}</a></th>`);
      else if (field === "unit") html.push(`<td class="words">${escapeHtml(unitName(unit, power))}</td>`);
      else if (at[field] < RUN.words) html.push(`<td class="words">${escapeHtml(RUN.texts[v])}</td>`);
      else if (field === "value" && v === null) html.push('<td class="null">null</td>');
      else html.push(`<td>${number(v === null || !["value", "low", "high"].includes(field) ? v : v * f)}</td>`);
    }
    html.push("</tr>");
  }
  table.innerHTML = html.join("") + "</tbody>";
  $("#shown").textContent = rows.length < RUN.scores.length ? `${rows.length} of ${RUN.scores.length} scores match the filter.` : "";
}
table?.addEventListener("click", (event) => {
  const name = event.target.closest("[data-sort]")?.dataset.sort;
  if (!name) return;
  state.set({ sort: (state.get("sort") === name ? "-" : "") + name });
  drawScores();
  $(`[data-sort="${name}"]`, table).focus();
});
for (const [key, selector] of [["filter", "#filter"], ["unit", "#unit"]]) bind($(selector), key, drawScores);
window.addEventListener("hashchange", () => { if (location.hash && !location.hash.includes("=")) return; $("#filter")?.pull(); $("#unit")?.pull(); drawScores(); });
drawScores();
document.documentElement.dataset.ready = "yes";
