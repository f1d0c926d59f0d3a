// A row as it is read: turns with who speaks, thinking and tools folded, code and calls monospaced, differing words
// marked. Every text becomes a text node. What leaves this file is the step to the next or the previous row.

import { made, marked } from "./marked_text.js";

const STYLE = `
.reading { font: 15px/1.5 var(--st-font); color: var(--st-text-color); }
section { border-left: 3px solid var(--said); padding: 1px 0 1px 10px; margin: 0 0 12px; }
.user, .system, .tools { --said: color-mix(in srgb, var(--st-text-color) 32%, transparent); }
.assistant { --said: var(--st-primary-color); }
.function_call, .tool { --said: #1A936F; }
header { display: flex; gap: 8px; align-items: baseline; font-size: 13px; margin-bottom: 2px; }
header b { font-weight: 600; }
header span, .quiet { font-size: 13px; color: color-mix(in srgb, var(--st-text-color) 68%, transparent); }
header button { all: unset; margin-left: auto; cursor: pointer; font-size: 13px; padding: 0 4px; border-radius: 4px;
  color: var(--st-primary-color); opacity: 0; }
section:hover header button, header button:focus-visible { opacity: 1; }
@media (hover: none) { header button { opacity: 1; } }
button:focus-visible, summary:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.text, pre { margin: 0 0 6px; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; }
pre { font: 13px/1.5 var(--st-code-font, monospace); background: var(--st-secondary-background-color);
  border-radius: var(--st-base-radius); padding: 7px 10px; tab-size: 4; }
.named { display: block; font: 600 13px var(--st-font); margin-bottom: 3px; }
details { margin: 0 0 6px; }
summary { cursor: pointer; font-size: 13px; width: fit-content; border-radius: 4px;
  color: color-mix(in srgb, var(--st-text-color) 80%, transparent); }
details > .text { margin-top: 4px; font-style: normal; opacity: 0.85; }
mark { background: rgb(255 196 0 / 45%); color: inherit; border-radius: 2px; }
`;
const NAMES = { thinking: "Thinking", tools: "Tools declared" };
const FIELDS = "input, textarea, select, [contenteditable], [role=slider], [role=combobox], [role=textbox]";
const ARROWS_OF = "[role=radiogroup], [role=tablist], [role=grid], [role=menu], [role=listbox], canvas"; // their own use

const drawn = new WeakMap(); // of each element: the row, which of its folds were opened, what listens to the keys

/** Draw the row inside the component; Streamlit calls this at each change. */
export function mount({ parentElement, data, setTriggerValue }) {
  const host = parentElement;
  let box = host.querySelector(".reading");
  if (!box) {
    made("style", "", host, STYLE);
    box = made("div", "reading", host);
  }
  const before = drawn.get(box);
  const folds = before?.row === data.row ? before.folds : new Set();
  document.removeEventListener("keydown", before?.step); // it would send the row that was read before
  box.replaceChildren(...data.turns.map((turn, place) => drawTurn(turn, place, folds)));
  if (!data.turns.length) made("div", "quiet", box, "This row has no text.");
  const step = (press) => {
    const to = direction(press);
    if (!to) return;
    press.preventDefault();
    setTriggerValue("step", { by: to, from: data.row, at: Date.now() });
  };
  drawn.set(box, { row: data.row, folds, step });
  if (data.steps) document.addEventListener("keydown", step);
  return () => document.removeEventListener("keydown", step);
}

/** 1 for the next row, -1 for the one before, 0 where the key means something else. */
function direction(press) {
  if (press.defaultPrevented || press.ctrlKey || press.metaKey || press.altKey || press.shiftKey || press.repeat) return 0;
  const to = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[press.key] ?? 0;
  const within = press.composedPath().filter((part) => part instanceof Element);
  if (!to || within.some((part) => part.matches(FIELDS)) || document.querySelector("[role=dialog]")) return 0;
  return press.key.startsWith("Arrow") && within.some((part) => part.matches(ARROWS_OF)) ? 0 : to;
}

function drawTurn(turn, place, folds) {
  const section = made("section", turn.role);
  const head = made("header", "", section);
  made("b", "", head, turn.title);
  if (turn.said) made("span", "", head, turn.said);
  const copy = made("button", "", head, "copy");
  copy.ariaLabel = `Copy ${turn.title}`;
  copy.addEventListener("click", () => {
    navigator.clipboard?.writeText(turn.blocks.map((block) => block.text).join("\n\n"));
    copy.textContent = "copied";
  });
  turn.blocks.forEach((block, number) => drawBlock(section, block, `${place}.${number}`, folds));
  return section;
}

function drawBlock(section, block, fold, folds) {
  if (block.kind === "thinking" || block.kind === "tools") {
    const folded = made("details", block.kind, section);
    folded.open = folds.has(fold) !== Boolean(block.marks.length);
    made("summary", "", folded, `${NAMES[block.kind]} · ${block.said}`);
    const start = folded.open;
    folded.addEventListener("toggle", () => {
      if (folded.open !== start) folds.has(fold) ? folds.delete(fold) : folds.add(fold);
    });
    marked(made(block.kind === "tools" ? "pre" : "div", "text", folded), block);
    return;
  }
  if (block.kind === "text") return marked(made("div", "text", section), block);
  const shown = made("pre", block.kind, section);
  if (block.title) made("span", "named", shown, block.title);
  marked(shown, block);
}
