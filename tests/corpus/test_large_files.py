"""A file larger than its bounds is read in stretches, and gives byte for byte what reading it as a whole gives."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.corpus import large_files
from core.corpus.formats import arrow, encodings, json_document, json_entries, parquet, text_lines
from core.corpus.formats.encodings import as_utf8
from core.corpus.formats.mapped import MappingNeeded
from core.corpus.gathering import Bounds
from core.corpus.ingest import Ingested, ingest_files
from core.corpus.large_files import divided
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes, opened
from core.corpus.unpack import Spool, likely_bytes, unpack
from core.errors import InputError
from core.workspace.artefacts import Workspace
from tests.corpus.test_bounded_loading import lines_file, stored

TINY = Bounds(rows=16, size=3000, stretch=1500, processes=1)
WHOLE = Bounds(stretch=1 << 40, processes=1)


def table(rows: int = 150) -> pa.Table:
    """Rows with copies that differ, columns of bytes of which few batches are text, numbers that are missing, turns."""
    draw = np.random.default_rng(5)
    topics = [f"topic {number}" for number in draw.integers(9, size=rows)]
    turns = [[{"role": "user", "content": f"u{row}"}, {"role": "assistant", "content": "so"}] for row in range(rows)]
    return pa.table(
        {
            "instruction": [f"ask {row % 60}" for row in range(rows)],
            "output": [f"say {row % 4}" if row % 23 else "" for row in range(rows)],
            "topic": pa.array(topics).dictionary_encode(),
            "score": pa.array([float("nan") if row % 7 == 0 else row / 4 for row in range(rows)]),
            "raw": pa.array([b"\xff\x00" if row == 40 else b"text" for row in range(rows)], pa.binary()),
            "tags": [[f"t{row % 3}", "t"] if row % 2 else None for row in range(rows)],
            "beside": turns,
        }
    )


def as_parquet(rows: pa.Table, *, group: int = 13) -> bytes:
    sink = io.BytesIO()
    pq.write_table(rows, sink, row_group_size=group)
    return sink.getvalue()


def as_arrow(rows: pa.Table, *, stream: bool, batch: int = 40) -> bytes:
    sink = io.BytesIO()
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, rows.schema) as writer:
        for part in rows.combine_chunks().to_batches(batch):
            writer.write_batch(part)
    return sink.getvalue()


def packed(**members: bytes) -> dict[str, bytes]:
    """The members in a zip archive and in a packed tar archive; a dot stands as two underscores in a name."""
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    with tarfile.open(fileobj=tarred, mode="w:gz") as folder:
        for name, data in members.items():
            entry = tarfile.TarInfo(name.replace("__", "."))
            entry.size = len(data)
            folder.addfile(entry, io.BytesIO(data))
    return {"a.zip": zipped.getvalue(), "b.tgz": tarred.getvalue()}


def cells(rows: int = 90) -> str:
    """CSV with quoted line breaks, rows of another width, stray quotes, a repeated header and numbers."""
    lines = ["instruction,output,score"]
    for row in range(rows):
        lines.append(f'"ask {row % 40}\r\nthen, ""more""",say {row % 5},{row / 2 if row % 9 else "n/a"}')
        lines += [f"a,b,c,{row}"] * (row % 31 == 7) + [lines[0]] * (row == 50) + [""] * (row % 17 == 3)
    return "\n".join([*lines[:30], 'x,"stray quote,1', *lines[30:], 'y,"never closed,2', *lines[1:9]]) + "\n"


