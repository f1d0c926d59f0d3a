"""The same row trains on the same text in every format for trainers, and what a format cannot say is told by count."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from core.__main__ import main
from core.corpus.ingest import Holdout, ingest
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.corpus.verbatim import Verbatim
from core.errors import InputError
from core.export.bundle import bundle, problems_of
from core.export.format import Exported
from core.export.formats import FORMATS
from core.export.records import Row, rows_to_export
from core.export.trainers.trainer import Trainer
from core.row_positions import CorpusRows
from core.workspace.artefacts import Workspace
from tests.export.trainers import Example, chat_messages, files, llama_factory, typed_table

TRAINERS = ("alpaca", "sharegpt")  # those that LLaMA-Factory reads
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}]
CALL = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bonn"}'}}

SAID = [("user", " Hi\n"), ("assistant", "Hello "), ("user", "Bye"), ("assistant", "Goodbye\r\n")]
SHAREGPT = {"user": "human", "assistant": "gpt"}
SHAPES: dict[str, tuple[dict[str, Any], Example]] = {
    "alpaca": (
        {"instruction": " ask\r\n", "output": "answer\n\n", "label": 1},
        Example((("user", " ask\r\n"), ("assistant", "answer\n\n")), "", ""),
    ),
    "alpaca with input": (
        {"instruction": " ask\r\n", "input": " given ", "output": "answer", "label": "one"},
        Example((("user", " ask\r\n\n\n given "), ("assistant", "answer")), "", ""),
    ),
    "alpaca with history and system": (
        {
            "instruction": "Bye",
            "input": "",
            "output": "Goodbye\r\n",
            "history": [[" Hi\n", "Hello "]],
            "system": " Be brief. ",
        },
        Example(tuple(SAID), " Be brief. ", ""),
    ),
    "alpaca with history and input": (
        {"instruction": "Bye", "input": "now", "output": "Goodbye", "history": [["Hi", "Hello"]]},
        Example((("user", "Hi"), ("assistant", "Hello"), ("user", "Bye\n\nnow"), ("assistant", "Goodbye")), "", ""),
    ),
    "ShareGPT": (
        {"conversations": [{"from": SHAREGPT[role], "value": text} for role, text in SAID]},
        Example(tuple(SAID), "", ""),
    ),
    "OpenAI messages": (
        {"messages": [{"role": "system", "content": "S\n"}, *({"role": role, "content": text} for role, text in SAID)]},
        Example(tuple(SAID), "S\n", ""),
    ),
    "messages with text parts": (
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
                {"role": "assistant", "content": "c"},
            ]
        },
        Example((("user", "a\nb"), ("assistant", "c")), "", ""),
    ),
    "declared tools that nobody calls": (
        {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "tools": TOOLS},
        Example((("user", "a"), ("assistant", "b")), "", orjson.dumps(TOOLS, option=orjson.OPT_SORT_KEYS).decode()),
    ),
    "prompt and completion": (
        {"prompt": "hit", "completion": "answer</s>\n", "tools": "hammer"},
        Example((("user", "hit"), ("assistant", "answer</s>\n")), "", ""),
    ),
}
WITH_TOOLS: dict[str, tuple[dict[str, Any], Example]] = {
    "ShareGPT with calls": (
        {
            "conversations": [
                {"from": "human", "value": "Weather?"},
                {"from": "function_call", "value": '{"name": "weather", "arguments": {"city":  "Bonn"}}'},
                {"from": "observation", "value": '{"sun": 1} '},
                {"from": "gpt", "value": "Sunny.\n"},
            ],
            "system": " Be brief.",
            "tools": '[{"name":  "weather", "parameters": {}}]',
        },
        Example(
            (
                ("user", "Weather?"),
                ("call", '{"name": "weather", "arguments": {"city":  "Bonn"}}'),
                ("tool", '{"sun": 1} '),
                ("assistant", "Sunny.\n"),
            ),
            " Be brief.",
            '[{"name":  "weather", "parameters": {}}]',
        ),
    ),
    "OpenAI with calls": (
        {
            "messages": [
                {"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": None, "tool_calls": [CALL]},
                {"role": "tool", "content": "sun", "tool_call_id": "c1"},
                {"role": "assistant", "content": "Sunny."},
            ],
            "tools": TOOLS,
        },
        Example(
            (
                ("user", "Weather?"),
                ("call", '{"name":"weather","arguments":{"city":"Bonn"}}'),
                ("tool", "sun"),
                ("assistant", "Sunny."),
            ),
            "",
            orjson.dumps(TOOLS, option=orjson.OPT_SORT_KEYS).decode(),
        ),
    ),
}
PARALLEL = {
    "messages": [
        {"role": "user", "content": "Weather and time?"},
        {"role": "assistant", "content": None, "tool_calls": [CALL, CALL]},
        {"role": "tool", "content": "sun"},
        {"role": "tool", "content": "noon"},
        {"role": "assistant", "content": "Sunny, and noon."},
    ]
}
UNANSWERED = {
    "conversations": [
        {"from": "human", "value": "Weather?"},
        {"from": "gpt", "value": "Let me look."},
        {"from": "observation", "value": "rain"},
    ]
}
SILENT = {"instruction": "Bye", "output": "Goodbye", "history": [["Hi", ""], ["Hello?", None]]}
TWICE = {"messages": [{"role": role, "content": role} for role in ("user", "user", "assistant")]}
BAD_CALL = {
    "conversations": [
        {"from": "human", "value": "Weather?"},
        {"from": "function_call", "value": "weather(Bonn)"},
        {"from": "observation", "value": "sun"},
        {"from": "gpt", "value": "Sunny."},
    ]
}
BAD_TOOLS = {**SHAPES["ShareGPT"][0], "tools": "a hammer and a saw"}


def corpus_of(home: Path, *records: dict[str, Any], **how: Any) -> Corpus:
    data = "\n".join(map(json.dumps, records)).encode()
    return ingest(Workspace(home), [from_bytes("a.jsonl", data)], holdout=Holdout(fraction=0), **how)


def rows_of(corpus: Corpus) -> list[Row]:
    return rows_to_export(corpus, everything(corpus))


def everything(corpus: Corpus) -> CorpusRows:
    return CorpusRows(np.arange(len(corpus)))


def packed(corpus: Corpus, format: str) -> bytes:
    return bundle(rows_of(corpus), format=FORMATS[format], recipe=b"{}", stem="subset")


def exported(corpus: Corpus, format: str) -> Exported:
    return FORMATS[format].export(rows_of(corpus), recipe=b"{}", stem="subset")


@pytest.mark.parametrize("format", TRAINERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_row_of_each_shape_trains_on_the_same_text_in_every_format(tmp_path: Path, shape: str, format: str) -> None:
    record, example = SHAPES[shape]
    assert llama_factory(packed(corpus_of(tmp_path, record), format)) == [example]


@pytest.mark.parametrize("shape", WITH_TOOLS)
def test_calls_and_what_tools_answered_train_as_turns(tmp_path: Path, shape: str) -> None:
    record, example = WITH_TOOLS[shape]
    assert llama_factory(packed(corpus_of(tmp_path, record), "sharegpt")) == [example]


@pytest.mark.parametrize("format", TRAINERS)
def test_rows_of_all_shapes_in_one_file_train_on_the_same_texts(tmp_path: Path, format: str) -> None:
    """One file has columns that some rows lack, and fields that are a number here and a text there."""
    shapes = {**SHAPES, **WITH_TOOLS} if format == "sharegpt" else SHAPES
    examples = llama_factory(packed(corpus_of(tmp_path, *(record for record, _ in shapes.values())), format))
    expected = {example for _, example in shapes.values()}
    assert set(examples) == expected and len(examples) == len(expected)


@pytest.mark.parametrize("format", TRAINERS)
def test_every_turn_read_as_a_row_trains_on_what_stands_before_it(tmp_path: Path, format: str) -> None:
    corpus = corpus_of(tmp_path, SHAPES["OpenAI messages"][0], reading=ReadingOptions(multi_turn="turn"))
    examples = llama_factory(packed(corpus, format))
    assert {example.turns for example in examples if example} == {tuple(SAID[:2]), tuple(SAID)}


@pytest.mark.parametrize("format", TRAINERS)
def test_the_declaration_names_columns_of_the_file_and_no_others(tmp_path: Path, format: str) -> None:
    for record, _ in SHAPES.values():
        members = files(packed(corpus_of(tmp_path / str(id(record)), record), format))
        (entry,) = json.loads(members["dataset_info.json"]).values()
        for row in json.loads(members["subset.json"]):
            assert {*entry["columns"].values()} <= row.keys()
    assert not {"history", "system", "tools"} & json.loads(packed_alone(tmp_path / "one", format))[0].keys()


def packed_alone(home: Path, format: str) -> bytes:
    return files(packed(corpus_of(home, {"prompt": "ask", "completion": "answer"}), format))["subset.json"]


def test_alpaca_leaves_rows_with_tools_out_and_says_how_many_and_what_to_do(tmp_path: Path) -> None:
    corpus = corpus_of(tmp_path, *(record for record, _ in WITH_TOOLS.values()), SHAPES["alpaca"][0])
    members = files(packed(corpus, "alpaca"))
    assert [row["output"] for row in json.loads(members["subset.json"])] == ["answer\n\n"]
    (message,) = exported(corpus, "alpaca").messages
    assert message == (
        "Left out: 2 rows with turns of tools, of calls, or of the system in between. Alpaca has no place for them: "
        "choose ShareGPT JSON, which keeps turns as turns."
    )
    left_out = [orjson.loads(line) for line in members["subset.left_out.jsonl"].splitlines()]
    assert {entry["id"] for entry in left_out} == {
        f"{row['id']:016x}" for row in corpus.rows(everything(corpus)) if row["turns"]
    }


@pytest.mark.parametrize(
    ("record", "format", "what"),
    [
        (UNANSWERED, "alpaca", "turns of tools, of calls, or of the system in between"),
        (UNANSWERED, "sharegpt", "an answer that is empty or missing"),
        (SILENT, "alpaca", "an answer that is empty or missing"),
        (SILENT, "sharegpt", "an answer that is empty or missing"),
        (TWICE, "alpaca", "turns that do not alternate between question and answer"),
        (BAD_CALL, "sharegpt", "calls that are not JSON with a name and arguments"),
        (BAD_TOOLS, "sharegpt", "a declaration of tools that is not a JSON list of objects"),
        (BAD_TOOLS, "alpaca", "a declaration of tools that is not a JSON list of objects"),
    ],
)
def test_a_row_that_would_stop_a_trainer_or_teach_it_nothing_is_left_out(
    tmp_path: Path, record: dict[str, Any], format: str, what: str
) -> None:
    corpus = corpus_of(tmp_path, record, SHAPES["alpaca"][0])
    written = exported(corpus, format)
    assert [(problem.what, problem.kept, len(ids)) for problem, ids in written.problems.items()] == [(what, False, 1)]
    assert written.rows == 1 and llama_factory(packed(corpus, format)) == [SHAPES["alpaca"][1]]


@pytest.mark.parametrize("format", TRAINERS)
def test_a_kept_row_without_an_answer_is_left_out(tmp_path: Path, format: str) -> None:
    silent = {"instruction": "Say something.", "output": " "}
    corpus = corpus_of(tmp_path, silent, SHAPES["alpaca"][0], reading=ReadingOptions(empty="keep"))
    assert len(corpus) == 2
    assert llama_factory(packed(corpus, format)) == [SHAPES["alpaca"][1]]


@pytest.mark.parametrize("record", [PARALLEL, TWICE])
def test_turns_that_llama_factory_passes_over_are_written_and_counted(tmp_path: Path, record: dict[str, Any]) -> None:
    corpus = corpus_of(tmp_path, record)
    assert llama_factory(packed(corpus, "sharegpt")) == [None]
    (message,) = exported(corpus, "sharegpt").messages
    assert message.startswith("Written, but not read by every trainer: 1 row with turns that do not alternate")
    assert "LLaMA-Factory" in message
    (turns,) = chat_messages(json.loads(FORMATS["sharegpt"].write(rows_of(corpus), b"{}")))
    assert [text for _, text in turns if not text.startswith("[{")] == [
        turn["content"] for turn in record["messages"] if turn["content"]
    ]


@pytest.mark.parametrize(("record", "format"), [(SILENT, "alpaca"), (SILENT, "sharegpt"), (UNANSWERED, "sharegpt")])
def test_where_no_row_is_left_the_export_is_refused_with_the_reason(
    tmp_path: Path, format: str, record: dict[str, Any]
) -> None:
    with pytest.raises(InputError, match=r"No row can be written.*1 row with an answer that is empty"):
        packed(corpus_of(tmp_path, record), format)


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_what_is_known_before_the_export_is_what_the_export_leaves_out(tmp_path: Path, format: str) -> None:
    records = [record for record, _ in (*SHAPES.values(), *WITH_TOOLS.values())]
    corpus = corpus_of(tmp_path, *records, PARALLEL, UNANSWERED, SILENT, TWICE, BAD_CALL, BAD_TOOLS)
    before = problems_of(corpus, everything(corpus), format=FORMATS[format])
    assert before == {problem: len(ids) for problem, ids in exported(corpus, format).problems.items()}
    assert bool(before) == isinstance(FORMATS[format], Trainer)


@pytest.mark.parametrize("format", TRAINERS)
def test_fields_of_any_kind_beside_the_texts_leave_the_file_loadable(tmp_path: Path, format: str) -> None:
    """A field that is a number in one row and a text in another stops the loader of a whole file."""
    odd: list[Any] = [1, "x", [1, "a"], {"a": 1}, {"a": "z"}, 10**30, True, None, 1.5]
    records = [{"prompt": f"ask {number}", "completion": "a", "odd": value} for number, value in enumerate(odd)]
    records += [{"prompt": f"more {number}", "completion": "a", "same": value} for number, value in enumerate([1, 2])]
    rows = typed_table(exported(corpus_of(tmp_path, *records), format).data)
    texts = {"1", "x", '[1,"a"]', '{"a":1}', '{"a":"z"}', str(10**30), "true", None, "1.5"}
    assert {row["odd"] for row in rows} == texts
    assert {row["same"] for row in rows} == {1, 2, None}


def test_keys_of_any_kind_beside_a_turn_leave_the_file_loadable(tmp_path: Path) -> None:
    turns = [{"from": "human", "value": "a", "weight": 0}, {"from": "gpt", "value": "b", "weight": "high"}]
    (row,) = typed_table(exported(corpus_of(tmp_path, {"conversations": turns}), "sharegpt").data)
    assert [turn["weight"] for turn in row["conversations"]] == ["0", "high"]


def test_chat_records_leave_as_jsonl_in_the_format_that_trl_reads(tmp_path: Path) -> None:
    record, example = SHAPES["OpenAI messages"]
    data = FORMATS["jsonl"].write(rows_of(corpus_of(tmp_path, record)), b"{}")
    assert chat_messages([orjson.loads(line) for line in data.splitlines()]) == [[("system", "S\n"), *example.turns]]


class _Chat(Trainer):
    """TRL's conversational format, as somebody would add it: one file of this length, and a line in the registry."""

    def record(self, texts: Verbatim) -> dict[str, Any]:
        system = [{"role": "system", "content": texts.system}] if texts.system else []
        return {"messages": [*system, *texts.turns]}

    def config(self, stem: str, fields: Collection[str]) -> Mapping[str, bytes]:
        return {"train.yaml": f"dataset: {stem}.json\n".encode()}


def test_a_new_trainer_is_one_file_and_one_line_for_commands_and_zip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = _Chat(name="chat", title="Chat JSON", suffix=".json", looks_like="messages", layout=("messages",))
    monkeypatch.setitem(FORMATS, "chat", chat)
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    corpus = corpus_of(tmp_path / "home", *(record for record, _ in SHAPES.values()))
    members = files(packed(corpus, "chat"))
    assert sorted(members) == ["subset.json", "subset.recipe.json", "train.yaml"]
    expected = [
        [*([("system", example.system)] if example.system else []), *example.turns] for _, example in SHAPES.values()
    ]
    assert sorted(chat_messages(json.loads(members["subset.json"]))) == sorted(expected)
    assert main(["formats"]) == 0 and "Chat JSON" in capsys.readouterr().out
    command = ["choose", corpus.id, "--strategy", "random", "--size", "3", "--format", "chat"]
    assert main([*command, "--out", str(tmp_path / "out.json")]) == 0
    assert len(chat_messages(json.loads((tmp_path / "out.json").read_bytes()))) == 3
