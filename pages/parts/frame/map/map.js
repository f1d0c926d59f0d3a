// The map of a corpus: points, labels, lasso, box, click, zoom. Python draws nothing of it and decides everything that
// is picked: what leaves this file is the geometry of a line, the row of a pressed point, or an entry of the legend.

import { Cloud, STEPS } from "./cloud.js";
import { drawing, picture } from "./download.js";
import { Hand } from "./hand.js";
import { drawLabels } from "./labels.js";
import { ICONS, STYLE } from "./style.js";

const RESTING = 90; // milliseconds that the cursor rests on a point before the server is asked about it
const MOST_ZOOM = 400;
const MOST_TRIES = 6; // to fetch bytes that are gone

const zooms = new Map(); // of each layout: where a person left it, also from page to page
const maps = new WeakMap(); // of each mounted element

/** Draw, or draw anew with other data, the map inside the component; what Streamlit calls at each change. */
export function mount(component) {
  const host = component.parentElement;
  let map = maps.get(host);
  if (!map || !map.box.isConnected) maps.set(host, (map = new CorpusMap(host)));
  map.update(component);
  return () => map.leave();
}

const at = (address) => new URL(`_map/${address}`, location.href);

async function bytes(address) {
  const answer = await fetch(at(address), { cache: "force-cache" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

const element = (kind, className, parent, text = "") => {
  const made = document.createElement(kind);
  if (className) made.className = className;
  if (text) made.textContent = text;
  parent?.append(made);
  return made;
};

class CorpusMap {
  constructor(host) {
    element("style", "", host).textContent = STYLE;
    this.box = element("div", "map", host);
    this.back = element("canvas", "back", this.box);
    this.front = element("canvas", "front", this.box);
    this.front.tabIndex = 0;
    this.front.setAttribute("role", "application");
    this.card = element("div", "card", this.box);
    this.card.setAttribute("role", "tooltip");
    this.tools = element("div", "tools", this.box);
    this.menu = element("div", "menu", this.box);
    this.foot = element("div", "foot", host);
    this.cloud = new Cloud();
    this.has = {}; // the addresses of what is drawn
    this.zoom = { scale: 1, x: 0.5, y: 0.5 };
    this.hovered = -1;
    this.manner = "lasso";
    this.makeTools();
    this.hand = new Hand(this);
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.box);
  }

  leave() {
    setTimeout(() => this.box.isConnected || this.watch.disconnect(), 1000);
  }

  async update(component) {
    const { data, setTriggerValue } = component;
    this.send = (event) => setTriggerValue("event", { ...event, at: Date.now() });
    const round = (this.round = (this.round ?? 0) + 1);
    this.data = data;
    this.box.style.height = data.height;
    this.front.setAttribute("aria-label", data.said);
    if (data.keep !== this.keep) {
      this.keep = data.keep;
      this.zoom = zooms.get(data.keep) ?? { scale: 1, x: 0.5, y: 0.5 };
    }
    zooms.set(this.keep, this.zoom);
    try {
      const names = ["places", "codes", "selected", "pool"];
      const wanted = names.filter((name) => data[name] && this.has[name] !== data[name]);
      const got = await Promise.all(wanted.map((name) => bytes(data[name])));
      if (round !== this.round) return; // newer data came meanwhile
      wanted.forEach((name, place) => this.take(name, got[place]));
      for (const name of names) this.has[name] = data[name];
    } catch {
      // The server let the bytes go, or cannot be reached: ask the page for them once, then look for them again.
      if (round !== this.round || (this.tries = (this.tries ?? 0) + 1) > MOST_TRIES) return;
      if (this.tries === 1) this.send({ kind: "lost" });
      setTimeout(() => round === this.round && this.update(component), 1000 * this.tries);
      return;
    }
    this.tries = 0;
    const { cloud } = this;
    cloud.codes = data.codes ? this.codes(data) : null;
    cloud.selected = data.selected ? this.selectedBits : null;
    cloud.pool = data.pool ? this.poolBits : null;
    cloud.palette = data.palette;
    cloud.behind = new Set(data.behind);
    cloud.layered();
    this.hand.line = data.shape ?? null;
    this.drawFoot();
    this.resize();
    this.box.dataset.rows = cloud.rows; // for tests, and for who looks
    this.box.dataset.selected = data.count ?? "";
    this.box.dataset.ready = `${data.codes}/${data.selected}`;
  }

  take(name, got) {
    if (name === "places") this.cloud.places = new Uint16Array(got.buffer);
    else if (name === "codes") (this.given = got), (this.expanded = null);
    else if (name === "selected") this.selectedBits = got;
    else this.poolBits = got;
  }

  /** Codes as they came, one byte a row, or made of bits: a row that is in has code 0. */
  codes({ bits }) {
    if (!bits) return this.given;
    if (!this.expanded) {
      this.expanded = new Uint8Array(this.cloud.rows);
      for (let row = 0; row < this.expanded.length; row++) this.expanded[row] = 1 - ((this.given[row >> 3] >> (row & 7)) & 1);
    }
    return this.expanded;
  }

  resize() {
    const { width, height } = this.box.getBoundingClientRect();
    if (!width || !this.data) return;
    const ratio = window.devicePixelRatio || 1;
    this.size = { width, height, ratio };
    for (const canvas of [this.back, this.front]) {
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== w || canvas.height !== h) (canvas.width = w), (canvas.height = h);
    }
    this.redraw();
  }

  /** pixel = place * scale + offset, places being whole numbers up to 65535 and y pointing up. */
  get view() {
    const { width, height } = this.back, { scale, x, y } = this.zoom;
    const sx = (width * scale) / STEPS, sy = -(height * scale) / STEPS;
    return { sx, sy, ox: width / 2 - x * width * scale, oy: height / 2 + y * height * scale, ratio: this.size.ratio };
  }

  /** The share of the map's sides at a CSS pixel. */
  placeAt(px, py) {
    const { sx, sy, ox, oy, ratio } = this.view;
    return { x: (px * ratio - ox) / sx / STEPS, y: (py * ratio - oy) / sy / STEPS };
  }

  pixelAt(x, y) {
    const { sx, sy, ox, oy, ratio } = this.view;
    return [(x * STEPS * sx + ox) / ratio, (y * STEPS * sy + oy) / ratio];
  }

  move(dx, dy) {
    const { width, height } = this.size;
    this.zoom.x -= dx / (width * this.zoom.scale);
    this.zoom.y += dy / (height * this.zoom.scale);
    this.within();
  }

  scaleAt(px, py, factor) {
    const place = this.placeAt(px, py);
    const scale = Math.min(MOST_ZOOM, Math.max(1, this.zoom.scale * factor));
    const kept = 1 - this.zoom.scale / scale;
    this.zoom.x += (place.x - this.zoom.x) * kept;
    this.zoom.y += (place.y - this.zoom.y) * kept;
    this.zoom.scale = scale;
    this.within();
  }

  whole() {
    Object.assign(this.zoom, { scale: 1, x: 0.5, y: 0.5 });
    this.within();
  }

  within() {
    const half = 0.5 / this.zoom.scale;
    for (const side of ["x", "y"]) this.zoom[side] = Math.min(1 - half, Math.max(half, this.zoom[side]));
    this.box.dataset.zoom = this.zoom.scale.toFixed(2);
    this.hideCard();
    if (this.waits) return;
    this.waits = requestAnimationFrame(() => ((this.waits = 0), this.redraw()));
  }

  get colours() {
    const look = getComputedStyle(this.box);
    const of = (name, other) => look.getPropertyValue(name).trim() || other;
    return {
      ink: of("--st-text-color", "#1c2430"), paper: of("--st-background-color", "#ffffff"),
      accent: of("--st-primary-color", "#2f6db5"), font: look.fontFamily || "sans-serif", grey: this.data.grey,
      type: 0.8125 * parseFloat(getComputedStyle(document.documentElement).fontSize), // 13 px, more where one presents
    };
  }

  redraw() {
    if (!this.size || !this.data) return;
    this.cloud.draw(this.back, this.view, this.data.grey);
    const context = this.back.getContext("2d");
    const tools = { left: this.tools.offsetLeft - 4, bottom: this.tools.offsetTop + this.tools.offsetHeight + 4 };
    const covered = (x, y, half) => this.cloud.covered(x, y, half);
    this.written = drawLabels(context, this.data.labels, this.view, this.size, this.colours, covered, tools);
    this.box.dataset.labels = this.written.length;
    this.hand.draw();
  }

  /** Rings around rows that the page marks: a row, its nearest rows, and those that the map misplaces. */
  marks(context) {
    const { accent, ink } = this.colours;
    for (const { row, kind } of this.data.marks ?? []) {
      const [x, y] = this.pixelAt(this.cloud.places[2 * row] / STEPS, this.cloud.places[2 * row + 1] / STEPS);
      context.beginPath();
      context.strokeStyle = kind === "far" ? "#d62839" : kind === "self" ? ink : accent;
      context.lineWidth = kind === "self" ? 3 : 2;
      context.setLineDash(kind === "far" ? [3, 2] : []);
      context.arc(x, y, kind === "self" ? 9 : 7, 0, 7);
      context.stroke();
    }
    context.setLineDash([]);
  }

  rowAt(px, py) {
    const { ratio } = this.size;
    return this.cloud.nearest(px * ratio, py * ratio, this.view, 8 * ratio);
  }

  hover(px, py) {
    const row = this.rowAt(px, py);
    if (row === this.hovered) return;
    this.hideCard();
    this.hovered = row;
    this.hand.draw();
    if (row < 0 || !this.data.hover) return;
    this.resting = setTimeout(async () => {
      try {
        const answer = await fetch(at(`row/${this.data.hover}/${row}`));
        if (answer.ok && row === this.hovered) this.showCard(px, py, await answer.json());
      } catch {
        // The server is gone: Streamlit says so.
      }
    }, RESTING);
  }

  showCard(px, py, lines) {
    this.card.replaceChildren();
    for (const line of lines) element("div", "", this.card, String(line));
    const { width, height } = this.size;
    this.card.style.display = "block";
    const { offsetWidth, offsetHeight } = this.card;
    this.card.style.left = `${Math.max(4, px + 14 + offsetWidth > width ? px - offsetWidth - 14 : px + 14)}px`;
    this.card.style.top = `${Math.max(4, py + 14 + offsetHeight > height ? py - offsetHeight - 14 : py + 14)}px`;
  }

  hideCard() {
    clearTimeout(this.resting);
    this.card.style.display = "none";
    this.hovered = -1;
  }

  makeTools() {
    const press = (name, label, action, radio = false) => {
      const button = element("button", "", this.tools);
      button.type = "button";
      button.title = label;
      button.setAttribute("aria-label", label);
      button.innerHTML = ICONS[name];
      if (radio) button.setAttribute("role", "radio"), (button.dataset.way = name);
      button.onclick = action;
    };
    this.tools.setAttribute("role", "toolbar");
    press("lasso", "Lasso", () => this.take_up("lasso"), true);
    press("box", "Box", () => this.take_up("box"), true);
    press("pan", "Move the map", () => this.take_up("pan"), true);
    element("i", "", this.tools);
    const { box } = this;
    const middle = (factor) => () => this.scaleAt(box.clientWidth / 2, box.clientHeight / 2, factor);
    press("in", "Zoom in", middle(1.6));
    press("out", "Zoom out", middle(1 / 1.6));
    press("whole", "Show the whole map", () => this.whole());
    element("i", "", this.tools);
    press("save", "Download this map", () => this.menu.classList.toggle("open"));
    const saves = { PNG: () => picture(this), SVG: () => drawing(this) };
    for (const [name, action] of Object.entries(saves))
      element("button", "", this.menu, name).onclick = () => (action(), this.menu.classList.remove("open"));
    this.csv = element("button", "", this.menu, "CSV of its data");
    this.csv.onclick = () => {
      this.menu.classList.remove("open");
      const link = element("a", "", this.box);
      link.href = at(`csv/${this.data.hover}`);
      link.download = `${this.data.name}.csv`;
      link.click();
      link.remove();
    };
    this.take_up("lasso");
  }

  take_up(manner) {
    this.manner = manner;
    this.box.classList.toggle("pan", manner === "pan");
    for (const button of this.tools.querySelectorAll("[role=radio]"))
      button.setAttribute("aria-checked", String(button.dataset.way === manner));
  }

  drawFoot() {
    const { legend, scale } = this.data;
    this.foot.replaceChildren();
    if (scale) {
      const bar = element("div", "bar", this.foot);
      element("span", "", bar, scale.title);
      const middle = element("div", "", bar);
      const ramp = element("div", "ramp", middle);
      ramp.style.background = `linear-gradient(90deg, ${scale.colours.join(",")})`;
      const ticks = element("div", "ticks", middle);
      for (const tick of scale.ticks) element("span", "", ticks, tick);
    }
    for (const { name, colour, rows, entry } of legend) {
      const button = element("button", "", this.foot);
      button.type = "button";
      element("b", "", button).style.background = colour;
      element("span", "", button, name.length > 36 ? name.slice(0, 35) + "…" : name);
      element("span", "quiet", button, ` ${rows.toLocaleString("en-US")}`);
      button.disabled = entry < 0;
      button.onclick = (event) => this.send({ kind: "legend", entry, manner: this.hand.mannerOf(event) });
    }
    this.foot.style.display = this.foot.children.length ? "flex" : "none";
  }
}
