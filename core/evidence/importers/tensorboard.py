"""TensorBoard's event files: the scalars of a run by step, read with protobuf's own parser.

An event file is a row of records: length (8 bytes), its checksum (4), an Event message, its checksum (4). Only the
fields of Event that scalars need are described here; the numbers are those of TensorFlow's event.proto, summary.proto
and tensor.proto.
"""

from __future__ import annotations

import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import IO, Any

from core.counted import counted
from core.evidence.importers.numbers import figure
from core.evidence.importers.proposal import (
    Imported,
    Options,
    ProposedScore,
    as_resumed,
    curve,
    direction_of,
    settle,
)
from core.evidence.importers.sources import Source, Tree

NAME = "TensorBoard events"
LOOKS_FOR = "events.out.tfevents.* files; of one run's several files the later continues the earlier (TensorBoard)"
LARGEST = 1 << 16  # larger records (in bytes) are pictures and histograms, and are skipped
_STAMP = re.compile(r"tfevents\.(\d+)")
# The folder that Hugging Face's Trainer makes in runs/ at every start: Sep02_20-50-18_host.
_START = re.compile(r"[A-Z][a-z]{2}\d{2}_\d{2}-\d{2}-\d{2}_.*")
_PLACES = ("runs", "logs", "log", "tb", "tensorboard", "tb_logs", "lightning_logs", "events", "summaries")
_SPLITS = ("train", "validation", "val", "valid", "eval", "test")


@dataclass(frozen=True, kw_only=True)
class _Scalar:
    tag: str
    step: float
    value: float


def recognise(source: Source) -> bool:
    return ".tfevents." in source.name or b"brain.Event:" in source.head[:64]


def read(source: Source, options: Options) -> Imported:
    """Read the last value of each scalar and its curve; files of a resumed run are read together, under the first."""
    imported = Imported(importer=NAME, file=source.path)
    files = _files_of_run(source)
    if source is not files[0]:
        imported.notices.append(f"Read together with {files[0].path}: both are of one run.")
        return imported
    points: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for file in files:
        for scalar in _scalars(file, imported):
            split = _split(file)
            tag = scalar.tag if "/" in scalar.tag or not split else f"{split}/{scalar.tag}"
            try:
                value = figure(scalar.value)
            except ValueError as reason:
                imported.reject(tag, f"step {scalar.step:g}: {reason}")
            else:
                points[tag].append((scalar.step, value))
    subject = _subject(source)
    scores = []
    for tag, pairs in points.items():
        step, last = as_resumed(pairs)[-1]
        benchmark, _, measure = tag.rpartition("/")
        imported.curves.append(curve(subject=subject, measure=tag, points=pairs, file=source.path, field=tag))
        scores.append(
            ProposedScore(
                subject=subject,
                benchmark=options.benchmark or benchmark or "TensorBoard",
                measure=measure,
                value=last,
                direction=direction_of(measure),
                unit=options.unit,
                judge=options.judge,
                baseline=options.baseline,
                model=options.model,
                file=source.path,
                field=f"{tag} at step {step:g}",
                primary=direction_of(measure) != 0,
            )
        )
    if not scores:
        imported.notices.append("The file holds no scalar: pictures, texts, histograms and graphs are no scores.")
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _files_of_run(source: Source) -> list[Source]:
    """The event files of the run in the order of their start times."""
    tree = source.tree or Tree(name="", sources=[source])
    if NAME not in tree.facts:
        runs: dict[str, list[Source]] = defaultdict(list)
        for file in tree.sources:
            if recognise(file):
                runs[_subject(file)].append(file)
        tree.facts[NAME] = {run: sorted(files, key=_begun) for run, files in runs.items()}
    files: list[Source] = tree.facts[NAME][_subject(source)]
    return files


def _begun(source: Source) -> tuple[int, str]:
    stamp = _STAMP.search(source.name)
    return (int(stamp[1][:18]) if stamp else 0, source.path)


def _parts(source: Source) -> tuple[list[str], str]:
    """The folders that name the run, and the split that the last folder names ("" for none)."""
    parts = list(PurePosixPath(source.folder).parts)
    split = parts.pop() if parts and parts[-1].lower() in _SPLITS else ""
    while parts and (_START.fullmatch(parts[-1]) or parts[-1].lower() in _PLACES):
        parts.pop()
    return parts, split


