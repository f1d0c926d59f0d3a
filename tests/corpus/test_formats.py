"""Every container and record shape that is read, and what is said of those that are not."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

import core
from core.corpus.formats.container import Container
from core.corpus.formats.guess import guess, looks_like_scores
from core.corpus.formats.mapped import FieldMapping, MappingNeeded, MappingOffered
from core.corpus.formats.registry import CONTAINERS, container_table, readable
from core.corpus.formats.shapes import SHAPES, shape_of
from core.corpus.ingest import ingest, ingest_files
from core.corpus.packings import SUFFIXES
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile, from_bytes, from_path
from core.corpus.store import Corpus
from core.errors import InputError
from core.workspace.artefacts import Workspace

PAIR = {"instruction": "Name a colour.", "input": "", "output": "Blue."}


def lines(*records: object) -> bytes:
    return b"\n".join(json.dumps(record).encode() for record in records)


def read(workspace: Workspace, record: object, **options: object) -> Corpus:
    return ingest(workspace, [from_bytes("file.jsonl", lines(record))], **options)  # type: ignore[arg-type]


RECORDS = {
    "alpaca": PAIR,
    "history": {**PAIR, "history": [["Hi", "Hello."]]},
    "messages": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]},
    "sharegpt": {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]},
    "instances": {
        "instruction": "Add.",
        "instances": [{"input": "1 1", "output": "2"}, {"input": "2 2", "output": "4"}],
    },
    "own": {"source": "a", "instruction": "Hi", "input": "", "response": "Hello.", "label": "greeting"},
    "model_outputs": {"instruction": "Hi", "dataset": "d", "output": "Hello.", "generator": "m"},
    "prompt_completion": {"prompt": "Hi", "completion": "Hello.<|endoftext|>"},
    "question_answer": {"question": "Hi", "answer": "Hello."},
    "preference": {"prompt": "Hi", "chosen": "Hello.", "rejected": "No."},
    "gemini": {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Yo"}]}]},
    "tree": {"prompt": {"role": "prompter", "text": "Hi", "replies": [{"role": "assistant", "text": "Hello."}]}},
    "tree_message": {"message_id": "a", "parent_id": None, "role": "prompter", "text": "Hi"},
    "model_answers": {"question_id": 1, "choices": [{"index": 0, "turns": ["Hello."]}]},
}  # fmt: skip


def test_every_registered_shape_has_an_example_here_and_is_recognised() -> None:
    assert {shape.name for shape in SHAPES} == set(RECORDS)
    assert {name: shape_of(record).name for name, record in RECORDS.items()} == {name: name for name in RECORDS}  # type: ignore[union-attr]


def test_alpaca_with_an_input_puts_it_behind_a_blank_line(workspace: Workspace) -> None:
    corpus = read(workspace, {**PAIR, "input": "Warm ones only."})
    assert corpus.text("instruction") == ["Name a colour.\n\nWarm ones only."]
    assert corpus.text("both") == ["Name a colour.\n\nWarm ones only.\nBlue."]


def test_a_conversation_joins_user_turns_and_assistant_turns_and_counts_no_tool_turn(workspace: Workspace) -> None:
    turns = [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "Weather?"},
        {"from": "function_call", "value": '{"name": "weather"}'},
        {"from": "observation", "value": "rain"},
        {"from": "gpt", "value": "It rains."},
        {"from": "human", "value": "Thanks."},
        {"from": "gpt", "value": "Welcome."},
    ]
    corpus = read(workspace, {"conversations": turns, "tools": '[{"name": "weather"}]'})
    row = corpus.rows([0])[0]
    assert corpus.text("instruction") == ["Weather?\nThanks."]
    assert corpus.text("response") == ["It rains.\nWelcome."]
    assert (row["system"], row["tools"]) == ("Be brief.", '[{"name": "weather"}]')
    assert [turn["role"] for turn in row["turns"]] == [
        "user", "function_call", "tool", "assistant", "user", "assistant",
    ]  # fmt: skip
    assert row["original"]["conversations"] == turns


def test_one_row_a_turn_keeps_what_went_before(workspace: Workspace) -> None:
    record = {**PAIR, "history": [["One?", "1"], ["Two?", "2"]]}
    corpus = read(workspace, record, reading=ReadingOptions(multi_turn="turn"))
    rows = sorted(corpus.rows([0, 1, 2]), key=lambda row: row["turn"])
    assert [(row["instruction"], row["response"]) for row in rows] == [
        ("One?", "1"),
        ("Two?", "2"),
        ("Name a colour.", "Blue."),
    ]
    assert len({row["conversation"] for row in rows}) == 1
    assert [len(row["turns"]) for row in rows] == [2, 4, 6]
    assert rows[1]["turns"][:2] == [{"role": "user", "content": "One?"}, {"role": "assistant", "content": "1"}]


def test_parts_of_a_message_are_joined_and_calls_of_tools_kept(workspace: Workspace) -> None:
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Look"}, {"type": "text", "value": "here"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"name": "f"}]},
        {"role": "tool", "content": "42"},
        {"role": "assistant", "content": "It is 42."},
    ]
    corpus = read(workspace, {"messages": messages})
    assert corpus.text("instruction") == ["Look\nhere"]
    assert corpus.text("response") == ["It is 42."]
    assert corpus.rows([0])[0]["turns"][1] == {"role": "function_call", "content": '[{"name":"f"}]'}


def test_an_unknown_part_and_an_unknown_role_are_rejected_with_the_reason(workspace: Workspace) -> None:
    poll = {"messages": [{"role": "user", "content": [{"type": "poll", "options": ["a", "b"]}]}]}
    martian = {"messages": [{"role": "martian", "content": "Hi"}]}
    corpus = ingest(workspace, [from_bytes("file.jsonl", lines(poll, martian, RECORDS["messages"]))])
    reasons = [json.loads(line)["reason"] for line in corpus.rejected.splitlines()]
    assert reasons == ["A part of the type 'poll' is no text.", "Turn 1 has the unknown role 'martian'."]
    assert corpus.report["rejected"] == 2


def test_lima_lists_of_strings_alternate(workspace: Workspace) -> None:
    corpus = read(workspace, {"conversations": ["Hi", "Hello.", "Bye", "Goodbye."], "source": "lima"})
    assert corpus.text("response") == ["Hello.\nGoodbye."]
    assert corpus.column("source").tolist() == ["lima"]


def test_conversational_prompt_and_completion_make_one_conversation(workspace: Workspace) -> None:
    record = {"prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "Hello."}]}
    assert read(workspace, record).text("both") == ["Hi\nHello."]


def test_a_plain_exchange_is_the_same_row_in_every_format(workspace: Workspace) -> None:
    ids = {
        name: read(workspace, RECORDS[name]).ids.tolist()
        for name in ("messages", "sharegpt", "own", "model_outputs", "prompt_completion", "question_answer")
    }
    assert len({tuple(result) for result in ids.values()}) == 1


def test_each_nested_instance_is_a_row(workspace: Workspace) -> None:
    corpus = read(workspace, RECORDS["instances"])
    assert sorted(corpus.text("both")) == ["Add.\n\n1 1\n2", "Add.\n\n2 2\n4"]
    assert corpus.rows([0])[0]["original"] == RECORDS["instances"]


def test_a_preference_file_is_refused_unless_its_columns_are_mapped(workspace: Workspace) -> None:
    file = from_bytes("pairs.jsonl", lines(RECORDS["preference"]))
    with pytest.raises(InputError, match="preference file") as refused:
        ingest(workspace, [file])
    assert "chosen" in refused.value.remedy
    assert isinstance(refused.value, MappingOffered)
    assert refused.value.previews[0].guess == FieldMapping(instruction="prompt", response="chosen")
    corpus = ingest(workspace, [file], mapping=FieldMapping(instruction="prompt", response="chosen"))
    assert corpus.text("response") == ["Hello."]


def test_a_refused_file_beside_a_good_one_is_named_in_the_report(workspace: Workspace) -> None:
    files = [from_bytes("a.jsonl", lines(PAIR)), from_bytes("b.jsonl", lines(RECORDS["preference"]))]
    report = ingest(workspace, files).report
    assert [bool(file["refused"]) for file in report["files"]] == [False, True]


def test_model_outputs_take_their_dataset_as_source_and_their_generator_as_column(workspace: Workspace) -> None:
    corpus = read(workspace, RECORDS["model_outputs"])
    assert corpus.column("source").tolist() == ["d"]
    assert corpus.column("generator").tolist() == ["m"]


def test_a_boolean_label_becomes_a_column_and_a_text_label_the_category(workspace: Workspace) -> None:
    kto = read(workspace, {**RECORDS["messages"], "label": True})  # type: ignore[dict-item]
    assert kto.column("label").tolist() == ["true"]
    assert "category" not in kto.columns
    assert read(workspace, {**PAIR, "label": "greeting"}).column("category").tolist() == ["greeting"]


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_packed_files_are_read_whatever_their_name(workspace: Workspace, pack: object) -> None:
    data = pack(lines(PAIR, {**PAIR, "output": "Red."}))  # type: ignore[operator]
    corpus = ingest(workspace, [from_bytes("colours.bin", data)])
    assert len(corpus) == 2
    assert set(corpus.column("source")) == {"colours.bin"}


@pytest.mark.parametrize("packing", ["", *SUFFIXES])
@pytest.mark.parametrize("container", CONTAINERS, ids=lambda container: container.names[0])
def test_every_container_and_packing_is_looked_for_named_and_no_part_of_a_source(
    tmp_path: Path, container: Container, packing: str
) -> None:
    for suffix in container.suffixes:
        (tmp_path / f"rows{suffix}{packing}").write_bytes(b"x")
        (file,) = from_path(tmp_path, roots=(tmp_path,))
        assert file.stem == "rows"
        (tmp_path / f"rows{suffix}{packing}").unlink()
    for way in ("and", "or"):
        assert all(name in readable(last=way) for name in (*container.names, packing))
    assert any(all(name in title for name in container.names) for title, _ in container_table())


NEW_CONTAINER = """
from core.corpus.formats.container import Container, ContainerFile
from core.corpus.formats.record import Contents, Record

