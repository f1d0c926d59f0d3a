"""Pairs of tags, and the tags of some rows against those of all, by counting row by row."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import sparse

from core.view import TypeRows
from core.workbench.inspections.tag_relations import tag_grid, tags_against, tags_together

NAMES = ["ash", "birch", "cedar", "elm", "fir"]


@pytest.fixture
def types() -> TypeRows:
    random = np.random.default_rng(4)
    dense = random.random((60, 5)) < [0.5, 0.3, 0.2, 0.2, 0.05]
    dense[:12, 3] = dense[:12, 1] = True
    return TypeRows(sparse.csr_matrix(dense.astype(np.int8)), NAMES)


def test_pairs_are_counted_row_by_row(types: TypeRows) -> None:
    dense = types.matrix.toarray().astype(bool)
    slow = {}
    for one in range(5):
        for other in range(5):
            both = int((dense[:, one] & dense[:, other]).sum())
            counts = dense[:, one].sum(), dense[:, other].sum()
            lift = both * 60 / (counts[0] * counts[1])
            if one != other and both >= 3 and lift > 1 and (counts[0], one) < (counts[1], other):
                slow[NAMES[one], NAMES[other]] = (both, lift, 100 * both / counts[0])
    table = tags_together(types)
    fast = {
        (line["tag"], line["with"]): (line["rows"], line["lift"], line["share"]) for line in table.to_dict("records")
    }
    assert fast == {pair: pytest.approx(values) for pair, values in slow.items()} and slow
    told = [line["rows"] * math.log(line["lift"]) for line in table.to_dict("records")]
    assert told == sorted(told, reverse=True)
    assert {"birch", "elm"} == set(table.iloc[0][["tag", "with"]])


def test_the_pairs_of_one_tag_name_it_first(types: TypeRows) -> None:
    table = tags_together(types, tag="birch")
    assert set(table["tag"]) == {"birch"} and "elm" in table["with"].tolist()
    assert not len(tags_together(types, tag="none such"))


def test_tags_of_chosen_rows_stand_against_a_random_draw(types: TypeRows) -> None:
    chosen, pool = np.arange(12), np.arange(60)
    table = tags_against(types, chosen, pool).set_index("tag")
    dense = types.matrix.toarray().astype(bool)
    draws = np.random.default_rng(0)
    for name in NAMES:
        column = dense[:, NAMES.index(name)]
        assert table.loc[name, "rows"] == column[:12].sum() and table.loc[name, "pool rows"] == column.sum()
        drawn = [column[draws.choice(60, 12, replace=False)].sum() for _ in range(4000)]
        assert table.loc[name, "expected"] == pytest.approx(np.mean(drawn), abs=0.1)
        assert table.loc[name, "z"] == pytest.approx((column[:12].sum() - np.mean(drawn)) / np.std(drawn), abs=0.25)
    assert table.index[0] == "elm" and (table["z"].abs().diff().dropna() <= 1e-9).all()


def test_the_grid_of_pairs_counts_both_ways_and_puts_tags_that_meet_side_by_side() -> None:
    random = np.random.default_rng(1)
    themes = np.repeat(random.random((200, 2)) < 0.4, 3, axis=1)  # tags 0 to 2 meet, and so do 3 to 5
    dense = themes & (random.random((200, 6)) < 0.8)
    names = ["ash", "larch", "elm", "quartz", "mica", "topaz"]
    shuffled = [0, 3, 1, 4, 2, 5]
    types = TypeRows(sparse.csr_matrix(dense[:, shuffled].astype(np.int8)), [names[place] for place in shuffled])
    grid = tag_grid(types)
    order = list(dict.fromkeys(grid["tag"]))
    assert {frozenset(order[:3]), frozenset(order[3:])} == {frozenset(names[:3]), frozenset(names[3:])}
    assert len(grid) == len(order) * (len(order) - 1)
    for line in grid.to_dict("records"):
        one, other = names.index(line["tag"]), names.index(line["with"])
        both = int((dense[:, one] & dense[:, other]).sum())
        assert line["rows"] == both == len(types.rows_with_all((line["tag"], line["with"])))
        assert line["lift"] == pytest.approx(both * 200 / (dense[:, one].sum() * dense[:, other].sum()))
        assert line["share"] == pytest.approx(100 * both / dense[:, one].sum())
    assert "ash" in set(tag_grid(types, tag="ash")["tag"]) and tag_grid(types, tag="none such").empty
