"""Mastery recovered from a stand-in of known ability: marks, levels, difficulty, and the way to a subset."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from core.__main__ import main
from core.answers.agreement import MATCHES, number_of
from core.answers.answer_set import sampled_named
from core.answers.files import add_sampled
from core.answers.mastery import LEVELS, levels_of, marks_of, shares_over_levels, split_of
from core.answers.row_difficulty import fit_rasch, fit_two
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import InputError
from core.progress import silent
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.studies.presets import PRESETS, study_of_preset
from core.workbench.tasks.drawing_answers import draw
from core.workbench.tasks.mastery import difficulty, judging_cost, mastery
from core.workspace.artefacts import Workspace
from tests.answers.abilities import Abilities, corpus_of_questions, luck, number_in
from tests.endpoint.stand_in import endpoint, ok, without_own_keys

COUNT = 60
HARD = {number: 4 * luck("difficulty", number) - 2 for number in range(COUNT)}
ABLE = Abilities({f"m{place}": ability for place, ability in enumerate((-1.0, 0.0, 1.5))}, HARD)


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)


@pytest.fixture
def answered(workspace: Workspace) -> Corpus:
    """Questions that three models of known ability have answered ten times."""
    corpus = corpus_of_questions(workspace, COUNT)
    with endpoint(ABLE) as (url, _):
        for model in ABLE.abilities:
            draw(workspace, {"corpus": corpus.id, "model": model, "url": url, "draws": 10, "concurrency": 16}, silent)
    return corpus


def numbers(corpus: Corpus) -> list[int]:
    return [number_in(prompt) for prompt in corpus.text("instruction")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("so 1,250.50 in all", Fraction("1250.5")),
        ("first 3 then #### -7 (not 9)", Fraction(-7)),
        ("thus $\\boxed{3/4}$, or 12", Fraction(3, 4)),
        ("50%", Fraction(50)),
        ("none", None),
        ("1/0", None),
    ],
)
def test_the_final_number_of_an_answer_is_read_exactly(text: str, number: Fraction | None) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("name", "answer", "response", "agrees"),
    [
        ("exact", "It is  PARIS!", "it is paris", True),
        ("exact", "Paris", "it is paris", False),
        ("contained", "I say: it is Paris, of course.", "It is Paris.", True),
        ("contained", "It is Parisian", "is Paris", False),
        ("numeric", "about 4, no: 5.0", "5", True),
    ],
)
def test_each_match_says_when_an_answer_agrees(name: str, answer: str, response: str, agrees: bool) -> None:
    match = MATCHES[name]
    assert match.agree is not None
    assert match.agree(match.key(answer), match.key(response)) is agrees


def test_the_levels_of_a_stand_in_of_known_ability_are_recovered(answered: Corpus) -> None:
    made = mastery(answered.workspace, {"corpus": answered.id, "answers": "m1", "match": "numeric"}, silent)
    share = answered.column("mastery")
    # The slow twin: what the stand-in says it answers.
    expected = [
        np.mean([f"{2 * (100 + number)}." in ABLE.answer("m1", number, seed) for seed in range(10)])
        for number in numbers(answered)
    ]
    assert made["rows"] == COUNT and np.allclose(share, expected)
    chances = np.array([ABLE.chance("m1", number) for number in numbers(answered)])
    assert np.abs(share - chances).mean() < 0.15 and np.corrcoef(share, chances)[0, 1] > 0.8
    levels = answered.column("mastery level")
    assert levels.tolist() == [LEVELS[sum(value > edge for edge in (0, 0.25, 0.5, 0.75))] for value in share]
    assert np.allclose(answered.column("mastery middle"), 4 * share * (1 - share))
    varied = share > 0
    marks = [[1.0] * round(10 * value) + [0.0] * (10 - round(10 * value)) for value in share[varied]]
    assert np.allclose(answered.column("pass cv")[varied], [np.std(row) / np.mean(row) for row in marks])
    assert set(answered.column("easy or hard")) == {"easy", "hard"}


def test_another_model_has_columns_of_its_own_and_new_marks_replace_old_ones(answered: Corpus) -> None:
    request = {"corpus": answered.id, "match": "numeric"}
    mastery(answered.workspace, {**request, "answers": "m1"}, silent)
    made = mastery(answered.workspace, {**request, "answers": "m2"}, silent)
    assert made["columns"]["mastery"] == "mastery@m2" and made["columns"]["mastery level"] == "mastery level@m2"
    assert np.nanmean(answered.column("mastery@m2")) > np.nanmean(answered.column("mastery"))
    wide = mastery(answered.workspace, {**request, "answers": "m1", "edges": [0.1, 0.2, 0.3, 0.9]}, silent)
    assert wide["columns"]["mastery level"] == "mastery level"
    assert (answered.column("mastery level") == "4 all").sum() == (answered.column("mastery") > 0.9).sum()


def test_levels_follow_their_edges_and_unknown_rows_have_none() -> None:
    share = np.array([0, 0.1, 0.25, 0.26, 0.5, 0.75, 0.76, 1, np.nan])
    assert [level and level[0] for level in levels_of(share)] == [*"01122344", None]
    assert split_of(share).tolist()[4:6] == ["hard", "easy"] and split_of(share)[-1] is None
    with pytest.raises(InputError, match="four rising"):
        levels_of(share, (0, 0.5, 0.25, 0.75))


def test_a_quota_may_give_more_to_the_hard_and_to_the_middle() -> None:
    share = np.array([0.0, 0.0, 0.25, 0.5, 1.0])
    levels = levels_of(share)
    assert shares_over_levels(share, levels) == dict.fromkeys(sorted(set(levels.tolist())), 0.25)
    hard = shares_over_levels(share, levels, more_for="hard")
    assert list(hard.values()) == pytest.approx([1 / 2.25, 0.75 / 2.25, 0.5 / 2.25], abs=1e-4)
    assert list(shares_over_levels(share, levels, more_for="middle")) == ["1 little", "2 half"]


def test_a_judge_is_asked_once_for_each_answer_that_is_not_word_for_word(answered: Corpus) -> None:
    def judging(number: int, body: dict[str, Any]) -> Any:
        said = body["messages"][-1]["content"]
        reference, answer = said.split("<reference>")[1], said.split("<answer>")[1]
        agrees = number_of(reference.split("</")[0]) == number_of(answer.split("</")[0])
        if number == 2:
            return 429, {"Retry-After": "0"}, b""
        return ok(content=f"```json\n{{'agrees': {agrees}" if number % 3 else "I cannot say.")

    request = {"corpus": answered.id, "answers": "m1", "match": "judged", "model": "j", "concurrency": 4}
    cost = judging_cost(sampled_named(answered, "m1"), "j")
    with endpoint(judging) as (url, seen):
        first = mastery(answered.workspace, {**request, "url": url}, silent)
        assert cost.calls <= len(seen.bodies)
        while first["unmarked"]:  # replies without JSON are asked about again by the next run
            first = mastery(answered.workspace, {**request, "url": url}, silent)
        count = len(seen.bodies)
        mastery(answered.workspace, {**request, "url": url}, silent)
        assert len(seen.bodies) == count
    judged = answered.column("mastery").copy()
    mastery(answered.workspace, {"corpus": answered.id, "answers": "m1", "match": "numeric"}, silent)
    assert np.array_equal(judged, answered.column("mastery"))


def test_the_difficulty_of_simulated_rows_and_the_abilities_are_recovered() -> None:
    draw_ = np.random.default_rng(3)
    abilities, difficulties = np.array([-1.2, 0.0, 0.7, 2.0]), draw_.normal(0, 1.5, size=3_000)
    marked = np.full((4, 3_000), 10.0)
    right = draw_.binomial(10, 1 / (1 + np.exp(difficulties[None] - abilities[:, None]))).astype(float)
    fitted = fit_rasch(right, marked)
    assert np.allclose(fitted.abilities, abilities - difficulties.mean(), atol=0.1)
    assert fitted.spread == pytest.approx(1.5, abs=0.1)
    known = np.isfinite(fitted.difficulty)
    misses = fitted.difficulty[known] + difficulties.mean() - difficulties[known]
    assert np.corrcoef(fitted.difficulty[known], difficulties[known])[0, 1] > 0.95
    assert (np.abs(misses) < 2 * fitted.error[known]).mean() > 0.9  # the stated error is the real one
    alike = (right.sum(axis=0) == 0) | (right.sum(axis=0) == 40)
    assert fitted.alike == alike.sum() and np.isnan(fitted.difficulty[alike]).all()
    order = draw_.permutation(3_000)
    shuffled = fit_rasch(right[:, order], marked[:, order])
    assert np.allclose(shuffled.difficulty, fitted.difficulty[order], equal_nan=True, atol=1e-6)


def test_a_missing_answer_takes_no_side() -> None:
    draw_ = np.random.default_rng(5)
    difficulties = draw_.normal(0, 1, size=2_000)
    abilities = np.array([-0.5, 0.5, 1.0])
    right = draw_.binomial(8, 1 / (1 + np.exp(difficulties[None] - abilities[:, None]))).astype(float)
    marked = np.where(draw_.random((3, 2_000)) < 0.7, 8.0, 0.0)
    fitted = fit_rasch(np.where(marked > 0, right, 0.0), marked)
    assert np.allclose(fitted.abilities, abilities, atol=0.15)


def test_two_parameters_are_recovered_from_many_models() -> None:
    draw_ = np.random.default_rng(4)
    abilities, difficulties = draw_.normal(size=60), draw_.normal(0, 1, size=150)
    slopes = draw_.uniform(0.4, 2.0, size=150)
    logits = slopes[None] * (abilities[:, None] - difficulties[None])
    right = draw_.binomial(8, 1 / (1 + np.exp(-logits))).astype(float)
    fitted = fit_two(right, np.full_like(right, 8.0))
    assert fitted.discrimination is not None
    known = np.isfinite(fitted.difficulty)
    assert np.corrcoef(fitted.difficulty[known], difficulties[known])[0, 1] > 0.9
    assert np.corrcoef(fitted.discrimination[known], slopes[known])[0, 1] > 0.8
    assert np.corrcoef(fitted.abilities, abilities)[0, 1] > 0.97


@pytest.mark.parametrize(
    ("right", "marked", "said"),
    [
        ([[1, 0]], [[2, 2]], "One model alone"),
        ([[1, 0], [2, 2]], [[2, 2], [2, 2]], "right in every answer"),
        ([[1, 0], [0, 0]], [[2, 2], [2, 2]], "wrong in every answer"),
        ([[1, 0], [0, 1]], [[2, 0], [0, 2]], "share rows"),
    ],
)
def test_difficulty_that_cannot_be_told_is_refused(right: Any, marked: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        fit_rasch(np.array(right, dtype=float), np.array(marked, dtype=float))
    with pytest.raises(InputError, match="discrimination"):
        fit_two(np.array([[1.0, 0], [0, 1]]), np.full((2, 2), 2.0))


def test_difficulty_from_three_models_follows_what_the_stand_in_knows(answered: Corpus) -> None:
    request = {"corpus": answered.id, "answers": ["m0", "m1", "m2"], "match": "numeric", "kind": "1pl"}
    made = difficulty(answered.workspace, request, silent)
    assert [name for name, _ in made["abilities"]] == ["m2", "m1", "m0"]
    values = answered.column("difficulty@1pl")
    known = np.isfinite(values)
    truth = np.array([HARD[number] for number in numbers(answered)])
    assert np.corrcoef(values[known], truth[known])[0, 1] > 0.9
    with pytest.raises(InputError, match="3 models cannot"):
        difficulty(answered.workspace, {**request, "kind": "2pl"}, silent)


def test_a_response_without_anything_to_compare_has_no_mark(workspace: Workspace) -> None:
    rows = [{"instruction": "a", "output": "7"}, {"instruction": "b", "output": "seven"}]
    corpus = ingest(workspace, [from_bytes("x.jsonl", b"\n".join(json.dumps(row).encode() for row in rows))], name="x")
    lines = [{"prompt": prompt, "answers": ["7", "none"]} for prompt in ("a", "b")]
    kept = add_sampled(corpus, from_bytes("y.jsonl", b"\n".join(json.dumps(line).encode() for line in lines)))
    marks = marks_of(kept, MATCHES["numeric"])
    assert marks.without == 1 and sorted(marks.share.tolist(), key=str) == [0.5, pytest.approx(np.nan, nan_ok=True)]


def test_levels_reach_a_subset_a_quota_and_the_study(
    answered: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = answered.workspace
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    base = ["mastery", "doubles", "--answers", "m1", "--match", "numeric", "--shares", "hard"]
    assert main(base) == 0
    out = capsys.readouterr().out
    rule = json.loads(next(line for line in out.splitlines() if line.startswith("A quota: "))[9:])
    assert rule["column"] == "mastery level" and "60 rows marked" in out
    recipe = Recipe(corpus=answered.id, strategy="random", size=9, quotas=(rule,))
    ids = build(workspace, recipe).ids
    levels = answered.column("mastery level")[answered.positions_of(np.asarray(ids))]
    counts = {level: int((levels == level).sum()) for level in rule["shares"]}
    assert all(abs(counts[level] - 9 * share) < 1 for level, share in rule["shares"].items())
    middle = Recipe(
        corpus=answered.id, strategy="score", parameters={"column": "mastery middle", "first": "highest"}, size=10
    )
    shares = answered.column("mastery")[answered.positions_of(np.asarray(build(workspace, middle).ids))]
    others = np.setdiff1d(np.arange(COUNT), answered.positions_of(np.asarray(build(workspace, middle).ids)))
    held = ~np.asarray(answered.holdout)[others]
    assert np.abs(shares - 0.5).max() <= np.abs(answered.column("mastery")[others][held] - 0.5).min() + 1e-9
    assert PRESETS["mastery"].sizes_for(5_000) == (240, 480, 960, 1_920)
    assert PRESETS["mastery"].sizes_for(500) == (240, 480)
    study = study_of_preset("mastery", corpus=answered.id, sizes=(10, 20))
    columns = {str(sets.parameters.get("column") or sets.parameters["columns"]) for sets in study.sets}
    assert columns == {"['mastery level']", "mastery middle", "mastery"}
    assert list(itertools.chain(study.sizes)) == [10, 20]
    assert main(["row-difficulty", "doubles", "--answers", "m0", "m1", "--match", "numeric"]) == 0
    assert "ability" in capsys.readouterr().out
    assert show_id(int(answered.ids[0]))
