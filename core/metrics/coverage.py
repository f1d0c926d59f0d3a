"""The share of the corpus's token types, clusters or tags that these rows cover."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from core.bands import Band, band_parameters
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading, undefined
from core.metrics.token_distribution import shannon, token_counts
from core.view import View


def _types(measuring: Measuring) -> Reading:
    """|V* ∩ tokens(D)| / |V*|, V* the mid band of the corpus. O(tokens + vocabulary)."""
    parameters: Mapping[str, Any] = measuring.parameters
    band = Band(parameters["low"], parameters["high"], parameters["unit"]).mask(measuring.view.tokens.frequency)
    offered = int(np.count_nonzero(band))
    if offered == 0:
        return undefined("no token type of the corpus lies in the mid band")
    covered = int(np.count_nonzero(token_counts(measuring.view)[band]))
    return Reading(value=covered / offered, detail={"types covered": covered, "types in the mid band": offered})


_CLUSTERS: WeakKeyDictionary[View, int] = WeakKeyDictionary()


def _cluster_coverage(measuring: Measuring) -> Reading:
    """The share of the reference's clusters that have at least one of these rows. O(rows)."""
    reference = measuring.reference
    assert reference is not None  # named in needs
    if reference not in _CLUSTERS:
        _CLUSTERS[reference] = len(np.unique(reference.clusters[reference.clusters >= 0]))
    offered = _CLUSTERS[reference]
    if offered == 0:
        return undefined("every row of the reference is noise, there is no cluster")
    clusters = measuring.view.clusters
    covered = len(np.unique(clusters[clusters >= 0]))
    return Reading(
        value=covered / offered,
        detail={
            "clusters covered": covered,
            "clusters": offered,
            "rows that are noise": int(np.count_nonzero(clusters < 0)),
        },
    )


def _tag_coverage(measuring: Measuring) -> Reading:
    """The share of the corpus's tags that these rows carry. O(tags carried)."""
    tags = measuring.view.tags
    if len(tags.names) == 0:
        return undefined("no row of the corpus carries a tag")
    covered = len(np.unique(tags.matrix.indices))
    return Reading(value=covered / len(tags.names), detail={"tags covered": covered, "tags": len(tags.names)})


def _tag_ratio(measuring: Measuring) -> Reading:
    """Different tags among all tags that these rows carry. O(tags carried)."""
    carried = measuring.view.tags.matrix.indices
    if len(carried) == 0:
        return undefined("none of these rows carries a tag")
    different = len(np.unique(carried))
    return Reading(value=different / len(carried), detail={"different tags": different, "tags carried": len(carried)})


def _tag_entropy(measuring: Measuring) -> Reading:
    """Entropy of how often each tag is carried. O(tags carried)."""
    tags = measuring.view.tags
    carried = np.bincount(tags.matrix.indices, minlength=len(tags.names))
    if carried.sum() == 0:
        return undefined("none of these rows carries a tag")
    return Reading(
        value=shannon(np.sort(carried)[::-1] / carried.sum()),
        detail={
            "highest possible": float(np.log(len(tags.names))),
            "tags a row": float(carried.sum() / len(measuring.view)),
        },
    )


METRICS = (
    Metric(
        name="types",
        title="Types covered",
        family="coverage",
        direction=1,
        formula="|V* ∩ tokens(D)| / |V*|, V* the token types whose occurrences in the corpus lie in the mid band.",
        source="From Macro to Micro (2505.24768), micro diversity.",
        measure=_types,
        needs=lambda parameters: ("tokens",),
        parameters=band_parameters(
            low="A higher value leaves names, loanwords and typos out of the types that count.",
            high="A higher value lets function words and affixes count, too.",
        ),
        instant=True,
        shown_by_default=True,
        of_a_part=True,
        size_dependent=True,
        length_dependent=True,
        unit="share",
        cost="O(tokens + vocabulary)",
    ),
    Metric(
        name="cluster_coverage",
        title="Clusters covered",
        family="coverage",
        direction=1,
        formula="Clusters with at least one of these rows / clusters of the reference; noise is not a cluster.",
        source="From Macro to Micro (2505.24768) App. D.1, macro diversity as a share.",
        measure=_cluster_coverage,
        needs=lambda parameters: ("clusters", "reference"),
        of_a_part=True,
        size_dependent=True,
        unit="share",
        cost="O(rows)",
    ),
    Metric(
        name="tag_coverage",
        title="Tags covered",
        family="coverage",
        direction=1,
        formula="Different tags that these rows carry / different tags of the corpus.",
        source="From Macro to Micro (2505.24768) App. D.2, meso coverage as a share of the corpus's tags: ours.",
        measure=_tag_coverage,
        needs=lambda parameters: ("tags",),
        of_a_part=True,
        size_dependent=True,
        unit="share",
        cost="O(tags carried)",
    ),
    Metric(
        name="tag_ratio",
        title="Distinct tags among all tags",
        family="coverage",
        direction=1,
        formula="Different tags that these rows carry / all tags that they carry; a tag counts once for each row that "
        "carries it. It falls as rows are added, so compare subsets of equal size.",
        source="From Macro to Micro (2505.24768) App. D.2, meso diversity.",
        measure=_tag_ratio,
        needs=lambda parameters: ("tags",),
        size_dependent=True,
        unit="share",
        cost="O(tags carried)",
    ),
    Metric(
        name="tag_entropy",
        title="Tag entropy",
        family="coverage",
        direction=1,
        formula="−Σ_t p(t) ln p(t), p(t) the share of tag t among all tags carried.",
        source="Our own reading of meso balance; no paper.",
        measure=_tag_entropy,
        needs=lambda parameters: ("tags",),
        size_dependent=True,
        unit="nats",
        cost="O(tags carried)",
    ),
)
