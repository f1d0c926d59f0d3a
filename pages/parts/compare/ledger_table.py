"""The ledger as a table: what was logged when, undo, scores without a subset, everything as CSV and as a report."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.counted import counted
from core.evidence import ledger as ledgers
from core.evidence import views
from core.evidence.correlations import point_estimates
from core.evidence.entries import Match
from core.evidence.ranking import RANDOM, ranking
from core.evidence.report import Section, csv_archive, html_report
from core.export.report import csv_bytes
from core.figures import evidence as figures
from core.figures import evidence_panels, evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.state import State
from pages.parts.frame import session_keys
from pages.parts.frame.plain_text import moment, rows

SCORE_FIRST = ("label", "benchmark", "measure", "value", "unit", "model", "seed", "judge", "baseline")
HEAT_COLUMNS = 10  # groups beside each other in one heat map of the report
SCATTERS = 6  # scatters in the report: the metrics that go most with a score


def ledger(state: State) -> None:
    """Batches with undo, unmatched scores, the scores, the datasets, and the downloads."""
    scores = state.ledger.scores()
    if scores.empty:
        _invite(state)
    if len(scores) or state.subsets or state.ledger.batches:
        _downloads(state)
    if len(scores):
        _unmatched(state)
        st.markdown(f"**{counted(len(scores), 'score')}**")
        compare_tables.table(
            scores, key="ledger-scores", drop=("batch", "key"), first=SCORE_FIRST, as_logged=("value", "stderr")
        )
    tables = [table for table in (state.readings.drop(columns=["key"]), state.ledger.subsets().drop(columns=["batch"]))
              if len(table)]  # fmt: skip
    if tables:
        st.markdown("**Saved subsets and logged datasets**")
        compare_tables.table(pd.concat(tables, ignore_index=True), key="ledger-subsets", first=("name",))
    if state.ledger.batches:
        st.markdown("**What was logged when**")
    for batch in reversed(state.ledger.batches[-50:]):
        left, right = st.columns([6, 1], vertical_alignment="center")
        struck = "" if batch.live else " · taken back"
        left.text(f"{moment(batch.made_at)} · {batch.title} · {counted(batch.entries, 'entry', 'entries')}{struck}")
        if batch.live and right.button("Undo", key=f"undo-{batch.key}", width="stretch"):
            ledgers.undo(state.workspace, batch.key)
            st.rerun()


def _invite(state: State) -> None:
    """What the ledger is for and how its first score comes in."""
    with st.container(border=True):
        st.markdown("**No score is logged yet**")
        ready = len({subset.digest for subset in state.subsets})
        st.text(
            "Train on a subset, score the model, and log the score here: then this page tells whether a metric goes "
            "with it. "
            + (f"{counted(ready, 'different saved subset')} can be scored. " if ready else "")
            + "Every score keeps the file and field it came from, and every step can be taken back."
        )
        st.text("Drop the files your trainer and your benchmarks left, name their folder, or type the scores in.")
        st.button("Log scores", type="primary", icon=":material/add:", key="ledger-invite", on_click=_to_log)


def _to_log() -> None:
    session_keys.COMPARE_GO.set("Log scores")


def _unmatched(state: State) -> None:
    lost = state.ledger.unmatched(subset.digest for subset in state.subsets)
    if lost.empty:
        return
    with st.container(border=True):
        many = "scores have" if len(lost) > 1 else "score has"
        st.text(f"{rows(len(lost))} {many} no subset here. Unmatched scores stay in the ledger.")
        labels = list(dict.fromkeys(lost.loc[lost["why"] != "the subset is gone", "label"]))
        st.dataframe(lost[["label", "why", "benchmark", "measure", "value", "file"]], hide_index=True, width="stretch",
                     key="unmatched")  # fmt: skip
        choices = state.choices
        if labels and choices:
            left, middle, right = st.columns([3, 3, 1], vertical_alignment="bottom")
            label = left.selectbox("Name in the ledger", labels, key="match-label")
            name = str(middle.selectbox("is", list(choices), key="match-subset"))
            if right.button("Match", key="match-now", width="stretch"):
                match = Match(label=str(label), subset=choices[name])
                ledgers.append(state.workspace, [match], title=f"{label} is {name}")
                st.rerun()


def _downloads(state: State) -> None:
    left, right, _ = st.columns([1.4, 1.4, 4])
    left.download_button(
        "Report (HTML)", data=lambda: report(state).encode(), file_name="evidence.html", mime="text/html",
        key="report-html", on_click="ignore", help="One file with figures and tables; opens without a network.",
    )  # fmt: skip
    right.download_button(
        "All tables (CSV)", data=lambda: csv_archive(tables(state), encode=csv_bytes), file_name="evidence.zip",
        mime="application/zip", key="report-csv", on_click="ignore",
    )  # fmt: skip


def tables(state: State) -> dict[str, pd.DataFrame]:
    """Everything that the page shows, as tables."""
    found = {
        "scores": state.ledger.scores(),
        "subsets": state.readings,
        "logged datasets": state.ledger.subsets(),
        "observations": state.seen.frame,
    }
    if len(state.frame) and state.metrics:
        found["correlations"] = _estimates(state)
        found["slopes"] = views.slopes(state.levelled)
        found["best pick"] = ranking(state.frame, state.metrics, directions=state.directions)
    return found


def report(state: State) -> str:
    """The report of the whole ledger as one HTML page."""
    held = tables(state)
    sections = [
        Section(
            title="What this is about",
            notes=[
                f"{counted(len(state.subsets), 'saved subset')}, {counted(len(held['scores']), 'score')}.",
                "Claims are made from six subsets on; cells in brackets claim nothing.",
                *state.notes,
            ],
        )
    ]
    if "correlations" in held:
        table = held["correlations"]
        grid, claims, enough = views.correlation_grid(table)
        grid.index = claims.index = enough.index = pd.Index([comparison.title(name) for name in grid.index])
        heats = [
            evidence_tables.correlation_heat(
                grid.iloc[:, start : start + HEAT_COLUMNS], claims=claims.iloc[:, start : start + HEAT_COLUMNS],
                enough=enough.iloc[:, start : start + HEAT_COLUMNS],
            )
            for start in range(0, grid.shape[1], HEAT_COLUMNS)
        ]  # fmt: skip
        sections.append(Section(title="Correlations", figures=heats,
                                tables={"Every metric and group": table}))  # fmt: skip
        sections.append(Section(title="Scores against metrics", figures=_scatters(state, table)))
        levels, lines = views.panels(state.levelled)
        if len(levels) and len(held["slopes"]):
            values, told, enough = views.slope_grid(held["slopes"])
            drawn = [evidence_tables.slope_heat(values, claims=told, enough=enough)]
            for name, part in views.group_choices(levels, views.SCORED_BY).items():
                panel, lines = views.panels(part)
                drawn.append(evidence_panels.diversity_panels(panel, lines=lines, y_title=name, baseline=None))
            sections.append(Section(title="Score over the scale", figures=drawn, tables={"Slopes": held["slopes"]}))
        named = held["best pick"]
        if len(named):
            sections.append(Section(title="Which metric would have picked the best subset", tables={"Regret": named},
                                    figures=[evidence_tables.ranking_bars(named, reference=RANDOM)]))  # fmt: skip
    sections.append(Section(title="Scores", tables={"Every score with its origin": held["scores"]}))
    sections.append(Section(title="Subsets", tables={"Saved": held["subsets"], "Logged": held["logged datasets"]}))
    return html_report("Does diversity predict the score?", sections)


def _estimates(state: State) -> pd.DataFrame:
    done = state.statistics()
    return done if done is not None else point_estimates(state.frame, state.metrics)


def _scatters(state: State, table: pd.DataFrame) -> list[go.Figure]:
    """One scatter for each of the metrics that go most with the largest group's score."""
    name, group = next(iter(views.group_choices(state.frame).items()))
    inside = point_estimates(group, state.metrics, by=())
    best = inside.reindex(inside["pearson"].abs().sort_values(ascending=False).index)["metric"].head(SCATTERS)
    drawn = []
    for metric in best:
        held, line = views.points(group, metric)
        drawn.append(figures.score_scatter(held, x=metric, x_title=comparison.title(metric), y_title=name, line=line))
    return drawn
