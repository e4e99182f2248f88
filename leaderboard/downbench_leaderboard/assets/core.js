"use strict";
// Shared by all pages: state in the address, units, numbers, elements, popovers, files to save.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
window.addEventListener("error", (event) => { document.documentElement.dataset.error = event.message; });
document.addEventListener("submit", (event) => event.preventDefault());
const readJson = (id) => JSON.parse(document.getElementById(id).textContent);
const ROOT = document.documentElement.dataset.root;

// The address carries all that is chosen ("#view=table&sort=crps&unit=mm/day"), so that every view can be linked.
// It is read once and not for each number, of which there are thousands.
const state = {
  chosen: new Map(),
  all() { return new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : ""); },
  read() { this.chosen = new Map(this.all()); },
  get(key, fallback = "") { return this.chosen.get(key) ?? fallback; },
  list(key) { return this.get(key).split(",").filter(Boolean); },
  link(changes) {
    const all = this.all();
    for (const [key, value] of Object.entries(changes)) if (value) all.set(key, value); else all.delete(key);
    return "#" + all.toString().replaceAll("%2F", "/").replaceAll("%2C", ",").replaceAll("+", "%20");
  },
  set(changes) {
    const link = this.link(changes);
    history.replaceState(null, "", link === "#" ? location.pathname + location.search : link);
    this.read();
  },
};
state.read();
window.addEventListener("hashchange", () => state.read());
// A place in the page is no state: where the address has one, a link to a place scrolls there and leaves it as it is.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']"), place = link && !link.hash.includes("=") && document.getElementById(link.hash.slice(1));
  if (!place || !location.hash.includes("=") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  place.scrollIntoView();
  place.tabIndex = -1;
  place.focus({ preventScroll: true });
});

const UNITS = { "mm/h": 1, "mm/day": 24, "kg m-2 s-1": 1 / 3600 };
const chosenUnit = () => (Object.hasOwn(UNITS, state.get("unit")) ? state.get("unit") : "mm/h");
const unitFactor = (power) => (power ? UNITS[chosenUnit()] ** power : 1);
const typeset = (text) => String(text ?? "").replace(/\)(\^2|2)(?!\d)/g, ")²"); // of units: (mm/h)2
function unitName(own, power) {
  const unit = chosenUnit();
  if (!power || unit === "mm/h") return typeset(own);
  return power === 1 ? unit : `(${unit})²`;
}

// Least and largest of any number of values: Math.min(...values) ends the script where there are too many.
function extent(values) {
  let low = Infinity, high = -Infinity;
  for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
  return [low, high];
}
const minus = (text) => text.replace(/^-/, "−").replace(/e-/, "e−").replace("e+", "e");
const short = (v, digits = 4) => (v === null || v === undefined || Number.isNaN(v) ? "–" : minus(
  Math.abs(v) >= 1e5 || (v !== 0 && Math.abs(v) < 1e-3) ? v.toExponential(Math.min(digits, 3) - 1) : String(Number(v.toPrecision(digits)))));
