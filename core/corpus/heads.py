"""Cuts a large file to its first records: a small file of the same kind, read like the whole one but at once."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus.formats import arrow, parquet
from core.corpus.formats.encodings import is_wide
from core.corpus.packings import ARCHIVES, HEAD, PACKINGS, Readable
from core.corpus.sources import SourceFile, from_bytes
from core.corpus.unpack import is_hidden
from core.errors import InputError

SMALL = 2_000_000  # bytes: a smaller file is its own head
TEXT = 1_000_000  # bytes of text in a head
MEMBERS = 6  # files of an archive whose heads are taken
LATER = "It is read whole when the corpus is made."


@dataclass(frozen=True)
class FileHead:
    """The beginning of a file as a file of its own; ``cut``: more follows."""

    file: SourceFile
    cut: bool


def heads_of(file: SourceFile, *, rows: int) -> list[FileHead]:
    """The head of ``file``, or those of the first files in an archive; a table's head has at most ``rows`` rows.

    Reads a few megabytes at most, whatever the size of the file. Raises :class:`InputError` where it is empty, damaged,
    or packed so that its beginning alone says nothing.
    """
    if file.size is not None and file.size <= SMALL:
        return [FileHead(file, False)]
    try:
        with file.open() as stream:
            first = stream.read(HEAD)
            stream.seek(0)
            archive = next((archive for archive in ARCHIVES if archive.recognise(first)), None)
            if archive:
                members = sorted(archive.members(stream), key=lambda member: member.name)
                shown = [member for member in members if not is_hidden(member.name)][:MEMBERS]
                return [_head(f"{file.name}/{member.name}", member.open()) for member in shown]
            if first.startswith(parquet.CONTAINER.magic):
                return [_parquet(file.name, stream, rows)]
            if first.startswith(arrow.CONTAINER.magic):
                return [_arrow(file.name, stream, rows)]
            return [_head(file.name, stream)]
    except InputError:
        raise
    except Exception as error:  # whatever the reader of a packing or a table raises at damaged bytes
        raise InputError(f"{file.name} cannot be read ({error}).", remedy="Download or copy it again.") from error


def whole_lines(data: bytes) -> bytes:
    """``data`` up to its last line end; all of it if it has none. UTF-16 is cut between two characters."""
    if not is_wide(data):
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        return data[: end + 1] if end > 0 else data
    ends = [place for mark in (b"\n\x00", b"\x00\n") if (place := data.rfind(mark)) > 0 and place % 2 == 0]
    return data[: max(ends) + 2] if ends else data[: len(data) // 4 * 4]


def _parquet(name: str, stream: BinaryIO, rows: int) -> FileHead:
    table = pq.ParquetFile(stream)
    batch = next(table.iter_batches(batch_size=rows), None)
    if batch is None:
        raise _empty(name)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_batches([batch]), sink)
    return FileHead(from_bytes(name, sink.getvalue()), table.metadata.num_rows > batch.num_rows)


def _arrow(name: str, stream: BinaryIO, rows: int) -> FileHead:
    source = pa.PythonFile(stream, mode="r")
    if stream.read(len(arrow.FILE)) == arrow.FILE:
        whole = pa.ipc.open_file(source)
        batch = whole.get_batch(0) if whole.num_record_batches else None
    else:
        stream.seek(0)
        batch = next(iter(pa.ipc.open_stream(source)), None)
    if batch is None:
        raise _empty(name)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch.slice(0, rows))
    return FileHead(from_bytes(name, sink.getvalue()), True)


def _head(name: str, stream: Readable) -> FileHead:
    """The head of a text, unpacked if it is packed."""
    data = _beginning(stream)
    packing = next((packing for packing in PACKINGS if data.startswith(packing.magic)), None)
    if packing:
        data = _beginning(packing.open(cast(BinaryIO, io.BufferedReader(_Joined(data, stream)))))
    if len(data) <= TEXT:
        return FileHead(from_bytes(name, data), False)
    if any(archive.recognise(data[:HEAD]) for archive in ARCHIVES):
        raise InputError(f"{name} is an archive packed as a whole.", remedy=LATER)
    if data.startswith((*parquet.CONTAINER.magic, *arrow.CONTAINER.magic)):
        raise InputError(f"{name} is a packed table.", remedy=LATER)
    return FileHead(from_bytes(name, whole_lines(data[:TEXT])), True)


def _beginning(stream: Readable) -> bytes:
    """The first ``TEXT`` bytes of a stream and one more, which says that more follow."""
    blocks, left = [], TEXT + 1
    while left and (block := stream.read(left)):
        blocks.append(block)
        left -= len(block)
    return b"".join(blocks)


class _Joined(io.RawIOBase):
    """Bytes that were read already, then the rest of their stream."""

    def __init__(self, read: bytes, stream: Readable) -> None:
        self._read, self._stream = read, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data, self._read = self._read[: len(buffer)], self._read[len(buffer) :]
        data = data or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _empty(name: str) -> InputError:
    return InputError(f"{name} holds no rows.", remedy="Choose a file that holds rows.")
