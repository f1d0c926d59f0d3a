"""Tool calls, words of thinking and share of code of rows: counted in real shapes, and columns from then on."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pytest

from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.features.row_kinds import KINDS, compute_kinds, kind_columns
from core.workspace.artefacts import Workspace
from tests.loaded import load

CALL = {"id": "1", "type": "function", "function": {"name": "find", "arguments": '{"word": "x"}'}}
ROWS: list[dict[str, Any]] = [
    {"instruction": "Plain", "output": "Some words of prose, and no more of it."},
    {"instruction": "Code", "output": "```python\nprint(1)\n```"},
    {"instruction": "Half", "output": "Words before.\n```\nx=1;y=2;zz=33\n```"},
    {"instruction": "Thinks", "thinking": "one two three four", "output": "Five."},
    {"instruction": "Marks", "output": "<think>one two</think>Three."},
    {
        "messages": [
            {"role": "user", "content": "Calls"},
            {"role": "assistant", "content": "", "tool_calls": [CALL, CALL]},
            {"role": "tool", "content": "found"},
            {"role": "assistant", "content": "", "tool_calls": [CALL]},
            {"role": "tool", "content": "found"},
            {"role": "assistant", "content": "It was found."},
        ]
    },
    {
        "conversations": [
            {"from": "human", "value": "Calls once"},
            {"from": "function_call", "value": orjson.dumps({"name": "find", "arguments": {}}).decode()},
            {"from": "observation", "value": "found"},
            {"from": "gpt", "value": "Found."},
        ]
    },
]


@pytest.fixture
def counted(workspace: Workspace) -> dict[str, tuple[float, ...]]:
    corpus = load(workspace, *ROWS).corpus
    columns = compute_kinds(corpus)
    assert list(columns) == list(KINDS) and columns == kind_columns(corpus)
    values = np.column_stack([corpus.column(name) for name in columns.values()])
    return {text.split()[-1] if "once" in text else text: tuple(line) for text, line in
            zip(corpus.text("instruction"), values.tolist(), strict=True)}  # fmt: skip


def test_calls_thinking_and_code_are_counted(counted: dict[str, tuple[float, ...]]) -> None:
    names = list(KINDS)
    calls = {text: line[names.index("tool_calls")] for text, line in counted.items()}
    assert calls == {"Plain": 0, "Code": 0, "Half": 0, "Thinks": 0, "Marks": 0, "Calls": 3, "once": 1}
    thought = {text: line[names.index("thinking_words")] for text, line in counted.items()}
    assert thought == {"Plain": 0, "Code": 0, "Half": 0, "Thinks": 4, "Marks": 2, "Calls": 0, "once": 0}
    code = {text: line[names.index("code_share")] for text, line in counted.items()}
    assert code["Plain"] == code["Thinks"] == code["Calls"] == code["once"] == 0
    assert code["Code"] == 1.0
    assert 0.4 < code["Half"] < 0.8


def test_the_columns_are_like_any_other_and_are_counted_once(workspace: Workspace) -> None:
    corpus = load(workspace, *ROWS).corpus
    compute_kinds(corpus)
    before = list(corpus.columns)
    assert compute_kinds(corpus) == kind_columns(corpus)
    assert list(corpus.columns) == before and {"tool_calls", "thinking_words", "code_share"} <= set(before)
    pool = PoolSpec(columns=(ColumnFilter(column="tool_calls", minimum=1),))
    rows = select(corpus, pool)
    assert {corpus.text("instruction")[row] for row in rows.tolist()} == {"Calls", "Calls once"}


def test_a_corpus_with_such_a_column_of_its_own_keeps_it(workspace: Workspace) -> None:
    rows = [{"instruction": "a", "output": "b", "tool_calls": 7}, {"instruction": "c", "output": "d"}]
    corpus = load(workspace, *rows).corpus
    columns = compute_kinds(corpus)
    assert columns["tool_calls"] not in corpus.own_columns
    assert corpus.column(columns["tool_calls"]).tolist() == [0, 0]
