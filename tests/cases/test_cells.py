"""Cells and columns of tables: records as text, numbers with an odd cell among them, dates and decimals."""

from __future__ import annotations

import csv
import datetime
import io
import json
from decimal import Decimal

import numpy as np
import pytest

from core.__main__ import main
from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.pool import ColumnFilter, PoolSpec, select
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load, notes, numbered, pairs, parquet

TURNS = [{"role": "user", "content": 'It\'s "hot"?\nYes {\n}'}, {"role": "assistant", "content": "No, it isn't null."}]


def table(rows: list[list[str]], *, header: list[str] | None) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows] if header else rows)
    return text.getvalue().encode()


@pytest.mark.parametrize(
    "cell",
    [
        json.dumps(TURNS),
        str(TURNS),
        str(np.array(TURNS, dtype=object)),
        repr(np.array(TURNS, dtype=object)),
        str(TURNS).replace("}, {", "} {"),
        str(TURNS).replace("}, {", ", 'weight': nan, 'shown': true}\n {"),
    ],
)
def test_turns_in_a_cell_are_read_whoever_printed_them(workspace: Workspace, cell: str) -> None:
    made = load(
        workspace, ("rows.csv", table([[cell, "1"], [cell.replace("Yes", "Ja"), "2"]], header=["messages", "n"]))
    )
    answer = "No, it isn't null."
    assert pairs(made) == [(f'It\'s "hot"?\n{word} {{\n}}', answer) for word in ("Ja", "Yes")]


@pytest.mark.parametrize("header", [["record"], None])
def test_a_table_of_one_column_may_hold_whole_records(workspace: Workspace, header: list[str] | None) -> None:
    rows = [[json.dumps({"instruction": f"Q{n}", "output": f"A{n}", "topic": "x"})] for n in range(4)]
    made = load(workspace, ("rows.csv", table(rows, header=header)))
    assert pairs(made) == [(f"Q{n}", f"A{n}") for n in range(4)]
    assert made.corpus.counts_of("topic") == {"x": 4}
    assert ("no header" in notes(made)) == (header is None)


def test_a_line_that_names_a_delimiter_which_the_header_lacks_is_not_believed(workspace: Workspace) -> None:
    made = load(workspace, ("rows.csv", b"sep=;\ninstruction,output\nQ,A;B\n"))
    assert pairs(made) == [("Q", "A;B")]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
@pytest.mark.parametrize("odd", ["oops", "n/a", "7,5"])
def test_one_odd_cell_leaves_a_column_of_numbers_one_and_is_said(workspace: Workspace, kind: str, odd: str) -> None:
    scores = [odd if n == 7 else n / 2 for n in range(40)]
    if kind == "csv":
        data = table(
            [[f"Q{n}", "A", str(score)] for n, score in enumerate(scores)], header=["instruction", "output", "s"]
        )
    else:
        lines = [{"instruction": f"Q{n}", "output": "A", "s": score} for n, score in enumerate(scores)]
        data = "\n".join(map(json.dumps, lines)).encode()
    made = load(workspace, (f"rows.{kind}", data))
    values = made.corpus.column("s")
    assert values.dtype == np.float64 and np.isnan(values).sum() == 1
    assert f"39 numbers; 1 value is not a number, missing in the column (first “{odd}”, line" in notes(made)
    above = PoolSpec(columns=(ColumnFilter(column="s", minimum=10.0),))
    assert len(select(made.corpus, above)) == 20
    went = [
        json.loads(line)
        for line in FORMATS["jsonl"].write(rows_to_export(made.corpus, range(40)), b"{}").split(b"\n")[:-1]
    ]
    assert odd in [row["s"] for row in went]


@pytest.mark.parametrize(("cells", "numbers"), [([1, 2, "N/A", 4, 5], True), ([1, "N/A", 3, "?", 5], False)])
def test_one_odd_cell_among_few_numbers_leaves_them_numbers_and_several_do_not(
    workspace: Workspace, cells: list[object], numbers: bool
) -> None:
    lines = [{"instruction": f"Q{n}", "output": "A", "s": cell} for n, cell in enumerate(cells)]
    made = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode()))
    assert (made.corpus.column("s").dtype == np.float64) is numbers
    assert ("4 numbers; 1 value is not a number" in notes(made)) is numbers


def test_a_long_number_among_short_ones_is_no_odd_cell(workspace: Workspace) -> None:
    ids = [*range(30), 2**63 + 1, 2**63 + 2]
    lines = [{"instruction": f"Q{n}", "output": "A", "n": number} for n, number in enumerate(ids)]
    corpus = load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode())).corpus
    assert {*corpus.column("n")} == {str(number) for number in ids}


def test_an_odd_cell_of_attached_scores_is_counted_by_the_command(
    workspace: Workspace, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = numbered(workspace, rows=30)
    file = tmp_path / "scores.csv"
    file.write_text("id,quality\n" + "".join(f"q-{n},{'error' if n == 3 else n}\n" for n in range(30)))
    monkeypatch.setenv("DIVERSCOPE_HOME", str(workspace.home))
    assert main(["columns", corpus.id, str(file)]) == 0
    assert "1 cells that are no number" in capsys.readouterr().out
    values = corpus.column("quality")
    assert values.dtype == np.float64 and np.isnan(values).sum() == 1


def test_a_column_of_words_attached_with_long_numbers_beside_it_stays_words(workspace: Workspace) -> None:
    corpus = numbered(workspace)
    data = b"id,word,long,list\n" + b"".join(b'q-%d,w%d,%d,"[1, 2]"\n' % (n, n % 2, 10**18 + n) for n in range(5))
    attach_columns(workspace, corpus, column_table(data, name="columns.csv"))
    assert corpus.counts_of("word") == {"w0": 3, "w1": 2}
    assert len({*corpus.column("long")}) == 5
    assert corpus.counts_of("list") == {"1": 5, "2": 5}


def test_decimals_are_numbers_and_dates_are_words(workspace: Workspace) -> None:
    data = parquet(
        instruction=["Q0", "Q1"],
        output=["A", "A"],
        price=[Decimal("1.50"), Decimal("2.25")],
        long=[Decimal(10**20), Decimal(10**20 + 1)],
        day=[datetime.date(2024, 5, 1), datetime.date(2024, 5, 2)],
        at=[datetime.datetime(2024, 5, 1, 12), None],
    )
    corpus = load(workspace, ("rows.parquet", data)).corpus
    assert sorted(corpus.column("price")) == [1.5, 2.25]
    assert sorted(corpus.column("long")) == [str(10**20), str(10**20 + 1)]
    assert sorted(corpus.column("day")) == ["2024-05-01", "2024-05-02"]
    assert corpus.counts_of("at") == {"2024-05-01T12:00:00": 1}
