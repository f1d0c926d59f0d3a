"""The steps of a selection: each corpus has its own, to undo and redo, whatever is done in another."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from core.corpus.row_labels import labels_of, write_labels
from tests.corpora import corpus_of, records


def script(first: str, second: str) -> None:
    import numpy as np
    import streamlit as st

    from core.corpus.store import open_corpus
    from core.row_positions import CorpusRows
    from core.workspace.artefacts import Workspace
    from pages.parts.frame.selection import SelectionState

    states = [SelectionState(open_corpus(Workspace.default(), key)) for key in (first, second)]
    states[0].select(CorpusRows(np.array([1, 2])), "two rows")
    states[0].select(CorpusRows(np.array([3])), "one row")
    states[1].select(CorpusRows(np.array([0])), "another")
    states[1].undo()
    st.text(f"{len(states[0].steps)} {len(states[1].steps)} {len(states[1].undone)}")
    states[0].undo()
    st.text(f"{states[0].rows.tolist()} {len(states[0].undone)} {len(states[1].undone)}")
    states[0].redo()
    st.text(f"{states[0].rows.tolist()} {len(states[0].steps)} {len(states[1].undone)}")


def test_steps_in_one_corpus_leave_those_of_another(home: Path) -> None:
    keys = [corpus_of(home, records()[number:])[1].id for number in (0, 1)]
    test = AppTest.from_function(script, args=(keys[0], keys[1]), default_timeout=60).run()
    assert not test.exception, test.exception
    assert [text.value for text in test.text] == ["2 0 1", "[1, 2] 1 1", "[3] 2 1"]


def bar(key: str) -> None:
    import numpy as np

    from core.corpus.store import open_corpus
    from core.row_positions import CorpusRows
    from core.workspace.artefacts import Workspace
    from pages.parts.frame.page import open_page
    from pages.parts.frame.selection import SelectionState
    from pages.parts.frame.selection_bar import selection_bar

    ctx = open_page("clusters")
    state = SelectionState(open_corpus(Workspace.default(), key))
    if state.now is None and not state.steps:
        state.select(CorpusRows(np.array([1, 2, 5])), "three rows")
    selection_bar(ctx, facts=lambda rows: [], key="bar")


def test_a_whole_selection_is_labelled_at_one_press_and_undo_takes_the_label_off(home: Path) -> None:
    workspace, corpus = corpus_of(home, records(40))
    ids = [int(corpus.ids[row]) for row in (1, 2, 5)]
    write_labels(workspace, ids[:1], add=["good", "old"])
    write_labels(workspace, [int(corpus.ids[9])], add=["good"])  # so that a test can choose what it cannot type

    def written() -> dict[int, tuple[str, ...]]:
        return {row_id: row.labels for row_id, row in labels_of(workspace).items() if row_id in ids}

    test = AppTest.from_function(bar, args=(corpus.id,), default_timeout=60).run()
    test.selectbox(key="bar-label").set_value("good").run()
    test.button(key="bar-label-put").click().run()
    assert not test.exception and "is put on 2 rows" in test.success[0].value
    assert written() == {
        ids[0]: ("good", "old"), ids[1]: ("good",), ids[2]: ("good",),
    }  # fmt: skip
    test.button(key="bar-undo").click().run()
    assert written() == {ids[0]: ("good", "old")}
    test.button(key="bar-redo").click().run()
    assert len(written()) == 3
    test.button(key="bar-label-off").click().run()
    assert written() == {ids[0]: ("old",)}
    test.button(key="bar-undo").click().run()
    write_labels(workspace, ids[1:2], add=["meanwhile"])
    test.button(key="bar-undo").click().run()
    assert "got other labels meanwhile" in test.error[0].value  # and nothing is changed
    assert labels_of(workspace)[ids[1]].labels == ("good", "meanwhile")