// One number of decimals for a column: three digits of its smallest value, but never over four of its largest.
function formatter(values) {
  const sizes = values.filter((v) => !Number.isNaN(v) && v !== 0).map(Math.abs);
  if (!sizes.length) return (v) => minus(String(v));
  const [low, high] = extent(sizes);
  if (high < 1e-3 || high >= 1e7) return (v) => minus(v === 0 ? "0" : v.toExponential(2));
  const decimals = Math.max(0, Math.min(2 - Math.floor(Math.log10(low)), 3 - Math.floor(Math.log10(high)), 9));
  return (v) => minus(v.toFixed(decimals).replace(/^-(?=[0.]+$)/, "")); // what rounds to nothing has no sign
}
function seconds(v) {
  if (v === null || v === undefined) return "–";
  if (v < 1) return `${short(v * 1000, 2)} ms`;
  if (v < 120) return `${short(v, 2)} s`;
  return v < 7200 ? `${short(v / 60, 2)} min` : `${short(v / 3600, 2)} h`;
}
function size(v) {
  if (v === null || v === undefined) return "–";
  for (const [unit, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) if (v >= unit) return `${short(v / unit, 3)} ${letter}`;
  return short(v, 3);
}
const BY_NAME = new Intl.Collator("en", { numeric: true });
// Nulls come last whichever way a column is sorted.
function compare(a, b, descending) {
  const none = (v) => v === null || Number.isNaN(v);
  if (none(a) || none(b)) return none(a) - none(b);
  const order = typeof a === "number" ? a - b : BY_NAME.compare(a, b);
  return descending ? -order : order;
}
const merit = (value, direction) => (direction === "higher" ? -value : direction === "zero" ? Math.abs(value) : value);
const ARROWS = { lower: "↓", higher: "↑", zero: "→0", none: "" };
const BETTER = { lower: "lower is better", higher: "higher is better", zero: "nearer zero is better", none: "neither high nor low is better" };

const SVG = new Set(["svg", "g", "path", "line", "rect", "circle", "text", "title", "polyline", "desc"]);
function element(name, attributes = {}, ...children) {
  const plain = name.replace("svg:", "");
  const node = SVG.has(name) || plain !== name ? document.createElementNS("http://www.w3.org/2000/svg", plain) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}
const escapeHtml = (text) => String(text).replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]);

// Bytes of the page's own data, packed by packing.py.
function bytes(text) {
  const binary = atob(text), out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) out[i] = binary.charCodeAt(i);
  return out.buffer;
}
const floats = (text) => new Float32Array(bytes(text));

// One popover, opened by click, tap or Enter, closed by Escape or by a click elsewhere. It belongs to an element
// of the page, and goes when that is drawn anew, so that it never speaks of what is no longer shown.
const popover = {
  node: null, owner: null,
  open(owner, content) {
    this.close();
    this.owner = owner;
    this.node = element("div", { class: "popover", role: "dialog", "aria-label": "Details", tabindex: "-1" }, content,
      element("button", { type: "button", class: "close", "aria-label": "Close" }, "×"));
    $(".close", this.node).addEventListener("click", () => this.close(true));
    document.body.append(this.node);
    const box = owner.getBoundingClientRect(), own = this.node.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - own.width - 8));
    const below = box.bottom + own.height + 10 < innerHeight || box.top < own.height + 10;
    this.node.style.left = left + scrollX + "px";
    this.node.style.top = (below ? box.bottom + 6 : box.top - own.height - 6) + scrollY + "px";
  },
  close(back = false) {
    this.node?.remove();
    if (back) this.owner?.focus();
    this.node = this.owner = null;
  },
};
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && popover.node) popover.close(true); });
document.addEventListener("pointerdown", (event) => {
  if (popover.node && !popover.node.contains(event.target) && event.target !== popover.owner) popover.close();
});

function save(name, type, text) {
  const link = element("a", { download: name });
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
// Text that a spreadsheet would run as a formula gets a quote before it.
function csvCell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : String(value);
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}
const csv = (rows) => rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";

// A control whose value lives in the address.
function bind(control, key, changed) {
  if (!control) return;
  const box = control.type === "checkbox", fallback = control.dataset.fallback ?? "";
  control.pull = () => { if (box) control.checked = state.get(key) === "1"; else { control.value = state.get(key, fallback); if (control.selectedIndex === -1) control.value = fallback; } };
  control.addEventListener(control.type === "search" ? "input" : "change", () => {
    const value = box ? (control.checked ? "1" : "") : control.value;
    state.set({ [key]: value === fallback ? "" : value });
    changed();
  });
  control.pull();
}
// Copies the text of the element before it.
for (const button of $$("button.copy")) {
  button.addEventListener("click", async () => {
    const text = button.parentNode.querySelector("pre").textContent;
    try { await navigator.clipboard.writeText(text); button.textContent = "copied"; } catch { getSelection().selectAllChildren(button.parentNode.querySelector("pre")); button.textContent = "selected"; }
  });
}