def recognise(file: ContainerFile) -> bool:
    return file.data.startswith(b"#questions")

def read(file: ContainerFile) -> Contents:
    pairs = [line.split(" => ") for line in file.data.decode().splitlines()[1:]]
    records = (Record(number, {"question": q, "answer": a}) for number, (q, a) in enumerate(pairs, start=2))
    return Contents("Questions", "line", records)

CONTAINER = Container(
    names=("Questions",), looks_like="question => answer", suffixes={".qa": "Questions"}, recognise=recognise, read=read
)
"""


def test_a_new_container_is_one_file_and_one_line(tmp_path: Path) -> None:
    """A copy of core gets both; its commands then find the file in a folder, read it, and list the format."""
    shutil.copytree(Path(core.__file__).parent, tmp_path / "core", ignore=shutil.ignore_patterns("__pycache__"))
    formats = tmp_path / "core" / "corpus" / "formats"
    (formats / "questions.py").write_text(NEW_CONTAINER)
    registry = (formats / "registry.py").read_text()
    with_it = registry.replace("        json_document,\n", "        json_document,\n        questions,\n")
    with_it = with_it.replace("core.corpus.formats import ", "core.corpus.formats import questions, ", 1)
    (formats / "registry.py").write_text(with_it)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "sums.qa.gz").write_bytes(gzip.compress(b"#questions\n1 + 1? => 2\n2 + 2? => 4\n"))
    environment = {**os.environ, "DIVERSCOPE_HOME": str(tmp_path / "home"), "DIVERSCOPE_DATA_ROOTS": str(tmp_path)}
    for command, expected in ((["load", "rows"], "2 rows"), (["formats"], "question => answer")):
        done = subprocess.run(
            [sys.executable, "-m", "core", *command], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0 and expected in done.stdout, done.stdout + done.stderr


def test_a_zip_gives_one_file_a_member(workspace: Workspace) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("in/one.json", json.dumps([PAIR]))
        archive.writestr("two.csv", "instruction,output\nHi,Hello.\n")
    corpus = ingest(workspace, [from_bytes("both.zip", stream.getvalue())])
    assert set(corpus.column("source")) == {"one", "two"}


def test_a_bomb_stops_at_the_limit(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_MAX_FILE_MB", "1")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jsonl", b"0" * 5_000_000)
    for name, data in (("bomb.jsonl.gz", gzip.compress(b"0" * 5_000_000)), ("bomb.zip", stream.getvalue())):
        with pytest.raises(InputError, match="more than 1 MB once unpacked") as refused:
            ingest(workspace, [from_bytes(name, data)])
        assert "DIVERSCOPE_MAX_FILE_MB" in refused.value.remedy


def test_parquet_reads_flat_and_nested_columns(workspace: Workspace) -> None:
    flat = io.BytesIO()
    pq.write_table(pa.table({"instruction": ["Hi"], "response": ["Hello."], "score": [0.5]}), flat)
    nested = io.BytesIO()
    turns = [{"from": "human", "value": "Yes?"}, {"from": "gpt", "value": "No."}]
    pq.write_table(pa.table({"conversations": [turns]}), nested)
    corpus = ingest(workspace, [from_bytes("a.parquet", flat.getvalue()), from_bytes("b.parquet", nested.getvalue())])
    assert sorted(corpus.text("both")) == ["Hi\nHello.", "Yes?\nNo."]
    assert corpus.column("score")[corpus.text("response").index("Hello.")] == 0.5


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimited_files_with_quoted_line_breaks_and_a_byte_order_mark(workspace: Workspace, delimiter: str) -> None:
    text = delimiter.join(("instruction", "output", "score")) + "\r\n"
    text += delimiter.join(('"Two\nlines"', f'"a{delimiter} ""b"""', "1.5")) + "\r\n"
    corpus = ingest(workspace, [from_bytes("file.csv", b"\xef\xbb\xbf" + text.encode())])
    assert corpus.text("instruction") == ["Two\nlines"]
    assert corpus.text("response") == [f'a{delimiter} "b"']
    assert corpus.column("score").tolist() == [1.5]


