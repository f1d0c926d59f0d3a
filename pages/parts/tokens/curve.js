// The rank–frequency curve with both ends of the mid band as lines to be dragged. Python decides what a band means:
// what leaves this file are two numbers of occurrences, or the rank that a person wants to look at.

const SPACE = "http://www.w3.org/2000/svg";
const ROOM = { left: 66, right: 18, top: 12, bottom: 52 };
const RESTING = 90; // milliseconds that the cursor rests before the server is asked for the tokens there
const PAUSE = 450; // milliseconds after the last key before the page hears of a moved line
const FEW = 4; // pixels within which a press is a click, not a drag

const curves = new WeakMap(); // of each mounted element
const at = (address) => new URL(`_map/${address}`, location.href);
const whole = (value) => Math.round(value).toLocaleString("en-US");

/** Draw, or draw anew with other data, the curve inside the component; what Streamlit calls at each change. */
export function mount(component) {
  const host = component.parentElement;
  let curve = curves.get(host);
  if (!curve || !curve.box.isConnected) curves.set(host, (curve = new Curve(host)));
  curve.update(component);
  return () => curve.leave();
}

const make = (kind, values, parent, text) => {
  const made = document.createElementNS(SPACE, kind);
  for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  parent?.append(made);
  return made;
};

class Curve {
  constructor(host) {
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.box = document.createElement("div");
    this.box.className = "curve";
    this.svg = make("svg", { role: "group" }, null);
    this.card = document.createElement("div");
    this.card.className = "card";
    this.card.setAttribute("role", "tooltip");
    this.box.append(this.svg, this.card);
    host.append(style, this.box);
    this.under = make("g", {}, this.svg); // grid, band, curve: drawn anew with each change
    this.spot = this.makeSpot();
    this.lines = { high: this.makeLine("high"), low: this.makeLine("low") };
    this.svg.addEventListener("pointermove", (event) => this.moved(event));
    this.svg.addEventListener("pointerleave", () => this.hover(null));
    this.svg.addEventListener("pointerdown", (event) => this.pressed(event));
    this.svg.addEventListener("pointerup", (event) => this.released(event));
    this.svg.addEventListener("pointercancel", () => this.drop());
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(this.box);
    this.take = (event) => event.target.contains?.(this.root) && this.download(event.detail);
    document.addEventListener("diverscope-picture", this.take);
  }

  get root() {
    const root = this.box.getRootNode();
    return root.host ?? this.box;
  }

  leave() {
    setTimeout(() => {
      if (this.box.isConnected) return;
      this.watch.disconnect();
      document.removeEventListener("diverscope-picture", this.take);
    }, 1000);
  }

  async update({ data, setTriggerValue }) {
    this.send = (event) => setTriggerValue("event", { ...event, at: Date.now() });
    this.data = data;
    this.box.style.height = `${data.height}px`;
    if (!this.dragged) this.band = { low: data.low, high: data.high };
    if (this.has !== data.steps) {
      const round = (this.round = (this.round ?? 0) + 1);
      try {
        const answer = await fetch(at(data.steps), { cache: "force-cache" });
        if (!answer.ok) throw new Error(`${answer.status}`);
        const got = new Uint32Array(await answer.arrayBuffer());
        if (round !== this.round) return;
        this.has = data.steps;
        this.read(got);
      } catch {
        if (round === this.round && !this.asked) (this.asked = true), this.send({ kind: "lost" });
        return;
      }
    }
    this.asked = false;
    this.draw();
    this.box.dataset.ready = `${this.data.low}/${this.data.high}/${this.data.rank ?? ""}`;
  }

  /** Pairs of (types, occurrences), the commonest first, with sums that say how much lies above each. */
  read(pairs) {
    this.steps = [];
    let rank = 0, text = 0;
    for (let place = 0; place < pairs.length; place += 2) {
      const types = pairs[place], times = pairs[place + 1];
      this.steps.push({ first: rank + 1, last: (rank += types), times, text: (text += types * times) });
    }
    this.types = rank;
    this.text = text;
    this.most = this.steps[0]?.times ?? 1;
  }

