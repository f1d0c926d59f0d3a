"""The tables of the Tags page: all tags, what was merged and dropped, what failed, and the rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from core.counted import counted
from core.features.tags import store
from core.features.tags.decisions import DROPS, RULES, Decisions, Merge
from core.features.tags.raw_tags import RowTags
from core.figures.tags import frequencies
from core.row_positions import CorpusRow, CorpusRows
from core.view import TypeRows
from core.workbench.rows_to_read import most_first, without_any
from pages.parts.frame import session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.reading_card import reading_card
from pages.parts.frame.reading_steps import reading_on
from pages.parts.tags.tag_rows import DROPPED, pick_in_table

COUNT = st.column_config.NumberColumn(format="localized")
LISTED = 200  # rows listed for reading


def all_tags(ctx: Context, raw: RowTags, decisions: Decisions, types: TypeRows) -> None:
    """Draw every tag with its number of rows; the picked tag's rows are selected, and it can be renamed."""
    data = frequencies(types.per_type, types.names)
    final = decisions.final(raw.names)
    spelt = pd.Series([name for name in final if name is not None]).value_counts()
    data["made of"] = data["tag"].map(spelt).astype(int)
    if raw.explanations:
        first = {decisions.names.get(tag, tag): said for tag, said in raw.explanations.items()}
        data["meaning"] = [first.get(tag, "") for tag in data["tag"]]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        key = session_keys.TAGS_ALL.of(ctx.choice.tag_edits[-8:])
        event: Any = st.dataframe(
            data, hide_index=True, height=360, key=key.name, selection_mode="single-row",
            on_select=partial(pick_in_table, key, data["tag"].tolist()),
            column_config={"rows": COUNT, "made of": st.column_config.NumberColumn(help="Raw tags merged in it.")},
        )  # fmt: skip
    picked = event.selection.rows if event else []
    with right:
        if not picked or picked[0] >= len(data):
            st.info("Choose a tag to select its rows, to rename it or merge it, and to see what it is made of.")
            return
        shown = str(data["tag"].iloc[picked[0]])
        st.caption("Made of")
        st.text(", ".join([name for name, last in zip(raw.names, final, strict=True) if last == shown][:40]))
        new = st.text_input("New name", shown, key=f"tags-name-{shown}", help="The name of another tag merges the two.")
        if st.button("Rename", key="tags-rename", disabled=new == shown):
            change(ctx, lambda: decisions.renamed(shown, new, known=raw.names))


def merges(ctx: Context, raw: RowTags, decisions: Decisions) -> None:
    """Draw which tags were merged into which, by which rule, and which were dropped. Both can be undone."""
    counts = raw.per_name
    made = pd.DataFrame(
        [
            (tag, merge.into, RULES[merge.rule], merge.strength, counts[tag])
            for tag, merge in sorted(decisions.merges.items(), key=_doubtful)
        ],
        columns=["tag", "became", "rule", "strength", "rows"],
    )
    gone = pd.DataFrame(
        [(tag, DROPS[rule], counts[tag]) for tag, rule in sorted(decisions.dropped.items())],
        columns=["tag", "dropped as", "rows"],
    )
    left, right = st.columns([3, 2], gap="medium")
    for at, title, table, label, name in (
        (left, "Merged", made, "Undo the merge", "merged"),
        (right, "Dropped", gone, "Bring back", "dropped"),
    ):
        with at:
            kinds = table.iloc[:, 2 if name == "merged" else 1].value_counts()
            said = " · ".join(f"{rows(count)} {kind}" for kind, count in kinds.items())
            st.caption(f"**{title}** {plain(said or 'none')}")
            event = st.dataframe(
                table, hide_index=True, height=330, key=f"tags-{name}-{ctx.choice.tag_edits[-8:]}", on_select="rerun",
                selection_mode="multi-row",
                column_config={
                    "rows": COUNT,
                    "strength": st.column_config.NumberColumn(format="%.2f", help="Cosine, or confidence of the rule."),
                },
            )  # fmt: skip
            picked = table["tag"].iloc[event.selection.rows].tolist() if event else []
            if st.button(label, key=f"tags-undo-{name}", icon=":material/undo:", disabled=not picked):
                change(ctx, partial(_undone, decisions, picked, raw.names))


