"""What rows cost: counted on the rows themselves, by hand from a profile's figures, and expected before a study."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from core import api
from core.__main__ import main
from core.budgets.sizing import in_tokens, sized
from core.budgets.trainer_profile import TrainerProfile
from core.corpus.corpus_text import CorpusText
from core.corpus.store import Corpus
from core.counted import figure3
from core.features.tokens import compute_tokens
from core.workbench.build import build
from core.workbench.dataset_card import card, part_of_built
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import run_study
from core.workbench.subset_cost import (
    cost_of_rows,
    cost_of_saved,
    cost_of_study,
    costs_of_saved,
    more_than_the_pool,
    rows_expected,
    with_equal_tokens,
)
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records

PROFILE = TrainerProfile(name="mine", tokens_a_second=7, price_an_hour=3, currency="EUR", gpus=2, epochs=2, cutoff=30)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Corpus]:
    return corpus_of(tmp_path_factory.mktemp("home"), records(120))


def test_rows_cost_what_their_own_tokens_add_up_to(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    built = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=20))
    before = cost_of_rows(built.corpus_view, built.answer.rows, profile=PROFILE)
    assert (before.rows, before.all_tokens, before.minutes) == (20, None, None)
    assert before.words.startswith("20 rows · ") and "minutes" not in before.words
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    built = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=20))
    view = built.corpus_view
    pairs = [
        (int(view.lengths("tokens", component="instruction")[row]), int(view.lengths("tokens")[row]))
        for row in view.corpus_positions(built.answer.rows)
    ]
    cost = cost_of_rows(view, built.answer.rows, profile=PROFILE)
    assert cost.tokens == sum(learnt for _, learnt in pairs)
    assert cost.all_tokens == sum(min(30, read + learnt) for read, learnt in pairs)
    assert cost.supervised_tokens == sum(max(0, min(learnt, 30 - read)) for read, learnt in pairs)
    assert cost.minutes == pytest.approx(cost.all_tokens * 2 / 7 / 60)
    assert cost.money == pytest.approx(cost.all_tokens * 2 / 7 / 3600 * 3 * 2)
    assert cost.words.endswith(" EUR") and "Rows are cut at 30 tokens." in cost.by
    saved = save(workspace, built, name="twenty")
    assert cost_of_saved(workspace, saved, profile=PROFILE).as_dict() == cost.as_dict()


def test_a_study_costs_what_its_subsets_cost_and_about_that_before(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    study = Study(name="grid", corpus=corpus.id, strategies=("length",), sizes=(10, 30), levels=2)
    before = cost_of_study(workspace, study, profile=PROFILE)
    assert before.about and before.rows == 2 * 2 * (10 + 30)
    pool = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=5)).corpus_view
    mean = float(np.minimum(pool.costs("all_tokens"), 30).mean())
    assert before.all_tokens == pytest.approx(160 * mean)
    run_study(workspace, study, lambda *_: None)
    after = cost_of_study(workspace, study, profile=PROFILE)
    assert not after.about and after.rows == 160
    assert after.all_tokens == int(after.all_tokens or 0) != before.all_tokens


def test_a_card_says_where_tokens_came_from(made: tuple[Workspace, Corpus], tmp_path: Path) -> None:
    from core.budgets.sizing import sized

    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    size = sized(1, "money", profile=PROFILE)
    assert size.size == 2_100  # 1 ÷ 6 an hour = 600 s × 7 ÷ 2, twice gone through
    built = build(workspace, Recipe(corpus=corpus.id, strategy="length", **{**size.as_fields(), "size": 420}))
    text = card([part_of_built(built, file="rows.jsonl", dropped={}, unwritten={})]).decode()
    assert "420 all tokens, rows cut at 30: those of 1 EUR by mine" in text
    assert "| training reads: supervised tokens |" in text


def test_a_second_subset_of_equal_tokens_has_as_many_but_for_less_than_a_row(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    first = build(workspace, Recipe(corpus=corpus.id, strategy="length", size=20))
    other = Recipe(corpus=corpus.id, strategy="length", parameters={"first": "shortest"}, size=20)
    second = build(workspace, with_equal_tokens(other, first))
    tokens = [cost_of_rows(built.corpus_view, built.answer.rows).all_tokens for built in (first, second)]
    costs = first.corpus_view.costs("all_tokens")
    assert 0 <= tokens[0] - tokens[1] < costs.max()
    assert len(second.answer.rows) > len(first.answer.rows)


def test_a_list_of_saved_subsets_costs_what_each_costs_by_itself(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    subsets = [
        save(workspace, build(workspace, Recipe(corpus=corpus.id, strategy="length", size=size, pool=pool)), name="")
        for size, pool in ((10, {}), (14, {"text": "river"}))
    ]
    costs = costs_of_saved(workspace, subsets, profile=PROFILE)
    for subset in subsets:
        assert costs[subset.key].as_dict() == cost_of_saved(workspace, subset, profile=PROFILE).as_dict()


def test_the_rows_of_a_size_are_about_those_of_a_random_subset_of_it(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    view = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=5)).corpus_view
    for size in (sized(800, "tokens"), sized(1.0, "minutes", profile=PROFILE), sized(30)):
        rows = [
            len(build(workspace, Recipe(corpus=corpus.id, strategy="random", seed=seed, **size.as_fields())).ids)
            for seed in range(5)
        ]
        assert rows_expected(view, size) == pytest.approx(np.mean(rows), rel=0.15)
    assert rows_expected(view, sized(10**7, "tokens")) == len(view.pool)


def test_a_series_from_a_script_is_as_large_as_so_many_minutes(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    view = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=5)).corpus_view
    asked = {"size": 1.0, "size_unit": "minutes", "profile": PROFILE}
    low, high = api.series(view, "length", called="timed", levels=2, **asked)
    assert high.digest == api.choose(view, "length", **asked).recipe.ids_digest
    assert low.recipe.budget["unit"] == "minutes" and low.digest != high.digest
    assert cost_of_saved(workspace, high, profile=PROFILE).minutes == pytest.approx(1.0, rel=0.1)


def test_the_adviser_takes_a_size_in_tokens(made: tuple[Workspace, Corpus], capsys, monkeypatch) -> None:
    workspace, _ = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    assert main(["advise", "made", "--size", "800", "--unit", "tokens"]) == 0
    rows = int(re.search(r"for ([0-9]+) rows", capsys.readouterr().out)[1])
    assert 20 < rows < 60  # responses have some 22 tokens
    assert main(["advise", "--pool-rows", "900", "--size", "800", "--unit", "tokens"]) == 1
    assert "says a corpus alone" in capsys.readouterr().err


def test_sizes_that_the_pool_cannot_fill_are_named_with_what_it_gives(made: tuple[Workspace, Corpus]) -> None:
    workspace, corpus = made
    compute_tokens(CorpusText(corpus, "instruction"), "mistral-32k")
    view = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=5)).corpus_view
    grid = {"name": "grid", "corpus": corpus.id, "strategies": ["length"], "levels": 2}
    assert more_than_the_pool(workspace, Study.of({**grid, "sizes": [10, len(view.pool)]})) == []
    (rows,) = more_than_the_pool(workspace, Study.of({**grid, "sizes": [10, 9_000]}))
    assert "9,000 rows" in rows and f"{len(view.pool)} rows" in rows
    asked = in_tokens({**grid, "sizes": [1, 900], "unit": "minutes"}, profile=PROFILE)
    (minutes,) = more_than_the_pool(workspace, Study.of(asked))
    whole = cost_of_rows(view, view.pool_rows, profile=PROFILE).minutes
    assert "900 minutes" in minutes and f"are {figure3(whole)} minutes" in minutes
