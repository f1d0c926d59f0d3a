"""The rows of a subset, or those that it leaves out with their reasons, as a table with pages."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.corpus.row_ids import show_id
from core.row_positions import CorpusRow, PoolRow, PoolRows
from core.workbench.build import Built
from core.workbench.inspections.left_out import left_out, left_out_of_pool
from core.workbench.inspections.subset_listing import rows_and_ranks
from core.workbench.inspections.why import RowRule, rules_on
from pages.parts.frame import session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_steps import RowReading, reading_on

PAGE = 50  # rows on a page of the table
SIDES = {"chosen": "in the subset", "left_out": "left out"}
RULE_MARKS: dict[RowRule, str] = {"pinned": "pinned", "excluded": "excluded", "in_training": "in training"}


def pick_side() -> str:
    """Draw the choice between the rows in the subset and those left out."""
    return str(
        st.segmented_control(
            "Show", list(SIDES), default="chosen", required=True, format_func=SIDES.__getitem__, key="rows-shown"
        )
    )


def rows_table(
    ctx: Context, built: Built, *, wanted: str, inside: PoolRows | None = None, height: int = 320
) -> PoolRow | None:
    """Draw a page of the rows ``wanted`` (a name of :data:`SIDES`); returns the pool position of the picked row.

    ``inside`` lists only those of them that it names.
    """
    order, ranks = rows_and_ranks(built, chosen=wanted == "chosen", inside=inside)
    if not len(order):
        st.caption("No rows.")
        return None
    if wanted == "left_out":
        counts = _reason_counts(built.recipe.ids_digest, built.recipe.as_json(), built)
        st.caption(" · ".join(f"{rows(count)} {plain(reason)}" for reason, count in counts.items()))
    pages = max(1, -(-len(order) // PAGE))
    page = st.pagination(pages, key=f"rows-page-{pages}") if pages > 1 else 1
    window = PoolRows(order[(page - 1) * PAGE : page * PAGE])
    records = ctx.corpus.rows(built.corpus_view.corpus_positions(window))
    table = pd.DataFrame(
        {
            "rank": ranks[(page - 1) * PAGE : page * PAGE],
            "instruction": [record["instruction"][:200] for record in records],
            "response": [record["response"][:200] for record in records],
            "source": [record["source"] for record in records],
            "id": [show_id(record["id"]) for record in records],
        }
    )
    if wanted == "left_out":
        table.insert(1, "reason", left_out_of_pool(built, window).words())
    elif marks := rule_marks(built, window):
        table.insert(1, "rule", marks)
    event = st.dataframe(
        table,
        key=f"rows-{wanted}-{page}-{session_keys.ROWS_TABLE.now}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        height=height,
        column_config={  # otherwise a long instruction pushes the response and the source out of sight
            "rank": st.column_config.NumberColumn(width=50),
            "rule": st.column_config.TextColumn(width=70),
            "reason": st.column_config.TextColumn(width=190),
            "instruction": st.column_config.TextColumn(width=200),
            "response": st.column_config.TextColumn(width=200),
            "source": st.column_config.TextColumn(width=100),
        },
    )
    chosen = event.selection.rows if event else []
    return PoolRow(int(window[chosen[0]])) if chosen and chosen[0] < len(window) else None


def subset_reading(
    built: Built, picked: PoolRow, *, wanted: str, key: str, inside: PoolRows | None = None
) -> tuple[PoolRow, RowReading]:
    """The row that is read, ``picked`` in the table or reached from it by steps, and the whole list it is in.

    ``wanted`` and ``inside`` are those of :func:`rows_table`, ``key`` that of the reading card.
    """
    listed, _ = rows_and_ranks(built, chosen=wanted == "chosen", inside=inside)
    corpus_view = built.corpus_view
    reading = reading_on(corpus_view.corpus_positions(listed), corpus_view.corpus_position(picked), key=key)
    read = corpus_view.pool_position(reading.row)
    return (picked if read is None else read), reading


def kept_beside(built: Built, covering: PoolRow | None, near: tuple[PoolRow, float] | None) -> dict[str, CorpusRow]:
    """The kept rows to compare a row with, by what they are: the one that covers it, and the nearest one."""
    beside: dict[str, CorpusRow] = {}
    if covering is not None:
        beside["the kept row that covers it"] = built.corpus_view.corpus_position(covering)
    if near is not None and near[0] != covering:
        beside["the nearest kept row"] = built.corpus_view.corpus_position(near[0])
    return beside


@st.cache_data(max_entries=32, show_spinner="Looking for the reasons …")
def _reason_counts(ids_digest: str, recipe: bytes, _built: Built) -> Mapping[str, int]:
    """Rows of the corpus that are left out, by reason."""
    return left_out(_built).counts


def rule_marks(built: Built, shown: PoolRows) -> list[str]:
    """The rule on each shown row: pinned, excluded, in training, or ""; [] if no rule names a row."""
    if not (built.recipe.given or built.recipe.excluded or built.recipe.pinned):
        return []
    return [RULE_MARKS[rule] if rule else "" for rule in rules_on(built, shown)]
