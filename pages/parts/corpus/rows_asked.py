"""What the Rows tab is asked for: a search and filters by column, kept in the session and in the address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.corpus.column_facts import is_numeric
from core.corpus.named_rows import named_rows, names_in
from core.corpus.pool import ColumnFilter, PoolSpec
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import in_short
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.plain_text import plain

WAYS = {"text": "Text", "regex": "Regex", "meaning": "Meaning", "id": "Row id"}  # in the address: on the page
FIELDS = {"source": "sources", "category": "categories", "script": "scripts"}  # a pool's own names for three columns
Where = dict[str, dict[str, Any]]  # of a column: {"values": [...]} or {"from": number, "to": number}


@dataclass(frozen=True)
class RowsAsked:
    """A search, by one of :data:`WAYS`, inside a component, and what each column must hold."""

    way: str
    typed: str
    within: str
    where: Where = field(default_factory=dict)

    def spec(self, corpus: Corpus, *, without: str = "") -> PoolSpec:
        """The rows as a pool that also shows the holdout; the filter of the column ``without`` is left out.

        A search by meaning is not part of it. Raises :class:`core.errors.InputError` for a text that names no row.
        """
        values: dict[str, Any] = {"with_holdout": True}
        if self.typed and self.way == "id":
            values["ids"] = tuple(
                show_id(row_id) for name in names_in(self.typed) for row_id in named_rows(corpus, name)
            )
        elif self.typed and self.way in ("text", "regex"):
            values[self.way] = self.typed
            values["within"] = self.within
        columns = []
        for column, wanted in self.where.items():
            if column == without:
                continue
            if column in FIELDS:
                values[FIELDS[column]] = tuple(wanted["values"])
            elif "values" in wanted:
                columns.append(ColumnFilter(column=column, values=tuple(wanted["values"])))
            else:
                columns.append(ColumnFilter(column=column, minimum=wanted.get("from"), maximum=wanted.get("to")))
        return PoolSpec(**values, columns=tuple(columns))


def where_of(corpus: Corpus) -> Where:
    """The filters of the session; a link's at the start and after Back, as far as this corpus has such columns."""
    kept = session_keys.ROWS_WHERE.get(None)
    if kept is not None and kept[0] == corpus.id and not session.came_back():
        return {column: wanted for column, wanted in kept[1].items() if column in corpus.columns}
    first = kept is None or session.came_back()
    where: Where = {}
    for column, wanted in (address.WHERE.values() if first else {}).items():
        if (usable := _usable(corpus, column, wanted)) is not None:
            where[column] = usable
        else:
            st.warning(plain(f"The link's filter of “{in_short(column)}” is not used: it does not fit this corpus."))
    session_keys.ROWS_WHERE.set((corpus.id, where))
    return where


def ask_where(corpus: Corpus, column: str, wanted: dict[str, Any] | None) -> None:
    """Let the next run filter ``column`` so; None lets every value pass."""
    where = dict(where_of(corpus))
    where.pop(column, None)
    if wanted and any(value not in (None, []) for value in wanted.values()):
        where[column] = wanted
    session_keys.ROWS_WHERE.set((corpus.id, where))


def put(asked: RowsAsked) -> None:
    """Write what is asked into the address; what is usual is left out of it."""
    address.put_all(
        {
            address.FIND: asked.typed or None,
            address.FIND_BY: asked.way if asked.way != "text" else None,
            address.FIND_IN: asked.within if asked.within != "both" else None,
            address.WHERE: address.WHERE.text(asked.where),
        }
    )


def _usable(corpus: Corpus, column: str, wanted: Any) -> dict[str, Any] | None:
    """The filter of a link, if ``column`` is one of the corpus and the filter fits its kind."""
    if column not in corpus.columns or not isinstance(wanted, dict):
        return None
    values = wanted.get("values")
    if isinstance(values, list) and values and all(isinstance(value, str) for value in values):
        return {"values": values} if not is_numeric(corpus, column) else None
    bounds = {end: wanted.get(end) for end in ("from", "to")}
    numbers = all(value is None or (isinstance(value, (int, float)) and value == value) for value in bounds.values())
    there = any(value is not None for value in bounds.values())
    return bounds if numbers and there and is_numeric(corpus, column) else None
