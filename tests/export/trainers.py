"""What the next program reads: readers that do with an exported zip what trainers do, written from their documentation.

``llama_factory`` follows the data README of LLaMA-Factory 0.9.5: ``dataset_info.json`` says which column holds what, a
column that it names must be in the table, roles have to take turns. ``typed_table`` is what stands before it: the file
is loaded as one table with one type a column. ``chat_messages`` is the conversational format of TRL.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True)
class Example:
    """What a trainer trains on: (role, text) turns of which the last is learnt, and what stands before them."""

    turns: tuple[tuple[str, str], ...]
    system: str
    tools: str


def files(packed: bytes) -> dict[str, bytes]:
    """The files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def typed_table(data: bytes) -> list[dict[str, Any]]:
    """The records of a JSON list as a table gives them back: a field that a record lacks is null."""
    records = json.loads(data)
    names = list(dict.fromkeys(name for record in records for name in record))
    columns = {name: pa.array([record.get(name) for record in records]) for name in names}
    return pa.table(columns).to_pylist()


def llama_factory(packed: bytes) -> list[Example | None]:
    """One example a row of the one data set that the zip declares; None for a row that is passed over.

    Raises KeyError where the declaration names a column that is not there, ValueError where a call or a declaration
    of tools cannot be read.
    """
    members = files(packed)
    ((_, entry),) = json.loads(members["dataset_info.json"]).items()
    columns = entry["columns"]
    rows = typed_table(members[entry["file_name"]])
    sharegpt = entry.get("formatting", "alpaca") == "sharegpt"
    return [_sharegpt(row, columns) if sharegpt else _alpaca(row, columns) for row in rows]


def _alpaca(row: dict[str, Any], columns: dict[str, str]) -> Example | None:
    turns: list[tuple[str, str]] = []
    if "history" in columns:
        for asked, answered in row[columns["history"]] or []:
            turns += [("user", asked), ("assistant", answered)]
    parts = [row[columns[name]] for name in ("prompt", "query") if name in columns]
    turns.append(("user", "\n".join(part for part in parts if part)))
    answer = row[columns["response"]]
    if not isinstance(answer, str):
        return None
    return _example([*turns, ("assistant", answer)], row, columns)


def _sharegpt(row: dict[str, Any], columns: dict[str, str]) -> Example | None:
    roles = {"human": "user", "gpt": "assistant", "observation": "tool", "function_call": "call"}
    sides = (("human", "observation"), ("gpt", "function_call"))
    turns = row[columns["messages"]]
    if len(turns) % 2 or any(turn["from"] not in sides[number % 2] for number, turn in enumerate(turns)):
        return None
    said = [(roles[turn["from"]], turn["value"]) for turn in turns]
    for role, text in said:
        if role == "call":
            calls = json.loads(text)
            for call in calls if isinstance(calls, list) else [calls]:
                assert isinstance(call["name"], str) and isinstance(call["arguments"], dict)
    return _example(said, row, columns)


def _example(turns: list[tuple[str, str]], row: dict[str, Any], columns: dict[str, str]) -> Example:
    system, tools = (row[columns[name]] or "" if name in columns else "" for name in ("system", "tools"))
    if tools:
        for tool in json.loads(tools):
            tool.get("function", tool)["name"]
    assert all(isinstance(text, str) for _, text in turns)
    return Example(tuple(turns), system, tools)


def chat_messages(records: list[dict[str, Any]]) -> list[list[tuple[str, str]]]:
    """The (role, text) turns of records in TRL's conversational format.

    A list of objects with ``role`` and ``content`` under ``messages``, or with ``from`` and ``value`` under
    ``conversations``, which TRL renames. Raises KeyError where there is neither.
    """
    conversations = []
    for record in records:
        turns = record["messages"] if "messages" in record else record["conversations"]
        keys = ("role", "content") if "role" in turns[0] else ("from", "value")
        conversations.append([(turn[keys[0]], turn[keys[1]]) for turn in turns])
    return conversations
