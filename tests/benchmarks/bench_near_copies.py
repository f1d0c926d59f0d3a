"""Near-copies: signatures a second, recall against brute force, a million rows, vectors; peers in the same run.

Peers are not required: rensa 0.5.0, datasketch 2.0.0 and semhash 0.5.0 are compared with where they are installed. The
first argument is the number of rows of the large run, 1,000,000 by default.
"""

from __future__ import annotations

import importlib
import importlib.util
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numba import njit, prange

from core.curation.near_copies.bands import PERMUTATIONS, bands_for
from core.curation.near_copies.cosine import similar_vectors
from core.curation.near_copies.minhash import jaccard, permutations, similar_texts
from core.curation.near_copies.shingles import least_values, shingles_of
from core.curation.normalised import words
from tests.benchmarks.figures import record

WORDS = 100
STEP = 8_192


def texts_of(rows: int, *, seed: int = 0, copies: float = 0.3) -> list[str]:
    """Rows of about 100 words with a Zipf-like vocabulary; a share of them are copies of another with words changed."""
    draw = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    vocabulary = np.array(["".join(draw.choice(letters, int(draw.integers(2, 10)))) for _ in range(30_000)])
    weights = 1 / (np.arange(len(vocabulary)) + 20.0)
    bounds = np.cumsum(weights / weights.sum())
    made: list[Any] = []
    for row in range(rows):
        if row > 100 and draw.random() < copies:
            ids = made[int(draw.integers(len(made)))].copy()
            changed = draw.random(len(ids)) < draw.choice([0.0, 0.01, 0.03, 0.06, 0.12])
            ids[changed] = draw.integers(len(vocabulary), size=int(changed.sum()))
        else:
            ids = np.searchsorted(bounds, draw.random(int(draw.integers(60, 141))))
        made.append(ids.astype(np.int32))
    return [" ".join(vocabulary[ids]).capitalize() + "." for ids in made]