def texts() -> dict[str, bytes]:
    """Large texts: lines, lists and CSV, in many encodings, damaged ones too."""
    lines, rows = lines_file(120, 6), table().drop_columns("raw").to_pylist()
    plain = "".join(f'{{"instruction": "Füße {row} – äußerst schön", "output": "Grüße"}}\n' for row in range(90))
    chinese = "".join(
        f'{{"instruction": "中文问题 {row} 请回答", "output": "这是一个很好的答案"}}\n' for row in range(90)
    )
    japanese = "".join(f'{{"instruction": "日本語の質問 {row} です", "output": "いい答えです"}}\n' for row in range(90))
    as_list = orjson.dumps(rows)
    tricky = [{**row, "list": [{"instruction": 1}, {"b": 2}], "text": '},{"instruction": "b"}, {'} for row in rows[:40]]
    return {
        "plain.jsonl": lines,
        "marked.jsonl": b"\xef\xbb\xbf" + lines,
        "bad bytes.jsonl": b"tr\xff".join(lines.replace(b"why", b"w\0y", 5).rsplit(b"tree", 1)),
        "utf-16.jsonl": lines.decode().encode("utf-16"),
        "utf-16, no mark.jsonl": lines.decode().encode("utf-16-be"),
        "utf-16, cut.jsonl": lines.decode().encode("utf-16-le") + b"x",
        "utf-16, damaged.jsonl": "a\n".encode("utf-16") + lines.decode().encode("utf-16-le") + b"\x00\xdc\x00\xd8a",
        "utf-32.jsonl": lines.decode().encode("utf-32"),
        "western.jsonl": plain.encode("cp1252"),
        "two encodings.jsonl": plain.encode("cp1252") + plain.encode(),
        "none.jsonl": plain.encode("cp1252") + b'{"instruction": "\x81\x8d\x90"}\n' * 30,
        "gbk.jsonl": chinese.encode("gbk"),
        "jis.jsonl": japanese.encode("iso2022_jp"),
        "unknown.jsonl": b"".join(b'{"aufgabe": "n%d", "nr": %d}\n' % (row, row) for row in range(90)),
        "list.json": as_list,
        "indented.json": orjson.dumps(rows, option=orjson.OPT_INDENT_2),
        "in lines.json": b"[" + b" ,\n".join(map(orjson.dumps, rows)) + b"\n]\n\n",
        "marked.json": b"\xef\xbb\xbf " + as_list,
        "tricky.json": orjson.dumps(tricky),
        "several kinds.json": as_list[:-1] + b', 5, "text", null, [1], {"x": 1}]',
        "twice.json": as_list.replace(b'"output"', b'"score":1,"output"'),
        "digits.json": as_list.replace(b'"score":1.25', b'"score":123456789012345678901'),
        "cut.json": as_list[:-30],
        "comma.json": as_list[:-1] + b",]",
        "behind.json": as_list + b'\n{"instruction": "a", "output": "b"}\n',
        "bytes.json": as_list.replace(b"ask 7", b"ask \xff"),
        "wrapped.json": b'{"data": ' + as_list + b"}",
        "utf-16.json": as_list.decode().encode("utf-16"),
        "list of numbers.json": orjson.dumps([*range(900)]),
        "cells.csv": cells().encode(),
        "carriage returns.csv": cells().replace("\r\n", " ").replace("\n", "\r").encode(),
        "sign.csv": b"sep=,\r\n" + cells().encode(),
        "nul and bytes.csv": cells().encode().replace(b"then", b"th\0n", 9).replace(b"say 4", b"say \xff", 2),
        "utf-16.csv": cells().encode("utf-16"),
        "packed.csv.gz": gzip.compress(cells().encode()),
        "tabs.tsv": cells().replace(",", "\t").encode(),
        "prose.txt": b"There are no records here.\n" * 90,
        "spaces.jsonl": b" \n" * 900,
        "picture.jsonl": b"\x89PNG" + lines,
    }  # fmt: skip


