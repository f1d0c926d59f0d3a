"""Turns a file's records into clean rows; a record that holds no row is set apart with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Literal

import orjson

from core.corpus import originals
from core.corpus.clean import clean
from core.corpus.containers import open_contents
from core.corpus.fingerprint import row_id
from core.corpus.formats import mapped
from core.corpus.formats.record import BadRecord, Broken, Contents, Parsed, Record, Shape
from core.corpus.formats.registry import shape_of
from core.corpus.formats.turns import exchanges
from core.corpus.row_ids import show_id
from core.corpus.unpack import Unpacked, limit_bytes
from core.errors import InputError
from core.progress import Progress, silent

SOURCE_KEYS = ("source", "dataset")
CATEGORY_KEYS = ("category", "label")
LISTED = 1000  # line numbers listed in a report; the rejected records hold them all
EVERY = 4096
LOOKED_AT = 200  # records from which the columns are guessed


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """The user's choices about how files are read."""

    multi_turn: Literal["conversation", "turn"] = "conversation"
    empty: Literal["reject", "keep"] = "reject"
    invalid_utf8: Literal["replace", "reject"] = "reject"


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
    refused: str = ""
    remedy: str = ""

    def as_json(self) -> dict[str, Any]:
        return {**self.__dict__, "invalid_utf8": self.invalid_utf8[:LISTED], "nul": self.nul[:LISTED]}


@dataclass
class Reader:
    """Reads files into ``rows``, ``rejected`` records and ``reports``."""

    reading: ReadingOptions
    rows: Rows = field(default_factory=Rows)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    reports: list[FileReport] = field(default_factory=list)
    previews: list[mapped.Preview] = field(default_factory=list)
    offered: list[mapped.Preview] = field(default_factory=list)  # of refused files that a mapping could still read
    labels: set[str] = field(default_factory=set)  # fields that became source or category
    text_files: list[int] = field(default_factory=list)  # indices of ``reports`` whose fields are all text, as in CSV

    def read(
        self,
        unpacked: Unpacked,
        *,
        mapping: mapped.FieldMapping | None = None,
        most: int | None = None,
        progress: Progress = silent,
    ) -> FileReport:
        """Read one file, or its first ``most`` records.

        The refusal of a file (not a corpus, or a preference file) is noted in the report, not raised.
        """
        report = FileReport(unpacked.file.name)
        self.reports.append(report)
        if unpacked.refused:
            report.refused, report.remedy = unpacked.refused.what, unpacked.refused.remedy
            return report
        try:
            contents = open_contents(unpacked, limit=limit_bytes(), replace=self.reading.invalid_utf8 == "replace")
            contents.records = islice(contents.records, most)
            report.container, report.unit = contents.container, contents.unit
            if contents.all_text:
                self.text_files.append(len(self.reports) - 1)
            self._read_records(contents, unpacked.file.stem, report, mapping, progress)
            report.notes, report.invalid_utf8, report.nul = contents.notes, contents.invalid, contents.nul
        except InputError as error:
            report.refused, report.remedy = error.what, error.remedy
        return report

    def _read_records(
        self, contents: Contents, stem: str, report: FileReport, mapping: mapped.FieldMapping | None, progress: Progress
    ) -> None:
        known: dict[tuple[str, ...], _Plan | None] = {}
        by_hand = mapped.shape(mapping) if mapping else None
        unknown: list[Record] = []
        refused: Shape | None = None
        turned_down: list[Record] = []
        start_rows, start_rejected = len(self.rows.ids), len(self.rejected)
        without_fields = 0
        for item in contents.records:
            report.records += 1
            if report.records % EVERY == 0:
                progress(report.records, 0, f"records of {report.name}")
            if isinstance(item, Broken):
                self._reject(item, item.reason, report, broken=True)
                continue
            if not item.value:
                without_fields += 1
                self._reject(item, "The record has no field.", report)
                continue
            keys = tuple(item.value)
            if keys not in known:
                if by_hand and mapping:
                    if not known:
                        mapping.check(keys)
                    known[keys] = _plan(by_hand, item, mapping)
                else:
                    shape = shape_of(item.value)
                    known[keys] = _plan(shape, item, None) if shape else None
            plan = known[keys]
            if plan is None:
                unknown.append(item)
            elif plan.shape.refused:
                refused = plan.shape
                if len(turned_down) < LOOKED_AT:
                    turned_down.append(item)
                self._reject(item, f"The record {plan.shape.refused}.", report)
            else:
                self._keep(plan, item, stem, report)
        if refused and len(self.rows.ids) == start_rows:
            del self.rejected[start_rejected:]
            self.offered.append(_preview(report, turned_down, aside=refused.aside))
            raise InputError(f"{report.name} {refused.refused}.", remedy=refused.remedy)
        if unknown and len(self.rows.ids) == start_rows and not report.shapes:
            del self.rejected[start_rejected:]
            self.previews.append(_preview(report, unknown))
            return
        for item in unknown:
            self._reject(item, f"The record has no known shape; its fields: {', '.join(item.value)}.", report)
        if report.records == without_fields:
            del self.rejected[start_rejected:]
            raise InputError(f"{report.name} holds no rows.", remedy="Choose a file that holds rows.")

    def _keep(self, plan: _Plan, item: Record, stem: str, report: FileReport) -> None:
        try:
            parsed = plan.shape.parse(item.value)
        except BadRecord as error:
            self._reject(item, error.what, report)
            return
        except RecursionError:
            self._reject(item, "The record is nested too deeply.", report)
            return
        title = plan.shape.title
        report.shapes[title] = report.shapes.get(title, 0) + 1
        self.labels.update(name for name in (plan.source, plan.category) if name)
        source = _label(item.value.get(plan.source)) if plan.source else None
        category = _label(item.value.get(plan.category)) if plan.category else None
        extras = {key: item.value[key] for key in plan.extras} if plan.extras else None
        original = item.raw if item.raw is not None else originals.encode(item.value)
        rows = self.rows
        for whole in parsed:
            conversation: str | None = None
            pieces = [whole]
            if whole.turns and self.reading.multi_turn == "turn":
                conversation = show_id(clean_row(whole)[0])
                pieces = exchanges(whole)
            for turn, piece in enumerate(pieces, start=1):
                ident, instruction, given, response, system, tools, turns = clean_row(piece)
                if self._is_empty(instruction or given, response, item, report):
                    continue
                rows.ids.append(ident)
                rows.instruction.append(instruction)
                rows.input.append(given)
                rows.response.append(response)
                rows.system.append(system)
                rows.tools.append(tools)
                rows.turns.append(turns)
                rows.source.append(source or stem)
                rows.category.append(category)
                rows.original.append(original)
                rows.extras.append(extras)
                rows.conversation.append(conversation)
                rows.turn.append(turn if conversation else 0)
                rows.file.append(len(self.reports) - 1)
                rows.record.append(report.records)
                rows.line.append(item.number if report.unit == "line" else 0)
                report.rows += 1

    def _is_empty(self, instruction: str, response: str, item: Record, report: FileReport) -> bool:
        """Count an empty row and say whether it is rejected. A row with both sides empty always is."""
        if instruction and response:
            return False
        side = "response" if instruction else "instruction" if response else "both"
        report.empty[side] += 1
        if side != "both" and self.reading.empty == "keep":
            return False
        self._reject(item, "Instruction and response are empty." if side == "both" else f"The {side} is empty.", report)
        return True

    def _reject(self, item: Record | Broken, reason: str, report: FileReport, *, broken: bool = False) -> None:
        entry: dict[str, Any] = {"reason": reason, "file": report.name, report.unit: item.number}
        if isinstance(item, Broken):
            entry["text"] = item.text
        else:
            entry["content"] = item.value
        self.rejected.append(entry)
        if isinstance(item, Broken) and item.rows > 1:
            entry["rows"] = item.rows
            report.records += item.rows - 1
        if broken:
            report.broken_total += item.rows if isinstance(item, Broken) else 1
            if len(report.broken) < LISTED:
                report.broken.append(item.number)


