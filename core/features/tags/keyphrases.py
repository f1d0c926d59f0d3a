"""The offline tagger: picks the phrases of a row that are nearest to the whole row and far from each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.features.tags.phrases import candidates
from core.progress import Progress, part_of, silent

CHUNK = 4_096  # phrases in a file
ROWS = 2_048  # rows ranked at once: 2,048 × 15 × 384 floats are 47 MB

# Embeds phrases, and keeps what is done in a file, from which it continues.
Encode = Callable[[Sequence[str], Progress, Path], NDArray[np.float32]]


def keyphrases(
    texts: Sequence[str],
    vectors: NDArray[np.float32],
    encode: Encode,
    *,
    partial: Path,
    per_row: int = 4,
    spread: float = 0.3,
    longest: int = 3,
    progress: Progress = silent,
) -> tuple[NDArray[np.int64], NDArray[np.int32], list[str]]:
    """(rows + 1,) offsets, tags (best first within a row) and the sorted names they index.

    ``vectors`` (rows, d) embed the rows, ``encode`` embeds phrases. After KeyBERT (Grootendorst 2020): the first tag
    is the candidate phrase nearest to the row by cosine, each further tag has the greatest maximal marginal relevance,
    (1 - spread) · cosine to the row - spread · largest cosine to a phrase already chosen. Every distinct phrase is
    embedded once, in chunks under ``partial`` that survive a kill.
    """
    phrases = candidates(texts, longest=longest, progress=progress)
    embedded = _embedded(phrases.names, encode, partial, progress) if phrases.names else vectors[:0]
    chosen = np.full((len(texts), per_row), -1, dtype=np.int32)
    for start in range(0, len(texts) if phrases.names else 0, ROWS):
        part = slice(start, start + ROWS)
        chosen[part] = mmr(np.asarray(vectors[part]), phrases.places[part], embedded, count=per_row, spread=spread)
        progress(min(start + ROWS, len(texts)), len(texts), "rows given keyphrases")
    used = np.unique(chosen[chosen >= 0])
    names = sorted(phrases.names[number] for number in used.tolist())
    where = {name: place for place, name in enumerate(names)}
    place = np.full(len(phrases.names) + 1, -1, dtype=np.int32)  # the last entry is what -1 points to
    place[used] = [where[phrases.names[number]] for number in used.tolist()]
    renumbered = place[chosen]
    sizes = (renumbered >= 0).sum(axis=1)
    indptr = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    return indptr, renumbered[renumbered >= 0].astype(np.int32), names


def mmr(
    rows: NDArray[np.float32],
    places: NDArray[np.int32],
    phrases: NDArray[np.float32],
    *,
    count: int,
    spread: float,
) -> NDArray[np.int32]:
    """(rows, count) the chosen ``phrases`` (phrases, d) of each row, best first, -1 where a row has fewer.

    ``rows`` (rows, d) and ``phrases`` have unit length; ``places`` (rows, candidates) index phrases, -1 is none.
    Scores are rounded to four digits, so that ties go to the earlier candidate whatever the batch.
    """
    there = places >= 0  # (rows, candidates)
    vectors = phrases[places] * there[:, :, None]  # (rows, candidates, d)
    near = np.einsum("rcd,rd->rc", vectors, rows)
    alike = vectors @ vectors.transpose(0, 2, 1)  # (rows, candidates, candidates)
    closest = np.zeros_like(near)
    free = there.copy()
    chosen = np.full((len(rows), count), -1, dtype=np.int32)
    every = np.arange(len(rows))
    for step in range(min(count, places.shape[1])):
        score = near if step == 0 else (1 - spread) * near - spread * closest
        best = np.where(free, np.round(score, 4), -np.inf).argmax(axis=1)
        some = free[every, best]
        chosen[some, step] = places[every, best][some]
        free[every, best] = False
        likeness = alike[every, best]
        closest = likeness if step == 0 else np.maximum(closest, likeness)
    return chosen


def _embedded(names: Sequence[str], encode: Encode, partial: Path, progress: Progress) -> NDArray[np.float32]:
    chunks: list[NDArray[np.float32]] = []
    for start in range(0, len(names), CHUNK):
        part = names[start : start + CHUNK]
        step = part_of(progress, done=start, total=len(names), size=len(part), note="phrases embedded")
        chunks.append(encode(part, step, partial / f"phrases-{CHUNK}-{start:09d}.npy"))
        progress(start + len(part), len(names), "phrases embedded")
    return np.concatenate(chunks)