  /** Types and share of the text that occur at least `low` and at most `high` times. */
  within({ low, high }) {
    const inside = this.steps.filter(({ times }) => times >= low && times <= high);
    if (!inside.length) return { types: 0, share: 0 };
    const first = inside[0], last = inside[inside.length - 1];
    const before = this.steps[this.steps.indexOf(first) - 1]?.text ?? 0;
    return { types: last.last - first.first + 1, share: (last.text - before) / Math.max(1, this.text) };
  }

  // Places: both axes are logarithmic, with a little air at their ends.
  measure() {
    const { width, height } = this.box.getBoundingClientRect();
    const ends = (most) => {
      const top = Math.log10(Math.max(most, 10)), air = Math.max(0.04 * top, 0.05);
      return [-air, top + air];
    };
    this.size = { width, height };
    this.xs = ends(this.types);
    this.ys = ends(Math.max(this.most, this.data.high));
    this.inner = { w: width - ROOM.left - ROOM.right, h: height - ROOM.top - ROOM.bottom };
  }

  x(rank) {
    return ROOM.left + ((Math.log10(rank) - this.xs[0]) / (this.xs[1] - this.xs[0])) * this.inner.w;
  }

  y(times) {
    const share = (Math.log10(Math.max(times, 1e-6)) - this.ys[0]) / (this.ys[1] - this.ys[0]);
    return ROOM.top + (1 - Math.min(1, Math.max(0, share))) * this.inner.h;
  }

  timesAt(y) {
    const share = 1 - (y - ROOM.top) / this.inner.h;
    return 10 ** (this.ys[0] + share * (this.ys[1] - this.ys[0]));
  }

