"""A language model's vectors of rows, for scripts: gradients of their loss, and hidden states."""

from __future__ import annotations

from typing import Any

from core.api.corpora import workspace
from core.corpus.store import Corpus
from core.progress import Progress, silent
from core.workbench.tasks.model_vectors import make_vectors, vectors_request


def model_vectors(
    corpus: Corpus,
    model: str,
    kind: str = "adapters",
    *,
    component: str = "response",
    progress: Progress = silent,
    **settings: Any,
) -> str:
    """Compute a model's vectors of the rows, unless they are stored, and give the name to choose them by.

    ``kind``: "adapters" or "block" (gradients of each response's loss), or "states" (hidden states of ``component``).
    ``settings`` are those of :class:`core.features.gradients.settings.VectorSettings` (dimensions, rank, seed,
    max_tokens, precision, adam), and checkpoints, rates. The name is an embedder: ``api.view(corpus, embedder=name)``.
    Gradients leave ‖g‖² as the column ``tracin_self@MODEL``. A killed call goes on where it was.

    >>> name = api.model_vectors(corpus, small_model, "block", dimensions=64)
    >>> gradients = api.view(corpus, component="response", embedder=name)
    >>> len(api.choose(gradients, "tagcos", size=20).ids), api.measure(gradients, "g_vendi").value > 1
    (20, True)
    """
    request = vectors_request(corpus.id, model=model, kind=kind, component=component, **settings)
    return str(make_vectors(workspace(), request, progress)["embedder"])
