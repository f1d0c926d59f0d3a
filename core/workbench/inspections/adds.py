"""What files would add to a corpus before they are added: copies, types, clusters, novelty, and the gain of metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import device
from core.budgets.sizing import default_size
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile
from core.corpus.store import open_corpus
from core.errors import InputError
from core.features import clusters
from core.features.keywords import load_keywords
from core.features.partition import kmeans_labels
from core.features.tokens import load_tokenizer
from core.metrics.neighbours import nearest
from core.metrics.random_band import RandomBand, random_band
from core.metrics.registry import instant_names, metric
from core.progress import Progress, part_of, silent
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.shard_rows import shard_beside
from core.workbench.inspections.shard_view import ShardFeatures, features_of
from core.workbench.subsets import open_subset
from core.workbench.tasks.loading import files_of, mapping_of
from core.workspace.artefacts import Workspace

DRAWS = 20
COMPARED = 4_000  # rows whose novelty is measured at most, of either side
INSIDE = 0.95  # of a cluster's own rows lie within its spread
EXAMPLES = 12
LISTED = 20  # clusters


@dataclass(frozen=True, kw_only=True)
class NewTypes:
    """What new rows do to the vocabulary: ``unseen`` types that the corpus lacks; ``enter`` and ``leave`` the mid band,
    whose ends are those of the settings; ``carried`` mid-band types of the corpus that the new rows hold, of them
    ``beyond_subset`` that the subset lacks (None without one). ``examples``: the commonest that enter."""

    unseen: int
    enter: int
    leave: int
    mid_before: int
    carried: int
    beyond_subset: int | None
    examples: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterPlaces:
    """Where new rows fall: ``inside`` the spread of their nearest cluster, or ``outside`` of every one.

    A row is outside where it is farther from its nearest centre than 95 % of that cluster's own rows, so that 5 % of
    the corpus's rows are too. ``kind`` names the clusters, ``reached`` is the number of those that new rows fall into,
    ``fallen`` are (cluster, its rows, new rows inside), most
    first, ``far`` the beginnings of the new rows that lie farthest.
    """

    kind: str
    clusters: int
    inside: int
    outside: int
    reached: int
    fallen: tuple[tuple[str, int, int], ...]
    far: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Novelty:
    """The mean cosine distance of new rows to the nearest of ``reference``, beside that of random rows of the corpus.

    ``low`` and ``high`` bound 95 % of the means over as many random rows; ``beyond`` is the share of new rows that are
    farther than 95 % of the random ones.
    """

    reference: str
    mean: float
    random: float
    low: float
    high: float
    beyond: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class MetricGain:
    """An instant metric over random rows of the corpus, and of the corpus with the new rows, at one size.

    Each is (mean, low, high) of its random band; ``alone`` is that of new rows alone and ``beside_alone`` of the
    corpus at the same, smaller size. ``undefined`` says why there is no number.
    """

    name: str
    title: str
    direction: int
    before: tuple[float, float, float] | None
    after: tuple[float, float, float] | None
    alone: tuple[float, float, float] | None
    beside_alone: tuple[float, float, float] | None
    undefined: str = ""

    @property
    def gain(self) -> float | None:
        """By how much the mean over random rows changes."""
        return None if self.before is None or self.after is None else self.after[0] - self.before[0]


@dataclass(frozen=True, kw_only=True)
class Adds:
    """What files would add. ``size`` and ``alone_size`` are the rows of the random subsets; parts are None where no row
    is new."""

    counts: dict[str, int]
    component: str
    embedder: str
    size: int = 0
    alone_size: int = 0
    types: NewTypes | None = None
    places: ClusterPlaces | None = None
    novelty: Novelty | None = None
    metrics: tuple[MetricGain, ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Adds:
        """What a job's result says."""
        known = {name: value for name, value in values.items() if name in cls.__dataclass_fields__}
        for name, kind in (("types", NewTypes), ("places", ClusterPlaces), ("novelty", Novelty)):
            known[name] = kind(**known[name]) if known.get(name) else None
        known["metrics"] = tuple(MetricGain(**gain) for gain in known.get("metrics") or ())
        return cls(**known)


