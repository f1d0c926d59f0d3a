"""The rows of files that may be added to a corpus, read beside it and stored nowhere: what is new, what is a copy."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.corpus.formats.mapped import FieldMapping
from core.corpus.holdout import Holdout, drawn_beside
from core.corpus.ingest import ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.corpus.store import Corpus
from core.curation.append import reading_beside
from core.curation.near_copies.minhash import similar_texts
from core.curation.near_copies.settings import RUNGS
from core.curation.normalised import normalised
from core.progress import Progress, silent
from core.row_positions import places_of
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class ShardCounts:
    """How many rows files hold, and of them are copies.

    ``read`` counts the rows read; of them ``again`` have the content of a row of the corpus and ``inside`` that of
    another row of the files; ``new`` rows are left. Of the new rows, ``alike`` differ from a row of the corpus in case,
    punctuation or spaces only, ``other_answer`` have the question of one, so normalised, and another answer, and
    ``near`` are in a group of near-copies with one: runs of five words of the component that agree to 0.8 (Jaccard).
    When the files are appended, ``held_out`` of them are held out. ``rejected`` records hold no row.
    """

    read: int
    new: int
    again: int
    inside: int
    alike: int
    other_answer: int
    near: int
    held_out: int
    rejected: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Shard:
    """The rows of files in a corpus of their own, which lives as long as they are looked at.

    ``new`` (new rows,) are positions of those that ``beside`` lacks, ``training`` (new rows,) those of them that would
    not be held out.
    """

    corpus: Corpus
    beside: Corpus
    new: NDArray[np.int64]
    training: NDArray[np.bool_]
    counts: ShardCounts


@contextmanager
def shard_beside(
    corpus: Corpus,
    files: Sequence[SourceFile],
    *,
    component: str = "both",
    mapping: FieldMapping | Mapping[str, FieldMapping] | None = None,
    reading: ReadingOptions | None = None,
    progress: Progress = silent,
) -> Iterator[Shard]:
    """Read ``files`` as they would be appended to ``corpus``, into a folder that is gone afterwards.

    Near-copies are those of the ``component``.

    Raises as :func:`core.corpus.ingest.ingest_files`.
    """
    place = corpus.workspace.home / "partial"
    place.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="shard-", dir=place))
    try:
        made = ingest_files(
            Workspace(folder),
            files,
            name="shard",
            mapping=mapping,
            reading=reading_beside(corpus, reading or ReadingOptions()),
            holdout=Holdout(fraction=0),
            progress=progress,
        )
        progress(0, 0, "comparing rows with those of the corpus")
        shard = made.corpus
        there = places_of(shard.ids, among=corpus.ids) >= 0
        new = np.flatnonzero(~there)
        times = shard.column("multiplicity").astype(np.int64)
        held_out = drawn_beside(corpus, shard.ids[new])
        alike, other_answer = _normalised_copies(corpus, shard, new)
        counts = ShardCounts(
            read=int(times.sum()),
            new=len(new),
            again=int(times[there].sum()),
            inside=int((times[new] - 1).sum()),
            alike=alike,
            other_answer=other_answer,
            near=_near_copies(corpus.text(component), [shard.text(component)[row] for row in new.tolist()], progress),
            held_out=int(held_out.sum()),
            rejected=len(made.rejected),
        )
        yield Shard(corpus=shard, beside=corpus, new=new, training=~held_out, counts=counts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _normalised_copies(corpus: Corpus, shard: Corpus, new: NDArray[np.int64]) -> tuple[int, int]:
    """How many new rows are a row of the corpus once normalised, and how many have the question of one only."""
    asked = set(map(normalised, corpus.text("instruction")))
    questions = [normalised(shard.text("instruction")[row]) for row in new.tolist()]
    shared = [(row, question) for row, question in zip(new.tolist(), questions, strict=True) if question in asked]
    if not shared:
        return 0, 0
    wanted = {question for _, question in shared}
    pairs = {
        (question, normalised(answer))
        for text, answer in zip(corpus.text("instruction"), corpus.text("response"), strict=True)
        if (question := normalised(text)) in wanted
    }
    alike = sum((question, normalised(shard.text("response")[row])) in pairs for row, question in shared)
    return alike, len(shared) - alike


def _near_copies(known: Sequence[str], texts: Sequence[str], progress: Progress) -> int:
    """How many of ``texts`` are in a group of near-copies with one of the ``known``."""
    least = RUNGS["minhash"].usual
    groups = similar_texts([*known, *texts], least=least, progress=progress).groups(least)
    own = groups[len(known) :]
    return int(((own >= 0) & (own < len(known))).sum())
