"""The map at 10,000, 117,000 and a million rows: bytes to the browser, milliseconds on both sides."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.figures import record

ROWS, CLUSTERS = (10_000, 117_000, 1_000_000), 2_000

# What a browser does with the bytes: sort rows into layers after a recolouring, draw, find the row under the cursor.
DRAWN = """async (rows) => {
  const { Cloud } = await import("/cloud.js");
  const cloud = new Cloud(), random = () => (Math.random() + Math.random() + Math.random()) / 3;
  cloud.places = Uint16Array.from({ length: 2 * rows }, () => random() * 65535);
  cloud.codes = Uint8Array.from({ length: rows }, () => Math.random() * 12);
  cloud.palette = Array.from({ length: 13 }, (_, code) => "#" + (1118481 * (code + 1)).toString(16).padStart(6, "0"));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [1380, 940];
  const view = { sx: 1380 / 65535, sy: -940 / 65535, ox: 0, oy: 940, ratio: 2 };
  const taken = (work) => {
    const once = () => { const start = performance.now(); work(); return performance.now() - start; };
    return Array.from({ length: 7 }, once).sort((a, b) => a - b)[3];
  };
  return { layers: taken(() => cloud.layered()), draw: taken(() => cloud.draw(canvas, view, "#b8bec8")),
    nearest: taken(() => cloud.nearest(700, 400, view, 8)) };
}"""


def cloud(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """(rows, 2) points in clumps as UMAP lays them out, and the clump of each; a tenth is noise between them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLUSTERS, 2)) * 6
    labels = np.minimum((CLUSTERS * random.random(rows) ** 1.6).astype(np.int32), CLUSTERS - 1)
    xy = centres[labels] + 0.12 * random.normal(size=(rows, 2))
    noise = random.random(rows) < 0.1
    xy[noise] = random.normal(size=(int(noise.sum()), 2)) * 6
    return xy.astype(np.float32), np.where(noise, -1, labels).astype(np.int32)


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    """What ``work`` gives, and its milliseconds: the median of three."""
    taken = []
    for _ in range(3):
        started = time.perf_counter()
        result = work()
        taken.append(1000 * (time.perf_counter() - started))
    return result, sorted(taken)[1]


def in_browser(rows: int) -> dict[str, float]:
    """Milliseconds of the browser, without a graphics card."""
    from playwright.sync_api import sync_playwright

    from pages.parts.frame.map.served import PARTS
    from tests.browser.conftest import chromium

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing of requests."""

    folder = functools.partial(Quiet, directory=str(PARTS / "frame" / "map"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), folder) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/cloud.js")
        taken: dict[str, float] = page.evaluate(DRAWN, rows)
        browser.close()
        server.shutdown()
    return taken


def main() -> None:
    """For each size: bytes of the layout, of each recolouring and of the message; times of server and browser."""
    import orjson

    from core.figures.colouring import by_cluster, by_membership
    from core.figures.map_points import drawn_rows, map_points, packed
    from core.figures.theme import LEVELS
    from core.row_positions import CorpusRows
    from pages.parts.frame.map.component import Shown, message, painted

    angle = np.linspace(0, 2 * np.pi, 300)
    lasso = {"kind": "lasso", "x": (0.5 + 0.3 * np.cos(angle)).tolist(), "y": (0.5 + 0.3 * np.sin(angle)).tolist()}
    for rows in ROWS:
        xy, labels = cloud(rows)
        random = np.random.default_rng(1)
        points, placing = timed(lambda xy=xy: map_points(xy))
        chosen = random.random(rows) < 0.085
        _, by_clusters = timed(lambda labels=labels: painted(by_cluster(labels)))
        paint, moved = timed(lambda chosen=chosen: painted(by_membership(chosen, colour=LEVELS["macro"])))
        picked, picking = timed(lambda points=points: drawn_rows(lasso, points))
        shown = Shown(
            layout="l", points=points, painted=paint, source="s", name="m", said="", selected=CorpusRows(picked)
        )
        said, saying = timed(lambda shown=shown: message(shown, mode="light"))
        browser = in_browser(rows)
        figures = {
            "layout": (points.places.nbytes / 1000, "KB"), "colours": (rows / 1000, "KB"),
            "subset or selection": (len(packed(chosen)) / 1000, "KB"),
            "message": (len(orjson.dumps(said)) / 1000, "KB"),
            "places": (placing, "ms"), "coloured by cluster": (by_clusters, "ms"), "slider moved": (moved, "ms"),
            "lasso of 300 corners": (picking, "ms"), "message made": (saying, "ms"),
            "browser: recoloured": (browser["layers"], "ms"), "browser: drawn": (browser["draw"], "ms"),
            "browser: row under the cursor": (browser["nearest"], "ms"),
        }  # fmt: skip
        print(f"{rows:,} rows")
        for name, (value, unit) in figures.items():
            record(f"map of {rows:,} rows, {name}", value, unit)
            print(f"  {name:32s} {value:10.1f} {unit}")


if __name__ == "__main__":
    main()
