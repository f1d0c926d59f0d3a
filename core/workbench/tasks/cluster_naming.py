"""The job that has a model behind an endpoint name clusters, and what it asks about each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.corpus.corpus_text import CorpusText
from core.endpoint.client import Endpoint
from core.errors import FeatureMissing, InputError
from core.features.cluster_names import ClusterSample, samples_of
from core.features.cluster_naming import ask_names
from core.features.clusters import Clustering, Clusters, load_clusters
from core.features.keywords import Keyword, load_keywords
from core.progress import Progress
from core.view import REMEDIES
from core.workbench.tasks.parts import carry_out, keyword_parts, text_of
from core.workspace.artefacts import Workspace


def name_clusters(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Have a model name stored clusters; what it named before is not asked again.

    The request holds "corpus", "component", the settings of Clustering, "only" (the numbers of the clusters; without
    any, all), "model", "url" and "concurrency". Keys come from the environment, never from a request. The names are
    kept; whoever asked for them makes them a column.
    """
    if not request.get("model"):
        raise InputError("No model is named.", remedy="Give the name under which the endpoint serves it.")
    text = text_of(workspace, request)
    clusters = load_clusters(text, Clustering.of(request))
    if clusters is None:
        raise FeatureMissing("clusters", remedy=REMEDIES["clusters"])
    carry_out(text, keyword_parts(text, request), progress)
    answers = ask_names(
        workspace,
        naming_samples(text, clusters, load_keywords(workspace, clusters), only=request.get("only")),
        endpoint=Endpoint(url=request.get("url") or ""),
        model=request["model"],
        concurrency=int(request.get("concurrency", 8)),
        progress=progress,
    )
    return {
        "named": sum(not answer.failed for answer in answers),
        "failed": sum(bool(answer.failed) for answer in answers),
        "prompt_tokens": sum(answer.prompt_tokens for answer in answers),
        "completion_tokens": sum(answer.completion_tokens for answer in answers),
    }


def naming_samples(
    text: CorpusText,
    clusters: Clusters,
    words: Sequence[Sequence[Keyword]] | None,
    *,
    only: Sequence[int] | None = None,
) -> list[ClusterSample]:
    """What a model is shown of each cluster, or of those in ``only``. Raises :class:`InputError` for an unknown one."""
    wanted = chosen_clusters(clusters, only)
    keywords = [[word.word for word in row] for row in words or []]
    return samples_of(clusters.labels, wanted, text.texts, keywords)


def chosen_clusters(clusters: Clusters, only: Sequence[int] | None) -> list[int]:
    """The numbers in ``only``, all clusters without any. Raises :class:`InputError` for one that is no cluster."""
    count = len(clusters.sizes)
    for number in only or ():
        if not 0 <= number < count:
            raise InputError(f"There is no cluster {number}.", remedy=f"They are numbered from 0 to {count - 1}.")
    return list(only) if only else list(range(count))
