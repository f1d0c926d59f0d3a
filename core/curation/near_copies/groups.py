"""The groups of copies at a threshold, and which of them are templates; the largest first, to be looked at."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.curation.near_copies.settings import RUNGS, NearCopies
from core.curation.near_copies.store import AT_ONCE, load_copies, pairs_key
from core.curation.near_copies.template import LEAST_ROWS, places_read, template_of
from core.progress import Progress, silent
from core.row_positions import CorpusRows
from core.view import texts_at
from core.workspace.digests import digest

VERSION = 2  # of how templates are told
STEP = 256  # groups between two reports


@dataclass(frozen=True, eq=False)
class CopyGroups:
    """``of_row`` (rows,) int64: the smallest position of the row's group, −1 for a row without a copy; ``templates``
    (groups,) the names of the groups that are templates, ascending."""

    of_row: NDArray[np.int64]
    templates: NDArray[np.int64]

    @property
    def copies(self) -> NDArray[np.int64]:
        """(rows,) as ``of_row``, with −1 also for rows of templates."""
        return np.where(np.isin(self.of_row, self.templates), -1, self.of_row)

    def rows_of(self, name: int) -> CorpusRows:
        """The rows of a group, ascending."""
        return CorpusRows(np.flatnonzero(self.of_row == name).astype(np.int64))


def load_groups(corpus: Corpus, settings: NearCopies, *, progress: Progress = silent) -> CopyGroups:
    """The groups at the threshold of the settings; which of them are templates is told once and stored.

    Only rungs with a threshold have templates: rows with the same words are copies. Raises
    :class:`core.errors.FeatureMissing` where the pairs of the rung are not found yet.
    """
    of_row = load_copies(corpus, settings).groups(settings.threshold)
    if not RUNGS[settings.rung].measure:
        return CopyGroups(of_row, np.empty(0, dtype=np.int64))
    key = _key(corpus, settings)
    if not corpus.workspace.has("features", key):
        started = time.time()
        names = np.array(list(_templates(corpus.text(settings.component), of_row, progress)), dtype=np.int64)
        manifest = {
            "feature": "near-copy templates",
            "version": VERSION,
            "corpus": corpus.id,
            "rung": settings.rung,
            "component": settings.component,
            "threshold": settings.threshold,
            "templates": len(names),
            "seconds": round(time.time() - started, 3),
        }
        with corpus.workspace.create("features", key, manifest) as folder:
            np.save(folder / "templates.npy", names)
    return CopyGroups(of_row, np.asarray(corpus.workspace.open("features", key).array("templates")))


def groups_are_told(corpus: Corpus, settings: NearCopies) -> bool:
    """Whether it is stored which groups are templates, or takes moments to tell; the pairs have to be found."""
    quick = not RUNGS[settings.rung].measure or len(corpus) <= AT_ONCE
    return quick or corpus.workspace.has("features", _key(corpus, settings))


def _key(corpus: Corpus, settings: NearCopies) -> str:
    return digest(["near-copy templates", VERSION, pairs_key(corpus, settings), float(np.float32(settings.threshold))])


def _templates(texts: Sequence[str], of_row: NDArray[np.int64], progress: Progress) -> Iterator[int]:
    """The names of the groups that are templates, ascending."""
    rows = np.flatnonzero(of_row >= 0)
    rows = rows[np.argsort(of_row[rows], kind="stable")]
    names, starts = np.unique(of_row[rows], return_index=True)
    large = np.flatnonzero(np.diff(starts, append=len(rows)) >= LEAST_ROWS)
    ends = np.append(starts, len(rows))
    for first in range(0, len(large), STEP):
        progress(first, len(large), "groups read for templates")
        some = large[first : first + STEP].tolist()
        groups = [rows[ends[place] + places_read(ends[place + 1] - ends[place])] for place in some]
        in_turn = iter(texts_at(texts, np.concatenate(groups)))
        for place, group in zip(some, groups, strict=True):
            if template_of(list(islice(in_turn, len(group)))) is not None:
                yield int(names[place])
