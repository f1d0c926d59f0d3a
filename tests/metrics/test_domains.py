"""Diversity between and within domains, and how differently they speak."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from core.metrics.domains import domain_divergence, mean_of_pairs, renyi_divergence
from core.metrics.metric import Measuring
from core.metrics.registry import measure
from tests.metrics.views import blobs, random_texts, view_of


def labelled(rows: int = 90):
    labels = np.array([("a", "b", "c")[i % 3] for i in range(rows)], dtype=object)
    labels[4] = None
    return view_of(random_texts(rows), embeddings=blobs(rows), **{"column:source": labels}), labels


def test_divergence_of_each_pair_equals_scipy():
    view, labels = labelled()
    names, matrix, left_out = domain_divergence(view, column="source")
    assert names == ["a", "b", "c"] and left_out == []
    counts = view.tokens.counts.toarray()
    shares = [counts[labels == name].sum(axis=0) for name in names]
    for i, j in combinations(range(3), 2):
        assert matrix[i, j] == matrix[j, i] == pytest.approx(jensenshannon(shares[i], shares[j], base=2) ** 2, rel=1e-9)
    assert np.diag(matrix).tolist() == [0, 0, 0]
    reading = measure("domain_js", Measuring(view=view))
    assert reading.value == pytest.approx(np.mean([matrix[i, j] for i, j in combinations(range(3), 2)]))


def test_renyi_of_each_pair_equals_its_sum_and_becomes_jensen_shannon_towards_one():
    view, labels = labelled()
    counts = view.tokens.counts.toarray()
    shares = [counts[labels == name].sum(axis=0) / counts[labels == name].sum() for name in "abc"]
    for order in (0.5, 2.0):
        _, matrix, _ = renyi_divergence(view, column="source", order=order)
        for i, j in combinations(range(3), 2):
            middle = (shares[i] + shares[j]) / 2
            sides = [
                np.log2(sum(p**order * m ** (1 - order) for p, m in zip(side, middle) if m > 0)) / (order - 1)
                for side in (shares[i], shares[j])
            ]
            assert matrix[i, j] == matrix[j, i] == pytest.approx(np.mean(sides), rel=1e-9)
        reading = measure("domain_renyi", Measuring(view=view, parameters={"order": order}))
        assert reading.value == pytest.approx(mean_of_pairs(matrix))
    near = renyi_divergence(view, column="source", order=1.0001)[1]
    assert near == pytest.approx(domain_divergence(view, column="source")[1], abs=1e-4)
    apart = view_of(["x", "y"], **{"column:source": np.array(["a", "b"], dtype=object)})
    assert renyi_divergence(apart, column="source", order=0.5)[1][0, 1] == pytest.approx(1.0)


def test_domains_beyond_the_largest_are_named():
    view, _ = labelled()
    names, matrix, left_out = domain_divergence(view, column="source", largest=2)
    assert len(names) == 2 and matrix.shape == (2, 2)
    assert sorted(names + left_out) == ["a", "b", "c"]


def test_between_and_within_equal_the_plain_means():
    view, labels = labelled()
    vectors = view.embeddings.astype(np.float64)
    centres = [vectors[labels == name].mean(axis=0) for name in "abc"]
    between = np.mean([np.linalg.norm(a - b) for a, b in combinations(centres, 2)])
    within = np.mean(
        [((vectors[labels == name] - centre) ** 2).sum(axis=1).mean() for name, centre in zip("abc", centres)]
    )
    assert measure("inter_domain", Measuring(view=view)).value == pytest.approx(between, rel=1e-9)
    assert measure("intra_domain", Measuring(view=view)).value == pytest.approx(within, rel=1e-9)


def test_one_domain_has_no_distance_to_another():
    view = view_of(["x y"] * 4, **{"column:source": np.array(["a"] * 4, dtype=object)})
    assert "a distance needs two" in measure("inter_domain", Measuring(view=view)).undefined
    assert "a divergence needs two" in measure("domain_js", Measuring(view=view)).undefined
    alone = view_of(["x"] * 2, **{"column:source": np.array(["a", "b"], dtype=object)})
    assert measure("intra_domain", Measuring(view=alone)).value is None


def test_the_mean_of_pairs_counts_each_pair_once():
    matrix = np.array([[0.0, 0.2, 0.4], [0.2, 0.0, 0.9], [0.4, 0.9, 0.0]])
    assert mean_of_pairs(matrix) == pytest.approx((0.2 + 0.4 + 0.9) / 3)
