"""The steps of a selection: each corpus has its own, to undo and redo, whatever is done in another."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

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
