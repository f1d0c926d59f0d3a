"""Leaks: what is found of planted questions, what is set aside, and what the rule leaves out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from core.corpus.ingest import Holdout, ingest
from core.corpus.sources import from_bytes, from_path
from core.corpus.store import Corpus
from core.curation.leaks import find
from core.curation.leaks.benchmarks import Benchmark, BenchmarkItem, keep_benchmark, keep_holdout, list_benchmarks
from core.curation.leaks.find import find_leaks
from core.curation.leaks.hits import LeakHits, load_hits
from core.curation.leaks.neighbours import NearestQuestions, keep_neighbours, nearest_questions
from core.curation.leaks.reading import keep_files, questions_of
from core.curation.leaks.report import asked_spans, candidates, leak_counts, leak_lines, leak_of_row, leaked_rows
from core.curation.leaks.rule import outcome
from core.curation.leaks.settings import LeakRule, LeakSearch
from core.errors import FeatureMissing, InputError
from core.workspace.artefacts import Workspace
from tests.curation.leaks.planted import PLANTS, filler, made_questions
from tests.curation.leaks.slow_words import slow_hits

BOILERPLATE = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
)


def corpus_of(workspace: Workspace, pairs: list[tuple[str, str]], *, held_out: float = 0.0) -> Corpus:
    data = b"\n".join(orjson.dumps({"instruction": asked, "output": answered}) for asked, answered in pairs)
    return ingest(workspace, [from_bytes("rows.jsonl", data)], holdout=Holdout(fraction=held_out))


def row_of(corpus: Corpus, text: str) -> int:
    return next(row for row, asked in enumerate(corpus.text("both")) if text in asked)


def leaks(hits: LeakHits, **settings: float) -> list[int]:
    return np.flatnonzero(hits.is_leak(**settings)).tolist()  # type: ignore[arg-type]


def planted(workspace: Workspace) -> tuple[Corpus, Benchmark, dict[str, list[tuple[int, str]]]]:
    """120 questions, 20 for each way; each stands in the instruction or the response of a row among 300 others."""
    questions = made_questions(120)
    asked, answered = filler(420, seed=1), filler(420, seed=2)
    ways = {way: questions[place :: len(PLANTS)] for place, way in enumerate(PLANTS)}
    for number, (way, of_way) in enumerate(ways.items()):
        for place, question in enumerate(of_way):
            row = number * 20 + place
            (asked if place % 2 else answered)[row] = PLANTS[way](question)
    corpus = corpus_of(workspace, list(zip(asked, answered, strict=True)))
    benchmark = keep_benchmark(workspace, map(BenchmarkItem, questions), name="exam")
    rows = {
        way: [
            (int(corpus.rows_from("rows.jsonl", number * 20 + place + 1)[0]), question)
            for place, question in enumerate(of_way)
        ]
        for number, (way, of_way) in enumerate(ways.items())
    }
    return corpus, benchmark, rows


def test_planted_questions_are_found_where_they_stand_and_no_other_row_is(workspace: Workspace) -> None:
    corpus, benchmark, rows = planted(workspace)
    hits = load_hits(corpus, benchmark.key, LeakSearch())
    pairs = hits.pairs()
    of_row = {int(pairs.row[first]): first for first in pairs.firsts}
    unchanged = {row for way, planted_rows in rows.items() if way != "numbers changed" for row, _ in planted_rows}
    assert unchanged <= set(of_row) <= unchanged | {row for row, _ in rows["numbers changed"]}
    for way, planted_rows in rows.items():
        if way == "numbers changed":
            continue
        for row, question in planted_rows:
            first = of_row[row]
            assert hits.text(int(pairs.text[first])) == question, way
            assert pairs.share[first] == 1.0, way
            component = hits.components[int(pairs.component[first])]
            ((start, end),) = hits.spans(row, int(pairs.component[first]))
            marked = corpus.text(component)[row][start:end]
            assert slow_hits(marked, question, ngram=13), way
            assert PLANTS["verbatim"](marked.split()[-1].casefold().strip("?*")) in question.casefold(), way


def test_a_question_with_other_numbers_is_found_where_numbers_are_taken_for_one_another(workspace: Workspace) -> None:
    corpus, benchmark, rows = planted(workspace)
    changed = {row for row, _ in rows["numbers changed"]}
    assert not changed & set(leaks(load_hits(corpus, benchmark.key, LeakSearch())))
    assert changed <= set(leaks(load_hits(corpus, benchmark.key, LeakSearch(any_number=True))))


@pytest.mark.parametrize("search", [LeakSearch(), LeakSearch(ngram=8), LeakSearch(ngram=5, any_number=True)])
def test_hits_are_those_of_the_slow_twin_in_both_components(
    workspace: Workspace, search: LeakSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "AT_ONCE", 3_000)  # several chunks
    questions = [*made_questions(12), "copper engine", "river mountain copper engine violet", ""]
    asked = [*filler(40, seed=4), "Copper engine!", "a copper engine b", "River, mountain copper engine violet is"]
    pairs = [(text, answer) for text, answer in zip(asked, filler(len(asked), seed=5), strict=True)]
    pairs += [(f"say {number}", f"So: {question[5:90]}") for number, question in enumerate(questions[:6])]
    corpus = corpus_of(workspace, pairs, held_out=0.1)
    benchmark = keep_benchmark(workspace, map(BenchmarkItem, questions), name="exam")
    hits = load_hits(corpus, benchmark.key, search)
    row, component, start, end = (
        np.asarray(hits.artefact.array(name)) for name in ("row", "component", "start", "end")
    )
    told = set(zip(row.tolist(), component.tolist(), start.tolist(), end.tolist(), strict=True))
    wanted = {
        (row, component, *span)
        for component, name in enumerate(("instruction", "response"))
        for row, text in enumerate(corpus.text(name))
        if not corpus.holdout[row]
        for question in questions
        for span in slow_hits(text, question, ngram=search.ngram, any_number=search.any_number)
    }
    assert told == wanted and wanted


def test_boilerplate_is_named_and_set_aside_by_a_limit(workspace: Workspace) -> None:
    question = made_questions(1)[0]
    asked = [f"{BOILERPLATE} {text}" for text in filler(30, seed=6)] + [f"{BOILERPLATE} {question}"]
    corpus = corpus_of(workspace, [(text, "Yes.") for text in asked])
    benchmark = keep_benchmark(workspace, [BenchmarkItem(f"{BOILERPLATE} {question}")], name="exam")
    hits = load_hits(corpus, benchmark.key, LeakSearch())
    assert len(leaks(hits)) == 31
    assert hits.common_grams(most=1)[0].rows == 31
    assert hits.common_grams(most=1)[0].words == BOILERPLATE.rstrip(".")
    assert leaks(hits, common=30) == [row_of(corpus, question)]
    assert leaks(hits, share=0.5) == [row_of(corpus, question)]
    limits = hits.rows_by_limit()
    assert limits[0] == (1, 1) and limits[-1] == (31, 31)
    assert limits == [(limit, len(leaks(hits, common=limit))) for limit, _ in limits]
    assert hits.rows_by_limit(share=0.5) == [(1, 1), (31, 1)]


def test_answers_are_looked_for_where_asked_and_only_long_ones(workspace: Workspace) -> None:
    answer = made_questions(1, seed=9)[0]
    corpus = corpus_of(
        workspace, [("one", answer), ("two", "the river is wide today"), *zip(filler(9, seed=1), "abcdefghi")]
    )
    benchmark = keep_benchmark(
        workspace,
        [
            BenchmarkItem("What of it all do you like?", answer, given="q7"),
            BenchmarkItem("How?", "the river is wide today"),
        ],
        name="exam",
    )
    assert leaks(load_hits(corpus, benchmark.key, LeakSearch())) == []
    hits = load_hits(corpus, benchmark.key, LeakSearch(answers=True))
    assert leaks(hits) == [row_of(corpus, answer)]
    assert hits.named(int(hits.pairs().text[0])) == "answer of q7"


def test_the_holdout_is_a_benchmark_for_the_rows_that_are_trained_on(workspace: Workspace) -> None:
    texts = filler(100, seed=8)
    corpus = corpus_of(workspace, [(text, "Yes.") for text in texts], held_out=0.2)
    held_out = [text for text, held in zip(corpus.text("instruction"), corpus.holdout, strict=True) if held]
    again = corpus_of(workspace, [*((text, "Yes.") for text in texts), (f"Again: {held_out[0]}", "No.")], held_out=0.0)
    assert leaks(load_hits(corpus, keep_holdout(corpus).key, LeakSearch())) == []
    benchmark = keep_benchmark(workspace, map(BenchmarkItem, held_out), name="held out")
    assert row_of(again, "Again: ") in leaks(load_hits(again, benchmark.key, LeakSearch(ngram=5)))
    assert keep_holdout(corpus).holdout_of == corpus.id
    assert keep_holdout(corpus).key not in [known.key for known in list_benchmarks(workspace, corpus_id=again.id)]
    with pytest.raises(InputError, match="has no holdout"):
        keep_holdout(again)


def test_the_rule_leaves_out_the_same_rows_after_the_file_has_moved(workspace: Workspace, tmp_path: Path) -> None:
    question = made_questions(1)[0]
    corpus = corpus_of(workspace, [(f"Exam: {question}", "Yes."), *((text, "No.") for text in filler(20, seed=1))])
    file = tmp_path / "tests" / "exam.jsonl"
    file.parent.mkdir()
    file.write_bytes(orjson.dumps({"prompt": question, "task_id": "exam/1"}))
    (benchmark,) = keep_files(workspace, from_path(file.parent))
    settings = LeakRule(benchmarks=(benchmark.key,)).as_dict()
    leak = row_of(corpus, "Exam: ")
    before = outcome(corpus, settings)(np.ones(len(corpus), dtype=bool))
    assert np.flatnonzero(before >= 0).tolist() == [leak] and before[leak] == leak
    moved = file.with_name("renamed.jsonl")
    file.rename(moved)
    np.testing.assert_array_equal(outcome(corpus, settings)(np.ones(len(corpus), dtype=bool)), before)
    assert keep_files(workspace, from_path(moved))[0].key == benchmark.key
    reason = leak_of_row(corpus, LeakRule.of(settings))[leak]
    assert (reason.benchmark, reason.question, reason.component) == ("exam", "exam/1", "instruction")
    assert reason.words == question.rstrip("?") and reason.share == 1.0
    elsewhere = Workspace(tmp_path / "elsewhere")
    other = corpus_of(elsewhere, [(f"Exam: {question}", "Yes."), *((text, "No.") for text in filler(20, seed=1))])
    with pytest.raises(FeatureMissing, match=r"leaks CORPUS --against FILE with the benchmark's file"):
        outcome(other, settings)
    keep_files(elsewhere, from_path(moved))
    np.testing.assert_array_equal(outcome(other, settings)(np.ones(len(corpus), dtype=bool)), before)


def test_the_report_counts_by_benchmark_and_lists_the_rows_that_hold_most_first(workspace: Workspace) -> None:
    corpus, exam, _ = planted(workspace)
    other = keep_benchmark(workspace, [BenchmarkItem(text) for text in made_questions(3, seed=77)], name="other")
    rule = LeakRule(benchmarks=(exam.key, other.key))
    counts = {count.name: count for count in leak_counts(corpus, rule)}
    listed, every = leaked_rows(corpus, rule)
    found = int(load_hits(corpus, exam.key, rule.search).is_leak().sum())
    assert counts["exam"].rows == counts["exam"].instruction + counts["exam"].response == found == every == len(listed)
    assert counts["exam"].leaked == found and counts["exam"].questions == 120 and counts["exam"].near == 0
    assert counts["other"].rows == counts["other"].leaked == 0 and counts["other"].questions == 3
    shares = [leak.share for leak in listed]
    assert shares == sorted(shares, reverse=True) and shares[0] == 1.0
    assert leaked_rows(corpus, rule, first=3, most=4) == (listed[3:7], every)
    assert leaked_rows(corpus, rule, key=other.key) == ([], 0)
    for leak in listed[:20]:
        ((start, end),) = asked_spans(leak.asked, leak.text, rule)
        assert leak.asked[start:end] == leak.asked.rstrip("?")
    lines = [orjson.loads(line) for line in leak_lines(corpus, rule).splitlines()]
    assert [line["words"] for line in lines] == [leak.words for leak in listed]
    assert lines[0] == {
        "id": lines[0]["id"], "at": corpus.places_of(np.array([listed[0].row]))[0], "benchmark": "exam",  # type: ignore[arg-type]
        "question": listed[0].question, "component": listed[0].component, "by": "words", "share": 1.0,
        "words": listed[0].words,
    }  # fmt: skip


def test_what_is_stored_is_not_compared_again(workspace: Workspace) -> None:
    corpus = corpus_of(workspace, [(text, "No.") for text in filler(20, seed=1)])
    exams = [keep_benchmark(workspace, map(BenchmarkItem, made_questions(5, seed=seed)), name="e") for seed in (1, 2)]
    assert find_leaks(corpus, exams, LeakSearch()) == 2
    assert find_leaks(corpus, exams, LeakSearch()) == 0
    assert find_leaks(corpus, exams, LeakSearch(ngram=8)) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"benchmarks": "abc"},
        {"benchmarks": ["a"], "ngram": 2},
        {"benchmarks": ["a"], "ngram": 13.0},
        {"benchmarks": ["a"], "share": 1.5},
        {"benchmarks": ["a"], "share": float("nan")},
        {"benchmarks": ["a"], "common": -1},
        {"benchmarks": ["a"], "answers": "yes"},
        {"benchmarks": ["a"], "surprise": 1},
    ],
)
def test_settings_that_cannot_be_used_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        LeakRule.of(wrong)


def test_settings_that_change_nothing_are_not_written() -> None:
    rule = LeakRule(benchmarks=("b", "a", "b"), embedder="minilm")
    assert rule.as_dict() == {"ngram": 13, "benchmarks": ["a", "b"]}
    assert LeakRule.of(rule.as_dict()).as_dict() == rule.as_dict()


QUESTION = "What is the third river of the copper canyon called"
RECORDS: list[tuple[str, dict[str, object], str]] = [
    ("question and answer", {"question": QUESTION, "answer": "walnut"}, "walnut"),
    ("prompt alone", {"task_id": "x/1", "prompt": QUESTION}, ""),
    ("choices", {"question": QUESTION, "choices": ["a", "b"], "answer": 1}, "1"),
    ("turns", {"question_id": 81, "turns": [QUESTION, "And the fourth?"]}, ""),
    ("messages", {"messages": [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "w"}]}, "w"),
    ("context", {"ind": 4, "ctx": QUESTION, "endings": ["a", "b"], "label": "3"}, ""),
    ("code", {"prompt": QUESTION, "canonical_solution": "return 1", "test": "assert candidate(1) == 1"}, "return 1"),
]


@pytest.mark.parametrize(("record", "answer"), [case[1:] for case in RECORDS], ids=[case[0] for case in RECORDS])
def test_questions_are_read_from_the_shapes_of_benchmarks(record: dict[str, object], answer: str) -> None:
    (asked,) = questions_of(from_bytes("exam.jsonl", orjson.dumps(record)))
    assert asked.question.splitlines()[0] == QUESTION
    assert asked.answer == answer
    assert asked.at == "exam.jsonl:1"


def test_a_field_can_be_named_and_a_missing_one_is_said() -> None:
    file = from_bytes("exam.jsonl", orjson.dumps({"item": {"stem": QUESTION}, "key": "A"}))
    assert questions_of(file, question="item.stem", answer="key") == [BenchmarkItem(QUESTION, "A", "", "exam.jsonl:1")]
    with pytest.raises(InputError, match=r"exam.jsonl has no question.*there are: item, item.stem, key"):
        questions_of(file)


def test_the_nearest_question_of_a_row_is_that_of_brute_force() -> None:
    generator = np.random.default_rng(0)
    vectors, questions = (generator.normal(size=(count, 8)).astype(np.float32) for count in (50, 7))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    questions /= np.linalg.norm(questions, axis=1, keepdims=True)
    rows = np.arange(0, 50, 2)
    near = nearest_questions(vectors, questions, rows=rows)
    for row in range(50):
        if row % 2:
            assert np.isnan(near.cosine[row]) and near.question[row] == -1
        else:
            cosines = [round(float(vectors[row] @ question), 4) for question in questions]
            assert near.question[row] == int(np.argmax(cosines))
            assert near.cosine[row] == pytest.approx(max(cosines), abs=1e-4)
    ordered = near.nearest(0.3)
    assert np.all(np.diff(near.cosine[ordered]) <= 0) and np.all(near.cosine[ordered] >= np.float32(0.3))


def test_rows_near_in_meaning_are_candidates_and_left_out_only_where_the_rule_says_so(workspace: Workspace) -> None:
    corpus, exam, rows = planted(workspace)
    plain_rule = LeakRule(benchmarks=(exam.key,))
    leak = rows["verbatim"][0][0]
    others = [row for row in range(len(corpus)) if row not in leak_of_row(corpus, plain_rule)][:3]
    with pytest.raises(FeatureMissing, match="--cosine"):
        outcome(corpus, LeakRule(benchmarks=(exam.key,), cosine=0.9, embedder="minilm").as_dict())
    cosine = np.full(len(corpus), 0.1, dtype=np.float32)
    cosine[[leak, *others]] = 0.99, 0.8, 0.95, 0.91
    keep_neighbours(corpus, exam, "minilm", NearestQuestions(cosine, np.full(len(corpus), 5, dtype=np.int64)))
    near = candidates(corpus, plain_rule, exam.key, "minilm", least=0.7)
    assert [leaked.row for leaked in near] == [others[1], others[2], others[0]]
    assert {leaked.by for leaked in near} == {"meaning"} and near[0].asked == exam.questions[5].question
    rule = LeakRule(benchmarks=(exam.key,), cosine=0.9, embedder="minilm")
    out = outcome(corpus, rule.as_dict())(np.ones(len(corpus), dtype=bool)) >= 0
    by_words = load_hits(corpus, exam.key, rule.search).is_leak()
    assert set(np.flatnonzero(out)) == {*np.flatnonzero(by_words), others[1], others[2]}
    (count,) = leak_counts(corpus, rule)
    assert (count.near, count.rows) == (2, int(by_words.sum()) + 2)
    listed, every = leaked_rows(corpus, rule)
    assert [leaked.row for leaked in listed[-2:]] == [others[1], others[2]] and every == count.rows
    assert leak_of_row(corpus, rule)[others[1]].by == "meaning"
