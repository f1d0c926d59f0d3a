"""Log scores: typed in beside the saved subsets, or for datasets that are not here; files go to the import below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.sources import from_upload
from core.corpus.store import list_corpora
from core.counted import counted
from core.errors import InputError
from core.evidence import ledger
from core.evidence.entries import LoggedSubset, Origin, Run, Score, Series
from core.jobs import job_names
from core.workbench.inspections import comparison
from core.workbench.tasks.loading import keep_uploads
from pages.parts.compare.import_scores import import_files
from pages.parts.compare.logged import outcome, show_told, tell_next
from pages.parts.compare.state import State
from pages.parts.frame import jobs
from pages.parts.frame.plain_text import plain

DIRECTIONS = {"higher is better": 1, "lower is better": -1, "neither": 0}


def log_scores(state: State) -> None:
    """Three ways in: type, import, or measure a dataset that is not a subset."""
    show_told()
    way = st.segmented_control(
        "Way", ["Import files", "Type in", "Datasets not here"], default="Import files", required=True, key="log-way",
        label_visibility="collapsed",
    )  # fmt: skip
    if way == "Type in":
        _type_in(state)
    elif way == "Datasets not here":
        _not_here(state)
    else:
        import_files(state)


def _run_form() -> dict[str, object]:
    """What all scores typed at once share."""
    first = st.columns(4)
    second = st.columns(4)
    seed = second[1].text_input("Training seed", key="type-seed", placeholder="none")
    if seed.strip() and not seed.strip().lstrip("-").isdigit():
        raise InputError("A training seed is a whole number.", remedy="Leave it empty where you do not know it.")
    return {
        "benchmark": first[0].text_input("Benchmark", key="type-benchmark", placeholder="Arena-Hard"),
        "measure": first[1].text_input("Measure", value="score", key="type-measure"),
        "judge": first[2].text_input("Judge", key="type-judge", placeholder="none"),
        "baseline": first[3].text_input("Baseline", key="type-baseline", placeholder="none"),
        "model": second[0].text_input("Base model", key="type-model"),
        "seed": int(seed) if seed.strip() else None,
        "unit": second[2].selectbox("Unit", ["%", "fraction", "points", ""], key="type-unit"),
        "direction": DIRECTIONS[second[3].selectbox("Direction", list(DIRECTIONS), key="type-direction")],
    }


def _type_in(state: State) -> None:
    distinct = state.readings.drop_duplicates("subset")
    if distinct.empty:
        st.info("No saved subsets yet: drag the slider on the Subsets page and save one; or log a dataset not here.")
        return
    shared = _run_form()
    blank = distinct[["name", "strategy", "component", "size", "level"]].assign(score=None, stderr=None)
    blank = blank.astype({"score": "float64", "stderr": "float64"})
    fixed = ["name", "strategy", "component", "size", "level"]
    typed = st.data_editor(
        blank, hide_index=True, width="stretch", disabled=fixed, key=f"typed-{state.fingerprint}",
        column_config={"level": st.column_config.NumberColumn("position, %", format="%.1f")},
    )  # fmt: skip
    given = typed[typed["score"].notna()]
    if st.button("Log these scores", type="primary", disabled=given.empty, key="log-typed"):
        digests = distinct["subset"].to_dict()
        scores = [
            _score(shared, label=str(row["name"]), subset=str(digests[index]), value=row["score"], stderr=row["stderr"])
            for index, row in given.to_dict("index").items()
        ]
        _log(state, scores, others=[])


def _not_here(state: State) -> None:
    st.caption("A dataset that was trained on elsewhere: its score, and its metrics where you know them.")
    shared = _run_form()
    known = sorted(set(state.seen.metrics) | set(state.readings.columns[len(comparison.FACTS) :]))
    chosen = st.multiselect(
        "Metrics given by hand", known, accept_new_options=True, key="given-metrics", format_func=comparison.title
    )
    texts = ("name", "series", "strategy", "component")
    fixed = [*texts, "size", "level", "score", "stderr"]
    chosen = [metric for metric in chosen if metric not in fixed]
    columns = [*fixed, *chosen]
    blank = pd.DataFrame({name: pd.Series(dtype="object" if name in texts else "float64") for name in columns})
    key = f"given-{state.fingerprint}-{'|'.join(chosen)}"
    typed = st.data_editor(
        blank, num_rows="dynamic", hide_index=True, width="stretch", key=key,
        column_config={
            "name": st.column_config.TextColumn("dataset", required=True),
            "series": st.column_config.TextColumn(help="Datasets that differ only in their level share a series."),
            "strategy": st.column_config.TextColumn(),
            "component": st.column_config.SelectboxColumn(options=["instruction", "response", "both"]),
            "level": st.column_config.NumberColumn("position, %", help="On its scale, 0 to 100."),
        },
    )  # fmt: skip
    given = typed[typed["name"].fillna("").astype(str).str.strip() != ""]
    if st.button("Log these datasets", type="primary", disabled=given.empty, key="log-given"):
        # A dataset that was measured from its file is known by its rows, not by its name.
        named_before = {each.name: each.digest for each in reversed(state.known)}
        scores: list[Score] = []
        logged: list[Series | LoggedSubset] = []
        for _, row in given.iterrows():
            name = str(row["name"]).strip()
            digest = named_before.get(name, LoggedSubset.unseen(name))
            metrics = {metric: float(row[metric]) for metric in chosen if pd.notna(row[metric])}
            size = int(row["size"]) if pd.notna(row["size"]) else None
            level = float(row["level"]) if pd.notna(row["level"]) else None
            named, strategy, component = (str(row[part]).strip() if pd.notna(row[part]) else "" for part in texts[1:])
            series = Series(pool=named, strategy=strategy, component=component, size=size) if named else None
            logged += [series] if series else []
            logged.append(
                LoggedSubset(
                    digest=digest, name=name, size=size, level=level, metrics=metrics, strategy=strategy,
                    component=component,
                    series=series.key if series else "",
                )
            )  # fmt: skip
            if pd.notna(row["score"]):
                scores.append(_score(shared, label=name, subset=digest, value=row["score"], stderr=row["stderr"]))
        _log(state, scores, others=logged)
    _measure_corpus(state)


def _measure_corpus(state: State) -> None:
    """A dataset's own file, or a whole corpus that is here already, as one dataset with its metrics measured."""
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
                    "Or a corpus that is here", list(corpora), format_func=lambda held: corpora[held],
                    key="measure-corpus",
                )  # fmt: skip
                request = {"corpus": corpus, "tokenizer": state.ctx.tokenizer}
                _measure(state, job_names.MEASURE_CORPUS, request, name=corpora[corpus], key="measure-corpus")


