"""Lexical richness against lexicalrichness, scipy and plain sampling."""

from __future__ import annotations

import numpy as np
import pytest
from lexicalrichness import LexicalRichness

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.richness import expected_types, fit_vocd
from core.metrics.units import words_of
from core.view import View
from tests.metrics.views import random_texts, token_rows, view_of
from tests.prose import prose


def theirs(rows, name, shortest, **arguments):
    lexes = [LexicalRichness(row, preprocessor=None, tokenizer=None) for row in rows if len(row) >= shortest]
    return np.mean([getattr(lex, name)(**arguments) for lex in lexes])


@pytest.mark.parametrize(
    ("ours", "their", "shortest", "arguments"),
    [
        ("mtld", "mtld", 50, {"threshold": 0.72}),
        ("mattr", "mattr", 50, {"window_size": 50}),
        ("hdd", "hdd", 42, {"draws": 42}),
    ],
)
def test_rows_of_prose_are_as_rich_as_lexicalrichness_says(ours, their, shortest, arguments):
    texts = prose(501)
    rows = [words_of(text) for text in texts]
    rows = [row[:300] for row in rows]
    reading = measure(ours, Measuring(view=view_of([" ".join(row) for row in rows], vocabulary=1_000_000)))
    assert reading.detail["rows counted"] == sum(len(row) >= shortest for row in rows) > 100
    assert reading.value == pytest.approx(theirs(rows, their, shortest, **arguments), rel=1e-9)


def test_mtld_of_short_and_of_unrepeating_rows_equals_lexicalrichness():
    rows = [["a"], list("abcdefgh"), list("aaaa"), list("abcabcabdd"), list("abcda")]
    for row in rows:
        view = view_of([" ".join(row)])
        value = measure("mtld", Measuring(view=view, parameters={"shortest": 1})).value
        assert value == pytest.approx(LexicalRichness(row, preprocessor=None, tokenizer=None).mtld(threshold=0.72)), row


def test_the_expected_number_of_types_is_what_endless_draws_give():
    rng = np.random.default_rng(0)
    row = rng.integers(0, 12, 40)
    sampled = np.mean([len(set(rng.choice(row, 30, replace=False).tolist())) for _ in range(20_000)])
    (exact,) = expected_types(token_rows([row.tolist()], vocabulary=12), draws=30)
    assert exact == pytest.approx(sampled, abs=0.02)
    every = expected_types(token_rows([row.tolist()], vocabulary=12), draws=40)
    assert every[0] == pytest.approx(len(set(row.tolist())))


@pytest.mark.parametrize("d", [3.0, 40.0, 120.0])
def test_the_fit_finds_the_d_that_made_the_curve(d):
    draws = np.array([10, 20, 30, 40, 50])
    assert fit_vocd(d / draws * (np.sqrt(1 + 2 * draws / d) - 1)) == pytest.approx(d, rel=1e-5)


def test_vocd_of_richer_text_is_higher_and_unbounded_text_is_said_to_be():
    plain, rich = (view_of(random_texts(60, words=words, longest=200)) for words in (30, 300))
    assert measure("vocd_d", Measuring(view=plain)).value < measure("vocd_d", Measuring(view=rich)).value
    unique = view_of([" ".join(f"u{i}" for i in range(80))])
    assert "no bound" in measure("vocd_d", Measuring(view=unique)).undefined


def test_rows_too_short_are_left_out_and_counted():
    view = view_of(["a b c", " ".join(["x", "y"] * 40)])
    reading = measure("ttr", Measuring(view=view))
    assert reading.value == pytest.approx(2 / 30)
    assert reading.detail["rows of fewer than 30 tokens"] == 1
    assert measure("ttr", Measuring(view=view_of(["a b c"]))).undefined == "undefined because no row has 30 tokens"


def test_tokens_and_words_of_one_text_may_differ():
    ids = np.array([1], dtype=np.uint64)
    tokens = token_rows([[0, 1] * 30], vocabulary=2)
    view = View(ids, "response", {}, {"text": [" ".join(f"w{i}" for i in range(60))], "tokens": tokens})
    assert measure("ttr", Measuring(view=view)).value == pytest.approx(2 / 30)
    assert measure("ttr", Measuring(view=view, parameters={"unit": "words"})).value == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["ttr", "vocd_d", "hdd", "mtld", "mattr"])
def test_the_same_rows_in_another_order_have_the_same_value_to_the_last_digit(name):
    texts = [" ".join(words_of(text)[:300]) for text in prose(301)]
    value = measure(name, Measuring(view=view_of(texts, vocabulary=1_000_000))).value
    for seed in range(4):
        order = np.random.default_rng(seed).permutation(len(texts))
        shuffled = view_of([texts[row] for row in order], vocabulary=1_000_000)
        assert measure(name, Measuring(view=shuffled)).value == value
