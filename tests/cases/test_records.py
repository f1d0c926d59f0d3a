"""What a record means: turns, parts, thinking, earlier exchanges, values that are no text. A folder here is one case.

Each folder has inputs of our own, made with the structure of the real ones, and ``expect.json`` with what is right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.corpus.ingest import Holdout, Ingested, ingest_files
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes, from_path
from core.errors import InputError
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workspace.artefacts import Workspace

HERE = Path(__file__).parent
CASES = sorted(path for path in HERE.glob("*/expect.json") if json.loads(path.read_text())["kind"] == "records")
FIELDS = ("instruction", "input", "response", "system", "tools", "thinking", "source")


def load(workspace: Workspace, *records: object, **options: Any) -> Ingested:
    data = b"\n".join(map(orjson.dumps, records))
    return ingest_files(workspace, [from_bytes("file.jsonl", data)], holdout=Holdout(fraction=0.0), **options)


def rows_of(made: Ingested) -> list[dict[str, Any]]:
    return [dict(row) for row in rows_to_export(made.corpus, range(len(made.corpus)))]  # type: ignore[arg-type]


def texts(made: Ingested) -> list[tuple[str, str]]:
    return sorted((row["instruction"], row["response"]) for row in rows_of(made))


def roles(row: dict[str, Any]) -> list[str]:
    return [turn["role"] for turn in row["turns"]]


def told(made: Ingested) -> str:
    files: Any = made.report["files"]
    return " ".join(note for file in files for note in file["notes"])


@pytest.mark.parametrize("expected", CASES, ids=[path.parent.name for path in CASES])
def test_a_case_has_its_right_outcome(expected: Path, workspace: Workspace) -> None:
    for check in json.loads(expected.read_text(encoding="utf-8"))["files"]:
        home = Workspace(workspace.home / check["file"])
        files = from_path(expected.parent / check["file"], roots=(HERE,))
        if "refused" in check:
            with pytest.raises(InputError, match=check["refused"]):
                ingest_files(home, files)
            continue
        made = ingest_files(home, files, holdout=Holdout(fraction=0.0))
        rows = rows_of(made)
        assert len(rows) == check["rows"]
        assert [entry["reason"] for entry in made.rejected] == check.get("rejected", [])
        shown = [{name: row[name] for name in FIELDS} | {"roles": roles(row)} for row in rows]
        for wanted in check.get("has", ()):
            assert any({name: row[name] for name in wanted} == wanted for row in shown), (wanted, shown)
        whole = json.dumps([[row, full["turns"]] for row, full in zip(shown, rows)], ensure_ascii=False)
        assert not [text for text in check.get("never", ()) if text in whole]
        for text in check.get("notes", ()):
            assert text in told(made)
        _exports_hold(rows, check.get("exports", {}))
        came = _records(expected.parent / check["file"]) if check.get("as_it_came", True) else set()
        went = [json.loads(line) for line in FORMATS["jsonl"].write(rows, b"{}").splitlines()]
        assert not came or all(json.dumps(record) in came for record in went)


def _exports_hold(rows: list[dict[str, Any]], expected: dict[str, list[str]]) -> None:
    for format, texts in expected.items():
        written = FORMATS[format].write(rows, b"{}").decode()
        for text in texts:
            assert (text[1:] not in written) if text.startswith("!") else (text in written), (format, text, written)


def _records(path: Path) -> set[str]:
    """The records of a JSON file as they came; nothing of another."""
    if path.suffix == ".csv":
        return set()
    text = path.read_text(encoding="utf-8")
    records = json.loads(text) if path.suffix == ".json" else map(json.loads, text.splitlines())
    return {json.dumps(record) for record in records}


# ------------------------------------------------------------------------------------------------ thinking


ASKED = {"role": "user", "content": "Is 119 prime?"}


@pytest.mark.parametrize(
    "answer",
    [
        {"role": "assistant", "content": "No.", "reasoning_content": "7 divides it."},
        {"role": "assistant", "content": "No.", "reasoning": {"text": "7 divides it."}},
        {"role": "assistant", "content": "No.", "thinking": " 7 divides it.\n"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "7 divides it."}, {"text": "No."}]},
        {"role": "assistant", "content": [{"type": "reasoning", "value": "7 divides it."}, {"value": "No."}]},
        {"role": "model", "parts": [{"text": "7 divides it.", "thought": True}, {"text": "No."}]},
    ],
)  # fmt: skip
def test_thinking_is_the_same_row_however_it_is_written(answer: dict[str, Any], workspace: Workspace) -> None:
    (row,) = rows_of(load(workspace, {"messages": [ASKED, answer]}))
    pair = load(workspace, {"instruction": "Is 119 prime?", "output": "No.", "thinking": "7 divides it."})
    assert (row["instruction"], row["response"], row["thinking"]) == ("Is 119 prime?", "No.", "7 divides it.")
    assert pair.corpus.ids.tolist() == [row["id"]]
    plain = load(workspace, {"instruction": "Is 119 prime?", "output": "No."})
    assert plain.corpus.ids.tolist() != [row["id"]]


def test_thinking_in_turns_and_channels_of_its_own_stands_at_the_answer_it_led_to(workspace: Workspace) -> None:
    first = [ASKED, {"role": "thinking", "content": "7."}, {"role": "assistant", "content": "No."}]
    second = [
        ASKED,
        {"role": "assistant", "channel": "analysis", "content": "7."},
        {"role": "assistant", "channel": "final", "content": "No."},
    ]
    made = load(workspace, {"messages": first}, {"messages": second})
    (row,) = rows_of(made)
    assert (row["response"], row["thinking"], row["multiplicity"]) == ("No.", "7.", 2)


def test_a_switch_is_no_thinking_and_stays_a_column(workspace: Workspace) -> None:
    made = load(workspace, {"prompt": "a", "completion": "b", "reasoning": "on"})
    (row,) = rows_of(made)
    assert row["thinking"] == ""
    assert made.corpus.column("reasoning").tolist() == ["on"]


FIRST_READER = ["74279235c3f5d6f8", "965a724e70c45022", "d463b34b18f6ef51"]


def test_rows_without_thinking_and_pictures_keep_the_ids_of_the_first_reader(workspace: Workspace) -> None:
    """Ids as version 1 of the reader gave them, written down before there was a second."""
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "tool", "content": "c"}]
    made = load(
        workspace,
        {"instruction": "a", "input": "i", "output": "b", "system": "s"},
        {"messages": [*turns, {"role": "assistant", "content": "d"}]},
        {"messages": turns[:2], "tools": [{"name": "f"}]},
    )
    assert sorted(map(show_id, made.corpus.ids)) == FIRST_READER
    assert made.corpus.artefact.manifest["reader"] == made.corpus.reader == 1
    assert load(workspace, {"prompt": "a", "completion": "b", "thinking": "c d e"}).corpus.reader == 2
