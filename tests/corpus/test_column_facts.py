"""What a column holds decides where it is offered and what a form starts from."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import orjson
import pyarrow as pa
import pytest

from core.corpus.column_facts import (
    is_numeric,
    newest_numeric_columns,
    numeric_columns,
    starting_column,
    summary_of,
    worded_columns,
)
from core.corpus.columns import attach_columns
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.workspace import artefacts
from core.workspace.artefacts import Workspace


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Twelve rows from two files with a label, a name of their own, a constant, a number and a constant number."""
    rows = [
        {"instruction": f"Ask {row}", "output": f"Say {row}", "shade": "ab"[row % 2], "own": f"name {row}",
         "same": "x", "score": row / 2, "flat": 1.5}
        for row in range(12)
    ]  # fmt: skip
    files = [from_bytes(f"{name}.jsonl", b"\n".join(map(orjson.dumps, rows[part])))
             for name, part in (("one", slice(0, 6)), ("two", slice(6, 12)))]  # fmt: skip
    return ingest(Workspace(tmp_path), files, name="rows")


def test_every_column_is_of_numbers_or_of_words(corpus: Corpus) -> None:
    assert is_numeric(corpus, "score") and not is_numeric(corpus, "shade")
    assert sorted([*numeric_columns(corpus), *worded_columns(corpus)]) == sorted(corpus.columns)
    assert {"score", "flat", "multiplicity"} <= set(numeric_columns(corpus))


@pytest.mark.parametrize(
    ("in_json", "in_csv", "values"),
    [
        ([1, 2.5], ["3", "4e1"], [1.0, 2.5, 3.0, 40.0]),
        ([1, None], ["3", ""], [1.0, None, 3.0, None]),
        ([None, None], ["3", "4"], [None, None, 3.0, 4.0]),
        ([1, 2], ["3", "n0t"], ["1", "2", "3", "n0t"]),
        (["1", "2"], ["3", "4"], ["1", "2", "3", "4"]),  # JSON says that these are texts
        (["1", 2], ["3", "4"], ["1", "2", "3", "4"]),
        ([True, False], ["3", "4"], ["true", "false", "3", "4"]),
        ([1, 2], ["12345678901234567890", "4"], ["1", "2", "12345678901234567890", "4"]),  # ids stay different
    ],
)
def test_a_number_of_json_and_one_of_csv_are_one_column_of_numbers(
    tmp_path: Path, in_json: list[object], in_csv: list[str], values: list[object]
) -> None:
    records = [
        {"instruction": f"Ask {row}", "output": f"Say {row}", "score": score} for row, score in enumerate(in_json)
    ]
    cells = [f"Tell {row},Answer {row},{score}" for row, score in enumerate(in_csv)]
    files = [
        from_bytes("one.jsonl", b"\n".join(map(orjson.dumps, records))),
        from_bytes("two.csv", "\n".join(["instruction,output,score", *cells]).encode()),
    ]
    corpus = ingest(Workspace(tmp_path), files, name="mixed")
    column = dict(zip(corpus.text("response"), corpus.column("score").tolist(), strict=True))
    read = [column[response] for response in ("Say 0", "Say 1", "Answer 0", "Answer 1")]
    assert [None if value != value else value for value in read] == values
    assert is_numeric(corpus, "score") == all(value is None or isinstance(value, float) for value in values)


@pytest.mark.parametrize(
    ("names", "start"),
    [
        (["source", "own", "same", "score", "shade"], "shade"),  # several values that repeat
        (["own", "same", "source", "script"], "source"),
        (["same", "own", "score"], "own"),  # varies, if only as a name does
        (["same"], "same"),
        (["flat", "score"], "score"),
        (["flat"], "flat"),
        ([], None),
    ],
)
def test_a_form_starts_from_labels_then_the_source_then_what_varies(
    corpus: Corpus, names: list[str], start: str | None
) -> None:
    assert starting_column(corpus, names) == start


def test_a_summary_counts_what_is_missing_and_knows_a_constant() -> None:
    summary = summary_of(np.array([*range(101), np.nan, np.inf], dtype=float))
    assert (summary.known, summary.missing, summary.constant) == (101, 2, False)
    assert (summary.low, summary.middle, summary.high) == (5, 50, 95)
    assert summary_of(np.array([2.5, 2.5, np.nan])).constant
    nothing = summary_of(np.array([np.nan]))
    assert (nothing.known, nothing.missing, nothing.constant) == (0, 1, False) and np.isnan(nothing.middle)


def test_the_newest_attached_column_comes_first_and_those_of_the_rows_last(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = numeric_columns(corpus)
    for moment, name in enumerate(("b", "c", "a")):
        clock = SimpleNamespace(**{**vars(time), "time": partial(float, moment)})
        monkeypatch.setattr(artefacts, "time", clock)
        attach_columns(corpus.workspace, corpus, pa.table({"id": pa.array(corpus.ids), name: pa.array(range(12))}))
    assert newest_numeric_columns(corpus) == ["a", "c", "b", *reversed(own)]
