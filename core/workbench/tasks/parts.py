"""The parts of the jobs that compute features: each is stored by itself, timed by itself, and done once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import device
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.features.backends import backend_of
from core.features.clusters import Clustering, clusters_key, compute_clusters, load_clusters, resolved
from core.features.embedders import INSTANT, default_embedder, find_embedder
from core.features.embedding import compute_embeddings, embeddings_key
from core.features.instant.table import load_table
from core.features.instant.table import stored as distilled
from core.features.placed_map import compute_placed_map, placed_map_key
from core.features.projection import Projection, compute_layout, layout_key
from core.features.tags.store import compute_decisions, compute_tags
from core.features.tags.tagging import OFFLINE, Tagging, raw_tags_key, tags_key
from core.features.tokens import compute_tokens, tokens_key
from core.jobs import durations, job_names
from core.progress import Progress
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True, eq=False)
class FeaturePart:
    """A part of a job: the ``kind`` of work that its time is remembered under, the key of the feature it stores ("" for
    the distillation of the instant embedder, which no workspace holds), how it is done, and ``note``, the step whose
    own progress tells how long the part still takes ("" where no step does)."""

    kind: str
    key: str
    work: Callable[[Progress], object]
    note: str = ""


def text_of(workspace: Workspace, request: Mapping[str, Any]) -> CorpusText:
    """The component of a corpus that a request names: {"corpus", "component"}."""
    return CorpusText(open_corpus(workspace, request["corpus"]), request["component"])


def token_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Counting the tokens of a component: {"tokenizer"}."""
    tokenizer = request["tokenizer"]
    return [
        FeaturePart(
            kind="tokens",
            key=tokens_key(text.corpus_id, text.component, tokenizer),
            work=lambda progress: compute_tokens(text, tokenizer, progress=progress),
        )
    ]


def embedding_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Embedding a component: {"embedder", "backend"}; vectors of a user's own are there or cannot be made."""
    return vector_parts(text, request.get("embedder") or None, by=backend_in(request))


def backend_in(request: Mapping[str, Any]) -> str:
    """The backend that a request names; "" where it leaves that to the machine (``DIVERSCOPE_BACKEND``)."""
    return str(request.get("backend") or "")


def vector_parts(
    text: CorpusText, embedder: str | None, *, max_tokens: int | None = None, precision: str = "auto", by: str = ""
) -> list[FeaturePart]:
    """Embedding a component, ``by`` a backend, and distilling the instant embedder first where this machine has not
    done that yet. Who computes is no part of the key: vectors agree within the tolerance."""

    def embed(progress: Progress) -> object:
        with backend_of(by):
            return compute_embeddings(
                text, named, progress=progress, device=device.pick(), max_tokens=max_tokens, precision=precision
            )

    named = embedder or default_embedder()
    key = embeddings_key(text.corpus_id, text.component, named, max_tokens=max_tokens, precision=precision)
    embedded = FeaturePart(
        kind=f"embed/{named}",
        key=key,
        work=embed,
        note="rows embedded",
    )
    found = find_embedder(named)
    if found.name != INSTANT or text.workspace.has("features", key) or distilled(found):
        return [embedded]
    distilling = FeaturePart(
        kind="distil", key="", work=lambda progress: load_table(found, progress=progress), note="tokens distilled"
    )
    return [distilling, embedded]


def cluster_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Clustering a component: the settings of :class:`Clustering`, "map" for the map where no partition needs it, and
    "backend" for who embeds.

    Only HDBSCAN reads a projection, and only then the map, which shares its neighbours, is made without being asked
    for; a column needs no vectors.
    """
    settings = Clustering.of(request)
    projected = settings.partition == "hdbscan"
    mapped = projected or bool(request.get("map"))
    by = "/landmarks" if settings.landmarks else ""
    parts: list[FeaturePart] = []
    if settings.partition != "column" or mapped:
        parts += vector_parts(
            text,
            settings.embedder,
            max_tokens=settings.max_tokens,
            precision=settings.precision,
            by=backend_in(request),
        )
    if projected:
        parts.append(layout_part(text, settings, dimensions=settings.components, kind=f"projection{by}"))
    parts.append(
        FeaturePart(
            kind=f"partition/{settings.partition}",
            key=clusters_key(text.corpus_id, text.component, resolved(text.corpus, settings)),
            work=lambda progress: compute_clusters(text, settings, progress=progress, device=device.pick()),
        )
    )
    if mapped:
        parts.append(layout_part(text, settings, dimensions=2, kind=f"map{by}"))
    return parts


def layout_part(text: CorpusText, settings: Clustering, *, dimensions: int, kind: str) -> FeaturePart:
    """Projecting a component's vectors to ``dimensions``."""
    return FeaturePart(
        kind=kind,
        key=layout_key(text.corpus_id, text.component, settings, dimensions=dimensions),
        work=lambda progress: compute_layout(
            text, settings, dimensions=dimensions, progress=progress, device=device.pick()
        ),
        note=f"epochs of the {dimensions}-D layout",
    )


