"""The job that tells the language of every row."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.features.languages.columns import compute_languages
from core.progress import Progress
from core.workspace.artefacts import Workspace


def languages(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tell the languages of the rows: {"corpus"}."""
    corpus = open_corpus(workspace, request["corpus"])
    columns = compute_languages(corpus, progress=progress)
    return {"columns": columns, "rows": len(corpus)}