def files() -> dict[str, bytes]:
    """Large files of every kind."""
    rows, lines = table(), lines_file(120, 6)
    broken = bytearray(as_parquet(table(150), group=60))
    broken[len(broken) // 3 : len(broken) // 3 + 40] = bytes(40)
    preferences = pa.table({"prompt": ["p"] * 90, "chosen": ["a"] * 90, "rejected": ["b"] * 90})
    unknown = pa.table({"aufgabe": [f"n{row}" for row in range(90)], "nr": list(range(90))})
    return {
        "groups.parquet": as_parquet(rows),
        "one group.parquet": as_parquet(rows, group=1000),
        "damaged.parquet": bytes(broken),
        "preferences.parquet": as_parquet(preferences),
        "unknown.parquet": as_parquet(unknown),
        "feather.feather": as_arrow(rows, stream=False),
        "shard.arrow": as_arrow(rows, stream=True),
        "cut.arrow": as_arrow(rows, stream=True)[:-900],
        "packed.parquet.gz": gzip.compress(as_parquet(rows)),
        "packed.jsonl.gz": gzip.compress(lines),
        "cut.jsonl.gz": gzip.compress(lines)[:-300],
        **texts(),
        **packed(
            b__jsonl=lines, a__parquet=as_parquet(rows), d__jsonl__gz=gzip.compress(lines), small__jsonl=lines[:900],
            e__jsonl__gz=gzip.compress(lines)[:-300], f__csv=cells().encode(), state__json=b"{}",
            c__arrow=as_arrow(rows, stream=True),
        ),
    }  # fmt: skip


def outcome(home: Path, path: Path, bounds: Bounds, reading: ReadingOptions | None = None) -> Any:
    """What is stored of a file, or why there is nothing."""
    try:
        made: Ingested = ingest_files(Workspace(home), [opened(path, path.name)], bounds=bounds, reading=reading)
    except InputError as error:
        return type(error), error.what, error.remedy, getattr(error, "previews", ())
    assert not [*(home / "scratch").glob("*")]
    return stored(made), [*made.rejected], [*made.copies]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer rows in a batch of a table, whether it is read as one or in pieces."""
    for module in (parquet, arrow):
        monkeypatch.setattr(module, "BATCH", 16)


def small_blocks(patch: pytest.MonkeyPatch) -> None:
    """Fewer bytes in whatever is read at a time."""
    for module, name, size in (
        (json_entries, "PIECE", 700), (text_lines, "BLOCK", 61), (large_files, "BEGINNING", 2000),
        (large_files, "LOOKED_AT", 3), (json_document, "LOOKED_AT", 1000),
    ):  # fmt: skip
        patch.setattr(module, name, size)


@pytest.mark.parametrize("reading", [{}, {"empty": "keep", "invalid_utf8": "replace"}], ids=["rejecting", "keeping"])
def test_stretches_of_many_files_give_what_the_whole_files_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: Any
) -> None:
    given = []
    for name, data in files().items():
        if not name.startswith("unknown"):
            (tmp_path / name).write_bytes(data)
            given.append(opened(tmp_path / name, name))
    asked = ReadingOptions(**reading)
    whole = ingest_files(Workspace(tmp_path / "whole"), given, bounds=WHOLE, reading=asked)
    small_blocks(monkeypatch)
    bounds = Bounds(rows=2000, size=1 << 18, stretch=5000, processes=1)
    bounded = ingest_files(Workspace(tmp_path / "bounded"), given, bounds=bounds, reading=asked)

    of_files: Any = whole.report["files"]
    assert len(of_files) > 60 and sum(bool(file["refused"]) for file in of_files) > 5
    assert bounded.report["files"] == of_files
    assert stored(bounded) == stored(whole)
    assert [*bounded.rejected] == [*whole.rejected] and [*bounded.copies] == [*whole.copies]
    assert not [*(tmp_path / "bounded" / "scratch").iterdir()]


@pytest.mark.parametrize("name", ["unknown.jsonl", "unknown.parquet", "list.json", "cells.csv", "shard.arrow"])
def test_a_large_file_asks_what_the_whole_file_asks(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / name
    path.write_bytes(files()[name].replace(b"instruction", b"aufgabe____").replace(b"output", b"antwrt"))
    whole = outcome(tmp_path / "whole", path, WHOLE)
    small_blocks(monkeypatch)

    assert outcome(tmp_path / "bounded", path, TINY) == whole
    assert "arrow" in name or whole[0] is MappingNeeded


def test_a_table_is_divided_between_its_batches_across_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(as_parquet(table().drop_columns("topic")))  # a dictionary ends with its row group
    (part,) = unpack(opened(path, path.name), spool=Spool(100, lambda: tmp_path))
    large = divided(part, size=700, folder=lambda: tmp_path)

    assert part.path == path and not part.data and large is not None
    befores = []
    for piece in large.stretches:
        befores.append(piece.before)
        assert [*tmp_path.glob("piece-*")] == [piece.path]  # written when it is asked for
        piece.done()
        assert not [*tmp_path.glob("piece-*")]
    assert len(befores) > 3 and all(before % 16 == 0 for before in befores)


def test_long_rows_make_batches_of_fewer_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"instruction": [f"{row} " + "x" * 1000 for row in range(40)], "output": ["y"] * 40}), path)
    expected = outcome(tmp_path / "whole", path, TINY)
    monkeypatch.setattr(parquet, "LARGE", 5000)

    assert outcome(tmp_path / "few", path, TINY) == expected


def test_a_large_upload_is_kept_on_the_disk_while_it_is_read(tmp_path: Path) -> None:
    data = as_parquet(table())
    made = ingest_files(Workspace(tmp_path / "a"), [from_bytes("a.parquet", data)], bounds=TINY)
    whole = ingest_files(Workspace(tmp_path / "b"), [from_bytes("a.parquet", data)], bounds=WHOLE)

    assert stored(made) == stored(whole)


def test_what_is_too_much_for_memory_lies_on_the_disk(tmp_path: Path) -> None:
    lines = lines_file(120, 6)
    for name, data in packed(a__jsonl=lines[:800], b__jsonl=lines[:800], c__jsonl__gz=gzip.compress(lines)).items():
        parts = unpack(from_bytes(name, data), spool=Spool(1000, lambda: tmp_path))
        assert [part.path is None for part in parts] == [True, False, False]  # together they are too many
        assert [part.whole(limit=1 << 20) for part in parts] == [lines[:800], lines[:800], lines]
        assert len([*tmp_path.iterdir()]) == 2
        for part in parts[1:]:
            part.path.unlink()  # type: ignore[union-attr]


def test_a_packed_file_is_merged_in_as_many_parts_as_the_same_file_unpacked() -> None:
    lines = lines_file(120, 6)
    for name, data in {"a.jsonl.gz": gzip.compress(lines), **packed(a__jsonl=lines)}.items():
        assert likely_bytes(from_bytes(name, data)) >= len(lines)
    assert likely_bytes(from_bytes("a.jsonl", lines)) == len(lines)


def test_a_limit_holds_wherever_the_bytes_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    rows = table(300)
    repeated = pa.table({name: rows[name] for name in ("instruction", "output")} | {"same": ["x" * 4000] * 300})
    path.write_bytes(as_parquet(repeated, group=300))
    monkeypatch.setenv("DIVERSCOPE_MAX_FILE_MB", "1")
    few = Bounds(rows=2000, stretch=100_000, processes=1)
    bounded, whole = (outcome(tmp_path / name, path, bounds) for name, bounds in (("a", few), ("b", WHOLE)))
    assert bounded == whole
    assert "more than 1 MB once unpacked" in bounded[0]["report"]["files"][0]["refused"]

    path = tmp_path / "a.jsonl"
    path.write_bytes(orjson.dumps({"instruction": "a" * 2_000_000, "output": "b"}))
    with pytest.raises(InputError, match="more than 1 MB"):
        ingest_files(Workspace(tmp_path / "home"), [opened(path, path.name)], bounds=TINY)


def test_large_texts_are_divided_whatever_their_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_blocks(monkeypatch)
    whole = {"unknown.jsonl": False}  # of a kind that nothing but its rows tells
    for name, data in texts().items():
        path = tmp_path / name
        path.write_bytes(data)
        (part,) = unpack(opened(path, name), spool=Spool(100, lambda: tmp_path))
        try:
            large = divided(part, size=1000, folder=lambda: tmp_path)
        except InputError:
            large = None
        whole[name] = large is None
        if large is not None and large.stretches is not None:
            assert len([*large.stretches]) > 2, name
    read_at_once = {"none.jsonl", "utf-16, damaged.jsonl", "cut.json", "comma.json", "behind.json", "bytes.json",
                    "wrapped.json", "list of numbers.json", "prose.txt", "spaces.jsonl", "picture.jsonl"}  # fmt: skip
    assert {name for name, at_once in whole.items() if at_once} == read_at_once


def test_lines_longer_than_the_beginning_of_a_file_are_divided_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_blocks(monkeypatch)
    path = tmp_path / "long.jsonl"
    rows = [{"instruction": f"q{row}", "output": "word " * (110 + 30 * row)} for row in range(12)]
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    (part,) = unpack(opened(path, path.name), spool=Spool(100, lambda: tmp_path))
    large = divided(part, size=1000, folder=lambda: tmp_path)
    assert large is not None and large.stretches is not None and len([*large.stretches]) > 5
    assert len(large.first) == 3
    one, other = (Workspace(tmp_path / name) for name in ("one", "other"))
    in_stretches = ingest_files(one, [opened(path, path.name)], bounds=TINY)
    assert stored(in_stretches) == stored(ingest_files(other, [opened(path, path.name)], bounds=WHOLE))


def test_what_is_read_as_a_whole_is_refused_before_it_breaks_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "wrapped.json"
    path.write_bytes(texts()[path.name])
    monkeypatch.setattr(large_files, "_free_memory", lambda: 1000)
    with pytest.raises(InputError, match="only be read as a whole, which takes about 0 GB of memory") as refused:
        ingest_files(Workspace(tmp_path / "home"), [opened(path, path.name)], bounds=TINY)
    assert ".jsonl" in refused.value.remedy
    assert len(ingest_files(Workspace(tmp_path / "home"), [opened(path, path.name)], bounds=WHOLE).corpus) == 60


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_letters_are_decoded_across_blocks(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "{a: 1}\n" * 3 + "Größe 你好 🌳🌳\n" * 9
    monkeypatch.setattr(encodings, "BLOCK", 6)
    whole, cut = list[str](), list[str]()

    assert as_utf8(text.encode(encoding), name="a", notes=whole).decode() == text
    assert as_utf8(text.encode(encoding) + b"x", name="a", notes=cut).decode() == text
    assert cut == [*whole, "The last character of the file is cut short; it was left out."]
    if "32" in encoding:
        with pytest.raises(InputError, match="first at line 13"):
            as_utf8(("\ufeff" + text).encode(encoding) + b"\xff" * 4 + text.encode(encoding), name="a", notes=[])
