"""Merging the synonyms among 20,000 and 50,000 tags: seconds and peak memory, by both ways of clustering."""

from __future__ import annotations

import resource
import time

import numpy as np

from core.features.tags.synonyms import dense_groups, near_groups
from tests.benchmarks.figures import record

DIMENSIONS = 384  # of the embedder that tags are embedded with


def tags(count: int) -> np.ndarray:
    """(count, 384) unit vectors, of which two fifths lie near another one, as the spellings of a tag do."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(count, DIMENSIONS))
    near = random.random(count) < 0.4
    vectors[near] = vectors[random.integers(0, count, int(near.sum()))] + 0.3 * random.normal(
        size=(int(near.sum()), DIMENSIONS)
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, dtype=np.float32)


def main() -> None:
    """One line for each way and number of tags; the peak is that of the process so far."""
    for count in (20_000, 50_000):
        vectors = tags(count)
        for name, groups_of in (("DBSCAN", near_groups), ("HDBSCAN", dense_groups)):
            started, worked = time.perf_counter(), time.process_time()
            groups = groups_of(vectors, eps=0.15)
            seconds, worked = time.perf_counter() - started, time.process_time() - worked
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
            record(f"{name} of {count:,} tags", seconds)
            record(f"{name} of {count:,} tags: processor time", worked)
            record(f"{name} of {count:,} tags: peak memory", peak, "GB")
            spent = f"{seconds:8.1f} s, {worked:8.1f} s of them worked"
            print(f"  {name:8s} {count:7,} tags  {spent}  {peak:5.2f} GB  {groups.max() + 1:,} groups", flush=True)


if __name__ == "__main__":
    main()
