"""Files of columns: matched and missing add up, and each row has the value of its line."""

from __future__ import annotations

import ast
import io
import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns, column_digest
from core.corpus.joining import ids_of
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.errors import InputError
from core.several import Several, words_of
from tests.fuzz.attaching import RECORDS, copied, first_lines, joined, table_case
from tests.fuzz.fuzzer import Case, Fault, Target
from tests.fuzz.mutations import damaged

NAMES = ("id", "row_id", "score", "quality", "topic", "x.y", "source", "instruction", "response", "holdout", "Score")


def make(draw: Random) -> Case:
    """A table of numbers, words, both, or lists of words; or an array of one value a row; each odd or damaged."""
    if draw.random() < 0.15:
        shape = draw.choice(((RECORDS,), (RECORDS,), (12,), (RECORDS, 2), ()))
        dtype = draw.choice(("<f4", "<f8", ">f8", "<i8", "<u8", "?", "<U3", "<c8", "<M8[s]", "S3"))
        stream = io.BytesIO()
        np.save(stream, np.ones(shape).astype(dtype))
        data = stream.getvalue()
        data = damaged(data, draw) if draw.random() < 0.7 else data
        return Case(files=(("mine.npy", data),), options={"own": False, "join": draw.choice(("auto", "position"))})
    kind = draw.randrange(6)

    def value_of(number: int, draw: Random) -> Any:
        values = (number / 4, number, ("law", "art", "law; art")[number % 3], 10**17 + number, number % 2 == 0)
        return ["law", "art"][: number % 3] if kind == 5 else values[kind]

    return table_case(draw, value_of, column=draw.choice(("score", "topic")), names=NAMES)


def attempt(case: Case, place: Path) -> None:
    """Read, join, attach, and hold every column against the lines one by one."""
    (name, data), *_ = case.files
    corpus = copied(case.options["own"], place)
    table = column_table(data, name=name)
    id_name, ids = ids_of(table)
    pairs = joined(corpus, case, lines=table.num_rows, ids=ids)
    try:
        counts = attach_columns(corpus.workspace, corpus, table, join=case.options["join"])
    except InputError:
        if corpus.columns != corpus.own_columns:
            raise Fault("The table was refused, and some of its columns were attached.") from None
        raise
    if counts["matched"] + counts["missing"] != len(corpus):
        raise Fault(f"{counts} does not add up over {len(corpus)} rows.")
    first = first_lines(pairs, len(corpus))
    attached = [column for column in corpus.columns if column not in corpus.own_columns]
    by_id = case.options["join"] == "id" or (case.options["join"] == "auto" and ids is not None)
    if sorted(attached) != sorted(column for column in table.column_names if not (by_id and column == id_name)):
        raise Fault(f"Of {table.column_names} the corpus has {attached}.")
    for column in attached:
        values = corpus.column(column).tolist()
        given = table[column].to_pylist()
        for row, line in enumerate(first):
            if not _same(values[row], None if line is None else given[line]):
                raise Fault(f"Row {row} has {values[row]!r} in {column}, line {line} has {given[line or 0]!r}.")
        column_digest(corpus, column)
        words = [value for value in values if isinstance(value, str) and words_of(value)]
        if words:
            wanted = words_of(words[0])[0]
            only = ColumnFilter(column=column, values=(wanted,))
            chosen = len(select(corpus, PoolSpec(columns=(only,), with_holdout=True)))
            if chosen != (holding := sum(wanted in words_of(value) for value in words)):
                raise Fault(f"The filter {column} = {wanted!r} gives {chosen} rows, not {holding}.")
    for line, record in enumerate(map(json.loads, case.written or ())):
        value = record.get("score") if isinstance(record, dict) else None
        if "score" in attached and isinstance(value, (int, float)) and not _same(table["score"][line].as_py(), value):
            raise Fault(f"Line {line + 1} has {table['score'][line]!r}, not {value!r}.")


def _same(stored: Any, given: Any) -> bool:
    """Whether a column's value is that of a file: equal numbers, equal text, the text of what is no number, a list."""
    words = _words(given)
    if isinstance(stored, Several):
        printed = isinstance(given, str) and all(word in given for word in stored.words)  # as NumPy prints a list
        return printed or (words is not None and [*map(_whole, stored.words)] == [*dict.fromkeys(words)])
    if isinstance(given, list) and isinstance(stored, str):  # no words: as JSON
        return json.loads(stored) == given
    if given is None or given == "" or given != given or words == []:
        return stored is None or stored != stored or stored in ("", "nan", given)
    if isinstance(stored, float) and not isinstance(given, str):
        return not isinstance(given, list) and stored == float(given)
    plain = {True: "true", False: "false"}.get(given) if isinstance(given, bool) else None
    return str(stored) in (str(given), plain) or (isinstance(given, (int, float)) and _number(stored) == given)


def _words(given: Any) -> list[str] | None:
    """The words of a cell that is a list, or the text of one."""
    if isinstance(given, str) and given.lstrip().startswith("["):
        try:
            given = ast.literal_eval(given.strip())
        except (ValueError, SyntaxError, TypeError):
            try:
                given = json.loads(given.strip())
            except ValueError:
                return None
    if not isinstance(given, list):
        return None
    words = [_whole(str(part)) for part in given if part is not None]
    return [word for word in words if word.strip()]


def _whole(text: str) -> str:
    """``text`` with question marks for half surrogates, and for the sign that stands for one."""
    return text.encode("utf-8", "replace").decode().replace("\ufffd", "?")


def _number(stored: Any) -> float | None:
    try:
        return float(stored)
    except ValueError:
        return None


TARGET = Target(name="columns", make=make, attempt=attempt)
