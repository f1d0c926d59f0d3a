"""Tags from a user's file become the types of the meso strategy."""

from __future__ import annotations

import json

import pytest

from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.tags.own import TagFile, attach_tags, own_tags, read_tags
from core.features.tags.store import compute_decisions, compute_tags, load_tags, load_type_rows
from core.features.tags.tagging import Tagging
from core.workspace.artefacts import Workspace

TAGGING = Tagging(tagger="own", model="hand", min_rows=1, synonyms="none", support=0)


def jsonl(*cells: object) -> bytes:
    return b"\n".join(json.dumps({"tags": cell}).encode() for cell in cells)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (jsonl(["a b", "c"], [], ["c", "c"]), [["a b", "c"], [], ["c"]]),
        (jsonl([{"tag": "a", "explanation": "x"}], [{"tag": "b", "explanation": "y"}]), [["a"], ["b"]]),
        (jsonl("a; b,c ;", "d"), [["a", "b,c"], ["d"]]),
        (jsonl("a, b", "", "c"), [["a", "b"], [], ["c"]]),
        (jsonl('["x", "y z"]', "[]"), [["x", "y z"], []]),
        (jsonl("['x', 'y z']"), [["x", "y z"]]),
        (jsonl("two   spaces|x"), [["two spaces", "x"]]),
    ],
)
def test_cells_are_read_however_they_hold_their_tags(data: bytes, wanted: list[list[str]]) -> None:
    assert read_tags(data, name="t.jsonl").tags == wanted


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("t.npy", b"", "none of|is empty"),
        ("t.csv", b"id,one,two\n1,a,b\n", "no column “tags”"),
        ("t.csv", b"id,tags\n1,\n", "holds no tag"),
    ],
)
def test_a_file_that_cannot_serve_says_why(name: str, data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_tags(data, name=name)


def test_the_column_called_tags_is_taken_wherever_it_stands() -> None:
    file_tags = read_tags(b'{"keywords": ["a"], "tags": ["b", "c"]}\n', name="t.jsonl")
    assert file_tags.tags == [["b", "c"]]


def test_tags_join_their_rows_and_pass_through_the_same_decisions(workspace: Workspace, corpus: Corpus) -> None:
    ids = [show_id(int(row)) for row in corpus.ids[:30]] + ["0" * 15 + "5"]
    cells = [["Cat", f"kind {at % 3}"] if at % 2 else ["cats"] for at in range(31)]
    made = attach_tags(CorpusText(corpus, "response"), TagFile(tags=cells, ids=ids), label="hand", join="id")
    assert (made.model, made.matched, made.missing, made.unknown) == ("hand", 30, len(corpus) - 30, 1)
    raw = load_tags(CorpusText(corpus, "response"), TAGGING)
    assert raw is not None
    assert raw.of(1) == ["Cat", "kind 1"]
    assert raw.of(40) == []
    compute_decisions(CorpusText(corpus, "response"), TAGGING)
    types = load_type_rows(CorpusText(corpus, "response"), TAGGING)
    assert types is not None
    assert sorted(types.names) == ["Cat", "kind 0", "kind 1", "kind 2"]  # one of the two spellings stands for both
    assert types.matrix[:30].getnnz(axis=1).tolist() == [2 if at % 2 else 1 for at in range(30)]
    assert own_tags(CorpusText(corpus, "response")) == ["hand"]


def test_one_name_means_one_set_of_tags(workspace: Workspace, corpus: Corpus) -> None:
    file = TagFile(tags=[["a"]] * 60, ids=None)
    once = attach_tags(CorpusText(corpus, "response"), file, label="hand")
    assert attach_tags(CorpusText(corpus, "response"), file, label="hand") == once
    with pytest.raises(InputError, match="other tags named hand"):
        attach_tags(CorpusText(corpus, "response"), TagFile(tags=[["b"]] * 60, ids=None), label="hand")


def test_tags_that_were_never_attached_are_asked_for(workspace: Workspace, corpus: Corpus) -> None:
    with pytest.raises(InputError, match="no tags named hand"):
        compute_tags(CorpusText(corpus, "response"), TAGGING)
