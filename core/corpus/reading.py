"""Turns a file's records into clean rows; a record that holds no row is set apart with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Literal

from core.corpus import originals
from core.corpus.clean_row import CleanRow, clean_row
from core.corpus.containers import open_contents
from core.corpus.formats import guess as guesses
from core.corpus.formats import mapped
from core.corpus.formats.json_lines import repeated_note
from core.corpus.formats.record import BadRecord, Broken, Contents, Record, UnknownRole
from core.corpus.formats.roles import RoleQuestion, with_answers
from core.corpus.formats.shapes import candidates, shape_called
from core.corpus.formats.turns import exchanges
from core.corpus.record_columns import RecordColumns, RecordPlan
from core.corpus.remarks import Remarks
from core.corpus.row_ids import show_id
from core.corpus.set_aside import RecordsAside
from core.corpus.unpack import Unpacked, limit_bytes
from core.errors import InputError
from core.progress import Progress, silent

LISTED = 1000  # line numbers named in a report; the rejected rows hold them all
EVERY = 4096
LOOKED_AT = 200  # records from which the columns are guessed


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """The user's choices about how files are read."""

    multi_turn: Literal["conversation", "turn"] = "conversation"
    empty: Literal["reject", "keep"] = "reject"
    invalid_utf8: Literal["replace", "reject"] = "reject"
    roles: Mapping[str, str] = field(default_factory=dict)  # who speaks under roles that nobody knows


@dataclass
class Rows:
    """Clean rows as columns, in reading order, duplicates included."""

    ids: list[int] = field(default_factory=list)
    instruction: list[str] = field(default_factory=list)
    input: list[str] = field(default_factory=list)
    response: list[str] = field(default_factory=list)
    system: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    turns: list[str | None] = field(default_factory=list)  # JSON of the turns, None for a single exchange
    thinking: list[str] = field(default_factory=list)
    pictures: list[int] = field(default_factory=list)  # pictures, sounds and other media in the turns
    source: list[str] = field(default_factory=list)
    category: list[str | None] = field(default_factory=list)
    original: list[str] = field(default_factory=list)
    extras: list[dict[str, Any] | None] = field(default_factory=list)
    conversation: list[str | None] = field(default_factory=list)  # one row a turn: the conversation's id
    turn: list[int] = field(default_factory=list)  # and the number of the exchange, from 1; 0 otherwise
    file: list[int] = field(default_factory=list)
    record: list[int] = field(default_factory=list)  # which record of its file, from 1, broken ones counted
    line: list[int] = field(default_factory=list)  # the line it begins on, 0 where the file has no lines


@dataclass
class FileReport:
    """The result of reading one file; ``as_json`` goes into the corpus's report."""

    name: str
    container: str = ""
    unit: str = "record"
    shapes: dict[str, int] = field(default_factory=dict)
    records: int = 0
    rows: int = 0
    empty: dict[str, int] = field(default_factory=lambda: {"response": 0, "instruction": 0, "both": 0})
    broken: list[int] = field(default_factory=list)
    broken_total: int = 0
    invalid_utf8: list[int] = field(default_factory=list)
    nul: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unknown_roles: dict[str, int] = field(default_factory=dict)  # roles nobody knows, with their turns
    refused: str = ""
    remedy: str = ""

    def add(self, later: FileReport) -> None:
        """Count what a later stretch of the file gave."""
        self.records += later.records
        self.rows += later.rows
        self.broken_total += later.broken_total
        self.broken += later.broken[: LISTED - len(self.broken)]
        for counts, more in ((self.shapes, later.shapes), (self.empty, later.empty)):
            for name, times in more.items():
                counts[name] = counts.get(name, 0) + times

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "invalid_utf8": self.invalid_utf8[:LISTED], "nul": self.nul[:LISTED]}


