"""Reads files into a corpus in the workspace."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AnySet
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus import columns, fields, originals
from core.corpus.clean import NORMALISER
from core.corpus.corpus_list import free_name
from core.corpus.deduplicate import EXTRA, Assembled, assemble
from core.corpus.differing_duplicates import differing_copies
from core.corpus.fingerprint import READER
from core.corpus.formats.mapped import FieldMapping, MappingNeeded, MappingOffered, Preview
from core.corpus.formats.roles import RoleQuestion, RolesNeeded
from core.corpus.holdout import Holdout as Holdout
from core.corpus.holdout import drawn, drawn_beside, share_held_out
from core.corpus.hub import split_of
from core.corpus.reading import LOOKED_AT, FileReport, Reader, ReadingOptions
from core.corpus.report import corpus_report, word_counts
from core.corpus.sources import SourceFile, describing, distinct
from core.corpus.store import Corpus, open_corpus
from core.corpus.stored_rows import read_beside, stored_reader
from core.corpus.typed_column import OddCells, scalar_column
from core.corpus.unpack import unpack
from core.counted import counted
from core.errors import InputError
from core.progress import Progress, silent
from core.row_positions import places_of
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids

DESCRIBES = "It describes the Arrow files beside it and holds no rows."
ROW_GROUP = 2048  # rows of a Parquet row group: to show one row, this many are read


@dataclass(frozen=True)
class Ingested:
    """A corpus, whether its rows were in the workspace already, and what this upload's report says.

    If its rows were already here, ``new_columns`` and ``new_fields`` (which include columns) came with this upload and
    are kept; ``differing`` counts, by column, the rows whose values differ from the corpus's and were not taken.
    Of files read beside a stored corpus, ``added`` names those that gave rows, ``new`` counts the rows that it lacked,
    and ``again`` the records whose row it had.
    """

    corpus: Corpus
    already_here: bool
    report: dict[str, object]
    rejected: Sequence[dict[str, object]] = ()  # this upload's
    copies: Sequence[dict[str, object]] = ()  # of this upload: duplicates whose other fields differ
    new_columns: tuple[str, ...] = ()
    new_fields: tuple[str, ...] = ()
    differing: AnyMapping[str, int] = field(default_factory=dict)
    strangers: tuple[RoleQuestion, ...] = ()  # roles nobody knows, in records that were set aside
    added: tuple[str, ...] = ()
    new: int = 0
    again: int = 0

    @property
    def not_taken(self) -> str:
        """A message on the values that differ from the corpus's and were not taken; empty where none differ."""
        if not self.differing:
            return ""
        said = "; ".join(f"{name} in {counted(rows, 'row')}" for name, rows in self.differing.items())
        return (
            f"This upload has other values than the corpus, which were not taken: {said}. "
            "Attach them on the Scores page: under other names, or with “Replace” where the column was attached before."
        )


LISTED = 12  # fields named in a message


def ingest(
    workspace: Workspace,
    files: Sequence[SourceFile],
    *,
    name: str = "",
    mapping: FieldMapping | AnyMapping[str, FieldMapping] | None = None,
    reading: ReadingOptions | None = None,
    holdout: Holdout | None = None,
    progress: Progress = silent,
) -> Corpus:
    """The corpus of all rows of ``files``; see :func:`ingest_files`."""
    return ingest_files(
        workspace, files, name=name, mapping=mapping, reading=reading, holdout=holdout, progress=progress
    ).corpus