@dataclass(frozen=True)
class _Plan:
    """How records with one set of fields are read."""

    shape: Shape
    source: str | None
    category: str | None
    extras: tuple[str, ...]


def _plan(shape: Shape, item: Record, mapping: mapped.FieldMapping | None) -> _Plan:
    free = [key for key in item.value if key not in shape.uses]
    source = mapping.source if mapping else None
    category = mapping.category if mapping else None
    source = source or next((key for key in SOURCE_KEYS if key in free and _is_label(item.value[key])), None)
    category = category or next((key for key in CATEGORY_KEYS if key in free and _is_label(item.value[key])), None)
    return _Plan(shape, source, category, tuple(key for key in free if key not in (source, category) and key))


def _is_label(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _label(value: Any) -> str | None:
    if value is None or isinstance(value, (dict, list)):
        return None
    return _label_text(str(value))


@lru_cache(maxsize=4096)
def _label_text(value: str) -> str | None:
    return clean(value) or None


def clean_row(parsed: Parsed) -> tuple[int, str, str, str, str, str, str | None]:
    """The row's id and its texts; a conversation's two sides are the joined clean turns.

    Returns id, instruction, input, response, system, tools and the turns as JSON (None for a single exchange).
    """
    instruction, given, response = clean(parsed.instruction), clean(parsed.input), clean(parsed.response)
    system, tools = parsed.system and clean(parsed.system), parsed.tools and clean(parsed.tools)
    if not parsed.turns:
        return (
            row_id(instruction, given, response, system=system, tools=tools),
            instruction,
            given,
            response,
            system,
            tools,
            None,
        )
    turns = [{"role": turn["role"], "content": clean(turn["content"])} for turn in parsed.turns]
    ident = row_id(instruction, given, response, system=system, turns=turns, tools=tools)
    return ident, instruction, given, response, system, tools, orjson.dumps(turns).decode()


def _preview(report: FileReport, unknown: list[Record], *, aside: frozenset[str] = frozenset()) -> mapped.Preview:
    records = [item.value for item in unknown[:LOOKED_AT]]
    guess = mapped.guess([{key: record[key] for key in record if key not in aside} for record in records])
    columns = tuple(dict.fromkeys(key for record in records for key in record))
    return mapped.Preview(
        report.name,
        report.container,
        columns,
        tuple(records[:5]),
        guess,
        mapped.why_unknown(records, guess),
        mapped.looks_like_scores(records),
    )