  stepOf(rank) {
    let low = 0, high = this.steps.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.steps[middle].last < rank) low = middle + 1;
      else high = middle;
    }
    return this.steps[low];
  }

  /** The rank whose point on the curve is nearest to a place. */
  rankAt(px, py) {
    let best = 1, least = Infinity;
    for (const { first, last, times } of this.steps) {
      const left = this.x(first), right = this.x(last), nearest = Math.min(Math.max(px, left), right);
      const far = (nearest - px) ** 2 + (this.y(times) - py) ** 2;
      if (far < least) {
        least = far;
        const exponent = this.xs[0] + ((nearest - ROOM.left) / this.inner.w) * (this.xs[1] - this.xs[0]);
        best = Math.min(last, Math.max(first, Math.round(10 ** exponent)));
      }
    }
    return { rank: best, far: Math.sqrt(least) };
  }

  draw() {
    if (!this.data || !this.steps || !this.box.clientWidth) return;
    this.measure();
    const look = getComputedStyle(this.box);
    const of = (name, other) => look.getPropertyValue(name).trim() || other;
    this.ink = of("--st-text-color", "#1c2430");
    this.paper = of("--st-background-color", "#ffffff");
    this.accent = of("--st-primary-color", "#2f6db5");
    const { width, height } = this.size;
    for (const [name, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` }))
      this.svg.setAttribute(name, value);
    this.svg.setAttribute("aria-label", this.data.said);
    this.svg.setAttribute("font-family", look.fontFamily || "sans-serif");
    this.svg.setAttribute("font-size", 14);
    this.drawUnder();
    this.place("low");
    this.place("high");
    this.showSpot();
  }

  drawUnder() {
    const { under, ink, data } = this, { width, height } = this.size;
    const bottom = height - ROOM.bottom, right = width - ROOM.right;
    under.replaceChildren();
    make("rect", { x: 0, y: 0, width, height, fill: this.paper }, under);
    const short = (power) => ["1", "10", "100", "1k", "10k", "100k", "1M", "10M", "100M", "1G", "10G"][power] ?? `1e${power}`;
    const grid = { stroke: data.grid, "stroke-width": 1 };
    for (let power = 0; power <= this.xs[1]; power++) {
      const x = this.x(10 ** power);
      make("line", { x1: x, x2: x, y1: ROOM.top, y2: bottom, ...grid }, under);
      make("text", { x, y: bottom + 18, fill: ink, "text-anchor": "middle" }, under, short(power));
    }
    for (let power = 0; power <= this.ys[1]; power++) {
      const y = this.y(10 ** power);
      make("line", { x1: ROOM.left, x2: right, y1: y, y2: y, ...grid }, under);
      make("text", { x: ROOM.left - 8, y: y + 5, fill: ink, "text-anchor": "end" }, under, short(power));
    }
    make("text", { x: ROOM.left + this.inner.w / 2, y: height - 10, fill: ink, "text-anchor": "middle" }, under,
      "rank (1 = the commonest token)");
    const middle = ROOM.top + this.inner.h / 2;
    make("text", { x: 16, y: middle, fill: ink, "text-anchor": "middle", transform: `rotate(-90 16 ${middle})` }, under,
      "occurrences in the corpus");
    this.shade = make("rect", { x: ROOM.left, width: this.inner.w, fill: data.colours.mid, opacity: 0.09 }, under);
    this.paths = {};
    for (const band of ["high", "mid", "low"])
      this.paths[band] = make("path", {
        fill: "none", stroke: data.colours[band], "stroke-width": 4, "stroke-linejoin": "round", "stroke-linecap": "round",
      }, under);
    this.told = make("text", { fill: ink, "text-anchor": "start", x: ROOM.left + 10 }, under);
    for (const { rank, times } of data.marks)
      make("circle", {
        cx: this.x(rank), cy: this.y(times), r: 4.5, fill: this.paper, stroke: this.accent, "stroke-width": 2,
      }, under);
    this.drawBand();
  }

  /** The curve in the colours of the bands, and what the mid band holds: follows a line that is being dragged. */
  drawBand() {
    const { low, high } = this.band, parts = { high: "", mid: "", low: "" };
    let before = null;
    for (const { first, last, times } of this.steps) {
      const name = times > high ? "high" : times >= low ? "mid" : "low", y = this.y(times).toFixed(1);
      if (!parts[name]) parts[name] = before ? `M${before}L` : "M"; // no gap between two bands
      else parts[name] += "L";
      parts[name] += `${this.x(first).toFixed(1)} ${y}`;
      if (last > first) parts[name] += `L${this.x(last).toFixed(1)} ${y}`;
      else if (parts[name].startsWith("M") && !parts[name].includes("L")) parts[name] += `L${this.x(first).toFixed(1)} ${y}`;
      before = `${this.x(last).toFixed(1)} ${y}`;
    }
    for (const [name, path] of Object.entries(this.paths)) path.setAttribute("d", parts[name]);
    const top = this.y(high), bottom = this.y(Math.max(low, 1e-6));
    this.shade.setAttribute("y", top);
    this.shade.setAttribute("height", Math.max(0, bottom - top));
    const { types, share } = this.within(this.band);
    this.told.textContent = `mid band: ${whole(types)} tokens, ${(100 * share).toFixed(1)} % of the text`;
    this.told.setAttribute("y", bottom - top > 30 ? (top + bottom) / 2 + 5 : Math.min(bottom + 20, this.size.height - ROOM.bottom - 6));
    this.told.setAttribute("opacity", bottom - top > 30 ? 1 : 0.9);
  }

  makeLine(end) {
    const group = make("g", {
      class: "line", tabindex: 0, role: "slider", "aria-orientation": "vertical", "data-end": end,
      "aria-label": end === "low" ? "Lowest occurrences of the mid band" : "Highest occurrences of the mid band",
    }, this.svg);
    const hit = make("rect", { height: 18, fill: "transparent" }, group);
    const stroke = make("line", { "stroke-width": 1.8, "stroke-dasharray": "7 5" }, group);
    const grip = make("rect", { height: 22, rx: 6, "stroke-width": 1.5 }, group);
    const text = make("text", { "text-anchor": "middle" }, group);
    group.addEventListener("keydown", (event) => this.key(event, end));
    group.addEventListener("blur", () => this.tell());
    return { group, hit, stroke, grip, text };
  }

  place(end) {
    const { group, hit, stroke, grip, text } = this.lines[end], value = this.band[end], y = this.y(Math.max(value, 1e-6));
    const right = this.size.width - ROOM.right, label = `${end} ${Number.isInteger(value) ? whole(value) : value.toPrecision(4)}`;
    const wide = 22 + 8 * label.length;
    // Two grips never lie over each other: the lower one hangs below its line where they would.
    const crowded = Math.abs(this.y(this.band.high) - this.y(Math.max(this.band.low, 1e-6))) < 24;
    const dy = crowded ? (end === "high" ? -12 : 12) : 0;
    const set = (made, values) => Object.entries(values).forEach(([name, given]) => made.setAttribute(name, given));
    set(hit, { x: ROOM.left, y: y - 9, width: this.inner.w });
    set(stroke, { x1: ROOM.left, x2: right, y1: y, y2: y, stroke: this.ink });
    set(grip, { x: right - wide, y: y - 11 + dy, width: wide, fill: this.paper, stroke: this.ink });
    set(text, { x: right - wide / 2, y: y + 5 + dy, fill: this.ink });
    text.textContent = `↕ ${label}`;
    set(group, {
      "aria-valuemin": 1, "aria-valuemax": this.most, "aria-valuenow": value, "aria-valuetext": `${label} occurrences`,
    });
  }

  /** Move an end of the band to a number of occurrences, not past the other end. */
  shift(end, times) {
    const most = Math.max(this.most, 1), value = Math.min(most, Math.max(1, Math.round(times)));
    const { low, high } = this.band;
    this.band = end === "low" ? { low: Math.min(value, Math.floor(high)), high } : { low, high: Math.max(value, Math.ceil(low)) };
    this.drawBand();
    this.place("low");
    this.place("high");
  }

  key(event, end) {
    const value = this.band[end], page = 1.5, step = 1.04;
    const steps = {
      ArrowUp: () => Math.max(value + 1, value * step), ArrowRight: () => Math.max(value + 1, value * step),
      ArrowDown: () => Math.min(value - 1, value / step), ArrowLeft: () => Math.min(value - 1, value / step),
      PageUp: () => Math.max(value + 1, value * page), PageDown: () => Math.min(value - 1, value / page),
      Home: () => 1, End: () => this.most,
    };
    if (!steps[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.shift(end, steps[event.key]());
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.tell(), PAUSE);
  }

  /** Tell the page of the band, if it is not the page's. */
  tell() {
    clearTimeout(this.waits);
    if (!this.data || (this.band.low === this.data.low && this.band.high === this.data.high)) return;
    this.send({ kind: "band", ...this.band });
  }

  placeOf(event) {
    const { left, top } = this.svg.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  pressed(event) {
    if (event.button !== 0 || !this.steps) return;
    const [x, y] = this.placeOf(event), end = event.target.closest?.(".line")?.dataset.end;
    this.down = { x, y, end, from: end && this.band[end] };
    if (end) {
      this.lines[end].group.focus({ preventScroll: true });
      this.svg.setPointerCapture(event.pointerId);
      event.preventDefault();
    }
  }

  moved(event) {
    if (!this.steps) return;
    const [x, y] = this.placeOf(event), { down } = this;
    if (!down?.end) return this.hover([x, y]);
    if (!this.dragged && Math.hypot(x - down.x, y - down.y) < FEW) return;
    this.dragged = down.end;
    this.hover(null);
    this.shift(down.end, this.timesAt(this.y(down.from) + y - down.y));
  }

  released(event) {
    const { down } = this, [x, y] = this.placeOf(event);
    this.down = null;
    if (!down) return;
    if (this.dragged) return (this.dragged = null), this.tell();
    if (Math.hypot(x - down.x, y - down.y) >= FEW) return;
    const nearest = this.rankAt(x, y);
    if (!down.end || nearest.far < 12) this.send({ kind: "look", rank: nearest.rank });
  }

  drop() {
    this.down = this.dragged = null;
    this.band = { low: this.data.low, high: this.data.high };
    this.draw();
  }

  /** The point of the curve that is looked at: under the cursor, moved by the arrow keys, or the page's own. */
  makeSpot() {
    const group = make("g", { class: "spot", tabindex: 0, role: "slider", "aria-label": "Place on the curve: Enter shows its tokens" }, this.svg);
    const ring = make("circle", { r: 7, fill: "none", "stroke-width": 2.5 }, group);
    group.addEventListener("keydown", (event) => {
      const factor = { ArrowRight: 1.1, ArrowLeft: 1 / 1.1, PageDown: 2, PageUp: 0.5 }[event.key];
      const rank = this.looked ?? this.data.rank ?? 1;
      if (factor) {
        const next = factor > 1 ? Math.max(rank + 1, rank * factor) : Math.min(rank - 1, rank * factor);
        this.lookAt(Math.min(this.types, Math.max(1, Math.round(next))));
      } else if (event.key === "Enter" || event.key === " ") this.send({ kind: "look", rank });
      else return;
      event.preventDefault();
    });
    group.addEventListener("blur", () => this.lookAt(null));
    return { group, ring };
  }

  lookAt(rank) {
    this.looked = rank;
    this.showSpot();
    this.ask(rank);
  }

  showSpot() {
    const { group, ring } = this.spot, rank = this.looked ?? this.data.rank;
    const shown = rank ?? 1, { times } = this.stepOf(shown);
    group.setAttribute("aria-valuemin", 1);
    group.setAttribute("aria-valuemax", this.types);
    group.setAttribute("aria-valuenow", shown);
    group.setAttribute("aria-valuetext", `rank ${whole(shown)}, ${whole(times)} occurrences`);
    ring.setAttribute("cx", this.x(shown));
    ring.setAttribute("cy", this.y(times));
    ring.setAttribute("stroke", rank ? this.accent : "transparent");
  }

  hover(place) {
    const nearest = place && this.rankAt(...place);
    const rank = nearest && nearest.far < 26 ? nearest.rank : null;
    this.svg.style.cursor = rank ? "pointer" : "";
    if (rank !== (this.looked ?? null)) this.lookAt(rank);
  }

  ask(rank) {
    clearTimeout(this.resting);
    this.card.style.display = "none";
    if (rank === null || !this.data.hover) return;
    this.resting = setTimeout(async () => {
      try {
        const answer = await fetch(at(`row/${this.data.hover}/${rank - 1}`));
        if (answer.ok && rank === this.looked) this.showCard(rank, await answer.json());
      } catch {
        // The server is gone: Streamlit says so.
      }
    }, RESTING);
  }

  showCard(rank, lines) {
    this.card.replaceChildren(...lines.map((line) => {
      const made = document.createElement("div");
      made.textContent = String(line);
      return made;
    }));
    this.card.style.display = "block";
    const x = this.x(rank), y = this.y(this.stepOf(rank).times), { offsetWidth, offsetHeight } = this.card;
    this.card.style.left = `${Math.max(4, x + 16 + offsetWidth > this.size.width ? x - offsetWidth - 16 : x + 16)}px`;
    this.card.style.top = `${Math.max(4, Math.min(y - offsetHeight - 10, this.size.height - offsetHeight - 4))}px`;
  }

  /** The curve as it is seen, as a drawing or as a picture of it. */
  download({ format, name }) {
    const copy = this.svg.cloneNode(true);
    copy.setAttribute("xmlns", SPACE);
    copy.querySelector(".spot")?.remove();
    for (const line of copy.querySelectorAll(".line")) line.querySelector("text").textContent = line.querySelector("text").textContent.slice(2);
    const drawing = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
    if (format === "svg") return save(drawing, `${name}.svg`);
    const picture = new Image(), address = URL.createObjectURL(drawing);
    picture.onload = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [2 * this.size.width, 2 * this.size.height];
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
    };
    picture.src = address;
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const STYLE = `
:host { display: block; }
.curve { position: relative; width: 100%; font-family: var(--st-font); color: var(--st-text-color); }
.curve svg { display: block; width: 100%; touch-action: pan-y; user-select: none; }
.line { cursor: ns-resize; touch-action: none; outline: none; }
.line:hover line, .line:focus line { stroke-width: 3; }
.line:focus-visible rect:nth-of-type(2), .line:hover rect:nth-of-type(2) { stroke: var(--st-primary-color); stroke-width: 2.5; }
.spot { outline: none; pointer-events: none; }
.spot:focus-visible circle { stroke: var(--st-primary-color); }
.card { position: absolute; max-width: min(330px, 70%); padding: 6px 10px; border-radius: 6px; pointer-events: none;
  font-size: 0.88rem; line-height: 1.35; background: var(--st-background-color); display: none; z-index: 1;
  border: 1px solid var(--st-border-color); box-shadow: 0 2px 8px rgb(0 0 0 / 18%); overflow-wrap: anywhere; }
.card div:first-child { font-weight: 600; }
`;
