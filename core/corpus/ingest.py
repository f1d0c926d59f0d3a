"""Reads files into a corpus in the workspace."""

from __future__ import annotations

import gc
import os
import re
import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from collections.abc import Set as AnySet
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from core.corpus import columns, fields
from core.corpus.clean import NORMALISER
from core.corpus.corpus_list import free_name
from core.corpus.deduplicate import EXTRA, IdPart
from core.corpus.differing_duplicates import DifferingCopies
from core.corpus.fingerprint import READER
from core.corpus.formats.mapped import FieldMapping, MappingNeeded, MappingOffered, Preview
from core.corpus.formats.roles import RoleQuestion, RolesNeeded
from core.corpus.gathering import Bounds, RunStore, gather, mapping_of
from core.corpus.holdout import Holdout as Holdout
from core.corpus.holdout import drawn, drawn_beside, share_held_out
from core.corpus.hub import split_of
from core.corpus.merging import Decided, RunMerge
from core.corpus.reading import LOOKED_AT, FileReport, Reader, ReadingOptions
from core.corpus.report import corpus_report
from core.corpus.runs import buckets_for
from core.corpus.set_aside import RecordsAside, lines_of
from core.corpus.sources import SourceFile, describing, distinct
from core.corpus.store import Corpus, open_corpus
from core.corpus.stored_rows import read_beside, stored_reader
from core.corpus.typed_column import scalar_column
from core.corpus.unpack import GROWS, likely_bytes, unpack
from core.counted import counted
from core.errors import InputError
from core.progress import Progress, part_of, silent
from core.row_positions import places_of
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids
from core.workspace.scratch import Scratch