def _split(source: Source) -> str:
    return _parts(source)[1]


def _subject(source: Source) -> str:
    folder = "/".join(_parts(source)[0])
    return folder or (source.tree.name if source.tree and source.tree.is_folder else source.name)


def _scalars(source: Source, imported: Imported) -> Iterator[_Scalar]:
    from google.protobuf.message import DecodeError

    event_class = _event_class()
    damaged = 0
    with source.open() as file:
        for data in _records(file, source, imported):
            if data is None:
                damaged += 1
                continue
            try:
                event = event_class.FromString(data)
            except DecodeError:
                damaged += 1
                continue
            for value in event.summary.value:
                number = _number(value)
                if number is not None:
                    yield _Scalar(tag=value.tag, step=float(event.step), value=number)
    if damaged:
        imported.reject(source.path, f"{counted(damaged, 'damaged record')} left out", file=source.path)


def _number(value: Any) -> float | None:
    """A summary value as a number; None for a picture, a text or a histogram."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor") or value.metadata.plugin_data.plugin_name not in ("scalars", ""):
        return None
    tensor = value.tensor
    if len(tensor.float_val) == 1:
        return float(tensor.float_val[0])
    if len(tensor.double_val) == 1:
        return float(tensor.double_val[0])
    form = {(1, 4): "<f", (2, 8): "<d"}.get((tensor.dtype, len(tensor.tensor_content)))
    return float(struct.unpack(form, tensor.tensor_content)[0]) if form else None


def _records(file: IO[bytes], source: Source, imported: Imported) -> Iterator[bytes | None]:
    """The messages, None for a wrong checksum; where the file is cut or damaged it ends and adds a notice."""
    while header := file.read(12):
        if len(header) < 12:
            return _stopped(source, imported, "in the middle of a record: the run crashed or goes on")
        length, checksum = struct.unpack("<QI", header)
        if checksum != _masked(header[:8]):
            return _stopped(source, imported, "at a damaged record; what follows cannot be found")
        if length > LARGEST:
            file.seek(length + 4, 1)
            continue
        data = file.read(length + 4)
        if len(data) < length + 4:
            return _stopped(source, imported, "in the middle of a record: the run crashed or goes on")
        yield data[:-4] if struct.unpack("<I", data[-4:])[0] == _masked(data[:-4]) else None


def _stopped(source: Source, imported: Imported, where: str) -> None:
    imported.notices.append(f"{source.path} stops {where}.")


@cache
def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


def _masked(data: bytes) -> int:
    """TensorFlow's masked CRC-32C of ``data``."""
    table, rest = _table(), 0xFFFFFFFF
    for byte in data:
        rest = table[(rest ^ byte) & 0xFF] ^ (rest >> 8)
    checksum = rest ^ 0xFFFFFFFF
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


# Message: (field, number, kind), "*" before a kind for repeated ones; a kind with a capital is a message.
_MESSAGES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "Event": (("wall_time", 1, "double"), ("step", 2, "int64"), ("summary", 5, "Summary")),
    "Summary": (("value", 1, "*Value"),),
    "Value": (("tag", 1, "string"), ("simple_value", 2, "float"), ("tensor", 8, "Tensor"), ("metadata", 9, "Metadata")),
    "Tensor": (
        ("dtype", 1, "int32"), ("tensor_content", 4, "bytes"), ("float_val", 5, "*float"), ("double_val", 6, "*double"),
    ),
    "Metadata": (("plugin_data", 1, "Plugin"),),
    "Plugin": (("plugin_name", 1, "string"),),
}  # fmt: skip


@cache
def _event_class() -> Any:
    """The message class of Event, made by protobuf from the fields above."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="scalars.proto", package="scalars", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, number, given in fields:
            kind = given.removeprefix("*")
            label = kinds.LABEL_REPEATED if given.startswith("*") else kinds.LABEL_OPTIONAL
            entry = message.field.add(name=field, number=number, label=label)
            if kind[0].isupper():
                entry.type, entry.type_name = kinds.TYPE_MESSAGE, f".scalars.{kind}"
            else:
                entry.type = getattr(kinds, f"TYPE_{kind.upper()}")
            if kind in ("float", "double") and given.startswith("*"):
                entry.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("scalars.Event"))
