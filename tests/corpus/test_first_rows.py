"""What is shown before a corpus is made: heads of files, and their first rows read like the whole files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from core.corpus import heads
from core.corpus.first_rows import FILES, SHOWN, FirstRows, first_rows
from core.corpus.formats.mapped import FieldMapping
from core.corpus.heads import heads_of, whole_lines
from core.corpus.ingest import ingest
from core.corpus.reading import ReadingOptions
from core.corpus.sources import SourceFile, from_bytes, from_path
from core.workspace.artefacts import Workspace

RECORDS = [
    {"instruction": f"Question {i}, ß", "input": "", "output": f"Answer {i} " + "ja " * (i % 7), "score": i}
    for i in range(4000)
]
LINES = "\n".join(json.dumps(record, ensure_ascii=False) for record in RECORDS)


def table() -> pa.Table:
    return pa.Table.from_pylist(RECORDS)


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(table(), sink, row_group_size=1000)
    return sink.getvalue()


def stream() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table().schema) as writer:
        writer.write_table(table())
    return sink.getvalue()


def feather() -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, table().schema) as writer:
        writer.write_table(table(), max_chunksize=500)
    return sink.getvalue()


def zipped() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", LINES)
        archive.writestr("__MACOSX/a.jsonl", "x")
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        entry = tarfile.TarInfo("a.jsonl.gz")
        packed = gzip.compress(LINES.encode())
        entry.size = len(packed)
        archive.addfile(entry, io.BytesIO(packed))
    return sink.getvalue()


KINDS: dict[str, Callable[[], bytes]] = {
    "a.jsonl": LINES.encode,
    "wide.jsonl": lambda: LINES.encode("utf-16"),
    "big.jsonl": lambda: LINES.encode("utf-16-be"),
    "cr.jsonl": lambda: LINES.replace("\n", "\r\n").encode(),
    "old.csv": lambda: ("instruction;output;score\r\n" + "".join(
        f"Straße {i};Ja über {i};{i}\r\n" for i in range(4000))).encode("cp1252"),
    "list.json": lambda: json.dumps(RECORDS).encode(),
    "pretty.json": lambda: json.dumps(RECORDS, indent=2, ensure_ascii=False).encode(),
    "wrapped.json": lambda: json.dumps({"version": 1, "data": RECORDS}, indent=1).encode(),
    "a.parquet": parquet, "a.arrow": stream, "a.feather": feather, "a.zip": zipped, "a.tar": tarred,
    "a.jsonl.gz": lambda: gzip.compress(LINES.encode()),
    "a.jsonl.zst": lambda: zstandard.compress(LINES.encode()),
    "a.jsonl.bz2": lambda: bz2.compress(LINES.encode()),
    "a.jsonl.xz": lambda: lzma.compress(LINES.encode()),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_the_head_of_a_large_file_shows_the_rows_that_the_whole_file_begins_with(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = from_bytes(name, KINDS[name]())
    (whole,) = first_rows([file])
    monkeypatch.setattr(heads, "SMALL", 1000)
    monkeypatch.setattr(heads, "TEXT", 30_000)
    (head,) = heads_of(file, rows=200)
    assert head.cut
    with head.file.open() as opened:
        assert len(opened.read()) < 60_000
    (look,) = first_rows([file])
    assert look.rows == whole.rows
    assert len(look.rows) == SHOWN
    assert (look.apart, look.refused, look.asks) == ({}, "", False)
    assert look.container.split()[0] == whole.container.split()[0]
    assert [reason for reason in whole.reasons if "not UTF-8" in reason] == [
        reason for reason in look.reasons if "not UTF-8" in reason
    ]


def test_of_a_file_of_any_size_only_the_beginning_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with open(path, "wb") as file:
        file.write(LINES.encode() + b"\n")
        file.truncate(3_000_000_000)  # a hole: nothing of it is on the disk
    read = 0

    class Counting(io.FileIO):
        def readinto(self, buffer):  # type: ignore[no-untyped-def]
            nonlocal read
            count = super().readinto(buffer)
            read += count or 0
            return count

    (file_on_disk,) = from_path(path, roots=(tmp_path,))
    counted = SourceFile("huge.jsonl", lambda: io.BufferedReader(Counting(path)), file_on_disk.size)
    (look,) = first_rows([counted])
    assert len(look.rows) == SHOWN
    assert read < 4_000_000


def test_what_a_cut_broke_is_not_held_against_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "SMALL", 10)
    monkeypatch.setattr(heads, "TEXT", 900)
    records = [{"instruction": "a" * 300, "output": "b\nc"} for _ in range(9)]
    for data in (json.dumps(records).encode(), "\n".join(map(json.dumps, records)).encode()):
        (look,) = first_rows([from_bytes("x.json", data)])
        assert len(look.rows) == 2
        assert look.apart == {}
        assert not any("breaks off" in reason for reason in look.reasons)


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (b"a\nb\nc", b"a\nb\n"),
        (b"abc", b"abc"),
        ("aß\nbß\ncß".encode("utf-16"), "aß\nbß\n".encode("utf-16")),
        ("aĊ\nbĊ".encode("utf-16-le"), "aĊ\n".encode("utf-16-le")),
        ("\ufeffaĊ\nbĊ".encode("utf-16-be"), "\ufeffaĊ\n".encode("utf-16-be")),
    ],
)
def test_a_text_is_cut_behind_a_whole_line(data: bytes, kept: bytes) -> None:
    assert whole_lines(data) == kept


def look_at(*records: object, mapping: FieldMapping | None = None, reading: ReadingOptions | None = None) -> FirstRows:
    data = "\n".join(map(json.dumps, records)).encode()
    (look,) = first_rows([from_bytes("train.jsonl", data)], mapping=mapping, reading=reading)
    return look


def test_it_says_what_was_recognised_and_why() -> None:
    look = look_at({"instruction": "a", "output": "b", "source": "web", "topics": ["x", "y"], "meta": {"deep": 1}})
    assert look.rows[0] == {
        "Instruction": "a", "Response": "b", "Turns": 2, "System": "", "Thinking": "", "Source": "web",
        "Category": None, "topics": ["x", "y"],
    }  # fmt: skip
    said = " ".join(look.reasons)
    assert "“Alpaca”, because a record looks like" in said
    assert "Text comes from instruction, output; columns: source (source or category), topics, meta." in said
    assert "split “train”" in said
    assert "UTF-8" in said


def test_unknown_columns_and_roles_are_shown_by_the_guess_that_is_asked_about() -> None:
    look = look_at(*({"frage": f"Was ist {i} genau?", "antwort": f"Das ist {i}, ganz klar."} for i in range(5)))
    assert look.asks
    assert look.columns is not None
    assert look.columns.guess.as_json() == {"instruction": "frage", "response": "antwort"} or not look.rows
    look = look_at({"dialog": [{"speaker": "FRAU", "text": "Wo?"}, {"speaker": "MANN", "text": "Dort."}]})
    assert look.question is not None
    assert (look.rows[0]["Instruction"], look.rows[0]["Response"]) == ("Wo?", "Dort.")
    look = look_at({"a": 1, "b": 2})
    assert look.asks
    assert look.rows == ()


def test_refused_empty_and_set_apart_files_say_so_and_nothing_is_raised() -> None:
    assert "preference" in look_at({"prompt": "a", "chosen": "b", "rejected": "c"}).refused
    (empty,) = first_rows([from_bytes("e.jsonl", b"")])
    assert "is empty" in empty.refused
    (damaged,) = first_rows([from_bytes("e.parquet", b"PAR1" + b"x" * 3_000_000)])
    assert damaged.refused
    look = look_at({"instruction": "a", "output": ""}, {"instruction": "a", "output": "b"})
    assert look.apart == {"The response is empty.": 1}


def test_of_many_files_the_first_are_shown() -> None:
    files = [from_bytes(f"{i}.jsonl", json.dumps(RECORDS[i]).encode()) for i in range(20)]
    looks = first_rows(files)
    assert len(looks) == FILES
    assert {look.refused for look in looks} == {""}


def test_a_mapping_is_found_for_a_member_of_an_archive(workspace: Workspace) -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("x.jsonl", json.dumps({"p": "Which animal barks?", "q2": "The dog does, loudly."}))
    file = from_bytes("x.zip", sink.getvalue())
    (look,) = first_rows([file])
    assert look.columns is not None
    mapping = {look.columns.file: FieldMapping(instruction="p", response="q2")}
    assert first_rows([file], mapping=mapping)[0].rows[0]["Response"] == "The dog does, loudly."
    assert ingest(workspace, [file], mapping=mapping).text("response") == ["The dog does, loudly."]
