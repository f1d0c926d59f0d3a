"""The threshold passport: the user states why a threshold has its value, and sees what moving it would do."""

from __future__ import annotations

from dataclasses import asdict, replace

import orjson
import pandas as pd
import streamlit as st

from core.figures.stability import threshold_curve
from core.jobs import job_names
from core.workbench.inspections.passport import LONGEST, Entry, entries, keep, withdraw
from core.workbench.inspections.thresholds import thresholds_of
from pages.parts.frame import address, jobs, session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import moment, plain
from pages.parts.inspect.pick import pick_recipe


def passport_view(ctx: Context) -> None:
    """Draw the form that records a threshold of a recipe, and below it the passport."""
    _form(ctx)
    _table(ctx)


def _form(ctx: Context) -> None:
    columns = st.columns([3.4, 2.6, 1.6, 3.6, 1.6], vertical_alignment="bottom")
    recipe = pick_recipe(ctx, columns[0], parameter=address.PASSPORT_SUBSET)
    known = {threshold.name: threshold for threshold in thresholds_of(recipe)}
    if not known:
        st.info("Neither the strategy nor the pool has a number that is set by eye.")
        return
    name = columns[1].selectbox(
        "Threshold", list(known), format_func=lambda threshold: f"{known[threshold].title}: {known[threshold].value:g}",
        key=f"passport-threshold-{recipe.strategy}",
    )  # fmt: skip
    who = columns[2].text_input("Who", key="passport-who", max_chars=200, placeholder="your name")
    why = columns[3].text_input("Why there", key="passport-why", max_chars=LONGEST, placeholder="what you saw")
    # The button is never disabled: a reason still being typed arrives only with the press itself.
    pressed = columns[4].button(
        "Record", type="primary", width="stretch", key="passport-record",
        help="A job builds the subset with the threshold a tenth lower and higher, and the result is stored.",
    )  # fmt: skip
    if pressed and not why.strip():
        st.warning(
            "Say why the threshold has this value, then press Record again: a number without a reason is no use later."
        )
    elif pressed:
        request = {
            "recipe": replace(recipe, ids_digest="", rows=0, thresholds=()).as_dict(),
            "threshold": name, "who": who, "why": why,
        }  # fmt: skip
        job = jobs.start(ctx.workspace, job_names.PASSPORT, request, title=f"Sensitivity of {known[name].title}")
        session_keys.PASSPORT_JOB.set(job.id)
        st.rerun()
    job_id = session_keys.PASSPORT_JOB.get("")
    running = jobs.by_id(ctx.workspace, job_id) if job_id else None
    if running is not None and running.state == "done":
        session_keys.PASSPORT_JOB.drop()
        st.toast("Recorded. It travels with every export that has this threshold at this value.")
    elif running is not None:
        jobs.follow(ctx.workspace, running, key="passport-job")


def _table(ctx: Context) -> None:
    listed = entries(ctx.workspace, ctx.corpus.id)
    left, middle, right = st.columns([5, 1.4, 0.6], vertical_alignment="bottom")
    left.markdown("**The passport of this corpus**")
    with right:
        explain(
            "sensitivity",
            formula="Jaccard of the subset with the threshold at 0.9 and at 1.1 times its value with the subset as it "
            "is; whole numbers move by one at least, and 0 by a tenth of its range or of its column's interquartile "
            "range",
            notes="1: moving the threshold by a tenth changes no row. An entry travels in recipe.json and in the "
            "footer of a Parquet export while the threshold keeps its value.",
            key="help-passport",
        )
    withdrawn = session_keys.PASSPORT_WITHDRAWN
    if withdrawn.there and middle.button("Put it back", icon=":material/undo:", key="passport-undo"):
        keep(ctx.workspace, withdrawn.value)
        withdrawn.drop()
        st.rerun()
    if not listed:
        st.info("No threshold is recorded yet. Choose one above, say why it has its value, and press Record.")
        return
    table = pd.DataFrame([_line(entry) for entry in listed])
    event = st.dataframe(
        table, hide_index=True, key="passport-table", on_select="rerun", selection_mode="single-row",
        height=min(300, 38 + 35 * len(table)),
        column_config={
            name: st.column_config.ProgressColumn(name, min_value=0, max_value=1, format="%.3f")
            for name in ("−10 %: Jaccard", "+10 %: Jaccard")
        },
    )  # fmt: skip
    picked = (event.selection.rows if event else None) or [0]
    _entry(ctx, listed[min(picked[0], len(listed) - 1)])


def _line(entry: Entry) -> dict[str, object]:
    down, up = entry.sensitivity
    return {
        "threshold": entry.title,
        "value": entry.value,
        "strategy": entry.strategy,
        "component": entry.component,
        "−10 %: Jaccard": down["jaccard"],
        "+10 %: Jaccard": up["jaccard"],
        "who": entry.who,
        "why": entry.why,
        "when": moment(entry.made_at),
    }


def _entry(ctx: Context, entry: Entry) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(border=True):
        if entry.curve:
            show(
                threshold_curve(
                    entry.curve, value=entry.value, moves=[move["value"] for move in entry.sensitivity],
                    title=entry.title, mode=ctx.mode,
                ),
                key="passport-figure", name=f"threshold-{entry.name}",
                data=pd.DataFrame({"x": entry.curve["x"], "y": entry.curve["y"]}),
            )  # fmt: skip
        else:
            st.caption("There is no curve for this threshold: see its sensitivity.")
    with right, st.container(border=True):
        st.markdown(f"**{plain(entry.title)}: {plain(f'{entry.value:g}')}**")
        st.text(entry.why or "No reason was given.")
        for move in entry.sensitivity:
            said = f"Jaccard {move['jaccard']:.3f}" if move["jaccard"] is not None else move["reason"]
            # The actual move: a whole number moves by at least one, and no value moves beyond its bounds.
            how = f"{move['value'] / entry.value - 1:+.0%}" if entry.value else f"{move['value']:+g}"
            st.text(f"At {move['value']:g} ({how}): {said}")
        notes = dict.fromkeys(move.get(kind, "") for kind in ("by", "note") for move in entry.sensitivity)
        for note in filter(None, notes):
            st.caption(plain(f"Moved {note}." if note.startswith("by") else f"Tags {note}."))
        buttons = st.columns(2)
        buttons[0].download_button(
            "As JSON", data=lambda: orjson.dumps(asdict(entry), option=orjson.OPT_INDENT_2), width="stretch",
            file_name=f"threshold-{entry.name}-{entry.key[:8]}.json", mime="application/json", on_click="ignore",
            key="passport-json",
        )  # fmt: skip
        if buttons[1].button("Withdraw", key="passport-withdraw", width="stretch"):
            withdraw(ctx.workspace, entry)
            session_keys.PASSPORT_WITHDRAWN.set(entry)
            st.rerun()
