"""The job that gives rows the vectors of a causal model: gradients of their loss, or weighted hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus, open_corpus
from core.errors import InputError
from core.features.gradients.checkpoints import joined_vectors, rate_shares, variance_of_gradients
from core.features.gradients.of_examples import EXAMPLES
from core.features.gradients.settings import VectorSettings, vectors_name
from core.features.gradients.store import GRADIENT_COMPONENT, compute_vectors
from core.features.models.columns import keep_score
from core.features.models.files import ModelFiles, fetch_model
from core.progress import Progress, part_of
from core.workspace.artefacts import Artefact, Workspace


def vectors_request(
    corpus: str,
    *,
    model: str,
    kind: str = "adapters",
    component: str = GRADIENT_COMPONENT,
    dimensions: int = 1_024,
    rank: int = 8,
    seed: int = 0,
    max_tokens: int = 1_024,
    precision: str = "auto",
    adam: bool = False,
    checkpoints: Sequence[str] = (),
    rates: Sequence[float] = (),
) -> dict[str, Any]:
    """The request of :func:`make_vectors`, the same wherever it is asked, so that equal ones are one job."""
    settings = VectorSettings(
        kind=kind, dimensions=dimensions, rank=rank, seed=seed, max_tokens=max_tokens, precision=precision, adam=adam
    )
    return {
        "corpus": corpus,
        "component": component,
        "model": model,
        **settings.as_dict(),
        "checkpoints": list(checkpoints),
        "rates": list(rates),
    }


def make_vectors(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Give rows a model's vectors: {"corpus", "component", "model", "checkpoints", "rates", … of VectorSettings}.

    They become an embedder, whose name the result gives. Gradients leave their squared length as a column; with
    ``checkpoints``, further models of the same kind, the vectors of all are joined, weighted by ``rates``, and their
    variance is a column too. With "adam" gradients become Adam's steps, and the result names the vectors by which
    examples are compared with them.
    """
    corpus = open_corpus(workspace, request["corpus"])
    settings = VectorSettings.of(request)
    text = CorpusText(corpus, str(request.get("component") or GRADIENT_COMPONENT))
    models = [str(request["model"]), *map(str, request.get("checkpoints") or ())]
    if len(models) > 1 and not settings.of_gradients:
        raise InputError("Hidden states are of one model.", remedy="Leave the checkpoints out.")
    shares = rate_shares([float(rate) for rate in request.get("rates") or ()], checkpoints=len(models))
    files = [fetch_model(model) for model in models]
    parts = [
        compute_vectors(text, found, settings, progress=part_of(progress, done=place, total=len(files)))
        for place, found in enumerate(files)
    ]
    columns: dict[str, str] = {}
    if settings.of_gradients:
        for found, part in zip(files, parts, strict=True):
            columns |= _lengths(corpus, found, settings, part)
    made = parts[0]
    if len(parts) > 1:
        made = joined_vectors(text, parts, shares)
        columns["vog"] = keep_score(
            corpus,
            variance_of_gradients(parts),
            name=f"vog@{files[0].short}",
            title="Variance of gradients over checkpoints",
            formula=f"Σ over dimensions of Var over {len(parts)} checkpoints of the projected gradient "
            f"({settings.kind})",
            source="VoG (arXiv 2008.11600), from recollection; gradients of the weights instead of the input's, ours",
            meaning="High: what the row would change kept changing (hard, or wrong). Low: settled early.",
            settings={"models": [found.identity for found in files], **settings.as_dict()},
        )
    return {
        "embedder": str(made.manifest["embedder"]["name"]),
        "rows": int(made.manifest["rows"]),
        "dimensions": int(made.manifest["dimensions"]),
        "rows_without": int(made.manifest["rows_without"]),
        "tokens_per_second": float(parts[-1].manifest["tokens_per_second"]),
        "columns": columns,
        "examples": str(made.manifest.get(EXAMPLES, "")),
    }


def _lengths(corpus: Corpus, files: ModelFiles, settings: VectorSettings, part: Artefact) -> dict[str, str]:
    """The squared length of each row's whole gradient, kept as a column."""
    lengths = np.asarray(part.array("norms"), dtype=np.float64)
    if not np.isfinite(lengths).any():
        return {}
    name = f"tracin_self@{files.short}"
    kept = keep_score(
        corpus,
        lengths**2,
        name=name,
        title="Influence of a row on itself (TracIn)",
        formula=f"‖∇ loss(y | x)‖², mean loss of the response's tokens; gradients of the model's {settings.kind}",
        source="TracIn (arXiv 2002.08484), section 3: influence of a row on itself at one checkpoint",
        meaning="High: an odd, hard or wrong row, which the model would have to learn by heart. Low: known already.",
        settings={"model": files.identity, **settings.as_dict()},
    )
    return {f"tracin_self {vectors_name(files, settings)}": kept}