def ingest_files(
    workspace: Workspace,
    files: Sequence[SourceFile],
    *,
    name: str = "",
    mapping: FieldMapping | AnyMapping[str, FieldMapping] | None = None,
    reading: ReadingOptions | None = None,
    holdout: Holdout | None = None,
    origin: AnyMapping[str, str] | None = None,
    onto: Corpus | None = None,
    progress: Progress = silent,
) -> Ingested:
    """Read ``files`` into one corpus and store it, or find the stored corpus of the same rows.

    ``onto`` is a stored corpus beside whose rows they are read: the corpus made holds the rows of both, and is but for
    its holdout the one that all files together give. There the old rows keep their status, and each new row is drawn
    by itself (:mod:`core.corpus.holdout`). ``holdout`` is then that of ``onto``.

    ``mapping`` says which column is what: one for all files, or one for each file name. Raises
    :class:`core.corpus.formats.mapped.MappingNeeded` with previews when a file has no known shape,
    :class:`core.corpus.formats.roles.RolesNeeded` when nobody knows who speaks in a file,
    :class:`core.corpus.formats.mapped.MappingOffered` when all files were refused and a mapping could read some,
    :class:`InputError` when no row is left otherwise. A file that is refused beside others is named in the report.
    ``origin`` (a hub id, the demo's version) is kept in the manifest.
    """
    started = time.perf_counter()
    reading = reading or ReadingOptions()
    holdout = holdout or Holdout()
    if not files:
        raise InputError("No file was given.", remedy="Choose at least one file.")
    with collection_paused():
        reader = _read_all(distinct(files, beside=onto.files if onto else ()), mapping, reading, progress)
    _set_single_objects_aside(reader)
    if reader.previews:
        raise MappingNeeded(reader.previews)
    if reader.questions:
        raise RolesNeeded(reader.questions)
    if not reader.rows.ids:
        raise _nothing_left(reader)
    beside: dict[str, Any] = {}
    rejected = reader.rejected
    if onto is not None:
        beside = _beside(onto, reader)
        progress(0, 0, "reading the rows that are there")
        with collection_paused():
            reader = read_beside(stored_reader(onto, reading), reader)
    progress(0, 0, "collapsing duplicates")
    with collection_paused():
        assembled = assemble(reader.rows, text_files=reader.text_files)
    _note_odd_cells(reader, assembled.odd)
    ids = assembled.table["id"].to_numpy()
    held_out = drawn(ids, holdout) if onto is None else drawn_beside(onto, ids)
    corpus_id = digest_ids(ids)
    here = workspace.has("corpora", corpus_id)
    copies = differing_copies(reader.rows, assembled.copies, reader.reports, reader.labels, reader.roles)
    all_copies = (
        [*(originals.decode(line.decode()) for line in onto.copies.splitlines() if line), *copies] if onto else copies
    )
    report = corpus_report(
        assembled,
        reader.reports,
        rejected=len(reader.rejected),
        copies=all_copies,
        held_out=int(held_out.sum()),
        words=word_counts(assembled),
        seconds=time.perf_counter() - started,
    )
    if not here:
        progress(0, 0, "writing")
        manifest = {
            "rows": len(ids),
            "sources": len({*reader.rows.source}),
            "name": free_name(workspace, name.strip() or default_name(files)),
            "normaliser": NORMALISER,
            "reader": READER if {"thinking", "pictures"} & {*assembled.table.column_names} else 1,
            "columns": assembled.kinds,
            "has_category": bool(report["categories"]),
            "multi_turn": bool(set(report["turns"]) - {"1"}),
            "by_turn": reading.multi_turn == "turn" and any(reader.rows.turn),
            "files": [{"name": file.name, "unit": file.unit, "records": file.records} for file in reader.reports],
            "reading": asdict(reading),
            "holdout": asdict(holdout),
            "origin": dict(origin or {}),
        }
        if onto is not None:
            manifest |= {"holdout": onto.artefact.manifest.get("holdout"), "holdout_share": share_held_out(onto)}
        with workspace.create("corpora", corpus_id, manifest) as folder:
            _write(folder, assembled, pa.array(held_out), report, reader.rejected, all_copies)
    made = Ingested(
        open_corpus(workspace, corpus_id), here, report, rejected, copies,
        strangers=tuple(reader.strangers), **beside,
    )  # fmt: skip
    return _with_new(workspace, made, assembled, reader.labels) if here else made


def _beside(onto: Corpus, reader: Reader) -> dict[str, Any]:
    """What of a reader's rows is new to the corpus ``onto``, as fields of :class:`Ingested`."""
    ids, counts = np.unique(np.array(reader.rows.ids, dtype=np.uint64), return_counts=True)
    there = places_of(ids, among=onto.ids) >= 0
    named = tuple(report.name for report in reader.reports if report.rows)
    return {"added": named, "new": int((~there).sum()), "again": int(counts[there].sum())}


