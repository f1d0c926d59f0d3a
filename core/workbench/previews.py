"""Says which strategies and metrics read the instant vectors: what they choose and measure is a preview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.features.embedders import INSTANT
from core.metrics.metric import Metric
from core.selection.strategy import Strategy
from core.view import of_need
from core.workbench.feature_settings import FeatureSettings

MARK = " (preview)"
NOTE = "A preview: it reads the instant vectors, which are coarse. The full embedder may lead to other rows and values."


def reads_instant(choice: FeatureSettings, needs: Iterable[str]) -> bool:
    """Whether one of the features ``needs`` comes from the instant embedder with the settings ``choice``.

    Clusters by a column and tags that were found without vectors do not; names of features may name a component.
    """
    if choice.embedder != INSTANT:
        return False
    from_vectors = {"embeddings": True, "clusters": choice.partition != "column", "tags": choice.tagger == "keyphrases"}
    return any(from_vectors.get(of_need(need)[1], False) for need in needs)


def strategy_mark(chosen: Strategy, choice: FeatureSettings, parameters: Mapping[str, Any] | None = None) -> str:
    """What stands behind a strategy's title: " (preview)" where it reads instant vectors, else nothing."""
    completed = choice.complete(chosen.parameters, parameters)
    return MARK if reads_instant(choice, chosen.needs(completed)) else ""


def metric_mark(chosen: Metric, choice: FeatureSettings) -> str:
    """What stands behind a metric's title: " (preview)" where it reads instant vectors, else nothing."""
    needs = chosen.needs(choice.complete(chosen.parameters))
    return MARK if reads_instant(choice, needs) else ""
