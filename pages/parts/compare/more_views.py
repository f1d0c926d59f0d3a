"""Further views of the evidence: frontier, metrics against metrics, confounds, the score of each run, curves."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from core.evidence import views
from core.evidence.correlations import metric_correlations
from core.evidence.mixed import ACROSS, mixed_view
from core.evidence.partial import partial_correlations, usual_controls
from core.figures import evidence as figures
from core.figures import evidence_tables
from core.workbench.inspections import comparison
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.group_controls import warn_of_differences
from pages.parts.compare.nothing_yet import next_step
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import plain

WITHOUT_METRICS = ("runs", "curves")  # views that read no metric
FEWEST = 2  # with fewer subsets none of these views means anything


def more(state: State) -> None:
    """Draw the second row of views; a view is computed only when it is chosen."""
    titles = {name: title for name, (title, _) in _VIEWS.items()}
    chosen = bound_segments(st, "More", titles, parameter=address.COMPARE_MORE, default="frontier", hide_label=True)
    if chosen not in WITHOUT_METRICS and (state.frame["subset"].nunique() < FEWEST or not state.metrics):
        what = "These views need scores of at least two subsets, and a metric that differs between them."
        next_step(state, what, key="more")
        return
    _VIEWS[chosen][1](state)


def _frontier(state: State) -> None:
    left, right = st.columns(2)
    metric = bound_select(
        left, "Diversity", state.metrics, parameter=address.COMPARE_DIVERSITY, default=state.metrics[0],
        format_func=comparison.title,
    )  # fmt: skip
    warn_of_differences(state, state.grouped.by)
    choices = views.group_choices(state.grouped.frame, state.grouped.by)
    if not choices:
        next_step(state, "No run has the chosen score.", key="frontier-none")
        return
    name = bound_select(right, "Quality", list(choices), parameter=address.COMPARE_QUALITY, default=next(iter(choices)))
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


def _among_metrics(state: State) -> None:
    subsets = state.readings if len(state.readings) else state.seen.frame
    names = [name for name in state.seen.metrics if name in subsets]
    table = metric_correlations(subsets, names)
    if table.empty:
        next_step(state, "Three different subsets are needed, with metrics that differ between them.", key="among")
        return
    table.index = table.columns = pd.Index([comparison.title(name) for name in table.columns])
    figure = evidence_tables.metric_matrix(table, mode=state.ctx.mode)
    show(figure, key="matrix", data=table.reset_index(names="metric"), name="metrics-among-themselves",
         caption="Spearman over the distinct saved subsets; like stands beside like.")  # fmt: skip


def _partial(state: State) -> None:
    left, middle, right = st.columns([4.8, 1.2, 0.5], vertical_alignment="bottom")
    candidates, default = usual_controls(state.seen.metrics, state.metrics)
    default, of_example = (list(state.example.controls), state.example.name) if state.example else (default, "")
    controls = left.multiselect(
        "Held fixed", candidates, default=default, format_func=comparison.title, key=f"controls{of_example}"
    )
    ranks = middle.selectbox("Estimate", ["Pearson r", "Spearman ρ"], key=f"partial-of{of_example}",
                             index=int(state.example is not None)) == "Spearman ρ"  # fmt: skip
    with right:
        explain(
            "Partial correlation", formula="r = t / √(t² + df) of the metric in score ~ metric + what is held fixed; "
            "Spearman ρ: the same of the ranks",
            source="statsmodels OLS; the confound of length: From Macro to Micro, §4.2",
            notes="Claims need six subsets of three independent series. Where subsets share a series, p is that of a t "
            "over whole series.",
        )  # fmt: skip
    if controls:
        chosen = state.grouped
        warn_of_differences(state, chosen.by)
        table = partial_correlations(chosen.frame, state.metrics, controls=controls, by=chosen.by, ranks=ranks)
        compare_tables.table(_named(table), key="partial-table", by=chosen.by,
                             first=("metric", *chosen.by, "plain", "partial", "p", "subsets"))  # fmt: skip


def _across_models(state: State) -> None:
    frame = state.grouped.frame
    table = mixed_view(frame, state.metrics, by=[*ACROSS, *(["proxy"] if frame["proxy"].any() else [])])
    if table.empty:
        next_step(state, "This view needs scores of at least two base models on one benchmark.", key="across")
        return
    st.caption("Points of score per standard deviation of the metric; every model keeps its own level.")
    compare_tables.table(_named(table), key="mixed-table", by=ACROSS, first=("metric", *ACROSS))


def _combined(state: State) -> None:
    if state.grouping.score == "logged":
        state = replace(state, grouping=replace(state.grouping, score="z"))
    chosen = state.scored
    if chosen.frame.empty:
        next_step(state, "No run has a score that can be put beside another's.", key="runs")
        return
    for note in chosen.notes:
        st.caption(plain(note) + ".")
    warn_of_differences(state, (), chosen.frame)
    shown = chosen.frame[["name", "strategy", "component", "level", "size", "model", "seed", "score"]]
    compare_tables.table(shown.sort_values("score", ascending=False), key="z-table", first=("name", "score"))


def _curves(state: State) -> None:
    curves = state.ledger.curves()
    if not curves:
        what = "No training curves yet: import a trainer_state.json, a trainer_log.jsonl or a W&B history."
        next_step(state, what, key="curves")
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


def _named(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(metric=[comparison.title(name) for name in table["metric"]])


_VIEWS = {
    "frontier": ("Frontier", _frontier),
    "among": ("Metrics among themselves", _among_metrics),
    "fixed": ("Length and size held fixed", _partial),
    "across": ("Across models", _across_models),
    "runs": ("The score of each run", _combined),
    "curves": ("Training curves", _curves),
}
