"""The pool rule “without near-copies”: what it leaves out, which row stays, what recipes and files say of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from core.__main__ import main, parser
from core.commands.selecting import recipe_of
from core.corpus.curation_rule import CurationRule
from core.corpus.pool import PoolSpec, failed_filters, select
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.curation.near_copies.settings import KEEPS, RUNGS, NearCopies
from core.curation.near_copies.store import pairs_key
from core.curation.registry import outcomes_of
from core.errors import FeatureMissing, InputError
from core.progress import silent
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.left_out import dropped_lines, left_out
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.studies.study import Study
from core.workbench.studies.study_run import run_study
from core.workspace import trash
from tests.corpora import corpus_of, records

ROWS: list[dict[str, object]] = [
    {"instruction": "Name a river.", "output": "The Danube.", "source": "b", "score": 1.0},
    {"instruction": "name a  RIVER", "output": "the danube", "source": "a", "score": 5.0},
    {"instruction": "Name a river!", "output": "The Danube is a river of Europe.", "source": "c", "score": 3.0},
    {"instruction": "Name a hill.", "output": "The Danube.", "source": "a", "score": 2.0},
    {"instruction": "Ｎame a hill?", "output": "...", "source": "b", "score": 9.0},
    {"instruction": "Count to two.", "output": "…", "source": "c", "score": 4.0},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Corpus]:
    return corpus_of(tmp_path_factory.mktemp("home"), [*records(60), *ROWS])


def rule(**settings: Any) -> CurationRule:
    return CurationRule(kind="near_copies", settings=NearCopies.of(settings).as_dict())


def dropped(corpus: Corpus, spec: PoolSpec) -> dict[int, int]:
    """{score of a row left out: score of the row that stays}, of the rows of :data:`ROWS`."""
    failed = failed_filters(corpus, spec, None, outcomes_of(corpus, spec.rules))
    score = corpus.column("score")
    rows = np.flatnonzero(failed.standing >= 0)
    assert all(failed.names[failed.which[row]] == "near-copies" for row in rows)
    return {int(score[row]): int(score[failed.standing[row]]) for row in rows}


@pytest.fixture(autouse=True)
def nothing_held_out(made: tuple[Any, Corpus]) -> None:
    corpus = made[1]
    planted = [row for row in range(len(corpus)) if corpus.text("instruction")[row].lower().startswith(("name", "ｎ"))]
    assert not corpus.holdout[planted].any()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"rung": "exact", "component": "response"}, {2: 1}),
        ({"rung": "normalised", "component": "response", "keep": "lowest", "column": "score"}, {2: 1, 5: 1}),
        ({"rung": "normalised", "component": "both"}, {5: 1}),
        ({"rung": "same_instruction"}, {1: 3, 5: 3, 9: 2}),
        ({"rung": "same_instruction", "keep": "source"}, {1: 5, 3: 5, 9: 2}),
        ({"rung": "same_instruction", "keep": "source", "sources": ("c", "b")}, {1: 3, 5: 3, 2: 9}),
        ({"rung": "same_instruction", "keep": "highest", "column": "score"}, {1: 5, 3: 5, 2: 9}),
        ({"rung": "same_instruction", "keep": "longest", "most": 2}, {5: 3}),
    ],
)
def test_the_copies_that_a_person_sees_are_left_out(
    made: tuple[Any, Corpus], settings: dict[str, Any], expected: dict[int, int]
) -> None:
    assert dropped(made[1], PoolSpec(sources=("a", "b", "c"), rules=(rule(**settings),))) == expected


def test_the_row_that_stays_passes_all_other_filters(made: tuple[Any, Corpus]) -> None:
    _, corpus = made
    spec = PoolSpec(sources=("a", "b"), rules=(rule(rung="same_instruction"),))
    assert dropped(corpus, spec) == {5: 1, 9: 2}  # the longest answer is of source c
    longest = show_id(int(corpus.ids[row_of(corpus, "c")]))
    assert dropped(corpus, PoolSpec(sources=("a", "b", "c"), excluded=(longest,), rules=spec.rules)) == {5: 1, 9: 2}


def row_of(corpus: Corpus, source: str) -> int:
    """The row about a river of this source."""
    asked, of = corpus.text("instruction"), corpus.column("source")
    (row,) = [row for row in range(len(corpus)) if of[row] == source and "river" in asked[row].lower()]
    return row


def test_a_pinned_copy_is_in_the_pool_beside_the_one_that_stays(made: tuple[Any, Corpus]) -> None:
    _, corpus = made
    pinned = show_id(int(corpus.ids[row_of(corpus, "b")]))
    spec = PoolSpec(sources=("a", "b", "c"), pinned=(pinned,), rules=(rule(rung="same_instruction"),))
    assert dropped(corpus, spec) == {5: 3, 9: 2}


def test_a_random_copy_stays_and_another_seed_keeps_another(made: tuple[Any, Corpus]) -> None:
    _, corpus = made
    kept = {
        seed: dropped(
            corpus, PoolSpec(sources=("a", "b", "c"), rules=(rule(rung="same_instruction", keep="random", seed=seed),))
        )
        for seed in range(8)
    }
    assert all(len(left) == 3 for left in kept.values())
    assert len({tuple(sorted(left)) for left in kept.values()}) > 1


def test_rules_are_written_only_where_there_are_any(made: tuple[Any, Corpus]) -> None:
    assert PoolSpec().as_dict() == {} and PoolSpec.of({}).digest == PoolSpec().digest
    first, second = rule(rung="exact"), rule(rung="same_instruction", most=3)
    spec = PoolSpec(rules=(first, second))
    assert spec.digest == PoolSpec(rules=(second, first, second)).digest != PoolSpec().digest
    again = PoolSpec.of(orjson.loads(orjson.dumps(spec.as_dict())))
    assert again == PoolSpec(rules=tuple(again.rules)) and again.digest == spec.digest
    assert "without near-copies (exact of instruction and response)" in spec.describe()
    assert "3 of each group stay" in spec.describe()


def test_settings_that_nothing_reads_are_not_in_a_rule() -> None:
    assert rule(rung="same_instruction", component="response", seed=4).settings == {
        "rung": "same_instruction", "keep": "longest",
    }  # fmt: skip
    for keep in KEEPS:
        for rung in RUNGS:
            settings = NearCopies(rung=rung, keep=keep, column="score", sources=("a",), seed=2, most=2)
            assert NearCopies.of(settings.as_dict()).as_dict() == settings.as_dict()


@pytest.mark.parametrize(
    "values",
    [
        {"rung": "nearly"}, {"component": "answer"}, {"keep": "shortest"}, {"keep": "highest"}, {"most": 0},
        {"most": True}, {"seed": -1}, {"threshold": "x"}, {"threshold": float("nan")}, {"sources": "a"},
        {"sources": [1]}, {"rung": 3}, {"speed": 1},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        NearCopies.of(values)


@pytest.mark.parametrize(
    "rules",
    [
        "near", [3], [{"kind": "near_copies"}], [{"kind": "far", "settings": {}}],
        [{"kind": "near_copies", "settings": 3}], [{"kind": "near_copies", "settings": {"rung": object()}}],
    ],
)  # fmt: skip
def test_rules_that_cannot_be_read_are_refused(rules: Any) -> None:
    with pytest.raises(InputError):
        PoolSpec.of({"rules": rules})


def test_a_pool_with_a_rule_needs_what_the_rule_leaves_out(made: tuple[Any, Corpus]) -> None:
    _, corpus = made
    with pytest.raises(FeatureMissing, match="near-copies"):
        select(corpus, PoolSpec(rules=(rule(),)))
    with pytest.raises(InputError):
        select(corpus, PoolSpec(rules=(rule(),)), outcomes=[lambda passing: passing[:3].astype(np.int64)])


def test_a_recipe_with_the_rule_rebuilds_to_the_same_digest_and_drops_copies_by_name(made: tuple[Any, Corpus]) -> None:
    workspace, corpus = made
    pool = PoolSpec(sources=("a", "b", "c"), rules=(rule(rung="same_instruction"),)).as_dict()
    built = build(workspace, Recipe(corpus=corpus.id, pool=pool, strategy="random", size=2))
    find_key = pairs_key(corpus, NearCopies(rung="same_instruction"))
    trash.discard(workspace, "features", find_key)
    again = build(workspace, Recipe.of(orjson.loads(built.recipe.as_json())))
    assert again.recipe.ids_digest == built.recipe.ids_digest and not again.warnings
    out = left_out(built)
    lines = [orjson.loads(line) for line in dropped_lines(corpus, out).splitlines()]
    copies = {line["id"]: line["covered_by"] for line in lines if line.get("detail") == "near-copies"}
    stays = show_id(int(corpus.ids[row_of(corpus, "c")]))
    assert copies[show_id(int(corpus.ids[row_of(corpus, "a")]))] == stays
    assert copies[show_id(int(corpus.ids[row_of(corpus, "b")]))] == stays
    assert len(copies) == 3 and {line["reason"] for line in lines if line["id"] in copies} == {"filtered"}
    assert out.counts["filtered by near-copies"] == 3
    assert f"filtered by near-copies, row {stays} stays" in out.words()


def test_a_study_and_a_measurement_read_the_pool_with_its_rule(made: tuple[Any, Corpus]) -> None:
    workspace, corpus = made
    pool = PoolSpec(sources=("a", "b", "c"), rules=(rule(rung="same_instruction"),)).as_dict()
    study = Study(
        name="S", corpus=corpus.id, strategies=("random",), components=("response",), sizes=(3,), levels=1,
        seeds=(0,), random=False, pool=pool,
    )  # fmt: skip
    done = run_study(workspace, study, silent)
    assert not done["troubles"] and len(done["artefacts"]) == 1
    measured = RowSource(kind="pool", corpus=corpus.id, pool=pool)
    view = measured.seen_through(workspace, FeatureSettings())
    assert len(measured.rows(view)) == len(view.pool) == 3


def test_the_command_line_takes_the_rule(
    made: tuple[Any, Corpus], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    workspace, corpus = made
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    words = ["--pool", "near-copies=same_instruction,keep=source,sources=c|b,most=2", "--pool", "source=a"]
    recipe = recipe_of(parser().parse_args(["choose", corpus.id, *words]), workspace)
    assert recipe.pool["rules"] == [
        rule(rung="same_instruction", keep="source", sources=("c", "b"), most=2).as_dict()
    ]  # fmt: skip
    given = recipe_of(parser().parse_args(["choose", corpus.id, "--pool", "near-copies=exact"]), workspace)
    assert given.pool["rules"][0]["settings"]["component"] == "response"
    out = tmp_path / "out.jsonl"
    assert (
        main(["choose", corpus.id, *words[2:], *words[:2], "--strategy", "random", "--size", "2", "--out", str(out)])
        == 0
    )
    assert len(out.read_bytes().splitlines()) == 2
    for wrong in ("near-copies=nearly", "near-copies=exact,keep", "near-copies=exact,most=x"):
        with pytest.raises(InputError):
            recipe_of(parser().parse_args(["choose", corpus.id, "--pool", wrong]), workspace)
