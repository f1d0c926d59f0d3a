"""Near-duplicate rows whose categories disagree: a job finds them and stores the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from core import device
from core.corpus.row_ids import show_id
from core.corpus.store import open_corpus
from core.errors import FeatureMissing
from core.progress import Progress
from core.selection.greedy.conflicts import label_conflicts
from core.view import REMEDIES
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

MOST = 2000  # pairs that are stored, the most similar first
COLUMNS = ("first", "second", "cosine", "first_category", "second_category")


def key_of(request: Mapping[str, Any]) -> str:
    """The key of the list for a request: {"corpus", "choice", "column", "ceiling"}."""
    return digest({"conflicts": 1, **request})


def load(workspace: Workspace, request: Mapping[str, Any]) -> tuple[pd.DataFrame, int] | None:
    """The stored pairs (row ids in hexadecimal) and the number of all pairs, or None before the job ran."""
    stored = values.get(workspace, key_of(request))
    return None if stored is None else (pd.DataFrame(stored["pairs"], columns=list(COLUMNS)), int(stored["total"]))


def find(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task: every row with its nearest row of another category, where their cosine is at least ``ceiling``.

    Raises :class:`FeatureMissing` without embeddings. At most :data:`MOST` pairs are stored, with the number of all.
    """
    corpus_view = CorpusView(
        workspace, open_corpus(workspace, request["corpus"]), FeatureSettings.of(request["choice"])
    )
    if not corpus_view.whole.has("embeddings"):
        raise FeatureMissing("embeddings", remedy=REMEDIES["embeddings"])
    conflicts = label_conflicts(
        corpus_view.whole, request["column"], float(request["ceiling"]), device=device.pick(), progress=progress
    )
    ids = corpus_view.whole.ids
    pairs = [
        [show_id(int(ids[a])), show_id(int(ids[b])), round(float(cosine), 4), row, other]
        for a, b, cosine, row, other in zip(
            conflicts.first[:MOST],
            conflicts.second[:MOST],
            conflicts.cosine[:MOST],
            conflicts.first_category[:MOST],
            conflicts.second_category[:MOST],
        )
    ]
    values.put(workspace, key_of(request), {"pairs": pairs, "total": len(conflicts)})
    return {"pairs": len(conflicts)}
