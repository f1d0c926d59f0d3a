"""The rows that no subset may contain: drawn when a corpus is made, kept when it grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.fingerprint import held_out_by_itself, holdout, holdout_share
from core.corpus.store import Corpus
from core.row_positions import places_of


@dataclass(frozen=True, kw_only=True)
class Holdout:
    """The rows that no subset may contain: a share of the corpus, at most ``limit``; 0 for none."""

    fraction: float = 0.02
    limit: int = 2000
    seed: int = 0


def drawn(ids: NDArray[np.uint64], asked: Holdout) -> NDArray[np.bool_]:
    """(rows,) which rows of a corpus that is made now are held out."""
    return holdout(ids, fraction=asked.fraction, limit=asked.limit, seed=asked.seed)


def drawn_beside(onto: Corpus, ids: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """(rows,) which of ``ids`` are held out: the rows of ``onto`` as there, each other row as it is drawn by itself."""
    asked = onto.artefact.manifest.get("holdout") or {}
    held_out = held_out_by_itself(ids, share=share_held_out(onto), seed=int(asked.get("seed", 0)))
    places = places_of(ids, among=onto.ids)
    held_out[places >= 0] = onto.holdout[places[places >= 0]]
    return held_out


def share_held_out(corpus: Corpus) -> float:
    """The share of its first version's rows that a corpus holds out, 0 to 1: rows that are added are drawn by it."""
    manifest = corpus.artefact.manifest
    if "holdout_share" in manifest:
        return float(manifest["holdout_share"])
    asked = manifest.get("holdout")
    if not asked:
        return float(corpus.holdout.mean()) if len(corpus) else 0.0
    return holdout_share(len(corpus), fraction=float(asked["fraction"]), limit=int(asked["limit"]))
