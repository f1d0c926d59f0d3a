"""Doubt in a model's answers: groups by meaning, planted causes found, confidence, and responses that are rewritten."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from core.__main__ import main
from core.answers.answer_set import SampledAnswers, sampled_named
from core.answers.confidence import reflection_in
from core.answers.diagnosis import diagnosis_in, kappa
from core.answers.files import add_sampled
from core.answers.meaning_groups import group_answers
from core.answers.opinions import FOLDER
from core.answers.reconstruct import BEFORE, paired, reconstruct
from core.answers.writers import paired_writers, writer_facts
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.errors import InputError, NetworkError
from core.features.models.columns import keep_score
from core.progress import silent
from core.workbench.build import build
from core.workbench.recipe import Recipe
from core.workbench.tasks.disagreement import confide, disagreement, rewrite
from core.workspace.artefacts import Workspace
from tests.endpoint.stand_in import endpoint, ok, without_own_keys

# Kind of row → the answers that a model gives to it.
PLANTED = {
    "ambiguous": ["The river bank.", "The money bank.", "The river bank.", "The money bank."],
    "unknown": ["In 1911.", "In 1848.", "In 1702.", "In 1650."],
    "known": ["It is so.", "it is so", "It is so!", "It is so."],
}
CAUSE = {"ambiguous": "ambiguity", "unknown": "missing knowledge", "known": "no disagreement"}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)


@pytest.fixture
def kept(workspace: Workspace) -> SampledAnswers:
    """Twelve rows, four of each planted kind, with their answers; the response is the first answer in capitals."""
    rows = [
        {"instruction": f"What is {kind} {number}?", "output": answers[0].upper()}
        for kind, answers in PLANTED.items()
        for number in range(4)
    ]
    corpus = ingest(workspace, [from_bytes("p.jsonl", _lines(rows))], name="planted")
    given = [{"prompt": row["instruction"], "answers": PLANTED[row["instruction"].split()[2]]} for row in rows]
    return add_sampled(corpus, from_bytes("m.jsonl", _lines(given)), model="m")


def _lines(rows: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def kinds(corpus: Corpus) -> list[str]:
    return [prompt.split()[2] for prompt in corpus.text("instruction")]


def diagnosing(number: int, body: dict[str, Any]) -> Any:
    """The good diagnostician, who breaks off now and then; the model "hasty" calls everything missing knowledge."""
    if number == 3:
        return 429, {"Retry-After": "0"}, b""
    said = body["messages"][-1]["content"]
    cause = "ambiguity" if "bank" in said and body["model"] != "hasty" else "knowledge"
    text = json.dumps({"cause": cause, "readings": ["a river", "money"], "missing": ["the year"]})
    return ok(content=text[:-4] if number % 3 == 0 else f"I think:\n```json\n{text}\n```")


def asked(kept: SampledAnswers, **more: Any) -> dict[str, Any]:
    request = {"corpus": kept.corpus.id, "answers": "m", "embedder": "none", "concurrency": 4, **more}
    return disagreement(kept.corpus.workspace, request, silent)


def test_planted_causes_are_found_and_two_diagnosticians_compared(kept: SampledAnswers) -> None:
    with endpoint(diagnosing) as (url, seen):
        made = asked(kept, url=url, model="good", second="hasty")
        assert made["differing"] == 8 and not made["failed"]
        count = len(seen.bodies)
        asked(kept, url=url, model="good")
        assert len(seen.bodies) == count  # nothing is asked twice
    assert kept.corpus.column("doubt").tolist() == [CAUSE[kind] for kind in kinds(kept.corpus)]
    assert made["compared"] == 8 and made["same"] == 0.5 and made["kappa"] == 0.0
    entropy = {"ambiguous": math.log(2), "unknown": math.log(4), "known": 0.0}
    assert np.allclose(kept.corpus.column("answer entropy"), [entropy[kind] for kind in kinds(kept.corpus)])


def test_a_diagnosis_is_a_quota_and_its_words_may_be_ones_own(kept: SampledAnswers) -> None:
    with endpoint(diagnosing) as (url, seen):
        asked(kept, url=url, model="good", system="My own words.")
    assert {body["messages"][0]["content"] for body in seen.bodies} == {"My own words."}
    quota = {"column": "doubt", "minimum": {"ambiguity": 3}}
    chosen = build(kept.corpus.workspace, Recipe(corpus=kept.corpus.id, strategy="random", size=4, quotas=(quota,)))
    column = kept.corpus.column("doubt")[kept.corpus.positions_of(np.asarray(chosen.ids))]
    assert (column == "ambiguity").sum() >= 3


def test_a_diagnostician_who_never_gives_json_is_named_after_ten_tries(workspace: Workspace) -> None:
    rows = [{"instruction": f"What is {number}?", "output": "x"} for number in range(12)]
    corpus = ingest(workspace, [from_bytes("q.jsonl", _lines(rows))], name="q")
    given = [{"prompt": row["instruction"], "answers": ["a", "b"]} for row in rows]
    kept = add_sampled(corpus, from_bytes("m.jsonl", _lines(given)), model="m")
    silent_one = endpoint(lambda number, body: ok(content="It is hard to say."))
    with silent_one as (url, _), pytest.raises(NetworkError, match="no usable JSON"):
        asked(kept, url=url, model="good")
    assert list((workspace.home / FOLDER).glob("diagnosis-*.jsonl"))


def test_groups_are_the_components_of_near_answers_with_equal_numbers() -> None:
    draw = np.random.default_rng(2)
    words = [f"{draw.choice(['red', 'blue', 'green'])} {draw.integers(3)} {place}" for place in range(30)]
    vectors = draw.normal(size=(30, 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    table = dict(zip(words, vectors, strict=True))
    rows = [[*draw.choice(words, size=9)] for _ in range(6)]
    found = group_answers(rows, embed=lambda texts: np.stack([table[text] for text in texts]), near=0.6)
    for answers, groups in zip(rows, found, strict=True):
        # The slow twin: labels spread until nothing changes.
        label = list(range(len(answers)))
        changed = True
        while changed:
            changed = False
            for one, first in enumerate(answers):
                for two, second in enumerate(answers):
                    numbers = sorted(first.split()[1:]) == sorted(second.split()[1:])
                    same = first == second or (float(table[first] @ table[second]) >= 0.6 and numbers)
                    if same and label[one] != label[two]:
                        label[one] = label[two] = min(label[one], label[two])
                        changed = True
        expected = {frozenset(place for place, at in enumerate(label) if at == name) for name in label}
        assert {frozenset(group) for group in groups.groups} == expected
        shares = [len(group) / len(answers) for group in expected]
        assert groups.entropy == pytest.approx(-sum(share * math.log(share) for share in shares))
        assert [len(group) for group in groups.groups] == sorted(map(len, groups.groups), reverse=True)


def test_kappa_is_what_is_left_over_chance() -> None:
    left, right = ["both"] * 3 + ["knowledge"], ["both", "both", "knowledge", "knowledge"]
    assert kappa(left, right) == pytest.approx((0.75 - 0.5) / 0.5)
    assert math.isnan(kappa([], [])) and math.isnan(kappa(["both"], ["both"])) and kappa(left, left) == 1


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ({"cause": " Ambiguous "}, "ambiguity"),
        ({"cause": "missing_knowledge"}, "knowledge"),
        ({"cause": 3}, None),
        ({}, None),
    ],
)
def test_a_cause_is_read_in_its_usual_spellings(said: dict[str, Any], cause: str | None) -> None:
    read = diagnosis_in({**said, "missing": "one fact", "readings": [" a\nb ", "", 3]})
    assert (None if read is None else read["cause"]) == cause
    assert read is None or (read["missing"] == ["one fact"] and read["readings"] == ["a b", "3"])


def test_confidence_joins_what_the_answers_and_the_model_say(kept: SampledAnswers) -> None:
    def reflecting(number: int, body: dict[str, Any]) -> Any:
        said = body["messages"][-1]["content"].lower()
        choice = "B" if "1911" in said else "C" if "bank" in said else "(a)"
        return ok(content=f'{{"choice": "{choice}"}}')

    workspace, corpus = kept.corpus.workspace, kept.corpus
    request = {"corpus": corpus.id, "answers": "m", "embedder": "none"}
    confide(workspace, request, silent)
    alone = {"ambiguous": 0.5, "unknown": 0.25, "known": 1.0}
    assert np.allclose(corpus.column("confidence"), [alone[kind] for kind in kinds(corpus)])
    with endpoint(reflecting) as (url, seen):
        confide(workspace, {**request, "model": "m", "url": url}, silent)
        assert len(seen.bodies) == 2 * 12
    reflected = {"ambiguous": 0.5, "unknown": 0.0, "known": 1.0}
    expected = [0.7 * alone[kind] + 0.3 * reflected[kind] for kind in kinds(corpus)]
    assert np.allclose(corpus.column("confidence"), expected)
    assert reflection_in({"choice": "not sure"}) == {"value": 0.5} and reflection_in({"choice": "D"}) is None


def test_rewritten_responses_stand_beside_the_originals_in_their_order(kept: SampledAnswers) -> None:
    made = reconstruct(kept, name="again")
    held = np.asarray(kept.corpus.holdout)
    assert made.replaced == len(made.corpus) == 12 - held.sum() and made.held_out == held.sum()
    assert not np.asarray(made.corpus.holdout).any()
    originals, rewritten = paired(kept.corpus, made.corpus)
    assert originals.tolist() == np.flatnonzero(~held).tolist()
    before, after = kept.corpus.text("instruction"), made.corpus.text("instruction")
    for old, new in zip(originals.tolist(), rewritten.tolist(), strict=True):
        assert before[old] == after[new]
        assert made.corpus.text("response")[new] == kept.of_row(old)[0]
        assert made.corpus.column(BEFORE)[new] == kept.corpus.text("response")[old]
    with pytest.raises(InputError, match="not reconstructed"):
        paired(made.corpus, kept.corpus)


def test_only_doubtful_responses_are_mended_where_the_answers_agree(workspace: Workspace) -> None:
    rows = [{"instruction": f"Q{number}?", "output": "wrong" if number % 2 else "right"} for number in range(8)]
    rows += [{"instruction": "torn?", "output": "wrong"}]
    corpus = ingest(workspace, [from_bytes("q.jsonl", _lines(rows))], name="q")
    given = [{"prompt": f"Q{number}?", "answers": ["right", "Right.", "left", "right"]} for number in range(8)]
    given += [{"prompt": "torn?", "answers": ["a", "b", "c", "d"]}]
    add_sampled(corpus, from_bytes("m.jsonl", _lines(given)), model="m")
    request = {"corpus": corpus.id, "answers": "m", "embedder": "none"}
    confide(workspace, request, silent)
    made = rewrite(workspace, {**request, "below": 0.5, "sure": 0.7, "name": "mended"}, silent)
    mended = open_corpus(workspace, made["artefacts"][0][1])
    told = dict(zip(mended.text("instruction"), mended.text("response"), strict=True))
    assert {told[f"Q{number}?"] for number in range(8) if f"Q{number}?" in told} == {"right"}
    assert told.get("torn?", "wrong") == "wrong" and made["replaced"] <= 4 and made["kept"] >= 4
    with pytest.raises(InputError, match="no column"):
        rewrite(workspace, {**request, "below": 0.5, "column": "none"}, silent)


def test_writers_differ_in_length_variety_and_perplexity() -> None:
    facts = writer_facts(["a b a b", "c d"], np.array([-1.0, -3.0, np.nan]))
    assert facts.rows == 2 and facts.words == 3 and facts.distinct_pairs == 3 / 4
    assert facts.own_perplexity == pytest.approx(math.exp(2))


def test_one_model_reads_both_writers_where_it_scored_both_corpora(
    kept: SampledAnswers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = reconstruct(kept, name="again").corpus
    assert not paired_writers(kept.corpus, made)[0].perplexity
    scores = [np.arange(len(corpus), dtype=np.float64) + 1 for corpus in (kept.corpus, made)]
    scores[1][0] = np.nan  # a row that the model could not read counts in neither mean
    for corpus, values in zip((kept.corpus, made), scores, strict=True):
        keep_score(corpus, values, name="ppl_given@target", title="Perplexity", formula="", source="", meaning="",
                   settings={})  # fmt: skip
    original, rewritten = paired_writers(kept.corpus, made)
    before, after = paired(kept.corpus, made)
    pairs = [(scores[0][old], scores[1][new]) for old, new in zip(before, after) if new != 0]
    assert original.perplexity["target"] == pytest.approx(np.mean([old for old, _ in pairs]))
    assert rewritten.perplexity["target"] == pytest.approx(np.mean([new for _, new in pairs]))
    assert original.rows == rewritten.rows == len(before)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(kept.corpus.workspace.home))
    assert main(["reconstruct", "planted", "--against", "again"]) == 0
    out = capsys.readouterr().out
    assert "perplexity under target" in out and "again" in out


def test_the_commands_group_diagnose_confide_and_reconstruct(
    kept: SampledAnswers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(kept.corpus.workspace.home))
    base = ["disagreement", "planted", "--embedder", "none"]
    with endpoint(diagnosing) as (url, seen):
        assert main([*base, "--model", "good", "--url", url, "--cost"]) == 0 and not seen.bodies
        assert "8 questions to ask" in capsys.readouterr().out
        assert main([*base, "--model", "good", "--second", "hasty", "--url", url, "--yes"]) == 0
    out = capsys.readouterr().out
    assert "missing knowledge" in out and "same cause for 50% of 8 rows" in out
    place = kinds(kept.corpus).index("ambiguous")
    assert main([*base, "--model", "good", "--row", show_id(int(kept.corpus.ids[place]))]) == 0
    out = capsys.readouterr().out
    assert "The river bank." in out and "ambiguity. Readings: a river; money" in out
    assert main(["confidence", "planted", "--embedder", "none"]) == 0
    assert "half below" in capsys.readouterr().out
    assert main(["reconstruct", "planted", "--embedder", "none", "--name", "rewritten"]) == 0
    assert "rewritten" in capsys.readouterr().out
    assert sampled_named(kept.corpus, "m").key == kept.key
