"""The map at 117,000 points: bytes to the browser, milliseconds to draw, to lasso and to click."""

from __future__ import annotations

import time

import numpy as np

from tests.benchmarks.figures import record

ROWS, CLUSTERS = 117_000, 2_000


def cloud() -> tuple[np.ndarray, np.ndarray]:
    """(rows, 2) points in clumps as UMAP lays them out, and the clump of each; a tenth is noise between them."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(CLUSTERS, 2)) * 6
    labels = np.minimum((CLUSTERS * random.random(ROWS) ** 1.6).astype(np.int32), CLUSTERS - 1)
    xy = centres[labels] + 0.12 * random.normal(size=(ROWS, 2))
    noise = random.random(ROWS) < 0.1
    xy[noise] = random.normal(size=(int(noise.sum()), 2)) * 6
    return xy.astype(np.float32), np.where(noise, -1, labels).astype(np.int32)


def main() -> None:
    """One line a colouring, then the lasso and the click."""
    from core.figures.colouring import by_category, by_cluster, by_membership, by_number
    from core.figures.maps import corpus_map, picked_rows
    from core.figures.theme import LEVELS

    xy, labels = cloud()
    random = np.random.default_rng(1)
    lengths = np.exp(random.normal(5, 1, ROWS))
    sources = random.choice(["alpaca", "sharegpt", "dolly", "lima"], ROWS, p=[0.5, 0.4, 0.08, 0.02])
    made = {
        "cluster": lambda: by_cluster(labels),
        "source": lambda: by_category(sources, title="source"),
        "length": lambda: by_number(lengths, title="characters", logarithmic=True),
        "subset": lambda: by_membership(random.random(ROWS) < 0.085, colour=LEVELS["macro"]),
    }
    print(f"{ROWS:,} points, {CLUSTERS:,} clusters; limit 300 KB")
    for name, colouring in made.items():
        started = time.perf_counter()
        figure = corpus_map(xy, colouring())
        size = len(figure.to_json())
        milliseconds = 1000 * (time.perf_counter() - started)
        record(f"coloured by {name}: size", size / 1000, "KB")
        record(f"coloured by {name}", milliseconds, "ms")
        print(f"  coloured by {name:8s} {size / 1000:7.1f} KB  {milliseconds:6.0f} ms")
    angle = np.linspace(0, 2 * np.pi, 300)
    lasso = {"lasso": [{"x": (4 * np.cos(angle)).tolist(), "y": (4 * np.sin(angle)).tolist()}]}
    for name, selection in (("lasso of 300 corners", lasso), ("click", {"points": [{"customdata": 220}]})):
        started = time.perf_counter()
        rows = picked_rows(selection, xy)
        milliseconds = 1000 * (time.perf_counter() - started)
        record(name, milliseconds, "ms")
        print(f"  {name:20s} {len(rows):7,} rows  {milliseconds:6.0f} ms")


if __name__ == "__main__":
    main()
