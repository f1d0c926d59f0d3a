"""Further views of the evidence: frontier, a panel for each benchmark, metrics against metrics, confounds, curves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.evidence import views
from core.evidence.correlations import metric_correlations
from core.evidence.mixed import ACROSS, mixed_view
from core.evidence.observations import GROUP
from core.evidence.partial import partial_correlations, usual_controls
from core.figures import evidence as figures
from core.figures import evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.state import State, z_scores
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain

FEWEST = 2  # with fewer subsets none of these views means anything


def more(state: State) -> None:
    """Draw the second row of views; a view is computed only when it is chosen."""
    chosen = st.segmented_control(
        "More", list(_VIEWS), default=next(iter(_VIEWS)), required=True, key="more-view", label_visibility="collapsed"
    )
    if chosen != "Training curves" and (state.frame["subset"].nunique() < FEWEST or not state.metrics):
        st.info("These views need scores of at least two subsets, and a metric that differs between them.")
        return
    _VIEWS[chosen or next(iter(_VIEWS))](state)


def _frontier(state: State) -> None:
    left, right = st.columns(2)
    metric = str(left.selectbox("Diversity", state.metrics, format_func=comparison.title, key="frontier-metric"))
    choices = views.group_choices(state.frame)
    quality, name = state.frame.iloc[:0], ""
    combined, _ = z_scores(state)
    if len(combined):
        choices = {"mean of Z-scores of all benchmarks": combined, **choices}
    name = str(right.selectbox("Quality", list(choices), key="frontier-quality"))
    quality = choices[name]
    direction = state.directions.get(metric, 0)
    frontier = views.frontier_points(quality, diversity=metric, direction=direction)
    turned = " (turned: right is more diverse)" if direction < 0 else ""
    figure = figures.frontier(
        frontier,
        x="x",
        y="y",
        x_title=comparison.title(metric) + turned,
        y_title="quality: " + name,
        mode=state.ctx.mode,
    )
    show(figure, key="frontier", data=frontier, name="quality-diversity-frontier")


def _by_benchmark(state: State) -> None:
    left, right = st.columns(2)
    metric = str(left.selectbox("Metric", state.metrics, format_func=comparison.title, key="multiples-metric"))
    # A line is drawn only through subsets of the same size, component and model.
    choices = views.group_choices(state.frame, ("component", "size", "model", "trainer"))
    name = str(right.selectbox("Runs", list(choices), key="multiples-runs"))
    facets, lines = views.facets(choices[name], metric)
    figure = figures.small_multiples(
        facets, x=metric, facet="facet", x_title=comparison.title(metric), lines=lines, mode=state.ctx.mode
    )
    show(figure, key="multiples", data=facets[["facet", "name", metric, "score"]], name="by-benchmark")


def _among_metrics(state: State) -> None:
    subsets = state.readings if len(state.readings) else state.seen.frame
    names = [name for name in state.seen.metrics if name in subsets]
    table = metric_correlations(subsets, names)
    if table.empty:
        st.info("Three different subsets are needed, with metrics that differ between them.")
        return
    table.index = table.columns = pd.Index([comparison.title(name) for name in table.columns])
    figure = evidence_tables.metric_matrix(table, mode=state.ctx.mode)
    show(figure, key="matrix", data=table.reset_index(names="metric"), name="metrics-among-themselves",
         caption="Spearman over the distinct saved subsets; like stands beside like.")  # fmt: skip


def _partial(state: State) -> None:
    left, right = st.columns([6, 0.5], vertical_alignment="bottom")
    candidates, default = usual_controls(state.seen.metrics, state.metrics)
    controls = left.multiselect("Held fixed", candidates, default=default, format_func=comparison.title, key="controls")
    with right:
        explain(
            "Partial correlation", formula="r = t / √(t² + df) of the metric in score ~ metric + what is held fixed",
            source="statsmodels OLS; the confound of length: From Macro to Micro, §4.2",
            notes="Claims need six subsets of three independent series. Where subsets share a series, p is that of a t "
            "over whole series.",
        )  # fmt: skip
    if controls:
        table = partial_correlations(state.frame, state.metrics, controls=controls)
        compare_tables.table(_named(table), key="partial-table", by=GROUP,
                             first=("metric", *GROUP, "plain", "partial", "p", "subsets"))  # fmt: skip


def _across_models(state: State) -> None:
    table = mixed_view(state.frame, state.metrics)
    if table.empty:
        st.info("This view needs scores of at least two base models on one benchmark.")
        return
    st.caption("Points of score per standard deviation of the metric; every model keeps its own level.")
    compare_tables.table(_named(table), key="mixed-table", by=ACROSS, first=("metric", *ACROSS))


def _combined(state: State) -> None:
    table, notes = z_scores(state)
    _noted(notes)
    shown = table[["name", "strategy", "component", "level", "size", "model", "seed", "score"]]
    compare_tables.table(shown.sort_values("score", ascending=False), key="z-table", first=("name", "score"))


def _curves(state: State) -> None:
    curves = state.ledger.curves()
    if not curves:
        st.info("No training curves yet: import a trainer_state.json, a trainer_log.jsonl or a W&B history.")
        return
    measures = sorted({curve.measure for curve in curves})
    chosen = st.selectbox("Curve", measures, index=measures.index("loss") if "loss" in measures else 0, key="curve-of")
    run_curves = [
        {"name": curve.run.label, "steps": curve.steps, "values": curve.values}
        for curve in curves
        if curve.measure == chosen
    ]
    data = pd.concat(
        [
            pd.DataFrame({"run": run_curve["name"], "step": run_curve["steps"], "value": run_curve["values"]})
            for run_curve in run_curves
        ]
    )
    figure = figures.training_curves(run_curves, y_title=str(chosen), mode=state.ctx.mode)
    show(figure, key="training-curves", data=data,
         name=f"curves-{chosen}")  # fmt: skip


def _noted(notes: list[str]) -> None:
    """Draw what the mean of Z-scores leaves out; more than three notes are folded away."""
    if len(notes) > 3:
        with st.expander(f"{len(notes)} notes on what is left out"):
            for note in notes:
                st.text(note)
    else:
        for note in notes:
            st.caption(plain(note))


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(metric=[comparison.title(name) for name in table["metric"]])


_VIEWS = {
    "Frontier": _frontier,
    "By benchmark": _by_benchmark,
    "Metrics among themselves": _among_metrics,
    "Length and size held fixed": _partial,
    "Across models": _across_models,
    "All benchmarks as one": _combined,
    "Training curves": _curves,
}
