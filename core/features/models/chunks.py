"""Computes an array over rows of very different lengths, long rows first, in pieces that survive a kill."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows
from core.progress import Progress
from core.workspace import atomic

CHUNK_TOKENS = 65_536  # tokens in a file: a kill loses at most this many


def staged(
    partial: Path,
    lengths: NDArray[np.int64],
    compute: Callable[[NDArray[np.int64]], NDArray[np.floating]],
    *,
    width: int,
    dtype: type[np.floating] = np.float64,
    progress: Progress,
    note: str,
) -> NDArray[np.floating]:
    """(rows, width) the results of ``compute``, which is called with the positions of some rows at a time.

    A row of length 0 gets nan.

    Rows are ordered by length, longest first, ties by position, so that a lack of memory shows at once; each piece of
    about :data:`CHUNK_TOKENS` is written to ``partial`` and read back after a kill. Progress counts tokens.
    """
    values = np.full((len(lengths), width), np.nan, dtype=dtype)
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0].astype(np.int64)
    total, done = int(lengths.sum()), 0
    edges = np.flatnonzero(np.diff(np.cumsum(lengths[order]) // CHUNK_TOKENS)) + 1
    progress(0, total, note)
    for number, rows in enumerate(np.split(order, edges)):
        if not len(rows):
            continue
        path = partial / f"{CHUNK_TOKENS}-{number:06d}-{len(rows)}.npy"
        part = _read(path, shape=(len(rows), width))
        if part is None:
            part = np.asarray(compute(rows), dtype=dtype)
            buffer = io.BytesIO()
            np.save(buffer, part, allow_pickle=False)
            atomic.write_bytes(path, buffer.getvalue())
        values[rows] = part
        done += int(lengths[rows].sum())
        progress(done, total, note)
    return values


def discard(partial: Path) -> None:
    """Remove the pieces once the whole array is stored."""
    shutil.rmtree(partial, ignore_errors=True)


def batches(lengths: NDArray[np.int64], *, width: int, device: str) -> list[NDArray[np.int64]]:
    """Positions into ``lengths`` (descending) in batches whose padded tokens, ``width`` floats each, fit the memory."""
    budget = block_rows(width=2 * width, device=device, share=0.2)
    budget = min(budget, 65_536 if device == "cuda" else 4_096)
    made, start = [], 0
    while start < len(lengths):
        count = max(1, budget // max(1, int(lengths[start])))
        made.append(np.arange(start, min(start + count, len(lengths))))
        start += count
    return made


def _read(path: Path, *, shape: tuple[int, int]) -> NDArray[np.floating] | None:
    try:
        stored = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return stored if stored.shape == shape else None
