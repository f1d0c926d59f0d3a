"""Self-BLEU equals the leave-one-out loop of sacrebleu, on made-up and on real rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU

from core.metrics.metric import Measuring
from core.metrics.registry import measure
from core.metrics.self_bleu import closest_other_length, row_bleu
from core.metrics.units import unit_rows, words_of
from tests.metrics.views import random_texts, token_rows, view_of
from tests.prose import prose


def loop(rows: list[list[str]], *, effective_order: bool) -> np.ndarray:
    bleu = BLEU(smooth_method="floor", smooth_value=0.1, effective_order=effective_order, tokenize="none", force=True)
    texts = [" ".join(row) for row in rows]
    return np.array([bleu.sentence_score(x, texts[:i] + texts[i + 1 :]).score for i, x in enumerate(texts)])


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=12), min_size=2, max_size=8), st.booleans())
def test_every_row_scores_as_sacrebleu_scores_it_against_the_others(rows, effective_order):
    ours = row_bleu(token_rows(rows, vocabulary=7), effective_order=effective_order)
    theirs = loop([[f"t{token}" for token in row] for row in rows], effective_order=effective_order)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_five_hundred_rows_of_prose_score_as_with_sacrebleu():
    rows = [words_of(text)[:14] for text in prose(505)]  # sacrebleu's loop takes a minute on whole rows
    texts = [" ".join(row) for row in rows]
    filled = [row for row in rows if row]
    assert len(filled) >= 500
    expected = loop(filled, effective_order=True).mean()
    for unit in ("tokens", "words"):  # the test tokenizer numbers words, so both must give the same
        view = view_of(texts, vocabulary=50_000)
        assert measure("bl", Measuring(view=view, parameters={"unit": unit})).value == pytest.approx(expected, abs=1e-9)


def test_the_closest_length_is_that_of_another_row_and_the_shorter_on_a_tie():
    lengths = np.array([5, 5, 8, 11, 2])
    others = [min((abs(a - b), b) for j, b in enumerate(lengths) if j != i)[1] for i, a in enumerate(lengths)]
    assert closest_other_length(lengths).tolist() == others == [5, 5, 5, 8, 5]


def test_rows_without_tokens_are_left_out_and_counted():
    texts = [text + " w1 w2 w3 w4" for text in random_texts(20)]
    full = measure("bl", Measuring(view=view_of(texts)))
    holed = measure("bl", Measuring(view=view_of([*texts, "", "  "])))
    assert holed.value == pytest.approx(full.value, abs=1e-12)
    assert holed.detail["rows without tokens"] == 2


def test_identical_rows_are_as_undiverse_as_can_be():
    assert measure("bl", Measuring(view=view_of(["one two three four five"] * 5))).value == pytest.approx(100.0)


def test_the_order_of_the_words_numbering_does_not_matter():
    view = view_of(random_texts(30))
    rows = unit_rows(view, "words")
    renamed = token_rows(
        [list((7 * rows.ids[a:b] + 3) % 1009) for a, b in zip(rows.indptr[:-1], rows.indptr[1:])], vocabulary=1009
    )
    np.testing.assert_array_equal(row_bleu(rows), row_bleu(renamed))
