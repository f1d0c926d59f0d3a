// Takes the map away: as a picture, or as a drawing whose labels and legend stay text.

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The map as it is seen, on the page's paper, with its legend below. */
function painted(map) {
  const { ratio, width } = map.size, { ink, paper, font } = map.colours;
  const lines = laidOut(map, width);
  const canvas = document.createElement("canvas");
  canvas.width = map.back.width;
  canvas.height = map.back.height + Math.round((lines.height + 4) * ratio);
  const context = canvas.getContext("2d");
  context.fillStyle = paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(map.back, 0, 0);
  context.drawImage(map.front, 0, 0);
  context.scale(ratio, ratio);
  context.font = `13px ${font}`;
  context.textBaseline = "middle";
  for (const { x, y, colour, text, ramp } of lines.entries) {
    if (ramp) {
      ramp.forEach((shade, at) => {
        context.fillStyle = shade;
        context.fillRect(x + (at * 220) / ramp.length, map.size.height + y - 5, 220 / ramp.length + 1, 10);
      });
      continue;
    }
    if (colour) {
      context.fillStyle = colour;
      context.beginPath();
      context.arc(x + 5, map.size.height + y, 5, 0, 7);
      context.fill();
    }
    context.fillStyle = ink;
    context.fillText(text, x + (colour ? 15 : 0), map.size.height + y);
  }
  return canvas;
}

/** Legend and colour bar as entries with a place below the map. */
function laidOut(map, width) {
  const { legend, scale } = map.data, context = map.back.getContext("2d");
  context.save();
  context.font = `13px ${map.colours.font}`;
  const entries = [];
  let x = 6, y = 16;
  const put = (entry, needed) => {
    if (x + needed > width && x > 6) (x = 6), (y += 22);
    entries.push({ ...entry, x, y });
    x += needed + 14;
  };
  if (scale) {
    put({ text: scale.title }, context.measureText(scale.title).width);
    put({ text: scale.ticks[0] }, context.measureText(scale.ticks[0]).width);
    put({ ramp: scale.colours }, 220);
    const last = scale.ticks[scale.ticks.length - 1];
    put({ text: last }, context.measureText(last).width);
  }
  for (const { name, colour, rows } of legend) {
    const text = `${name} (${rows.toLocaleString("en-US")})`;
    put({ text, colour }, context.measureText(text).width + 15);
  }
  context.restore();
  return { entries, height: entries.length ? y + 14 : 0 };
}

export function picture(map) {
  painted(map).toBlob((blob) => save(blob, `${map.data.name}.png`), "image/png");
}

export function drawing(map) {
  const { width, height } = map.size, { ink, paper, font } = map.colours;
  const lines = laidOut(map, width);
  const cloud = document.createElement("canvas"); // the points alone: labels are written as text
  [cloud.width, cloud.height] = [map.back.width, map.back.height];
  map.cloud.draw(cloud, map.view, map.data.grey);
  const space = "http://www.w3.org/2000/svg";
  const root = document.createElementNS(space, "svg");
  const add = (kind, values, text, parent = root) => {
    const made = document.createElementNS(space, kind);
    for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const whole = height + lines.height + 4;
  root.setAttribute("viewBox", `0 0 ${width} ${whole}`);
  root.setAttribute("width", width);
  root.setAttribute("height", whole);
  root.setAttribute("font-family", font);
  root.setAttribute("font-size", 13);
  add("rect", { width, height: whole, fill: paper });
  add("image", { width, height, href: cloud.toDataURL("image/png") });
  for (const { x, y, half, text } of map.written) {
    add("rect", { x: x - half, y: y - 10, width: 2 * half, height: 20, rx: 4, fill: paper, "fill-opacity": 0.86 });
    add("text", { x, y: y + 4.5, "text-anchor": "middle", fill: ink }, text);
  }
  for (const { x, y, colour, text, ramp } of lines.entries) {
    if (ramp) ramp.forEach((shade, at) => add("rect", { x: x + (at * 220) / ramp.length, y: height + y - 5, width: 220 / ramp.length + 1, height: 10, fill: shade }));
    else {
      if (colour) add("circle", { cx: x + 5, cy: height + y, r: 5, fill: colour });
      add("text", { x: x + (colour ? 15 : 0), y: height + y + 4.5, fill: ink }, text);
    }
  }
  save(new Blob([new XMLSerializer().serializeToString(root)], { type: "image/svg+xml" }), `${map.data.name}.svg`);
}
