"""What a model knows of the rows already: its answers marked, the levels of mastery, and difficulty from several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.answers.agreement import JUDGED, MATCHES
from core.answers.answer_set import SampledAnswers, short_key
from core.answers.columns import column_of
from core.answers.mastery import EASY, EDGES, LEVELS, SOURCE, checked_edges, levels_of, shares_over_levels
from core.counted import counted
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import JUDGE
from core.features.models.columns import score_columns
from core.figures.answers import mastery_histogram
from core.jobs import job_names
from core.workbench.tasks.mastery import LEVEL, MASTERY, judging_cost, keep_levels
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows, sendable

QUOTAS = {"each": "the same for each level", "hard": "more for the hard", "middle": "more for the middle"}


def mastery_view(ctx: Context, kept: SampledAnswers, sets: list[SampledAnswers]) -> str:
    """Draw the choice of a match, its job, the histogram with the levels' edges, a quota, and several models.

    Returns the column of the mastery.
    """
    left, right, help_ = st.columns([3, 3, 0.5], vertical_alignment="bottom")
    column = column_of(ctx.corpus, MASTERY, kept.model)
    marked_by = next(
        (str(note.settings.get("match")) for note in score_columns(ctx.corpus) if note.column == column), ""
    )
    known = list(MATCHES)
    match = left.selectbox(
        "An answer agrees by", known, index=known.index(marked_by) if marked_by in known else 0,
        format_func=lambda name: MATCHES[name].title, key="mastery.match",
    )  # fmt: skip
    request: dict[str, Any] = {
        "corpus": ctx.corpus.id, "answers": kept.key, "match": match, "edges": list(EDGES), "easy": EASY,
        "model": "", "url": "", "concurrency": 8,
    }  # fmt: skip
    with help_:
        explain(
            "mastery",
            formula=f"R = answers that agree / answers\nagree: {MATCHES[match].formula}\n"
            "variation of the marks = √((1 − R) / R)\nnearness to the middle = 4 R (1 − R)",
            source=SOURCE,
            meaning="Reported there: rows of which the model knows nothing, or all, are not the best to tune on, and "
            "the mastery of the rows moves accuracy by more than their number.",
            key="mastery.explain",
        )
    if match == JUDGED:
        left, middle = right.columns(2)
        request["url"] = left.text_input("Address", key="mastery.url", persist_state="session").strip()
        request["model"] = middle.text_input("Judge", key="mastery.judge", persist_state="session").strip()
        key_line(JUDGE)
    ready = match != JUDGED or bool(request["url"] and request["model"])
    if ready and match == JUDGED:
        cost = judging_cost(kept, request["model"])
        st.caption(
            f"{counted(cost.calls, 'answer')} to judge, {rows(cost.kept)} verdicts there already: about "
            f"{rows(cost.prompt_tokens)} tokens in and {rows(cost.completion_tokens)} out."
        )
    _started(ctx, request, ready=ready)
    if column in ctx.corpus.columns:
        if marked_by in MATCHES and marked_by != match:
            st.info(f"What is shown was marked by “{MATCHES[marked_by].title}”. Mark the answers to see the other.")
        with guarded():
            _levels(ctx, kept, np.asarray(ctx.corpus.column(column)))
    if len(sets) > 1:
        _several(ctx, sets, str(match), request["model"])
    return column


def _started(ctx: Context, request: dict[str, Any], *, ready: bool) -> None:
    job = jobs.latest(ctx.workspace, job_names.MASTERY, request) if ready else None
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="mastery.job")
        return
    if st.button("Mark the answers", type="primary", key="mastery.start", disabled=not ready):
        with guarded():
            if request["url"]:
                allowed_endpoint(request["url"], address=st.get_option("server.address") or "", service=JUDGE)
            jobs.start(ctx.workspace, job_names.MASTERY, request, title=f"Mastery of {ctx.corpus.name}", again=True)
            st.rerun()
    if job is not None and job.result:
        told = f"{counted(job.result['rows'], 'row')} marked"
        for name, words in (
            ("without", "rows whose response holds nothing to compare"),
            ("unmarked", "answers unmarked"),
        ):
            told += f"; {rows(job.result[name])} {words}" if job.result[name] else ""
        st.caption(plain(f"{told}. The columns colour maps, filter pools, bound quotas and rank rows."))


def _levels(ctx: Context, kept: SampledAnswers, share: np.ndarray) -> None:
    """Draw the histogram, the edges of the levels, how many rows each holds, and the quotas over them."""
    picture, fields = st.columns([3, 2], gap="medium")
    with picture:
        histogram = st.container()  # above the edges that it shows
        places = st.columns(4)
        edges = tuple(
            float(place.number_input(f"“{level}” up to", 0.0, 0.99, edge, 0.05, key=f"mastery.edge.{number}"))
            for number, (place, level, edge) in enumerate(zip(places, LEVELS, EDGES, strict=False))
        )
        easy = float(
            st.slider(
                "A row is easy above", 0.0, 1.0, EASY, 0.05, key="mastery.easy",
                help="Easy and hard rows become a column of their own beside the levels.",
            )
        )  # fmt: skip
    edges = checked_edges(edges)
    levels = levels_of(share, edges)
    with histogram:
        show(
            mastery_histogram(share, edges=edges, draws=kept.draws, mode=ctx.mode),
            key="mastery-histogram",
            data=pd.DataFrame({"mastery": share[np.isfinite(share)]}),
            name="mastery",
            caption="Dotted lines are the edges of the levels: a level holds the bars up to the next line. Move them "
            "below.",
        )
    with fields:
        st.dataframe(
            [{"Level": level, "Rows": int((levels == level).sum())} for level in LEVELS],
            hide_index=True, key="mastery.levels",
        )  # fmt: skip
        if st.button("Keep these levels", key="mastery.keep"):
            made = keep_levels(kept, share, edges=edges, easy=easy, settings={"match": "as the mastery"})
            session_keys.SCORES_SAID.set(f"{' and '.join(made.values())} hold these levels now.")
            st.rerun()
        column = column_of(ctx.corpus, LEVEL, kept.model)
        way = st.selectbox("A quota over the levels", list(QUOTAS), format_func=QUOTAS.__getitem__, key="mastery.quota")
        if column in ctx.corpus.columns and st.button("Set this quota on Subsets", key="mastery.quota.set"):
            rule = {"column": column, "shares": shares_over_levels(share, ctx.corpus.column(column), more_for=way)}
            quotas = session_keys.QUOTAS.of(ctx.corpus.id)
            quotas.set({**quotas.get({}), column: rule})
            session_keys.QUOTA_COLUMNS.of(ctx.corpus.id).drop()
            session_keys.SCORES_SAID.set(f"Subsets mix the levels of {column} by these shares: {rule['shares']}.")
            st.rerun()
    st.caption(
        plain(
            "On Subsets, “Balanced over categories” over the level takes the same number of each, “Score column” over "
            "“mastery middle” the middle first. On Study, the preset “Mastery” compares them at 240 to 1,920 rows."
        )
    )


def _several(ctx: Context, sets: list[SampledAnswers], match: str, judge: str) -> None:
    """Draw the fit of difficulty from the answers of several models."""
    with st.expander("Difficulty from several models", key="mastery.several"):
        names = {kept.key: f"{kept.model} ({short_key(kept)})" for kept in sets}
        models = {kept.model: kept.key for kept in reversed(sets)}  # of several sets of a model the newest
        chosen = st.multiselect(
            "Models", list(names), default=list(models.values()), format_func=lambda key: sendable(names[key]),
            key="mastery.several.sets",
        )  # fmt: skip
        kind = st.segmented_control(
            "Model of difficulty", ["1pl", "2pl"], default="1pl", required=True, key="mastery.several.kind",
            help="1pl: a difficulty a row. 2pl: also how sharply a row tells models apart; it needs ten models.",
        )  # fmt: skip
        request = {"corpus": ctx.corpus.id, "answers": chosen, "match": match, "model": judge, "kind": kind}
        job = jobs.latest(ctx.workspace, job_names.ROW_DIFFICULTY, request)
        if job is not None and job.state != "done":
            jobs.follow(ctx.workspace, job, key="mastery.several.job")
        elif st.button("Fit the difficulty", key="mastery.several.start", disabled=len(chosen) < 2):
            jobs.start(ctx.workspace, job_names.ROW_DIFFICULTY, request, title=f"Difficulty of {ctx.corpus.name}",
                       again=True)  # fmt: skip
            st.rerun()
        if job is not None and job.result:
            st.dataframe(
                [{"Model": name, "Ability": ability} for name, ability in job.result["abilities"]], hide_index=True,
                key="mastery.several.abilities",
            )  # fmt: skip
            st.caption(
                plain(
                    f"{counted(job.result['rows'], 'row')} with a difficulty; {counted(job.result['alike'], 'row')} "
                    f"that all models answer alike carry none. Columns: {', '.join(job.result['columns'].values())}."
                )
            )
