"""Tokenising and counting real responses, beside the libraries' own batch calls on the same text in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.features import tokenizers
from core.features.tokens import compute_tokens
from core.workspace.artefacts import Workspace
from tests.tokens.texts import Rows

PARQUET = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "parquet"
REPEATS = 2


def responses() -> list[str]:
    """Real responses where they are, else docstrings of the standard library."""
    if PARQUET.is_dir():
        import duckdb

        rows = duckdb.sql(f"SELECT response FROM '{PARQUET}/*.parquet'").fetchall()
        return [row[0] for row in rows]
    import pydoc
    import sys

    return [pydoc.render_doc(name) for name in sorted(sys.stdlib_module_names) if not name.startswith("_")][:150]


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of a few runs."""
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def plain_sentencepiece(texts: list[str]) -> float:
    """sentencepiece with two threads on all texts, and counting: what this room is compared with."""
    import sentencepiece
    from mistral_common.tokens import tokenizers as carried

    model = Path(carried.__file__).parents[2] / "data" / "tokenizer.model.v1"
    processor = sentencepiece.SentencePieceProcessor(model_file=str(model))

    def work() -> None:
        rows = processor.encode(texts, num_threads=2)
        np.bincount(np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]), minlength=32_000)

    return best(work)


def batch_tiktoken(texts: list[str]) -> float:
    """tiktoken's batch call with two threads, and counting."""
    encoding = tokenizers.load("tekken-131k").encoding  # type: ignore[attr-defined]

    def work() -> None:
        rows = encoding.encode_ordinary_batch(texts, num_threads=2)
        np.bincount(np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]), minlength=131_072)

    return best(work)


def ours(texts: list[str], name: str) -> tuple[float, float]:
    """Seconds in memory (ids and frequencies, nothing known beforehand), and with every array on the disk."""
    loaded = tokenizers.load(name)
    loaded.encode_many(["compile the kernels"])

    def work() -> None:
        fresh = type(loaded)()  # type: ignore[call-arg]
        if hasattr(fresh, "encoding"):
            fresh.encoding = loaded.encoding  # type: ignore[attr-defined]
        for start in range(0, len(texts), 4096):
            _, ids = fresh.encode_many(texts[start : start + 4096])
            np.bincount(ids, minlength=loaded.vocabulary_size)

    def kept() -> None:
        with tempfile.TemporaryDirectory() as home:
            compute_tokens(Workspace(Path(home)), Rows("bench", texts), "response", name)

    in_memory = best(work)
    return in_memory, best(kept)


def main() -> None:
    texts = responses()
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts):,} responses, {megabytes:.1f} MB; best of {REPEATS}")
    print(f"{'':44}{'seconds':>9}{'MB/s':>8}{'ratio':>8}")

    def line(title: str, seconds: float, beside: float) -> None:
        print(f"{title:44}{seconds:9.2f}{megabytes / seconds:8.1f}{beside / seconds:7.2f}×")

    for name, title, base in (
        ("mistral-32k", "sentencepiece, 2 threads", plain_sentencepiece(texts)),
        ("tekken-131k", "tiktoken batch, 2 threads", batch_tiktoken(texts)),
    ):
        in_memory, kept = ours(texts, name)
        line(f"{title}, and counting", base, base)
        line(f"{name}: ids and frequencies", in_memory, base)
        line(f"{name}: with counts by row, on the disk", kept, base)


if __name__ == "__main__":
    main()
