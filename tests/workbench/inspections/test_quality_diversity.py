"""Quality against diversity: the frontier against a slow twin, and the places of subsets from the rows themselves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.__main__ import main
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.pool import PoolSpec
from core.corpus.store import open_corpus
from core.errors import InputError
from core.features.tokens import compute_tokens
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.quality_diversity import FrontierSetting, frontier, quality_diversity
from core.workbench.inspections.strategy_points import at_hand, strategy_recipes
from core.workbench.readings import DRAWS
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.subsets import list_subsets
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

places = st.one_of(st.integers(0, 6).map(float), st.just(np.nan))


@settings(max_examples=200)
@given(st.lists(st.tuples(places, places), max_size=12))
def test_the_frontier_is_what_a_loop_over_all_pairs_leaves(pairs: list[tuple[float, float]]) -> None:
    points = pd.DataFrame(pairs, columns=["x", "y"], dtype=float)
    expected = [
        not (np.isnan(x) or np.isnan(y))
        and not any(a >= x and b >= y and ((a, b) != (x, y) or other < place) for other, (a, b) in enumerate(pairs))
        for place, (x, y) in enumerate(pairs)
    ]
    assert frontier(points).tolist() == expected


@pytest.fixture
def saved(workspace: Workspace) -> str:
    """The id of a corpus of 60 rows with a column "good", which the first row lacks, and four saved subsets."""
    workspace, corpus = corpus_of(workspace.home, records(60))
    good: list[float | None] = [None, *np.linspace(5, 1, 59).tolist()]
    attach_columns(workspace, corpus, pa.table({"id": pa.array(corpus.ids), "good": pa.array(good)}))
    compute_tokens(CorpusText(corpus, "response"), "mistral-32k")
    recipe = Recipe(corpus=corpus.id, size=20, strategy="random")
    for seed in (1, 2, 3):
        save(workspace, build(workspace, replace(recipe, seed=seed)), name=f"draw {seed}")
    save(workspace, build(workspace, replace(recipe, size=int((~corpus.holdout).sum()))), name="all of it")
    return corpus.id


def test_subsets_stand_at_their_mean_and_their_metric_with_draws_beside(workspace: Workspace, saved: str) -> None:
    corpus = open_corpus(workspace, saved)
    subsets = list_subsets(workspace, saved)
    seen = quality_diversity(workspace, corpus, subsets, FrontierSetting(score="good", name="gini", better="lower"))
    assert set(seen.points["name"]) == {"draw 1", "draw 2", "draw 3", "all of it"} and not seen.left_out
    values = dict(zip(corpus.ids.tolist(), corpus.column("good").tolist(), strict=True))
    for line in seen.points.itertuples():
        ids = next(subset for subset in subsets if subset.key == line.subset).ids.tolist()
        known = [values[row_id] for row_id in ids if not np.isnan(values[row_id])]
        assert line.score == pytest.approx(sum(known) / len(known)) and line.scored == len(known)
        assert (line.x, line.y) == (-line.metric, -line.score)  # a lower Gini is more diverse, and low scores are good
    assert seen.sizes == (20,) and len(seen.random) == DRAWS  # of all rows there is one draw only
    assert seen.random["rows"].unique().tolist() == [20] and seen.random["metric"].std() > 0


def test_strategies_are_points_with_the_rows_that_they_choose(workspace: Workspace, saved: str) -> None:
    corpus = open_corpus(workspace, saved)
    view = CorpusView(workspace, corpus, FeatureSettings(), PoolSpec())
    recipes, without = strategy_recipes(view, size=12, score="good")
    assert {"micro", "length", "score", "bids", "source_balanced"} <= set(recipes)
    assert without["kcenter"] == "needs the embeddings" and without["qdit"] == "needs the embeddings"
    assert not {"random", "joined"} & ({*recipes} | {*without})
    assert recipes["score"].parameters == {"column": "good"} and recipes["bids"].parameters == {"columns": ["good"]}
    assert "score" not in strategy_recipes(view, size=12)[0]  # without a score it has no column to rank by
    now, waiting = at_hand(view, recipes)
    assert now == recipes and not waiting  # a small pool is prepared where it is asked for
    assert at_hand(view, recipes, seconds=-1.0) == ({}, recipes)
    setting = FrontierSetting(score="good", name="gini")
    seen = quality_diversity(workspace, corpus, list_subsets(workspace, saved), setting, strategies=now)
    points = seen.points[seen.points["kind"] == "strategy"].set_index("name")
    assert set(points.index) == set(now) and (points["rows"] == 12).all() and (points["subset"] == "").all()
    values = dict(zip(corpus.ids.tolist(), corpus.column("good").tolist(), strict=True))
    for name in ("score", "micro", "length"):
        known = [values[key] for key in build(workspace, now[name]).ids.tolist() if not np.isnan(values[key])]
        assert points.loc[name, "score"] == pytest.approx(sum(known) / len(known))
    assert at_hand(view, recipes, seconds=0.0)[0].keys() >= {"micro", "length"}  # they are prepared now
    assert set(seen.points["kind"]) == {"saved subset", "strategy"} and seen.sizes == (12, 20)


def test_the_command_prints_the_same_and_refuses_what_has_no_direction(
    workspace: Workspace, saved: str, capsys: pytest.CaptureFixture
) -> None:
    file = workspace.home / "frontier.csv"
    asked = ["frontier", saved, "--score", "good", "--metric", "types", "--csv", str(file)]
    assert main([*asked, "--saved-only"]) == 0
    printed = capsys.readouterr().out
    assert "left out: all of it: undefined" in printed  # its types are all types there are
    assert "20 random draws of 20 rows" in printed
    table = pd.read_csv(file)
    assert len(table) == 3 + DRAWS and table["frontier"].sum() >= 1
    assert main(["frontier", saved, "--score", "absent"]) == 1
    assert "no column of numbers" in capsys.readouterr().err
    assert main([*asked, "--strategy", "length", "--strategy", "score", "--strategy", "kcenter", "--size", "9"]) == 0
    printed = capsys.readouterr().out
    table = pd.read_csv(file).query("kind == 'strategy'").set_index("strategy")
    assert table["rows"].tolist() == [9, 9] and "no point: kcenter needs the embeddings" in printed
    assert "Longest / shortest" in printed and "saved subset" in printed
    good = np.sort(open_corpus(workspace, saved).column("good")[~open_corpus(workspace, saved).holdout])[::-1]
    assert table.loc["score", "score"] == pytest.approx(np.nanmean(good[np.isfinite(good)][:9]))
    with pytest.raises(InputError, match="cannot be drawn"):
        FrontierSetting(score="good", name="rows")
