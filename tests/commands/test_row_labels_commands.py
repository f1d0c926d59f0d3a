"""Rows labelled by a command, listed, filtered by their label, and written beside them into the export."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.__main__ import main
from core.corpus.named_selections import keep_rows
from core.corpus.row_ids import show_id
from core.corpus.row_labels import LABELS, NOTE, labels_of
from core.corpus.store import Corpus
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    return corpus_of(workspace.home, records(40), name="made")[1]


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 0
    return capsys.readouterr().out


def test_rows_are_labelled_listed_and_chosen_by_their_label(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = [show_id(row_id) for row_id in corpus.ids[~corpus.holdout].tolist()]
    said = printed(capsys, "label", "made", *ids[:6], "--label", "good", "--note", "read\ntwice")
    assert said.count("good") == 6 and "read\\ntwice" in said
    printed(capsys, "label", "made", ids[0], "--label", "best", "--remove", "good", "--note", "")
    listed = printed(capsys, "labels", "made", "--label", "good")
    assert listed.count("good") == 5 and ids[0] not in listed and "5 rows" in listed
    out = tmp_path / "chosen.jsonl"
    pool = ["--pool", f"{LABELS}=good"]
    printed(capsys, "choose", "made", "--strategy", "random", "--size", "5", *pool, "--out", str(out), "--labels")
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row[LABELS], row[NOTE]) for row in rows] == [("good", "read\ntwice")] * 5
    printed(capsys, "choose", "made", "--strategy", "random", "--size", "5", *pool, "--out", str(out))
    assert not any(LABELS in json.loads(line) for line in out.read_text().splitlines())


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_labels_are_written_as_a_file_of_columns(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    names = [show_id(row_id) for row_id in corpus.ids[[2, 5]].tolist()]
    printed(capsys, "label", "made", *names, "--label", "a", "--label", "b")
    path = tmp_path / f"labels.{kind}"
    assert "2 rows" in printed(capsys, "labels", "made", "--out", str(path))
    if kind == "parquet":
        assert pq.read_table(path).to_pylist() == [{"id": name, "labels": "a, b", "note": ""} for name in names]
    elif kind == "jsonl":
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert lines == [{"id": name, "labels": "a, b", "note": ""} for name in names]
    else:
        assert path.read_text().splitlines() == ["id,labels,note", *(f'{name},"a, b",' for name in names)]


def test_the_words_in_which_two_rows_differ_are_printed(corpus: Corpus, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (show_id(row_id) for row_id in corpus.ids[:2])
    said = printed(capsys, "row-difference", "made", first, second)
    assert said.startswith(f"{first}  ") and f"\n{second}  " in said and "that the other has not" in said
    assert "0 places" in printed(capsys, "row-difference", "made", first, first)


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (["label", "made", "0" * 16, "--label", "x"], "has no row"),
        (["label", "made", "FIRST"], "Nothing is to be written"),
        (["label", "made", "FIRST", "--label", "x" * 61], "not a label"),
        (["labels", "made", "--out", "x.txt"], "no known kind"),
        (["row-difference", "made", "FIRST", "0" * 16], "has the id"),
    ],
)
def test_what_cannot_be_labelled_says_why(
    corpus: Corpus, capsys: pytest.CaptureFixture[str], words: list[str], wrong: str
) -> None:
    words = [show_id(int(corpus.ids[0])) if word == "FIRST" else word for word in words]
    assert main(words) == 1
    assert wrong in capsys.readouterr().err


def test_the_rows_of_a_kept_selection_are_labelled_by_its_name(
    corpus: Corpus, capsys: pytest.CaptureFixture[str]
) -> None:
    mask = np.arange(len(corpus)) % 7 == 3
    keep_rows(corpus, "sevenths", mask)
    said = printed(capsys, "label", "made", "--selection", "sevenths", "--label", "good")
    assert said == f"{int(mask.sum())} rows of the selection sevenths written on.\n"
    assert set(labels_of(corpus.workspace)) == set(corpus.ids[mask].tolist())
    assert main(["label", "made", "--selection", "eighths", "--label", "good"]) == 1
    assert "There are: sevenths" in capsys.readouterr().err
    assert main(["label", "made", "--label", "good"]) == 1
