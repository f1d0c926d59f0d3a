"""The job that tags a component."""

from __future__ import annotations

from typing import Any

from core import device
from core.endpoint.client import Endpoint
from core.features.tags.answers import Models
from core.features.tags.store import compute_decisions, compute_tags
from core.features.tags.tagging import Tagging, raw_tags_key, tags_key
from core.progress import Progress
from core.workbench.tasks.parts import carry_out, offline_tag_parts, text_of
from core.workspace.artefacts import Workspace


def tag(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Tag a component and merge its tags.

    The request holds "corpus", "component", the settings of Tagging and, for an endpoint, "url", "check_url" ("" for
    the same address) and "concurrency". Keys come from the environment, never from a request.
    """
    text, tagging = text_of(workspace, request), Tagging.of(request)
    carry_out(text, offline_tag_parts(text, request), progress)
    raw = compute_tags(
        text,
        tagging,
        models=models_of(request) if tagging.tagger == "endpoint" else None,
        concurrency=int(request.get("concurrency", 8)),
        progress=progress,
        device=device.pick(),
    )
    compute_decisions(text, tagging, progress=progress, device=device.pick())
    made = [key_of(text.corpus_id, text.component, tagging) for key_of in (raw_tags_key, tags_key)]
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
