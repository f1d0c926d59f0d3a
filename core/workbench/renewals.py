"""What an older version of a corpus has that a newer one lacks: computed features, and what computes them anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.component_words import component_phrase
from core.corpus.store import Corpus
from core.corpus.versions import older_versions
from core.errors import DiverscopeError
from core.features.clusters import PARTITIONS, Clustering, clusters_key, resolved
from core.features.embedders import MODEL, OWN, embedder_title
from core.features.embedding import embeddings_key
from core.features.languages.columns import language_columns
from core.features.models.columns import score_columns
from core.features.models.files import find_model
from core.features.models.scores import ROLES, SCORES, score_named
from core.features.placed_map import placed_map_key
from core.features.projection import Projection, layout_key
from core.features.tags.tagging import OFFLINE, TAGGERS, Tagging, tags_key
from core.features.tokens import tokens_key
from core.jobs import job_names
from core.jobs.task import resolve
from core.progress import Progress, silent
from core.workspace.artefacts import Artefact, Workspace
from core.workspace.digests import digest

ORDER = ("tokens", "languages", "embeddings", "map", "clusters", "tags", "scores")
MODEL_SCORES = {score.name for score in SCORES}


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """A feature that an older ``version`` (its id) has and this corpus lacks, and the job that computes it.

    ``task`` is "" where no job does it unasked: tags by an endpoint. ``anew`` says whether all rows take part, or old
    rows are taken over; of vectors and tags from a file new rows then have none.
    """

    feature: str
    title: str
    version: str
    anew: bool
    task: str = ""
    request: Mapping[str, Any] | None = None


def renewals(corpus: Corpus) -> list[Renewal]:
    """The features that the nearest older version with any has and ``corpus`` lacks; none for a first version."""
    workspace = corpus.workspace
    for version in older_versions(workspace, corpus.id):
        stored = [item for item in workspace.list("features") if item.manifest.get("corpus") == version]
        if not workspace.has("corpora", version):
            continue
        lines = [line for item in stored if (line := _renewal(workspace, corpus, version, item)) is not None]
        lines += _languages(corpus, version) + _scores(corpus, version)
        if lines or any(item.manifest.get("feature") in ORDER for item in stored):
            distinct = {line.title: line for line in lines}
            return sorted(distinct.values(), key=lambda line: (ORDER.index(line.feature), line.title))
    return []


def renew(corpus: Corpus, *, progress: Progress = silent) -> list[Renewal]:
    """Compute what :func:`renewals` lists, where a job can; gives what was computed."""
    done = []
    for line in renewals(corpus):
        if line.task:
            resolve(line.task)(corpus.workspace, dict(line.request or {}), progress)
            done.append(line)
    return done


def _renewal(workspace: Workspace, corpus: Corpus, version: str, stored: Artefact) -> Renewal | None:
    manifest = stored.manifest
    feature = {"layout": "map"}.get(str(manifest.get("feature")), str(manifest.get("feature")))
    makers = {"tokens": _tokens, "embeddings": _embeddings, "map": _map, "clusters": _clusters, "tags": _tags}
    maker = makers.get(feature)
    if maker is None:
        return None
    try:
        line, key = maker(corpus, version, manifest, stored.key)
    except (DiverscopeError, KeyError, TypeError, ValueError):  # of a tokenizer, an embedder or a version that is gone
        return None
    return None if line is None or workspace.has("features", key) else line


def _tokens(corpus: Corpus, version: str, manifest: Mapping[str, Any], key: str) -> tuple[Renewal | None, str]:
    component, tokenizer = str(manifest["component"]), str(manifest["tokenizer"])
    line = Renewal(
        feature="tokens",
        title=f"Tokens of {component_phrase(component)} ({tokenizer})",
        version=version,
        anew=False,
        task=job_names.TOKENS,
        request={"corpus": corpus.id, "component": component, "tokenizer": tokenizer},
    )
    return line, tokens_key(corpus.id, component, tokenizer)


def _embeddings(corpus: Corpus, version: str, manifest: Mapping[str, Any], key: str) -> tuple[Renewal | None, str]:
    component, embedder = str(manifest["component"]), str(manifest["embedder"]["name"])
    if embedder.startswith(MODEL):
        return _model_vectors(corpus, version, manifest)
    own = embedder.startswith(OWN)
    if not own and embeddings_key(version, component, embedder) != key:  # with settings that no page sets
        return None, key
    line = Renewal(
        feature="embeddings",
        title=f"Vectors of {component_phrase(component)} ({embedder_title(embedder)})",
        version=version,
        anew=False,
        task=job_names.EMBED,
        request={"corpus": corpus.id, "component": component, "embedder": embedder},
    )
    return line, embeddings_key(corpus.id, component, embedder)


def _model_vectors(corpus: Corpus, version: str, manifest: Mapping[str, Any]) -> tuple[Renewal | None, str]:
    """Vectors of a model, of which the new rows' are computed; those joined from checkpoints are made from others."""
    component, name = str(manifest["component"]), str(manifest["embedder"]["name"])
    made = manifest.get("model_vectors")
    line = Renewal(
        feature="embeddings",
        title=f"Vectors of {component_phrase(component)} ({embedder_title(name)})",
        version=version,
        anew=False,
        task=job_names.MODEL_VECTORS if made else "",
        request={"corpus": corpus.id, "component": component, "model": made["model"]["name"], **made["settings"]}
        if made
        else None,
    )
    return line, embeddings_key(corpus.id, component, name)