def main(rows: int = 1_000_000) -> None:
    """Signatures, recall and the whole search; each line with what it was compared with."""
    texts = texts_of(20_000)
    mean = float(np.mean([len(text.split()) for text in texts]))
    print(f"  20,000 rows of {mean:.0f} words, {np.mean([len(text) for text in texts]):.0f} characters", flush=True)
    _sign(texts[:256])  # compiles
    for name, signing in signers():
        part = texts if name == "ours" else texts[:4_000]
        started, cpu = time.perf_counter(), time.process_time()
        signing(part)
        took, used = time.perf_counter() - started, time.process_time() - cpu
        tell(f"signatures with {PERMUTATIONS} permutations, {name}", len(part) / took, "rows/s", len(part) / used)
    _recall(texts)
    _vectors()
    started = time.perf_counter()
    large = texts_of(rows)
    print(f"  {rows:,} rows made in {time.perf_counter() - started:.0f} s", flush=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    started, cpu = time.perf_counter(), time.process_time()
    _sign(large)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    tell(f"signatures of {rows:,} rows", rows / took, "rows/s", rows / used)
    started, cpu = time.perf_counter(), time.process_time()
    forest = similar_texts(large, least=0.5)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    tell(f"whole search of {rows:,} rows, from texts to groups at every threshold", took, "s", used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    record("peak memory", peak, "GB")
    copies, strict = forest.edges_from(0.5), forest.edges_from(0.8)
    print(f"  peak memory {peak:.2f} GB, {before:.2f} GB of it before the search", flush=True)
    print(f"  {copies:,} rows are copies at 0.5, {strict:,} at 0.8", flush=True)


def _sign(texts: list[str]) -> None:
    multipliers, offsets = permutations(PERMUTATIONS)
    for start in range(0, len(texts), STEP):
        indptr, shingles = shingles_of(texts[start : start + STEP])
        least_values(indptr, shingles, multipliers, offsets)


def signers() -> Iterator[tuple[str, Any]]:
    yield "ours", _sign
    if importlib.util.find_spec("rensa"):
        rensa = importlib.import_module("rensa")

        def by_rensa(texts: Iterable[str]) -> None:
            for text in texts:
                signature = rensa.RMinHash(num_perm=PERMUTATIONS, seed=1)
                signature.update(_runs(text))
                signature.digest()

        yield "rensa (RMinHash)", by_rensa
    if importlib.util.find_spec("datasketch"):
        datasketch = importlib.import_module("datasketch")

        def by_datasketch(texts: Iterable[str]) -> None:
            for text in texts:
                signature = datasketch.MinHash(num_perm=PERMUTATIONS)
                signature.update_batch([run.encode() for run in _runs(text)])

        yield "datasketch (MinHash)", by_datasketch


def _runs(text: str) -> list[str]:
    inside = words(text)
    return [" ".join(inside[at : at + 5]) for at in range(max(1, len(inside) - 4))]


def _recall(texts: list[str]) -> None:
    """Of all pairs of the rows that reach a threshold, the share that the search found, groups aside."""
    indptr, shingles = shingles_of(texts)
    started = time.perf_counter()
    pairs = np.array(brute(indptr, shingles, np.float32(0.5)))
    took = time.perf_counter() - started
    compared = searched(texts)
    bands = bands_for(0.5)
    print(f"  brute force over {len(texts):,} rows: {len(pairs):,} pairs from 0.5 up, {took:.0f} s", flush=True)
    for low, high in ((0.5, 0.55), (0.55, 0.6), (0.6, 0.8), (0.8, 1.01)):
        inside = pairs[(pairs[:, 2] >= low) & (pairs[:, 2] < high)]
        told = np.mean([(int(a), int(b)) in compared for a, b, _ in inside]) if len(inside) else float("nan")
        record(f"recall of pairs from {low} to {min(high, 1)}", float(told), "share")
        expected = f"{bands.bands} bands of {bands.values}, expected from {bands.chance(low):.4f} up"
        print(f"  recall {low} to {min(high, 1)}: {told:.4f} of {len(inside):,} pairs ({expected})", flush=True)


def searched(texts: list[str]) -> set[tuple[int, int]]:
    """Every pair that the bands compare, similar or not: what the search can find."""
    from core.curation.near_copies.minhash import signed

    _, _, keys = signed(texts, bands_for(0.5))
    pairs: set[tuple[int, int]] = set()
    for band in range(keys.shape[1]):
        order = np.argsort(keys[:, band], kind="stable")
        ends = np.flatnonzero(np.diff(keys[order, band]) != 0) + 1
        for bucket in np.split(order, ends):
            if len(bucket) > 1:
                ordered = np.sort(bucket).tolist()
                pairs |= {(a, b) for place, a in enumerate(ordered) for b in ordered[place + 1 :]}
    return pairs


def brute(indptr: Any, shingles: Any, least: Any) -> Any:
    """(pairs, 3) every pair of rows whose Jaccard reaches ``least``, and that."""
    counts = _count(indptr, shingles, least)
    pairs = np.empty((int(counts.sum()), 3))
    _fill(indptr, shingles, least, np.concatenate(([0], np.cumsum(counts))), pairs)
    return pairs


@njit(cache=True, parallel=True)
def _count(indptr: Any, shingles: Any, least: Any) -> Any:
    counts = np.zeros(len(indptr) - 1, dtype=np.int64)
    for a in prange(len(counts)):
        for b in range(a + 1, len(counts)):
            one, other = shingles[indptr[a] : indptr[a + 1]], shingles[indptr[b] : indptr[b + 1]]
            counts[a] += jaccard(one, other, least) >= least
    return counts


@njit(cache=True, parallel=True)
def _fill(indptr: Any, shingles: Any, least: Any, ends: Any, pairs: Any) -> None:
    for a in prange(len(indptr) - 1):
        at = ends[a]
        if ends[a + 1] == at:
            continue
        for b in range(a + 1, len(indptr) - 1):
            one, other = shingles[indptr[a] : indptr[a + 1]], shingles[indptr[b] : indptr[b + 1]]
            similarity = jaccard(one, other, least)
            if similarity >= least:
                pairs[at, 0], pairs[at, 1], pairs[at, 2] = a, b, similarity
                at += 1


def _vectors(rows: int = 20_000, dimensions: int = 256) -> None:
    """Near-copies among vectors: exact blocked products, beside SemHash's approximate search."""
    draw = np.random.default_rng(2)
    vectors = draw.normal(size=(rows, dimensions)).astype(np.float32)
    copies = draw.integers(rows // 2, size=rows // 4)
    vectors[-rows // 4 :] = vectors[copies] + 0.2 * draw.normal(size=(rows // 4, dimensions))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    started, cpu = time.perf_counter(), time.process_time()
    forest = similar_vectors(vectors, least=0.9)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    tell(f"cosine ≥ 0.9 among {rows:,} vectors of {dimensions}", took, "s", used)
    print(f"    {len(forest.first):,} copies of {rows // 4:,} planted", flush=True)
    if importlib.util.find_spec("semhash"):
        semhash = importlib.import_module("semhash")
        names = [str(row) for row in range(rows)]
        started, cpu = time.perf_counter(), time.process_time()
        told = semhash.SemHash.from_embeddings(vectors, records=names, model=None).self_deduplicate(threshold=0.9)
        took, used = time.perf_counter() - started, time.process_time() - cpu
        tell("the same by SemHash (from_embeddings, approximate search)", took, "s", used)
        print(f"    {rows - len(told.selected):,} rows removed", flush=True)


def tell(what: str, value: float, unit: str, of_processor: float) -> None:
    """Note a figure, and print it beside the same by processor time."""
    record(what, value, unit)
    record(f"{what}, by processor time", of_processor, unit)
    print(f"  {what}: {value:,.1f} {unit} on the clock, {of_processor:,.1f} {unit} by processor time", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
