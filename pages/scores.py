"""The Scores page: scores rows by a language model, attaches the user's own scores, shows their distributions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.corpus.column_facts import NumberSummary, newest_numeric_columns, summary_of
from core.corpus.columns import column_digest
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.features.models.columns import ScoreColumn, score_columns
from core.figures.scores import score_histogram, score_table
from core.figures.theme import Mode
from core.jobs import job_names
from core.row_positions import CorpusRow, CorpusRows
from core.selection.daar.windows import captions
from core.workbench.rows_to_read import from_one_end
from core.workbench.tasks.row_scoring import row_scores_request
from pages.parts.frame import address, jobs, session_keys
from pages.parts.frame.bound_select import bound_segments, bound_select, follow_default
from pages.parts.frame.empty_state import empty_state
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import RowReading, reading_on
from pages.parts.scores.coverage_holes import holes_form
from pages.parts.scores.forms import daar_form, difficulty_form, model_form
from pages.parts.scores.from_columns import from_columns
from pages.parts.scores.frontier import quality_frontier
from pages.parts.scores.import_forms import columns_form, log_form
from pages.parts.scores.model_vectors_form import model_vectors_form
from pages.parts.scores.row_scores_form import row_scores_form
from pages.parts.scores.sampled_answers import sampled_answers
from pages.parts.scores.score_filter import by_numbers, dragged, selected, selected_between
from pages.parts.scores.self_rating_form import self_rating_form
from pages.parts.scores.training_map import training_map
from pages.parts.scores.ways import chosen_way
from pages.parts.scores.weights_form import weights_form

ENDS = {"lowest": "lowest", "highest": "highest"}
LISTED = 200  # rows listed in the table


def ways_in(ctx: Context) -> tuple[str, str | None]:
    """Draw the forms that compute, attach or compare scores, one at a time.

    Returns the name of the shown one, and the column that it is about, where there is one.
    """
    way = chosen_way()
    forms: dict[str, Callable[[Context], Any]] = {
        "rows": row_scores_form,
        "model": model_form,
        "answers": sampled_answers,
        "rating": self_rating_form,
        "vectors": model_vectors_form,
        "daar": daar_form,
        "difficulty": difficulty_form,
        "training": training_map,
        "log": log_form,
        "columns": from_columns,
        "own": columns_form,
        "holes": holes_form,
        "weights": weights_form,
        "frontier": quality_frontier,
    }
    about: str | None = None
    with st.container(border=True), guarded():
        about = forms[way](ctx)
    return way, about


def seen(ctx: Context, about: str | None) -> None:
    """Draw a score: its distribution, its meaning, its rows from one end, and the chosen row in full.

    Until another column is chosen it is ``about``, else the newest score.
    """
    names = newest_numeric_columns(ctx.corpus)
    if not names:
        request = row_scores_request(ctx.corpus.id, ctx.component, embedder=ctx.embedder or "")
        empty_state(
            "No score yet",
            "A score is a number for each row: its histogram is here, rows from either end, and a drag over the bars "
            "selects rows. “No model”, under “Rows alone” above, gives length, variety of words and reading ease: "
            "press Score.",
            takes=jobs.takes_here(ctx.workspace, job_names.ROW_SCORES, request),
            key="scores-none",
        )
        return
    notes = {score.column: score for score in score_columns(ctx.corpus)}
    first = about if about in names else next((name for name in names if name in notes), names[0])
    left, middle, right = st.columns([3, 2, 0.6], vertical_alignment="bottom")
    follow_default(address.SCORE_SHOWN, first)  # a new score is shown, unless another column was chosen
    name = bound_select(left, "Column", names, parameter=address.SCORE_SHOWN, default=first)
    end = bound_segments(middle, "First come", ENDS, parameter=address.SCORE_ORDER, default="highest")
    note = notes.get(name)
    if note is not None:
        with right:
            explain(note.title, formula=note.formula, source=note.source, meaning=note.meaning, key="scores.explain")
    values = ctx.corpus.column(name)
    selected(ctx)  # above the figure, so that a drag there is answered in sight
    drawn(ctx, name, values, note)
    table, card = st.columns([3, 2], gap="medium")
    with table:
        chosen = listed(ctx, name, values, lowest=end == "lowest")
    with card:
        if chosen is None:
            st.caption("Choose a row of the table to read it in full.")
        else:
            reading_card(ctx.corpus, chosen.row, key="scores.card", reading=chosen)


def drawn(ctx: Context, name: str, values: np.ndarray, note: ScoreColumn | None) -> None:
    """Draw the histogram with its numbers; a warning says if a score cannot order rows."""
    content = f"{ctx.corpus.id}/{column_digest(ctx.corpus, name)}"
    numbers, bars = _numbers(content, values)
    said = [f"**{rows(numbers.known)}** rows have a value"]
    if numbers.missing:
        said.append(f"**{rows(numbers.missing)}** have none and are left out where the column ranks rows")
    if numbers.known:
        low, middle, high = map(figure3, (numbers.low, numbers.middle, numbers.high))
        said.append(f"5 % below {low}, half below {middle}, 95 % below {high}")
    st.markdown(" · ".join(said))
    if note is not None and note.of_version:
        st.caption("Of the older version of this corpus: new rows have no value until the score is computed again.")
    if not numbers.known:
        st.warning("This column holds no number.")
        return
    if numbers.constant:
        st.warning(f"Every row has the value {figure3(numbers.middle)}: this column cannot order rows.")
        return
    show(
        _histogram(content, name, selected_between(ctx, name), ctx.mode, values),
        key=session_keys.SCORE_HISTOGRAM.name,
        data=bars,
        name="scores",
        caption=origin(ctx, name, note) + " Drag over the bars to select their rows.",
        on_select=partial(dragged, ctx, name, values),
        selection_mode=("box",),
        drag="select",
    )
    by_numbers(ctx, name, values)
    windows(name)


@st.cache_resource(max_entries=32, show_spinner=False)
def _numbers(content: str, _values: np.ndarray) -> tuple[NumberSummary, pd.DataFrame]:
    return summary_of(_values), score_table(_values)


@st.cache_data(max_entries=32, show_spinner=False)
def _histogram(
    content: str, title: str, between: tuple[float, float] | None, mode: Mode, _values: np.ndarray
) -> go.Figure:
    return score_histogram(_values, title=title, between=between, mode=mode)


def origin(ctx: Context, name: str, note: ScoreColumn | None) -> str:
    """A sentence on where the column comes from, or what its score means."""
    if note:
        return plain(note.meaning)
    if name in ctx.corpus.own_columns:
        return "A column of the corpus, as it came."
    return "A column that was attached to the corpus, as your file has it."


def windows(name: str) -> None:
    """Draw, for a DaaR score, which rows each fifth of the slider holds."""
    kind = name.removeprefix("daar_").split("@")[0] if name.startswith("daar_") else ""
    if kind not in ("inter", "intra", "entropy"):
        return
    with st.expander("What the five windows of the slider hold"):
        st.table(pd.DataFrame(captions(kind), columns=["window", "rows that are"]).set_index("window"))
        st.caption(
            "Choose DaaR on the Subsets page, this column as its score, and the column daar_domain of the same model "
            "as the domain."
        )


@st.cache_resource(max_entries=16, show_spinner=False)
def _from_one_end(content: str, lowest: bool, _values: np.ndarray) -> CorpusRows:
    return from_one_end(_values, lowest=lowest)


@st.cache_data(max_entries=32, show_spinner=False)
def _lines(
    content: str, name: str, lowest: bool, _corpus: Corpus, _rows: CorpusRows, _values: np.ndarray
) -> pd.DataFrame:
    fields = [[text[:200] for text in _corpus.texts_at(part, _rows)] for part in ("instruction", "response")]
    ids = [show_id(row_id) for row_id in _corpus.ids[_rows].tolist()]
    return pd.DataFrame({name: _values[_rows], "Instruction": fields[0], "Response": fields[1], "Id": ids})


def listed(ctx: Context, name: str, values: np.ndarray, *, lowest: bool) -> RowReading | None:
    """Draw the rows at one end of the column; returns the chosen row in the list of them all."""
    content = f"{ctx.corpus.id}/{column_digest(ctx.corpus, name)}"
    known = _from_one_end(content, lowest, values)
    order = known[:LISTED]
    table = _lines(content, name, lowest, ctx.corpus, CorpusRows(order), values)
    event = st.dataframe(
        table,
        hide_index=True,
        height=300,
        on_select="rerun",
        selection_mode="single-row",
        key=f"scores.rows.{name}.{lowest}",
        column_config={name: st.column_config.NumberColumn(format="%.4g")},
    )
    picked = event["selection"]["rows"]
    if len(known) > LISTED:
        st.caption(f"The first {LISTED} of {rows(len(known))} rows.")
    if not len(order):
        return None
    row = CorpusRow(int(order[picked[0] if picked and picked[0] < len(order) else 0]))
    return reading_on(CorpusRows(known), row, key="scores.card")


context = open_page("scores")
with guarded():
    shown, column = ways_in(context)
    if shown != "frontier":  # it has a table of its own
        seen(context, column)
