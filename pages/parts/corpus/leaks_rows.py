"""The leaks themselves: the row and the question side by side with the matched words marked, and the row in full."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from core.corpus.hits import window
from core.corpus.store import Corpus
from core.curation.leaks.report import LeakedRow, asked_spans, leaked_rows
from core.curation.leaks.rule import rule_of
from core.curation.leaks.settings import LeakRule
from core.row_positions import CorpusRow, CorpusRows
from pages.parts.corpus.rows_table import Cell, event, head, show_rows
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import RowReading

PAGE = 25
CUT = 420
HEIGHT = 520
TITLES = ("Row", "Question", "Share and place")


def leak_rows(corpus: Corpus, rule: LeakRule, names: Mapping[str, str]) -> None:
    """Draw a page of the leaks, those that hold most of a question first; ``names`` are those of the benchmarks."""
    key = ""
    if len(rule.benchmarks) > 1:
        key = st.selectbox(
            "Leaks of", ["", *rule.benchmarks], format_func=lambda name: names[name] if name else "all benchmarks",
            key="leaks.of", label_visibility="collapsed",
        )  # fmt: skip
    pages = st.container()
    _, every = _part(corpus.id, rule_of(rule).digest, key, 0, 0, _corpus=corpus, _rule=rule)
    if not every:
        st.success("No row outside the holdout is a leak.")
        return
    page = st.pagination(-(-every // PAGE), key=f"leaks.page.{rule_of(rule).digest}.{key}") if every > PAGE else 1
    listed, _ = _part(corpus.id, rule_of(rule).digest, key, (page - 1) * PAGE, PAGE, _corpus=corpus, _rule=rule)
    kept = session_keys.LEAKS_READ.get(None)
    here = {leak.row for leak in listed}
    read = kept[1] if kept is not None and kept[0] == corpus.id and kept[1] in here else listed[0].row
    table = session_keys.LEAKS_TABLE.of(corpus.id)
    with pages:
        st.markdown(f"**{rows(every)}** {'leak' if every == 1 else 'leaks'}, those that hold most of a question first")
        left, right = st.columns([3, 2], gap="medium")
        with left:
            show_rows(
                columns=[_head(title, wide=title in ("Row", "Question")) for title in TITLES],
                lines=[(leak.row, _cells(leak, rule)) for leak in listed],
                read=read,
                page=f"{rule_of(rule).digest}.{key}.{page}",
                height=HEIGHT,
                key=table,
                on_event=partial(_picked, corpus, table),
            )
        with right:
            here_in_order = CorpusRows(np.array(list(dict.fromkeys(leak.row for leak in listed)), dtype=np.int64))
            reading = RowReading(CorpusRow(read), here_in_order, partial(_read, corpus))
            reading_card(corpus, CorpusRow(read), key="leaks-card", height=HEIGHT, reading=reading)


@st.cache_data(max_entries=64, show_spinner=False)
def _part(
    corpus_id: str, rule: str, key: str, first: int, most: int, *, _corpus: Corpus, _rule: LeakRule
) -> tuple[list[LeakedRow], int]:
    return leaked_rows(_corpus, _rule, key=key, first=first, most=most)


def _head(title: str, *, wide: bool) -> dict[str, Any]:
    return head(title, wide=wide, histogram=None, kept=None, wanted=None)


def _cells(leak: LeakedRow, rule: LeakRule) -> list[Cell]:
    marked = asked_spans(leak.asked, leak.text, rule) if leak.by == "words" else []
    share = f"{leak.share:.0%}" if leak.by == "words" else f"cosine {leak.share:.2f}"
    component = leak.component.removesuffix("_with_thinking")
    return [
        window(leak.text, leak.spans, length=CUT),
        window(leak.asked, marked, length=CUT),
        (f"{share} in the {component} · {leak.benchmark} · {leak.question}", []),
    ]


def _picked(corpus: Corpus, key: session_keys.Key[Any]) -> None:
    row = event(key).get("row")
    if isinstance(row, int) and not isinstance(row, bool) and 0 <= row < len(corpus):
        _read(corpus, CorpusRow(row))


def _read(corpus: Corpus, row: CorpusRow) -> None:
    session_keys.LEAKS_READ.set((corpus.id, int(row)))
