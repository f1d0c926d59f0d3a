"""What the tagging job runs."""

from __future__ import annotations

from typing import Any

from core import device
from core.corpus.store import open_corpus
from core.features.tags.answers import Models
from core.features.tags.client import Endpoint
from core.features.tags.store import compute_decisions, compute_tags
from core.features.tags.tagging import Tagging, raw_tags_key, tags_key
from core.progress import Progress
from core.workspace.artefacts import Workspace


def tag(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tag a component and merge its tags.

    The request holds "corpus", "component", the settings of Tagging and, for an endpoint, "url", "check_url" ("" for
    the same) and "concurrency". Keys come from the environment, never from a request.
    """
    corpus = open_corpus(workspace, request["corpus"])
    component, tagging = request["component"], Tagging.of(request)
    raw = compute_tags(
        workspace,
        corpus,
        component,
        tagging,
        models=models_of(request) if tagging.tagger == "endpoint" else None,
        concurrency=int(request.get("concurrency", 8)),
        progress=progress,
        device=device.pick(),
    )
    compute_decisions(workspace, corpus, component, tagging, progress=progress, device=device.pick())
    made = [raw_tags_key(corpus.id, component, tagging), tags_key(corpus.id, component, tagging)]
    return {
        "artefacts": [["features", key] for key in made],
        "rows": len(raw.indptr) - 1,
        "distinct_tags": len(raw.names),
        "failed_texts": len(raw.failures),
    }


def models_of(request: dict[str, Any]) -> Models:
    """The models and endpoints that a request names. Raises :class:`core.errors.InputError` for a bad address."""
    check_url = request.get("check_url") or ""
    return Models(
        endpoint=Endpoint(url=request.get("url") or ""),
        model=request["model"],
        check_model=request.get("check_model") or "",
        check_endpoint=Endpoint(url=check_url) if check_url else None,
    )
