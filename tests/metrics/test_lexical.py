"""n-gram ratios, repetition and compression against the obvious loops."""

from __future__ import annotations

import gzip
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.metrics.metric import Measuring
from core.metrics.ngrams import ngrams
from core.metrics.registry import measure
from core.metrics.row_order import content_order, seeded_order
from core.metrics.units import words_of
from core.view import View
from tests.metrics.views import random_texts, token_rows, view_of
from tests.prose import prose

rows_of_tokens = st.lists(st.lists(st.integers(0, 5), max_size=10), min_size=1, max_size=8)


def grams_of(row, n):
    return [tuple(row[i : i + n]) for i in range(len(row) - n + 1)]


def view_with(rows):
    ids = np.arange(1, len(rows) + 1, dtype=np.uint64)
    return View(ids, "response", {}, {"tokens": token_rows(rows, vocabulary=6)})


@settings(max_examples=40)
@given(rows_of_tokens)
def test_equal_codes_mean_equal_ngrams(rows):
    tokens = token_rows(rows, vocabulary=6)
    for grams in ngrams(tokens, longest=4):
        listed = [gram for row in rows for gram in grams_of(row, grams.n)]
        coded = grams.codes[grams.codes >= 0]
        assert grams.total == len(listed) == len(coded)
        assert grams.distinct == len(set(listed)) == len({*coded.tolist()})
        assert len(set(zip(coded.tolist(), listed))) == grams.distinct


@settings(max_examples=40)
@given(rows_of_tokens)
def test_ratios_and_repetition_equal_counting_by_hand(rows):
    listed = {n: [gram for row in rows for gram in grams_of(row, n)] for n in (1, 2, 3, 4)}
    reading = measure("nr", Measuring(view=view_with(rows)))
    if all(listed.values()):
        assert reading.value == pytest.approx(sum(len(set(grams)) / len(grams) for grams in listed.values()))
    else:
        assert reading.value is None
    if listed[2]:
        value = measure("distinct_n", Measuring(view=view_with(rows), parameters={"n": 2})).value
        assert value == pytest.approx(len(set(listed[2])) / len(listed[2]))
    counts = Counter(gram for row in rows for gram in set(grams_of(row, 2)))
    counted = [sum(counts[gram] - 1 for gram in set(grams_of(row, 2))) for row in rows if len(row) >= 2]
    reading = measure("self_repetition", Measuring(view=view_with(rows), parameters={"n": 2}))
    if len(counted) >= 2:
        assert reading.value == pytest.approx(np.mean([math.log(1 + others) for others in counted]))
    else:
        assert reading.value is None


@settings(max_examples=30)
@given(rows_of_tokens.filter(any))
def test_the_adjusted_ratio_divides_by_what_uniform_draws_would_show(rows):
    flat = [token for row in rows for token in row]
    expected = 6 * (1 - (5 / 6) ** len(flat))
    assert measure("ead", Measuring(view=view_with(rows))).value == pytest.approx(len(set(flat)) / expected)


@pytest.mark.parametrize("unit", ["tokens", "words"])
def test_the_ratio_of_rows_of_prose_equals_counting_by_hand(unit):
    texts = prose(501)
    rows = [words_of(text) for text in texts]
    expected = sum(
        len({gram for row in rows for gram in grams_of(row, n)}) / sum(max(0, len(row) - n + 1) for row in rows)
        for n in (1, 2, 3, 4)
    )
    view = view_of(texts, vocabulary=1_000_000)
    assert measure("nr", Measuring(view=view, parameters={"unit": unit})).value == pytest.approx(expected, rel=1e-12)


def test_words_are_letters_in_runs_and_chinese_one_by_one():
    assert words_of("Don't stop—42 你好, 世界! 🎉") == ["don't", "stop", "42", "你", "好", "世", "界", "🎉"]


def test_text_is_compressed_once():
    texts = random_texts(60)
    view = view_of(texts)
    reading = measure("cr", Measuring(view=view))
    data = "\n".join(texts[row] for row in content_order([text.encode() for text in texts], seed=0)).encode()
    once, twice = len(gzip.compress(data, 9)), len(gzip.compress(gzip.compress(data, 9), 9))
    assert reading.value == pytest.approx(len(data) / once, rel=1e-12)
    assert reading.value != pytest.approx(len(data) / twice, rel=1e-6)


def test_repetition_compresses_better_and_xz_looks_further_back():
    noise = [
        "".join(chr(33 + value) for value in np.random.default_rng(row).integers(0, 90, 3000)) for row in range(15)
    ]
    # Each long row comes twice, farther apart than gzip's 32 KiB for most of them.
    view = view_of(noise + noise)
    assert measure("cr", Measuring(view=view)).value > measure("cr", Measuring(view=view_of(noise))).value
    wide = measure("cr", Measuring(view=view, parameters={"compressor": "xz"})).value
    assert wide > measure("cr", Measuring(view=view)).value


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("cr", {}), ("cr", {"compressor": "xz"}), ("pos_templates", {"sample": 60}), ("rouge_l", {"most": 1000}),
     ("rouge_l", {"most": 1000, "unit": "words"}), ("rouge_l", {"most": 100_000})],
)  # fmt: skip
def test_one_set_of_texts_has_one_value_whatever_its_row_ids(name: str, parameters: dict):
    texts = random_texts(120)
    for seed in (0, 5):
        values = set()
        for draw in range(4):
            order = np.random.default_rng(draw).permutation(len(texts))
            ids = np.sort(np.random.default_rng(draw).integers(1, 1 << 62, len(texts)).astype(np.uint64))
            tokens = [[texts.index(texts[row]), *map(len, texts[row].split())] for row in order]
            features = {"text": [texts[row] for row in order], "tokens": token_rows(tokens, vocabulary=4096)}
            view = View(ids, "response", {}, features)
            values.add(measure(name, Measuring(view=view, parameters=parameters, seed=seed)).value)
        assert len(values) == 1 and None not in values


def test_the_seeded_order_follows_the_ids_and_not_the_positions():
    ids = np.arange(100, 400, dtype=np.uint64)
    mixed = np.random.default_rng(0).permutation(ids)
    assert ids[seeded_order(ids, seed=3)].tolist() == mixed[seeded_order(mixed, seed=3)].tolist()
    assert ids[seeded_order(ids, seed=3)].tolist() != ids[seeded_order(ids, seed=4)].tolist()
