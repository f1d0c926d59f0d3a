// The table of rows: a histogram over each column, wrapped texts with their hits marked. Every text becomes a text node.
// What leaves this file is the row that was pressed, or the bins of a column; Python decides what they mean.

import { made, marked } from "./marked_text.js";

const STYLE = `
.rows { overflow: auto; border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  background: var(--st-background-color); color: var(--st-text-color); font: 14px/1.45 var(--st-font); }
table { border-collapse: separate; border-spacing: 0; width: 100%; }
th { position: sticky; top: 0; z-index: 1; background: var(--st-background-color); text-align: left; font-weight: 400;
  vertical-align: top; padding: 8px 10px 6px; border-bottom: 1px solid var(--st-border-color); min-width: 104px; }
th.wide { min-width: 210px; }
th + th, td + td { border-left: 1px solid color-mix(in srgb, var(--st-border-color) 55%, transparent); }
.title { display: flex; justify-content: space-between; gap: 6px; font-weight: 600; margin-bottom: 5px;
  overflow-wrap: anywhere; }
.title button { all: unset; cursor: pointer; color: var(--st-primary-color); font-weight: 400; white-space: nowrap; }
.bins { display: flex; align-items: flex-end; height: 42px; gap: 1px; cursor: crosshair; touch-action: none; }
.bin { position: relative; flex: 1; height: 100%; min-width: 2px; }
.bin i { position: absolute; bottom: 0; left: 0; right: 0; border-radius: 1px 1px 0 0; }
.all { background: color-mix(in srgb, var(--st-text-color) 15%, transparent); }
.kept { background: color-mix(in srgb, var(--st-primary-color) 78%, transparent); }
.bin:hover .all, .value:hover .all { background: color-mix(in srgb, var(--st-text-color) 28%, transparent); }
.out .kept { background: color-mix(in srgb, var(--st-primary-color) 22%, transparent); }
.ends { display: flex; justify-content: space-between; font-size: 12px; opacity: 0.75; margin-top: 2px; }
.value { all: unset; position: relative; display: flex; justify-content: space-between; gap: 6px; width: 100%;
  box-sizing: border-box; padding: 0 4px; font-size: 12.5px; line-height: 18px; cursor: pointer; margin-bottom: 1px; }
.value i { position: absolute; top: 1px; bottom: 1px; left: 0; border-radius: 2px; }
.value i.kept { opacity: 0.42; }
.value span { position: relative; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.value.out span { opacity: 0.5; }
.more { font-size: 12px; opacity: 0.75; padding: 0 4px; }
button:focus-visible, tr:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: -2px; }
td { padding: 7px 10px; vertical-align: top; border-bottom: 1px solid var(--st-border-color); cursor: pointer;
  overflow-wrap: anywhere; }
td div { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 4; line-clamp: 4; overflow: hidden; }
tbody tr:hover td { background: color-mix(in srgb, var(--st-primary-color) 6%, transparent); }
tr.read td { background: color-mix(in srgb, var(--st-primary-color) 11%, transparent); }
tr.read td:first-child { box-shadow: inset 3px 0 0 var(--st-primary-color); }
mark { background: rgb(255 196 0 / 45%); color: inherit; border-radius: 2px; padding: 0 1px; }
`;

const count = (rows) => `${rows.toLocaleString("en")} row${rows === 1 ? "" : "s"}`;
const said = (bin, narrowed) =>
  narrowed ? `${bin.label}: ${bin.kept.toLocaleString("en")} of ${count(bin.all)}` : `${bin.label}: ${count(bin.all)}`;
const scrolled = new WeakMap(); // of each element: the page that it shows

/** Draw the table inside the component; Streamlit calls this at each change. */
export function mount({ parentElement, data, setTriggerValue }) {
  const send = (event) => setTriggerValue("event", { ...event, at: Date.now() });
  const host = parentElement;
  let box = host.querySelector(".rows");
  if (!box) {
    made("style", "", host, STYLE);
    box = made("div", "rows", host);
  }
  box.style.maxHeight = `${data.height}px`;
  const kept = scrolled.get(box) === data.page ? [box.scrollTop, box.scrollLeft] : [0, box.scrollLeft];
  scrolled.set(box, data.page);
  const table = made("table", "");
  const heads = made("tr", "", made("thead", "", table));
  for (const column of data.columns) drawHead(made("th", column.wide ? "wide" : "", heads), column, send);
  const body = made("tbody", "", table);
  for (const line of data.rows) drawRow(body, line, line.row === data.read, send);
  box.replaceChildren(table);
  [box.scrollTop, box.scrollLeft] = kept;
  return () => {};
}

