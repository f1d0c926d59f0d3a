"""Rows with words in common: the compiled reading and search equal the slow and obvious ones."""

from __future__ import annotations

import random
from itertools import combinations

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.curation.near_copies.bands import Bands, bands_for
from core.curation.near_copies.minhash import permutations, similar_texts
from core.curation.near_copies.shingles import RUN, code_points, count_words, least_values, shingles_of
from core.curation.normalised import character_classes, normalised, words
from tests.curation.near_copies import groups_of_pairs, jaccard_of, runs_of

ODD = st.text(
    st.sampled_from("aB é̂ß_-'’.,;+=|~€\n\t­​‍Ⅷ你好かガไทยкиكेी🙂👍🏽️0９\ud800�") | st.characters(),
    max_size=40,
)


@given(st.lists(ODD, max_size=6))
@settings(max_examples=300)
def test_compiled_words_are_those_of_the_slow_way(texts: list[str]) -> None:
    counts = count_words(*code_points(texts), character_classes())
    assert counts.tolist() == [len(words(text)) for text in texts]


@given(st.lists(st.lists(st.sampled_from(["a", "b", "ab", "你", "好", "🙂", "9"]), max_size=12), max_size=8))
def test_two_texts_have_the_shingles_in_common_that_their_runs_of_words_are(rows: list[list[str]]) -> None:
    texts = [" ".join(row) for row in rows]
    indptr, shingles = shingles_of(texts)
    sets = [set(shingles[indptr[row] : indptr[row + 1]].tolist()) for row in range(len(texts))]
    slow = [runs_of(text) for text in texts]
    assert [len(one) for one in sets] == [len(one) for one in slow]
    for a, b in combinations(range(len(texts)), 2):
        assert len(sets[a] & sets[b]) == len(slow[a] & slow[b])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Don't  PANIC!", "don t panic"), ("Ⅷ ＡＢ", "viii ab"), ("你好 world", "你 好 world"), ("", ""),
        ("की का", "की का"), ("co\u00adoperate", "cooperate"), ("3+4=7", "3 + 4 = 7"), ("ไทย", "ไ ท ย"), ("… — |", ""),
        ("カタ", "カ タ"), ("❤\ufe0f!", "❤"),
    ],
)  # fmt: skip
def test_words_as_a_person_reads_them(text: str, told: str) -> None:
    assert normalised(text) == told


def test_a_row_of_few_words_is_one_shingle_and_a_row_without_words_none() -> None:
    indptr, shingles = shingles_of(["yes", "Yes!", "yes yes", "?!", "a b c d", "a b c d e", "你好", "你好世界啊吗"])
    assert np.diff(indptr).tolist() == [1, 1, 1, 0, 1, 1, 1, 2]
    assert shingles[0] == shingles[1] != shingles[2]
    forest = similar_texts(["yes", "Yes!", "yes yes", "?!", "!?"], least=0.5)
    assert forest.groups(0.5).tolist() == [0, 0, -1, -1, -1]


def test_least_values_are_those_of_each_shingle_permuted() -> None:
    indptr, shingles = shingles_of(["a b c d e f g h", "", "one two"])
    multipliers, offsets = permutations(128)
    least = least_values(indptr, shingles, multipliers, offsets)
    assert least.shape == (3, 128) and (least[1] == 0xFFFFFFFF).all()
    for row in (0, 2):
        numbers = shingles[indptr[row] : indptr[row + 1]].tolist()
        for place in range(128):
            assert least[row, place] == min(
                (int(multipliers[place]) * number + int(offsets[place])) % 2**32 for number in numbers
            )
    assert len(set(multipliers.tolist())) == 128 and (multipliers % 2 == 1).all()


@pytest.mark.parametrize("similarity", [0.3, 0.5, 0.7, 0.9])
def test_the_share_of_equal_least_values_is_the_jaccard_similarity(similarity: float) -> None:
    """Over 400 pairs with this similarity, whose words are all their own."""
    shared = round(200 * similarity / (1 + similarity))
    texts = []
    for pair in range(400):
        names = [f"p{pair}w{number}" for number in range(400)]
        common, alone = names[: shared + RUN - 1], 100 - shared
        texts += [" ".join([*common, *names[150 : 150 + alone]]), " ".join([*common, *names[270 : 270 + alone]])]
    indptr, shingles = shingles_of(texts)
    least = least_values(indptr, shingles, *permutations(128))
    agree = (least[::2] == least[1::2]).mean(axis=1)
    true = jaccard_of(texts[0], texts[1])
    assert abs(true - similarity) < 0.02
    assert abs(agree.mean() - true) < 0.01
    # The spread is that of 128 independent permutations, so that the bands find what they are expected to.
    assert agree.std() < 1.3 * (true * (1 - true) / 128) ** 0.5


