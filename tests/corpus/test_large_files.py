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

from core.corpus.formats import arrow, parquet
from core.corpus.gathering import Bounds
from core.corpus.ingest import Ingested, ingest_files
from core.corpus.large_files import divided
from core.corpus.reading import ReadingOptions
from core.corpus.sources import from_bytes, opened
from core.corpus.unpack import Spool, unpack
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
        **packed(
            b__jsonl=lines, a__parquet=as_parquet(rows), d__jsonl__gz=gzip.compress(lines), small__jsonl=lines[:900],
            e__jsonl__gz=gzip.compress(lines)[:-300], state__json=b"{}", c__arrow=as_arrow(rows, stream=True),
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
    for module in (parquet, arrow):
        monkeypatch.setattr(module, "BATCH", 16)


@pytest.mark.parametrize("name", [*files()])
def test_stretches_give_what_the_whole_file_gives(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(files()[name])
    for reading in (ReadingOptions(), ReadingOptions(empty="keep", invalid_utf8="replace")):
        whole = outcome(tmp_path / f"whole {reading.empty}", path, WHOLE, reading)
        assert outcome(tmp_path / f"bounded {reading.empty}", path, TINY, reading) == whole


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


def test_a_limit_holds_wherever_the_bytes_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    rows = table(2000)
    repeated = pa.table({name: rows[name] for name in ("instruction", "output")} | {"same": ["x" * 600] * 2000})
    path.write_bytes(as_parquet(repeated, group=2000))
    monkeypatch.setenv("DIVERSCOPE_MAX_FILE_MB", "1")
    bounded, whole = (outcome(tmp_path / name, path, bounds) for name, bounds in (("a", TINY), ("b", WHOLE)))
    assert bounded == whole
    assert "more than 1 MB once unpacked" in bounded[0]["report"]["files"][0]["refused"]

    path = tmp_path / "a.jsonl"
    path.write_bytes(orjson.dumps({"instruction": "a" * 2_000_000, "output": "b"}))
    with pytest.raises(InputError, match="more than 1 MB"):
        ingest_files(Workspace(tmp_path / "home"), [opened(path, path.name)], bounds=TINY)
