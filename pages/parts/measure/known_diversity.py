"""How metrics behave on data of known diversity: a job measures made-up corpora, a table says what each follows."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.counted import counted
from core.figures.simulation import knob_panels
from core.jobs import job_names
from core.metrics.registry import metric, metrics
from core.trial.known_diversity import KNOBS, Setting
from core.workbench.inspections.simulation import SEEDS, behaviour, curves, lacking, load
from pages.parts.frame import address, jobs
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

ARROWS = {"rises": "↗ rises", "falls": "↘ falls", "flat": "→ flat", "no order": "∿ no order", "undefined": "—"}


def known_diversity(ctx: Context) -> None:
    """Draw the form and the job, a metric's curves, and what every metric follows."""
    left, middle, right, button, help_place = st.columns([1, 1, 1, 2, 0.4], vertical_alignment="bottom")
    least = int(4 * max(KNOBS[0].values))
    request = {
        "rows": int(left.number_input("Rows of a corpus", least, 2_000, Setting.rows, 40, key="known-rows",
                                      persist_state="session")),
        "seeds": int(middle.number_input("Corpora a step", 2, 20, SEEDS, key="known-seeds", persist_state="session")),
        "seed": int(right.number_input("First seed", 0, 10_000, 0, key="known-seed", persist_state="session")),
        "metrics": [],
    }  # fmt: skip
    with help_place:
        explain(
            "Known diversity",
            formula="Rows around up to 32 clusters, with made-up words and vectors. Three knobs add diversity: "
            "clusters, their width, the share of rows that are no copies. Two add none: rows, and words a row.",
            source="after the section on simulated data of NovelSum (2502.17184); corpora and knobs are ours",
            notes="Monotone: the mean over seeds goes one way by more than twice what seeds differ, and moves back by "
            "no more than a tenth of that. "
            "Size and length: the range over that knob as a share of the widest range over a knob of diversity; from "
            "10 % on a metric is said to follow it.",
        )  # fmt: skip
    readings = load(ctx.workspace, request)
    job = jobs.latest(ctx.workspace, job_names.SIMULATE, request)
    if readings is None:
        corpora = request["seeds"] * sum(len(knob.values) for knob in KNOBS)  # type: ignore[operator]
        title = f"Measure {corpora} made-up corpora"
        if job is not None and job.state != "done":
            jobs.follow(ctx.workspace, job, key="known-job")
        elif button.button(title, type="primary", key="known-start", width="stretch"):
            jobs.start(ctx.workspace, job_names.SIMULATE, request, title=title, again=True)
            st.rerun()
        st.info(
            "**Does a metric see diversity, or only size and length?** Here its answer is known: corpora are made with "
            "more clusters, wider ones, fewer copies, or merely more rows or longer ones. "
            f"Press “{title}”. {jobs.takes_here(ctx.workspace, job_names.SIMULATE, request)}"
        )
        return
    _curves(ctx, readings, button)
    _table(readings)


def _curves(ctx: Context, readings: pd.DataFrame, place: DeltaGenerator) -> None:
    names = list(dict.fromkeys(readings["metric"]))
    name = bound_select(
        place, "Metric", names, parameter=address.KNOWN_METRIC,
        default="novelsum" if "novelsum" in names else names[0], format_func=lambda name: metric(name).title,
    )  # fmt: skip
    table = curves(readings[readings["metric"] == name])
    panels = [(knob.knob, knob.title, knob.diverse) for knob in KNOBS]
    show(knob_panels(table, panels=panels, title=metric(name).title, mode=ctx.mode), key="known-curves", data=table,
         name=f"known-diversity-{name}", caption="Mean over seeds, and the deviation between them.")  # fmt: skip
    for why in dict.fromkeys(readings.loc[(readings["metric"] == name) & readings["value"].isna(), "why"]):
        st.caption(plain(f"At some steps without a value: {why}"))


def _table(readings: pd.DataFrame) -> None:
    moved = behaviour(readings)
    shown = pd.DataFrame(
        {
            "metric": [metric(name).title for name in moved["metric"]],
            "verdict": moved["verdict"],
            **{knob.title: moved[knob.knob].map(ARROWS) for knob in KNOBS},
            "size moves": [_share(value) for value in moved["by_size"]],
            "length moves": [_share(value) for value in moved["by_length"]],
            "more diverse is": moved["direction"].map({1: "higher", -1: "lower", 0: ""}),
        }
    )
    st.dataframe(shown, hide_index=True, width="stretch", key="known-table", height=420)
    left_out = [chosen for chosen in metrics().values() if lacking(chosen)]
    if left_out:
        names = ", ".join(chosen.title for chosen in left_out)
        st.caption(plain(f"{counted(len(left_out), 'metric')} left out, {names}: it needs {lacking(left_out[0])}."))


def _share(value: float) -> str:
    return "only" if value == float("inf") else f"{value:.0%}"
