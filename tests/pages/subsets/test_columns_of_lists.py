"""A column of lists, from the file over the page's filter and quota to what the next program reads."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import orjson
import pytest
from streamlit.testing.v1 import AppTest

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.export.formats import FORMATS
from core.export.records import rows_to_export
from core.workbench.build import build
from core.workbench.inspections.contrast import of_words
from core.workbench.inspections.map_colours import by_column
from core.workbench.inspections.subset_listing import mix_of
from core.workbench.quotas import values_of
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace
from tests.pages.subsets.test_subsets_page import opened, said

TOPICS = (["history", "law"], ["law"], ["art", "history"], ["law", "art", "music"], ["music"], [], None)


def topics(number: int) -> list[str] | None:
    return TOPICS[number % len(TOPICS)]


def loaded(home: Path, kind: str, *, rows: int = 210) -> tuple[Workspace, Corpus]:
    records = [
        {"instruction": f"Ask {number}.", "output": f"Say {number}.", "topics": topics(number)}
        for number in range(rows)
    ]
    if kind == "jsonl":
        data = b"\n".join(orjson.dumps(record) for record in records)
    else:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["instruction", "output", "topics"])
        for record in records:
            cell = record["topics"]
            words = "" if cell is None else json.dumps(cell) if kind == "csv" else str(np.array(cell))
            writer.writerow([record["instruction"], record["output"], words])
        data = text.getvalue().encode()
    workspace = Workspace(home)
    return workspace, ingest(workspace, [from_bytes(f"rows.{'jsonl' if kind == 'jsonl' else 'csv'}", data)])


def number_of(instruction: str) -> int:
    return int(instruction.split()[1].rstrip("."))


@pytest.mark.parametrize("kind", ["jsonl", "csv", "numpy"])
def test_the_page_filters_and_bounds_by_single_words_and_the_export_keeps_the_lists(home: Path, kind: str) -> None:
    workspace, corpus = loaded(home, kind)
    rule = {"column": "topics", "minimum": {"music": 12, "history": 9}, "maximum": {"art": 7}}
    test: AppTest = opened(corpus=corpus.id, strategy="random", n="30", rules=orjson.dumps({"quotas": [rule]}).decode())
    assert not test.exception
    test.selectbox(key="pool-column-0").select("topics")
    test.text_input(key="pool-values-0").set_value("law, music")
    next(button for button in test.button if button.label == "Apply").click().run()
    assert not test.exception and not test.error, said(test)
    assert "topics law, music" in said(test)
    recipe = Recipe(**{**test.session_state["ds.recipe"], "size": 30})
    built = build(workspace, recipe)
    chosen = [number_of(text) for text in _texts(corpus, built.ids)]
    words = Counter(word for number in chosen for word in topics(number) or [])
    assert all({"law", "music"} & {*(topics(number) or [])} for number in chosen)
    assert words["music"] >= 12 and words["history"] >= 9 and words["art"] <= 7
    rows = rows_to_export(corpus, corpus.positions_of(built.ids).tolist())
    written = [json.loads(line) for line in FORMATS["jsonl"].write(rows, b"{}").splitlines()]
    assert len(written) == 30
    for row in written:
        asked = topics(number_of(row["instruction"]))
        cell = row["topics"]
        assert cell == asked if kind == "jsonl" else _as_csv(cell, kind) == asked


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_what_every_format_writes_can_be_read_as_lists_again(home: Path, format: str) -> None:
    _, corpus = loaded(home, "jsonl", rows=30)
    written = FORMATS[format].write(rows_to_export(corpus, range(len(corpus))), b"{}")
    again = ingest(Workspace(home / "again"), [from_bytes(f"rows{FORMATS[format].suffix}", written)])
    assert again.counts_of("topics") == corpus.counts_of("topics")


def _as_csv(cell: str, kind: str) -> list[str] | None:
    if not cell:
        return None
    return json.loads(cell) if kind == "csv" else cell.strip("[]").replace("'", "").split()


def _texts(corpus: Corpus, ids: np.ndarray) -> list[str]:
    texts = corpus.text("instruction")
    return [texts[row] for row in corpus.positions_of(ids)]


def test_every_count_of_a_column_of_lists_counts_each_word(home: Path) -> None:
    workspace, corpus = loaded(home, "jsonl")
    built = build(workspace, Recipe(corpus=corpus.id, strategy="random", size=40))
    pool = [topics(number_of(text)) or [] for text in _texts(corpus, built.corpus_view.pool.ids)]
    chosen = [topics(number_of(text)) or [] for text in _texts(corpus, built.ids)]
    counted = Counter(word for cell in pool for word in cell)
    assert dict(values_of(built.corpus_view, "topics")) == counted
    mixed = mix_of(built, "topics").set_index("value")
    for word in counted:
        assert mixed.loc[word].tolist() == [counted[word], sum(word in cell for cell in chosen)]
    values = corpus.column("topics")
    types = of_words(values)
    every = [topics(number_of(text)) or ["none"] for text in corpus.text("instruction")]
    for word in types.names:
        assert types.rows_with(word).tolist() == [row for row, cell in enumerate(every) if word in cell]
    colouring = by_column(corpus, "topics")
    whole = Counter(word for cell in every for word in cell)
    assert {name: rows for name, _, rows in colouring.legend} == whole
    hue = {name: colour for name, colour, _ in colouring.legend}
    for row, cell in enumerate(every):
        rarest = min(cell, key=lambda word: (whole[word], [-ord(letter) for letter in word]))
        assert colouring.palette[colouring.codes[row]] == hue[rarest]