def previews(files: Sequence[SourceFile]) -> tuple[Preview, ...]:
    """What a mapping form shows of the ``files`` whose first records have no known shape, or one that is refused."""
    return tuple(view for reader in _glances(files, most=LOOKED_AT) for view in reader.previews + reader.offered)


def role_questions(
    files: Sequence[SourceFile], mapping: FieldMapping | AnyMapping[str, FieldMapping] | None = None
) -> tuple[RoleQuestion, ...]:
    """What a person is asked about the ``files`` in whose records somebody speaks whom nobody knows."""
    return tuple(question for reader in _glances(files, mapping) for question in reader.strangers)


def _glances(
    files: Sequence[SourceFile],
    mapping: FieldMapping | AnyMapping[str, FieldMapping] | None = None,
    *,
    most: int | None = None,
) -> Iterator[Reader]:
    """A reader of the first ``most`` records of each of ``files``, of all without it."""
    known = distinct(files)
    aside = describing(file.name for file in known)
    for file in known:
        for part in unpack(file) if file.name not in aside else ():
            reader = Reader(ReadingOptions())
            reader.read(part, mapping=mapping_of(mapping, part.file, file), most=most)
            yield reader


def mapping_of(mapping: FieldMapping | AnyMapping[str, FieldMapping] | None, *files: SourceFile) -> FieldMapping | None:
    """The mapping of the first of ``files`` that has one of its own: a member of an archive, then the archive."""
    if isinstance(mapping, FieldMapping) or mapping is None:
        return mapping
    return next((mapping[file.name] for file in files if file.name in mapping), None)


@contextmanager
def collection_paused() -> Iterator[None]:
    """Pause Python's cycle collector, which would scan millions of small objects again and again and find no cycle."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _read_all(
    files: list[SourceFile],
    mapping: FieldMapping | AnyMapping[str, FieldMapping] | None,
    reading: ReadingOptions,
    progress: Progress,
) -> Reader:
    reader = Reader(reading)
    total = float(sum(file.size or 0 for file in files))
    done = 0.0
    aside = describing(file.name for file in files)
    for file in files:
        progress(done, total, file.name)
        if file.name in aside:
            reader.reports.append(FileReport(file.name, notes=[DESCRIBES]))
            continue
        try:
            parts = unpack(file)
            described = describing(part.file.name for part in parts)
            for part in parts:
                if part.file.name in described:
                    reader.reports.append(FileReport(part.file.name, notes=[DESCRIBES]))
                else:
                    chosen = mapping_of(mapping, part.file, file)
                    reader.read(part, mapping=chosen, progress=partial(_within, progress, done, total))
        except InputError as error:
            reader.reports.append(FileReport(file.name, refused=error.what, remedy=error.remedy))
        done += file.size or 0
    _note_splits(reader.reports)
    progress(total, total, "read")
    return reader


def _note_odd_cells(reader: Reader, odd: Sequence[OddCells]) -> None:
    """Say which cells keep a column from being one of numbers, or are read as missing in it."""
    for cells in odd:
        report = reader.reports[reader.rows.file[cells.row]]
        place = reader.rows.line[cells.row] or reader.rows.record[cells.row]
        others = f"{counted(cells.count, 'value')} {'is' if cells.count == 1 else 'are'} not a number"
        became = "missing in the column" if cells.kept else "so the column holds text"
        report.notes.append(
            f"The column “{cells.column}” has {counted(cells.numbers, 'number')}; {others}, {became} "
            f"(first “{cells.text}”, {report.unit} {place:,})."
        )
        report.notes = list(dict.fromkeys(report.notes))  # a stored report has it already


def _set_single_objects_aside(reader: Reader) -> None:
    """Refuse files that hold one object of no known shape beside files with rows: they describe these, as a rule."""
    if not reader.rows.ids:
        return
    reports = {report.name: report for report in reader.reports}
    alone = [preview for preview in reader.previews if reports[preview.file].records == 1]
    for preview in alone:
        report = reports[preview.file]
        report.refused = (
            f"{report.name} holds one object, with the fields {', '.join(preview.columns[:LISTED])}; no row."
        )
        report.remedy = "If it is a row, give the file alone and say which field is what."
        reader.previews.remove(preview)


def _note_splits(reports: Sequence[FileReport]) -> None:
    """Say where rows of several splits came together."""
    splits = {split: report for report in reports if report.rows and (split := split_called(report.name))}
    for split, report in splits.items() if len(splits) > 1 else ():
        others = ", ".join(sorted(splits.keys() - {split}))
        report.notes.append(f"These are rows of the split “{split}”; read together with those of {others}.")


def split_called(name: str) -> str:
    """The split that a folder or the end of a file's name says; "" for none."""
    *folders, file = PurePosixPath(name).parts
    words = re.split(r"[^a-z]+", re.sub(r"-[0-9]+-of-[0-9]+", "", file.split(".")[0].lower()).rstrip("-_"))
    return next((split for part in (words[-1], *reversed(folders)) if (split := split_of(part)) == part.lower()), "")


