"""Every format carries what was attached later, every text byte for byte, and what stood beside each turn."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus.columns import attach_columns
from core.corpus.formats.mapped import FieldMapping
from core.corpus.ingest import Holdout, ingest
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workspace.artefacts import Workspace

WHOLE = Holdout(fraction=0.0)


def loaded(workspace: Workspace, *records: dict[str, Any], **how: Any) -> Corpus:
    data = b"\n".join(map(orjson.dumps, records))
    return ingest(workspace, [from_bytes("a.jsonl", data)], holdout=WHOLE, **how)


def out(corpus: Corpus, format: str) -> list[dict[str, Any]]:
    data = FORMATS[format].write(rows_to_export(corpus, range(len(corpus))), b"{}")
    if format in ("parquet", "hugging-face"):
        return pq.read_table(io.BytesIO(data)).to_pylist()
    return [orjson.loads(line) for line in data.splitlines()] if format == "jsonl" else orjson.loads(data)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_fields_of_a_second_loading_and_joined_columns_leave_with_the_rows(workspace: Workspace, format: str) -> None:
    csv = b"instruction,output\nask 1,answer 1\nask 2,answer 2\n"
    corpus = ingest(workspace, [from_bytes("plain.csv", csv)], holdout=WHOLE)
    loaded(
        workspace,
        {"instruction": "ask 1", "output": "answer 1", "score": 3, "src": "web", "tags": ["x"]},
        {"instruction": "ask 2", "output": "answer 2", "score": 4},
    )
    attach_columns(corpus.workspace, corpus, pa.table({"id": corpus.ids, "ppl": pa.array([None, 2.5])}))
    rows = {row["score"]: row for row in out(corpus, format)}
    assert (rows[3]["src"], rows[4]["src"]) == ("web", None)
    assert rows[3]["tags"] == ["x"]
    assert [row["ppl"] for row in out(corpus, format)] == [None, 2.5]
    again = ingest(Workspace(workspace.home / "again"), [from_bytes(f"x{FORMATS[format].suffix}", FORMATS[format].write(
        rows_to_export(corpus, range(2)), b"{}"))], holdout=WHOLE)  # fmt: skip
    assert sorted(again.column("score").tolist()) == [3.0, 4.0]


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_an_attached_name_that_the_record_has_overwrites_nothing(workspace: Workspace, format: str) -> None:
    corpus = loaded(workspace, {"prompt": "ask", "completion": "answer", "tags": [["kept"]]})
    table = pa.table({"id": corpus.ids, "tags": ["mine"], "conversations": ["mine too"], "output": ["also"]})
    attach_columns(corpus.workspace, corpus, table)
    (row,) = out(corpus, format)
    assert row["tags"] == ('[["kept"]]' if format == "parquet" else [["kept"]])
    assert row["attached_tags"] == "mine"
    assert row["attached_output" if format in ("alpaca", "messages", "hugging-face") else "output"] == "also"
    assert (
        row["attached_conversations" if format in ("sharegpt", "messages", "hugging-face") else "conversations"]
        == "mine too"
    )


def test_a_column_that_was_replaced_leaves_with_its_new_values(workspace: Workspace) -> None:
    corpus = loaded(workspace, {"instruction": "ask", "output": "answer"})
    loaded(workspace, {"instruction": "ask", "output": "answer", "score": 1})
    (kept,) = (workspace.home / "features").glob("columns-*")
    pq.write_table(pa.table({"score": [7.0]}), kept / "columns.parquet")
    assert out(corpus, "jsonl") == [{"instruction": "ask", "output": "answer", "score": 7.0}]


@pytest.mark.parametrize("history", [[], [[" first?\n", "\tfirst! "]]])
def test_alpaca_keeps_texts_byte_for_byte(workspace: Workspace, history: list[list[str]]) -> None:
    record = {
        "instruction": " ask\r\n",
        "input": " given ",
        "output": "answer\n\n",
        "history": history,
        "system": " s ",
    }
    whole = {**record, "instruction": " ask\r\n\n\n given ", "input": ""}
    if not history:
        del whole["history"]
    assert out(loaded(workspace, record), "alpaca") == [whole]


def test_parquet_of_a_record_with_history_loads_again_as_the_same_row(workspace: Workspace) -> None:
    corpus = loaded(workspace, {"instruction": "more?", "output": "more!", "history": [["first?", "first!"]]})
    data = FORMATS["parquet"].write(rows_to_export(corpus, [0]), b"{}")
    again = ingest(Workspace(workspace.home / "again"), [from_bytes("x.parquet", data)], holdout=WHOLE)
    assert again.ids.tolist() == corpus.ids.tolist()


def test_alpaca_from_other_shapes_keeps_texts_byte_for_byte(workspace: Workspace) -> None:
    corpus = loaded(workspace, {"prompt": " ask ", "completion": "answer</s>\n"})
    (row,) = out(corpus, "alpaca")
    assert (row["instruction"], row["input"], row["output"]) == (" ask ", "", "answer</s>\n")
    mapped = loaded(workspace, {"a": " ask ", "b": "\tother"}, mapping=FieldMapping(instruction="a", response="b"))
    (row,) = out(mapped, "alpaca")
    assert (row["instruction"], row["output"]) == (" ask ", "\tother")


CHAT = {
    "messages": [
        {"role": "system", "content": "Be brief. ", "loss_weight": 0},
        {"role": "user", "content": " Hi\n", "name": "Ann"},
        {"role": "assistant", "content": "Hello ", "loss_weight": 1.0},
        {"role": "user", "content": "Bye"},
        {"role": "assistant", "content": "Goodbye\n", "loss_weight": 0.5},
    ],
    "instruction": "a field, not content",
    "chosen_by": "Bo",
}


def test_sharegpt_keeps_texts_and_what_stood_beside_each_turn(workspace: Workspace) -> None:
    (row,) = out(loaded(workspace, CHAT), "sharegpt")
    assert row == {
        "conversations": [
            {"from": "human", "value": " Hi\n", "name": "Ann"},
            {"from": "gpt", "value": "Hello ", "loss_weight": 1.0},
            {"from": "human", "value": "Bye"},
            {"from": "gpt", "value": "Goodbye\n", "loss_weight": 0.5},
        ],
        "system": "Be brief. ",
        "system_loss_weight": 0,
        "instruction": "a field, not content",
        "chosen_by": "Bo",
    }


def test_sharegpt_of_one_exchange_and_of_one_row_a_turn_keeps_them_too(workspace: Workspace) -> None:
    single = {"messages": [{"role": "user", "content": "a "}, {"role": "assistant", "content": "b", "loss_weight": 2}]}
    (row,) = out(loaded(workspace, single), "sharegpt")
    assert row["conversations"] == [{"from": "human", "value": "a "}, {"from": "gpt", "value": "b", "loss_weight": 2}]
    rows = out(loaded(workspace, CHAT, reading=ReadingOptions(multi_turn="turn")), "sharegpt")
    assert sorted(
        [turn.get("loss_weight") for turn in row["conversations"]] for row in rows if len(row["conversations"]) == 4
    ) == [[None, 1.0, None, 0.5]]
    assert sorted(len(row["conversations"]) for row in rows) == [2, 4]


def test_a_system_turn_in_the_middle_is_not_lost(workspace: Workspace) -> None:
    said = [("user", "a"), ("assistant", "b"), ("system", "now in French"), ("user", "c"), ("assistant", "d")]
    corpus = loaded(workspace, {"messages": [{"role": role, "content": text} for role, text in said]})
    (row,) = out(corpus, "sharegpt")
    assert [turn["value"] for turn in row["conversations"]] == [text for _, text in said]


@pytest.mark.parametrize("odd", [True, False])
@pytest.mark.parametrize("format", sorted(FORMATS))
def test_numbers_beyond_64_bits_and_odd_characters_leave(workspace: Workspace, format: str, odd: bool) -> None:
    field = '"odd": "\\ud800", ' if odd else ""
    line = f'{{"instruction": "ask", "output": "answer", {field}"big": 123456789012345678901234567890}}'.encode()
    corpus = ingest(workspace, [from_bytes("a.jsonl", line)], holdout=WHOLE)
    data = FORMATS[format].write(rows_to_export(corpus, [0]), b"{}")
    assert b"123456789012345678901234567890" in data