def _measure(state: State, task: str, request: dict[str, Any], *, name: str, key: str) -> None:
    """The button, the job's progress, or that it is done."""
    job = jobs.latest(state.workspace, task, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key=f"{key}-job")
    elif job is not None:
        st.caption(f"{plain(name)} is measured: see it under Ledger, and log its scores under its name.")
    elif st.button("Measure and log", key=f"{key}-start"):
        jobs.start(state.workspace, task, request, title=f"Measure {name} as a dataset")
        st.rerun()


def _score(shared: dict[str, object], *, label: str, subset: str, value: float, stderr: float) -> Score:
    if not str(shared["benchmark"]).strip():
        raise InputError("Name the benchmark first.", remedy="Without it, two scores could not be told apart.")
    run = Run(label=label, subset=subset, model=str(shared["model"]).strip(), seed=shared["seed"])  # type: ignore[arg-type]
    return Score(
        run=run, benchmark=str(shared["benchmark"]).strip(), measure=str(shared["measure"]).strip() or "score",
        value=float(value), direction=shared["direction"], judge=str(shared["judge"]).strip(),  # type: ignore[arg-type]
        baseline=str(shared["baseline"]).strip(), unit=str(shared["unit"]),
        stderr=float(stderr) if pd.notna(stderr) else None, origin=Origin(),
    )  # fmt: skip


def _log(state: State, scores: list[Score], *, others: Sequence[Series | LoggedSubset]) -> None:
    clashes = ledger.add_scores(state.workspace, scores, title="Typed in", others=others)
    datasets = sum(isinstance(each, LoggedSubset) for each in others)
    tell_next(outcome(clashes) if scores else plain(f"{counted(datasets, 'dataset')} logged."))
    st.rerun()
