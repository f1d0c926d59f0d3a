"""Dropping, merging, undoing, renaming."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.cluster import DBSCAN

from core.errors import InputError
from core.features.tags.decisions import Decisions, Merge, decide, type_rows
from core.features.tags.normalise import is_word, spelling, spelling_groups
from core.features.tags.rules import companions
from core.features.tags.synonyms import centres, dense_groups, near_groups
from core.features.tags.tagging import Tagging


def incidence(rows: list[set[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    names = sorted(set().union(*rows)) if rows else []
    dense = np.array([[name in row for name in names] for row in rows], dtype=np.int8)
    return sparse.csr_matrix(dense.reshape(len(rows), len(names))), names


def apart(names) -> np.ndarray:
    """Vectors that are all far from each other, but for names that share their first three letters."""
    counts = np.zeros((len(names), 64), dtype=np.float32)
    for row, name in enumerate(names):
        counts[row, sum(map(ord, name[:3])) % 61] = 1
        counts[row, 61 + len(name) % 3] = 0.2
    return counts / np.linalg.norm(counts, axis=1, keepdims=True)


@pytest.mark.parametrize("tag", ["python", "sql", "machine learning", "问答", "c++ code", "what's new", "rhythm", "ai"])
def test_words_are_kept(tag: str) -> None:
    assert is_word(tag)


@pytest.mark.parametrize(
    "tag",
    ["", "123", "xkcdfgh", "none", "N/A", "aaaaargh", "<b>x</b>", "a", "==>", "one two three four five six seven"],
)
def test_what_is_no_word_is_dropped(tag: str) -> None:
    assert not is_word(tag)


def test_spellings_of_one_tag_share_a_form() -> None:
    assert (
        len(
            {spelling(tag) for tag in ("Machine Learning", "machine-learning", "machine learnings", "MACHINE_LEARNING")}
        )
        == 1
    )
    assert spelling("问答") == "问答" and spelling("python") != spelling("java")
    for same in ("plan plans", "story stories", "class classes", "box boxes", "code codes", "search searches"):
        assert len({spelling(word) for word in same.split()}) == 1, same
    for other in ("engine engineer", "plan plane", "class clas", "news new", "acid acidic"):
        assert len({spelling(word) for word in other.split()}) == 2, other
    groups = spelling_groups(["Email", "email", "emails", "java"], np.array([2, 9, 3, 1]))
    assert groups == {0: 1, 2: 1}


def partition(groups: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(groups == single).tolist()) for single in np.unique(groups)}


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.02, 0.15, 0.4]))
def test_near_groups_are_those_of_dbscan(seed: int, count: int, eps: float) -> None:
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(6, 8))[random.integers(6, size=count)] + 0.3 * random.normal(size=(count, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels = DBSCAN(eps=eps + 1e-6, min_samples=2, metric="cosine").fit_predict(vectors)
    labels[labels < 0] = labels.max(initial=0) + 1 + np.arange((labels < 0).sum())
    assert partition(near_groups(vectors, eps=eps)) == partition(labels)


def test_hdbscan_finds_tight_pairs_() -> None:
    random = np.random.default_rng(0)
    middles = np.repeat(np.eye(8, 16), 4, axis=0)
    vectors = (middles + 0.02 * random.normal(size=(32, 16))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert partition(dense_groups(vectors, eps=0.15)) == {frozenset(range(at, at + 4)) for at in range(0, 32, 4)}


def test_hdbscan_takes_more_than_twenty_thousand_tags() -> None:
    angles = np.repeat(np.linspace(0, 6, 10_001), 2) + np.tile([0.0, 1e-7], 10_001)
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    assert len(np.unique(dense_groups(vectors, eps=0.0))) > 1


def test_the_centre_names_its_group() -> None:
    angles = np.array([0.0, 0.1, 0.2, 2.0])
    vectors = np.stack((np.cos(angles), np.sin(angles)), axis=1).astype(np.float32)
    result = centres(vectors, np.array([0, 0, 0, 1]), np.array([9, 1, 9, 1]))
    assert {tag: into for tag, (into, _) in result.items()} == {0: 1, 2: 1}
    assert result[0][1] == pytest.approx(np.cos(0.1), abs=1e-4)
    pair = centres(vectors[:2], np.array([0, 0]), np.array([1, 5]))  # both as near: the commoner one
    assert pair == {0: (1, pytest.approx(np.cos(0.1), abs=1e-4))}


@settings(max_examples=60)
@given(
    st.lists(st.sets(st.sampled_from("abcde")), min_size=1, max_size=20),
    st.integers(1, 4),
    st.sampled_from([0.5, 0.8, 1.0]),
)
def test_rules_are_those_of_counting_every_pair(rows: list[set[str]], support: int, confidence: float) -> None:
    matrix, names = incidence([*rows, set("abcde")])
    everything = [*rows, set("abcde")]
    single = Counter(tag for row in everything for tag in row)
    both = Counter(pair for row in everything for pair in permutations(sorted(row), 2))
    expected = {}
    for name in names:
        targets = [
            other
            for other in names
            if other != name
            and both[name, other] >= support
            and both[name, other] / single[name] >= confidence
            and (-single[other], other) < (-single[name], name)
        ]
        if targets:
            best = min(targets, key=lambda other: (-single[other], other))
            expected[name] = (best, both[name, best] / single[name])
    result = companions(matrix, support=support, confidence=confidence)
    assert {names[tag]: (names[into], share) for tag, (into, share) in result.items()} == expected


ROWS = [
    {"email", "write text", "none"},
    {"emails", "write text"},
    {"Email", "poem", "gadget x"},
    {"poem", "write text"},
    {"poems", "write text", "odd one"},
]


def decided(rows: list[set[str]] = ROWS, **settings: object) -> tuple[Decisions, sparse.csr_matrix, list[str]]:
    matrix, names = incidence(rows)
    tagging = Tagging(**{"min_rows": 2, "support": 0, **settings})  # type: ignore[arg-type]
    return decide(matrix, names, tagging, embed=apart), matrix, names


def test_decisions_say_which_rule_did_what() -> None:
    decisions, matrix, names = decided()
    assert decisions.dropped == {"none": "no word", "gadget x": "rare", "odd one": "rare"}
    assert {tag: (merge.into, merge.rule) for tag, merge in decisions.merges.items()} == {
        "email": ("Email", "spelling"), "emails": ("Email", "spelling"), "poems": ("poem", "spelling"),
    }  # fmt: skip
    types = type_rows(matrix, names, decisions)
    assert types.names == ["Email", "poem", "write text"]
    assert types.matrix.toarray().tolist() == [[1, 0, 1], [1, 0, 1], [1, 1, 0], [0, 1, 1], [0, 1, 1]]
    assert set(types.matrix.data) == {1}


def test_meaning_and_rules_merge_what_is_left() -> None:
    decisions, _, _ = decided([{"poetry", "poem"}, {"poem", "verse"}, {"poetry", "verse"}] * 2, min_rows=1)
    assert decisions.merges["poetry"].rule == "meaning" and decisions.merges["poetry"].into == "poem"
    rows = [{"zebra", "animal"}, {"zebra", "animal"}, {"animal"}]
    decisions, _, _ = decided(rows, min_rows=1, support=2, confidence=0.99)
    assert decisions.merges == {"zebra": Merge("animal", "association", 1.0)}
    assert decided(rows, min_rows=1, support=3)[0].merges == {}


def test_a_merge_is_undone_and_a_dropped_tag_brought_back() -> None:
    decisions, matrix, names = decided()
    back = decisions.undone("poems", known=names).undone("odd one", known=names)
    assert type_rows(matrix, names, back).names == ["Email", "odd one", "poem", "poems", "write text"]
    assert back.version == 2 and back.log == ("undid poems → poem", "brought back odd one")
    assert decisions.version == 0  # the version before is as it was
    assert Decisions.of(back.as_dict()).as_dict() == back.as_dict()
    with pytest.raises(InputError, match="neither"):
        decisions.undone("write text", known=names)


def test_a_tag_is_renamed_and_a_taken_name_merges() -> None:
    decisions, matrix, names = decided()
    named = decisions.renamed("Email", "  e-mail ", known=names)
    assert type_rows(matrix, names, named).names == ["e-mail", "poem", "write text"]
    joined = named.renamed("e-mail", "poem", known=names)
    types = type_rows(matrix, names, joined)
    assert types.names == ["poem", "write text"] and joined.merges["Email"] == Merge("poem", "by hand", 1.0)
    assert types.matrix.toarray()[:, 0].tolist() == [1, 1, 1, 1, 1]
    assert type_rows(matrix, names, joined.undone("Email", known=names)).names == ["Email", "poem", "write text"]
    for bad in ("", "x" * 81):
        with pytest.raises(InputError, match="characters"):
            decisions.renamed("poem", bad, known=names)
    with pytest.raises(InputError, match="no tag"):
        decisions.renamed("emails", "x", known=names)


def test_a_name_is_never_shared_by_an_undo() -> None:
    decisions, _, names = decided()
    taken = decisions.renamed("write text", "poems", known=names)
    with pytest.raises(InputError, match="is called"):
        taken.undone("poems", known=names)


@settings(max_examples=40)
@given(
    st.lists(st.sets(st.sampled_from(["a b", "A b", "poem", "poems", "verse", "poet", "none", "zebra"])), max_size=12)
)
def test_every_raw_tag_ends_in_one_type_or_none(rows: list[set[str]]) -> None:
    rows = [*rows, {"verse"}]
    matrix, names = incidence(rows)
    decisions = decide(matrix, names, Tagging(support=1, confidence=0.5), embed=apart)
    types = type_rows(matrix, names, decisions)
    final = dict(zip(names, decisions.final(names), strict=True))
    for row, tags in enumerate(rows):
        expected = sorted({final[tag] for tag in tags if final[tag] is not None})
        assert [types.names[place] for place in types.matrix[row].indices] == expected
    assert list(types.names) == sorted(types.names)
