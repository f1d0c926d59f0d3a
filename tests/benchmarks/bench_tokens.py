"""Tokenising and counting real responses, beside the libraries' own batch calls on the same text in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.features.tokenizers import Tokenizer
from core.features.tokenizers.mistral import Mistral32K
from core.features.tokenizers.tekken import Tekken131K
from core.features.tokens import compute_tokens
from core.workspace.artefacts import Workspace
from tests.benchmarks.figures import record
from tests.benchmarks.real_files import REAL_DATA
from tests.features.tokenizers.texts import Rows

if TYPE_CHECKING:
    import tiktoken

PARQUET = REAL_DATA / "parquet"
REPEATS = 3


def responses() -> list[str]:
    """Real responses where they are, else docstrings of the standard library."""
    if PARQUET.is_dir():
        import duckdb

        rows = duckdb.sql(f"SELECT response FROM '{PARQUET}/*.parquet'").fetchall()
        return [row[0] for row in rows]
    import pydoc
    import sys

    return [pydoc.render_doc(name) for name in sorted(sys.stdlib_module_names) if not name.startswith("_")][:150]


def fastest(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of the fastest run of each; they take turns, so that a busy machine slows all of them."""
    seconds: dict[str, list[float]] = {title: [] for title in works}
    for _ in range(REPEATS):
        for title, work in works.items():
            start = time.perf_counter()
            work()
            seconds[title].append(time.perf_counter() - start)
    return {title: min(result) for title, result in seconds.items()}


def plain_sentencepiece(texts: list[str]) -> Callable[[], object]:
    """sentencepiece with two threads on all texts, and counting: what this room is compared with."""
    import sentencepiece

    model = resources.files("mistral_common") / "data" / "tokenizer.model.v1"
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.read_bytes())

    def work() -> None:
        rows = processor.encode_as_numpy(texts, num_threads=2)
        np.bincount(np.concatenate(rows), minlength=32_000)

    return work


def batch_tiktoken(texts: list[str]) -> Callable[[], object]:
    """tiktoken's batch call with two threads, and counting."""
    encoding = Tekken131K().encoding

    def work() -> None:
        rows = encoding.encode_ordinary_batch(texts, num_threads=2)
        np.bincount(np.fromiter(chain.from_iterable(rows), dtype=np.int32), minlength=131_072)

    return work


def in_memory(texts: list[str], make: Callable[[], Tokenizer]) -> Callable[[], object]:
    """Ids and frequencies by a tokenizer that knows no chunk yet."""

    def work() -> None:
        tokenizer = make()
        for start in range(0, len(texts), 4096):
            _, ids = tokenizer.encode_many(texts[start : start + 4096])
            np.bincount(ids, minlength=tokenizer.vocabulary_size)

    return work


def kept(texts: list[str], make: Callable[[], Tokenizer]) -> Callable[[], object]:
    """The whole feature: ids, frequencies and counts by row, every block safe on the disk."""

    def work() -> None:
        with tempfile.TemporaryDirectory() as home:
            compute_tokens(CorpusText(Rows(Workspace(Path(home)), "bench", texts), "response"), make())

    return work


def tekken_unlearnt(encoding: tiktoken.Encoding) -> Callable[[], Tokenizer]:
    """Makes tekken tokenizers that share the compiled vocabulary, whose loading is not what is measured."""

    def make() -> Tokenizer:
        tokenizer = Tekken131K()
        tokenizer.encoding = encoding
        return tokenizer

    return make


def main() -> None:
    texts = responses()
    megabytes = sum(len(text.encode()) for text in texts) / 1e6
    tekken = tekken_unlearnt(Tekken131K().encoding)
    for tokenizer in (Mistral32K(), tekken()):
        tokenizer.encode_many(["load the compiled kernels"])
    print(f"{len(texts):,} responses, {megabytes:.1f} MB; fastest of {REPEATS}, taking turns")
    print(f"{'':46}{'seconds':>9}{'MB/s':>8}{'ratio':>8}")
    for name, plain, work, make in (
        ("mistral-32k", "sentencepiece, 2 threads, and counting", plain_sentencepiece(texts), Mistral32K),
        ("tekken-131k", "tiktoken batch, 2 threads, and counting", batch_tiktoken(texts), tekken),
    ):
        ours, whole = f"{name}: ids and frequencies", f"{name}: and counts by row, on the disk"
        seconds = fastest({plain: work, ours: in_memory(texts, make), whole: kept(texts, make)})
        for title, taken in seconds.items():
            record(title, taken)
            print(f"{title:46}{taken:9.2f}{megabytes / taken:8.1f}{seconds[plain] / taken:7.2f}×")


if __name__ == "__main__":
    main()
