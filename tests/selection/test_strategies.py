"""The strategies of the engine: what each takes for a type, what it leaves outside, what it refuses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from textblob.en.taggers import PatternTagger

from core.errors import FeatureMissing, InputError
from core.parameters import complete
from core.selection.plan import Request
from core.selection.registry import strategies, strategy
from core.selection.strategies.structural import TEMPLATES
from core.selection.strategy import Preparation
from core.several import Several, words_of
from core.view import TokenRows, View
from tests.selection import slow

OURS = ("macro", "micro", "balanced", "source_balanced", "structural", "random")


def view_of(**features) -> View:
    rows = len(next(iter(features.values()))) if "tokens" not in features else len(features["tokens"].indptr) - 1
    named = {key.replace("column_", "column:"): value for key, value in features.items()}
    return View(slow.ids_of(rows), "response", {key: (lambda value=value: value) for key, value in named.items()})


def tokens_of(rows: list[list[int]], vocabulary: int = 50) -> TokenRows:
    ids = np.array([token for row in rows for token in row], dtype=np.int32)
    indptr = np.concatenate(([0], np.cumsum([len(row) for row in rows]))).astype(np.int64)
    return TokenRows(indptr, ids, vocabulary, np.bincount(ids, minlength=vocabulary))


def prepare(name: str, view: View, seed: int = 0, **parameters):
    chosen = strategy(name)
    completed = complete(chosen.parameters, parameters)
    for feature in chosen.needs(completed):
        assert view.has(feature), feature
    return chosen.prepare(Preparation(view=view, parameters=completed, seed=seed))


def test_the_registry_offers_ours_and_each_says_what_it_is():
    assert set(OURS) <= set(strategies())
    for name in OURS:
        single = strategy(name)
        assert single.formula
        assert single.source
        assert single.summary
        assert all(parameter.help for parameter in single.parameters)


def test_a_missing_feature_says_what_to_do():
    with pytest.raises(FeatureMissing, match="Clusters page"):
        strategy("macro").prepare(Preparation(view=View(slow.ids_of(3)), parameters={"order": "pruning"}))


def test_macro_draws_evenly_and_leaves_noise_outside():
    labels = np.array([0] * 30 + [1] * 20 + [2] * 10 + [-1] * 7, dtype=np.int32)
    plan = prepare("macro", view_of(clusters=labels))
    assert plan.outside == {"noise: in no cluster": 7}
    even = plan.answer(Request(size=30))
    assert Counter(labels[even.rows].tolist()) == {0: 10, 1: 10, 2: 10}
    biggest = plan.answer(Request(size=30, position=0.0))
    assert Counter(labels[biggest.rows].tolist()) == {0: 30}
    short = plan.answer(Request(size=45))
    assert Counter(labels[short.rows].tolist())[2] == 10  # a short cluster gives all, the others make up for it


def test_macro_in_a_random_order_has_its_own_reach():
    labels = np.array([0] * 30 + [1] * 3 + [2] * 3 + [3] * 3, dtype=np.int32)
    view = view_of(clusters=labels)
    reaches = set()
    for seed in range(8):
        plan = prepare("macro", view, seed=seed, order="random permutation")
        reaches.add(plan.scale(Request(size=30)).k_min)
    assert reaches > {1}
    assert prepare("macro", view).scale(Request(size=30)).k_min == 1


def test_macro_with_one_cluster_or_none():
    plan = prepare("macro", view_of(clusters=np.zeros(9, dtype=np.int32)))
    assert plan.answer(Request(size=4, position=0.5)).realised["k"] == 1
    with pytest.raises(InputError, match="noise"):
        prepare("macro", view_of(clusters=np.full(9, -1, dtype=np.int32)))


def test_micro_takes_the_tokens_of_the_band():
    tokens = tokens_of([[1, 1, 1, 2], [2, 3], [1, 1], [4, 2, 3], []])
    plan = prepare("micro", view_of(tokens=tokens), low=2, high=3)
    assert plan.incidence.keys.tolist() == [2, 3]  # 1 occurs five times, 4 once
    assert plan.outside == {"without a mid-band token": 2}
    assert set(plan.answer(Request(size=1)).rows.tolist()) <= {1, 3}
    kept = prepare("micro", view_of(tokens=tokens), low=2, high=3, untyped=True)
    assert len(kept.answer(Request(size=5)).rows) == 5
    with pytest.raises(InputError, match="No token"):
        prepare("micro", view_of(tokens=tokens), low=40, high=50)


@pytest.mark.parametrize("variant", ["rarest type", "row by row", "compact"])
def test_every_pruning_of_micro_answers_at_every_position(variant):
    generator = np.random.default_rng(0)
    rows = [generator.integers(0, 50, generator.integers(1, 12)).tolist() for _ in range(200)]
    plan = prepare("micro", view_of(tokens=tokens_of(rows)), low=1, high=500, variant=variant)
    for answer in plan.levels(Request(size=20), levels=4):
        assert len(np.unique(answer.rows)) == 20
        assert answer.realised["k_min"] <= answer.realised["k_max"]
        assert answer.realised["k"] <= answer.realised["k_target"]


def test_the_length_correction_of_micro_prefers_shorter_rows():
    generator = np.random.default_rng(0)
    rows = [generator.integers(0, 50, generator.integers(1, 40)).tolist() for _ in range(300)]
    view = view_of(tokens=tokens_of(rows))
    lengths = view.tokens.lengths
    plain, corrected = (
        lengths[prepare("micro", view, low=1, gamma=gamma).answer(Request(size=30)).rows].mean() for gamma in (0, 1)
    )
    assert corrected < plain


def test_balanced_counts_every_category_alike():
    category = np.array(["qa"] * 20 + ["code"] * 6 + [None] * 4, dtype=object)
    plan = prepare("balanced", view_of(column_category=category))
    assert plan.outside == {"without a value in category": 4}
    assert Counter(category[plan.answer(Request(size=12)).rows].tolist()) == {"qa": 6, "code": 6}
    assert list(plan.incidence.names) == ["category = code", "category = qa"]


def test_balanced_over_several_columns_each_or_crossed():
    view = view_of(
        column_a=np.array(["x", "x", "y", None], dtype=object), column_b=np.array([1.0, 2.0, 2.0, 2.0])
    )  # fmt: skip
    plan = prepare("balanced", view, columns=["a", "b"])
    assert list(plan.incidence.names) == ["a = x", "a = y", "b = 1", "b = 2"]
    crossed = prepare("balanced", view, columns=["a", "b"], several="crossed")
    assert list(crossed.incidence.names) == ["a = x, b = 1", "a = x, b = 2", "a = y, b = 2"]
    assert crossed.outside == {"without a value in a, b": 1}


def test_balanced_counts_a_row_for_each_word_of_a_column_of_lists():
    topics = np.array(
        [Several(["law", "art"])] * 8 + [Several(["law"])] * 3 + ["art"] + [None, Several(["music", "law"])],
        dtype=object,
    )
    view = view_of(column_topics=topics, column_kind=np.array(["x", "y"] * 7, dtype=object))
    plan = prepare("balanced", view, columns=["topics"])
    assert list(plan.incidence.names) == ["topics = art", "topics = law", "topics = music"]
    assert plan.incidence.df.tolist() == [9, 12, 1]
    assert plan.outside == {"without a value in topics": 1}
    crossed = prepare("balanced", view, columns=["topics", "kind"], several="crossed")
    assert dict(zip(crossed.incidence.names, crossed.incidence.df.tolist(), strict=True)) == {
        f"topics = {word}, kind = {kind}": sum(
            word in words_of(cell) and place % 2 == at for place, cell in enumerate(topics)
        )
        for word, at, kind in [("art", 0, "x"), ("art", 1, "y"), ("law", 0, "x"), ("law", 1, "y"), ("music", 1, "y")]
    }


def test_balanced_cuts_many_numbers_into_tenths():
    scores = np.concatenate((np.arange(500.0), [np.nan]))
    plan = prepare("balanced", view_of(column_score=scores), columns=["score"])
    assert len(plan.incidence.keys) == 10
    assert plan.incidence.df.tolist() == [50] * 10
    assert plan.outside == {"without a value in score": 1}
    with pytest.raises(InputError, match="No column"):
        prepare("balanced", view_of(column_score=scores), columns=[])


def test_source_balanced_is_balanced_over_the_source():
    source = np.array(["a"] * 9 + ["b"] * 3, dtype=object)
    plan = prepare("source_balanced", view_of(column_source=source))
    assert Counter(source[plan.answer(Request(size=6)).rows].tolist()) == {"a": 3, "b": 3}


def test_structural_types_are_the_phrases_that_rows_share():
    generator = np.random.default_rng(1)
    rows = [generator.integers(0, 4, generator.integers(0, 9)).tolist() for _ in range(120)]
    plan = prepare("structural", view_of(tokens=tokens_of(rows)), shortest=2, longest=3, low=4, high=20)
    carried = [{tuple(row[at : at + n]) for n in (2, 3) for at in range(len(row) - n + 1)} for row in rows]
    frequency = Counter(phrase for phrases in carried for phrase in phrases)
    expected = [sum(4 <= frequency[phrase] <= 20 for phrase in phrases) for phrases in carried]
    assert plan.incidence.per_row.tolist() == expected
    shared = sorted(count for count in frequency.values() if 4 <= count <= 20)
    assert sorted(plan.incidence.df.tolist()) == shared
    with pytest.raises(InputError):
        prepare("structural", view_of(tokens=tokens_of(rows)), low=119, high=120)


def test_structural_templates_are_the_tag_sequences_that_rows_share():
    generator = np.random.default_rng(2)
    words = ("the red dog runs", "a small cat", "she never eats", "in 1999", "green ideas sleep", ".", "Paris is old")
    texts = [" ".join(words[part] for part in generator.integers(0, 7, generator.integers(0, 6))) for _ in range(60)]
    texts += ["猫はねずみを追いかける" * 3, "Кошка ловит мышь в саду", "", "1 + 1 = 2"]
    plan = prepare("structural", view_of(text=texts), types=TEMPLATES, shortest=3, longest=4, low=3, high=15)
    tags = [[] if row in (60, 61) else [tag for _, tag in PatternTagger().tag(text)] for row, text in enumerate(texts)]
    carried = [{tuple(row[at : at + n]) for n in (3, 4) for at in range(len(row) - n + 1)} for row in tags]
    frequency = Counter(gram for grams in carried for gram in grams)
    expected = [sum(3 <= frequency[gram] <= 15 for gram in grams) for grams in carried]
    assert plan.incidence.per_row.tolist() == expected
    assert plan.outside == {
        "in a script that the tagger cannot read": 2,
        "without a recurring n-gram": expected.count(0) - 2,
    }
    some = np.arange(0, 60, 2)  # a template's key does not depend on the pool
    part = prepare("structural", view_of(text=[texts[row] for row in some]), types=TEMPLATES, low=2, high=60)
    whole = prepare("structural", view_of(text=texts), types=TEMPLATES, low=2, high=60)
    assert set(part.incidence.keys.tolist()) <= set(whole.incidence.keys.tolist())


def test_random_is_a_seeded_draw_that_grows_with_the_size():
    plan = prepare("random", View(slow.ids_of(500)))
    ten, twenty = (plan.answer(Request(size=size, seed=4)).rows for size in (10, 20))
    assert np.array_equal(ten, twenty[:10])
    assert not np.array_equal(ten, plan.answer(Request(size=10, seed=5)).rows)
    arrays, values = plan.state()
    assert np.array_equal(type(plan).restore(arrays, values).answer(Request(size=10, seed=4)).rows, ten)
