"""What came out of a build as it is listed: equal to looking the rows up one by one."""

from __future__ import annotations

import pytest

from core.budgets.sizing import default_size, in_thousands, usual_size
from core.row_positions import PoolRows
from core.workbench.build import Built, build
from core.workbench.inspections.subset_listing import lengths_of, mix_of, rows_and_ranks
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Built]:
    workspace, corpus = corpus_of(tmp_path_factory.mktemp("home"), records(120))
    return workspace, build(workspace, Recipe(corpus=corpus.id, strategy="random", size=30, seed=3))


def test_rows_are_listed_in_the_order_chosen_or_as_left_out(made: tuple[Workspace, Built]) -> None:
    _, built = made
    rows, ranks = rows_and_ranks(built, chosen=True)
    assert rows.tolist() == built.answer.rows.tolist() and ranks.tolist() == list(range(1, 31))
    others, _ = rows_and_ranks(built, chosen=False)
    assert others.tolist() == [row for row in range(len(built.corpus_view.pool)) if row not in set(rows.tolist())]
    assert [row for row, inside in enumerate(built.chosen.tolist()) if inside] == sorted(rows.tolist())
    inside = PoolRows(rows[::7][::-1].copy())
    kept, kept_ranks = rows_and_ranks(built, chosen=True, inside=inside)
    assert [rows.tolist().index(row) + 1 for row in kept.tolist()] == kept_ranks.tolist()
    assert set(kept.tolist()) == set(inside.tolist())


def test_the_mix_and_the_lengths_are_those_of_the_rows(made: tuple[Workspace, Built]) -> None:
    _, built = made
    pool, chosen = built.corpus_view.pool, built.answer.rows.tolist()
    table = mix_of(built, "category").set_index("value")
    for value in ("poem", "note", "list"):
        held = [row for row, label in enumerate(pool.column("category")) if label == value]
        assert table.loc[value].tolist() == [len(held), len(set(held) & set(chosen))]
    lengths = lengths_of(built)
    counts = [int(pool.tokens.lengths[row]) for row in chosen]
    assert lengths is not None and (lengths.total, lengths.mean) == (sum(counts), sum(counts) / 30)
    assert lengths.pool_mean == pytest.approx(float(pool.tokens.lengths.mean()))


def test_a_budget_is_proposed_that_pays_for_the_rows_proposed(made: tuple[Workspace, Built]) -> None:
    _, built = made
    view, rows = built.corpus_view, len(built.corpus_view.pool)
    lengths = view.pool.tokens.lengths
    assert usual_size(view.costs("tokens"), pool_rows=rows) == int(default_size(rows) * float(lengths.mean()))  # < 500
    assert usual_size(view.costs("rows"), pool_rows=rows) == default_size(rows)
    assert in_thousands(default_size(rows) * 100.0) == 1000 * round(default_size(rows) / 10)