def test_bands_reach_the_recall_with_the_fewest_pairs() -> None:
    for threshold in (0.5, 0.6, 0.7, 0.8, 0.9):
        chosen = bands_for(threshold)
        assert chosen.bands * chosen.values <= 128 and chosen.chance(threshold) >= 0.98
        below = np.linspace(0, threshold, 200)
        for values in range(1, 129):
            for bands in range(1, 128 // values + 1):
                other = Bands(bands, values)
                if other.chance(threshold) >= 0.98:
                    assert np.mean([other.chance(s) for s in below]) >= np.mean([chosen.chance(s) for s in below])
    assert bands_for(0.5) == Bands(30, 3)
    with pytest.raises(ValueError, match="permutations"):
        bands_for(0.02)


def planted(rows: int, *, seed: int, vocabulary: int = 400) -> list[str]:
    """Texts of which many are copies of another with some words replaced, left out or added."""
    draw = random.Random(seed)
    made: list[list[str]] = []
    for _ in range(rows):
        if made and draw.random() < 0.5:
            text = list(draw.choice(made))
            for _ in range(draw.choice([0, 1, 1, 2, 5, 10])):
                place = draw.randrange(len(text)) if text else 0
                text[place : place + draw.choice([0, 1])] = [f"w{draw.randrange(vocabulary)}"] * draw.choice([0, 1])
        else:
            text = [f"w{draw.randrange(vocabulary)}" for _ in range(draw.choice([1, 3, 5, 20, 60, 100]))]
        made.append(text)
    return [" ".join(text) for text in made]


def test_groups_at_every_threshold_are_those_of_all_pairs_compared() -> None:
    """Bands find a pair with a probability; of 600 rows those at 0.6 and above are all found (expected: 99.9 %)."""
    texts = planted(600, seed=4)
    forest = similar_texts(texts, least=0.5)
    pairs = {
        (a, b): similarity
        for a, b in combinations(range(len(texts)), 2)
        if (similarity := jaccard_of(texts[a], texts[b])) >= 0.5
    }
    assert all(
        pairs[int(a), int(b)] == pytest.approx(s) for a, b, s in zip(forest.first, forest.second, forest.similarity)
    )
    for threshold in (0.6, 0.7, 0.8, 0.95, 1.0):
        near = [pair for pair, similarity in pairs.items() if similarity >= threshold]
        assert forest.groups(threshold).tolist() == groups_of_pairs(near, len(texts)).tolist()


def test_recall_at_the_lowest_threshold_is_as_expected() -> None:
    """Of pairs planted just above 0.5, at least 97 % are found (expected: 98.2 % and more)."""
    texts = []
    for pair in range(500):
        names = [f"p{pair}w{number}" for number in range(400)]
        texts += [" ".join([*names[:71], *names[150:183]]), " ".join([*names[:71], *names[270:303]])]
    assert 0.5 <= jaccard_of(texts[0], texts[1]) < 0.51
    forest = similar_texts(texts, least=0.5)
    assert 485 <= len(forest.first) <= 500
    assert (forest.first % 2 == 0).all() and (forest.second == forest.first + 1).all()


def test_the_order_of_the_rows_and_the_threads_change_nothing() -> None:
    texts = planted(300, seed=9)
    forest = similar_texts(texts, least=0.5)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        alone = similar_texts(texts, least=0.5)
    finally:
        numba.set_num_threads(before)
    assert (alone.first == forest.first).all() and (alone.similarity == forest.similarity).all()
    order = np.random.default_rng(3).permutation(len(texts))
    shuffled = similar_texts([texts[row] for row in order], least=0.5)
    for threshold in (0.5, 0.8, 1.0):
        groups, other = forest.groups(threshold), shuffled.groups(threshold)
        sets = {frozenset(np.flatnonzero(groups == name).tolist()) for name in set(groups.tolist()) - {-1}}
        assert sets == {frozenset(order[other == name].tolist()) for name in set(other.tolist()) - {-1}}
        assert forest.edges_from(threshold) == shuffled.edges_from(threshold)


def test_many_rows_of_one_bucket_are_still_one_group() -> None:
    """Far more rows than are compared with each other: one long text with one word that differs."""
    base = [f"w{number}" for number in range(200)]
    texts = [" ".join([*base[:100], f"slot{row}", *base[100:]]) for row in range(700)]
    forest = similar_texts(texts, least=0.5)
    assert (forest.groups(0.9) == 0).all()
