"""Draws a cloud of points as one small picture, which a browser shows at once, however many points it has."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 1_040, 680  # pixels
BUDGET = 190_000  # bytes of PNG: base64 adds a third, and a figure stays below 300 KB
SHADES = (120, 175, 220, 255)  # opacity of a pixel under 1, 2, 3–4 and more points


def cloud_image(
    xy: NDArray[np.floating],
    codes: NDArray[np.integer],
    palette: Sequence[str],
    *,
    bounds: tuple[float, float, float, float],
    behind: Sequence[int] = (),
) -> str:
    """A PNG of the points as a data URI, transparent where there are no points.

    ``xy`` (points, 2) lies within ``bounds`` (left, right, low, high); ``codes`` (points,) index ``palette``
    ("#RRGGBB", at most 62: four shades each, and one for nothing, fit a palette of 256). Codes in ``behind`` are drawn
    first, in that order. Where points overlap, the last one's colour is shown; rows come in the order of their hashes,
    so the colour is a fair sample of them. Opacity grows with the number of points. Few points are drawn as larger
    dots. The picture shrinks until it fits :data:`BUDGET`.
    """
    for scale in (1.0, 0.8, 0.65, 0.5, 0.35):
        width, height = round(WIDTH * scale), round(HEIGHT * scale)
        radius = _radius(len(xy)) * (1 if scale == 1.0 else scale)
        data = _png(_pixels(xy, codes, bounds, width, height, radius, behind), palette, behind)
        if len(data) <= BUDGET:
            break
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")


def _radius(points: int) -> float:
    """The radius of a dot in pixels."""
    return 3.3 if points <= 4_000 else 2.3 if points <= 15_000 else 1.5 if points <= 60_000 else 1.0


def _pixels(
    xy: NDArray[np.floating],
    codes: NDArray[np.integer],
    bounds: tuple[float, float, float, float],
    width: int,
    height: int,
    radius: float,
    behind: Sequence[int],
) -> NDArray[np.uint8]:
    """(height, width) index into the shaded palette: 0 for nothing, else 1 + 4 · colour + shade."""
    left, right, low, high = bounds
    column = np.clip((xy[:, 0] - left) / (right - left) * width, 0, width - 1).astype(np.int64)
    line = np.clip((high - xy[:, 1]) / (high - low) * height, 0, height - 1).astype(np.int64)
    reach = int(radius)
    disc = [
        (dx, dy)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        if dx * dx + dy * dy <= radius * radius
    ]
    colour = np.zeros(width * height, dtype=np.int64)
    hits = np.zeros(width * height, dtype=np.int64)
    front = ~np.isin(codes, np.asarray(behind, dtype=np.int64))
    for group in [*(codes == code for code in behind), front]:
        chosen, x, y = codes[group], column[group], line[group]
        for dx, dy in disc:
            at = np.clip(y + dy, 0, height - 1) * width + np.clip(x + dx, 0, width - 1)
            colour[at] = chosen
            hits += np.bincount(at, minlength=width * height)
    shade = np.searchsorted([1, 2, 4], hits, side="left")  # 0 for one point … 3 for five or more
    return np.where(hits > 0, 1 + 4 * colour + shade, 0).astype(np.uint8).reshape(height, width)


def _png(pixels: NDArray[np.uint8], palette: Sequence[str], behind: Sequence[int]) -> bytes:
    from PIL import Image

    table, opacity = [0, 0, 0], [0]
    for code, colour in enumerate(palette):
        channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
        for shade in SHADES:
            table += channels
            opacity.append(shade // 2 if code in behind else shade)  # points drawn behind are fainter, too
    image = Image.frombytes("P", (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    image.putpalette(table)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", transparency=bytes(opacity), compress_level=6)
    return buffer.getvalue()
