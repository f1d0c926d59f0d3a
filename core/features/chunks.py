"""Computes an array over many rows in chunks, and writes what is done every few seconds, so that a kill costs seconds.

A chunk has fixed rows, so that the same rows are read together however often the work stops. Within a chunk, the model
makes one pass after another; every :data:`EVERY` seconds the rows of the passes since are written beside the chunk.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.device import block_rows
from core.errors import WorkspaceError
from core.progress import Progress
from core.workspace import atomic

CHUNK_TOKENS = 65_536  # tokens in a file of :func:`staged`
EVERY = 5.0  # seconds after which finished rows are written: a kill loses these and one pass
# Multiplications of one pass on a CPU, so that a pass of a large model takes seconds too (2 cores make 5e10 a second).
PASS_WORK = 2e11

Compute = Callable[[NDArray[np.int64]], NDArray[np.floating]]


def chunk(
    path: Path | None,
    *,
    rows: int,
    width: int,
    dtype: type[np.floating],
    passes: Callable[[], Iterable[NDArray[np.int64]]],
    compute: Compute,
    step: Callable[[int], None],
) -> NDArray[np.floating]:
    """(rows, width) the results of one chunk, from the file ``path`` or computed now, then written there.

    ``passes`` gives the positions of the rows that are computed together, each row once; ``compute`` gives the results
    of such positions, (positions, width); ``step`` is called with the number of rows that each pass finished, and may
    raise to stop. Rows that an earlier run finished are read. ``path`` None writes nothing.
    """
    if path is not None:
        stored = read(path, shape=(rows, width))
        if stored is not None:
            return stored
    values = np.full((rows, width), np.nan, dtype=dtype)
    missing = np.ones(rows, dtype=np.bool_)
    if path is not None:
        for part in _parts(path):
            _take(part, values, missing)
    unwritten: list[NDArray[np.int64]] = []
    written = time.monotonic()
    try:
        for positions in passes():
            left = positions[missing[positions]]
            if not len(left):
                continue
            values[left] = compute(left)
            missing[left] = False
            unwritten.append(left)
            step(len(left))
            if path is not None and time.monotonic() - written >= EVERY:
                _write_part(path, values, unwritten)
                written = time.monotonic()
    except BaseException:
        if path is not None:
            with contextlib.suppress(WorkspaceError):  # a full disk hides nothing of why the work stopped
                _write_part(path, values, unwritten)
        raise
    if path is not None:
        _write(path, values)
        for part in _parts(path):
            part.unlink(missing_ok=True)
    return values


def staged(
    partial: Path,
    lengths: NDArray[np.int64],
    compute: Compute,
    *,
    passes: Callable[[NDArray[np.int64]], Sequence[NDArray[np.int64]]],
    width: int,
    dtype: type[np.floating] = np.float64,
    progress: Progress,
    note: str,
) -> NDArray[np.floating]:
    """(rows, width) the results of ``compute``, which is called with the positions of some rows at a time.

    A row of length 0 gets nan. ``passes`` divides descending lengths into passes, as :func:`batches` does.

    Rows are ordered by length, longest first, ties by position, so that a lack of memory shows at once; each chunk of
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
        of_chunk, computed = int(lengths[rows].sum()), 0

        def step(count: int, base: int = done, share: float = of_chunk / len(rows)) -> None:
            nonlocal computed
            computed += count
            progress(int(base + share * computed), total, note)

        values[rows] = chunk(
            partial / f"{CHUNK_TOKENS}-{number:06d}-{len(rows)}.npy",
            rows=len(rows),
            width=width,
            dtype=dtype,
            passes=lambda rows=rows: passes(lengths[rows]),  # type: ignore[misc]
            compute=lambda positions, rows=rows: compute(rows[positions]),  # type: ignore[misc]
            step=step,
        )
        done += of_chunk
        progress(done, total, note)
    return values


def discard(partial: Path) -> None:
    """Remove the chunks once the whole array is stored."""
    shutil.rmtree(partial, ignore_errors=True)


def batches(lengths: NDArray[np.int64], *, width: int, device: str, weights: int = 0) -> list[NDArray[np.int64]]:
    """Positions into ``lengths`` (descending) in batches whose padded tokens, ``width`` floats each, fit the memory.

    On a CPU, a model of more ``weights`` gets smaller batches, so that a pass takes seconds.
    """
    budget = block_rows(width=2 * width, device=device, share=0.2)
    budget = min(budget, 65_536 if device == "cuda" else 4_096)
    if device == "cpu":
        budget = min(budget, tokens_of_a_pass(weights))
    made, start = [], 0
    while start < len(lengths):
        count = max(1, budget // max(1, int(lengths[start])))
        made.append(np.arange(start, min(start + count, len(lengths))))
        start += count
    return made


def tokens_of_a_pass(weights: int) -> int:
    """How many tokens a CPU reads in one pass of a model of so many weights."""
    return int(PASS_WORK / max(1, weights))


def read(path: Path, *, shape: tuple[int, int]) -> NDArray[np.floating] | None:
    """The array in a chunk's file, memory-mapped; None if there is none of this shape, or it is damaged."""
    try:
        stored = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return stored if stored.shape == shape and stored.dtype.kind == "f" else None


def _parts(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.stem}.part-*.npz"))


def _take(part: Path, values: NDArray[np.floating], missing: NDArray[np.bool_]) -> None:
    """Copy the rows of a part into ``values``; a part that a full disk cut short is left out."""
    try:
        with np.load(part, allow_pickle=False) as file:
            positions, results = file["positions"], file["values"]
    except Exception:  # noqa: BLE001 - zip, zlib and numpy each have errors of their own; the rows are computed again
        return
    fits = results.shape == (len(positions), values.shape[1]) and positions.dtype == np.int64
    if fits and len(positions) and positions.min() >= 0 and positions.max() < len(values):
        values[positions] = results
        missing[positions] = False


def _write_part(path: Path, values: NDArray[np.floating], unwritten: list[NDArray[np.int64]]) -> None:
    """Write the rows ``unwritten``, and empty the list."""
    if not unwritten:
        return
    positions = np.concatenate(unwritten)
    buffer = io.BytesIO()
    np.savez(buffer, positions=positions, values=values[positions])
    atomic.write_bytes(path.with_name(f"{path.stem}.part-{len(_parts(path)):06d}.npz"), buffer.getvalue())
    unwritten.clear()


def _write(path: Path, values: NDArray[np.floating]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    atomic.write_bytes(path, buffer.getvalue())
