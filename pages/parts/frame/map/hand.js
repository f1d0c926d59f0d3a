// What a hand does on the map: lassos, boxes, clicks, moves, the wheel, and the same by keys.

const CORNERS = 400; // most corners of a line that is sent
const STILL = 4; // CSS pixels below which a press is a click

export class Hand {
  constructor(map) {
    this.map = map;
    this.line = null; // the line that stays: {kind, x, y} in shares
    this.down = null;
    this.path = [];
    const { front } = map;
    front.addEventListener("pointerdown", (event) => this.press(event));
    front.addEventListener("pointermove", (event) => this.drag(event));
    front.addEventListener("pointerup", (event) => this.lift(event));
    front.addEventListener("pointercancel", () => this.drop());
    front.addEventListener("pointerleave", () => this.down || (map.hideCard(), this.draw()));
    front.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    front.addEventListener("keydown", (event) => this.key(event));
    front.addEventListener("focus", () => this.draw());
    front.addEventListener("blur", () => this.draw());
  }

  mannerOf(event) {
    return event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
  }

  at(event) {
    const { left, top } = this.map.front.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  press(event) {
    if (event.button > 1) return;
    this.map.menu.classList.remove("open");
    this.map.front.setPointerCapture(event.pointerId);
    this.map.hideCard();
    const [x, y] = this.at(event);
    this.down = { x, y, last: [x, y], pan: this.map.manner === "pan" || event.button === 1, moved: false };
    this.path = [[x, y]];
  }

  drag(event) {
    const [x, y] = this.at(event);
    if (!this.down) return this.map.hover(x, y);
    if (Math.hypot(x - this.down.x, y - this.down.y) > STILL) this.down.moved = true;
    if (this.down.pan) {
      this.map.move(x - this.down.last[0], y - this.down.last[1]);
      this.down.last = [x, y];
    } else {
      const [px, py] = this.path[this.path.length - 1];
      if (Math.hypot(x - px, y - py) >= 2) this.path.push([x, y]);
      this.draw();
    }
  }

  lift(event) {
    const { down, path, map } = this;
    if (!down) return;
    const [x, y] = this.at(event);
    this.drop();
    if (!down.moved) return this.click(x, y, this.mannerOf(event));
    if (down.pan) return;
    path.push([x, y]);
    const box = map.manner === "box";
    const corners = box ? [[down.x, down.y], [x, y]] : thinned(path);
    const places = corners.map(([px, py]) => map.placeAt(px, py));
    this.line = { kind: box ? "box" : "lasso", x: places.map((p) => p.x), y: places.map((p) => p.y) };
    this.draw();
    map.send({ ...this.line, manner: this.mannerOf(event) });
  }

  click(x, y, manner) {
    const row = this.map.rowAt(x, y);
    if (row >= 0) this.map.send({ kind: "click", row, manner });
  }

  drop() {
    this.down = null;
    this.path = [];
    this.draw();
  }

  wheel(event) {
    const { map } = this;
    if (event.deltaY > 0 && map.zoom.scale <= 1) return; // the whole map is shown: the page scrolls on
    event.preventDefault();
    const [x, y] = this.at(event);
    map.scaleAt(x, y, Math.exp(-event.deltaY / (event.deltaMode ? 12 : 320)));
  }

  key(event) {
    const { map } = this, { width, height } = map.size;
    const step = 60;
    const acts = {
      ArrowLeft: () => map.move(step, 0), ArrowRight: () => map.move(-step, 0),
      ArrowUp: () => map.move(0, step), ArrowDown: () => map.move(0, -step),
      "+": () => map.scaleAt(width / 2, height / 2, 1.4), "=": () => map.scaleAt(width / 2, height / 2, 1.4),
      "-": () => map.scaleAt(width / 2, height / 2, 1 / 1.4), 0: () => map.whole(),
      Enter: () => this.click(width / 2, height / 2, this.mannerOf(event)),
      Escape: () => (this.down ? this.drop() : map.send({ kind: "clear" })),
      l: () => map.take_up("lasso"), b: () => map.take_up("box"), m: () => map.take_up("pan"),
    };
    if (event.ctrlKey || event.metaKey || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  /** The line in progress, the line that stays, the ring of the hovered point, the cross of the keyboard. */
  draw() {
    const { map } = this;
    if (!map.size || !map.data) return;
    const context = map.front.getContext("2d"), { width, height, ratio } = map.size, { ink, accent } = map.colours;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, map.front.width, map.front.height);
    context.scale(ratio, ratio);
    map.marks(context);
    const drawn = this.down?.moved && !this.down.pan ? this.path : null;
    const box = drawn ? map.manner === "box" : this.line?.kind === "box";
    const kept = this.line ? this.line.x.map((x, place) => map.pixelAt(x, this.line.y[place])) : null;
    const points = drawn ?? kept;
    if (points?.length > 1) {
      context.strokeStyle = ink;
      context.lineWidth = 1.5;
      context.setLineDash(drawn ? [] : [5, 4]);
      context.beginPath();
      if (box) {
        const [x0, y0] = points[0], [x1, y1] = points[points.length - 1];
        context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
      } else {
        points.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
        context.closePath();
      }
      context.stroke();
      context.setLineDash([]);
    }
    if (map.hovered >= 0) {
      const [x, y] = map.pixelAt(map.cloud.places[2 * map.hovered] / 65535, map.cloud.places[2 * map.hovered + 1] / 65535);
      context.strokeStyle = accent;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 7, 0, 7);
      context.stroke();
    }
    if (map.front.matches(":focus-visible")) {
      context.strokeStyle = accent;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(width / 2 - 8, height / 2), context.lineTo(width / 2 + 8, height / 2);
      context.moveTo(width / 2, height / 2 - 8), context.lineTo(width / 2, height / 2 + 8);
      context.stroke();
    }
  }
}

/** A line of at most CORNERS corners: every second, third … of them. */
function thinned(path) {
  const step = Math.ceil(path.length / CORNERS);
  return path.filter((_, place) => place % step === 0);
}
