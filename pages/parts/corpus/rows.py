"""The rows of a corpus: search, filter, page, and read one in full."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.column_facts import is_numeric
from core.corpus.named_rows import named_rows, names_in
from core.corpus.pool import ColumnFilter, LengthWindow, PoolSpec, select
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.row_positions import CorpusRow, CorpusRows
from core.several import words_of
from core.view import component_title
from pages.parts.frame import session
from pages.parts.frame.guard import guarded
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card

PAGE = 50
PLACEHOLDERS = {"Text": "words as they stand", "Regex": r"\bquick ?sort", "Row id": "16 digits, or file:line"}
MANY = 1000  # a column with at most this many values is filtered by a list of choices
CUT = 200  # characters of a text that the table shows


def corpus_rows(corpus: Corpus) -> None:
    """Draw a search line, filters, a page of rows, and the reading card of the chosen row."""
    with guarded():
        spec = _spec(corpus)
        matching = _found(str(corpus.workspace.home), corpus.id, spec.digest, _corpus=corpus, _spec=spec)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            picked = _table(corpus, matching, spec)
        with right:
            if picked is not None:
                st.caption("Tick a row in the table to read it in full.")
                reading_card(corpus, picked, key="corpus-card", height=610)


@st.cache_data(max_entries=32, show_spinner="Searching …")
def _found(home: str, corpus_id: str, pool: str, *, _corpus: Corpus, _spec: PoolSpec) -> CorpusRows:
    return select(_corpus, _spec)


def _spec(corpus: Corpus) -> PoolSpec:
    """The search and the filters as a pool, which also shows the holdout."""
    columns = st.columns([3.2, 1.9, 1.5, 1.2], vertical_alignment="bottom")
    kind = columns[1].segmented_control(
        "Search for", ["Text", "Regex", "Row id"], default="Text", required=True, key="rows.kind"
    )
    typed = columns[0].text_input(
        "Search",
        key="rows.search",
        icon=":material/search:",
        placeholder=PLACEHOLDERS[kind or "Text"],
        help="Regular expressions in RE2 syntax; (?i) in front ignores capitals.",
    )
    within = columns[2].selectbox(
        "In",
        corpus.components,
        index=corpus.components.index("both"),
        format_func=component_title,
        key=f"rows.within.{corpus.has_thinking}",
    )
    values: dict[str, Any] = {"with_holdout": True}
    if typed.strip():
        if kind == "Row id":
            values["ids"] = tuple(show_id(row_id) for name in names_in(typed) for row_id in named_rows(corpus, name))
        else:
            values["text" if kind == "Text" else "regex"] = typed if kind == "Regex" else typed.strip()
            values["within"] = within
    with columns[3].popover("Filter", icon=":material/filter_alt:", width="stretch"):
        values.update(_filters(corpus))
    return PoolSpec(**values)


def _filters(corpus: Corpus) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, column, label in (
        ("sources", "source", "Source"),
        ("categories", "category", "Category"),
        ("scripts", "script", "Script (language)"),
    ):
        options = _values(corpus, column)
        if options:
            chosen = st.multiselect(label, options, key=f"rows.{column}")
            values[field] = tuple(chosen)
    left, right = st.columns(2)
    least = left.number_input(
        "Response from", min_value=0, value=None, placeholder="any", key="rows.least", help="Characters"
    )
    most = right.number_input("to", min_value=0, value=None, placeholder="any", key="rows.most", help="Characters")
    if least is not None or most is not None:
        values["length"] = LengthWindow(minimum=least, maximum=most, unit="characters", component="response")
    names = [name for name in corpus.columns if name not in ("source", "category", "script", "response_characters")]
    name = st.selectbox("Column", names, index=None, placeholder="any other column", key="rows.column")
    if name:
        column_filter = _by_column(corpus, name)
        if column_filter:
            values["columns"] = (column_filter,)
    return values


def _by_column(corpus: Corpus, name: str) -> ColumnFilter | None:
    if is_numeric(corpus, name):
        left, right = st.columns(2)
        low = left.number_input("from", value=None, key=f"rows.low.{name}", format="%g")
        high = right.number_input("to", value=None, key=f"rows.high.{name}", format="%g")
        return ColumnFilter(column=name, minimum=low, maximum=high) if (low, high) != (None, None) else None
    options = _values(corpus, name, fewest=1)
    if options:
        chosen = st.multiselect("is one of", options, key=f"rows.values.{name}")
        return ColumnFilter(column=name, values=tuple(chosen)) if chosen else None
    typed = st.text_input("is", key=f"rows.value.{name}")
    return ColumnFilter(column=name, values=(typed,)) if typed else None


def _values(corpus: Corpus, column: str, *, fewest: int = 2) -> list[str]:
    if column not in corpus.columns:
        return []
    values = sorted({word for cell in corpus.column(column).tolist() for word in words_of(cell)})
    return values if fewest <= len(values) <= MANY else []


def _table(corpus: Corpus, matching: CorpusRows, spec: PoolSpec) -> CorpusRow | None:
    """Draw a page of the matching rows; returns the position of the chosen row."""
    bare = {name: value for name, value in spec.as_dict().items() if name != "with_holdout"}
    left, right = st.columns([3, 2], vertical_alignment="center")
    said = f"**{rows(len(matching))}** of {counted(len(corpus), 'row')}"
    phrase = PoolSpec.of(bare).describe()
    left.markdown(f"{said} · {plain(phrase)}" if phrase else said)
    if bare and right.button(
        "Use as the pool",
        icon=":material/filter_alt:",
        width="stretch",
        help="Subsets are then chosen from these rows only (without the holdout).",
        key="rows.pool",
    ):
        session.set_pool(bare)
        st.toast("The pool is set; the strip above says so on every page.")
        st.rerun()
    if not len(matching):
        st.info("No row holds this. Widen the search or the filters.")
        return None
    pages = -(-len(matching) // PAGE)
    page = st.pagination(pages, key=f"rows.page.{spec.digest}") if pages > 1 else 1
    window = CorpusRows(matching[(page - 1) * PAGE : page * PAGE])
    records = corpus.rows(window)
    table = pd.DataFrame(
        {
            "Instruction": [_cut(_asked(record)) for record in records],
            "Response": [_cut(record["response"]) for record in records],
            "Source": [record["source"] for record in records],
            "Category": [record["category"] for record in records],
            "Copies": [record["multiplicity"] for record in records],
            "Held out": [record["holdout"] for record in records],
            "Id": [show_id(record["id"]) for record in records],
        }
    )
    for name, dull in (("Category", None), ("Copies", 1), ("Held out", False)):
        if (table[name].isna() if dull is None else table[name] == dull).all():
            table = table.drop(columns=name)
    event = st.dataframe(
        table,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=min(500, 36 * (len(window) + 1) + 4),
        key=f"rows.table.{corpus.id}.{spec.digest}.{page}",
        column_config={"Instruction": {"width": 245}, "Response": {"width": 245}},
    )
    chosen = event.selection.rows if event else []
    if chosen and chosen[0] < len(window):
        return CorpusRow(int(window[chosen[0]]))
    return CorpusRow(int(window[0]))


def _asked(record: dict[str, Any]) -> str:
    return f"{record['instruction']}\n\n{record['input']}" if record["input"] else str(record["instruction"])


def _cut(value: str) -> str:
    flat = " ".join(value[: CUT * 2].split())
    return flat if len(flat) <= CUT and len(value) <= CUT * 2 else f"{flat[: CUT - 1]}…"
