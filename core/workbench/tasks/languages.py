"""The jobs that tell the language of every row, and that count words, phrases and templates of each language."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.features.languages.columns import compute_languages
from core.features.languages.language_words import compute_language_words
from core.progress import Progress
from core.workspace.artefacts import Workspace


def languages(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tell the languages of the rows: {"corpus"}."""
    corpus = open_corpus(workspace, request["corpus"])
    columns = compute_languages(corpus, progress=progress)
    return {"columns": columns, "rows": len(corpus)}


def words(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Count the words, phrases and templates of each language: {"corpus", "component"}."""
    corpus = open_corpus(workspace, request["corpus"])
    counted = compute_language_words(corpus, request["component"], progress=progress)
    return {"languages": len(counted), "rows": len(corpus)}
