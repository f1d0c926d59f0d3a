"""What an action did is said by the run after it: a rerun cannot take the words away before they are read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[3]
FILES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]


def calls(statement: ast.stmt, function: str) -> bool:
    """Whether a statement, or one inside it, calls ``function`` ("st.toast")."""
    return any(isinstance(node, ast.Call) and ast.unparse(node.func) == function for node in ast.walk(statement))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_nothing_is_said_by_a_run_that_ends_at_once(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
            if not isinstance(block, list):
                continue
            said = False
            for statement in block:
                assert not (said and calls(statement, "st.rerun")), f"{file.name}:{statement.lineno}: tell_after_rerun"
                said = said or (isinstance(statement, ast.Expr) and calls(statement, "st.toast"))


def test_words_wait_for_the_run_that_draws_the_whole_page() -> None:
    def script() -> None:
        import streamlit as st

        from pages.parts.frame.told import tell_after_rerun, tell_now

        if st.button("Save"):
            tell_after_rerun("Saved.")
            st.rerun()
        tell_now()

    app = AppTest.from_function(script).run()
    assert not app.toast
    app.button[0].click().run()
    assert [toast.value for toast in app.toast] == ["Saved."]
    app.run()
    assert not app.toast
