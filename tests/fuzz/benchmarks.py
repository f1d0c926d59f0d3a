"""Files of test questions: each whole one is read and found in a row that holds it; odd ones are refused or read."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

from core.corpus.sources import from_bytes
from core.curation.leaks.benchmarks import keep_benchmark
from core.curation.leaks.grams import gram_tables
from core.curation.leaks.reading import questions_of
from core.curation.leaks.words import words_of
from core.workspace.artefacts import Workspace
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import changed, damaged
from tests.fuzz.writing import written

COUNT = 8
NAMES = (
    "question", "prompt", "answer", "choices", "turns", "messages", "role", "content", "task_id", "question_id", "ctx",
    "endings", "label", "canonical_solution", "test", "instruction", "input", "output", "from", "value",
)  # fmt: skip


def question(number: int) -> str:
    return f"Question {number}: which of the rivers in the atlas of copper is the one that ends in no sea?"


def record_of(shape: int, number: int) -> dict[str, Any]:
    """One question as GSM8K, MMLU, MT-Bench, HellaSwag, HumanEval, a chat or Alpaca writes it."""
    asked = question(number)
    shapes: list[dict[str, Any]] = [
        {"question": asked, "answer": f"Number {number}."},
        {"question": asked, "choices": ["a", "b", "c"], "answer": number},
        {"question_id": number, "category": "rivers", "turns": [asked, "And why?"]},
        {"ind": number, "ctx": asked, "endings": ["a", "b"], "label": "1"},
        {"task_id": f"t/{number}", "prompt": asked, "canonical_solution": "return 1", "test": "assert f() == 1"},
        {"messages": [{"role": "user", "content": asked}, {"role": "assistant", "content": "None."}]},
        {"instruction": asked, "input": "", "output": "None."},
    ]
    return shapes[shape]


def make(draw: Random) -> Case:
    """Records of one shape, in a container that is drawn; whole, or one of them changed, or the file damaged."""
    shape = draw.randrange(7)
    records: list[Any] = [record_of(shape, number) for number in range(COUNT)]
    way = draw.randrange(4)
    if way == 1:
        for _ in range(draw.choice((1, 1, 3))):
            place = draw.randrange(len(records))
            records[place] = changed(records[place], draw, NAMES)
    ending, data = written(records, draw)
    if way == 2:
        data = damaged(data, draw)
    return Case(files=((f"exam{ending}", data),), records=COUNT if way in (0, 3) and ending != ".csv" else None)


def attempt(case: Case, place: Path) -> None:
    """Read, store, and find every question in a row that holds it, with the place where it stands."""
    (name, data), *_ = case.files
    kept = keep_benchmark(Workspace(place / "home"), questions_of(from_bytes(name, data)), name=name)
    if case.records is not None and len(kept) != case.records:
        raise Fault(f"{len(kept)} of {case.records} questions were read.")
    words = words_of([asked.question for asked in kept.questions])
    rows = [f"Answer this.\n{asked.question}\nThink." for asked in kept.questions]
    held = words_of(rows)
    found = {
        int(row)
        for table in gram_tables(words, ngram=13)
        for row in held.indptr.searchsorted((table.found_in(held) >= 0).nonzero()[0], side="right") - 1
    }
    long_enough = {row for row, count in enumerate(words.counts.tolist()) if count >= 13}
    if not long_enough <= found:
        raise Fault(f"{len(long_enough - found)} questions are not found in a row that holds them.")


TARGET = Target(name="benchmarks", make=make, attempt=attempt)