def test_json_wrappers_hold_their_rows_under_a_key_or_as_columns(workspace: Workspace) -> None:
    for document in (
        {"version": 1, "data": [PAIR]},
        {"rows": [{"row_idx": 0, "row": PAIR}]},
        {key: [value] for key, value in PAIR.items()},
        PAIR,
        [PAIR],
    ):
        corpus = ingest(workspace, [from_bytes("file.json", json.dumps(document, indent=1).encode())])
        assert corpus.text("both") == ["Name a colour.\nBlue."]


def test_unknown_columns_come_back_with_a_guess(workspace: Workspace) -> None:
    record = {"ask": "What is the capital of France?", "teacher_said": "It is Paris, on the Seine.", "n": 3}
    file = from_bytes("odd.jsonl", lines(record))
    with pytest.raises(MappingNeeded) as needed:
        ingest(workspace, [file])
    (preview,) = needed.value.previews
    assert preview.columns == ("ask", "teacher_said", "n")
    assert preview.guess == FieldMapping(instruction="ask", response="teacher_said")
    corpus = ingest(workspace, [file], mapping={"odd.jsonl": preview.guess})
    assert corpus.text("response") == ["It is Paris, on the Seine."]
    assert corpus.column("n").tolist() == [3.0]


def test_a_guess_sees_conversations_under_any_name_and_nested_fields_can_be_reached(workspace: Workspace) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    assert guess([{"thread": turns}]) == FieldMapping(conversation="thread")
    assert guess([{"thread": turns, "preferred": "Yes."}]) == FieldMapping(conversation="thread", response="preferred")
    assert guess([{"prompt": "Hi", "chosen": turns}]) == FieldMapping(conversation="chosen")  # the whole exchange
    corpus = read(
        workspace, {"q": {"text": "Hi"}, "a": {"best": "Yo."}}, mapping=FieldMapping(instruction="q", response="a.best")
    )
    assert corpus.text("both") == ["Hi\nYo."]


