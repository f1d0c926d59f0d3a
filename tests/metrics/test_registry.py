"""What every metric must say about itself."""

from __future__ import annotations

import pytest

from core.errors import InputError
from core.metrics.metric import Measuring
from core.metrics.registry import ALIASES, measure, metric, metrics
from core.parameters import complete
from core.view import FEATURES, View
from tests.metrics.views import random_texts, view_of

INSTANT = {"ed", "sl", "ie", "kurtosis", "gini", "types", "source_entropy", "rows", "tokens"}
PAPERS = {"nr", "ed", "sl", "cr", "bl", "ie", "kurtosis", "gini", "types", "source_entropy", "novelsum"}
BASELINES = {"ttr", "vocd_d", "distsum_l2", "knn", "inertia", "radius", "facility_location", "log_det", "vendi"}
OTHERS = {
    "partition_entropy",
    "distinct_n",
    "ead",
    "mtld",
    "hdd",
    "mattr",
    "self_repetition",
    "rouge_l",
    "pos_templates",
}


def test_the_metrics_of_the_papers_are_all_there():
    assert set(metrics()) >= PAPERS | BASELINES | OTHERS


@pytest.mark.parametrize("name", list(metrics()))
def test_a_metric_states_what_a_reader_needs(name):
    found = metric(name)
    assert found.name == name and found.title and found.formula.endswith((".", "N"))
    assert found.source or found.family == "size"
    assert found.cost.startswith("O(")
    assert found.instant == (name in INSTANT)
    values = complete(found.parameters)
    assert all(parameter.help.endswith(".") for parameter in found.parameters)
    assert all(need in (*FEATURES, "reference") or need.startswith("column:") for need in found.needs(values))


def test_other_names_lead_to_the_one_metric():
    assert metric("chamfer").name == "knn"
    assert set(ALIASES).isdisjoint(metrics())
    assert set(ALIASES.values()) <= set(metrics())


def test_an_unknown_metric_or_parameter_is_refused_by_name():
    with pytest.raises(InputError, match="no metric 'novelty'"):
        metric("novelty")
    with pytest.raises(InputError, match="no parameter 'gamma'"):
        measure("novelsum", Measuring(view=view_of(["a"]), parameters={"gamma": 1}))


def test_a_reference_without_the_feature_is_named():
    view = view_of(random_texts(20))
    bare = View(view.ids, "response", {}, {"text": view.text})
    reading = measure("facility_location", Measuring(view=view, reference=bare))
    assert reading.undefined == "undefined because it needs the embeddings of the reference, which are not there yet"