function drawRow(body, line, read, send) {
  const row = made("tr", read ? "read" : "", body);
  row.tabIndex = 0;
  row.ariaSelected = String(read);
  row.dataset.row = line.row;
  const choose = () => send({ row: line.row });
  row.addEventListener("click", () => String(getSelection()) || choose());
  row.addEventListener("keydown", (press) => press.key === "Enter" && choose());
  for (const cell of line.cells) marked(made("div", "", made("td", "", row)), cell);
}

function drawHead(head, column, send) {
  const title = made("div", "title", head);
  made("span", "", title, column.title);
  if (!column.bins.length) return;
  if (column.filtered) {
    const clear = made("button", "", title, "clear");
    clear.ariaLabel = `Clear the filter of ${column.title}`;
    clear.addEventListener("click", () => send({ column: column.column, clear: true }));
  }
  if (column.numbers) drawNumbers(head, column, send);
  else drawValues(head, column, send);
}

/** Bars of numbers: a press filters by one, a drag by all that it crosses, a press on the only one clears. */
function drawNumbers(head, column, send) {
  const box = made("div", "bins", head);
  box.setAttribute("role", "group");
  box.ariaLabel = `Histogram of ${column.title}`;
  const tall = Math.max(1, ...column.bins.map((bin) => bin.all));
  const most = column.narrowed ? Math.max(1, ...column.bins.map((bin) => bin.kept)) : tall;
  const bars = column.bins.map((bin) => {
    const bar = made("div", bin.inside ? "bin" : "bin out", box);
    bar.title = said(bin, column.narrowed);
    made("i", "all", bar).style.height = bin.all ? `max(2px, ${(100 * bin.all) / tall}%)` : "0";
    made("i", "kept", bar).style.height = bin.kept ? `max(2px, ${(100 * bin.kept) / most}%)` : "0";
    return bar;
  });
  const ends = made("div", "ends", head);
  made("span", "", ends, column.low);
  made("span", "", ends, column.high);
  const under = (press) => {
    const { left, width } = box.getBoundingClientRect();
    return Math.min(bars.length - 1, Math.max(0, Math.floor(((press.clientX - left) / width) * bars.length)));
  };
  let from = null;
  const across = (to) => [Math.min(from, to), Math.max(from, to)];
  box.addEventListener("pointerdown", (press) => {
    from = under(press);
    box.setPointerCapture(press.pointerId);
    press.preventDefault();
  });
  box.addEventListener("pointermove", (move) => {
    if (from === null) return;
    const [first, last] = across(under(move));
    bars.forEach((bar, place) => bar.classList.toggle("out", place < first || place > last));
  });
  box.addEventListener("pointerup", (press) => {
    if (from === null) return;
    const [first, last] = across(under(press));
    from = null;
    const inside = column.bins.map((bin, place) => (bin.inside ? place : -1)).filter((place) => place >= 0);
    const same = column.filtered && inside.length === last - first + 1 && inside[0] === first;
    send(same ? { column: column.column, clear: true } : { column: column.column, first, last, add: false });
  });
  box.addEventListener("pointercancel", () => (from = null));
}

/** Values of words, a line each: a press filters by one, a press with Shift or Ctrl adds or takes away. */
function drawValues(head, column, send) {
  const tall = Math.max(1, ...column.bins.map((bin) => bin.all));
  const most = column.narrowed ? Math.max(1, ...column.bins.map((bin) => bin.kept)) : tall;
  column.bins.forEach((bin, place) => {
    const line = made("button", bin.inside ? "value" : "value out", head);
    line.title = said(bin, column.narrowed);
    line.ariaLabel = `${column.title}: ${line.title}`;
    line.ariaPressed = String(Boolean(column.filtered && bin.inside));
    made("i", "all", line).style.width = `${(100 * bin.all) / tall}%`;
    made("i", "kept", line).style.width = `${(100 * bin.kept) / most}%`;
    made("span", "", line, bin.label);
    made("span", "", line, (column.narrowed ? bin.kept : bin.all).toLocaleString("en"));
    line.addEventListener("click", (press) => {
      const add = press.shiftKey || press.ctrlKey || press.metaKey;
      send({ column: column.column, first: place, last: place, add });
    });
  });
  if (column.others) made("div", "more", head, column.others);
}