def what_files_add(
    corpus_view: CorpusView,
    files: Sequence[SourceFile],
    *,
    mapping: Any = None,
    reading: ReadingOptions | None = None,
    subset: str = "",
    size: int = 0,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = silent,
) -> Adds:
    """What ``files`` would add to the corpus of ``corpus_view``, on its component and within its pool; nothing is kept.

    ``subset`` is the key of the saved subset against which new rows are novel, "" for the whole corpus. ``size`` is
    the number of rows of the random subsets, 0 for the usual; a larger one shows less of a small shard's gain. More
    ``draws`` make the bands more stable. Raises as :func:`core.corpus.ingest.ingest_files`.
    """
    choice = corpus_view.choice
    if draws < 3:
        raise InputError(f"A random band needs at least 3 draws, not {draws}.", remedy=f"Usual: {DRAWS}.")
    with shard_beside(
        corpus_view.corpus, files, component=choice.component, mapping=mapping, reading=reading, progress=progress
    ) as shard:
        counts = asdict(shard.counts)
        if not len(shard.new):
            return Adds(counts=counts, component=choice.component, embedder="")
        seen = features_of(corpus_view, shard, progress=progress)
        progress(0, 0, "looking at types, clusters and neighbours")
        types = _types(seen, subset)
        places = _places(seen)
        novelty = _novelty(seen, subset, seed=seed, progress=progress)
        pool, new_rows = seen.pool, seen.new_rows
        wanted = min(size or default_size(len(pool)), len(pool))
        alone = min(wanted, len(new_rows) // 2)
        bands = [
            random_band(
                instant_names(), pool=view, size=rows, draws=draws, seed=seed,
                progress=part_of(progress, done=number, total=4, note="random subsets measured"),
            )
            if 0 < rows <= len(view) else {}
            for number, (view, rows) in enumerate(
                ((pool, wanted), (seen.together, wanted), (new_rows, alone), (pool, alone))
            )
        ]  # fmt: skip
        return Adds(
            counts=counts,
            component=choice.component,
            embedder=seen.embedder,
            size=wanted,
            alone_size=alone,
            types=types,
            places=places,
            novelty=novelty,
            metrics=tuple(_gain(name, bands) for name in instant_names() if metric(name).family != "size"),
        )


def adds(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task: what :func:`core.workbench.tasks.growing.append` takes but the ``name``, and ``choice`` (feature
    settings), ``subset``, ``size``, ``draws``, ``seed``. Returns the fields of :class:`Adds` as JSON values.

    Uploads are kept, so that they can be appended.
    """
    files, _ = files_of(workspace, request, progress)
    return asdict(asked_adds(workspace, request, files, progress))


def asked_adds(
    workspace: Workspace, request: dict[str, Any], files: Sequence[SourceFile], progress: Progress = silent
) -> Adds:
    """What :func:`adds` finds, of ``files``."""
    choice = FeatureSettings.of(request.get("choice") or {})
    return what_files_add(
        CorpusView(workspace, open_corpus(workspace, request["corpus"]), choice),
        files,
        mapping=mapping_of(request.get("mapping")),
        reading=ReadingOptions(**(request.get("reading") or {})),
        subset=str(request.get("subset") or ""),
        size=int(request.get("size") or 0),
        draws=int(request.get("draws") or DRAWS),
        seed=int(request.get("seed") or 0),
        progress=progress,
    )


def _types(seen: ShardFeatures, subset: str) -> NewTypes:
    band, before = seen.corpus_view.choice.band, np.asarray(seen.corpus_tokens.frequency)
    mid_before, mid_after = band.mask(before), band.mask(seen.frequency)
    own = np.bincount(seen.tokens.ids, minlength=len(before)) > 0
    enter = np.flatnonzero(mid_after & ~mid_before)
    beyond = None
    if subset:
        rows = _subset_rows(seen, subset)
        held = np.bincount(seen.corpus_tokens.take(rows).ids, minlength=len(before)) > 0
        beyond = int((mid_before & own & ~held).sum())
    commonest = enter[np.argsort(-seen.frequency[enter], kind="stable")][:EXAMPLES]
    return NewTypes(
        unseen=int((own & (before == 0)).sum()),
        enter=len(enter),
        leave=int((mid_before & ~mid_after).sum()),
        mid_before=int(mid_before.sum()),
        carried=int((mid_before & own).sum()),
        beyond_subset=beyond,
        examples=tuple(_pieces(seen, commonest)),
    )


def _pieces(seen: ShardFeatures, ids: NDArray[np.int64]) -> list[str]:
    from core.corpus.corpus_text import CorpusText

    choice, known = seen.corpus_view.choice, seen.shard.corpus
    tokenizer = load_tokenizer(CorpusText(known, choice.component), choice.tokenizer)
    if tokenizer.vocabulary_size < len(seen.frequency):  # words have other ids in the two
        return []
    return [piece.strip() for piece in tokenizer.pieces(ids.tolist())]


def _places(seen: ShardFeatures) -> ClusterPlaces:
    labels, names, kind = _clusters(seen)
    vectors, new = seen.corpus_vectors, seen.vectors
    count = int(labels.max(initial=-1)) + 1
    if not count:
        return ClusterPlaces(kind=kind, clusters=0, inside=0, outside=len(new), reached=0, fallen=(), far=())
    members = np.flatnonzero(labels >= 0)
    sizes = np.bincount(labels[members], minlength=count)
    centres = np.zeros((count, vectors.shape[1]), dtype=np.float64)
    np.add.at(centres, labels[members], vectors[members])
    centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
    away = 1 - np.einsum("rd,rd->r", vectors[members], centres[labels[members]])
    order = np.lexsort((away, labels[members]))
    ends = np.cumsum(sizes)
    at = ends - sizes + np.minimum(np.ceil(INSIDE * sizes).astype(np.int64), sizes) - 1
    spread = np.where(sizes > 0, away[order][np.maximum(at, 0)], 0.0)
    nearest_cluster, distance = np.empty(len(new), dtype=np.int64), np.empty(len(new))
    for start in range(0, len(new), COMPARED):
        cosine = new[start : start + COMPARED] @ centres.T
        nearest_cluster[start : start + COMPARED] = np.argmax(cosine, axis=1)
        distance[start : start + COMPARED] = 1 - cosine.max(axis=1)
    inside = distance <= spread[nearest_cluster] + 1e-7
    fallen = np.bincount(nearest_cluster[inside], minlength=count)
    texts = seen.shard.corpus.text(seen.corpus_view.choice.component)
    farthest = np.flatnonzero(~inside)[np.argsort(-distance[~inside], kind="stable")][:3]
    return ClusterPlaces(
        kind=kind,
        clusters=count,
        inside=int(inside.sum()),
        outside=int((~inside).sum()),
        reached=int((fallen > 0).sum()),
        fallen=tuple(
            (names[cluster], int(sizes[cluster]), int(fallen[cluster]))
            for cluster in np.argsort(-fallen, kind="stable")[:LISTED].tolist()
            if fallen[cluster]
        ),
        far=tuple(texts[seen.shard.new[row]][:200] for row in farthest.tolist()),
    )


def _clusters(seen: ShardFeatures) -> tuple[NDArray[np.int32], list[str], str]:
    """(rows,) clusters of the corpus, their names, and what they are: the chosen ones, or k-means made for this."""
    corpus_view = seen.corpus_view
    stored = clusters.load_clusters(corpus_view.corpus_text, corpus_view.choice.clustering)
    if stored is None or not len(stored.sizes):
        labels = kmeans_labels(seen.corpus_vectors, seed=corpus_view.choice.seed)
        return labels, [str(number) for number in range(int(labels.max()) + 1)], "k-means, made for this"
    words = load_keywords(corpus_view.workspace, stored)
    names = list(stored.names) or [str(number) for number in range(len(stored.sizes))]
    if words:
        named = zip(names, words, strict=True)
        names = [f"{name}: {', '.join(word.word for word in found[:4])}" for name, found in named]
    return np.asarray(stored.labels), names, clusters.PARTITIONS[stored.clustering.partition]


def _subset_rows(seen: ShardFeatures, subset: str) -> NDArray[np.int64]:
    saved = open_subset(seen.corpus_view.workspace, subset)
    rows = seen.corpus_view.corpus.positions_of(np.asarray(saved.ids))
    if not len(rows):
        raise InputError("That subset holds no row of this corpus.", remedy="Choose a subset of this corpus.")
    return np.sort(rows)


def _novelty(seen: ShardFeatures, subset: str, *, seed: int, progress: Progress) -> Novelty:
    generator = np.random.default_rng(seed)
    everything = np.arange(len(seen.corpus_vectors))
    rows = _subset_rows(seen, subset) if subset else everything
    others = np.setdiff1d(everything, rows) if subset else everything
    drawn = np.sort(generator.permutation(others if len(others) else everything)[:COMPARED])
    asked = np.sort(generator.permutation(len(seen.vectors))[:COMPARED])
    reference = np.ascontiguousarray(seen.corpus_vectors[rows])
    pick = device.pick()
    new, _ = nearest(seen.vectors[asked], reference, count=1, device=pick, progress=progress)
    # Of the whole corpus a row's nearest is itself, so the next one counts.
    count = 1 if subset and len(others) else min(2, len(reference))
    known, _ = nearest(seen.corpus_vectors[drawn], reference, count=count, device=pick, progress=progress)
    novel, usual = new[:, 0] / 2, known[:, -1] / 2  # cosine distance of unit vectors
    width = 1.96 * float(usual.std()) / np.sqrt(len(asked))
    return Novelty(
        reference=open_subset(seen.corpus_view.workspace, subset).name if subset else "the corpus",
        mean=float(novel.mean()),
        random=float(usual.mean()),
        low=float(usual.mean() - width),
        high=float(usual.mean() + width),
        beyond=float((novel > np.quantile(usual, 0.95)).mean()),
        rows=len(asked),
    )


def _gain(name: str, bands: Sequence[dict[str, RandomBand]]) -> MetricGain:
    known = metric(name)
    spans = [band[name].span if name in band else None for band in bands]
    why = next((band[name].why for band in bands if name in band and band[name].why), "")
    before, after, alone, beside_alone = spans
    return MetricGain(
        name=name, title=known.title, direction=known.direction, before=before, after=after, alone=alone,
        beside_alone=beside_alone, undefined=why,
    )  # fmt: skip
