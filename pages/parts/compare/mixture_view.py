"""The Compare page's source mixture: does the share of each source tell the score, and which mixture would be best."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.errors import InputError
from core.evidence import views
from core.evidence.leave_one_out import leave_one_out
from core.evidence.mixture import MEAN, Mixtures
from core.evidence.mixture_entries import RUNS_OF, logged_shares, runs_of, tables
from core.evidence.mixture_fit import MixtureFit, fit_mixture
from core.export.report import csv_bytes
from core.figures.mixture import best_mixture, predicted_scatter
from core.workbench.inspections.source_shares import MOST, source_columns, source_shares
from core.workspace.digests import digest
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.logged import show_told
from pages.parts.compare.mixture_import import import_tables
from pages.parts.compare.nothing_yet import next_step
from pages.parts.compare.state import State
from pages.parts.frame import address
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import figure3, plain

LOGGED = "logged"
WORDS = {"mean": "mean tried", "lowest": "least tried", "highest": "most tried"}


def mixture(state: State) -> None:
    """Draw the law of one score on the shares of sources, and the import of runs from two tables."""
    show_told(state)
    _law(state)
    if state.example is None:
        import_tables(state)


def _law(state: State) -> None:
    """Draw how well the law ranks, its effects, and the best mixture."""
    ways = {column: f"saved subsets by {column}" for column in source_columns(state.workspace, state.subsets)}
    logged = logged_shares(state.seen.frame)
    if len(logged):
        ways = {LOGGED: "shares that were logged", **ways}
    if not ways or state.seen.frame.empty:
        next_step(
            state,
            "This view needs scores of subsets that differ in how much of each source they hold: from a corpus of "
            "several sources or categories, or from two tables, one of shares and one of metrics.",
            key="mixture",
        )
        return
    top = st.columns([2, 2, 2, 0.5], vertical_alignment="bottom")
    way = bound_select(
        top[0], "Sources", list(ways), parameter=address.MIXTURE_SOURCES, default=next(iter(ways)),
        format_func=lambda name: ways[name],
    )  # fmt: skip
    shares = logged if way == LOGGED else _shares(state.fingerprint, way, state)
    choices = views.group_choices(state.seen.frame[state.seen.frame["subset"].isin(shares.index)], RUNS_OF)
    if not choices:
        st.info("None of the scored subsets has a value in this column.")
        return
    name = bound_select(top[1], "Runs", list(choices), parameter=address.MIXTURE_RUNS, default=next(iter(choices)))
    with top[3]:
        explain(
            "Law of mixtures",
            formula="score ≈ floor ± exp(offset + Σ slope · share), least squares; a mean of benchmarks is the mean of "
            "a law for each",
            source="our reconstruction of Data Mixing Laws (2403.16952); regression on runs as in RegMix (2407.01492)",
            notes="Predictions are by laws that were fitted without the run. Ranges hold 95 % of refits to runs drawn "
            "anew. No source goes above the largest share that a run had.",
        )  # fmt: skip
    try:
        runs = runs_of(choices[name], shares)
        metrics = [str(column) for column in runs.mixtures.metrics]
        offered = [MEAN, *metrics] if runs.alike and len(metrics) > 1 else metrics
        target = bound_select(
            top[2], "Score", offered, parameter=address.MIXTURE_SCORE, default=offered[0],
            format_func=lambda metric: "mean of all" if metric == MEAN else metric,
        )  # fmt: skip
        lower = runs.directions[metrics[0] if target == MEAN else target] < 0
        fit = _fit(_key(runs.mixtures, target, lower), runs.mixtures, target, lower)
    except InputError as refusal:
        st.info(plain(f"{refusal.what} {refusal.remedy}".strip()))
        return
    if runs.left_out:
        st.caption(plain(runs.left_out))
    _told(fit, lower)
    _drawn(state, runs.mixtures, fit, target)
    _left_out(runs.mixtures, target, lower)
    _downloads(runs.mixtures, fit)


def _told(fit: MixtureFit, lower: bool) -> None:
    """Draw how well the law ranks runs that it has not seen, and what may be claimed."""
    said = (
        f"Rank correlation of predictions with {counted(len(fit.observed), 'run')} that the law has not seen: "
        f"**{fit.agreement:.3f}** (95 %: {fit.agreement_low:.3f} to {fit.agreement_high:.3f})."
    )
    st.markdown(said)
    if fit.caution:
        st.warning(plain(fit.caution))
        return
    best_seen = fit.observed.min() if lower else fit.observed.max()
    st.caption(
        f"Predicted at the best mixture: {figure3(fit.optimum.predicted)}; the best run had {figure3(best_seen)}. The "
        f"same source is the largest in {fit.optimum.reliable:.0%} of refits."
    )


def _drawn(state: State, runs: Mixtures, fit: MixtureFit, target: str) -> None:
    left, right = st.columns(2, gap="medium")
    if not fit.caution:  # a mixture drawn is taken for advice
        with right:
            show(best_mixture(fit.table, mode=state.ctx.mode), key="mixture-best", data=fit.table, name="best-mixture")
    with left:
        points = pd.DataFrame(
            {"name": runs.metrics.index.astype(str), "predicted": fit.predicted, "observed": fit.observed}
        )
        title = "mean" if target == MEAN else target
        show(predicted_scatter(points, title=title, mode=state.ctx.mode), key="mixture-predicted", data=points,
             name="predicted-by-mixture")  # fmt: skip
    percent = ("mean", "lowest", "highest", "best", "best_low", "best_high", "moved")
    shown = fit.table.assign(**{name: 100 * fit.table[name] for name in percent}).rename(
        columns={
            **{name: f"{WORDS[name]}, %" for name in WORDS}, "moved": "moved, points of share",
            "effect": "effect of moving", "effect_low": "effect, low", "effect_high": "effect, high",
            "best": "best, %", "best_low": "best, low %", "best_high": "best, high %",
        }
    )  # fmt: skip
    compare_tables.table(shown, key="mixture-table", first=("source", "effect of moving", "effect, low",
                                                           "effect, high", "moved, points of share"))  # fmt: skip


def _left_out(runs: Mixtures, target: str, lower: bool) -> None:
    """Draw what the score is without each source, where runs leave one out each."""
    with st.expander("Without each source", icon=":material/remove_selection:", key="mixture-left-out"):
        try:
            table = leave_one_out(runs, target)
        except InputError as refusal:
            st.text(f"{refusal.what} {refusal.remedy}".strip())
            return
        compare_tables.table(table, key="mixture-left-out-table", first=("source", "effect", "low", "high"))
        better = "below" if lower else "above"
        st.caption(
            f"effect = score without the source − score with all. {better.capitalize()} 0 the source hurts; a range "
            "that holds 0 says nothing. After Fixing Data That Hurts Performance (2505.16967)."
        )


def _downloads(runs: Mixtures, fit: MixtureFit) -> None:
    """Draw the downloads of shares, metrics and the best mixture, in the form in which RegMix publishes its runs."""
    ratios, metrics = tables(runs)
    best = pd.DataFrame([["best", *fit.optimum.shares]], columns=["index", *runs.sources])
    with st.container(horizontal=True):
        for label, table, file in (
            ("Shares (CSV)", ratios, "mixture.csv"),
            ("Metrics (CSV)", metrics, "metrics.csv"),
            ("Best mixture (CSV)", best, "best-mixture.csv"),
        )[: 2 if fit.caution else 3]:
            st.download_button(label, data=csv_bytes(table), file_name=file, mime="text/csv", key=f"get-{file}",
                               on_click="ignore")  # fmt: skip


def _key(runs: Mixtures, target: str, lower: bool) -> str:
    values = [runs.shares.tolist(), runs.targets(target).tolist()]
    return digest([list(runs.sources), target, lower, values])


@st.cache_resource(max_entries=16, show_spinner="Fitting laws of mixtures …")
def _fit(key: str, _runs: Mixtures, _target: str, _lower: bool) -> MixtureFit:
    return fit_mixture(_runs, _target, lower_is_better=_lower)


@st.cache_resource(max_entries=16, show_spinner="Counting sources …")
def _shares(fingerprint: str, column: str, _state: State) -> pd.DataFrame:
    scored = set(_state.seen.frame["subset"])
    subsets = [subset for subset in _state.subsets if subset.digest in scored]
    return source_shares(_state.workspace, subsets, column, most=MOST)
