"""The rows of a stored corpus in the form in which files are read, so that more can be read beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from core.corpus import originals
from core.corpus.clean import clean
from core.corpus.deduplicate import EXTRA
from core.corpus.formats.registry import CONTAINERS
from core.corpus.gathering import RunStore
from core.corpus.reading import FileReport, Reader, ReadingOptions, Rows
from core.corpus.set_aside import RecordsAside, lines_of
from core.corpus.store import Corpus
from core.corpus.typed_column import SCALARS

TEXTS = ("instruction", "input", "response", "system", "tools", "turns", "source", "category", "original",
         "conversation", "turn")  # fmt: skip


def stored_reader(corpus: Corpus, reading: ReadingOptions, store: RunStore, *, rows: int) -> Reader:
    """A reader that has read the files of ``corpus`` already: its rejected records and its reports; ``store`` takes its
    rows, at most ``rows`` different ones at a time.

    A row that came several times stands there as often, each time with the fields of the one that was kept, and once
    with each of its sources. Fields that became no content come from the records as they were stored.
    """
    manifest, report = corpus.artefact.manifest, corpus.report
    reports = [_file_report(file) for file in report["files"]]
    text_files = [place for place, file in enumerate(reports) if _all_text(file.container)]
    rejected = RecordsAside(folder=store.scratch.folder)
    rejected.add_lines(lines_of(corpus.artefact.path("rejected.jsonl")))
    names = {*manifest["columns"], *report["fields_without_column"]}
    places = pq.read_table(corpus.artefact.path("positions.parquet"))
    row_of = places["row"].to_numpy()
    before = 0
    for batch in pq.ParquetFile(corpus.rows_path).iter_batches(rows):
        table = pa.Table.from_batches([batch])
        first, last = np.searchsorted(row_of, [before, before + table.num_rows]).tolist()
        of_rows = places.slice(first, last - first)
        at = row_of[first:last].astype(np.int64) - before
        extras: list[dict[str, Any] | None] = [None] * table.num_rows
        if names:
            from_text = np.isin(of_rows["file"].to_numpy()[np.searchsorted(at, np.arange(table.num_rows))], text_files)
            extras = _extras(table, manifest["columns"], names, from_text)
        store.add(_rows(table, of_rows, at, extras))
        before += table.num_rows
    return Reader(reading, rejected=rejected, reports=reports, text_files=text_files)


def read_beside(stored: Reader, read: Reader, stored_rows: RunStore, rows: RunStore) -> Reader:
    """One reader with the rejected records and reports of both; ``stored`` comes first and is changed, and so are
    ``stored_rows``, which take ``rows``."""
    shift = len(stored.reports)
    stored_rows.add_runs([replace(run, files=run.files + shift) for run in rows.runs])
    stored.rejected.extend(read.rejected)
    stored.reports += read.reports
    stored.text_files += [file + shift for file in read.text_files]
    stored.strangers = read.strangers
    stored.labels |= read.labels
    return stored


def _file_report(file: Mapping[str, Any]) -> FileReport:
    known = FileReport.__dataclass_fields__
    return FileReport(**{name: value for name, value in file.items() if name in known})


def _all_text(container: str) -> bool:
    """Whether files of this container, as a report names it, hold nothing but text."""
    return any(known.all_text and container.startswith(known.names) for known in CONTAINERS)


def _rows(table: pa.Table, places: pa.Table, row_of: NDArray[np.int64], extras: list[dict[str, Any] | None]) -> Rows:
    """The rows of ``table`` as often as they came: ``row_of`` (places,) says which of them came from each place."""
    at = row_of.tolist()
    columns = {name: table[name].to_pylist() for name in ("id", *TEXTS)}
    thinking = table["thinking"].to_pylist() if "thinking" in table.column_names else [""] * table.num_rows
    pictures = table["pictures"].to_pylist() if "pictures" in table.column_names else [0] * table.num_rows
    rows = Rows(
        ids=[columns["id"][row] for row in at],
        thinking=[thinking[row] or "" for row in at],
        pictures=[int(pictures[row]) for row in at],
        extras=[extras[row] for row in at],
        file=places["file"].to_pylist(),
        record=places["record"].to_pylist(),
        line=places["line"].to_pylist(),
    )
    for name in TEXTS:
        values = columns[name]
        setattr(rows, name, [values[row] for row in at])
    if "sources" in table.column_names:
        several = table["sources"].to_pylist()
        first = np.searchsorted(row_of, np.arange(table.num_rows))
        for row, sources in enumerate(several):
            for place, source in enumerate(sources, start=int(first[row])):
                rows.source[place] = source
    return rows


def _extras(
    table: pa.Table, kinds: Mapping[str, str], names: set[str], all_text: NDArray[np.bool_]
) -> list[dict[str, Any] | None]:
    """(rows,) the fields of each record that became no content, with the values that came.

    ``all_text`` (rows,): the record comes from a file that holds nothing but text.
    """
    cells = {name: table[EXTRA + name].to_pylist() for name in kinds}
    labels = zip(table["source"].to_pylist(), table["category"].to_pylist(), strict=True)
    extras: list[dict[str, Any] | None] = []
    for row, (text, own_labels) in enumerate(zip(table["original"].to_pylist(), labels, strict=True)):
        record = originals.decode(text)
        fields: dict[str, Any] = {}
        for name in names & record.keys() if isinstance(record, dict) else ():
            value = record[name]
            cell = cells[name][row] if name in kinds else None
            if cell is None and _is_content(value, kinds.get(name), own_labels):
                continue
            # A decimal of Parquet is a number in its column and text in the stored record.
            decimal = cell is not None and kinds.get(name) == "number" and isinstance(value, str) and not all_text[row]
            fields[name] = cell if decimal else value
        extras.append(fields or None)
    return extras


def _is_content(value: Any, kind: str | None, labels: tuple[str | None, ...]) -> bool:
    """Whether a field without a cell in its column was read as content, source or category of its row.

    In a column of numbers a cell is missing also where the field holds no number.
    """
    if isinstance(value, SCALARS) and clean(str(value)) in labels:
        return True
    return kind in ("text", "list") and isinstance(value, SCALARS)
