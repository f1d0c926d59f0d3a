"""A row is divided into the blocks that a person reads, whatever stands in it, and nothing of it is lost."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from core.corpus.ingest import ingest
from core.corpus.reading_blocks import Block, Said, blocks_of, calls_in, seen, shortened, turns_to_read
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.row_positions import CorpusRow
from core.workspace.artefacts import Workspace


def read_back(folder: Path, record: dict[str, object]) -> list[Said]:
    """The only row of a file that holds ``record``, as it is read."""
    corpus: Corpus = ingest(
        Workspace(folder), [from_bytes("one.jsonl", json.dumps(record).encode())], name="one", holdout=0.0
    )
    return turns_to_read(corpus.rows([CorpusRow(0)])[0])


def test_a_conversation_is_read_turn_by_turn_with_thinking_calls_and_results(tmp_path: Path) -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Köln", "days": 2}'}}
    turns = read_back(
        tmp_path,
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Rain?"},
                {"role": "assistant", "content": "", "tool_calls": [call]},
                {"role": "tool", "content": '{"rain": true}'},
                {
                    "role": "assistant",
                    "reasoning_content": "It rains.",
                    "content": "Yes.\n```python\nprint(1)\n```\nBye.",
                },
            ],
            "tools": [{"name": "weather"}],
        },
    )
    assert [(turn.role, turn.title) for turn in turns] == [
        ("tools", "Tools"), ("system", "System"), ("user", "User"), ("function_call", "Tool call"),
        ("tool", "Tool result"), ("assistant", "Assistant"),
    ]  # fmt: skip
    assert turns[0].blocks == (Block("tools", '[\n  {\n    "name": "weather"\n  }\n]'),)
    assert turns[3].blocks[0].title == "weather"
    assert turns[3].blocks[0].text.startswith('{\n  "city": "Köln",\n  "days": 2\n}')
    assert '"id": "c1"' in turns[3].blocks[0].text
    assert turns[4].blocks == (Block("result", '{\n  "rain": true\n}'),)
    assert turns[5].blocks == (
        Block("thinking", "It rains."), Block("text", "Yes."),
        Block("code", "print(1)", "python"), Block("text", "Bye."),
    )  # fmt: skip


def test_earlier_turns_of_a_record_are_read_before_its_question(tmp_path: Path) -> None:
    record = {"instruction": "And now?", "input": "", "output": "Later.", "system": "S", "history": [["Hi", "Hello"]]}
    turns = read_back(tmp_path, record)
    assert [(turn.title, turn.blocks[0].text) for turn in turns] == [
        ("System", "S"), ("User", "Hi"), ("Assistant", "Hello"), ("User", "And now?"), ("Assistant", "Later."),
    ]  # fmt: skip


def test_a_single_exchange_is_read_as_instruction_input_and_response(tmp_path: Path) -> None:
    turns = read_back(tmp_path, {"instruction": "Sum.", "input": "1 2", "output": "<think>1+2</think>\n3"})
    assert [(turn.title, [block.kind for block in turn.blocks]) for turn in turns] == [
        ("Instruction", ["text"]), ("Input", ["text"]), ("Response", ["thinking", "text"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("plain", [Block("text", "plain")]),
        ("<think>a</think>b", [Block("thinking", "a"), Block("text", "b")]),
        ("a</think>b", [Block("thinking", "a"), Block("text", "b")]),
        ("<think>cut", [Block("text", "<think>cut")]),
        (
            "x <think> y <thinking>z</thinking> w",
            [Block("text", "x <think> y "), Block("thinking", "z"), Block("text", " w")],
        ),
        ("```\n<think>a</think>\n```", [Block("code", "<think>a</think>")]),
        ("```js\nf()\n````\nmore", [Block("code", "f()", "js"), Block("text", "more")]),
        ("````\n```\n````", [Block("code", "```")]),
        ("~~~\na\n```\nb", [Block("code", "a\n```\nb")]),
        ("Title\n~~~~~\nAs in manuals.", [Block("text", "Title\n~~~~~\nAs in manuals.")]),
        ("A longer line\n~~~\na\n~~~", [Block("text", "A longer line"), Block("code", "a")]),
        ("```\n```\nx", [Block("code", ""), Block("text", "x")]),
        ("a ``` b", [Block("text", "a ``` b")]),
        (
            '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>',
            [Block("call", '{\n  "x": 1\n}', "f")],
        ),
        ('<tool_response>{"y": [1]}</tool_response>', [Block("result", '{\n  "y": [\n    1\n  ]\n}')]),
        ("<b>bold</b> $x$ [a](javascript:b)", [Block("text", "<b>bold</b> $x$ [a](javascript:b)")]),
        ("a\u202eb\x1b[31m\u200bc", [Block("text", "a\\u202eb\\u001b[31m\\u200bc")]),
    ],
)  # fmt: skip
def test_fences_and_tags_divide_a_text_and_everything_else_stays(text: str, expected: list[Block]) -> None:
    assert blocks_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"name": "f", "arguments": "{\\"x\\": 1234567890123456789}"}', [("f", '{\n  "x": 1234567890123456789\n}')]),
        ('[{"name": "f", "input": {}}, {"name": "g", "parameters": "words"}]', [("f", "{}"), ("g", "words")]),
        ("f(x=1)", [("", "f(x=1)")]),
        ('{"x": 1, "x": 2}', [("", '{"x": 1, "x": 2}')]),
        ("[" * 5_000, [("", "[" * 5_000)]),
        ("[" * 5_000 + "]" * 5_000, [("", "[" * 5_000 + "]" * 5_000)]),
        ("[]", [("", "[]")]),
        ('[1, {"name": 2}]', [("", '[\n  1,\n  {\n    "name": 2\n  }\n]')]),
    ],
)  # fmt: skip
def test_calls_show_their_name_and_arguments_and_anything_else_as_it_came(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(block.title, block.text) for block in calls_in(text)] == expected


@pytest.mark.parametrize(
    "piece",
    ["<think>", "</think>", "```\n", "~~~x\n", "<tool_call>{", "<think>\n```\n", "`", "\n", "</tool_call>", "[{"],
)
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    started = time.process_time()
    blocks_of(piece * (300_000 // len(piece)))
    assert time.process_time() - started < 2.0


def test_invisible_characters_are_seen_as_escapes() -> None:
    assert seen("a\u200fb\U000e0041\ufeff\ud800") == "a\\u200fb\\ue0041\\ufeff\\ud800"
    assert seen("👩\u200d👧 می\u200cخواهم") == "👩\u200d👧 می\u200cخواهم"  # joiners are part of what is seen


def test_a_long_row_is_shown_in_part_and_says_how_much_is_left_out() -> None:
    turns = [
        Said("user", "User", (Block("text", "a" * 30), Block("text", "b" * 30))),
        Said("tool", "T", (Block("text", "c"),)),
    ]
    shown, left_out = shortened(turns, characters=40, blocks=10)
    assert [block.text for turn in shown for block in turn.blocks] == ["a" * 30, "b" * 10]
    assert left_out == 21
    assert shortened(turns, characters=100, blocks=2)[1] == 1
    assert shortened(turns, characters=100, blocks=3) == (turns, 0)
