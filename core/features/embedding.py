"""One unit vector for each row and component, computed once, in chunks that survive a kill."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.corpus_text import CorpusText
from core.errors import InputError
from core.features.chunks import read
from core.features.embedders import OWN, Embedder, fetch_embedder, find_embedder
from core.progress import Progress, silent
from core.workspace.digests import digest

VERSION = 1
CHUNK = 2_048  # distinct texts in a file


def encode_texts(
    texts: Sequence[str],
    *,
    embedder: str | None = None,
    max_tokens: int | None = None,
    precision: str = "auto",
    device: str = "auto",
    progress: Progress = silent,
    kept: Path | None = None,
) -> NDArray[np.float32]:
    """(texts, d) float32 unit vectors of any texts; each distinct text is embedded once.

    ``kept`` names a file for the vectors, from which a later call with the same arguments continues. A larger
    ``max_tokens`` reads more of a long text and takes longer; None is the model's own limit. Raises
    :class:`InputError` or :class:`core.errors.NetworkError` when the embedder cannot be loaded.
    """
    from core.features.encoder import load_encoder

    encoder = load_encoder(fetch_embedder(embedder), device=device, precision=precision)
    distinct, where = _distinct(texts)
    done = 0

    def step(rows: int) -> None:
        nonlocal done
        done += rows
        progress(done, len(distinct), "texts embedded")

    vectors = encoder.encode(distinct, max_tokens=_limit(encoder.embedder, max_tokens), step=step, kept=kept)
    progress(len(distinct), len(distinct), "texts embedded")
    return vectors[where]


def embeddings_key(
    corpus_id: str,
    component: str,
    embedder: str | Embedder | None = None,
    *,
    max_tokens: int | None = None,
    precision: str = "auto",
) -> str:
    """The artefact's key: corpus, component, content of the model's files, tokens read, requested precision.

    "auto" precision gives the same key on every machine: bfloat16 and float32 agree within the stated tolerance, and
    the manifest says which was used.
    """
    found = embedder if isinstance(embedder, Embedder) else find_embedder(embedder)
    # A model whose files are not here yet has no digest: its name gives a key under which nothing is stored.
    model = found.digest or f"absent:{found.name}"
    limit = _limit(found, max_tokens) if found.digest else max_tokens
    return digest(["embeddings", VERSION, corpus_id, component, model, limit, precision])


def load_embeddings(
    text: CorpusText,
    embedder: str | None = None,
    *,
    max_tokens: int | None = None,
    precision: str = "auto",
) -> NDArray[np.float32] | None:
    """(rows, d) float32 unit rows in row-id order, memory-mapped, or None when they are not computed yet."""
    key = embeddings_key(text.corpus_id, text.component, embedder, max_tokens=max_tokens, precision=precision)
    return text.workspace.open("features", key).array("embeddings") if text.workspace.has("features", key) else None


def compute_embeddings(
    text: CorpusText,
    embedder: str | None = None,
    *,
    progress: Progress = silent,
    device: str = "auto",
    max_tokens: int | None = None,
    precision: str = "auto",
) -> NDArray[np.float32]:
    """(rows, d) float32 unit rows of a component's texts, from the workspace or computed now.

    Identical texts are embedded once. After every :data:`CHUNK` texts, and every few seconds, a file is written under
    ``<home>/partial/<key>/``; a job that was killed or cancelled continues from the last file. Raises
    :class:`InputError` or :class:`core.errors.NetworkError` when the embedder cannot be loaded.
    """
    stored = load_embeddings(text, embedder, max_tokens=max_tokens, precision=precision)
    if stored is not None:
        return stored
    found = fetch_embedder(embedder)
    key = embeddings_key(text.corpus_id, text.component, found, max_tokens=max_tokens, precision=precision)
    from core.features.encoder import load_encoder

    distinct, where = _distinct(text.texts)
    weight = np.bincount(where, minlength=len(distinct))  # rows that carry each distinct text
    progress(0, 0, "loading the model")
    encoder = load_encoder(found, device=device, precision=precision)
    progress(0, len(where), "rows embedded")
    limit, dtype = _limit(found, max_tokens), str(encoder.dtype).removeprefix("torch.")
    partial = text.workspace.home / "partial" / key
    started, resumed, done = time.time(), 0, 0.0
    chunks = []
    for start in range(0, len(distinct), CHUNK):
        rows = slice(start, min(start + CHUNK, len(distinct)))
        path = partial / f"{dtype}-{CHUNK}-{start:09d}.npy"
        chunks.append(path)
        share, count = int(weight[rows].sum()), rows.stop - rows.start
        computed = 0
        if read(path, shape=(count, encoder.dimensions)) is None:
            counter = _Counter(progress, base=done, per_text=share / count, total=len(where))
            encoder.encode(distinct[rows], max_tokens=limit, step=counter, kept=path)
            computed = counter.texts
        resumed += round(share * (count - computed) / count)
        done += share
        progress(done, len(where), "rows embedded")
    manifest: dict[str, Any] = {
        "feature": "embeddings",
        "version": VERSION,
        "corpus": text.corpus_id,
        "component": text.component,
        "embedder": {**found.identity, "max_tokens": limit, "dtype": dtype},
        "rows": len(where),
        "dimensions": encoder.dimensions,
        "distinct_texts": len(distinct),
        "device": encoder.device,
        "seconds": round(time.time() - started, 3),
        "rows_resumed": resumed,
    }
    with text.workspace.create("features", key, manifest) as folder:
        _join(chunks, folder / "embeddings.npy", where=where)
    shutil.rmtree(partial, ignore_errors=True)
    return text.workspace.open("features", key).array("embeddings")


def _distinct(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The distinct texts in order of first occurrence, and for each text its position among them."""
    first: dict[str, int] = {}
    where = np.fromiter((first.setdefault(text, len(first)) for text in texts), dtype=np.int64, count=len(texts))
    return list(first), where


def _limit(embedder: Embedder, max_tokens: int | None) -> int:
    if max_tokens is None or embedder.name.startswith(OWN):
        return embedder.max_tokens
    if not 8 <= max_tokens <= embedder.positions:
        raise InputError(f"{embedder.name} reads between 8 and {embedder.positions} tokens, not {max_tokens}.")
    return max_tokens


class _Counter:
    """Takes the number of texts of each pass and reports rows: a text counts for the rows that have it, on average."""

    def __init__(self, progress: Progress, *, base: float, per_text: float, total: int) -> None:
        self.texts = 0
        self._progress, self._base, self._per_text, self._total = progress, base, per_text, total

    def __call__(self, count: int) -> None:
        self.texts += count
        self._progress(self._base + self.texts * self._per_text, self._total, "rows embedded")


def _join(chunks: Sequence[Path], target: Path, *, where: NDArray[np.int64]) -> None:
    """Spread the chunks' vectors over the rows that carry their texts, a block of rows at a time.

    Uses plain writes: a memory map on a full disk kills the process without a message.
    """
    parts = [np.load(path, mmap_mode="r", allow_pickle=False) for path in chunks]
    width = parts[0].shape[1] if parts else 0
    with open(target, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (len(where), width)}
        np.lib.format.write_array_header_1_0(file, header)
        for start in range(0, len(where), CHUNK):
            texts = where[start : start + CHUNK]
            block = np.empty((len(texts), width), dtype="<f4")
            for part in np.unique(texts // CHUNK):
                here = texts // CHUNK == part
                block[here] = parts[part][texts[here] % CHUNK]
            file.write(block.tobytes())
