"""Whole files of every shape, as people download them: how many rows they give, and why some give none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.corpus.formats.mapped import MappingOffered
from core.corpus.formats.shapes import shape_of
from core.corpus.ingest import ingest
from core.corpus.sources import from_path
from core.errors import InputError
from core.workspace.artefacts import Workspace

ROWS, COPIES, EMPTY = 12, 3, 2


def alpaca(number: int, answer: str) -> dict[str, Any]:
    return {"instruction": f"Write line {number}.", "input": "with care" if number % 2 else "", "output": answer}


def lima(number: int, answer: str) -> dict[str, Any]:
    earlier = [[f"Line {number}?", "It is short."], ["And before?", "None."]] if number % 3 == 0 else []
    return {**alpaca(number, answer), "history": earlier}


def dolly(number: int, answer: str) -> dict[str, Any]:
    return {"instruction": f"Write line {number}.", "category": "open_qa", "input": "", "output": answer}


def roleplay(number: int, answer: str) -> dict[str, Any]:
    return {"instruction": f"Be detective {number}.", "input": "", "response": answer}


def outputs(number: int, answer: str) -> dict[str, Any]:
    return {"instruction": f"Write line {number}.", "dataset": "helpful", "output": answer, "generator": "model-a"}


def talk(number: int, answer: str) -> dict[str, Any]:
    turns = [("human", f"Question {number}?"), ("gpt", answer)]
    return {"id": f"talk_{number}", "conversations": [{"from": role, "value": text} for role, text in turns]}


def tool_talk(number: int, answer: str) -> dict[str, Any]:
    turns = [
        ("human", f"Weather in town {number}?"),
        ("function_call", json.dumps({"name": "weather", "arguments": {"town": number}})),
        ("observation", json.dumps({"rain": True})),
        ("gpt", answer),
    ]
    tools = json.dumps([{"name": "weather", "parameters": {"town": "number"}}])
    return {"conversations": [{"from": role, "value": text} for role, text in turns], "tools": tools}


def chat(number: int, answer: str) -> dict[str, Any]:
    turns = [("user", f"Question {number}?"), ("assistant", answer)]
    return {"id": f"chat_{number}", "messages": [{"role": role, "content": text} for role, text in turns]}


def chat_of_parts(number: int, answer: str) -> dict[str, Any]:
    turns = [("user", f"Question {number}?", 0.0), ("assistant", answer, 1.0)]
    return {
        "messages": [
            {"role": role, "content": [{"type": "text", "value": text}], "loss_weight": weight}
            for role, text, weight in turns
        ]
    }


def judged_chat(number: int, answer: str) -> dict[str, Any]:
    return {**chat(number, answer), "label": number % 2 == 0}


def question(number: int, answer: str) -> dict[str, Any]:
    return {"question": f"How much is {number} and {number}?", "answer": answer}


def completion(number: int, answer: str) -> dict[str, Any]:
    return {"prompt": f"Summarize: talk {number}\r\nJerry: Sure!\n", "completion": f"{answer}<|endoftext|>"}


def seed_task(number: int, answer: str) -> dict[str, Any]:
    instances = [{"input": "", "output": answer}]
    return {"id": f"seed_{number}", "instruction": f"Do {number}.", "instances": instances, "is_classification": False}


# the record's maker, the file's ending, and the name of its shape
FILES = {
    "alpaca": (alpaca, "json", "Alpaca"),
    "lima": (lima, "json", "Alpaca with history (LIMA-like)"),
    "dolly": (dolly, "json", "Alpaca"),
    "roleplay": (roleplay, "json", "Alpaca"),
    "outputs": (outputs, "json", "Outputs of a model (AlpacaEval)"),
    "talks": (talk, "json", "ShareGPT"),
    "tool talks": (tool_talk, "jsonl", "ShareGPT"),
    "chats": (chat, "jsonl", "Chat messages"),
    "chats of parts": (chat_of_parts, "jsonl", "Chat messages"),
    "judged chats": (judged_chat, "json", "Chat messages"),
    "questions": (question, "jsonl", "Question and answer"),
    "completions": (completion, "jsonl", "Prompt and completion"),
    "seed tasks": (seed_task, "jsonl", "Nested instances (self-instruct)"),
}


@pytest.fixture(autouse=True)
def readable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))


def records_of(name: str) -> list[dict[str, Any]]:
    """Rows, some of them a second time, and some without an answer."""
    make, _, _ = FILES[name]
    rows = [make(number, f"Answer {number} is long enough.") for number in range(ROWS)]
    return [*rows, *rows[:COPIES], *(make(100 + number, "") for number in range(EMPTY))]


def write(path: Path, records: list[dict[str, Any]]) -> Path:
    lines = [json.dumps(record, ensure_ascii=False) for record in records]
    whole = "[\n  " + ",\n  ".join(lines) + "\n]"
    path.write_text(whole if path.suffix == ".json" else "\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_gives_its_rows_and_counts_the_others(name: str, tmp_path: Path) -> None:
    _, ending, shape = FILES[name]
    path = write(tmp_path / f"file.{ending}", records_of(name))
    corpus = ingest(Workspace(tmp_path / "home"), from_path(path))
    report = corpus.report
    assert (report["records_read"], len(corpus), report["exact_duplicates"]) == (ROWS + COPIES + EMPTY, ROWS, COPIES)
    assert (report["empty"]["response"], list(report["files"][0]["shapes"])) == (EMPTY, [shape])
    texts = {text.rpartition("\n")[2] for text in corpus.text("response")}
    assert texts == {f"Answer {number} is long enough." for number in range(ROWS)}


@pytest.mark.parametrize("name", FILES)
def test_every_field_of_the_original_is_there_for_export(name: str, tmp_path: Path) -> None:
    records = records_of(name)
    path = write(tmp_path / f"file.{FILES[name][1]}", records)
    corpus = ingest(Workspace(tmp_path / "home"), from_path(path))
    for row in corpus.rows(range(len(corpus))):
        assert row["original"] == records[row["positions"][0]["record"] - 1]


def test_a_preference_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    records = [
        {
            "conversations": [{"from": "human", "value": f"Question {number}?"}],
            "chosen": {"from": "gpt", "value": f"Good answer {number}. "},
            "rejected": {"from": "gpt", "value": "No."},
        }
        for number in range(ROWS)
    ]
    path = write(tmp_path / "pairs.json", records)
    with pytest.raises(InputError, match="preference file") as refused:
        ingest(Workspace(tmp_path / "home"), from_path(path))
    assert "chosen" in refused.value.remedy
    assert isinstance(refused.value, MappingOffered)
    (view,) = refused.value.previews
    corpus = ingest(Workspace(tmp_path / "home"), from_path(path), mapping=view.guess)
    assert corpus.report["records_read"] == ROWS
    row = corpus.rows([0])[0]
    assert row["response"] == records[row["positions"][0]["record"] - 1]["chosen"]["value"].strip()


def test_a_folder_of_several_files_is_one_corpus(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("alpaca", "chats", "questions"):
        write(folder / f"{name}.{FILES[name][1]}", records_of(name))
    corpus = ingest(Workspace(tmp_path / "home"), from_path(folder))
    report = corpus.report
    assert report["records_read"] == 3 * (ROWS + COPIES + EMPTY)
    assert report["records_read"] == len(corpus) + report["exact_duplicates"] + report["rejected"]
    assert report["empty"]["response"] == 3 * EMPTY
    assert report["held_out"] == corpus.holdout.sum()
    assert {file["name"]: file["records"] for file in report["files"]}["chats.jsonl"] == ROWS + COPIES + EMPTY


def test_the_shapes_are_those_that_the_registry_names() -> None:
    for make, _, title in FILES.values():
        shape = shape_of(make(1, "An answer."))
        assert shape is not None and shape.title == title
