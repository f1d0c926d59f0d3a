"""Embedding real texts: ours beside sentence-transformers' default call, same texts, same run."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import torch

from core.features.encoder import _batches
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA

ROWS = 1_500


def work_of(encoder: Any, sample: list[str]) -> tuple[float, float, float]:
    """(operations, tokens, share of padding) of the embedding of ``sample``, a multiplication and addition being two.

    A token of a text of L tokens passes a layer of width d and inner width f in 2 · (4 d² + 2 d f) + 4 d L operations.
    """
    config = encoder.model[0].auto_model.config
    tokenized = encoder.model.tokenizer(sample, truncation=True, max_length=encoder.embedder.max_tokens)["input_ids"]
    lengths = np.array([len(ids) for ids in tokenized], dtype=np.int64)
    width, inner = config.hidden_size, config.intermediate_size
    a_token = config.num_hidden_layers * (2 * (4 * width**2 + 2 * width * inner) + 4 * width * lengths)
    batches = _batches(lengths, device=encoder.device, weights=encoder._weights, width=width)
    read = sum(len(rows) * int(lengths[rows].max()) for rows in batches)
    return float((a_token * lengths).sum()), float(lengths.sum()), 1 - float(lengths.sum()) / read


def product_rate(dtype: torch.dtype, *, rows: int = 2_048, width: int = 384, inner: int = 1_536) -> float:
    """Operations per second of the processor of one product of the model's own shape: what is there to be reached."""
    left, right = torch.randn(rows, width).to(dtype), torch.randn(inner, width).to(dtype)
    best = 0.0
    for _ in range(20):
        started = time.process_time()
        for _ in range(10):
            torch.nn.functional.linear(left, right)
        best = max(best, 20 * rows * width * inner / (time.process_time() - started))
    return best


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
    from core.features.encoder import load_encoder

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
        encoder = load_encoder(fetch_embedder(CARRIED), device=device, precision=precision)
        operations, tokens, padding = work_of(encoder, list(dict.fromkeys(sample)))
        started, used = time.perf_counter(), time.process_time()
        ours = encode_texts(sample, embedder=CARRIED, device=device, precision=precision)
        seconds, used = time.perf_counter() - started, time.process_time() - used
        cosine = float((ours * default).sum(axis=1).min())
        record(f"ours, {precision}", len(sample) / seconds, "texts/s")
        print(
            f"  ours, {precision:8s}                       {len(sample) / seconds:8.1f} texts/s"
            f"   ratio {default_seconds / seconds:5.2f}   smallest cosine {cosine:.5f}"
        )
        print(f"    {operations / tokens / 1e6:.1f} million operations a token, padding {padding:.1%}", end="")
        if device == "cpu":
            rate, peak = operations / used, product_rate(encoder.dtype)
            record(f"ours, {precision}: share of the rate of products", rate / peak, "share")
            print(f"; {rate / 1e9:.0f} billion a second of the processor, {rate / peak:.0%} of what products reach")
        else:
            print()


if __name__ == "__main__":
    main()
