"""The request of each feature's job for one choice of settings, and the same work done here and now."""

from __future__ import annotations

from typing import Any

from core.errors import InputError, quoted
from core.features.backends import backend_of
from core.jobs import job_names
from core.jobs.task import resolve
from core.progress import Progress, silent
from core.workbench.corpus_view import CorpusView


def feature_requests(view: CorpusView) -> dict[str, tuple[str, dict[str, Any]]]:
    """Feature → (name of its job, its request) for the view's corpus, component and settings."""
    settings = view.choice
    about = {"corpus": view.corpus.id, "component": settings.component}
    return {
        "tokens": (job_names.TOKENS, {**about, "tokenizer": settings.tokenizer}),
        "embeddings": (job_names.EMBED, {**about, "embedder": settings.embedder}),
        "clusters": (job_names.CLUSTER, {**about, **settings.clustering.request()}),
        "tags": (job_names.TAGS, {**about, **settings.tagging.request()}),
    }


def compute_feature(view: CorpusView, feature: str, *, by: str = "", progress: Progress = silent) -> None:
    """Compute ``feature`` of the view's component in this process; work is stored and resumed.

    ``by`` names who runs an embedder (:func:`core.features.backends.backend`). Raises :class:`InputError` for a feature
    that there is not.
    """
    requests = feature_requests(view)
    if feature not in requests:
        raise InputError(f"There is no feature {quoted(feature)}.", remedy=f"There are: {', '.join(requests)}.")
    name, request = requests[feature]
    with backend_of(by):
        resolve(name)(view.workspace, request, progress)
