"""What a record means: turns, parts, thinking, earlier exchanges, values that are no text. A folder here is one case.

Each folder has inputs of our own, made with the structure of the real ones, and ``expect.json`` with what is right.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from core.corpus.formats.guess import guess
from core.corpus.formats.mapped import FieldMapping
from core.corpus.ingest import Holdout, ingest_files
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes, from_path
from core.errors import InputError
from core.export.formats import FORMATS
from core.workspace.artefacts import Workspace
from tests.loaded import load, rows_of, texts, told

HERE = Path(__file__).parent
CASES = sorted(
    path for path in HERE.glob("*/expect.json") if json.loads(path.read_text(encoding="utf-8")).get("kind") == "records"
)
ASKED = {"role": "user", "content": "Is 119 prime?"}
FIELDS = ("instruction", "input", "response", "system", "tools", "thinking", "source")


def roles(row: dict[str, Any]) -> list[str]:
    return [turn["role"] for turn in row["turns"]]


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
    for format, held in expected.items():
        written = FORMATS[format].write(rows, b"{}").decode()
        for text in held:
            assert (text[1:] not in written) if text.startswith("!") else (text in written), (format, text, written)


def _records(path: Path) -> set[str]:
    """The records of a JSON file as they came; nothing of another."""
    if path.suffix == ".csv":
        return set()
    text = path.read_text(encoding="utf-8")
    records = json.loads(text) if path.suffix == ".json" else map(json.loads, text.splitlines())
    return {json.dumps(record) for record in records}


# ------------------------------------------------------------------------------------ copies and their sources


def test_a_copy_with_another_weight_or_question_beside_its_turns_is_told(workspace: Workspace) -> None:
    def chat(*turns: dict[str, Any]) -> dict[str, Any]:
        return {"messages": [ASKED, *turns]}

    answer = {"role": "assistant", "content": "No."}
    made = load(
        workspace,
        chat(answer),
        chat({**answer, "content": "No. ", "name": None}),  # says nothing else
        chat({**answer, "weight": 0}),
        chat(answer, {"role": "user", "content": "And 121?"}),
        {"conversations": [{"from": "human", "value": "Is 119 prime?"}, {"from": "gpt", "value": "No."}]},
    )
    assert (made.report["rows_kept"], made.report["exact_duplicates"], made.report["differing_copies"]) == (1, 4, 2)
    assert made.report["differing_fields"] == {"messages": 2}


@pytest.mark.parametrize("files", [1, 3])
def test_a_row_of_several_sources_keeps_them_all(workspace: Workspace, files: int) -> None:
    models = ["ada", "bell", "cray"]
    records = [{"instruction": "Name a lake.", "output": "Garda.", "source": model} for model in models]
    records += [{"instruction": "Name a hill.", "output": "Etna.", "source": "bell"}]
    named = {f"{file}.jsonl": records[file::files] for file in range(files)}
    sources = [from_bytes(name, b"\n".join(map(orjson.dumps, part))) for name, part in named.items()]
    made = ingest_files(workspace, sources, holdout=Holdout(fraction=0.0))
    rows = {row["response"]: row for row in rows_of(made)}
    assert (rows["Garda."]["source"], rows["Garda."]["sources"]) == ("ada", models)
    assert (rows["Etna."]["source"], rows["Etna."]["sources"]) == ("bell", ["bell"])
    assert made.report["sources"] == {"bell": 2, "ada": 1, "cray": 1}
    assert made.corpus.artefact.manifest["sources"] == 3


def test_rows_of_one_source_each_have_no_column_of_several(workspace: Workspace) -> None:
    made = load(workspace, {"prompt": "a", "completion": "b"}, {"prompt": "a", "completion": "b"})
    assert "sources" not in pq.read_schema(made.corpus.rows_path).names
    assert rows_of(made)[0]["sources"] == ["file"]


# --------------------------------------------------------------------- shapes of each record, values, guesses


def test_the_shape_is_looked_at_for_every_record_of_one_set_of_fields(workspace: Workspace) -> None:
    empty = {"instruction": None, "output": None, "messages": None, "prompt": None, "completion": None, "label": None}
    made = load(
        workspace,
        {**empty, "instruction": "a", "output": "b", "label": "poem"},
        {**empty, "messages": [ASKED, {"role": "assistant", "content": "No."}], "label": 3},
        {**empty, "prompt": "c", "completion": "d"},
        {**empty, "messages": [], "instruction": "e", "output": "f"},
    )
    assert texts(made) == [("Is 119 prime?", "No."), ("a", "b"), ("c", "d"), ("e", "f")]
    assert sorted(filter(None, made.corpus.column("category"))) == ["poem"]
    assert [value for value in made.corpus.column("label") if value == value] == [3.0]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"data": {"train": [{"prompt": "a", "completion": "b"}]}}, [("a", "b")]),
        ({"messages": [ASKED, {"role": "assistant", "content": "No."}], "tools": [{"name": "f"}, {"name": "g"}]},
         [("Is 119 prime?", "No.")]),
        ({"conversations": ["a", "b"], "scores": [1, 2]}, [("a", "b")]),
        ({"prompt": ["a", "c"], "completion": ["b", "d"]}, [("a", "b"), ("c", "d")]),
        ({"version": 2, "rows": [{"q": "What is it now?", "a": "It is noon now."}]}, None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["file.json", "file.jsonl"])
def test_an_object_is_a_record_or_a_wrapper_by_what_it_holds(
    workspace: Workspace, document: dict[str, Any], expected: list[tuple[str, str]] | None, name: str
) -> None:
    files = [from_bytes(name, orjson.dumps(document))]
    if expected is None:
        with pytest.raises(InputError, match="columns are not known"):
            ingest_files(workspace, files)
        return
    assert texts(ingest_files(workspace, files, holdout=Holdout(fraction=0.0))) == expected


@pytest.mark.parametrize(
    "records",
    [
        [{"role": "prompter", "text": "How do I begin?", "tree_state": "ready_for_export"}],
        [
            {"id": f"{row:032x}", "url": f"https://example.org/{row}", "date": "2024-05-06T07:08:09Z"}
            for row in range(9)
        ],
        [{"state": "ready for export", "lang": "the language", "text": f"A text of row {row}."} for row in range(9)],
        [{"premise": "A man walks a dog.", "hypothesis": "A man is outside.", "label": 1}],
        [{"body": "Only one long text is in here."}],
        [{"question": {"id": 1}, "answer": {"id": 2}}],
        [{"title": "row-17", "summary": "sum-17", "split": "train"}],
    ],
)
def test_no_guess_is_offered_where_no_question_and_answer_are(records: list[dict[str, Any]]) -> None:
    mapping = guess(records)
    assert not (mapping.instruction and mapping.response) and not mapping.conversation


def test_a_guess_reaches_into_objects_and_takes_thinking_for_thinking() -> None:
    record = {
        "example": {"ask": "Who rows the boat?", "reply": "The ferryman does."},
        "deepseek_reasoning": "It is his.",
    }
    assert guess([record]) == FieldMapping(
        instruction="example.ask", response="example.reply", thinking="deepseek_reasoning"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (False, "false"), (True, "true"), (1.5, "1.5"), (None, ""), (float("nan"), ""), ([], ""), (" ", "")],
)
def test_a_value_that_is_no_text_is_itself_or_empty(workspace: Workspace, value: Any, text: str) -> None:
    record = json.dumps({"instruction": "Say it.", "input": value, "output": "x"}).encode()
    (row,) = rows_of(ingest_files(workspace, [from_bytes("a.jsonl", record)], holdout=Holdout(fraction=0.0)))
    assert row["input"] == text


def test_one_row_a_turn_takes_a_greeting_as_history_and_asks_no_open_question(workspace: Workspace) -> None:
    turns = [("assistant", "Welcome."), ("user", "One?"), ("assistant", "1"), ("user", "Two?"), ("assistant", "2"),
             ("user", "Three?")]  # fmt: skip
    record = {"messages": [{"role": role, "content": text} for role, text in turns]}
    made = load(workspace, record, reading=ReadingOptions(multi_turn="turn"))
    assert texts(made) == [("One?", "1"), ("Two?", "2")]
    assert not made.rejected
    assert sorted(len(row["turns"]) for row in rows_of(made)) == [3, 5]
