"""The job that gives every row scores that need no model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.errors import InputError, quoted
from core.features.embedders import default_embedder
from core.features.models.columns import keep_score
from core.progress import Progress
from core.workbench.row_scores.registry import FIRST, row_score
from core.workspace.artefacts import Workspace


def row_scores_request(
    corpus: str, component: str, *, what: Sequence[str] = FIRST, column: str = "", embedder: str = ""
) -> dict[str, Any]:
    """The request of :func:`score_rows`, the same wherever it is asked, so that equal ones are one job."""
    return {"corpus": corpus, "component": component, "what": list(what), "column": column, "embedder": embedder}


def score_rows(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Score rows: {"corpus", "component", "what": [names], "column": of labels or "", "embedder": "" for the default}.

    Each score becomes a column, ``NAME@COMPONENT``. Raises :class:`InputError` for an unknown name or column, and
    :class:`core.errors.FeatureMissing` where embeddings are not there.
    """
    corpus = open_corpus(workspace, request["corpus"])
    text = CorpusText(corpus, request["component"])
    chosen = [row_score(str(name)) for name in request["what"]]
    if not chosen:
        raise InputError("No score is chosen.")
    column = str(request.get("column") or "")
    if column and column not in corpus.columns:
        raise InputError(f"The corpus has no column {quoted(column)}.")
    embedder = str(request.get("embedder") or "") or default_embedder()
    kept = {}
    for score in chosen:
        values = score.of(text, corpus.column(column) if column else None, embedder, progress)
        about = {"label": {"column": column}, "embeddings": {"embedder": embedder}}.get(score.reads, {})
        kept[score.name] = keep_score(
            corpus,
            values,
            name=f"{score.name}@{text.component}",
            title=score.title,
            formula=score.formula,
            source=score.source,
            meaning=score.meaning,
            settings={"score": score.name, "component": text.component, **about},
        )
    return {"columns": kept, "rows": len(corpus)}
