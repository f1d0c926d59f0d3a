"""Pictures, videos and sounds in a field beside the turns are counted, and their marks are no words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.corpus.clean_row import clean_row
from core.corpus.formats.roles import ROLES
from core.corpus.formats.shapes import shape_of
from core.corpus.verbatim import verbatim
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load


def talk(*texts: str, **fields: Any) -> dict[str, Any]:
    sides = ("human", "gpt") * len(texts)
    return {**fields, "conversations": [{"from": side, "value": text} for side, text in zip(sides, texts)]}


@pytest.mark.parametrize(
    ("record", "instruction", "names"),
    [
        (talk("<image>\nWhat?", "A cat.", image="a.jpg"), "What?", [(1, "a.jpg")]),
        (talk("What?\n<image>", "A cat.", image="a.jpg"), "What?", [(1, "a.jpg")]),
        (talk("What?", "A cat.", images=["a.jpg", "b.jpg"]), "What?", [(1, "a.jpg"), (1, "b.jpg")]),
        (talk("<video>What?", "A run.", videos=[{"path": "a.mp4"}]), "What?", [(1, "a.mp4")]),
        (talk("<image>One", "1", "<image>Two", "2", images='["a.jpg", "b.jpg"]'), "One\nTwo",
         [(1, "a.jpg"), (3, "b.jpg")]),
        (talk("<image>", "A cat.", image="a.jpg"), "<image>", [(1, "a.jpg")]),
    ],
)  # fmt: skip
def test_pictures_beside_the_turns_are_counted_and_written_as_they_came(
    workspace: Workspace, record: dict[str, Any], instruction: str, names: list[tuple[int, str]]
) -> None:
    made = load(workspace, ("rows.jsonl", json.dumps(record).encode()))
    (row,) = rows_to_export(made.corpus, [0])
    assert row["instruction"] == instruction
    assert [(picture["turn"], picture["name"]) for picture in row["pictures"]] == names
    assert made.corpus.reader == 2
    (line,) = json.loads(FORMATS["sharegpt"].write([row], b"{}"))
    assert line["conversations"] == record["conversations"]
    for field in record.keys() - {"conversations"}:
        assert line[field] == record[field]


@pytest.mark.parametrize("field", [{}, {"image": None}, {"image": ""}, {"images": []}, {"images": 3}, {"image": False}])
def test_without_pictures_the_marks_are_words_and_the_id_stays(workspace: Workspace, field: dict[str, Any]) -> None:
    record = talk("<image>\nWhat?", "A cat.", **field)
    made = load(workspace, ("rows.jsonl", json.dumps(record).encode()))
    plain = load(
        Workspace(workspace.home / "plain"), ("rows.jsonl", json.dumps(talk("<image>\nWhat?", "A cat.")).encode())
    )
    assert made.corpus.text("instruction") == ["<image>\nWhat?"]
    assert made.corpus.reader == 1
    assert made.corpus.ids[0] == plain.corpus.ids[0]


def test_pictures_in_the_turns_are_not_counted_again(workspace: Workspace) -> None:
    parts = [{"type": "image"}, {"type": "text", "text": "What?"}]
    turns = [{"role": "user", "content": parts}, {"role": "assistant", "content": "A cat."}]
    made = load(workspace, ("rows.jsonl", json.dumps({"messages": turns, "images": ["a.jpg"]}).encode()))
    assert len(made.corpus.rows([0])[0]["pictures"]) == 1


@pytest.mark.parametrize(
    "record",
    [
        talk("<image>\nOne", "1", "Two", "2", image="a.jpg"),
        {"instruction": "now", "output": "answer", "past": [["before", "then"]]},
    ],
)
def test_a_stored_row_that_was_read_without_them_is_written_as_it_was_stored(record: dict[str, Any]) -> None:
    shape = shape_of(record)
    assert shape is not None
    (parsed,) = shape.parse(record, ROLES)
    assert parsed.formerly is not None
    stored = clean_row(parsed.formerly)
    assert stored.id != clean_row(parsed).id
    texts = verbatim({"id": stored.id, "original": record, "instruction": stored.instruction})
    assert texts.shape is shape
    assert texts.turns == parsed.formerly.all_turns
