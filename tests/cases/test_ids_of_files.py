"""Files whose lines have ids under any usual name: joined by them, never by position while the ids say otherwise."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from core.corpus.column_files import column_table
from core.corpus.columns import attach_columns
from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.own_vectors import attach_vectors
from core.features.tags.own import attach_tags, read_tags
from core.features.vector_files import read_vectors
from core.workspace.artefacts import Workspace
from tests.cases.test_containers import load

ORDER = [3, 0, 4, 2, 1]
NAMES = ("uid", "question_id", "idx", "index", "row", "sample_id")


def corpus_with(workspace: Workspace, column: str, *, first: int = 100) -> Corpus:
    lines = [{column: first + n, "instruction": f"Q{n}", "output": f"A{n}"} for n in range(5)]
    return load(workspace, ("rows.jsonl", "\n".join(map(json.dumps, lines)).encode())).corpus


def numbers(corpus: Corpus) -> list[int]:
    """The number of the question in each row."""
    return [int(text[1:]) for text in corpus.text("instruction")]


def jsonl(column: str, ids: list[Any], field: str, values: list[Any]) -> bytes:
    lines = ({column: id, field: value} for id, value in zip(ids, values, strict=True))
    return "\n".join(map(json.dumps, lines)).encode()


@pytest.mark.parametrize("column", NAMES)
@pytest.mark.parametrize("by_row_id", [False, True])
def test_vectors_find_their_rows_by_ids_of_any_name(workspace: Workspace, column: str, by_row_id: bool) -> None:
    corpus = corpus_with(workspace, column)
    row_of = {number: row for row, number in enumerate(numbers(corpus))}
    ids = [show_id(int(corpus.ids[row_of[n]])) if by_row_id else 100 + n for n in ORDER]
    data = jsonl(column, ids, "embedding", np.eye(5)[ORDER].tolist())
    made = attach_vectors(workspace, corpus, "response", read_vectors(data, name="v.jsonl"), label="mine")
    assert made.matched == 5
    (folder,) = [artefact for artefact in workspace.list("features") if artefact.manifest["feature"] == "embeddings"]
    assert folder.array("embeddings").argmax(axis=1).tolist() == numbers(corpus)


def test_a_column_that_numbers_the_lines_is_no_dimension_and_no_id(workspace: Workspace) -> None:
    data = ",a,b\n" + "".join(f"{n},{n}.5,1\n" for n in range(5))
    made = read_vectors(data.encode(), name="frame.csv")
    assert made.vectors.tolist() == [[n + 0.5, 1.0] for n in range(5)] and made.ids is None


def test_ids_in_another_order_that_name_nothing_are_refused_unless_position_is_asked(workspace: Workspace) -> None:
    corpus = corpus_with(workspace, "name")
    data = jsonl("uid", [f"x-{n}" for n in ORDER], "embedding", np.eye(5).tolist())
    vectors = read_vectors(data, name="v.jsonl")
    with pytest.raises(InputError, match=r"“uid” looks like ids.*joined by position"):
        attach_vectors(workspace, corpus, "response", vectors, label="mine")
    assert attach_vectors(workspace, corpus, "response", vectors, label="mine", join="position").matched == 5


@pytest.mark.parametrize("column", NAMES)
def test_tags_and_columns_are_joined_by_ids_of_any_name(workspace: Workspace, column: str) -> None:
    corpus = corpus_with(workspace, column)
    ids = [100 + n for n in ORDER]
    tags = read_tags(jsonl(column, ids, "tags", [[f"t{n}"] for n in ORDER]), name="t.jsonl")
    text = CorpusText(corpus, "response")
    assert attach_tags(text, tags, label="mine").matched == 5
    csv = f"{column},score\n" + "".join(f"{100 + n},{n}\n" for n in ORDER)
    assert attach_columns(workspace, corpus, column_table(csv.encode(), name="c.csv"))["matched"] == 5
    assert corpus.column("score").tolist() == numbers(corpus)


def test_a_table_is_joined_by_the_one_column_that_came_with_the_rows(workspace: Workspace) -> None:
    corpus = corpus_with(workspace, "name")
    csv = "name,score\n" + "".join(f"{100 + n},{n}\n" for n in ORDER)
    attach_columns(workspace, corpus, column_table(csv.encode(), name="c.csv"))
    assert corpus.column("score").tolist() == numbers(corpus)
