"""Coverage and composition against sets and counters."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.view import TypeRows, View
from tests.metrics.views import random_texts, token_rows, view_of


def test_types_covered_is_the_share_of_the_corpus_mid_band():
    frequency = np.array([3, 10, 40, 500, 501, 0, 70])
    tokens = token_rows([[0, 1, 1, 4], [2, 2, 0]], vocabulary=7, frequency=frequency)
    view = View(np.array([1, 2], dtype=np.uint64), "response", {}, {"tokens": tokens})
    reading = measure("types", Measuring(view=view))
    assert reading.value == pytest.approx(2 / 4)  # 1 and 2 of 1, 2, 3, 6
    assert reading.detail == {"types covered": 2, "types in the mid band": 4}
    assert measure("types", Measuring(view=view, parameters={"low": 3, "high": 600})).value == pytest.approx(4 / 6)


def test_an_empty_or_impossible_band_is_undefined():
    view = view_of(["a b c"] * 3)
    assert measure("types", Measuring(view=view, parameters={"low": 900, "high": 950})).value is None
    assert "band" in measure("types", Measuring(view=view, parameters={"low": 9, "high": 2})).undefined


def test_clusters_are_counted_against_the_reference_and_noise_is_none():
    pool = view_of([""] * 8, clusters=np.array([-1, 0, 0, 1, 2, 3, 3, -1], dtype=np.int32))
    subset = pool.take(np.array([0, 1, 2, 5]))
    assert measure("cluster_coverage", Measuring(view=subset, reference=pool)).value == pytest.approx(2 / 4)
    assert measure("cluster_coverage", Measuring(view=subset)).value is None
    noise = view_of([""] * 3, clusters=np.full(3, -1, dtype=np.int32))
    assert "noise" in measure("cluster_coverage", Measuring(view=noise, reference=noise)).undefined


def test_tags_are_covered_and_spread():
    tags = TypeRows(sparse.csr_matrix(np.array([[1, 1, 0, 0], [1, 0, 0, 0]])), tuple("abcd"))
    view = view_of(["x", "y"], tags=tags)
    assert measure("tag_coverage", Measuring(view=view)).value == pytest.approx(0.5)
    assert measure("tag_entropy", Measuring(view=view)).value == pytest.approx(stats.entropy([2, 1]))


@settings(max_examples=20)
@given(rows=st.lists(st.lists(st.integers(0, 7), max_size=4, unique=True), min_size=1, max_size=12))
def test_meso_diversity_is_different_tags_among_all_tags(rows):
    dense = np.zeros((len(rows), 8), dtype=np.int8)
    for row, tags in enumerate(rows):
        dense[row, tags] = 1
    view = view_of([""] * len(rows), tags=TypeRows(sparse.csr_matrix(dense), tuple("abcdefgh")))
    carried = [tag for tags in rows for tag in tags]
    reading = measure("tag_ratio", Measuring(view=view))
    if carried:
        assert reading.value == len(set(carried)) / len(carried)
    else:
        assert reading.undefined.endswith("none of these rows carries a tag")


def test_entropy_of_a_column_leaves_out_rows_without_a_value_and_says_so():
    column = np.array(["a", "b", "a", None, "c", "a"], dtype=object)
    view = view_of([""] * 6, **{"column:source": column, "column:category": np.full(6, None, dtype=object)})
    reading = measure("source_entropy", Measuring(view=view))
    assert reading.value == pytest.approx(stats.entropy(list(Counter("abaca").values())))
    assert reading.detail["rows without a source"] == 1
    assert measure("category_entropy", Measuring(view=view)).undefined.endswith("none of these rows has a category")


def test_a_column_of_numbers_has_an_entropy_too():
    view = view_of([""] * 4, **{"column:level": np.array([1.0, 2.0, 2.0, np.nan])})
    reading = measure("source_entropy", Measuring(view=view, parameters={"column": "level"}))
    assert reading.value == pytest.approx(stats.entropy([1, 2]))
    assert reading.detail["largest"] == {"2": 2, "1": 1}


def test_a_missing_feature_reads_as_undefined_with_its_name():
    bare = View(np.arange(1, 4, dtype=np.uint64), "response", {}, {"text": random_texts(3)})
    assert measure("ie", Measuring(view=bare)).undefined == (
        "undefined because it needs the tokens of these rows, which are not there yet"
    )
    assert measure("category_entropy", Measuring(view=bare)).undefined == (
        "undefined because these rows have no column 'category'"
    )
    assert "no column is chosen" in measure("source_entropy", Measuring(view=bare, parameters={"column": ""})).undefined
