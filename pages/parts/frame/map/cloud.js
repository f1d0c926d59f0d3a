// Draws a cloud of points into pixels, and finds the point under the cursor.

const STEPS = 65535;
const SHADES = { dim: [0, 34, 50, 64, 80, 96], faint: [0, 90, 120, 150, 170, 190], full: [0, 165, 205, 230, 245, 255] };
const FEW = 4000; // points in view up to which each is a smooth disc of its own

export const bitAt = (bits, row) => (bits[row >> 3] >> (row & 7)) & 1;

const channels = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

/** The radius of a dot in CSS pixels when `shown` points are in view. */
const radiusOf = (shown) =>
  shown <= 300 ? 5 : shown <= 1000 ? 4 : shown <= FEW ? 3 : shown <= 20000 ? 2 : shown <= 80000 ? 1.4 : shown <= 300000 ? 1 : 0.5;

/** Places of the points, their codes of colour, and the bits of those that are selected or stay in the back. */
export class Cloud {
  constructor() {
    this.places = new Uint16Array(0);
    this.codes = null;
    this.palette = [];
    this.behind = new Set();
    this.selected = null; // bits; null for no selection
    this.pool = null; // bits; rows outside it are faint
  }

  get rows() {
    return this.places.length / 2;
  }

  /** 0: dimmed, 1: behind, 2: in front. */
  layerOf(row) {
    if (this.selected && !bitAt(this.selected, row)) return 0;
    if (this.pool && !bitAt(this.pool, row)) return this.selected ? 1 : 0;
    return this.codes && this.behind.has(this.codes[row]) ? 1 : 2;
  }

  /** Sort rows into layers once for each change of colours or selection. */
  layered() {
    const layers = new Uint8Array(this.rows);
    const counts = [0, 0, 0];
    for (let row = 0; row < layers.length; row++) counts[(layers[row] = this.layerOf(row))]++;
    this.order = counts.map((count) => new Uint32Array(count));
    const next = [0, 0, 0];
    for (let row = 0; row < layers.length; row++) this.order[layers[row]][next[layers[row]]++] = row;
  }

  /** Draw all points of the view (scale and offset in pixels: at = place * scale + offset) on a canvas. */
  draw(canvas, view, grey) {
    const context = canvas.getContext("2d");
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    if (!this.rows || !this.order) return;
    const shown = this.shownIn(view, width, height);
    const radius = radiusOf(shown) * view.ratio;
    if (shown <= FEW) this.discs(context, view, radius, grey, width, height);
    else this.pixels(context, view, radius, grey, width, height);
  }

  shownIn({ sx, sy, ox, oy, ratio }, width, height) {
    const { places } = this;
    this.cell = 8 * ratio;
    this.columns = Math.ceil(width / this.cell);
    this.filled = new Uint8Array(this.columns * Math.ceil(height / this.cell));
    this.ratio = ratio;
    let shown = 0;
    for (let at = 0; at < places.length; at += 2) {
      const x = places[at] * sx + ox, y = places[at + 1] * sy + oy;
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue;
      shown++;
      this.filled[((y / this.cell) | 0) * this.columns + ((x / this.cell) | 0)] = 1;
    }
    return shown;
  }

  /** The share, 0 to 1, of a label's place (CSS pixels, its middle and half its width) that points fill. */
  covered(x, y, half) {
    const cell = this.cell / this.ratio;
    const [left, right] = [x - half, x + half].map((end) => Math.floor(end / cell));
    const [top, low] = [y - 10, y + 10].map((end) => Math.floor(end / cell));
    let filled = 0;
    for (let line = top; line <= low; line++)
      for (let column = left; column <= right; column++) filled += this.filled[line * this.columns + column] ?? 0;
    return filled / ((right - left + 1) * (low - top + 1));
  }

  discs(context, { sx, sy, ox, oy }, radius, grey, width, height) {
    const names = ["dim", "faint", "full"];
    for (let layer = 0; layer < 3; layer++) {
      context.globalAlpha = [0.22, 0.5, 0.88][layer];
      for (const row of this.order[layer]) {
        const x = this.places[2 * row] * sx + ox, y = this.places[2 * row + 1] * sy + oy;
        if (x < -radius || x > width + radius || y < -radius || y > height + radius) continue;
        context.fillStyle = names[layer] === "dim" ? grey : this.palette[this.codes?.[row] ?? 0] ?? grey;
        context.beginPath();
        context.arc(x, y, radius, 0, 7);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  }

  /** Each point is a small disc of pixels; opacity grows with the points of a pixel, the last one gives the colour. */
  pixels(context, { sx, sy, ox, oy }, radius, grey, width, height) {
    const image = this.image?.width === width && this.image.height === height
      ? this.image : (this.image = context.createImageData(width, height));
    const colours = new Uint32Array(image.data.buffer);
    const hits = this.hits?.length === colours.length ? this.hits.fill(0) : (this.hits = new Uint8Array(colours.length));
    const of = this.of?.length === colours.length ? this.of : (this.of = new Uint8Array(colours.length));
    colours.fill(0);
    const packedOf = (colour) => channels(colour).reduce((all, value, at) => all | (value << (8 * at)), 0) >>> 0;
    const palette = new Uint32Array(256).fill(packedOf(grey));
    this.palette.forEach((colour, code) => (palette[code] = packedOf(colour)));
    const dimmed = packedOf(grey), reach = Math.floor(radius);
    const disc = [];
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) if (dx * dx + dy * dy <= radius * (radius + 0.7)) disc.push(dy * width + dx);
    const { places, codes } = this;
    for (let layer = 0; layer < 3; layer++) {
      const rows = this.order[layer];
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at];
        const x = (places[2 * row] * sx + ox) | 0, y = (places[2 * row + 1] * sy + oy) | 0;
        if (x < reach || x >= width - reach || y < reach || y >= height - reach) continue;
        const colour = layer === 0 ? dimmed : palette[codes ? codes[row] : 0];
        const middle = y * width + x;
        for (let step = 0; step < disc.length; step++) {
          const pixel = middle + disc[step];
          if (of[pixel] !== layer || hits[pixel] === 0) (of[pixel] = layer), (hits[pixel] = 1);
          else if (hits[pixel] < 5) hits[pixel]++;
          colours[pixel] = colour;
        }
      }
    }
    const shades = [SHADES.dim, SHADES.faint, SHADES.full];
    for (let pixel = 0; pixel < colours.length; pixel++)
      if (hits[pixel]) colours[pixel] = (colours[pixel] & 0xffffff) | (shades[of[pixel]][hits[pixel]] << 24);
    context.putImageData(image, 0, 0);
  }

  /** The row nearest to a pixel, at most `reach` pixels away; -1 for none. Selected rows come before dimmed ones. */
  nearest(px, py, { sx, sy, ox, oy }, reach) {
    const { places } = this;
    let best = -1, least = reach * reach, dimmed = -1, leastDimmed = least;
    for (let row = 0; row < this.rows; row++) {
      const dx = places[2 * row] * sx + ox - px;
      if (dx > reach || dx < -reach) continue;
      const dy = places[2 * row + 1] * sy + oy - py;
      const away = dx * dx + dy * dy;
      if (away > least && away > leastDimmed) continue;
      if (this.layerOf(row) === 0) {
        if (away <= leastDimmed) (dimmed = row), (leastDimmed = away);
      } else if (away <= least) (best = row), (least = away);
    }
    return best >= 0 ? best : dimmed;
  }
}

export { STEPS };
