"""The Compare page's table of every metric on every saved subset, with random bands, and the press that measures it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.counted import counted
from core.evidence.series_names import named_series
from core.jobs import job_names
from core.metrics.registry import metrics
from core.workbench.inspections import comparison
from core.workbench.inspections.every_metric import (
    ABOVE,
    BELOW,
    MissingReadings,
    banded_names,
    lacking_features,
    metric_table,
    missing_readings,
    wide_table,
)
from core.workbench.subsets import Subset
from pages.parts.compare.nothing_yet import next_step
from pages.parts.compare.state import State
from pages.parts.frame import address, jobs
from pages.parts.frame.bound_select import bound_multiselect, bound_segments
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import csv
from pages.parts.frame.plain_text import plain

TITLES = {"series": "Series", "size": "Rows"}
SUBSETS_AT_ONCE = 60  # columns of the table on the page; the CSV has all


def all_metrics(state: State) -> None:
    """Draw the filters, what is missing with the press that measures it, the table and its download."""
    if not state.subsets:
        what = "No saved subsets yet: this is the table of every metric on each of them."
        if state.example:
            what = "The example has no rows of its subsets here, so that no further metric can be measured on them."
        next_step(state, what, key="all-metrics")
        return
    top = st.columns([2.6, 2.6, 4, 0.5], vertical_alignment="center")
    with top[3]:
        explain("The table", formula=_FORMULA, source="Metrics: the README's table. Bands: our definition")
    subsets = _filtered(state)
    if not subsets:
        st.info("No saved subset is of this choice.")
        return
    _missing(state, subsets, top[1], top[2])
    shown = state.readings[state.readings["key"].isin([subset.key for subset in subsets])]
    on = {name: name for name in ("both", *comparison.MEASURED_ON)}
    component = bound_segments(top[0], "Measured on", on, parameter=address.COMPARE_ON, default="both", hide_label=True)
    components = comparison.MEASURED_ON if component == "both" else (component,)
    table = metric_table(state.workspace, subsets, shown, components=components)
    if table.empty:
        st.info("None of these subsets is measured yet.")
        return
    keys = list(dict.fromkeys(table["key"]))
    first = table[table["key"].isin(keys[:SUBSETS_AT_ONCE])]
    st.dataframe(
        wide_table(first, texts=True).drop(columns="address"), hide_index=True, width="stretch", height=520,
        key="all-metrics", column_config={
            "metric": st.column_config.TextColumn(pinned=True),
            "component": st.column_config.TextColumn("on", pinned=True),
        },
    )  # fmt: skip
    said = f"{counted(table['address'].nunique(), 'metric')} on {counted(len(keys), 'subset')}. "
    said += f"{ABOVE} above, {BELOW} below the band of random subsets of as many rows, in brackets."
    if len(keys) > SUBSETS_AT_ONCE:
        said += f" The first {SUBSETS_AT_ONCE} subsets; the CSV has all."
    st.caption(said)
    st.download_button(
        "CSV", data=lambda: csv(wide_table(table, texts=False)), file_name="metrics-by-subset.csv", mime="text/csv",
        icon=":material/download:", key="all-metrics-csv", on_click="ignore",
    )  # fmt: skip
    if reasons := comparison.why_undefined(state.workspace, subsets, list(metrics())):
        with st.expander(f"Why {counted(len(reasons), 'group')} of metrics have no value"):
            for line in reasons:
                st.text(line)


_FORMULA = (
    "value: the metric on the rows of the subset\n"
    "band: mean ± t · s · √(1 + 1/n) over n = 20 random subsets of as many rows from the same pool; where one more "
    "random subset lies with 95 %"
)


def _filtered(state: State) -> list[Subset]:
    """Draw a choice for each fact in which the subsets differ, and return those that fit all."""
    table = state.readings.drop_duplicates("key")
    names = dict(zip(table["series"], named_series(table)))
    facts = [name for name in address.METRICS_ONLY if len(table[name].drop_duplicates()) > 1]
    for column, fact in zip(st.columns(len(facts)) if facts else (), facts):
        values = table[fact].loc[table[fact] != ""].drop_duplicates().sort_values()
        chosen = bound_multiselect(
            column, TITLES.get(fact, fact.capitalize()), {str(value): str(names.get(value, value)) for value in values},
            parameter=address.METRICS_ONLY[fact], default=(), placeholder="all",
        )  # fmt: skip
        if chosen:
            table = table[table[fact].astype(str).isin(chosen)]
    kept = {*table["key"]}
    return [subset for subset in state.subsets if subset.key in kept]


def _missing(state: State, subsets: Sequence[Subset], left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Draw what is missing and the press that measures it, with the time it takes, or the job's progress."""
    names = list(metrics())
    with_bands = left.toggle("Random bands beside", value=True, key="all-metrics-bands")
    bands = banded_names() if with_bands else []
    lacking = lacking_features(state.workspace, subsets)
    missing = missing_readings(state.workspace, subsets, names, bands=bands)
    if not missing and not lacking:
        return
    compute = list(lacking)
    if "embeddings" in lacking and not right.toggle(
        "Compute embeddings first, for NovelSum and its like", value=True, key="all-metrics-embed",
        help="About a minute for two thousand rows on a CPU.",
    ):  # fmt: skip
        compute.remove("embeddings")
    if not missing and not compute:
        return
    request = _request(state, subsets, missing, names, bands, compute)
    job = jobs.latest(state.workspace, job_names.MEASURE_EVERY, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key="all-metrics-job")
        return
    for line in comparison.failures(state.workspace, subsets, names):
        st.caption(plain(line))
    for line in dict.fromkeys((job.result or {}).get("failed", {}).values() if job else ()):
        st.caption(plain(str(line)))
    title = f"Measure {counted(len(names), 'metric')} on {counted(len(request['subsets']), 'subset')}"
    press, what = st.columns([2, 4], vertical_alignment="center")
    if press.button(title, type="primary", key="all-metrics-start"):
        jobs.start(state.workspace, job_names.MEASURE_EVERY, request, title=title, again=True)
        st.rerun()
    what.caption(_what(missing, compute))


def _request(
    state: State, subsets: Sequence[Subset], missing: MissingReadings, names: list[str], bands: list[str],
    compute: list[str],
) -> dict[str, Any]:  # fmt: skip
    gone = comparison.without_corpus(state.workspace, subsets)
    keys = [subset.key for subset in subsets if subset.key not in gone] if compute else list(missing.subsets)
    asked = [subset for subset in subsets if subset.key in {*keys}]
    return {
        "subsets": sorted(keys), "metrics": names, "bands": bands, "features": compute,
        "situation": comparison.situation(state.workspace, asked),
    }  # fmt: skip


def _what(missing: MissingReadings, compute: Sequence[str]) -> str:
    """What is missing, and how long it takes."""
    parts = [f"{counted(missing.values, 'value')} missing"] if missing.values else []
    parts += [f"{counted(missing.bands, 'random band')} missing"] if missing.bands else []
    lasts = jobs.lasting(missing.time.seconds).replace(" left", "")
    if lasts:
        parts.append(lasts + (f", {missing.time.guessed} metrics guessed" if missing.time.guessed else ""))
    if compute:
        parts.append(f"and the {' and '.join(compute)} first")
    return " · ".join(parts)
