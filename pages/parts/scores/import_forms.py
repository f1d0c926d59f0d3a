"""Forms that attach scores: a user's training log, or columns from a file."""

from __future__ import annotations

import streamlit as st

from core.corpus.column_files import KINDS, column_table
from core.corpus.column_store import attached_names
from core.corpus.column_trash import delete_column, deleted_columns, restore_column
from core.corpus.columns import attach_columns
from core.corpus.known_columns import KNOWN, known_table
from core.counted import counted
from core.features.models.cartography import keep_cartography, read_log
from pages.parts.frame import session_keys
from pages.parts.frame.attach_form import attach_form
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import moment, plain

OWN = ""
REPLACES = (
    "A column that was attached before under the same name is replaced with all its values; it can be restored below. "
    "Columns that came with the rows are never replaced."
)


def log_form(ctx: Context) -> None:
    """Draw the form for Dataset Cartography from a log with a line for each row and epoch."""
    left, right = st.columns([12, 1], vertical_alignment="center")
    left.text("A line for each row and epoch: id (or position), epoch, p_gold, and correct (0 or 1) where it is known.")
    with right:
        explain(
            "Dataset Cartography",
            formula="confidence = mean over the epochs of p(gold)\nvariability = their standard deviation\n"
            "correctness = share of the epochs with the right answer",
            source="Dataset Cartography (arXiv 2009.10795), section 2",
            notes="A row's id is shown on its reading card; a position counts the corpus's rows from 0, in id order.",
            key="scores.log.explain",
        )
    given = st.file_uploader("Training log", type=["csv", "jsonl", "json", "tsv"], key="scores.log.file")
    if given is not None and st.button("Read the log", type="primary", key="scores.log.read"):
        with guarded():
            log = read_log(given.getvalue(), name=given.name)
            made = keep_cartography(ctx.corpus, log, name=given.name)
            names = ", ".join(made["columns"].values())
            lost = f"; {counted(made['unmatched'], 'line')} for no row of this corpus" if made["unmatched"] else ""
            session_keys.SCORES_SAID.set(
                f"{names} hold {counted(made['rows'], 'row')} over {counted(made['epochs'], 'epoch')}{lost}."
            )
            st.rerun()
    said()


def columns_form(ctx: Context) -> None:
    """Draw the form for a user's own columns: scores, clusters or labels, joined by row id or by position."""
    st.text("A file with a line for each row: any numbers or words (scores, cluster names, labels) become columns.")
    kinds = {OWN: "columns of my own", **{kind.name: kind.title for kind in KNOWN}}
    left, right = st.columns([12, 1], vertical_alignment="bottom")
    wrote = left.selectbox("The file holds", list(kinds), format_func=kinds.__getitem__, key="scores.own.kind")
    with right:
        told = [f"{kind.title}: {kind.looks_for} Gives {kind.gives}. {kind.source}" for kind in KNOWN]
        explain("a file of another system", formula="\n\n".join(told), key="scores.own.explain")
    given = attach_form(ctx, what="Columns", kinds=KINDS, key="scores.own", replaces=REPLACES)
    if given is not None:
        with guarded():
            if wrote == OWN:
                table = column_table(given.data, name=given.name)
            else:
                table = known_table(given.data, name=given.name, kind=str(wrote))
            made = attach_columns(
                ctx.workspace, ctx.corpus, table, join=given.join, file=given.file, replace=given.replace
            )
            parts = [f"{counted(made['matched'], 'row')} got values"]
            if made["missing"]:
                parts.append(f"{counted(made['missing'], 'row')} of the corpus not in the file")
            if made["conflicts"]:
                named = "named twice with different values (the first counts)"
                parts.append(f"{counted(made['conflicts'], 'row')} {named}")
            if odd := made.get("cells that are no number"):
                parts.append(f"{counted(odd, 'cell')} of columns of numbers held no number and got no value")
            session_keys.SCORES_SAID.set("; ".join(parts) + ".")
            st.rerun()
    said()
    attached_list(ctx)


def attached_list(ctx: Context) -> None:
    """Draw the attached columns, each with a button to delete it, and those that can be restored."""
    names = attached_names(ctx.workspace, ctx.corpus.id)
    if names:
        with st.expander(f"Attached columns ({len(names)})", icon=":material/view_column:"):
            for name in names:
                left, right = st.columns([5, 1], vertical_alignment="center")
                left.text(name)
                if right.button("Delete", key=f"scores.delete.{name}", width="stretch"):
                    with guarded():
                        delete_column(ctx.corpus, name)
                        session_keys.SCORES_SAID.set(f"{name} is deleted. Bring it back below.")
                        st.rerun()
    gone = deleted_columns(ctx.workspace, ctx.corpus.id)
    if gone:
        with st.expander(f"Deleted and replaced columns ({len(gone)})", icon=":material/delete:"):
            for deletion in gone:
                left, right = st.columns([5, 1], vertical_alignment="center")
                there = set(deletion.names) & set(names)
                swap = ", in place of the present one" if there else ""
                left.text(f"{', '.join(deletion.names)} · {moment(deletion.at)}{swap}")
                if right.button("Bring back", key=f"scores.restore.{deletion.stamp}", width="stretch"):
                    with guarded():
                        back = restore_column(ctx.corpus, deletion.stamp)
                        session_keys.SCORES_SAID.set(f"{', '.join(back)} is back.")
                        st.rerun()


def said() -> None:
    """Show the result of the last import, once."""
    message = session_keys.SCORES_SAID.pop("")
    if message:
        st.success(plain(message))
