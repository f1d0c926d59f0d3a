"""Each metric says in plain words what it means, before any formula."""

from __future__ import annotations

import re

from core.metrics.plain_words import PLAIN, in_plain_words
from core.metrics.registry import metrics
from core.metrics.worded import worded, worded_span
from core.selection.registry import strategies

SIGNS = re.compile(r"[Σ√∩∪‖|=<>α-ωΑ-Ω_{}]|\bln\b|\blog\b")


def test_every_metric_has_a_plain_sentence_without_a_formula() -> None:
    assert set(PLAIN) == set(metrics())
    for name in metrics():
        said = in_plain_words(name)
        assert said.endswith(".") and said[0].isupper()
        assert not SIGNS.search(said), name


def test_a_unit_that_few_people_know_is_said_in_the_plain_sentence() -> None:
    for name, metric in metrics().items():
        if metric.unit in ("nats", "bits") and name not in ("domain_js", "domain_renyi"):
            assert metric.unit in in_plain_words(name).lower(), name


def test_a_value_is_written_as_people_write_it() -> None:
    said = {name: worded(metrics()[name], 1.0) for name in ("ie", "types", "mtld", "partition_entropy")}
    assert said == {"ie": "1.00", "types": "100 %", "mtld": "1.00 tokens", "partition_entropy": "1.00 bits"}
    assert worded(metrics()["source_entropy"], 0.0) == "0" and worded(metrics()["ie"], None) == "—"
    assert worded_span(metrics()["types"], 0.1, 0.125) == "10.0 to 12.5 %"


def test_the_summary_of_a_strategy_explains_what_its_letters_stand_for() -> None:
    for name, strategy in strategies().items():
        assert not re.search(r"\bk\b", strategy.summary), name


def test_the_summary_of_a_strategy_has_no_formula() -> None:
    for name, strategy in strategies().items():
        assert not re.search(r"[Σ√∩∪‖=]", strategy.summary), name
