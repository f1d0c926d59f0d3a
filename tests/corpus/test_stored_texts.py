"""The texts of a large corpus say what a list of them says, and read only what they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from core.corpus import store
from core.corpus.corpus_text import CorpusText
from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus, ReadOnce
from core.corpus.stored_texts import StoredTexts
from core.curation.near_copies.groups import _templates
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies
from core.features.tokens import compute_tokens
from core.progress import silent
from core.view import ALL_COMPONENTS, View, texts_at
from core.workspace.artefacts import Workspace

ROWS = 4500  # three row groups
FRAME = b"as anyone can see who reads the long table of many numbers on the last page of the old green book in the hall"
THOUGHT = b'{"prompt": "q%d?", "response": "<think>well, %d</think>It is %d, ' + FRAME + b'.", "input": "%s"}\n'


@pytest.fixture
def both(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Corpus, Corpus]]:
    """The same corpus twice: with its texts in memory, and with texts that are read as they are asked for."""
    lines = [THOUGHT % (row, row % 7, row, b"" if row % 3 else b"given") for row in range(ROWS)]
    held = ingest(workspace, [from_bytes("rows.jsonl", b"".join(lines))], name="rows")
    for component in ALL_COMPONENTS:
        held.text(component)
    monkeypatch.setattr(store, "HELD_BYTES", 1)
    yield held, replace(held, _held=ReadOnce())  # what was read is shared by all that open it


@pytest.mark.parametrize("component", ALL_COMPONENTS)
def test_texts_that_are_read_equal_those_in_memory(both, component) -> None:
    held, read = (corpus.text(component) for corpus in both)
    assert isinstance(held, list) and isinstance(read, StoredTexts)
    assert list(read) == held and read == held and len(read) == ROWS
    assert (read[0], read[-1], read[3000]) == (held[0], held[-1], held[3000])
    assert read[10:4000:37] == held[10:4000:37]
    with pytest.raises(IndexError):
        read[ROWS]
    places = np.random.default_rng(0).integers(0, ROWS, 500)
    assert texts_at(read, places) == texts_at(held, places) == [held[place] for place in places]
    assert texts_at(read, places[:0]) == []


def test_rows_of_rows_are_read_through_and_views_take_them(both) -> None:
    held, read = both
    rows = np.arange(0, ROWS, 3)
    for corpus in both:
        view = View(corpus.ids, "both", {"text": lambda corpus=corpus: corpus.text("both")})
        taken = view.take(rows).take(np.array([5, 900, 2]))
        assert list(taken.text) == [held.text("both")[row] for row in (15, 2700, 6)]
        assert (taken.text[1], list(taken.text[1:])) == (held.text("both")[2700], list(taken.text)[1:])
    assert isinstance(read.text("both"), StoredTexts)


def test_many_rows_cost_each_row_group_once(both, monkeypatch) -> None:
    texts = both[1].text("response")
    groups: list[int] = []
    read = texts._file.read
    monkeypatch.setattr(texts._file, "read", lambda wanted: (groups.extend(wanted), read(wanted))[1])
    texts_at(texts, np.array([4000, 1, 4001, 2, 3]))
    assert sorted(groups) == [0, 1]
    groups.clear()
    assert sum(len(text) > 0 for text in texts) == ROWS
    assert groups == sorted(set(groups))
    groups.clear()
    _ = [texts[row] for row in range(200, 260)]
    assert len(groups) == 1


def test_features_and_groups_of_copies_are_those_of_texts_in_memory(both) -> None:
    _, read = both
    settings = NearCopies(rung="minhash", component="response")
    of_row = find_copies(read, settings).groups(0.7)
    templates = [list(_templates(corpus.text("response"), of_row, silent)) for corpus in both]
    assert templates[0] == templates[1] != []
    tokens = compute_tokens(CorpusText(read, "response"))
    assert len(tokens.lengths) == ROWS and tokens.lengths.min() > 3
