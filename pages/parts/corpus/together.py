"""Inputs of several kinds that are kept in a list to become one corpus: uploads, paths, data sets of the hub."""

from __future__ import annotations

from typing import Any, TypedDict

import streamlit as st

from core.corpus.corpus_list import free_name
from core.workspace import names
from core.workspace.artefacts import Workspace
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import plain

KEEP = "Keep for one corpus"
KEPT = "Keeps this input in a list; inputs of all kinds then make one corpus together."


class KeptInput(TypedDict):
    """One input: what it is called, and the part of a request that names it."""

    title: str
    request: dict[str, Any]


def keep(title: str, request: dict[str, Any]) -> None:
    """Put an input on the list; the same input stands there once."""
    kept, inputs = KeptInput(title=title, request=request), session_keys.TOGETHER.get([])
    if kept not in inputs:
        session_keys.TOGETHER.set([*inputs, kept])


def kept_inputs(workspace: Workspace) -> tuple[dict[str, Any], str] | None:
    """Draw the list; gives what the job reads and the name of the corpus when its button is pressed, else None."""
    inputs = session_keys.TOGETHER.get([])
    if not inputs:
        return None
    with st.container(border=True, key="corpus.together"):
        st.markdown("**Together in one corpus**")
        for place, kept in enumerate(inputs):
            left, right = st.columns([6, 1], vertical_alignment="center")
            left.text(kept["title"])
            right.button(
                "Take out", key=f"corpus.together.out.{place}", on_click=_take_out, args=(place,), width="stretch"
            )
        left, right = st.columns([3, 2], vertical_alignment="bottom")
        name = left.text_input(
            "Name of the corpus", value=free_name(workspace, inputs[0]["title"]), max_chars=names.LONGEST,
            key=f"corpus.together.name.{len(inputs)}",
        )  # fmt: skip
        st.caption(
            "Each row keeps its source. On Subsets a quota on the source, by shares, mixes them by weights at any size."
        )
        if right.button(plain(f"Make one corpus of {len(inputs)}"), type="primary", key="corpus.make.together"):
            return {"parts": [kept["request"] for kept in inputs]}, name
    return None


def _take_out(place: int) -> None:
    inputs = session_keys.TOGETHER.get([])
    session_keys.TOGETHER.set([kept for at, kept in enumerate(inputs) if at != place])
