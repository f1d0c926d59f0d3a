"""Which metrics agree over the measured subsets, and which two or three of them suffice."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.component_words import component_title
from core.counted import counted
from core.figures.agreement import agreement_map
from core.jobs import job_names
from core.metrics.address import ROWS, parts_of
from core.metrics.registry import instant_names, metric, metrics, names_shown_by_default
from core.workbench.inspections import comparison
from core.workbench.inspections.agreement import agreement as agree
from core.workbench.inspections.agreement import informative, measured_values
from core.workbench.subsets import Subset, list_subsets
from pages.parts.frame import address, jobs
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.empty_state import no_subset_yet
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain

# Offered in addition to the instant metrics and the default ones.
ALSO_MEASURED = ("distinct_n", "mtld", "mattr", "ttr", "hdd", "vendi", "log_det", "knn", "novelsum")


def agreement(ctx: Context) -> None:
    """Draw the heat-map in clustered order, the few metrics to keep, and the job for metrics not measured yet."""
    left, middle, _ = st.columns([1.6, 1.6, 3])
    scope = bound_select(
        left, "Subsets", ["corpus", "all"], parameter=address.AGREEMENT_SUBSETS, default="corpus",
        format_func={"corpus": "of this corpus", "all": "of all corpora, and logged ones"}.__getitem__,
    )  # fmt: skip
    component = bound_select(
        middle, "Measured on", ["", *ctx.corpus.components], parameter=address.AGREEMENT_COMPONENT, default="response",
        format_func=lambda item: component_title(item) or "Any",
    )  # fmt: skip
    subsets = list_subsets(ctx.workspace, ctx.corpus.id if scope == "corpus" else None)
    table = measured_values(ctx.workspace, subsets, logged=scope == "all")
    table = table[[name for name in table.columns if not component or name.startswith((f"{component}.", f"{ROWS}."))]]
    table = table[[name for name in table.columns if _of_diversity(name)]]
    if len(table) and table.shape[1]:
        _map(ctx, table)
    elif subsets:
        here = "" if scope == "all" else " of this corpus"
        on = f" on the {component}" if component else ""
        st.info(
            f"**Saved, not measured yet{on}.** {counted(len(subsets), 'subset')}{here} "
            f"{'is' if len(subsets) == 1 else 'are'} here: measure them, then see which metrics agree."
        )
    else:
        no_subset_yet("Metrics agree or disagree over saved subsets: which do is drawn here.")
    _measure(ctx, subsets)


def _of_diversity(address: str) -> bool:
    parts = parts_of(address)
    return parts is None or parts[1].family != "size"


def _map(ctx: Context, table: pd.DataFrame) -> None:
    agreement = agree(table, directions=comparison.directions(list(table.columns)))
    kept = informative(agreement.matrix)
    names = [_title(name) for name in agreement.matrix.index]
    left, right = st.columns([2.6, 1], gap="medium")
    with left:
        show(
            agreement_map(agreement.matrix, titles=names, kept=[chosen.name for chosen in kept], mode=ctx.mode),
            key="measure-agreement",
            data=agreement.matrix.rename_axis("metric").reset_index(),
            name="metric-agreement",
            caption=f"Spearman's ρ over {counted(agreement.subsets, 'subset')}; a metric that falls with diversity is "
            "negated. Neighbours are similar.",
        )
    with right, st.container(border=True):
        st.markdown("**Worth keeping**")
        for chosen in kept:
            st.markdown(f"● {plain(_title(chosen.name))}")
            st.caption(f"together {chosen.explained * 100:.0f} % of all metrics' rank variance")
        st.caption(
            "Chosen one after another, each explaining most of what is left. With few subsets a high "
            "share comes easily."
            if agreement.subsets < 20
            else "Chosen one after another, each explaining most of what is left."
        )
        if agreement.left_out:
            with st.expander(f"{len(agreement.left_out)} left out"):
                for name, why in agreement.left_out.items():
                    st.caption(plain(f"{_title(name)}: {why}"))


def _title(address: str) -> str:
    """A metric's title, with its component if that is not the response."""
    parts = parts_of(address)
    if parts is None or not parts[0]:
        return address
    component, metric, _ = parts
    return metric.title + ("" if component == "response" or metric.of_rows else f" · {component}")


def _measure(ctx: Context, subsets: list[Subset]) -> None:
    left, right = st.columns([1, 2.2], vertical_alignment="center")
    with right.popover("Which metrics", icon=":material/checklist:"):
        wanted = st.multiselect(
            "Measured on every subset",
            list(metrics()),
            default=list(dict.fromkeys([*instant_names(), *names_shown_by_default(), *ALSO_MEASURED])),
            format_func=lambda name: metric(name).title,
            key="agree-wanted",
            persist_state="session",
        )
    lacking = comparison.missing(ctx.workspace, subsets, wanted)
    if not lacking:
        return
    for line in comparison.failures(ctx.workspace, subsets, wanted):
        st.caption(plain(line))
    request = {"subsets": lacking, "metrics": wanted}
    job = jobs.latest(ctx.workspace, job_names.MEASURE_SUBSETS, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="agree-job")
    elif left.button(
        f"Measure {counted(len(wanted), 'metric')} on {counted(len(lacking), 'subset')}", key="agree-start"
    ):
        title = f"Measure {counted(len(lacking), 'subset')}"
        jobs.start(ctx.workspace, job_names.MEASURE_SUBSETS, request, title=title, again=True)
        st.rerun()
