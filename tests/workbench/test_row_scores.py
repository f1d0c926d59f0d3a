"""Scores of rows that need no model, each against a slow, obvious twin and in any order of the rows."""

from __future__ import annotations

import math
import re
import zlib
from functools import partial

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from core.curation.normalised import normalised
from core.workbench.row_scores.copy_scores import copies
from core.workbench.row_scores.label_scores import label_artefact
from core.workbench.row_scores.near_scores import near_cosines
from core.workbench.row_scores.registry import ROW_SCORES
from core.workbench.row_scores.text_scores import (
    compressibility,
    flesch,
    length,
    lix,
    sentences,
    syllables,
    word_variety,
    words_of,
)

TEXTS = [
    "The cat sat on the mat. The dog lay by the fire, and the bird sang to the house all day.",
    "Notwithstanding considerable institutional complexity, the investigation of the committee is of importance.",
    "one two three four one two three four one two three four one two three four one two three four " * 3,
    "这是一个很短的中文句子。",
    "",
    "Hello!",
    "hello",
]


def slow_mtld(words: list[str]) -> float:
    def one_way(stream: list[str]) -> float:
        factors, stretch = 0.0, []
        for word in stream:
            stretch.append(word)
            if len(set(stretch)) / len(stretch) <= 0.72:
                factors, stretch = factors + 1, []
        if stretch:
            factors += (1 - len(set(stretch)) / len(stretch)) / (1 - 0.72)
        return len(stream) / (factors or 1.0)

    return (one_way(words) + one_way(words[::-1])) / 2


def test_length_and_compressibility_are_those_of_the_definition() -> None:
    assert [length(text) for text in TEXTS] == [21, 12, 60, 11, 0, 1, 1]
    data = TEXTS[2].encode()
    assert compressibility(TEXTS[2]) == 1 - len(zlib.compress(data, 6)) / len(data) > 0.8
    assert math.isnan(compressibility("short")) and compressibility(TEXTS[1]) < 0.4


def test_reading_ease_counts_words_sentences_and_syllables() -> None:
    assert [syllables(word) for word in ("cat", "fire", "table", "banana", "strengths")] == [1, 1, 2, 3, 1]
    assert sentences("One. Two! Three?\n\nFour") == 4 and sentences("") == 1
    words = re.findall(r"[a-z]+", TEXTS[0].lower())
    slow = 206.835 - 1.015 * len(words) / 2 - 84.6 * sum(map(syllables, words)) / len(words)
    assert flesch(TEXTS[0]) == pytest.approx(slow) and flesch(TEXTS[0]) > flesch(TEXTS[1])
    assert math.isnan(flesch(TEXTS[3])) and math.isnan(lix(TEXTS[3])) and lix(TEXTS[1]) > lix(TEXTS[0])


def test_variety_is_mtld_both_ways() -> None:
    values = word_variety(TEXTS)
    for text, value in zip(TEXTS, values, strict=True):
        words = words_of(text)
        assert math.isnan(value) if len(words) < 10 else value == pytest.approx(slow_mtld(words), rel=1e-5), text
    assert values.dtype == np.float32 and values[2] < values[0]


def test_copies_count_exact_and_normalised_texts_with_their_records() -> None:
    times = np.array([1, 1, 1, 1, 1, 3, 2])
    assert copies(TEXTS, times)[5:].tolist() == [3, 2]
    assert copies(TEXTS, times, same=normalised)[5:].tolist() == [5, 5]
    assert math.isnan(copies(TEXTS, times)[4])


@pytest.mark.parametrize("block", [1, 7, 512])
def test_novelty_and_density_are_exact_in_any_block_order_and_number_of_threads(block: int) -> None:
    random = np.random.default_rng(1)
    vectors = random.normal(size=(60, 24)).astype(np.float32)
    vectors[3] = vectors[40]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[10] = 0
    values = near_cosines(vectors, nearest=5, block=block)
    for row in range(60):
        if row == 10:
            assert np.isnan(values[row]).all()
            continue
        others = sorted(
            (
                float(np.dot(vectors[row].astype(np.float64), vectors[other]))
                for other in range(60)
                if other not in (row, 10)
            ),
            reverse=True,
        )
        assert values[row] == pytest.approx([others[0], np.mean(others[:5])], abs=2e-5)
    order = random.permutation(60)
    with threadpool_limits(1):
        mixed = near_cosines(vectors[order], nearest=5, block=13)
    np.testing.assert_allclose(mixed, values[order], atol=1.1e-5, equal_nan=True)
    assert np.isnan(near_cosines(vectors[:1])).all() and near_cosines(vectors[:0]).shape == (0, 2)


@pytest.mark.parametrize(("frequent", "expected"), [(0, 0.0), (2, 0.0), (2, 1.0), (4, 0.0)])
def test_the_label_artefact_is_the_largest_z_of_a_rows_words(frequent: int, expected: float) -> None:
    texts = ["not good", "not bad", "not fine", "good film", "fine film", "a film", "", "not seen"]
    label = np.array(["no", "no", "no", "yes", "yes", "yes", "yes", None], dtype=object)
    measured = partial(label_artefact, frequent=frequent, expected=expected)
    values = measured(texts, label)
    known = [row for row in range(8) if label[row] is not None]
    for row in range(8):
        own = [words_of(texts[other]) for other in known]
        slow = []
        for word in set(words_of(texts[row])) if label[row] else set():
            holding = [other for other, words in zip(known, own, strict=True) if word in words]
            base = sum(label[other] == label[row] for other in known) / len(known)
            if len(holding) < max(frequent, 1) or len(holding) * min(base, 1 - base) < expected:
                continue
            share = sum(label[other] == label[row] for other in holding) / len(holding)
            slow.append((share - base) / math.sqrt(base * (1 - base) / len(holding)))
        assert values[row] == pytest.approx(max(slow)) if slow else math.isnan(values[row])
    order = np.random.default_rng(0).permutation(8)
    np.testing.assert_allclose(measured([texts[row] for row in order], label[order]), values[order])
    assert np.isnan(measured(texts, np.array(["same"] * 8, dtype=object))).all()


def test_labels_dealt_at_random_are_given_away_by_no_word() -> None:
    random = np.random.default_rng(4)
    words = [f"w{number}" for number in range(400)]
    texts = [" ".join(random.choice(words, size=12, p=_zipf(400))) for _ in range(600)]
    label = np.where(random.random(600) < 0.1, "rare", "usual").astype(object)
    dealt = label_artefact(texts, label)
    told = label_artefact([f"{text} tell" if name == "rare" else text for text, name in zip(texts, label)], label)
    rare = label == "rare"
    assert np.nanquantile(dealt[rare], 0.9) < 4 and np.nanmin(told[rare]) > 10


def test_every_score_says_what_it_is_and_where_it_comes_from() -> None:
    for score in ROW_SCORES:
        assert score.formula and score.source and score.meaning and score.title


def _zipf(count: int) -> np.ndarray:
    weights = 1 / np.arange(1, count + 1)
    return weights / weights.sum()
