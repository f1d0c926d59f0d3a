"""The order that an export keeps, and what it warns of, from the command to the file that a trainer reads."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from core.__main__ import main
from core.corpus.columns import attach_columns
from core.errors import InputError
from core.row_positions import CorpusRows
from core.workbench.row_order import RowOrder, cautions
from tests.corpora import corpus_of, records


@pytest.fixture
def corpus(workspace):
    rows = [{**row, "source": f"source {number % 12}"} for number, row in enumerate(records(60))]
    workspace, corpus = corpus_of(workspace.home, rows)
    loss = np.random.default_rng(0).random(len(corpus)).round(1)  # with ties
    values = [None if row % 7 == 0 else float(loss[row]) for row in range(len(corpus))]
    attach_columns(workspace, corpus, pa.table({"id": pa.array(corpus.ids), "loss": pa.array(values)}))
    return corpus


def slow(corpus, rows: list[int], order: RowOrder) -> list[int]:
    values = corpus.column(order.column)
    if order.way == "largest":
        counts = Counter(values[row] for row in rows)
        most = sorted(counts, key=lambda value: (-counts[value], value))[0]
        members = [row for row in rows if values[row] == most]
        first = members[: -(-len(members) // 2)]
        return first + [row for row in rows if row not in first]
    sign = 1 if order.way == "rising" else -1
    known = [row for row in rows if not np.isnan(values[row])]
    return sorted(known, key=lambda row: sign * values[row]) + [row for row in rows if np.isnan(values[row])]


@pytest.mark.parametrize("asked", ["rising:loss", "falling:loss", "largest:category", "largest:source"])
def test_every_order_equals_plain_sorting_and_keeps_every_row(corpus, asked) -> None:
    rows = np.random.default_rng(1).permutation(len(corpus))[:30].tolist()
    order = RowOrder.read(asked)
    assert order.of(corpus, CorpusRows(np.array(rows))).tolist() == slow(corpus, rows, order)


def test_an_order_that_cannot_be_is_refused(corpus) -> None:
    rows = CorpusRows(np.arange(5))
    for asked in ("upwards:loss", "rising", "chosen:loss"):
        with pytest.raises(InputError):
            RowOrder.read(asked)
    for asked in ("rising:category", "largest:loss", "rising:nothing"):
        with pytest.raises(InputError):
            RowOrder.read(asked).of(corpus, rows)


def test_the_file_that_is_exported_has_the_order_and_the_command_says_what_to_mind(corpus, tmp_path, capsys) -> None:
    assert main(["choose", corpus.id, "--strategy", "random", "--size", "25", "--save", "few"]) == 0
    plain, sorted_ = tmp_path / "plain.jsonl", tmp_path / "sorted.jsonl"
    assert main(["export", "few", "--out", str(plain)]) == 0
    capsys.readouterr()
    assert main(["export", "few", "--out", str(sorted_), "--order", "rising:loss"]) == 0
    said = capsys.readouterr().err
    assert "Trainers shuffle" in said and "stand at the end" in said and "dilute" in said
    lines = [json.loads(line) for line in sorted_.read_text().splitlines()]
    losses = [line["loss"] for line in lines if line["loss"] is not None]
    assert losses == sorted(losses) and len(lines) == 25
    assert [line["loss"] for line in lines[len(losses):]] == [None] * (25 - len(losses))  # fmt: skip
    assert Counter(plain.read_text().splitlines()) == Counter(sorted_.read_text().splitlines())


def test_cautions_name_repeats_and_many_sources_with_their_sources(corpus) -> None:
    rows = CorpusRows(np.arange(len(corpus)))
    repeats, _ = cautions(corpus, rows, epochs=6)
    assert "2305.16264" in repeats and "6 epochs" in repeats
    (dilution,) = cautions(corpus, rows, epochs=4)
    assert "12 sources" in dilution and "2505.16967" in dilution
    few = np.flatnonzero(np.isin(corpus.column("source"), ["source 1", "source 2"]))
    assert cautions(corpus, CorpusRows(few)) == []
