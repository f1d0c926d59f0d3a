"""Near-copies among 20,000 real rows: MinHash against brute force, vectors beside SemHash in the same run.

``DIVERSCOPE_REAL_DATA`` names the folder whose ``parquet/`` holds the rows. SemHash 0.5.0 is not required: it is
compared with where it is installed. The first argument is the number of rows.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.curation.near_copies.bands import bands_for
from core.curation.near_copies.cosine import similar_vectors
from core.curation.near_copies.minhash import similar_texts
from core.curation.near_copies.shingles import shingles_of
from core.features.embedders import INSTANT
from core.features.embedding import encode_texts
from tests.benchmarks.bench_near_copies import brute, searched, tell
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

LEAST = 0.5  # Jaccard of five-word runs
CLOSE = 0.9  # cosine


def real_texts(rows: int, *, seed: int = 0) -> list[str]:
    """Question and answer of as many rows of the real pool, drawn with a seed."""
    texts: list[str] = []
    for file in sorted((REAL_DATA / "parquet").glob("*.parquet")):
        table = pq.read_table(file, columns=["instruction", "input", "response"]).to_pylist()
        texts += ["\n".join(row[name] for name in row if row[name]) for row in table]
    order = np.random.default_rng(seed).permutation(len(texts))[:rows]
    return [texts[row] for row in order.tolist()]


def main(rows: int = 20_000) -> None:
    """Each line with what it was compared with."""
    if not (REAL_DATA / "parquet").is_dir():
        print("DIVERSCOPE_REAL_DATA names no folder with the real pool")
        return
    texts = real_texts(rows)
    print(f"  {len(texts):,} rows of {np.mean([len(text.split()) for text in texts]):.0f} words", flush=True)
    _words(texts)
    _vectors(texts)


def _words(texts: list[str]) -> None:
    """Recall of pairs by the bands, and of the rows that the whole search calls copies, against all pairs."""
    indptr, shingles = shingles_of(texts)
    started, cpu = time.perf_counter(), time.process_time()
    pairs = np.array(brute(indptr, shingles, np.float32(LEAST)))
    tell("brute force over all pairs", time.perf_counter() - started, "s", time.process_time() - cpu)
    started, cpu = time.perf_counter(), time.process_time()
    forest = similar_texts(texts, least=LEAST)
    tell("whole search by MinHash", time.perf_counter() - started, "s", time.process_time() - cpu)
    compared, bands = searched(texts), bands_for(LEAST)
    for low, high in ((0.5, 0.6), (0.6, 0.8), (0.8, 1.01)):
        inside = pairs[(pairs[:, 2] >= low) & (pairs[:, 2] < high)]
        told = np.mean([(int(a), int(b)) in compared for a, b, _ in inside]) if len(inside) else float("nan")
        record(f"real rows: recall of pairs from {low} to {min(high, 1)}", float(told), "share")
        expected = f"{bands.bands} bands of {bands.values}, expected from {bands.chance(low):.4f} up"
        print(f"  recall {low} to {min(high, 1)}: {told:.4f} of {len(inside):,} pairs ({expected})", flush=True)
    for least in (0.5, 0.7, 0.8, 0.9):
        reach = pairs[:, 2].astype(np.float32) >= np.float32(least)  # as the search compares: 7 of 10 reach 0.7
        exact = _removed(len(texts), pairs[reach][:, :2].astype(np.int64))
        print(f"  at {least}: {forest.edges_from(least):,} copies, by brute force {exact:,}", flush=True)


def _vectors(texts: list[str]) -> None:
    """Copies by the instant embedder's vectors: every pair in blocks, beside SemHash's approximate search."""
    encode_texts(texts[:64], embedder=INSTANT)  # distilled, loaded and compiled
    started, cpu = time.perf_counter(), time.process_time()
    vectors = encode_texts(texts, embedder=INSTANT)
    tell("vectors by the instant embedder", time.perf_counter() - started, "s", time.process_time() - cpu)
    started, cpu = time.perf_counter(), time.process_time()
    forest = similar_vectors(vectors, least=CLOSE)
    tell(f"cosine ≥ {CLOSE}, all pairs", time.perf_counter() - started, "s", time.process_time() - cpu)
    close = _close(vectors)
    print(f"    {forest.edges_from(CLOSE):,} copies; {int(close.sum()):,} rows have one", flush=True)
    if not importlib.util.find_spec("semhash"):
        return
    semhash = importlib.import_module("semhash")
    names = [str(row) for row in range(len(texts))]
    started, cpu = time.perf_counter(), time.process_time()
    told = semhash.SemHash.from_embeddings(vectors, records=names, model=None).self_deduplicate(threshold=CLOSE)
    tell("the same by SemHash", time.perf_counter() - started, "s", time.process_time() - cpu)
    kept = {int(name) for name in told.selected}
    inside = sum(bool(close[row]) for row in range(len(texts)) if row not in kept)
    print(f"    {len(texts) - len(kept):,} rows removed, {inside:,} of them with a copy by all pairs", flush=True)


def _removed(rows: int, pairs: NDArray[np.int64]) -> int:
    """Rows less groups: how many rows go where one of each group stays."""
    from scipy import sparse
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), dtype=np.int8)
    groups, _ = connected_components(sparse.csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(rows, rows)))
    return rows - int(groups)


def _close(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(rows,) whether any other row's cosine reaches the threshold: plain products, block by block."""
    close = np.zeros(len(vectors), dtype=bool)
    for start in range(0, len(vectors), 1_000):
        cosines = vectors[start : start + 1_000] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -1
        close[start : start + 1_000] = cosines.max(axis=1) >= CLOSE
    return close


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
