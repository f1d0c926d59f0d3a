"""The forms that log scores: typed for saved subsets or for datasets that are not here, or imported from files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.corpus_list import list_corpora
from core.corpus.sources import from_upload
from core.counted import counted
from core.evidence import ledger
from core.evidence.entries import Direction, Entry, LoggedSubset, Score
from core.evidence.typed_scores import NUMBERS, TEXTS, TypedRun, named_lines, seed_of, typed_datasets, typed_scores
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.inspections import comparison
from core.workbench.tasks.loading import keep_uploads
from pages.parts.compare.examples import only_to_read
from pages.parts.compare.import_scores import import_files
from pages.parts.compare.logged import outcome, show_told, tell_next
from pages.parts.compare.state import State
from pages.parts.frame import address, jobs
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.empty_state import no_subset_yet
from pages.parts.frame.plain_text import plain

DIRECTIONS: dict[str, Direction] = {"higher is better": 1, "lower is better": -1, "neither": 0}


def log_scores(state: State) -> None:
    """Draw the three ways to log: type scores, import them, or measure a dataset that is not a subset."""
    show_told(state)
    if only_to_read(state):
        return
    titles = {name: title for name, (title, _) in _WAYS.items()}
    _WAYS[bound_segments(st, "Way", titles, parameter=address.COMPARE_LOG, default="import", hide_label=True)][1](state)


def _run_form() -> TypedRun:
    """Draw the fields that all typed scores share."""
    first = st.columns(4)
    second = st.columns(4)
    seed = second[1].text_input("Training seed", key="type-seed", placeholder="none")
    return TypedRun(
        benchmark=first[0].text_input("Benchmark", key="type-benchmark", placeholder="Arena-Hard"),
        measure=first[1].text_input("Measure", value="score", key="type-measure"),
        judge=first[2].text_input("Judge", key="type-judge", placeholder="none"),
        baseline=first[3].text_input("Baseline", key="type-baseline", placeholder="none"),
        model=second[0].text_input("Base model", key="type-model"),
        seed=seed_of(seed),
        unit=second[2].selectbox("Unit", ["%", "fraction", "points", ""], key="type-unit"),
        direction=DIRECTIONS[second[3].selectbox("Direction", list(DIRECTIONS), key="type-direction")],
    )


def _type_in(state: State) -> None:
    distinct = state.readings.drop_duplicates("subset")
    if distinct.empty:
        no_subset_yet("Scores are typed in here for each saved subset; “Datasets not here” takes those of others.")
        return
    shared = _run_form()
    blank = distinct[["name", "strategy", "component", "size", "level"]].assign(score=None, stderr=None)
    blank = blank.astype({"score": "float64", "stderr": "float64"})
    fixed = ["name", "strategy", "component", "size", "level"]
    typed = st.data_editor(
        blank, hide_index=True, width="stretch", disabled=fixed, key=f"typed-{state.fingerprint}",
        column_config={"level": st.column_config.NumberColumn("position, %", format="%.1f")},
    )  # fmt: skip
    if st.button("Log these scores", type="primary", disabled=bool(typed["score"].isna().all()), key="log-typed"):
        _log(state, typed_scores(typed.assign(subset=distinct["subset"]), shared), others=[])


def _not_here(state: State) -> None:
    st.caption("A dataset that was trained on elsewhere: its score, and its metrics where you know them.")
    shared = _run_form()
    known = sorted(set(state.seen.metrics) | set(state.readings.columns[len(comparison.FACTS) :]))
    chosen = st.multiselect(
        "Metrics given by hand", known, accept_new_options=True, key="given-metrics", format_func=comparison.title
    )
    fixed = [*TEXTS, *NUMBERS]
    chosen = [metric for metric in chosen if metric not in fixed]
    columns = [*fixed, *chosen]
    blank = pd.DataFrame({name: pd.Series(dtype="object" if name in TEXTS else "float64") for name in columns})
    key = f"given-{state.fingerprint}-{'|'.join(chosen)}"
    typed = st.data_editor(
        blank, num_rows="dynamic", hide_index=True, width="stretch", key=key,
        column_config={
            "name": st.column_config.TextColumn("dataset", required=True),
            "series": st.column_config.TextColumn(help="Datasets that differ only in their level share a series."),
            "strategy": st.column_config.TextColumn(),
            "component": st.column_config.SelectboxColumn(options=list(ALL_COMPONENTS)),
            "level": st.column_config.NumberColumn("position, %", help="On its scale, 0 to 100."),
        },
    )  # fmt: skip
    given = named_lines(typed)
    if st.button("Log these datasets", type="primary", disabled=given.empty, key="log-given"):
        scores, datasets = typed_datasets(given, shared, metrics=chosen, known=state.known)
        _log(state, scores, others=datasets)
    _measure_corpus(state)


def _measure_corpus(state: State) -> None:
    """Draw the forms that measure and log a dataset: from its file, or a whole corpus that is loaded already."""
    corpora = {info.id: info.name for info in list_corpora(state.workspace)}
    with st.expander("Measure a dataset from its file"):
        st.text("The file is read as a corpus, every row of it is measured, and the whole is logged as one dataset.")
        left, right = st.columns(2)
        with left:
            upload = st.file_uploader("Its file", key="measure-file", help="Any format of the Corpus page.")
            if upload is not None:
                files = [from_upload(upload)]
                request = {
                    "uploads": keep_uploads(state.workspace, files), "name": files[0].name,
                    "tokenizer": state.ctx.tokenizer,
                }  # fmt: skip
                _measure(state, job_names.MEASURE_FILE, request, name=files[0].name, key="measure-file")
        if corpora:
            with right:
                corpus = st.selectbox(
                    "Or a corpus that is here", list(corpora), format_func=lambda corpus_id: corpora[corpus_id],
                    key="measure-corpus",
                )  # fmt: skip
                request = {"corpus": corpus, "tokenizer": state.ctx.tokenizer}
                _measure(state, job_names.MEASURE_CORPUS, request, name=corpora[corpus], key="measure-corpus")


def _measure(state: State, task: str, request: dict[str, Any], *, name: str, key: str) -> None:
    """Draw the button, the job's progress, or that it is done."""
    job = jobs.latest(state.workspace, task, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key=f"{key}-job")
    elif job is not None:
        st.caption(f"{plain(name)} is measured: see it under Ledger, and log its scores under its name.")
    elif st.button("Measure and log", key=f"{key}-start"):
        jobs.start(state.workspace, task, request, title=f"Measure {name} as a dataset")
        st.rerun()


def _log(state: State, scores: list[Score], *, others: Sequence[Entry]) -> None:
    clashes = ledger.add_scores(state.workspace, scores, title="Typed in", others=others)
    datasets = sum(isinstance(entry, LoggedSubset) for entry in others)
    tell_next(outcome(clashes) if scores else plain(f"{counted(datasets, 'dataset')} logged."))
    st.rerun()


_WAYS = {
    "import": ("Import files", import_files),
    "type": ("Type in", _type_in),
    "elsewhere": ("Datasets not here", _not_here),
}
