"""A column of the corpus as its clusters."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus, open_corpus
from core.errors import InputError
from core.features.clusters import compute_clusters
from core.features.partition import column_labels
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace

pytestmark = pytest.mark.usefixtures("no_worker", "carried_embedder")


def labels_slowly(values: list[str | None]) -> tuple[list[int], list[str]]:
    counted: dict[str, int] = {}
    for value in values:
        if value not in (None, "", "-1", "noise"):
            counted[value] = counted.get(value, 0) + 1
    names = sorted(counted, key=lambda name: (-counted[name], values.index(name)))
    return [names.index(value) if value in names else -1 for value in values], names


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "", None, "-1", "noise"]), max_size=30))
@settings(max_examples=80)
def test_each_value_is_a_cluster_the_commonest_first(values: list[str | None]) -> None:
    labels, names = column_labels(np.array(values, dtype=object))
    assert (labels.tolist(), names) == labels_slowly(values)


def test_numbers_are_names_too() -> None:
    labels, names = column_labels(np.array([3.0, 3.0, -1.0, np.nan, 0.5]))
    assert labels.tolist() == [0, 0, -1, -1, 1]
    assert names == ["3", "0.5"]


def with_clusters(workspace: Workspace, corpus: Corpus) -> Corpus:
    column = [f"group {at % 7}" if at % 10 else "-1" for at in range(len(corpus))]
    attach_columns(corpus.workspace, corpus, pa.table({"id": corpus.ids, "mine": column}))
    return open_corpus(workspace, corpus.id)


def test_macro_covers_the_clusters_of_a_column(workspace: Workspace, corpus: Corpus) -> None:
    corpus = with_clusters(workspace, corpus)
    choice = FeatureSettings(partition="column", cluster_column="mine")
    clusters = compute_clusters(CorpusText(corpus, "response"), choice.clustering)
    assert len(clusters.names) == len(clusters.sizes) == 7
    assert clusters.noise_rows == int((corpus.column("mine") == "-1").sum())
    recipe = Recipe(corpus=corpus.id, strategy="macro", size=14, choice=choice.as_dict())
    built = build(workspace, recipe)
    rows = np.flatnonzero(np.isin(corpus.ids, built.ids))
    assert len({corpus.column("mine")[row] for row in rows}) == 7
    assert "-1" not in {corpus.column("mine")[row] for row in rows}


def test_a_column_that_is_not_there_is_named(workspace: Workspace, corpus: Corpus) -> None:
    for column in ("", "nothing"):
        choice = FeatureSettings(partition="column", cluster_column=column)
        with pytest.raises(InputError, match="column"):
            compute_clusters(CorpusText(corpus, "response"), choice.clustering)


def test_other_values_in_the_column_are_other_clusters_and_other_plans(workspace: Workspace, corpus: Corpus) -> None:
    corpus = with_clusters(workspace, corpus)
    choice = FeatureSettings(partition="column", cluster_column="mine")
    recipe = Recipe(corpus=corpus.id, strategy="macro", size=7, choice=choice.as_dict())
    compute_clusters(CorpusText(corpus, "response"), choice.clustering)
    before = build(workspace, recipe)
    values = ["one" if at % 2 else "two" for at in range(len(corpus))]
    attach_columns(corpus.workspace, corpus, pa.table({"id": corpus.ids, "mine": values}), replace=True)
    corpus = open_corpus(workspace, corpus.id)
    clusters = compute_clusters(CorpusText(corpus, "response"), choice.clustering)
    assert len(clusters.sizes) == 2
    after = build(workspace, recipe)
    assert after.recipe.features["clusters"] != before.recipe.features["clusters"]
    assert after.answer.realised["pool_types"] == 2
