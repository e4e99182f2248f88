"use strict";
// Shared by all pages: state in the address, units, numbers, sorting, tooltips, CSV.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
window.addEventListener("error", (event) => { document.documentElement.dataset.error = event.message; });

document.addEventListener("submit", (event) => event.preventDefault());

const UNITS = { "mm/h": 1, "mm/day": 24, "kg m-2 s-1": 1 / 3600 };
const readJson = (id) => JSON.parse(document.getElementById(id).textContent);

// The address carries what is chosen ("#sort=crps&unit=mm/day"), so that every view can be linked.
const state = {
  read() { return new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : ""); },
  get(key, fallback = "") { return this.read().get(key) ?? fallback; },
  set(key, value) {
    const all = this.read();
    if (value) all.set(key, value); else all.delete(key);
    const text = all.toString().replaceAll("%2F", "/").replaceAll("+", "%20");
    history.replaceState(null, "", text ? "#" + text : location.pathname + location.search);
  },
};

const chosenUnit = () => (Object.hasOwn(UNITS, state.get("unit")) ? state.get("unit") : "mm/h");
function unitFactor(unit, power) { return power ? UNITS[unit] ** power : 1; }
function unitName(unit, own, power) {
  if (!power || unit === "mm/h") return own;
  return power === 1 ? unit : `(${unit})²`;
}

const minus = (text) => text.replace(/^-/, "−").replace(/e-/, "e−").replace("e+", "e");
// One number of decimals for a column: four digits of its smallest value, but never over five of its largest.
function formatter(values) {
  const sizes = values.filter((v) => v !== null && v !== 0).map(Math.abs);
  if (!sizes.length) return (v) => minus(String(v));
  const high = Math.max(...sizes), low = Math.min(...sizes);
  if (high < 1e-3 || high >= 1e7) return (v) => minus(v === 0 ? "0" : v.toExponential(3));
  const decimals = Math.max(0, Math.min(3 - Math.floor(Math.log10(low)), 4 - Math.floor(Math.log10(high))));
  return (v) => minus(v.toFixed(Math.min(decimals, 9)));
}
const short = (v) => (v === null || v === undefined ? "–" : minus(
  Math.abs(v) >= 1e4 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(2) : String(Number(v.toPrecision(4)))));

// Best first; what has no value always comes last, whichever way the column is sorted.
function merit(value, direction) {
  return direction === "higher" ? -value : direction === "zero" ? Math.abs(value) : value;
}
function compare(a, b, descending) {
  if (a === null || b === null) return (a === null) - (b === null);
  const order = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  return descending ? -order : order;
}
function markSorted(heads, active, descending) {
  for (const head of heads) {
    head.setAttribute("aria-sort", head !== active ? "none" : descending ? "descending" : "ascending");
  }
}

function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
// Text that a spreadsheet would run as a formula gets a quote before it.
function csvCell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
const csv = (rows) => rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";

function element(name, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "line", "rect", "circle", "text", "title", "a:svg"].includes(name);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name.replace(":svg", ""))
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

// Tooltips for mouse, keyboard and touch; without the script the title attribute serves.
function tooltips() {
  const tip = element("div", { id: "tip", role: "tooltip", hidden: "" });
  document.body.append(tip);
  let host = null;
  const place = () => {
    const box = host.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const below = box.bottom + own.height + 10 < innerHeight;
    tip.style.left = Math.max(8, Math.min(box.left, innerWidth - own.width - 8)) + "px";
    tip.style.top = (below ? box.bottom + 6 : box.top - own.height - 6) + "px";
  };
  const show = (event) => {
    host = event.target.closest?.("[data-tip], [title]");
    if (host instanceof SVGElement) host = null;
    tip.hidden = !host;
    if (!host) return;
    if (host.title) { host.dataset.tip = host.title; host.removeAttribute("title"); }
    tip.textContent = host.dataset.tip ?? "";
    tip.hidden = !tip.textContent;
    place();
  };
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
  // Focus may scroll the page to its element: then the tooltip follows instead of vanishing.
  document.addEventListener("scroll", () => {
    if (host && host === document.activeElement) place(); else tip.hidden = true;
  }, { passive: true, capture: true });
}

// A control whose value lives in the address.
function bind(control, key, changed) {
  if (!control) return;
  const box = control.type === "checkbox";
  control.pull = () => { if (box) control.checked = state.get(key) === "1"; else control.value = state.get(key, control.dataset.fallback); };
  control.addEventListener(control.type === "search" ? "input" : "change", () => {
    const value = box ? (control.checked ? "1" : "") : control.value;
    state.set(key, value === control.dataset.fallback ? "" : value);
    changed();
  });
  control.pull();
}
