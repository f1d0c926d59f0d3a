"""The quick rungs: rows whose texts are equal, as they are or normalised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.forest import CopyForest, forest_of_equals
from core.curation.near_copies.settings import NearCopies
from core.curation.normalised import normalised
from core.progress import Progress
from core.shards import registry
from core.shards.engine import engine
from core.shards.run import run_shards
from core.shards.shard import shards_of
from core.shards.work import ShardWork

STEP = 4_096  # rows between two reports
NAME_BYTES = 16  # of a text's name: two of a billion texts share one with a chance of 1e-21


def equal_texts(corpus: Corpus, settings: NearCopies, home: Path, progress: Progress) -> CopyForest:
    """The copies of one of the rungs "exact", "normalised", "same_instruction"; a row without any word has none.

    Those of a large corpus by shards (:func:`core.shards.engine.engine`), whose artefacts lie under ``home``: a shard
    names its texts by hashes of 16 bytes, and equal names are equal texts. The result is the same to the bit.
    """
    component = "instruction" if settings.rung == "same_instruction" else settings.component
    chosen = engine()
    if not chosen.takes(len(corpus)):
        keys = _numbered(corpus.text(component), _same(settings.rung), progress)
        return forest_of_equals(keys, rows=len(corpus))
    folders = run_shards(
        registry.NAME_TEXTS,
        shards_of(corpus, most_rows=chosen.most_rows, count=chosen.shards),
        {"component": component, "rung": settings.rung},
        home=home,
        engine=chosen,
        progress=progress,
        note="rows compared by their text",
    )
    names = np.concatenate([np.load(folder / "names.npy", allow_pickle=False) for folder in folders])
    worded = np.concatenate([np.load(folder / "worded.npy", allow_pickle=False) for folder in folders])
    order = np.lexsort((names[:, 1], names[:, 0]))
    new = np.concatenate(([False], (np.diff(names[order], axis=0) != 0).any(axis=1)))[: len(order)]
    keys = np.empty(len(order), dtype=np.int64)
    keys[order] = np.cumsum(new)
    return forest_of_equals(np.where(worded, keys, -1), rows=len(corpus))


def name_texts(work: ShardWork) -> None:
    """Name a shard's texts by their content; settings: component, rung.

    Writes names (rows, 2) uint64, a hash of each text as the rung compares it, and worded (rows,), whether there is
    anything in it.
    """
    same = _same(str(work.settings["rung"]))
    texts = work.shard.texts(str(work.settings["component"]))
    names = np.empty((len(texts), 2), dtype=np.uint64)
    worded = np.empty(len(texts), dtype=np.bool_)
    for row, text in enumerate(texts):
        key = same(text)
        named = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=NAME_BYTES)
        names[row] = np.frombuffer(named.digest(), dtype="<u8")
        worded[row] = bool(key.strip())
        if row % STEP == 0:
            work.progress(row, len(texts))
    work.save("names", names)
    work.save("worded", worded)


def _same(rung: str) -> Callable[[str], str]:
    """What of a text the rung compares."""
    return str if rung == "exact" else normalised


def _numbered(texts: Sequence[str], same: Callable[[str], str], progress: Progress) -> NDArray[np.int64]:
    """(rows,) a number for each distinct text, −1 for one without anything in it."""
    numbers: dict[str, int] = {}
    keys = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        key = same(text)
        keys[row] = numbers.setdefault(key, len(numbers)) if key.strip() else -1
        if row % STEP == 0:
            progress(row, len(texts), "rows compared by their text")
    return keys
