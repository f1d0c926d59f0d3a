"""Earlier exchanges beside every pair of names and in every form; answers that are marked bad are said to be."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from core.corpus.formats.mapped import FieldMapping
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load, notes, parquet

EARLIER_NAMES = (
    "chat_history", "conversation_history", "dialogue_history", "past", "previous_turns", "context_turns",
)  # fmt: skip
EARLIER = [["It's h1?", "r1"], ["h2", "r2"]]
SAID = ["It's h1?", "r1", "h2", "r2", "now", "answer"]


def said(made: Any) -> list[str]:
    return [turn["content"] for turn in made.corpus.rows([0])[0]["turns"]]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("instruction", "solution"), ("prompt", "answer"), ("query", "completion"), ("problem", "output"), ("q", "a"),
     ("Question", "Answer"), ("text", "summary"), ("human", "assistant")],
)  # fmt: skip
def test_history_is_read_beside_known_names_and_mapped_ones(workspace: Workspace, asked: str, answered: str) -> None:
    record = {asked: "now", answered: "answer", "history": EARLIER}
    mapping = FieldMapping(instruction=asked, response=answered)
    for number, chosen in enumerate((mapping, None)):
        home = Workspace(workspace.home / str(number))
        try:
            made = load(home, ("rows.jsonl", json.dumps(record).encode()), mapping=chosen)
        except InputError:
            assert chosen is None and asked not in ("instruction", "prompt", "query", "problem")
            continue
        assert said(made) == SAID
        assert "history" not in [*made.corpus.columns, *made.report["fields_without_column"]]


def test_history_that_is_mapped_itself_is_what_the_mapping_says(workspace: Workspace) -> None:
    record = {"q": "now", "a": "answer", "history": "A book of history."}
    mapping = FieldMapping(instruction="q", response="a", input="history")
    made = load(workspace, ("rows.jsonl", json.dumps(record).encode()), mapping=mapping)
    assert made.corpus.text("instruction") == ["now\n\nA book of history."]


@pytest.mark.parametrize("cell", [json.dumps(EARLIER), str(EARLIER), str(EARLIER).replace("], [", "],\n ["), ""])
def test_history_in_a_cell_is_read_as_json_or_as_python_text(workspace: Workspace, cell: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["instruction", "output", "history"], ["now", "answer", cell]])
    made = load(workspace, ("rows.csv", text.getvalue().encode()))
    assert said(made) == (SAID if cell else [])


def test_history_in_lists_of_parquet_is_read(workspace: Workspace) -> None:
    data = parquet(prompt=["now"], response=["answer"], history=[EARLIER])
    assert said(load(workspace, ("rows.parquet", data))) == SAID


@pytest.mark.parametrize("name", EARLIER_NAMES)
def test_earlier_turns_under_their_other_names_are_read_as_history_is(workspace: Workspace, name: str) -> None:
    turns = [{"role": role, "content": text} for pair in EARLIER for role, text in zip(("user", "assistant"), pair)]
    plain = load(Workspace(workspace.home / "plain"), ("rows.jsonl", b'{"instruction": "now", "output": "answer"}'))
    known = load(
        Workspace(workspace.home / "known"),
        ("rows.jsonl", json.dumps({"instruction": "now", "output": "answer", "history": EARLIER}).encode()),
    )
    for number, value in enumerate((EARLIER, turns, json.dumps(EARLIER))):
        for mapping in (None, FieldMapping(instruction="instruction", response="output")):
            lines = [{"instruction": "now", "output": "answer", name: value}]
            lines.append({**lines[0], name: [["another", "talk"]]})
            home = Workspace(workspace.home / f"{number} {mapping is None}")
            made = load(home, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode()), mapping=mapping)
            assert made.corpus.text("response") == ["r1\nr2\nanswer", "talk\nanswer"]  # no duplicates of each other
            assert said(made) == SAID
            assert made.corpus.ids[0] == known.corpus.ids[0] != plain.corpus.ids[0]  # one talk is one row
            assert name not in [*made.corpus.columns, *made.report["fields_without_column"]]


@pytest.mark.parametrize("value", ["tense", "", None, 3, ["was", "were"], [["be", "was", "been"]], [{"year": 1990}]])
def test_a_field_called_past_that_holds_no_turns_is_a_field_like_any_other(workspace: Workspace, value: Any) -> None:
    record = {"instruction": "now", "output": "answer", "past": value}
    made = load(workspace, ("rows.jsonl", json.dumps(record).encode()))
    plain = load(Workspace(workspace.home / "plain"), ("rows.jsonl", b'{"instruction": "now", "output": "answer"}'))
    assert made.corpus.ids[0] == plain.corpus.ids[0]
    assert said(made) == []
    assert ("past" in made.corpus.columns) == (value in ("tense", 3, ["was", "were"]))


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [("label", True, False), ("rejected", False, True), ("is_toxic", 0, 1), ("flagged", "no", "yes"),
     ("thumbs", "up", "down"), ("passed", True, False), ("rating", "like", "dislike"),
     ("preference", "chosen", "rejected"), ("feedback", "positive", "negative"), ("deleted", None, True)],
)  # fmt: skip
def test_answers_marked_bad_are_counted_in_words(workspace: Workspace, field: str, good: Any, bad: Any) -> None:
    marks = [good, bad, good, good]
    lines = [{"prompt": f"q{n}", "completion": "a", field: mark} for n, mark in enumerate(marks)]
    made = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    total = 1 if good is None else 4  # who says nothing is not counted
    assert f"“{field}” says of 1 of {total} answers that they are bad" in notes(made)


@pytest.mark.parametrize(("marks", "bad"), [([0, 1], 1), ([0, 0], 2)])
def test_zeros_are_counted_even_where_no_one_stands_beside_them(
    workspace: Workspace, marks: list[int], bad: int
) -> None:
    lines = [{"instruction": f"q{n}", "output": "a", "chosen": mark} for n, mark in enumerate(marks)]
    made = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    assert f"“chosen” is 0 for {bad} of 2 answers. Where 0 means bad" in notes(made)


@pytest.mark.parametrize(("field", "good", "bad"), [("weight", 1, 0), ("weight", 0.5, 0.0), ("train", True, False)])
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("names", [("messages", "role", "content"), ("conversations", "from", "value")])
def test_answers_of_turns_that_are_not_to_be_learnt_are_counted(
    workspace: Workspace, field: str, good: Any, bad: Any, as_text: bool, names: tuple[str, str, str]
) -> None:
    under, role, content = names
    turns = [
        {role: "user", content: "q", field: bad},  # no answer: it is never learnt
        {role: "assistant", content: "a", field: bad},
        {role: "user", content: "r"},
        {role: "assistant", content: "b", field: good},
        {role: "user", content: "s"},
        {role: "assistant", content: "c", field: None},
    ]
    made = load(workspace, ("rows.jsonl", json.dumps({under: json.dumps(turns) if as_text else turns}).encode()))
    assert f"“{field}” of a turn says of 1 of 2 answers that they are not to be learnt" in notes(made)
