"""The stored pairs of each rung: found once for a corpus and a component, read by every threshold."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.corpus.store import Corpus
from core.curation.near_copies.by_shards import similar_rows
from core.curation.near_copies.cosine import cosine, embedder_of, vectors_key
from core.curation.near_copies.equal_texts import equal_texts
from core.curation.near_copies.forest import CopyForest
from core.curation.near_copies.minhash import similar_texts
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.errors import FeatureMissing
from core.progress import Progress, silent
from core.shards.engine import engine
from core.workspace.digests import digest

VERSION = 1
AT_ONCE = 100_000  # rows up to which equal texts are compared without a job: a few seconds


def minhash(corpus: Corpus, settings: NearCopies, home: Path, progress: Progress) -> CopyForest:
    """The pairs of a component whose Jaccard similarity reaches the rung's floor, as :func:`similar_texts` finds them;
    those of a large corpus by shards (:func:`core.shards.engine.engine`), the same to the bit."""
    least, chosen = RUNGS["minhash"].least, engine()
    if not chosen.takes(len(corpus)):
        return similar_texts(corpus.text(settings.component), least=least, progress=progress)
    return similar_rows(corpus, settings.component, least=least, home=home, engine=chosen, progress=progress)


FINDERS: Mapping[str, Callable[[Corpus, NearCopies, Path, Progress], CopyForest]] = {
    "exact": equal_texts,
    "normalised": equal_texts,
    "same_instruction": equal_texts,
    "minhash": minhash,
    "cosine": cosine,
}


def pairs_key(corpus: Corpus, settings: NearCopies) -> str:
    """The artefact's key: the corpus, the rung, and what the rung reads; neither threshold nor which rows stay."""
    named: list[Any] = ["near-copies", VERSION, corpus.id, settings.rung]
    if RUNGS[settings.rung].of_component:
        named.append(settings.component)
    if settings.rung == "cosine":
        named.append(vectors_key(corpus, settings))
    return digest(named)


def are_found(corpus: Corpus, settings: NearCopies) -> bool:
    """Whether the pairs of the rung are stored, or take moments to find."""
    return _quick(corpus, settings) or corpus.workspace.has("features", pairs_key(corpus, settings))


def load_copies(corpus: Corpus, settings: NearCopies) -> CopyForest:
    """The pairs of the rung; those that take moments are found now.

    Raises :class:`FeatureMissing` where they take longer and are not stored.
    """
    key = pairs_key(corpus, settings)
    if not corpus.workspace.has("features", key):
        if not _quick(corpus, settings):
            of = f" --component {settings.component}" if RUNGS[settings.rung].of_component else ""
            of += f" --embedder {embedder_of(settings)}" if settings.rung == "cosine" else ""
            command = f"python -m core near-copies CORPUS --rung {settings.rung}{of}"
            raise FeatureMissing(
                "near-copies", remedy=f"Open Near-copies on the Corpus page and press Find, or run: {command}"
            )
        return find_copies(corpus, settings)
    stored = corpus.workspace.open("features", key)
    return CopyForest(stored.array("first"), stored.array("second"), stored.array("similarity"), len(corpus))


def find_copies(corpus: Corpus, settings: NearCopies, *, progress: Progress = silent) -> CopyForest:
    """The pairs of the rung, from the workspace or found now and stored."""
    key = pairs_key(corpus, settings)
    if corpus.workspace.has("features", key):
        return load_copies(corpus, settings)
    started = time.time()
    home = corpus.workspace.home / "partial" / key
    forest = FINDERS[settings.rung](corpus, settings, home, progress)
    manifest = {
        "feature": "near-copies",
        "version": VERSION,
        "corpus": corpus.id,
        "rung": settings.rung,
        "component": settings.component if RUNGS[settings.rung].of_component else "instruction",
        "rows": len(corpus),
        "pairs": len(forest.first),
        "seconds": round(time.time() - started, 3),
    }
    with corpus.workspace.create("features", key, manifest) as folder:
        for name in ("first", "second", "similarity"):
            np.save(folder / f"{name}.npy", getattr(forest, name))
    shutil.rmtree(home, ignore_errors=True)
    return forest


def _quick(corpus: Corpus, settings: NearCopies) -> bool:
    return FINDERS[settings.rung] is equal_texts and len(corpus) <= AT_ONCE
