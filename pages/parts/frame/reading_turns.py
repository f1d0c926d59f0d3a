"""A row's turns as a component: texts reach the browser as text, and its script makes nodes of them, never HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.corpus.hits import Spans
from core.corpus.reading_blocks import Said
from core.counted import counted
from pages.parts.frame.map.served import mounting
from pages.parts.frame.session_keys import Key


def show_turns(
    turns: Sequence[Said],
    *,
    row: str,
    key: Key[Any],
    marks: Sequence[Spans] = (),
    steps: bool = False,
    on_step: Callable[[], None] = lambda: None,
) -> None:
    """Draw ``turns``; folds that a hand opened stay open while ``row`` stays the same.

    ``marks`` are the spans to mark in each block, all turns' blocks in one sequence; () for none. With ``steps``, the
    keys left and right, j and k send a step: see :func:`step`.
    """
    spans = iter(marks)
    drawn = [
        {
            "role": turn.role,
            "title": turn.title,
            "said": counted(sum(len(block.text) for block in turn.blocks), "character"),
            "blocks": [
                {
                    "kind": block.kind,
                    "title": block.title,
                    "text": block.text,
                    "said": counted(len(block.text), "character"),
                    "marks": [list(span) for span in next(spans, [])],
                }
                for block in turn.blocks
            ],
        }
        for turn in turns
    ]
    st.components.v2.component("diverscope_reading", js=mounting("reading.js"))(
        data={"row": row, "turns": drawn, "steps": steps}, key=key.name, on_step_change=on_step, height="content"
    )


def step(key: Key[Any], *, row: str) -> int:
    """1 or -1 where a key asked for the next or the previous row while ``row`` was read, else 0."""
    sent = getattr(key.get(None), "step", None)
    if not isinstance(sent, Mapping) or sent.get("from") != row or sent.get("by") not in (1, -1):
        return 0
    return int(sent["by"])
