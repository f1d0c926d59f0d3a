"""The first rows of files as they will be read, with what is assumed about each file and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from core.corpus import originals
from core.corpus.formats.mapped import FieldMapping, Preview
from core.corpus.formats.roles import RoleQuestion
from core.corpus.formats.shapes import SHAPES
from core.corpus.gathering import mapping_of
from core.corpus.heads import LATER, FileHead, heads_of
from core.corpus.ingest import split_called
from core.corpus.reading import LOOKED_AT, Reader, ReadingOptions, preview_of
from core.corpus.sources import SourceFile, describing, distinct
from core.corpus.unpack import unpack
from core.counted import counted
from core.errors import InputError

FILES = 6  # files of which the first rows are read
SHOWN = 4  # rows of each file
Mappings = FieldMapping | Mapping[str, FieldMapping] | None
LOOKS = {shape.title: shape.looks_like for shape in SHAPES}
_BROKEN_OFF = ("The JSON breaks off", "A last question without", "Lines ")  # remarks that a cut may have caused


@dataclass(frozen=True, kw_only=True)
class FirstRows:
    """The beginning of one file as it will be read.

    ``rows``: the first rows, each a dict of texts and columns. ``reasons``: sentences on what was recognised, and why.
    ``apart``: reasons for which records of the beginning are set apart, with their number. ``question``: the roles that
    nobody knows; the rows are then shown with the proposed answers. ``columns``: its fields with a guess of the
    mapping, for a form; ``asks``: without a mapping it cannot be read, and the rows are shown with the guess.
    ``refused``: why the file cannot be read, or not yet.
    """

    file: str
    container: str = ""
    rows: tuple[dict[str, Any], ...] = ()
    reasons: tuple[str, ...] = ()
    apart: Mapping[str, int]
    question: RoleQuestion | None = None
    columns: Preview | None = None
    asks: bool = False
    refused: str = ""
    remedy: str = ""


def first_rows(
    files: Sequence[SourceFile],
    *,
    mapping: Mappings = None,
    reading: ReadingOptions | None = None,
) -> list[FirstRows]:
    """The beginnings of the first ``FILES`` files; no more than a few megabytes are read of each.

    A record is read by the same code as when the corpus is made. Nothing is raised: a file that cannot be read says so.
    """
    known = distinct(files)
    aside = describing(file.name for file in known)
    looks: list[FirstRows] = []
    for file in [file for file in known if file.name not in aside][:FILES]:
        try:
            heads = heads_of(file, rows=LOOKED_AT)
        except InputError as error:
            looks.append(FirstRows(file=file.name, apart={}, refused=error.what, remedy=error.remedy))
            continue
        looks += [look for head in heads for look in _looks(head, file, mapping, reading or ReadingOptions())]
    return looks[:FILES]


def _looks(head: FileHead, file: SourceFile, mappings: Mappings, reading: ReadingOptions) -> list[FirstRows]:
    try:
        parts = unpack(head.file)
    except InputError as error:
        return [FirstRows(file=head.file.name, apart={}, refused=error.what, remedy=error.remedy)]
    looks = []
    for part in parts[:FILES]:

        def read(mapping: FieldMapping | None, reading: ReadingOptions, part: Any = part) -> Reader:
            reader = Reader(reading)
            reader.read(part, mapping=mapping, most=LOOKED_AT)
            return reader

        mapping = mapping_of(mappings, part.file, file)
        reader = asked = read(mapping, reading)
        guess = asked.previews[0].guess if asked.previews else None
        if asked.strangers:
            answers = {role.name: role.proposal for role in asked.strangers[0].roles if not role.known}
            reader = read(mapping, replace(reading, roles={**reading.roles, **answers}))
        elif guess and (guess.conversation or (guess.instruction and guess.response)):
            reader = read(guess, reading)
        looks.append(_look(part.file, reader, asked, cut=head.cut))
    return looks


def _look(file: SourceFile, reader: Reader, asked: Reader, *, cut: bool) -> FirstRows:
    name, stem, report = file.name, file.stem, reader.reports[0]
    if report.refused and cut and not reader.rows.ids and not reader.offered:
        return FirstRows(file=name, apart={}, refused=f"The beginning of {name} alone cannot be read.", remedy=LATER)
    apart = Counter(
        entry["reason"]
        for entry in reader.rejected
        if not (cut and entry.get(report.unit) == report.records < LOOKED_AT)  # the record that was cut in two
    )
    return FirstRows(
        file=name,
        container=report.container,
        rows=tuple(_row(reader, stem, place) for place in range(min(SHOWN, len(reader.rows.ids)))),
        reasons=tuple(_reasons(name, reader, cut=cut)),
        apart=dict(apart.most_common(SHOWN)),
        question=asked.strangers[0] if asked.strangers else None,
        columns=_columns(asked),
        asks=bool(asked.previews),
        refused=report.refused,
        remedy=report.remedy,
    )


def _columns(reader: Reader) -> Preview | None:
    """The fields of a file for a mapping form: as it asks for them itself, or of the records that were read."""
    if reader.previews or reader.offered:
        return (*reader.previews, *reader.offered)[0]
    kept = [originals.decode(original) for original in dict.fromkeys(reader.rows.original)]
    records = kept or [entry["content"] for entry in reader.rejected if "content" in entry]
    return replace(preview_of(reader.reports[0], records), recognised=True) if records else None


def _row(reader: Reader, stem: str, place: int) -> dict[str, Any]:
    """One row by the titles of a table: its texts, then what became columns."""
    rows = reader.rows
    turns = orjson.loads(rows.turns[place] or b"[]")
    texts = {
        "Instruction": "\n\n".join(filter(None, (rows.instruction[place], rows.input[place]))),
        "Response": rows.response[place],
        "Turns": len(turns) or 2,
        "System": rows.system[place],
        "Thinking": rows.thinking[place],
        "Source": rows.source[place] if rows.source[place] != stem else "",
        "Category": rows.category[place],
    }
    columns = {name: value for name, value in (rows.extras[place] or {}).items() if not isinstance(value, dict)}
    return {**texts, **{name: value for name, value in columns.items() if name not in texts}}


def _reasons(name: str, reader: Reader, *, cut: bool) -> list[str]:
    report = reader.reports[0]
    reasons = []
    for title, records in report.shapes.items():
        looks = LOOKS.get(title)
        why = f", because a record looks like {looks}" if looks else ""
        reasons.append(f"{counted(records, 'record')} read as “{title}”{why}.")
    if reader.rows.ids:
        firsts = map(originals.decode, reader.rows.original[:SHOWN])
        fields = dict.fromkeys(key for first in firsts for key in first if key)
        columns = dict.fromkeys(key for extras in reader.rows.extras[:SHOWN] for key in extras or ())
        texts = [key for key in fields if key not in columns and key not in reader.labels]
        kept = [*(f"{key} (source or category)" for key in fields if key in reader.labels), *columns]
        reasons.append(f"Text comes from {', '.join(texts)}; columns: {', '.join(kept) or 'none'}.")
    split = split_called(name)
    if split:
        reasons.append(f"These are rows of the split “{split}”, by the file's name.")
    if not any("UTF-" in note or "not UTF-8" in note for note in report.notes) and report.container.split()[0:1] in (
        ["JSON"], ["JSONL"], ["CSV"], ["TSV"],
    ):  # fmt: skip
        reasons.append("The letters are UTF-8.")
    return reasons + [note for note in report.notes if not (cut and note.startswith(_BROKEN_OFF))]