def _map(corpus: Corpus, version: str, manifest: Mapping[str, Any], key: str) -> tuple[Renewal | None, str]:
    """The older map with the new rows placed on it, while this version has no map of its own."""
    component, projection = str(manifest["component"]), Projection.of(manifest["settings"])
    own = layout_key(corpus.id, component, projection, dimensions=2)
    if layout_key(version, component, projection, dimensions=2) != key or corpus.workspace.has("features", own):
        return None, key
    line = Renewal(
        feature="map",
        title=f"Map of {component_phrase(component)}, new rows placed on the older one "
        f"({embedder_title(str(manifest['embedder']['name']))})",
        version=version,
        anew=False,
        task=job_names.PLACED_MAP,
        request={"corpus": corpus.id, "component": component, **projection.request()},
    )
    return line, placed_map_key(corpus.id, component, projection)


def _clusters(corpus: Corpus, version: str, manifest: Mapping[str, Any], key: str) -> tuple[Renewal | None, str]:
    component, clustering = str(manifest["component"]), Clustering.of(manifest["settings"])
    by = f"by {clustering.column}" if clustering.partition == "column" else clustering.partition
    sample = ", on a sample" if clustering.landmarks else ""
    if clustering.partition not in PARTITIONS:
        return None, key
    line = Renewal(
        feature="clusters",
        title=f"Clusters and map of {component_phrase(component)} ({by}{sample}, "
        f"{embedder_title(str(manifest['embedder']['name']))})",
        version=version,
        anew=True,
        task=job_names.CLUSTER,
        request={"corpus": corpus.id, "component": component, **clustering.request()},
    )
    return line, clusters_key(corpus.id, component, resolved(corpus, clustering))


def _tags(corpus: Corpus, version: str, manifest: Mapping[str, Any], key: str) -> tuple[Renewal | None, str]:
    component, tagging = str(manifest["component"]), Tagging.of(manifest["settings"])
    if tags_key(version, component, tagging) != key:  # a version of the merges that a person changed
        return None, key
    line = Renewal(
        feature="tags",
        title=f"Tags of {component_phrase(component)} ({TAGGERS[tagging.tagger].split(' (')[0].lower()})",
        version=version,
        anew=tagging.tagger in OFFLINE,
        task="" if tagging.tagger == "endpoint" else job_names.TAGS,
        request={"corpus": corpus.id, "component": component, **tagging.request()},
    )
    return line, tags_key(corpus.id, component, tagging)


def _languages(corpus: Corpus, version: str) -> list[Renewal]:
    from core.corpus.store import open_corpus

    if language_columns(corpus) or not language_columns(open_corpus(corpus.workspace, version)):
        return []
    return [
        Renewal(
            feature="languages",
            title="Languages",
            version=version,
            anew=False,
            task=job_names.LANGUAGES,
            request={"corpus": corpus.id},
        )
    ]


def _scores(corpus: Corpus, version: str) -> list[Renewal]:
    """Scores that a model gave the older version's rows, a line for the models and limits that gave them.

    No job computes them anew where a model is not on this machine, or is another one by now.
    """
    asked: dict[str, tuple[dict[str, Any], bool, list[str]]] = {}
    for kept in score_columns(corpus):
        name = kept.column.partition("@")[0]
        if kept.of_version != version or "models" not in kept.settings or name not in MODEL_SCORES:
            continue
        request = {"max_tokens": kept.settings["max_tokens"], "precision": kept.settings["precision"]}
        models = dict(zip(score_named(name).readings, kept.settings["models"], strict=True))
        request |= {ROLES.get(reading, "model"): model["name"] for reading, model in models.items()}
        here = all(_is_here(model) for model in models.values())
        asked.setdefault(digest([request, here]), (request, here, []))[2].append(name)
    return [
        Renewal(
            feature="scores",
            title=f"{' and '.join(sorted(names))} by {request['model']}",
            version=version,
            anew=False,
            task=job_names.MODEL_SCORES if here else "",
            request={"corpus": corpus.id, "what": sorted(names), **request} if here else None,
        )
        for request, here, names in asked.values()
    ]


def _is_here(model: Mapping[str, Any]) -> bool:
    """Whether the model of a score's note is on this machine, with the same weights."""
    try:
        files = find_model(str(model["name"]))
    except DiverscopeError:
        return False
    return files.folder is not None and files.digest == model["digest"]
