"""A scalar exported from TensorBoard's page: a CSV with Wall time, Step, Value, or the same as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from core.evidence.importers.numbers import figure
from core.evidence.importers.proposal import Imported, Options, ProposedScore, as_resumed, curve, direction_of, settle
from core.evidence.importers.saved_table import SavedTable
from core.evidence.importers.sources import Source

NAME = "TensorBoard export"
LOOKS_FOR = "a CSV with the columns Wall time, Step and Value, called run-…-tag-… (TensorBoard's download of a scalar)"
_HEADER = {"wall time", "step", "value"}
_NAMED = re.compile(r"run-(?P<run>.+?)-tag-(?P<tag>.+?)(?: ?\(\d+\))?")


def recognise(source: Source) -> bool:
    if {name.lower().replace("_", " ") for name in source.header} == _HEADER:
        return True
    rows = source.holds(list)
    return bool(rows) and bool(_NAMED.fullmatch(source.stem)) and isinstance(rows[0], list) and len(rows[0]) == 3


def read(source: Source, options: Options) -> Imported:
    """Read the scalar's last value and its curve; the file's name gives the run and the scalar."""
    imported = Imported(importer=NAME, file=source.path)
    named = _NAMED.fullmatch(source.stem)
    run = named["run"] if named and named["run"] != "." else ""
    subject, tag = run or (source.run_name if named else source.stem), named["tag"] if named else "value"
    if not named:
        imported.notices.append(
            "The file's name does not say which run and scalar it holds, as run-NAME-tag-SCALAR.csv would."
        )
    pairs: list[tuple[float, float]] = []
    for where, point in _points(source, options):
        try:
            pairs.append(point())
        except ValueError as reason:
            imported.reject(where, f"{tag}: {reason}")
    if pairs:
        step, last = as_resumed(pairs)[-1]
        imported.curves.append(curve(subject=subject, measure=tag, points=pairs, file=source.path, field=tag))
        score = ProposedScore(
            subject=subject,
            benchmark=options.benchmark or "TensorBoard",
            measure=tag,
            value=last,
            direction=direction_of(tag),
            unit=options.unit,
            judge=options.judge,
            baseline=options.baseline,
            model=options.model,
            file=source.path,
            field=f"Value at step {step:g}",
            primary=direction_of(tag) != 0,
        )
        settle([score], repeats=options.repeats, into=imported)
    return imported


def _points(source: Source, options: Options) -> Iterator[tuple[str, Callable[[], tuple[float, float]]]]:
    """(place, function that returns step and value or raises ValueError) of each row."""
    if source.name.lower().endswith(".json"):
        for position, row in enumerate(source.document):
            if isinstance(row, list) and len(row) == 3:
                yield f"item {position + 1}", lambda row=row: (figure(row[1]), figure(row[2]))  # type: ignore[misc]
        return
    table = SavedTable.of(source, options)
    for row in table.rows:
        yield f"line {row.line}", lambda row=row: (table.cell(row, "step").value, table.cell(row, "value").value)  # type: ignore[misc]
