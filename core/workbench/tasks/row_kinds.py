"""The jobs that count what kind of row each is, and how many tokens a whole row has."""

from __future__ import annotations

from typing import Any

from core.corpus.store import open_corpus
from core.export.row_tokens import count_row_tokens
from core.features.row_kinds import compute_kinds
from core.progress import Progress
from core.workspace.artefacts import Workspace


def kinds(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Count tool calls, thinking and code of each row: {"corpus"}."""
    corpus = open_corpus(workspace, request["corpus"])
    return {"columns": compute_kinds(corpus, progress=progress), "rows": len(corpus)}


def tokens(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Count the tokens of each whole row: {"corpus", "tokenizer"}."""
    corpus = open_corpus(workspace, request["corpus"])
    return {"column": count_row_tokens(corpus, request["tokenizer"], progress=progress), "rows": len(corpus)}
