"""The line above the table of rows: the search, the form of filters, the choice of columns."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.component_words import component_title
from core.corpus.column_facts import is_numeric
from core.corpus.columns import column_digest, columns_digest
from core.corpus.store import Corpus
from core.features.languages.columns import language_columns
from pages.parts.corpus.rows_asked import WAYS, RowsAsked, ask_where, put, where_of
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_multiselect, carried

PLACEHOLDERS = {
    "text": "Search: words as they stand",
    "regex": r"Search: a pattern in RE2 syntax, such as (?i)\bquick ?sort",
    "meaning": "Search: what the rows are about, in your words",
    "id": "Search: a row's 16 digits, or file:line",
}
MANY = 1000  # a column with at most this many values is filtered by a list of choices
LENGTHS = {"instruction_characters": "instruction", "response_characters": "response"}
SHOWN = 6  # columns beside the texts that are shown unasked


def asked_rows(corpus: Corpus) -> tuple[RowsAsked, tuple[str, ...], DeltaGenerator]:
    """Draw the search, the filters and the choice of columns; returns what is asked, the columns to show, and the
    place for what is said of the rows.
    """
    where = where_of(corpus)
    titles = list(WAYS.values())
    field, ways = st.columns([3, 2], vertical_alignment="bottom")
    carried(session_keys.ROWS_WAY, _Titled(), titles[0])
    if session_keys.ROWS_WAY.value not in titles:
        session_keys.ROWS_WAY.set(titles[0])
    shown = ways.segmented_control(
        "Search for",
        titles,
        required=True,
        key=session_keys.ROWS_WAY.name,
        persist_state="session",
        label_visibility="collapsed",
    )
    way = next(name for name, title in WAYS.items() if title == (shown or titles[0]))
    carried(session_keys.ROWS_SEARCH, address.FIND, "")
    typed = field.text_input(
        "Search",
        key=session_keys.ROWS_SEARCH.name,
        persist_state="session",
        icon=":material/search:",
        placeholder=PLACEHOLDERS[way],
        label_visibility="collapsed",
    )
    said, component, form, choice = st.columns([3, 1.1, 0.95, 1.05], vertical_alignment="center")
    within_key = session_keys.ROWS_WITHIN.of(corpus.has_thinking)
    carried(within_key, address.FIND_IN, "both")
    if within_key.value not in corpus.components:
        within_key.set("both")
    within = component.selectbox(
        "In",
        corpus.components,
        format_func=lambda name: f"in {component_title(name).lower()}",
        key=within_key.name,
        persist_state="session",
        label_visibility="collapsed",
    )
    with form.popover("Filter", icon=":material/filter_alt:", width="stretch"):
        _filters(corpus)
    with choice.popover("Columns", icon=":material/view_column:", width="stretch"):
        chosen = _columns(corpus)
    asked = RowsAsked(way, typed if way == "regex" else typed.strip(), within, where)
    put(asked)
    return asked, chosen, said


class _Titled(address.UrlParameter):
    """The way of the search, whose widget holds the title of what the address names."""

    def __init__(self) -> None:
        super().__init__(address.FIND_BY.name)

    def get(self) -> str | None:
        return WAYS.get(super().get() or "")


@st.cache_data(max_entries=64, show_spinner=False)
def _usual_columns(home: str, columns: str, *, _corpus: Corpus) -> list[str]:
    """The columns that are shown beside the texts unasked: those that tell rows apart, at most six."""
    language = language_columns(_corpus).get("both") or "script"
    first = [name for name in ("source", "category", language, "turns", "multiplicity") if name in _corpus.columns]
    built_in = (*LENGTHS, *_corpus.built_in, *language_columns(_corpus).values())
    own = [name for name in _corpus.columns if name not in built_in]
    varied = [name for name in first if _corpus.kinds(name) > 1]
    told = [name for name in own if is_numeric(_corpus, name) or 1 < _corpus.kinds(name) <= MANY]
    return [*varied, *told][:SHOWN]


def _columns(corpus: Corpus) -> tuple[str, ...]:
    names = [name for name in corpus.columns if name not in LENGTHS]
    return bound_multiselect(
        st,
        "Columns beside the texts",
        {name: name for name in names},
        parameter=address.ROW_COLUMNS,
        default=_usual_columns(str(corpus.workspace.home), columns_digest(corpus), _corpus=corpus),
        known=corpus.columns,
        placeholder="none",
        help="Each brings its histogram, to filter by.",
    )


def _filters(corpus: Corpus) -> None:
    """Draw the filters as a form, for values that have no bar and for the keyboard."""
    for column, label in (("source", "Source"), ("category", "Category"), ("script", "Script")):
        if options := _values(corpus, column):
            _choice(corpus, column, label, options)
    names = [name for name in corpus.columns if name not in ("source", "category", "script")]
    name = st.selectbox("Column", names, index=None, placeholder="any other column", key="rows.column")
    if not name:
        return
    if is_numeric(corpus, name):
        _bounds(corpus, name)
    elif options := _values(corpus, name, fewest=1):
        _choice(corpus, name, "is one of", options)
    else:
        key = session_keys.ROWS_FILTER.of(f"value.{name}")
        key.set(next(iter(where_of(corpus).get(name, {}).get("values", [])), ""))
        st.text_input(
            "is", key=key.name, on_change=_asks(corpus, name, lambda: {"values": [key.value] if key.value else []})
        )


def _choice(corpus: Corpus, column: str, label: str, options: list[str]) -> None:
    key = session_keys.ROWS_FILTER.of(column)
    wanted = where_of(corpus).get(column, {}).get("values", [])
    key.set([value for value in wanted if value in options])
    st.multiselect(label, options, key=key.name, on_change=_asks(corpus, column, lambda: {"values": list(key.value)}))


def _bounds(corpus: Corpus, column: str) -> None:
    keys = {end: session_keys.ROWS_BOUND.of(end, column) for end in ("low", "high")}
    wanted = where_of(corpus).get(column, {})
    for key, place, name in zip(keys.values(), st.columns(2), ("from", "to"), strict=True):
        key.set(wanted.get(name))
        place.number_input(
            name,
            key=key.name,
            format="%g",
            on_change=_asks(corpus, column, lambda: {"from": keys["low"].value, "to": keys["high"].value}),
        )


def _asks(corpus: Corpus, column: str, wanted: Callable[[], dict[str, object]]) -> Callable[[], None]:
    """A callback that filters ``column`` by what its widgets now hold."""
    return lambda: ask_where(corpus, column, wanted())


def _values(corpus: Corpus, column: str, *, fewest: int = 2) -> list[str]:
    if column not in corpus.columns:
        return []
    home, content = str(corpus.workspace.home), column_digest(corpus, column)
    values = _all_values(home, corpus.id, column, content, _corpus=corpus)
    return values if fewest <= len(values) <= MANY else []


@st.cache_data(max_entries=256, show_spinner=False)
def _all_values(home: str, corpus_id: str, column: str, content: str, *, _corpus: Corpus) -> list[str]:
    return sorted(_corpus.counts_of(column))
