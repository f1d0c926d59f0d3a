"""What reads the instant vectors says so: strategies and metrics, on pages and in commands."""

from __future__ import annotations

from core.features.embedders import INSTANT
from core.metrics.registry import metric, metrics
from core.selection.registry import strategies, strategy
from core.workbench.feature_settings import FeatureSettings
from core.workbench.previews import MARK, metric_mark, strategy_mark

QUICK = FeatureSettings(embedder=INSTANT)


def test_what_reads_vectors_is_a_preview_with_the_instant_embedder_and_nothing_else() -> None:
    marked = {name for name, known in strategies().items() if strategy_mark(known, QUICK)}
    assert {"macro", "kcenter", "facility_location", "log_det", "novelselect"} <= marked
    assert not marked & {"micro", "meso", "random", "length", "source_balanced"}
    assert {name for name, known in metrics().items() if metric_mark(known, QUICK)} >= {"ed", "vendi", "knn"}
    assert not metric_mark(metric("ie"), QUICK)
    full = FeatureSettings()
    assert not any(strategy_mark(known, full) for known in strategies().values())
    assert not any(metric_mark(known, full) for known in metrics().values())


def test_clusters_by_a_column_and_phrases_read_no_vectors() -> None:
    by_column = QUICK.with_(partition="column", cluster_column="source")
    assert not strategy_mark(strategy("macro"), by_column) and strategy_mark(strategy("kcenter"), by_column) == MARK
    assert strategy_mark(strategy("meso"), QUICK.with_(tagger="keyphrases")) == MARK
