"""The curve beside a threshold: the distribution of the values that the threshold divides, in a few points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.component_words import component_phrase
from core.features.tags import store
from core.features.tags.decisions import Decisions, type_rows
from core.row_positions import CorpusRows
from core.selection.greedy.points import labels, points
from core.selection.priorities import by_priority
from core.view import TypeRows
from core.workbench.corpus_view import CorpusView
from core.workbench.inspections.thresholds import OCCURRENCES, Threshold
from core.workbench.recipe import Recipe

POINTS = 60  # points of a stored curve
SAMPLED = 1_000  # rows or tags whose nearest neighbour is searched
AGAINST = 20_000  # the most tags with which those are compared
BLOCK = 8_192
Curve = dict[str, Any]


def curve_of(corpus_view: CorpusView, recipe: Recipe, threshold: Threshold) -> Curve:
    """The curve of a threshold in at most :data:`POINTS` points; {} if the threshold has no curve.

    {"x", "y", "x_title", "y_title", "axis", "log"}: ``axis`` is the axis of the threshold. The curve shows, for the
    ends of the mid band, how often tokens occur, commonest first; for min_cluster_size, the rows of each cluster,
    largest first; for a similarity ceiling, how similar sampled rows are to their nearest other row; for a threshold on
    a column or a length, the share of rows at or below each value; for thresholds of tags, what each would keep or
    join.
    """
    view = corpus_view.whole
    if threshold.scale == OCCURRENCES:
        return _frequencies(np.asarray(view.tokens.frequency), threshold.unit) if view.has("tokens") else {}
    if threshold.name == "min_cluster_size" and view.has("clusters"):
        labelled = np.asarray(view.clusters)
        sizes = np.sort(np.bincount(labelled[labelled >= 0]))[::-1] if (labelled >= 0).any() else np.empty(0)
        return _ranked(sizes, "cluster rank", "rows")
    if threshold.name.startswith("tag_"):
        return _of_tags(corpus_view, threshold.name)
    if threshold.scale == "similarity" and view.has("embeddings"):
        return _nearest_rows(corpus_view, recipe)
    if threshold.scale == "length":
        return _lengths(corpus_view)
    if threshold.scale and view.has(f"column:{threshold.scale}"):
        values = view.take(_unfiltered(corpus_view)).column(threshold.scale)
        return _shares(values, threshold.scale) if values.dtype.kind in "iuf" else {}
    return {}


def _unfiltered(corpus_view: CorpusView) -> CorpusRows:
    """Positions in the corpus of every row outside the holdout: the rows on which the pool's filters were set."""
    return CorpusRows(np.flatnonzero(~corpus_view.corpus.holdout).astype(np.int64))


def _frequencies(frequency: NDArray[np.int64], unit: str) -> Curve:
    frequencies = np.sort(frequency[frequency > 0])[::-1].astype(np.float64)
    if unit == "quantile":
        return {}  # no curve: the share of rarer types is the rank itself
    if unit == "per_million":
        return _ranked(frequencies * 1e6 / max(frequencies.sum(), 1), "token rank", "occurrences per million tokens")
    return _ranked(frequencies, "token rank", "occurrences")


def _lengths(corpus_view: CorpusView) -> Curve:
    window, rows = corpus_view.spec.length, _unfiltered(corpus_view)
    if window is None:
        return {}
    if window.unit == "tokens":
        lengths = corpus_view.window_lengths
        of = f" of the {window.of}" if window.of else ""
        return {} if lengths is None else _shares(lengths[rows].astype(np.float64), f"tokens{of}")
    return _shares(
        corpus_view.corpus.characters(window.component)[rows].astype(np.float64),
        f"characters of {component_phrase(window.component)}",
    )


def _nearest_rows(corpus_view: CorpusView, recipe: Recipe) -> Curve:
    """How similar sampled rows of the pool are to their nearest other row, within their category if they have one.

    The vectors are those that the strategy reads, so that the threshold is one of the values on the axis.
    """
    view, category = corpus_view.pool_as_read(recipe), recipe.parameters.get("category")
    codes = np.zeros(len(view), dtype=np.int32)
    if category and view.has(f"column:{category}"):
        codes, _ = labels(view, str(category))
    pool = points(view, codes >= 0)
    codes = codes[pool.rows]
    order = by_priority(view.ids[pool.rows], seed=0)
    sample = np.sort(order[:SAMPLED])
    if recipe.parameters.get("metric") == "manhattan":
        from scipy.spatial.distance import cdist

        others = np.sort(order[: 2 * SAMPLED])  # an entry of a distance matrix costs far more than one of a product
        size = np.abs(pool.vectors).sum(axis=1)
        apart = cdist(pool.vectors[sample], pool.vectors[others], "cityblock")
        near = 1 - apart / (size[sample][:, None] + size[others][None, :])
        near[sample[:, None] == others[None, :]] = -np.inf
        best = near.max(axis=1)
    else:
        best = np.full(len(sample), -np.inf)
        for start in range(0, len(pool), BLOCK):
            block = np.arange(start, min(start + BLOCK, len(pool)))
            near = pool.vectors[sample] @ pool.vectors[block].T  # (sampled, block)
            near[(sample[:, None] == block[None, :]) | (codes[sample][:, None] != codes[block][None, :])] = -np.inf
            best = np.maximum(best, near.max(axis=1))
    said = f"similarity to the nearest other row ({len(sample):,} rows)"
    return _shares(best[np.isfinite(best)].astype(np.float64), said)


