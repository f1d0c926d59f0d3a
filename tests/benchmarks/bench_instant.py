"""From texts to a coloured map: the instant embedder beside the full one, and the map by landmarks at three sizes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from tests.benchmarks.bench_embed import texts
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

SIZES = (10_000, 117_000, 1_000_000)
FULL = 10_000  # rows of which the full map is fitted too


def responses(rows: int) -> list[str]:
    """As many distinct texts: the responses of the real pool, then halves of two of them joined, drawn with a seed."""
    files = sorted((REAL_DATA / "parquet").glob("*.parquet"))
    if files:
        import pyarrow.parquet as pq

        own = [text for file in files for text in pq.read_table(file, columns=["response"])["response"].to_pylist()]
    else:
        own = texts()
    random = np.random.default_rng(0)
    own = [own[at] for at in random.permutation(len(own))][:rows]
    while len(own) < rows:
        first, second = random.integers(0, len(own), 2)
        own.append(own[first][: len(own[first]) // 2] + " " + own[second][len(own[second]) // 2 :])
    return own


@contextmanager
def lap(name: str, laps: dict[str, tuple[float, float]]) -> Iterator[None]:
    """Note seconds on the clock and of the processor: on a busy machine only the latter compare."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    laps[name] = time.perf_counter() - clock, time.process_time() - processor
    print(f"    {name:12} {laps[name][0]:8.2f} s on the clock, {laps[name][1]:8.2f} s of processor time", flush=True)


def embedders() -> None:
    """Texts a second of both embedders in one run, on the same texts."""
    from core.features.embedders import CARRIED, INSTANT
    from core.features.embedding import encode_texts

    sample, many = texts(), responses(100_000)
    encode_texts(sample[:32], embedder=CARRIED)
    encode_texts(sample[:32], embedder=INSTANT)  # distilled, loaded and compiled
    laps: dict[str, tuple[float, float]] = {}
    for embedder, these in ((CARRIED, sample), (INSTANT, many)):
        with lap(embedder, laps):
            encode_texts(these, embedder=embedder)
        clock, processor = laps[embedder]
        rate, of_processor = len(these) / clock, len(these) / processor
        print(f"  {embedder}: {rate:,.0f} texts/s on the clock, {of_processor:,.0f} a second of processor time")
        record(f"{embedder}, clock", rate, "texts/s")
        record(f"{embedder}, processor", of_processor, "texts/s")


def landmark_map(rows: int, *, full: bool) -> None:
    """Embed, lay out, place and cluster so many texts, as the job does, without the workspace's files."""
    from core.features.embedders import INSTANT
    from core.features.embedding import encode_texts
    from core.features.landmarks.graph import chosen_landmarks, nearest_landmarks
    from core.features.landmarks.layout import landmark_labels, landmark_layout, placed
    from core.features.neighbours import nearest_neighbours
    from core.features.projection import LANDMARKS

    these = responses(rows)
    laps: dict[str, tuple[float, float]] = {}
    print(f"  {rows:,} rows, {LANDMARKS:,} landmarks")
    with lap("embed", laps):
        vectors = encode_texts(these, embedder=INSTANT)
    with lap("lay out", laps):
        fixed = np.ascontiguousarray(vectors[chosen_landmarks(rows, landmarks=LANDMARKS, seed=42)])
        graph = nearest_neighbours(fixed, neighbours=15, seed=42, device="cpu")
        laid = [landmark_layout(fixed, graph, dimensions=d, min_dist=0.0, seed=42) for d in (5, 2)]
    with lap("compare", laps):
        near, distances = nearest_landmarks(vectors, fixed)
    with lap("place", laps):
        flat = [placed(of_landmarks, near, distances, min_dist=0.0, seed=42) for of_landmarks in laid][-1]
    with lap("cluster", laps):
        labels = landmark_labels(laid[0], near, distances, min_cluster_size=20)
    total, processor = (sum(both[at] for both in laps.values()) for at in (0, 1))
    found = f"{labels.max() + 1:,} clusters, {(labels < 0).mean():.0%} noise"
    print(f"    together {total:.1f} s on the clock, {processor:.1f} s of processor time; {found}")
    record(f"map of {rows:,} rows, clock", total)
    record(f"map of {rows:,} rows, processor", processor)
    if full:
        trust(vectors, flat)


def trust(vectors: np.ndarray, by_landmarks: np.ndarray) -> None:
    """The trustworthiness of the map by landmarks beside that of UMAP on every row."""
    from core.features.embedder_agreement import map_trust
    from core.features.layout import umap_layout
    from core.features.neighbours import nearest_neighbours

    laps: dict[str, tuple[float, float]] = {}
    with lap("full UMAP", laps):
        graph = nearest_neighbours(vectors, neighbours=15, seed=42, device="cpu")
        whole = umap_layout(vectors, graph, dimensions=2, min_dist=0.0, seed=42)
    record("full UMAP, processor", laps["full UMAP"][1])
    for name, coordinates in (("by landmarks", by_landmarks), ("full", whole)):
        among, of_all = map_trust(vectors, coordinates) or float("nan"), trust_among_all(vectors, coordinates)
        print(f"    trustworthiness at 10 neighbours, {name}: {among:.3f} in a sample, {of_all:.4f} among all rows")
        record(f"trustworthiness, {name}", among, "")
        record(f"trustworthiness among all rows, {name}", of_all, "")


def trust_among_all(vectors: np.ndarray, coordinates: np.ndarray, *, asked: int = 1_500, nearest: int = 10) -> float:
    """Trustworthiness (Venna & Kaski 2001) of the neighbours of ``asked`` rows, each ranked among all rows.

    A row's ``nearest`` on the map cost as many ranks as they lie beyond its nearest ones by the vectors.
    """
    from scipy.spatial import cKDTree

    rows = len(vectors)
    drawn = np.random.default_rng(0).choice(rows, min(asked, rows), replace=False)
    _, on_map = cKDTree(coordinates).query(coordinates[drawn], k=nearest + 1)
    cost = 0.0
    for row, near in zip(drawn, on_map, strict=True):
        similar = vectors @ vectors[row]
        similar[row] = np.inf  # itself comes first
        others = [other for other in near.tolist() if other != row][:nearest]
        ranks = [int((similar > similar[other]).sum()) for other in others]
        cost += sum(max(0, rank - nearest) for rank in ranks)
    return 1 - 2 * cost / (len(drawn) * nearest * (2 * rows - 3 * nearest - 1))


def main() -> None:
    embedders()
    for rows in SIZES:
        landmark_map(rows, full=rows == FULL)


if __name__ == "__main__":
    for size in sys.argv[1:]:  # the map alone, of so many rows; "117000+full": beside UMAP on every row
        landmark_map(int(size.removesuffix("+full")), full=size.endswith("+full") or int(size) == FULL)
    if not sys.argv[1:]:
        main()
