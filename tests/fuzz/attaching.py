"""What the targets share whose files are attached to a corpus: the corpus, tables over its rows, and their joining."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from core.corpus.ingest import ingest
from core.corpus.joining import Joined, join_lines
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, open_corpus
from core.workspace.artefacts import Workspace
from tests.fuzz.fuzzer import IN_MEMORY, Case, Fault
from tests.fuzz.mutations import changed, damaged, table_changed
from tests.fuzz.writing import WRITERS, as_delimited, as_lines, as_table

RECORDS = 13  # of which the second says the same as the first
ENDINGS = (".jsonl", ".jsonl", ".parquet", ".csv", ".csv", ".tsv")


@dataclass(frozen=True)
class Base:
    """A stored corpus of 12 rows. ``own``: it has a column ``id`` of its own."""

    workspace: Workspace
    corpus: str
    ids: tuple[int, ...]
    own: bool


@cache
def base(own: bool) -> Base:
    """The corpus, made once a process."""
    home = Path(tempfile.mkdtemp(prefix="diverscope-fuzz-base-", dir=IN_MEMORY))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    numbers = [max(number, 1) for number in range(RECORDS)]
    records = [{"instruction": f"Question {number}?", "output": f"Answer {number}."} for number in numbers]
    if own:
        records = [{"id": f"q-{number}", "mark": str(number), **record} for number, record in zip(numbers, records)]
    corpus = ingest(Workspace(home), [from_bytes("rows.jsonl", as_lines(records))])
    return Base(Workspace(home), corpus.id, tuple(corpus.ids.tolist()), own)


def copied(own: bool, place: Path) -> Corpus:
    """The corpus in a workspace of its own, to which a case may attach what it likes."""
    made = base(own)
    shutil.copytree(made.workspace.home, place / "home")
    return open_corpus(Workspace(place / "home"), made.corpus)


def table_case(draw: Random, value_of: Callable[[int, Random], Any], *, column: str, names: Sequence[str]) -> Case:
    """A table of one value a line, the lines named by row ids, by ids of the corpus's own, or not at all."""
    own = draw.random() < 0.4
    ids = list(base(own).ids)
    numbers = list(range(len(ids)))
    draw.shuffle(numbers)
    numbers = numbers[: draw.choice((3, 12, 12))] + draw.choices(numbers, k=draw.choice((0, 0, 2)))
    kind = draw.choice(("text", "text", "number", "own" if own else "text", "position"))
    values = {number: value_of(number, draw) for number in numbers}
    if kind == "position":
        records: Any = [{column: value_of(number, draw)} for number in range(RECORDS)]
    else:
        named: dict[str, Callable[[int], Any]] = {
            "text": lambda number: show_id(ids[number]),
            "number": lambda number: ids[number],
            "own": lambda number: f"q-{number + 1}",
        }
        records = [{"id": named[kind](number), column: values[number]} for number in numbers]
        if draw.random() < 0.3:
            records.append({"id": "0123456789abcdef", column: value_of(0, draw)})
        if draw.random() < 0.1:
            records[-1][column] = value_of(99, draw)
    options = {"own": own, "join": draw.choice(("auto",) * 8 + ("id", "position"))}
    for _ in range(draw.choice((0, 0, 1, 1, 3))):
        records = changed(records, draw, names)
    if not isinstance(records, list) or not records:
        records = [records]
    ending = draw.choice(ENDINGS)
    if ending in (".csv", ".tsv") and draw.random() < 0.4:
        table = as_table(records)
        for _ in range(draw.choice((1, 2))):
            table = table_changed(table, draw, names)
        data = as_delimited(table, draw.choice(",;\t|") if draw.random() < 0.3 else {".csv": ","}.get(ending, "\t"))
    else:
        data = WRITERS[ending](records)
        if draw.random() > 0.35 and ending == ".jsonl":
            written = tuple(json.dumps(record) for record in records)
            return Case(files=((f"mine{ending}", data),), options=options, records=len(records), written=written)
    if draw.random() < 0.4:
        data = damaged(data, draw, [WRITERS[other](records) for other in (".jsonl", ".parquet")])
    return Case(files=((f"mine{ending}", data),), options=options)


def joined(corpus: Corpus, case: Case, *, lines: int, ids: Sequence[Any] | None) -> Joined:
    """How the lines of the file find rows, after holding the counts against each other."""
    pairs = join_lines(corpus, join=case.options["join"], lines=lines, ids=ids)
    by_id = case.options["join"] == "id" or (case.options["join"] == "auto" and ids is not None)
    if by_id and len(pairs.lines) + pairs.unknown != lines:
        raise Fault(f"Of {lines} lines {len(pairs.lines)} name a row and {pairs.unknown} do not.")
    if by_id and len({*pairs.lines.tolist()}) != len(pairs.lines):
        raise Fault("A line is joined to several rows.")
    places = pq.read_table(corpus.artefact.path("positions.parquet"))
    if not by_id and sorted(zip(pairs.rows.tolist(), pairs.lines.tolist())) != sorted(
        zip(places["row"].to_pylist(), (np.asarray(places["record"]) - 1).tolist())
    ):
        raise Fault("By position, a line is joined to another row than its record became.")
    if len(pairs.rows) and not (pairs.rows.min() >= 0 and pairs.rows.max() < len(corpus)):
        raise Fault("A line is joined to a row that the corpus lacks.")
    if case.records is not None and lines != case.records:
        raise Fault(f"The file has {case.records} lines, {lines} are read.")
    return pairs


def first_lines(pairs: Joined, rows: int) -> list[int | None]:
    """The first line of each row, None where no line names it: the slow way."""
    first: list[int | None] = [None] * rows
    for row, line in sorted(zip(pairs.rows.tolist(), pairs.lines.tolist()), key=lambda pair: pair[1]):
        if first[row] is None:
            first[row] = line
    return first