def placed_map_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Placing the new rows of a version on an older one's map, and embedding them first: the settings of a map, and
    "backend" for who embeds."""
    settings = Projection.of(request)
    embedded = vector_parts(
        text,
        settings.embedder,
        max_tokens=settings.max_tokens,
        precision=settings.precision,
        by=backend_in(request),
    )
    mapped = FeaturePart(
        kind="placed-map",
        key=placed_map_key(text.corpus_id, text.component, settings),
        work=lambda progress: compute_placed_map(text, settings, progress=progress, device=device.pick()),
        note="rows placed on the map",
    )
    return [*embedded, mapped]


def keyword_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Finding keywords for stored clusters: the settings of :class:`Clustering`; none where there are no clusters."""
    from core.features.keywords import compute_keywords, keywords_key

    clusters = load_clusters(text, Clustering.of(request))
    if clusters is None:
        return []
    return [
        FeaturePart(
            kind="keywords",
            key=keywords_key(clusters),
            work=lambda progress: compute_keywords(text, clusters, progress=progress),
        )
    ]


def offline_tag_parts(text: CorpusText, request: Mapping[str, Any]) -> list[FeaturePart]:
    """Tagging a component without a language model: the settings of :class:`Tagging`.

    Keyphrases are compared with the rows' vectors, phrases are not; in both, tags are merged by their own vectors. The
    tags of an endpoint or a file have no parts, because nobody knows their pace.
    """
    tagging = Tagging.of(request)
    if tagging.tagger not in OFFLINE:
        return []
    embedder = tagging.embedder or default_embedder()
    by_vectors = tagging.tagger == "keyphrases"
    raw = FeaturePart(
        kind=f"tags/{tagging.tagger}{f'/{embedder}' if by_vectors else ''}",
        key=raw_tags_key(text.corpus_id, text.component, tagging),
        work=lambda progress: compute_tags(text, tagging, progress=progress, device=device.pick()),
    )
    merged = FeaturePart(
        kind=f"tags/merged/{embedder}",
        key=tags_key(text.corpus_id, text.component, tagging),
        work=lambda progress: compute_decisions(text, tagging, progress=progress, device=device.pick()),
    )
    return [*(vector_parts(text, tagging.embedder) if by_vectors else []), raw, merged]


# The jobs that are done part by part.
PARTS: dict[str, Callable[[CorpusText, Mapping[str, Any]], list[FeaturePart]]] = {
    job_names.TOKENS: token_parts,
    job_names.EMBED: embedding_parts,
    job_names.CLUSTER: cluster_parts,
    job_names.PLACED_MAP: placed_map_parts,
    job_names.KEYWORDS: keyword_parts,
    job_names.TAGS: offline_tag_parts,
}


def carry_out(text: CorpusText, parts: Sequence[FeaturePart], progress: Progress) -> None:
    """Do the parts one after another, and remember how long each took.

    A part that is stored already, or that an earlier run of the job had begun, is not timed: it took less than a whole
    one. Rows that were taken over from another corpus took no time.
    """
    for part in parts:
        begun = bool(part.key) and (text.workspace.home / "partial" / part.key).exists()
        stored = begun or is_stored(text.workspace, part)
        started = time.monotonic()
        part.work(progress)
        if not stored:
            rows = len(text.corpus) - _taken_over(text.workspace, part)
            durations.record(text.workspace, part.kind, rows=rows, seconds=time.monotonic() - started)


def _taken_over(workspace: Workspace, part: FeaturePart) -> int:
    """How many rows of a part that is done were taken over from another corpus."""
    done = is_stored(workspace, part)
    return int(workspace.open("features", part.key).manifest.get("rows_taken_over", 0)) if done else 0


def is_stored(workspace: Workspace, part: FeaturePart) -> bool:
    """Whether a part is done."""
    return bool(part.key) and workspace.has("features", part.key)


def artefacts(parts: Sequence[FeaturePart], *, of: tuple[str, ...]) -> list[list[str]]:
    """What a job lists as its result: the features of the parts whose kind begins with one of the words in ``of``."""
    return [["features", part.key] for part in parts if part.kind.startswith(of)]