@dataclass
class Stretch:
    """What reading a stretch of a file gave beside its rows. Neighbouring stretches are joined in their order."""

    report: FileReport
    remarks: Remarks = field(default_factory=Remarks)
    rejected: RecordsAside = field(default_factory=RecordsAside)
    unknown: list[Record] = field(default_factory=list)  # the first records of no known shape
    shapeless: RecordsAside = field(default_factory=RecordsAside)  # all of them, as rejected ones
    refused: str = ""  # the name of a shape that is no corpus, where a record has one
    turned_down: list[Record] = field(default_factory=list)  # the first of those records
    without_fields: int = 0
    labels: set[str] = field(default_factory=set)  # fields that became source or category
    invalid: list[int] = field(default_factory=list)
    nul: list[int] = field(default_factory=list)
    repeating: list[int] = field(default_factory=list)

    def add(self, later: Stretch) -> None:
        """Join the stretch that follows this one."""
        self.report.add(later.report)
        self.remarks.add(later.remarks)
        for name in ("rejected", "shapeless", "invalid", "nul", "repeating"):
            getattr(self, name).extend(getattr(later, name))
        self.unknown += later.unknown[: LOOKED_AT - len(self.unknown)]
        self.refused = later.refused or self.refused
        self.turned_down += later.turned_down[: LOOKED_AT - len(self.turned_down)]
        self.without_fields += later.without_fields
        self.labels |= later.labels

    def ended(self, contents: Contents) -> None:
        """Take over what ``contents`` noted while its records were read."""
        self.invalid, self.nul, self.repeating = contents.invalid, contents.nul, contents.repeating