READING, COMPARING = 0.6, 0.1  # shares of the time that loading takes; the rest is writing


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
    bounds: Bounds | None = None,
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
    ``origin`` (a hub id, the demo's version) is kept in the manifest. ``bounds`` say how many rows are in memory at a
    time; all others wait in sorted runs in the workspace's scratch folder until they are merged.
    """
    started = time.perf_counter()
    reading = reading or ReadingOptions()
    holdout = holdout or Holdout()
    bounds = bounds or Bounds()
    if not files:
        raise InputError("No file was given.", remedy="Choose at least one file.")
    with Scratch(workspace) as scratch, atomic.explained(workspace.home / "corpora"):
        total = sum(map(likely_bytes, files)) + (GROWS * os.path.getsize(onto.rows_path) if onto else 0)
        store = RunStore(scratch, buckets=buckets_for(total, bounds.size))
        reading_part = part_of(progress, done=0.0, total=1.0, size=READING)
        with collection_paused():
            known = distinct(files, beside=onto.files if onto else ())
            reader = gather(known, mapping, reading, bounds=bounds, store=store, progress=reading_part)
        _note_splits(reader.reports)
        _set_single_objects_aside(reader, any_rows=bool(store.runs))
        if reader.previews:
            raise MappingNeeded(reader.previews)
        if reader.questions:
            raise RolesNeeded(reader.questions)
        if not store.runs:
            raise _nothing_left(reader)
        rejected = reader.rejected
        news = _News(onto, reader.reports) if onto else None
        if onto is not None:
            progress(READING, 1.0, "reading the rows that are there")
            with collection_paused():
                stored = RunStore(scratch, buckets=store.buckets)
                reader = read_beside(stored_reader(onto, reading, stored, rows=bounds.rows), reader, stored, store)
            store = stored
        differing = DifferingCopies(reader.reports, reader.labels, reader.roles, folder=scratch.folder)
        merge = RunMerge(store.runs, text_files=reader.text_files, rows=bounds.rows, size=bounds.size)

        def see(part: IdPart) -> None:
            differing.see(part)
            if news is not None:
                news.see(part, first_new=len(reader.reports) - news.files)

        with collection_paused():
            decided = merge.decide(see, part_of(progress, done=READING, total=1.0, size=COMPARING))
            _note_odd_cells(reader, decided)
            held_out = drawn(decided.ids, holdout) if onto is None else drawn_beside(onto, decided.ids)
            folder = scratch.folder() / "corpus"
            folder.mkdir()
            begun = READING + COMPARING
            totals = merge.write(folder, decided, held_out, part_of(progress, done=begun, total=1.0, size=1.0 - begun))
        corpus_id = digest_ids(decided.ids)
        here = workspace.has("corpora", corpus_id)
        copies = differing.entries()
        all_copies = copies
        if onto is not None:
            all_copies = RecordsAside(folder=scratch.folder)
            all_copies.add_lines(lines_of(onto.artefact.path("copies.jsonl")))
            all_copies.extend(copies)
        report = corpus_report(
            decided,
            totals,
            reader.reports,
            rejected=len(reader.rejected),
            copies=all_copies,
            held_out=int(held_out.sum()),
            seconds=time.perf_counter() - started,
        )
        if not here:
            manifest = {
                "rows": len(decided.ids),
                "sources": len(totals.sources),
                "name": free_name(workspace, name.strip() or default_name(files)),
                "normaliser": NORMALISER,
                "reader": READER if merge.thinking or merge.pictures else 1,
                "columns": decided.kinds,
                "has_category": bool(report["categories"]),
                "multi_turn": bool(set(report["turns"]) - {"1"}),
                "by_turn": reading.multi_turn == "turn" and merge.by_turn,
                "files": [{"name": file.name, "unit": file.unit, "records": file.records} for file in reader.reports],
                "reading": asdict(reading),
                "holdout": asdict(holdout),
                "origin": dict(origin or {}),
            }
            if onto is not None:
                manifest |= {"holdout": onto.artefact.manifest.get("holdout"), "holdout_share": share_held_out(onto)}
            with workspace.create("corpora", corpus_id, manifest) as made_in:
                _move(folder, made_in)
                atomic.write_json(made_in / "report.json", report)
                reader.rejected.write(made_in / "rejected.jsonl")
                all_copies.write(made_in / "copies.jsonl")
        made = Ingested(
            open_corpus(workspace, corpus_id), here, report, rejected, copies,
            strangers=tuple(reader.strangers), **(news.counted() if news else {}),
        )  # fmt: skip
        return _with_new(workspace, made, folder / "rows.parquet", decided, reader.labels) if here else made


class _News:
    """What of the rows of new files is new to a stored corpus, as fields of :class:`Ingested`."""

    def __init__(self, onto: Corpus, reports: Sequence[FileReport]) -> None:
        self._onto = onto
        self.files = len(reports)
        self._named = tuple(report.name for report in reports if report.rows)
        self._new = self._again = 0

    def see(self, part: IdPart, *, first_new: int) -> None:
        """Count the rows of a part; those of new files have numbers of files from ``first_new``."""
        came = np.bincount(
            part.group_of[part.rows_read(["file"])["file"].to_numpy() >= first_new], minlength=len(part.kept)
        )
        there = places_of(part.ids, among=self._onto.ids) >= 0
        self._new += int(((came > 0) & ~there).sum())
        self._again += int(came[there].sum())

    def counted(self) -> dict[str, Any]:
        """The counts."""
        return {"added": self._named, "new": self._new, "again": self._again}


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


def _note_odd_cells(reader: Reader, decided: Decided) -> None:
    """Say which cells keep a column from being one of numbers, or are read as missing in it."""
    for cells, file, place in decided.odd:
        report = reader.reports[file]
        others = f"{counted(cells.count, 'value')} {'is' if cells.count == 1 else 'are'} not a number"
        became = "missing in the column" if cells.kept else "so the column holds text"
        report.notes.append(
            f"The column “{cells.column}” has {counted(cells.numbers, 'number')}; {others}, {became} "
            f"(first “{cells.text}”, {report.unit} {place:,})."
        )
        report.notes = list(dict.fromkeys(report.notes))  # a stored report has it already


def _set_single_objects_aside(reader: Reader, *, any_rows: bool) -> None:
    """Refuse files that hold one object of no known shape beside files with rows: they describe these, as a rule."""
    if not any_rows:
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


def _move(folder: Path, into: Path) -> None:
    for file in folder.iterdir():
        os.replace(file, into / file.name)


def _with_new(workspace: Workspace, made: Ingested, rows: Path, decided: Decided, labels: AnySet[str]) -> Ingested:
    """Store beside the corpus the fields that this upload, whose rows lie in the file ``rows``, adds to rows loaded
    before, and note them in ``made``."""
    corpus = made.corpus
    if fields.same_records(corpus, rows):
        return made
    kinds = decided.kinds
    original = pq.read_table(rows, columns=["original"])["original"]
    arrived = fields.brought(corpus, original, {*kinds, *decided.not_taken, *labels})
    brought = [name for name in arrived.fresh if name in kinds]
    table = pq.read_table(rows, columns=[EXTRA + name for name in brought])
    stored = {name: table[EXTRA + name] for name in brought}
    for name in labels & set(arrived.fresh) - {*stored}:
        values, _ = scalar_column([row[name] for row in arrived.values])
        if values.null_count < len(values):
            stored[name] = values
    taken = set(corpus.columns)
    new = {f"{name} (original)" if name in taken else fields.column_of(corpus, name): name for name in sorted(stored)}
    if new:
        attached = {column: stored[name] for column, name in new.items()}
        columns.attach_columns(corpus.workspace, corpus, pa.table(attached), ids=decided.ids.tolist())
    fields.keep_fields(corpus, arrived, columns=new.values())
    return replace(made, new_columns=tuple(new), new_fields=arrived.fresh, differing=arrived.differing)
