"""ROUGE-L against rouge_score, its stated error, and POS templates."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rouge_score import rouge_scorer

from core.metrics import pos_templates
from core.metrics.homogenisation import rouge_l
from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.units import unit_rows
from tests.metrics.views import random_texts, shuffled, token_rows, view_of
from tests.prose import prose


def test_pairs_of_rows_of_prose_score_as_with_rouge_score():
    # rouge_score keeps a–z and 0–9 only, so Chinese rows would be empty for it: it is shown what it can read.
    texts = [" ".join(re.findall("[a-z0-9]+", text.lower())[:120]) for text in prose(501)]
    texts = [text for text in texts if len(text.split()) > 5]
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, len(texts), 600), rng.integers(0, len(texts), 600)
    scorer = rouge_scorer.RougeScorer(["rougeL"])
    expected = [scorer.score(texts[a], texts[b])["rougeL"].fmeasure for a, b in zip(left, right)]
    ours = rouge_l(unit_rows(view_of(texts), "words"), left, right, longest=10_000)
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-12)


def test_rouge_score_sees_nothing_in_chinese_and_ours_does():
    texts = ["今天天气很好", "今天天气不好"]
    theirs = rouge_scorer.RougeScorer(["rougeL"]).score(*texts)["rougeL"].fmeasure
    ours = measure("rouge_l", Measuring(view=view_of(texts))).value
    assert theirs == 0
    assert ours == pytest.approx(5 / 6)


def test_a_sampled_value_lies_within_its_interval_of_the_exact_one():
    view = view_of(random_texts(260))
    exact = measure("rouge_l", Measuring(view=view, parameters={"most": 100_000}))
    assert exact.detail["all pairs"] and exact.interval is None
    sampled = measure("rouge_l", Measuring(view=view, parameters={"most": 20_000, "error": 0.004}))
    assert not sampled.detail["all pairs"]
    low, high = sampled.interval
    assert sampled.detail["error"] <= 0.004
    assert high - low <= 0.008 + 1e-12
    assert low - 0.002 <= exact.value <= high + 0.002


def test_the_sampled_value_depends_on_the_seed_and_not_on_the_order_of_the_rows():
    view = view_of(random_texts(260))
    parameters = {"most": 1000}
    value = measure("rouge_l", Measuring(view=view, parameters=parameters)).value
    assert measure("rouge_l", Measuring(view=shuffled(view), parameters=parameters)).value == value
    assert measure("rouge_l", Measuring(view=view, parameters=parameters, seed=1)).value != value


def test_long_rows_are_cut_and_counted():
    rows = token_rows([[0] * 50, [0] * 20 + [1] * 30], vocabulary=2)
    view = view_of(["x", "y"], tokens=rows)
    reading = measure("rouge_l", Measuring(view=view, parameters={"longest": 20}))
    assert reading.value == 1.0
    assert reading.detail["rows cut to 20 tokens"] == 2
    assert measure("rouge_l", Measuring(view=view)).value == pytest.approx(2 * 20 / 100)


def test_rows_built_alike_share_a_template_and_others_do_not(monkeypatch):
    monkeypatch.setattr(pos_templates, "installed_tagger", lambda: ("one tag a word length", tag_by_length))
    alike = ["I am not as old as you", "I do not go as far as we"] * 4
    apart = ["a bb ccc dddd eeeee ffffff", "ccc a dddd bb eeeee ffffff", "bb a ccc dddd eeeee fff"]
    reading = measure("pos_templates", Measuring(view=view_of(alike + apart)))
    assert reading.value == pytest.approx(8 / 11)
    assert reading.detail["tagger"] == "one tag a word length"


def tag_by_length(text: str) -> list[str]:
    return [str(len(word)) for word in text.split()]


def test_without_a_tagger_the_rate_is_undefined(monkeypatch):
    monkeypatch.setattr(pos_templates, "installed_tagger", lambda: None)
    reading = measure("pos_templates", Measuring(view=view_of(["some text"] * 5)))
    assert reading.value is None
    assert reading.undefined.startswith("undefined because no tagger is installed")


def test_the_installed_tagger_finds_the_template_of_repeated_sentences():
    texts = [f"The {colour} dog ran over the small hill." for colour in ("red", "big", "old", "sad", "new")]
    assert measure("pos_templates", Measuring(view=view_of(texts))).value == 1.0