def test_a_mapping_names_what_is_missing(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="no column “nope”"):
        read(workspace, {"a": "1"}, mapping=FieldMapping(instruction="a", response="nope"))
    with pytest.raises(InputError, match="No column is named as the response"):
        read(workspace, {"a": "1"}, mapping=FieldMapping(instruction="a"))


def test_the_same_rows_again_find_the_same_corpus_and_bring_new_columns(workspace: Workspace) -> None:
    first = ingest_files(workspace, [from_bytes("a.jsonl", lines(PAIR))])
    again = ingest_files(workspace, [from_bytes("a.jsonl", lines(PAIR))])
    richer = ingest_files(workspace, [from_bytes("b.jsonl", lines({**PAIR, "score": 4}))])
    assert (first.already_here, again.already_here, richer.already_here) == (False, True, True)
    assert first.corpus.id == again.corpus.id == richer.corpus.id
    assert richer.new_columns == ("score",)
    assert richer.corpus.column("score").tolist() == [4.0]


def test_upload_objects_are_read(workspace: Workspace) -> None:
    class Upload(io.BytesIO):
        name = "C/one.jsonl"

    from core.corpus.sources import from_upload

    file = from_upload(Upload(lines(PAIR)))
    assert isinstance(file, SourceFile)
    assert ingest(workspace, [file]).column("source").tolist() == ["one"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"frage": "Was ist das für ein Ding?", "erwiderung": "Es ist ein Hut."},
         FieldMapping(instruction="frage", response="erwiderung")),
        ({"eins": "Ein viel längerer Text, der alles erzählt.", "zwei": "Ein kurzer Text."},
         FieldMapping(instruction="zwei", response="eins")),
        ({"en": "The cat sleeps on the wall.", "de": "Die Katze schläft auf der Mauer."}, FieldMapping()),
        ({"a": "The first long text.", "b": "The second long text.", "c": "The third long text."}, FieldMapping()),
        ({"q": "Who barks?", "a": "The dog."}, FieldMapping(instruction="q", response="a")),
        ({"name": "John Doe of Springfield", "address": "12 Main Street, Springfield, 12345 Germany"}, FieldMapping()),
    ],
)  # fmt: skip
def test_a_guess_needs_a_reason_to_tell_the_question_from_the_answer(
    record: dict[str, object], expected: FieldMapping
) -> None:
    assert guess([record]) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"c": "0.123456789", "a": "3"}, FieldMapping()),
        ({"title": 12345678, "a": 2.5}, FieldMapping()),
        ({"puzzle": "What is six by seven?", "a": "42"}, FieldMapping(instruction="puzzle", response="a")),
        ({"problem": "What is six by seven?", "steps": "Six sevens are 42.", "result": 42},
         FieldMapping(instruction="problem", response="result")),
        ({"row_id": "00ff00ff00ff00ff", "score": 0.5}, FieldMapping()),
    ],
)  # fmt: skip
def test_numbers_are_never_guessed_as_an_instruction(record: dict[str, object], expected: FieldMapping) -> None:
    assert guess([record]) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"id": "00ff00ff00ff00ff", "quality": "0.1234567"}, True),
        ({"cluster": "law", "quality": 3}, True),
        ({"id": "00ff00ff00ff00ff", "text": "A sentence of words.", "quality": 3}, False),
        ({"id": "00ff00ff00ff00ff"}, False),
    ],
)
def test_scores_are_told_from_rows(record: dict[str, object], expected: bool) -> None:
    assert looks_like_scores([record]) is expected