def failures(ctx: Context, raw: RowTags, again: Callable[[], None]) -> None:
    """Draw the texts without tags and why, with a button that asks again."""
    failures = raw.failures
    if not failures:
        st.info("No text failed.")
        return
    table = pd.DataFrame(
        {
            "rows": [len(failure["rows"]) for failure in failures],
            "at": [failure["stage"] for failure in failures],
            "reason": [failure["reason"] for failure in failures],
            "beginning of the reply": [failure["snippet"] for failure in failures],
        }
    )
    st.dataframe(table, hide_index=True, height=300, key="tags-failures")
    if st.button(f"Ask again for the {rows(len(failures))} that failed", key="tags-again"):
        again()


def reading(ctx: Context, raw: RowTags, decisions: Decisions, types: TypeRows) -> None:
    """Draw rows with a tag, without tags, or with the most tags; the picked row in full with its tags."""
    carried = types.per_row
    ways = {"most": "Most tags", "none": "No tag", "tag": "One tag of choice"}
    left, right = st.columns([2, 3], gap="medium")
    with left:
        way = st.segmented_control(
            "Rows", list(ways), default="most", required=True, format_func=ways.__getitem__, key="tags-ways"
        )
        if way == "tag":
            wanted = st.selectbox("Tag", types.names, key="tags-wanted")
            places = CorpusRows(types.rows_with(wanted or ""))
        elif way == "none":
            places = without_any(carried)
        else:
            places = most_first(carried)
        st.caption(f"{counted(len(places), 'row')}" + (f", the first {LISTED} listed" if len(places) > LISTED else ""))
        places = CorpusRows(places[:LISTED])
        if not len(places):
            st.info("Every row carries a tag.")
            return
        texts = ctx.corpus.texts_at(ctx.component, places)
        table = pd.DataFrame({"tags": carried[places], "text": [text[:160] for text in texts]})
        event = st.dataframe(
            table, hide_index=True, height=420, key=f"tags-rows-{way}", on_select="rerun", selection_mode="single-row"
        )
    picked = (event.selection.rows if event else None) or [0]
    reading = reading_on(places, CorpusRow(int(places[min(picked[0], len(places) - 1)])), key="tags-card")
    with right:
        _tags_of(raw, decisions, reading.row)
        reading_card(ctx.corpus, reading.row, key="tags-card", height=400, reading=reading)


def _tags_of(raw: RowTags, decisions: Decisions, position: int) -> None:
    """Draw a row's raw tags, with the final tag of each and the reason."""
    said = raw.of(position)
    if not said:
        st.info("The tagger gave this row no tag.")
        return
    lines = []
    for tag, final in zip(said, decisions.final(said), strict=True):
        root = decisions.root(tag)
        if final is None:
            why = DROPS[decisions.dropped[root]]
        else:
            why = RULES[decisions.merges[tag].rule] if tag in decisions.merges else "renamed" if final != tag else ""
        lines.append((tag, final or DROPPED, why))
    key, types = session_keys.TAGS_OF_ROW.of(str(position)), [final for _, final, _ in lines]
    st.dataframe(
        pd.DataFrame(lines, columns=["as tagged", "type", "why"]), hide_index=True, key=key.name,
        selection_mode="single-row", on_select=partial(pick_in_table, key, types),
    )  # fmt: skip


def history(ctx: Context, decisions: Decisions) -> None:
    """Draw the choice of the version of the decisions."""
    tagging = ctx.choice.tagging
    known = store.versions(ctx.corpus_text, tagging)
    if not known:
        return
    titles = {"": "as computed"} | {
        name: f"{edit.manifest['changes']}. {edit.manifest['said']}" for name, edit in known
    }
    options = list(titles)
    version = ctx.choice.tag_edits if ctx.choice.tag_edits in titles else ""
    picked = st.selectbox(
        "Version of the merges", options, index=options.index(version), format_func=titles.__getitem__,
        key=f"tags-version-{version[-8:]}-{len(options)}", help="Each change is a version of its own; none is lost.",
    )  # fmt: skip
    if picked != version:
        session.choose(tag_edits=picked)
        st.rerun()


def change(ctx: Context, make: Callable[[], Decisions]) -> None:
    """Store a changed version and use it."""
    with guarded():
        edits = store.save_edit(ctx.corpus_text, ctx.choice.tagging, make())
        session.choose(tag_edits=edits)
        st.rerun()


def _doubtful(made: tuple[str, Merge]) -> tuple[int, float, str]:
    """The sort key of merges: those to check first come first, that is merges by meaning, the least similar first."""
    tag, merge = made
    return ("by hand", "meaning", "association", "spelling").index(merge.rule), merge.strength, tag


def _undone(decisions: Decisions, tags: list[str], known: list[str]) -> Decisions:
    for tag in tags:
        decisions = decisions.undone(tag, known=known)
    return decisions