@dataclass
class Reader:
    """Reads files into ``rows``, ``rejected`` records and ``reports``.

    Where ``full`` is given, it takes the rows whenever there are ``most_rows`` of them, or ``most_size`` characters of
    records; ``rows`` are then those that came after it was called last.
    """

    reading: ReadingOptions
    rows: Rows = field(default_factory=Rows)
    rejected: RecordsAside = field(default_factory=RecordsAside)
    reports: list[FileReport] = field(default_factory=list)
    previews: list[mapped.Preview] = field(default_factory=list)
    offered: list[mapped.Preview] = field(default_factory=list)  # of refused files that a mapping could still read
    strangers: list[RoleQuestion] = field(default_factory=list)  # of files in which somebody speaks whom nobody knows
    questions: list[RoleQuestion] = field(default_factory=list)  # those of them of which nothing could be read
    labels: set[str] = field(default_factory=set)  # fields that became source or category
    text_files: list[int] = field(default_factory=list)  # indices of ``reports`` whose fields are all text, as in CSV

    full: Callable[[Rows], None] | None = None
    most_rows: int = 0
    most_size: int = 0
    folder: Callable[[], Path] | None = None  # where rejected records lie that are too many for memory

    def __post_init__(self) -> None:
        self.roles = with_answers(self.reading.roles)
        self._size = 0
        self._entries: list[tuple[Any, ...]] = []  # rows, in the order of the columns of Rows

    def read(
        self,
        unpacked: Unpacked,
        *,
        contents: Contents | None = None,
        mapping: mapped.FieldMapping | None = None,
        most: int | None = None,
        progress: Progress = silent,
    ) -> FileReport:
        """Read one file, or its first ``most`` records; its ``contents``, where they are open already.

        The refusal of a file (not a corpus, or a preference file) is noted in the report, not raised.
        """
        report = FileReport(unpacked.file.name)
        self.reports.append(report)
        if unpacked.refused:
            report.refused, report.remedy = unpacked.refused.what, unpacked.refused.remedy
            return report
        stretch = self.stretch(report)
        try:
            replaced = self.reading.invalid_utf8 == "replace"
            contents = contents or open_contents(unpacked, limit=limit_bytes(), replace=replaced)
            contents.records = islice(contents.records, most)
            self.open(report, contents)
            if mapping:
                head = list(islice(contents.records, LOOKED_AT))
                contents.records = chain(head, contents.records)
                check_mapping(mapping, head)
            self.take(stretch, contents, unpacked.file.stem, mapping, progress)
            self.finish(stretch, contents.notes)
        except InputError as error:
            self._settle()
            self.rejected.extend(stretch.rejected)
            report.refused, report.remedy = error.what, error.remedy
        return report

    def stretch(self, report: FileReport) -> Stretch:
        """What reading a file gives beside its rows, before it is read."""
        return Stretch(report, rejected=RecordsAside(folder=self.folder), shapeless=RecordsAside(folder=self.folder))

    def mark(self) -> tuple[int, ...]:
        """How far reading has come; see :meth:`back_to`."""
        return len(self.rejected), *map(len, self._by_file())

    def back_to(self, mark: tuple[int, ...]) -> None:
        """Forget the files that were read since ``mark``, of which no row is in ``rows``."""
        self.rejected.cut(mark[0])
        for values, length in zip(self._by_file(), mark[1:], strict=True):
            del values[length:]

    def _by_file(self) -> tuple[list[Any], ...]:
        return self.reports, self.text_files, self.previews, self.offered, self.strangers, self.questions

    def open(self, report: FileReport, contents: Contents) -> None:
        """Note in the ``report`` of the last file what its ``contents`` are."""
        report.container, report.unit = contents.container, contents.unit
        if contents.all_text:
            self.text_files.append(len(self.reports) - 1)

    def take(
        self,
        stretch: Stretch,
        contents: Contents,
        stem: str,
        mapping: mapped.FieldMapping | None,
        progress: Progress = silent,
    ) -> None:
        """Read a stretch of the last file: its records into ``rows``, all else into ``stretch``.

        ``stem`` is the source of rows that name none.
        """
        report = stretch.report
        known: dict[tuple[str, ...], RecordPlan] = {}
        by_hand = mapped.shape(mapping) if mapping else None
        for item in contents.records:
            report.records += 1
            if report.records % EVERY == 0:
                progress(report.records, 0, f"records of {report.name}")
            if isinstance(item, Broken):
                _reject(stretch, item, item.reason, broken=True)
                continue
            if not item.value:
                stretch.without_fields += 1
                _reject(stretch, item, "The record has no field.")
                continue
            keys = tuple(item.value)
            plan = known.get(keys)
            if plan is None:
                plan = known[keys] = RecordPlan((by_hand,) if by_hand else candidates(keys), keys, mapping)
            shape = plan.shape_of(item.value)
            if shape is None:
                if len(stretch.unknown) < LOOKED_AT:
                    stretch.unknown.append(item)
                reason = f"The record has no known shape; its fields: {', '.join(item.value)}."
                stretch.shapeless.append(_rejected(report, item, reason))
            elif shape.refused:
                stretch.refused = shape.name
                if len(stretch.turned_down) < LOOKED_AT:
                    stretch.turned_down.append(item)
                _reject(stretch, item, f"The record {shape.refused}.")
            else:
                self._keep(plan.columns(shape), item, stem, stretch)
        self._settle()
        for plan in known.values():
            stretch.labels |= plan.labels
        stretch.ended(contents)

    def finish(self, stretch: Stretch, notes: list[str]) -> None:
        """Decide what becomes of a file of which all records were read; ``notes`` were made when it was opened.

        Raises :class:`InputError` where it is refused.
        """
        report, remarks, unknown = stretch.report, stretch.remarks, stretch.unknown
        self.labels |= stretch.labels
        nothing = not report.rows
        if stretch.refused and nothing:
            stretch.rejected.clear()
            refused = shape_called(stretch.refused)
            turned_down = [item.value for item in stretch.turned_down]
            fields = ""
            if refused.mappable:
                self.offered.append(preview_of(report, turned_down, aside=refused.aside))
            else:
                fields = f"; its fields: {', '.join(list(turned_down[0])[:12])}"
            raise InputError(f"{report.name} {refused.refused}{fields}.", remedy=refused.remedy)
        strangers = remarks.unknown_roles.conversations
        if strangers:
            self.strangers.append(remarks.question(report.name, report.container, self.roles))
        if nothing and strangers and strangers >= len(stretch.shapeless):
            stretch.rejected.clear()
            self.questions.append(self.strangers[-1])
        elif unknown and nothing and not report.shapes:
            stretch.rejected.clear()
            self.previews.append(preview_of(report, [item.value for item in unknown]))
        else:
            stretch.rejected.extend(stretch.shapeless)
            if report.records == stretch.without_fields:
                stretch.rejected.clear()
                raise InputError(f"{report.name} holds no rows.", remedy="Choose a file that holds rows.")
        self.rejected.extend(stretch.rejected)
        report.notes = [*notes, *repeated_note(stretch.repeating), *remarks.lines(self.roles)]
        report.invalid_utf8, report.nul = stretch.invalid, stretch.nul
        report.unknown_roles = remarks.unknown(self.roles)

    def _keep(self, columns: RecordColumns, item: Record, stem: str, stretch: Stretch) -> None:
        report, remarks = stretch.report, stretch.remarks
        try:
            parsed = columns.shape.parse(item.value, self.roles)
        except UnknownRole as error:
            remarks.unknown_roles.add(error.said, self.roles)
            _reject(stretch, item, error.what)
            return
        except BadRecord as error:
            _reject(stretch, item, error.what)
            return
        except RecursionError:
            _reject(stretch, item, "The record is nested too deeply.")
            return
        title = columns.shape.title
        report.shapes[title] = report.shapes.get(title, 0) + 1
        source, category, extras = columns.labels_and_extras(item.value)
        if columns.remarkable:
            remarks.see(columns, item.value, parsed, roles=self.roles)
        original = item.raw if item.raw is not None else originals.encode(item.value)
        number, record = len(self.reports) - 1, report.records
        line = item.number if report.unit == "line" else 0
        for whole in parsed:
            conversation: str | None = None
            pieces = [whole]
            if whole.unanswered:
                remarks.unanswered += 1
            if whole.turns and self.reading.multi_turn == "turn":
                conversation = show_id(clean_row(whole).id)
                pieces = exchanges(whole)
            for turn, piece in enumerate(pieces, start=1):
                row = clean_row(piece)
                instruction, response = row.instruction, row.response
                asked = instruction or row.input or (piece.opens and row.system)
                if not (asked and response) and _is_empty(self.reading, asked, row, item, stretch):
                    continue
                self._entries.append(
                    (
                        row.id, instruction, row.input, response, row.system, row.tools, row.turns, row.thinking,
                        row.pictures, source or stem, category, original, extras, conversation,
                        turn if conversation else 0, number, record, line,
                    )
                )  # fmt: skip
                report.rows += 1
                if row.pictures:
                    remarks.pictures += row.pictures
                    remarks.with_pictures += 1
        if self.full is not None:
            self._size += len(original)
            if len(self._entries) >= self.most_rows or self._size >= self.most_size:
                self._settle()
                self._size, rows, self.rows = 0, self.rows, Rows()
                self.full(rows)

    def _settle(self) -> None:
        """Add the rows read since it was called last to ``rows``, where they are columns."""
        for name, values in zip(Rows.__dataclass_fields__, zip(*self._entries, strict=True), strict=False):
            getattr(self.rows, name).extend(values)
        self._entries.clear()


