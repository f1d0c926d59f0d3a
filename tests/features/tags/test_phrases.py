"""Candidate phrases and keyphrases against slow, obvious twins."""

from __future__ import annotations

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.features.chunks import chunk
from core.features.tags.keyphrases import keyphrases, mmr
from core.features.tags.phrases import COMMON, PART, candidates

WORDS = ["neural", "network", "tree", "forest", "the", ",", "graph"]


def slow_candidates(texts: list[str], longest: int, a_row: int, least: int) -> list[list[str]]:
    """The definition, with sets and dictionaries; words as above, which stem from no special script."""
    counts: list[Counter[tuple[str, ...]]] = []
    for text in texts:
        result: Counter[tuple[str, ...]] = Counter()
        for run in re.split(r"\bthe\b|,", text):
            words = run.split()
            for size in range(1, longest + 1):
                result.update(tuple(words[at : at + size]) for at in range(len(words) - size + 1))
        counts.append(result)
    df = Counter(phrase for result in counts for phrase in result)
    df = Counter({phrase: count for phrase, count in df.items() if count >= least})
    within: Counter[tuple[str, ...]] = Counter()
    for phrase, count in df.items():
        if len(phrase) > 1:
            for part in (phrase[:-1], phrase[1:]):
                within[part] = max(within[part], count)
    rows = len(texts)
    chosen = []
    for result in counts:
        weights = {
            phrase: (1 + math.log(times)) * math.log((1 + rows) / df[phrase]) * math.sqrt(len(phrase))
            for phrase, times in result.items()
            if phrase in df and df[phrase] <= max(COMMON * rows, 5) and within[phrase] < PART * df[phrase]
        }
        order = sorted(weights, key=lambda phrase: (-round(weights[phrase], 9), len(phrase), phrase))
        chosen.append([" ".join(phrase) for phrase in order[:a_row]])
    return chosen


@settings(max_examples=60)
@given(
    st.lists(st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join), min_size=1, max_size=12),
    st.integers(1, 3),
    st.integers(1, 2),
)
def test_candidates_are_those_of_the_definition(texts: list[str], longest: int, least: int) -> None:
    result = candidates(texts, longest=longest, a_row=50, least=least)
    ours = [{result.names[place] for place in row if place >= 0} for row in result.places]
    assert ours == [set(row) for row in slow_candidates(texts, longest, 50, least)]


def test_phrases_end_at_stop_words_lines_and_punctuation() -> None:
    text = "Deep learning for the binary search tree.\nGradient descent - convex step-size"
    result = candidates([text], longest=3)
    assert {"deep learning", "binary search tree", "gradient descent", "convex step size"} <= set(result.names)
    assert not any(
        "learning binary" in name or "tree gradient" in name or "descent convex" in name for name in result.names
    )


def test_chinese_runs_give_phrases_of_two_to_four_characters() -> None:
    texts = ["机器学习的模型", "训练模型", "天气很好", "学习方法", "今天下雨", "红烧牛肉", "北京旅游"] * 60
    result = candidates(texts)
    assert "机器学习" in result.names
    assert all(2 <= len(name) <= 4 for name in result.names) and not any("的" in name for name in result.names)


def test_the_cap_keeps_the_phrases_of_most_rows() -> None:
    texts = ["apple tart", "apple pie", "apple cake", "plum jam"] * 60
    every = candidates(texts)
    few = candidates(texts, most=3)
    assert len(few.names) == 3 and set(few.names) < set(every.names)


def test_nothing_to_read_is_no_error() -> None:
    assert candidates([]).names == [] and candidates(["", "12 34", "the"]).names == []


def slow_mmr(row: np.ndarray, places: list[int], phrases: np.ndarray, count: int, spread: float) -> list[int]:
    chosen: list[int] = []
    left = [place for place in places if place >= 0]
    while left and len(chosen) < count:

        def score(place: int) -> float:
            near = float(phrases[place] @ row)
            if not chosen:
                return round(near, 4)
            return round(
                (1 - spread) * near - spread * max(float(phrases[place] @ phrases[other]) for other in chosen), 4
            )

        best = max(left, key=lambda place: (score(place), -left.index(place)))
        chosen.append(best)
        left.remove(best)
    return chosen


def test_mmr_is_that_of_the_definition() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        phrases = random.normal(size=(12, 5)).astype(np.float32)
        phrases /= np.linalg.norm(phrases, axis=1, keepdims=True)
        rows = random.normal(size=(6, 5)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        places = np.array([random.permutation(12)[:7] for _ in range(6)], dtype=np.int32)
        places[2, 2:] = -1
        places[3] = -1
        result = mmr(rows, places, phrases, count=4, spread=0.4)
        for row in range(6):
            assert result[row][result[row] >= 0].tolist() == slow_mmr(rows[row], places[row].tolist(), phrases, 4, 0.4)


def test_keyphrases_resume_from_the_phrases_already_embedded(tmp_path: Path) -> None:
    texts = ["apple pie. cinnamon", "dark bread, caraway. flour", "", "blue plum jam; figs"] * 3
    calls: list[int] = []

    def lettered(names):  # letters as vectors: no model needed
        vectors = np.array([[name.count(letter) + 0.1 for letter in "abcdefgh"] for name in names], dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode(names, progress, kept):
        def some(positions):
            calls.append(len(positions))
            return lettered([names[position] for position in positions])

        whole = [np.arange(len(names))]
        return chunk(
            kept,
            rows=len(names),
            width=8,
            dtype=np.float32,
            passes=lambda: whole,
            compute=some,
            step=lambda count: None,
        )

    rows = lettered([text or "x" for text in texts])
    first = keyphrases(texts, rows, encode, partial=tmp_path, per_row=2)
    second = keyphrases(texts, rows, encode, partial=tmp_path, per_row=2)
    assert len(calls) == 1
    for single, other in zip(first, second, strict=True):
        assert list(single) == list(other)
    indptr, ids, names = first
    assert names == sorted(names) and np.diff(indptr)[2] == 0 and np.diff(indptr).max() == 2
    assert all(names[tag] in texts[0] for tag in ids[indptr[0] : indptr[1]])
