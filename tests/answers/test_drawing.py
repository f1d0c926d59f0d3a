"""Answers that are drawn: asked once whoever asks, through trouble, equal to the model's own, read from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.__main__ import main
from core.answers.answer_set import list_sampled, sampled_named
from core.answers.draws import Drawing, prompts_of
from core.answers.files import add_sampled
from core.answers.kept import FOLDER
from core.answers.sampling import asked_words
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import Cancelled, InputError, NetworkError
from core.features.models.causal import load_causal
from core.features.models.files import find_model
from core.progress import silent
from core.workbench.tasks.drawing_answers import draw, drawing_cost
from core.workspace.artefacts import Workspace
from tests.answers.abilities import Abilities, corpus_of_questions, number_in
from tests.endpoint.stand_in import endpoint, without_own_keys

ABLE = Abilities({"m": 0.0}, dict.fromkeys(range(40), 0.0))


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    without_own_keys(monkeypatch)


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    return corpus_of_questions(workspace, 12)


def asked(corpus: Corpus, url: str = "", **more: Any) -> dict[str, Any]:
    request = {"model": "m", "url": url, "draws": 3, "concurrency": 4, **more}
    return draw(corpus.workspace, {"corpus": corpus.id, **request}, silent)


def test_every_draw_is_the_models_answer_to_its_seed(corpus: Corpus) -> None:
    with endpoint(ABLE) as (url, seen):
        made = asked(corpus, url, seed=5)
    assert made["rows"] == 12 and made["answers"] == 36 and not made["failed"]
    kept = sampled_named(corpus, "m")
    for row, prompt in enumerate(corpus.text("instruction")):
        assert kept.of_row(row) == [ABLE.answer("m", number_in(prompt), seed) for seed in (5, 6, 7)]
    assert {body["seed"] for body in seen.bodies} == {5, 6, 7} and all(body["logprobs"] for body in seen.bodies)
    assert np.allclose(kept.mean_log_probabilities, -0.25) and set(kept.finishes) == {"stop"}


def test_what_is_there_is_never_asked_again(corpus: Corpus, workspace: Workspace) -> None:
    with endpoint(ABLE) as (url, seen):
        asked(corpus, url, draws=2, rows=5)
        assert len(seen.bodies) == 10
        asked(corpus, url, draws=3, rows=5)
        assert len(seen.bodies) == 15
        assert drawing_cost(corpus, Drawing(model="m", url=url, draws=3)).calls == 21
        asked(corpus, url, draws=3)
        assert len(seen.bodies) == 36
        asked(corpus, "http://elsewhere.example/v1", draws=3)  # the same model at another address: nothing is sent
        again = corpus_of_questions(workspace, 14, name="longer")
        asked(again, url, draws=3)
        assert len(seen.bodies) == 42
        asked(corpus, url, draws=3, temperature=0.9)
        assert len(seen.bodies) == 78
    assert [kept.draws for kept in list_sampled(corpus)] == [3, 3, 3, 2]


def test_the_rows_of_a_larger_number_hold_those_of_a_smaller_one(workspace: Workspace) -> None:
    corpus = corpus_of_questions(workspace, 200)
    few, more = (prompts_of(corpus, Drawing(model="m", rows=count)).rows for count in (7, 30))
    assert len(few) == 7 and len(more) == 30 and set(few.tolist()) < set(more.tolist())
    assert not np.asarray(corpus.holdout)[more].any()
    assert set(prompts_of(corpus, Drawing(model="m", rows=7, rows_seed=1)).rows.tolist()) != set(few.tolist())


def test_trouble_on_the_way_loses_no_answer(corpus: Corpus) -> None:
    def troubled(number: int, body: dict[str, Any]) -> Any:
        if number in (3, 9):
            return 429, {"Retry-After": "0"}, b"slow down"
        return ABLE(number, body)

    with endpoint(troubled) as (url, seen):
        made = asked(corpus, url)
    assert made["answers"] == 36 and len(seen.bodies) == 38


def test_an_answer_that_is_cut_or_refused_is_counted_and_the_refused_one_asked_again(corpus: Corpus) -> None:
    def cutting(number: int, body: dict[str, Any]) -> Any:
        if number_in(body["messages"][-1]["content"]) == 4:
            return 400, {}, b"no such thing"
        status, headers, data = ABLE(number, body)
        value = json.loads(data)
        value["choices"][0]["finish_reason"] = "length"
        return status, headers, json.dumps(value).encode()

    with endpoint(cutting) as (url, _):
        made = asked(corpus, url)
        assert made["cut"] == 33 and made["failed"] == 3 and made["rows"] == 11
        kept = sampled_named(corpus, "m")
        assert "status 400: no such thing" in kept.facts["why_failed"]
    with endpoint(ABLE) as (url, seen):
        assert asked(corpus, url)["rows"] == 12 and len(seen.bodies) == 3


def test_a_stopped_run_goes_on_and_a_broken_line_loses_one_answer(corpus: Corpus) -> None:
    def stop(done: float, total: float, note: str = "") -> None:
        if done >= 6:
            raise Cancelled

    request = {"corpus": corpus.id, "model": "m", "draws": 2, "concurrency": 1}
    with endpoint(ABLE) as (url, seen):
        with pytest.raises(Cancelled):
            draw(corpus.workspace, {**request, "url": url}, stop)
        (journal,) = (corpus.workspace.home / FOLDER).glob("*.jsonl")
        records = [json.loads(line) for line in journal.read_bytes().splitlines() if line]
        assert 6 <= len(records) < 24
        journal.write_bytes(journal.read_bytes()[:-9])
        before = len(seen.bodies)
        assert draw(corpus.workspace, {**request, "url": url}, silent)["answers"] == 24
        again = {(number_in(body["messages"][-1]["content"]), body["seed"]) for body in seen.bodies[before:]}
        kept = {(int(record["text"].split()[-1][:-1]), record["draw"]) for record in records}
        answers = {(int(ABLE.answer("m", *one).split()[-1][:-1]), one[1]) for one in again}
        assert len(kept & answers) <= 1  # that of the broken line


def test_a_wrong_key_costs_one_request(corpus: Corpus) -> None:
    with endpoint(lambda number, body: (401, {}, b"{}")) as (url, seen):
        with pytest.raises(NetworkError, match="refuses"):
            asked(corpus, url)
        assert len(seen.bodies) == 1


def test_phrasings_are_taken_in_turn(corpus: Corpus) -> None:
    words = ["Short: {question}", "{question}\nThink first."]
    with endpoint(ABLE) as (url, seen):
        asked(corpus, url, phrasings=words, rows=1)
    said = sorted(body["messages"][-1]["content"] for body in seen.bodies)
    assert [text.startswith("Short: ") for text in said] == [False, True, True]
    drawing = Drawing(model="m", draws=3, phrasings=tuple(words))
    assert len(asked_words(prompts_of(corpus, drawing), drawing)) == 36


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"draws": 0}, "between 1"),
        ({"temperature": 0.0}, "the same"),
        ({"phrasings": ("no place",)}, "no place"),
        ({"model": " "}, "No model"),
        ({"max_tokens": 0}, "token"),
    ],
)
def test_what_cannot_be_drawn_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Drawing(**{"model": "m", **wrong})


def test_a_local_model_writes_each_draw_once_and_as_it_would_alone(corpus: Corpus, models: dict[str, str]) -> None:
    made = asked(corpus, model=models["first"], draws=2, max_tokens=6, rows=4)
    assert made["answers"] == 8 and made["model"] == "first"
    kept = sampled_named(corpus, "first")
    assert (kept.mean_log_probabilities < 0).all()
    load_causal.__globals__["_load"].cache_clear()
    loaded: list[Any] = []
    original = load_causal.__globals__["read_causal"]
    load_causal.__globals__["read_causal"] = lambda *given, **more: loaded.append(1) or original(*given, **more)
    try:
        asked(corpus, model=models["first"], draws=2, max_tokens=6, rows=4)
        assert not loaded  # all answers are kept: the model is not even loaded
        asked(corpus, model=models["first"], draws=3, max_tokens=6, rows=4)
        assert loaded
    finally:
        load_causal.__globals__["read_causal"] = original
    longer = sampled_named(corpus, "first")
    assert all(longer.of_row(int(row))[:2] == kept.of_row(int(row)) for row in np.unique(kept.rows))


def test_a_local_models_cost_is_told_before_it_is_loaded(corpus: Corpus, models: dict[str, str]) -> None:
    assert find_model(models["first"]).parameters
    few, many = (drawing_cost(corpus, Drawing(model=models["first"], draws=draws)) for draws in (1, 10))
    assert few.seconds and many.seconds and many.seconds > 5 * few.seconds and many.calls == 120


def test_answers_come_from_files_by_id_and_by_prompt(workspace: Workspace) -> None:
    corpus = corpus_of_questions(workspace, 4)
    ids, prompts = corpus.ids.tolist(), corpus.text("instruction")
    lines = [
        {"id": show_id(ids[0]), "answers": ["a", "b"]},
        {"prompt": prompts[1], "response": "c", "model": "theirs"},
        {"instruction": prompts[1], "output": "d"},
        {"id": show_id(ids[2]), "outputs": [{"text": "e"}]},
        {"id": "0" * 16, "answer": "of no row"},
        {"nothing": 1},
    ]
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    kept = add_sampled(corpus, from_bytes("theirs.jsonl", data))
    assert kept.of_rows() == {0: ["a", "b"], 1: ["c", "d"], 2: ["e"]}
    assert kept.model == "theirs" and kept.facts["extra"] == 1
    with pytest.raises(InputError, match="no answer to a row"):
        add_sampled(corpus, from_bytes("x.jsonl", b'{"id": "0000000000000000", "answer": "x"}'))


def test_the_command_prices_draws_lists_and_gives_answers_that_it_reads_again(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("DIVERSCOPE_HOME", str(corpus.workspace.home))
    with endpoint(ABLE) as (url, seen):
        base = ["sample-answers", "doubles", "--model", "m", "--url", url, "--draws", "2", "--price-out", "10"]
        assert main([*base, "--cost"]) == 0 and not seen.bodies
        assert "24 answers to draw, 0 there already" in capsys.readouterr().out
        assert main(base) == 1  # nobody is there to agree
        assert main([*base, "--yes"]) == 0
    assert "24 answers of m to 12 rows" in capsys.readouterr().out
    assert main(["sample-answers", "doubles"]) == 0
    assert "endpoint" in capsys.readouterr().out
    assert main(["sample-answers", "doubles", "--show", "m"]) == 0
    lines = capsys.readouterr().out
    other = ingest(corpus.workspace, [from_bytes("x.jsonl", b'{"instruction": "a", "output": "b"}')], name="x")
    again = add_sampled(corpus, from_bytes("again.jsonl", lines.encode()))
    assert again.of_rows() == sampled_named(corpus, "m").of_rows() and not list_sampled(other)