def _within(progress: Progress, before: float, total: float, done: float, _: float, note: str = "") -> None:
    progress(before, total, f"{done:,.0f} {note}")


def _nothing_left(reader: Reader) -> InputError:
    refused = [file for file in reader.reports if file.refused]
    if refused:
        others = [file.name for file in reader.reports if not file.refused]
        left = f" No row is left of {', '.join(others)}." if others else ""
        what = " ".join(file.refused for file in refused) + left
        if reader.offered:
            return MappingOffered(what, reader.offered, remedy=refused[0].remedy)
        return InputError(what, remedy=refused[0].remedy)
    empty = sum(sum(file.empty.values()) for file in reader.reports)
    broken = [file for file in reader.reports if file.broken_total]
    lines = f"; the first broken place: {broken[0].unit} {broken[0].broken[0]} of {broken[0].name}" if broken else ""
    first = reader.rejected[0]["reason"] if reader.rejected else ""
    rejected = counted(len(reader.rejected), "record")
    return InputError(
        f"No row is left: {rejected} rejected, {empty:,} of them for an empty side{lines}. {first}",
        remedy="Correct the file, or choose to keep rows with an empty side.",
    )


def default_name(files: Sequence[SourceFile]) -> str:
    """The name that is proposed for a corpus of ``files``: that of the only one, or of the first and how many more."""
    stems = sorted(file.stem for file in files)
    return stems[0] if len(stems) == 1 else f"{stems[0]} and {len(stems) - 1} more"


def _write(
    folder: Path,
    assembled: Assembled,
    held_out: pa.Array,
    report: dict[str, object],
    rejected: Sequence[dict[str, object]],
    copies: Sequence[dict[str, object]],
) -> None:
    table = assembled.table.append_column("holdout", held_out)
    repeated = ["source", "category", "script", "conversation"]
    options = {"compression": "zstd", "compression_level": 1, "write_statistics": False}
    pq.write_table(table, folder / "rows.parquet", row_group_size=ROW_GROUP, use_dictionary=repeated, **options)
    pq.write_table(assembled.positions, folder / "positions.parquet", **options)
    atomic.write_json(folder / "report.json", report)
    for name, entries in (("rejected.jsonl", rejected), ("copies.jsonl", copies)):
        with open(folder / name, "wb") as file:
            file.writelines(originals.json_lines(entries))


def _with_new(workspace: Workspace, made: Ingested, assembled: Assembled, labels: AnySet[str]) -> Ingested:
    """Store beside the corpus the fields that this upload adds to rows loaded before, and note them in ``made``."""
    corpus, table = made.corpus, assembled.table
    arrived = fields.brought(corpus, table["original"], {*assembled.kinds, *assembled.not_taken, *labels})
    stored = {name: table[EXTRA + name] for name in arrived.fresh if name in assembled.kinds}
    for name in labels & set(arrived.fresh) - {*stored}:
        values, _ = scalar_column([row[name] for row in arrived.values])
        if values.null_count < len(values):
            stored[name] = values
    taken = set(corpus.columns)
    new = {f"{name} (original)" if name in taken else fields.column_of(corpus, name): name for name in sorted(stored)}
    if new:
        brought = {column: stored[name] for column, name in new.items()}
        columns.attach_columns(corpus.workspace, corpus, pa.table(brought), ids=table["id"].to_pylist())
    fields.keep_fields(corpus, arrived, columns=new.values())
    return replace(made, new_columns=tuple(new), new_fields=arrived.fresh, differing=arrived.differing)
