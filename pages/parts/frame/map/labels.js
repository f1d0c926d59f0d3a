// Writes the names of clusters where they fit: the largest first, in gaps between the points, more as one zooms in.

const OFFSETS = [[0, 0], [0, -16], [0, 16], [-40, 0], [40, 0], [0, -30], [0, 30], [-60, -14], [60, 14], [0, 46], [-60, 46]];
const ROOM = 26000; // square CSS pixels for each label

/** Draw labels {name, x, y} (shares, most important first) on `context`, none of them under `tools` {left, bottom}, the
 * CSS pixels of the buttons at the upper right; returns what was drawn, for a drawing. */
export function drawLabels(context, labels, view, size, colours, points, tools) {
  const { width, height, ratio } = size, type = colours.type, high = type + 7;
  const most = Math.max(4, Math.floor((width * height) / ROOM));
  context.save();
  context.scale(ratio, ratio);
  context.font = `${type}px ${colours.font}`;
  context.textBaseline = "middle";
  const taken = [];
  for (const label of labels) {
    if (taken.length >= most) break;
    const x = (label.x * 65535 * view.sx + view.ox) / ratio, y = (label.y * 65535 * view.sy + view.oy) / ratio;
    if (x < 0 || x > width || y < 0 || y > height) continue;
    const text = label.name.length > 30 ? label.name.slice(0, 29) + "…" : label.name;
    const half = context.measureText(text).width / 2 + 5;
    let place = null, least = Infinity;
    for (const [dx, dy] of OFFSETS) {
      const cx = Math.min(Math.max(x + dx, half + 2), width - half - 2), cy = Math.min(Math.max(y + dy, 12), height - 12);
      if (cx + half > tools.left && cy - high / 2 < tools.bottom) continue;
      if (taken.some((other) => Math.abs(other.x - cx) < half + other.half + 4 && Math.abs(other.y - cy) < high + 3)) continue;
      const cost = points(cx, cy, half) + 0.004 * (Math.abs(dx) + Math.abs(dy));
      if (cost < least) (least = cost), (place = { x: cx, y: cy });
    }
    if (place) taken.push({ ...place, half, text });
  }
  for (const { x, y, half, text } of taken) {
    context.globalAlpha = 0.86;
    context.fillStyle = colours.paper;
    context.beginPath();
    context.roundRect(x - half, y - high / 2, 2 * half, high, 4);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = colours.ink;
    context.textAlign = "center";
    context.fillText(text, x, y + 0.5);
  }
  context.restore();
  return taken;
}