def _of_tags(corpus_view: CorpusView, name: str) -> Curve:
    tagging, text = corpus_view.choice.tagging, corpus_view.corpus_text
    raw = store.load_tags(text, tagging)
    decisions = store.load_decisions(text, tagging)
    if raw is None or decisions is None:
        return {}
    spelt = Decisions(
        dropped={tag: why for tag, why in decisions.dropped.items() if why != "rare"},
        merges={tag: merge for tag, merge in decisions.merges.items() if merge.rule == "spelling"},
    )
    before = type_rows(raw.matrix, raw.names, spelt)  # the tags from which rare tags are dropped
    rows = before.per_type
    if name == "tag_min_rows":
        needed = np.unique(rows)
        kept = len(rows) - np.searchsorted(np.sort(rows), needed, side="left")
        at = _places(len(needed))
        return _curve(needed[at], kept[at], "rows a tag needs", "tags kept", axis="x", log=True)
    standing = np.flatnonzero(rows >= tagging.min_rows)
    if name == "tag_eps":
        return _nearest_tags([before.names[tag] for tag in standing.tolist()], rows[standing], corpus_view)
    merges = {tag: merge for tag, merge in decisions.merges.items() if merge.rule != "association"}
    after = type_rows(raw.matrix, raw.names, Decisions(dropped=decisions.dropped, merges=merges))
    if name == "tag_support":
        return _ranked(np.sort(after.per_type)[::-1], "tag rank", "rows of the tag")
    return _confidences(after, tagging.support)


def _nearest_tags(names: list[str], rows: NDArray[np.int64], corpus_view: CorpusView) -> Curve:
    from core.features.embedding import encode_texts

    order = np.lexsort((np.arange(len(names)), -rows))[:AGAINST]
    if len(order) < 2:
        return {}
    vectors = encode_texts([names[tag] for tag in order.tolist()], embedder=corpus_view.choice.tagging.embedder)
    sample = np.unique(np.linspace(0, len(order) - 1, min(SAMPLED, len(order))).round().astype(np.int64))
    near = vectors[sample] @ vectors.T
    near[np.arange(len(sample)), sample] = -np.inf
    distance = np.maximum(1 - near.max(axis=1), 0).astype(np.float64)
    return _shares(distance, f"cosine distance to the nearest other tag ({len(sample):,} tags)", of="tags")


def _confidences(types: TypeRows, support: int) -> Curve:
    """For each tag that occurs with a commoner tag in enough rows: the share of its rows in which it does."""
    matrix, rows = types.matrix.astype(np.int64), types.per_type
    often = sparse.diags((rows >= support).astype(np.int64), dtype=np.int64)
    together = (often @ (matrix.T @ matrix) @ often).tocoo()
    up = (rows[together.col] > rows[together.row]) | (
        (rows[together.col] == rows[together.row]) & (together.col < together.row)
    )
    holds = up & (together.data >= support)
    best = np.zeros(len(rows))
    np.maximum.at(best, together.row[holds], together.data[holds] / rows[together.row[holds]])
    return _shares(best[best > 0], "confidence of a tag's best rule", of="tags")


def _shares(values: NDArray[Any], x_title: str, *, of: str = "rows") -> Curve:
    """Quantiles: the share of ``values`` at or below each of them."""
    known = np.sort(values[np.isfinite(values)].astype(np.float64))
    if not len(known):
        return {}
    at = np.unique(np.linspace(0, len(known) - 1, min(POINTS, len(known))).round().astype(np.int64))
    share = np.searchsorted(known, known[at], side="right") / len(known)
    return _curve(known[at], share, x_title, f"share of {of} at or below", axis="x", log=False)


def _ranked(values: NDArray[Any], x_title: str, y_title: str) -> Curve:
    if not len(values):
        return {}
    at = _places(len(values))
    return _curve(at + 1, np.asarray(values)[at], x_title, y_title, axis="y", log=True)


def _places(count: int) -> NDArray[np.int64]:
    """At most :data:`POINTS` indices below ``count``, denser at the beginning."""
    return np.unique(np.rint(np.geomspace(1, count, num=min(POINTS, count))).astype(np.int64)) - 1


def _curve(x: NDArray[Any], y: NDArray[Any], x_title: str, y_title: str, *, axis: str, log: bool) -> Curve:
    return {
        "x": x.tolist(), "y": y.astype(float).tolist(), "x_title": x_title, "y_title": y_title,
        "axis": axis, "log": log,
    }  # fmt: skip
