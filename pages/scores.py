"""The Scores page: scores rows by a language model, attaches the user's own scores, shows their distributions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.corpus.column_facts import numeric_columns, summary_of
from core.corpus.row_ids import show_id
from core.features.models.columns import ScoreColumn, score_columns
from core.figures.scores import score_histogram, score_table
from core.row_positions import CorpusRow
from core.selection.daar.windows import captions
from core.workbench.rows_to_read import from_one_end
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.scores.coverage_holes import holes_form
from pages.parts.scores.forms import daar_form, difficulty_form, model_form
from pages.parts.scores.import_forms import columns_form, log_form

WAYS = {
    "model": "Language model",
    "daar": "DaaR",
    "difficulty": "Label difficulty",
    "log": "Training log",
    "own": "Your columns",
    "holes": "Coverage holes",
}
LISTED = 200  # rows listed in the table


def ways_in(ctx: Context) -> None:
    """Draw the forms that compute or attach scores, one at a time."""
    way = bound_segments(st, "Scores from", WAYS, parameter=address.SCORES_FROM, default="model", hide_label=True)
    forms = {
        "model": model_form,
        "daar": daar_form,
        "difficulty": difficulty_form,
        "log": log_form,
        "own": columns_form,
        "holes": holes_form,
    }
    with st.container(border=True), guarded():
        forms[way](ctx)


def seen(ctx: Context) -> None:
    """Draw a score: its distribution, its meaning, its rows from one end, and the chosen row in full."""
    names = numeric_columns(ctx.corpus)[::-1]  # columns attached last come first
    if not names:
        st.info("No column holds numbers yet. Choose a model above and press Score.")
        return
    notes = {score.column: score for score in score_columns(ctx.corpus)}
    first = next((name for name in names if name in notes), names[0])
    left, middle, right = st.columns([3, 2, 0.6], vertical_alignment="bottom")
    name = left.selectbox("Column", names, index=names.index(first), key=f"scores.column.{len(names)}")
    end = middle.segmented_control(
        "First come", ["lowest", "highest"], default="highest", required=True, key="scores.end"
    )
    note = notes.get(name)
    if note is not None:
        with right:
            explain(note.title, formula=note.formula, source=note.source, notes=note.meaning, key="scores.explain")
    values = ctx.corpus.column(name)
    picture, card = st.columns([3, 2], gap="medium")
    with picture:
        drawn(ctx, name, values, note)
        chosen = listed(ctx, name, values, lowest=end == "lowest")
    with card:
        if chosen is None:
            st.caption("Choose a row of the table to read it in full.")
        else:
            reading_card(ctx.corpus, chosen, key="scores.card")


def drawn(ctx: Context, name: str, values: np.ndarray, note: ScoreColumn | None) -> None:
    """Draw the histogram with its numbers; a warning says if a score cannot order rows."""
    numbers = summary_of(values)
    said = [f"**{rows(numbers.known)}** rows have a value"]
    if numbers.missing:
        said.append(f"**{rows(numbers.missing)}** have none and are left out where the column ranks rows")
    if numbers.known:
        low, middle, high = map(figure3, (numbers.low, numbers.middle, numbers.high))
        said.append(f"5 % below {low}, half below {middle}, 95 % below {high}")
    st.markdown(" · ".join(said))
    if not numbers.known:
        st.warning("This column holds no number.")
        return
    if numbers.constant:
        st.warning(f"Every row has the value {figure3(numbers.middle)}: this column cannot order rows.")
        return
    show(
        score_histogram(values, title=name, mode=ctx.mode),
        key="scores-histogram",
        data=score_table(values),
        name="scores",
        caption=origin(ctx, name, note),
    )
    windows(name)


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


def listed(ctx: Context, name: str, values: np.ndarray, *, lowest: bool) -> CorpusRow | None:
    """Draw the rows at one end of the column; returns the position of the chosen row."""
    known = from_one_end(values, lowest=lowest)
    order = known[:LISTED]
    asked, answered = ctx.corpus.text("instruction"), ctx.corpus.text("response")
    table = pd.DataFrame(
        {
            name: values[order],
            "Instruction": [asked[row][:200] for row in order],
            "Response": [answered[row][:200] for row in order],
            "Id": [show_id(row_id) for row_id in ctx.corpus.ids[order].tolist()],
        }
    )
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
    return CorpusRow(int(order[picked[0] if picked and picked[0] < len(order) else 0]))


context = open_page("scores")
with guarded():
    ways_in(context)
    seen(context)
