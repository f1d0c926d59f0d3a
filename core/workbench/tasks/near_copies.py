"""The job that finds near-copies on one rung of the ladder."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.curation.near_copies.groups import load_groups
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies, pairs_key
from core.progress import Progress
from core.workspace.artefacts import Workspace


def find(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find near-copies: {"corpus", "rung", "component", "embedder": "" for the default, "threshold": 0 for the usual}.

    The pairs serve every threshold; which groups are templates is told at this one. Raises
    :class:`core.errors.FeatureMissing` where the rung reads vectors that are not there.
    """
    corpus = open_corpus(workspace, request["corpus"])
    settings = NearCopies.of(
        {
            "rung": request["rung"],
            "component": request["component"],
            "embedder": request.get("embedder") or "",
            "threshold": request.get("threshold") or 0.0,
        }
    )
    forest = find_copies(corpus, settings, progress=progress)
    load_groups(corpus, settings, progress=progress)
    pairs = forest.edges_from(settings.threshold)
    return {"artefacts": [["features", pairs_key(corpus, settings)]], "copies": pairs, "rows": len(corpus)}
