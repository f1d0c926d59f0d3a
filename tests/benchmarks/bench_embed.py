"""Embedding real texts: ours beside sentence-transformers' default call, same texts, same run."""

from __future__ import annotations

import time

import numpy as np

from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

ROWS = 1_500


def texts() -> list[str]:
    """Responses drawn evenly from every file of the real pool, or docstrings where there is none."""
    files = sorted((REAL_DATA / "parquet").glob("*.parquet"))
    if not files:
        import inspect
        import pkgutil

        import sklearn

        modules = [
            __import__(docstrings.name, fromlist=["x"])
            for docstrings in pkgutil.iter_modules(sklearn.__path__, "sklearn.")
        ]
        docstrings = [inspect.getdoc(value) for module in modules for value in vars(module).values() if callable(value)]
        return [text for text in docstrings if text][:ROWS]
    import pyarrow.parquet as pq

    random = np.random.default_rng(0)
    drawn: list[str] = []
    for file in files:
        responses = pq.read_table(file, columns=["response"])["response"].to_pylist()
        drawn += [responses[row] for row in random.choice(len(responses), ROWS // len(files), replace=False)]
    return drawn


def main() -> None:
    """Rates of both calls, their ratio and the smallest cosine between their vectors."""
    from sentence_transformers import SentenceTransformer

    from core import device as devices
    from core.features.embedders import CARRIED, fetch_embedder
    from core.features.embedding import encode_texts

    sample = texts()
    device = devices.pick()
    model = SentenceTransformer(str(fetch_embedder(CARRIED).folder), device=device, local_files_only=True)
    model.encode(sample[:32])
    encode_texts(sample[:32], embedder=CARRIED, device=device)  # both are loaded and warm
    started = time.perf_counter()
    default = model.encode(sample, normalize_embeddings=True)
    default_seconds = time.perf_counter() - started
    print(f"{len(sample):,} texts, {len(set(sample)):,} distinct, {CARRIED} on {devices.describe()}")
    record("sentence-transformers' default call", len(sample) / default_seconds, "texts/s")
    print(f"  sentence-transformers' default call  {len(sample) / default_seconds:8.1f} texts/s")
    for precision in ("float32", "auto"):
        encode_texts(sample[:32], embedder=CARRIED, device=device, precision=precision)
        started = time.perf_counter()
        ours = encode_texts(sample, embedder=CARRIED, device=device, precision=precision)
        seconds = time.perf_counter() - started
        cosine = float((ours * default).sum(axis=1).min())
        record(f"ours, {precision}", len(sample) / seconds, "texts/s")
        print(
            f"  ours, {precision:8s}                       {len(sample) / seconds:8.1f} texts/s"
            f"   ratio {default_seconds / seconds:5.2f}   smallest cosine {cosine:.5f}"
        )


if __name__ == "__main__":
    main()