def _is_empty(reading: ReadingOptions, asked: str | bool, row: CleanRow, item: Record, stretch: Stretch) -> bool:
    """Count an empty row; whether it is set apart. A row empty on both sides always is."""
    side = "response" if asked else "instruction" if row.response else "both"
    stretch.report.empty[side] += 1
    if side != "both" and reading.empty == "keep":
        return False
    _reject(stretch, item, "Instruction and response are empty." if side == "both" else f"The {side} is empty.")
    return True


def _reject(stretch: Stretch, item: Record | Broken, reason: str, *, broken: bool = False) -> None:
    report = stretch.report
    stretch.rejected.append(_rejected(report, item, reason))
    if isinstance(item, Broken) and item.rows > 1:
        report.records += item.rows - 1
    if broken:
        report.broken_total += item.rows if isinstance(item, Broken) else 1
        if len(report.broken) < LISTED:
            report.broken.append(item.number)


def _rejected(report: FileReport, item: Record | Broken, reason: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"reason": reason, "file": report.name, report.unit: item.number}
    if isinstance(item, Record):
        return {**entry, "content": item.value}
    entry["text"] = item.text
    return {**entry, "rows": item.rows} if item.rows > 1 else entry


def check_mapping(mapping: mapped.FieldMapping, head: list[Record | Broken]) -> None:
    """Raises :class:`InputError` when none of the first records has a column of ``mapping``."""
    names = dict.fromkeys(key for item in head if isinstance(item, Record) for key in item.value)
    if names:
        mapping.check(list(names))


def preview_of(
    report: FileReport, records: list[dict[str, Any]], *, aside: frozenset[str] = frozenset()
) -> mapped.Preview:
    """The fields of ``records`` with a guess of the mapping that does not use the fields ``aside``."""
    guess = guesses.guess([{key: record[key] for key in record if key not in aside} for record in records])
    return mapped.Preview(
        report.name,
        report.container,
        tuple(guesses.columns_of(records)),
        tuple(records[:5]),
        guess,
        guesses.why_unknown(records, guess),
        guesses.looks_like_scores(records),
    )
