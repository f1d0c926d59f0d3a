"""Features of rows that another corpus has already: a row's id names its content, so they need not be computed again.

Only features that are computed for each row by itself are taken over: token ids, vectors, model losses, a model's
answers; and, from older versions of a corpus, the vectors and tags that people brought in files. What
depends on the other rows, such as frequencies, clusters and maps, belongs to one corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus, open_corpus
from core.errors import DiverscopeError
from core.row_positions import places_of
from core.workspace.artefacts import Artefact


@dataclass(frozen=True, kw_only=True, eq=False)
class Donor:
    """A corpus whose stored feature holds rows of another: ``rows`` (taken,) are the positions there, ascending, and
    ``places`` (taken,) those of the same rows in the donor."""

    corpus: Corpus
    artefact: Artefact
    rows: NDArray[np.int64]
    places: NDArray[np.int64]


def donors(corpus: Corpus, key_of: Callable[[str], str], *, among: Collection[str] | None = None) -> list[Donor]:
    """The corpora of the workspace that have a feature of rows of ``corpus``; no row is taken from two.

    ``key_of`` gives the feature's key in the corpus with an id. The corpus that shares the most rows gives all of them,
    then the one that shares the most of the others, and so on. ``among`` names the corpora that may give; None: any.
    """
    workspace = corpus.workspace
    shared: list[tuple[Corpus, Artefact, NDArray[np.int64]]] = []
    for other_id in workspace.keys("corpora"):
        key = key_of(other_id)
        if other_id == corpus.id or (among is not None and other_id not in among):
            continue
        if not workspace.has("features", key):
            continue
        try:
            other, artefact = open_corpus(workspace, other_id), workspace.open("features", key)
        except DiverscopeError:  # a newer version's, or damaged
            continue
        if int(artefact.manifest.get("rows", -1)) == len(other):
            shared.append((other, artefact, places_of(corpus.ids, among=other.ids)))
    left = np.ones(len(corpus), dtype=bool)
    given: list[Donor] = []
    while shared:
        counts = [int((left & (places >= 0)).sum()) for _, _, places in shared]
        best = int(np.argmax(counts))
        if not counts[best]:
            break
        other, artefact, places = shared.pop(best)
        rows = np.flatnonzero(left & (places >= 0))
        left[rows] = False
        given.append(Donor(corpus=other, artefact=artefact, rows=rows, places=places[rows]))
    return given


def rows_left(corpus: Corpus, given: list[Donor]) -> NDArray[np.int64]:
    """(rows,) ascending positions in ``corpus`` of the rows that no donor gives."""
    left = np.ones(len(corpus), dtype=bool)
    for donor in given:
        left[donor.rows] = False
    return np.flatnonzero(left)