def _of_csv(workspace: Workspace, lines: list[str]) -> Corpus:
    return ingest(workspace, [from_bytes("file.csv", "\n".join(["instruction,output", *lines, ""]).encode())])


@pytest.mark.parametrize("below", ["", 'q150,"a, ""150"""', 'q150,"two\nlines"'])
def test_a_stray_opening_quote_costs_one_row(workspace: Workspace, below: str) -> None:
    lines = [f"q{number},a{number}" for number in range(300)]
    lines[100] = 'q100,"a100'
    lines[150] = below or lines[150]
    corpus = _of_csv(workspace, lines)
    assert len(corpus) == 299
    rejected = [json.loads(line) for line in corpus.rejected.splitlines()]
    assert len(rejected) == 1 and rejected[0]["text"] == 'q100,"a100', rejected


def test_a_long_text_that_is_cut_short_stays_one_broken_record(workspace: Workspace) -> None:
    lines = ["q0,a0", 'q1,"A text', "of several lines", "and no end."]
    corpus = _of_csv(workspace, lines)
    assert (len(corpus), len(corpus.rejected.splitlines())) == (1, 1)


def test_quotes_that_are_closed_and_opened_on_every_line_cost_a_bounded_time() -> None:
    from core.corpus.formats.delimited import read_rows

    seconds = []
    for count in (2_000, 16_000):
        data = ("a,b\n" + 'x,"y\n' + 'x",y,"e\n' * count).encode()
        started = time.perf_counter()
        assert sum(1 for _ in read_rows(data, delimiter=",").records) >= 1
        seconds.append(time.perf_counter() - started)
    assert seconds[1] < 24 * seconds[0] + 0.1
