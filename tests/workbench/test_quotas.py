"""Rules on a column as a person writes them: numbers as numbers, mistakes explained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Infeasible, InputError
from core.workbench.build import build, open_recipe
from core.workbench.quotas import apart, quotas_of
from core.workbench.recipe import Recipe
from tests.corpora import corpus_of, records


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    rows = records()
    for number, row in enumerate(rows):
        row["share"] = (0.25, 1234567.0, -0.5)[number % 3]
        if number % 7 == 0:
            del row["score"]
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), rows)
    return workspace, Recipe(corpus=corpus.id, strategy="random", size=30)


def quota(made, **rule):
    workspace, recipe = made
    (made_quota,) = quotas_of(open_recipe(workspace, recipe), rule)
    return made_quota


@pytest.mark.parametrize("typed", ["2", "2.0", "2.00", " 2"])
def test_a_number_is_matched_as_a_number_however_it_is_typed(made, typed: str) -> None:
    workspace, recipe = made
    rule = {"column": "score", "minimum": {typed: 9}, "maximum": {"3": 0}}
    built = build(workspace, Recipe(**{**recipe.as_dict(), "quotas": (rule,)}))
    chosen = built.corpus_view.pool.column("score")[built.answer.rows]
    assert (chosen == 2).sum() >= 9
    assert not (chosen == 3).any()


def test_groups_of_numbers_are_called_as_a_person_types_them(made) -> None:
    assert quota(made, column="score").names == [str(number) for number in range(11)]
    assert quota(made, column="share").names == ["-0.5", "0.25", "1234567"]


def test_a_row_without_a_number_is_in_no_group(made) -> None:
    workspace, recipe = made
    values = open_recipe(workspace, recipe).pool.column("score")
    assert np.array_equal(quota(made, column="score").groups < 0, np.isnan(values))


def test_every_other_value_is_bounded_wherever_the_star_stands(made) -> None:
    for maximum in ({"*": 4, "poem": 20}, {"poem": 20, "*": 4}):
        bound = quota(made, column="category", maximum=maximum)
        assert {bound.names[group]: rows for group, rows in bound.maximum.items()} == {
            "list": 4,
            "note": 4,
            "poem": 20,
        }


@pytest.mark.parametrize("count", ["x", "3.5", None, -1, 2.5, float("inf"), [3]])
def test_a_count_that_is_no_whole_number_is_explained(made, count) -> None:
    with pytest.raises(InputError, match="minimum of category = poem must be a number of rows"):
        quota(made, column="category", minimum={"poem": count})


def test_an_unknown_column_is_answered_with_those_there_are(made) -> None:
    with pytest.raises(InputError, match=r"'nosuch'.*There are:.*category.*score"):
        quota(made, column="nosuch", minimum={"a": 1})


def test_a_value_that_no_row_has_is_answered_with_those_there_are(made) -> None:
    with pytest.raises(Infeasible, match=r"whose category is 'song'.*list, note, poem"):
        quota(made, column="category", minimum={"song": 1})
    with pytest.raises(Infeasible, match="whose score is '99'"):
        quota(made, column="score", minimum={"99": 1})


def test_a_word_in_a_column_of_numbers_and_a_rule_that_is_none_are_refused(made) -> None:
    with pytest.raises(InputError, match=r"holds numbers.*'two'"):
        quota(made, column="score", maximum={"two": 1})
    with pytest.raises(InputError, match="table from values to rows"):
        quota(made, column="score", maximum=[1])
    workspace, recipe = made
    with pytest.raises(InputError, match="must name a column"):
        quotas_of(open_recipe(workspace, recipe), "category")  # type: ignore[arg-type]  # as a recipe's file may hold


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.lists(st.integers(0, 6), max_size=4, unique=True), min_size=1, max_size=25),
    bounded=st.sets(st.integers(0, 6), min_size=1),
)
def test_words_that_share_a_row_are_bounded_by_quotas_of_their_own(cells, bounded) -> None:
    rows = np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])
    groups = np.array([word for cell in cells for word in cell], dtype=np.int64)
    parts = apart(rows, groups, bounded=sorted(bounded), size=len(cells))
    assert sorted(word for _, among in parts for word in among) == sorted(bounded)
    for group_of, among in parts:
        for word in among:
            assert np.flatnonzero(group_of == word).tolist() == [row for row, cell in enumerate(cells) if word in cell]
        assert {*group_of.tolist()} <= {-1, *among}
