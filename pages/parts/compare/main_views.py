"""The Compare page's main views: scatter, correlations, slopes, which metric picks best, the published tables."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.counted import counted
from core.evidence import uncertainty, views
from core.evidence.correlations import ESTIMATES, point_estimates
from core.evidence.independence import CLAIM_FROM, FEWEST, SERIES_FROM
from core.evidence.observations import GROUP
from core.evidence.partial import length_confound
from core.evidence.published import tables
from core.evidence.ranking import DRAWN_FROM, RANDOM, ranking
from core.evidence.slopes import STABLE_SEEDS, Fit
from core.figures import evidence as figures
from core.figures import evidence_panels, evidence_tables
from core.jobs import job_names
from core.workbench.inspections import comparison
from pages.parts.compare import state as compare_state
from pages.parts.compare import tables as compare_tables
from pages.parts.compare.state import State
from pages.parts.frame import jobs
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.plain_text import figure3, plain

WORK = "Intervals, p and leave-one-out of every metric and group."
WORDS = {"pearson": "Pearson r", "spearman": "Spearman ρ", "kendall": "Kendall τ", "slope": "Slope"}
NOTHING = "nothing-yet"
GROUPS_AT_ONCE = 10  # most columns with which a heat map is readable


def scatter(state: State) -> None:
    """Draw a metric against a score, with its line and estimates."""
    if not _has_scores(state):
        return
    left, right = st.columns([3, 1.15], gap="medium")
    group, name = _group(state, right)
    metric = _metric(state, right, "Metric", key="scatter-metric")
    complete, line = views.points(group, metric)
    columns = ["name", "strategy", "component", "level", metric, "score", "stderr", "model", "seed"]
    with left:
        figure = figures.score_scatter(
            complete,
            x=metric,
            x_title=comparison.title(metric),
            y_title=views.score_title(complete),
            line=line,
            mode=state.ctx.mode,
        )
        show(figure, key="scatter", data=complete[columns], name="score-against-metric")
        _length_note(complete, metric)
    with right:
        _facts(state, complete, metric, line, name)


def correlations(state: State) -> None:
    """Draw the correlations of every metric with every group of scores, as a heat map and a table with intervals."""
    if not _has_scores(state):
        return
    compare_state.measure_more(state)
    table = _estimates(state)
    if table[list(ESTIMATES)].isna().all(axis=None):
        most = int(table["subsets"].max())
        st.info(
            f"A correlation needs {FEWEST} different subsets in one group, with scores that differ. The largest group "
            f"has {counted(most, 'subset')}: log the scores of more."
        )
        return
    offered = intervals(state, table)
    if offered is not None:
        table = offered
    top = st.columns([1.6, 5, 0.5], vertical_alignment="bottom")
    estimate = top[0].selectbox("Estimate", ESTIMATES[:3], format_func=lambda name: WORDS[name], key="estimate")
    with top[2]:
        explain(
            "Correlation", formula=_FORMULA, source="scipy.stats, statsmodels; From Macro to Micro, Fig. 4 and Table 8",
            notes="Bold: may be claimed. That needs q ≤ 0.05 and a 95 % interval without 0 in it, so both must be "
            f"computed. In brackets: fewer than {CLAIM_FROM} subsets or {SERIES_FROM} independent series, which claim "
            "nothing.",
        )  # fmt: skip
    grid, claims, enough = views.correlation_grid(table, estimate=estimate)
    if grid.shape[1] > GROUPS_AT_ONCE:
        chosen = top[1].multiselect(
            "Scores", list(grid.columns), default=list(grid.columns[:GROUPS_AT_ONCE]), key="correlation-groups",
            help="The figure shows these; the table below has all groups.",
        )  # fmt: skip
        grid = grid[chosen or list(grid.columns[:GROUPS_AT_ONCE])]
        claims, enough = claims[grid.columns], enough[grid.columns]
    grid.index = claims.index = enough.index = pd.Index([comparison.title(name) for name in grid.index])
    figure = evidence_tables.correlation_heat(
        grid, claims=claims, enough=enough, title=WORDS[estimate], mode=state.ctx.mode
    )
    show(figure, key="correlations", data=grid.reset_index(names="metric"), name="correlations")
    order = [f"{p}{name}{end}" for name in sorted(ESTIMATES, key=lambda name: name != estimate)
             for p, end in (("", ""), ("", "_low"), ("", "_high"), ("p_", ""), ("q_", ""))]  # fmt: skip
    compare_tables.table(
        _readable(table), key="correlation-table", drop=("claim",), by=GROUP,
        first=["metric", *GROUP, "subsets", "n", *order, "loo_low", "loo_high", "series", "drawn", "units"],
    )  # fmt: skip


def slopes(state: State) -> None:
    """Draw score against position on the scale: the paper's Fig. 3 and Table 2, with our scores and the published."""
    top = st.columns([2.4, 3.6, 0.5], vertical_alignment="bottom")
    overlay = top[0].multiselect(
        "Published curves beside ours", [4, 5, 6, 7], default=[] if len(state.levelled) else [4],
        format_func=lambda number: f"Table {number}: {tables()[number].title}", key="overlay",
    )  # fmt: skip
    with top[2]:
        explain(
            "Slope", formula="score = a + b · level/100 by least squares; b = points from 0 to 100 % of the scale",
            source="From Macro to Micro, Fig. 3 and Table 2",
            notes="Every line goes through the mean scores of one series' subsets: seeds of one subset are one point. "
            "The band holds 68 % of a flat-prior Bayesian regression's line (1σ). A slope is called stable from "
            f"{CLAIM_FROM} subsets and {STABLE_SEEDS} training seeds. Bold: {CLAIM_FROM} subsets or more, and the 95 % "
            "interval excludes 0. That is about this one series: a claim about a strategy or a metric needs "
            f"{SERIES_FROM} series (Correlations). Shrunk: what scikit-learn's BayesianRidge gives.",
        )  # fmt: skip
    levelled = state.levelled
    if len(levelled):
        choices = views.group_choices(levelled, views.SCORED_BY)
        name = top[1].selectbox("Scores", list(choices), key="slope-group")
        complete, lines = views.panels(choices[name])
        figure = evidence_panels.diversity_panels(
            complete, lines=lines, y_title=views.score_title(complete),
            baseline=50.0 if views.of_pairs(complete) else None,
            mode=state.ctx.mode,
        )  # fmt: skip
        columns = ["name", "strategy", "component", "size", "series", "level", "score", "seed", "model"]
        show(figure, key="panels", data=complete[columns], name="score-against-diversity")
        table = views.slopes(levelled)
        if len(table):
            values, claims, enough = views.slope_grid(table)
            figure = evidence_tables.slope_heat(values, claims=claims, enough=enough, mode=state.ctx.mode)
            show(figure, key="slope-grid", data=table, name="slopes")
            first = (*views.SERIES_OF, "slope", "low", "high", "standing", "seeds", "seed_spread")
            compare_tables.table(table, key="slope-table", by=views.SERIES_OF, first=first)
    elif len(state.frame):
        st.info("No scored subset belongs to a series yet: build one on the Subsets page, then log its scores.")
    if overlay:
        curves, lines_of = views.published_curves(overlay)
        own = views.own_curves(levelled) if len(levelled) else None
        both = pd.concat([curves, own], ignore_index=True) if own is not None else curves
        figure = evidence_panels.level_curves(both, lines=lines_of, mode=state.ctx.mode)
        show(figure, key="overlay-figure", data=both, name="published-curves")
        _published_slopes(lines_of)


def best_pick(state: State) -> None:
    """Draw which metric would have picked the best subset, and how much score following it would have lost."""
    if not _has_scores(state):
        return
    right = st.columns([6, 0.5])[1]
    with right:
        explain(
            "Regret", formula="(best score − score of the metric's first choice) / (best − worst), mean over groups",
            source="our definition", notes="The grey bar picks a subset at random. Intervals: 95 %, from "
            f"{DRAWN_FROM} independent series or subsets on. Metrics without a direction pick "
            "nothing.",
        )  # fmt: skip
    table = _ranked(state.fingerprint, state)
    if table.empty:
        st.info("A ranking needs two scored subsets in one group, and a metric that tells more from less diverse.")
        return
    named = table.assign(metric=[name if name == RANDOM else comparison.title(name) for name in table["metric"]])
    show(evidence_tables.ranking_bars(named, reference=RANDOM, mode=state.ctx.mode), key="ranking", data=named,
         name="which-metric-picks-best")  # fmt: skip
    if not table["claim"].any():
        st.caption(plain(f"{table['note'].iloc[0]} Read this as an illustration, not as a finding."))
    compare_tables.table(named, key="ranking-table", drop=("claim", "note"))


def published(state: State) -> None:
    """Draw the paper's tables as printed, with notes on their signs."""
    number = st.segmented_control(
        "Table", list(tables()), default=4, required=True, key="published-table",
        format_func=lambda table_number: f"Table {table_number}",
    )  # fmt: skip
    table = tables()[number or 4]
    st.markdown(f"**{plain(table.title)}** · {plain(table.what)}")
    if number in (4, 5, 6, 7):
        curves, lines = views.published_curves([number])
        figure = evidence_panels.level_curves(curves, lines=lines, mode=state.ctx.mode)
        show(figure, key=f"published-{number}", data=table.frame, name=f"table-{number}")
        _published_slopes(lines)
    else:
        draw = evidence_tables.slope_heat if number == 2 else evidence_tables.correlation_heat
        show(draw(table.grid, mode=state.ctx.mode), key=f"published-{number}", data=table.frame, name=f"table-{number}")
    st.caption(plain(table.provenance))


def intervals(state: State, table: pd.DataFrame) -> pd.DataFrame | None:
    """The table with intervals if the job is done; else draw a button, or the job's progress, and return None."""
    done = state.statistics()
    if done is not None:
        return done
    if not table["claim"].any():
        st.caption(
            f"Intervals and p need {CLAIM_FROM} scored subsets of {SERIES_FROM} independent series in one group. "
            + plain(_most_common(table["note"]))
        )
        return None
    request = {"observations": compare_state.observations_key(state)}
    job = jobs.latest(state.workspace, job_names.UNCERTAINTY, request)
    if job is not None and job.state != "done":
        jobs.follow(state.workspace, job, key="statistics")
    elif st.button("Compute intervals", type="primary", key="statistics-start", help=WORK):
        # ``again``, because a done job of an older version has intervals that are no longer read.
        jobs.start(state.workspace, job_names.UNCERTAINTY, request, title="Intervals of the correlations", again=True)
        st.rerun()
    return None


_FORMULA = (
    "Pearson, Spearman, Kendall: scipy.stats.\n"
    "Intervals: 95 %, leaving out whole series in turn (jackknife), t with series − 1 degrees of freedom on Fisher's "
    "z; a subset of no series counts as one.\n"
    "p: of the same t where subsets share a series. Where none do, the share of pairings in which |r| is at least the "
    "observed |r|. A pairing gives every subset the scores of another one, all seeds together; all pairings up to 7 "
    "subsets, else 9,999 at random. Kendall: scipy's p over subset means.\n"
    "q: Benjamini–Hochberg over the whole table."
)


def _most_common(notes: pd.Series) -> str:
    said = notes[notes.astype(str) != ""]
    return "" if said.empty else str(said.mode().iloc[0])


def _has_scores(state: State) -> bool:
    """Whether there are scores to draw; if not, draw the published curves and an invitation."""
    if len(state.frame) and state.metrics:
        return True
    with st.container(border=True):
        if len(state.frame):
            st.text("There are scores, but no metric that differs between the scored subsets yet.")
        else:
            st.text("No scores yet. Log some under “Log scores”: type them in, or drop the files your trainer left.")
        st.text("Until then, here is what the paper reports: the score over the diversity scale (Table 5).")
    curves, lines = views.published_curves([5])
    figure = evidence_panels.level_curves(curves, lines=lines, mode=state.ctx.mode)
    show(figure, key=NOTHING, data=curves, name="table-5")
    _published_slopes(lines)
    return False


def _published_slopes(lines: dict[str, Fit]) -> None:
    said = pd.DataFrame(
        [{"curve": name, "points from 0 to 100 %": line.slope, "standard error": line.stderr, "R²": line.r_squared,
          "shrunk slope": line.shrunk, "standing": line.label} for name, line in lines.items()]
    )  # fmt: skip
    compare_tables.table(said, key=f"published-slopes-{'-'.join(lines)}")


def _group(state: State, place: st.delta_generator.DeltaGenerator) -> tuple[pd.DataFrame, str]:
    combined, notes = compare_state.z_scores(state)
    choices = views.groups_and_all_as_one(state.frame, combined)
    name = place.selectbox("Scores", list(choices), key="scatter-group")
    if name.startswith(views.ALL_AS_ONE):
        for note in notes[:3]:
            place.caption(plain(note))
        if len(notes) > 3:
            place.caption(f"{len(notes) - 3} more notes: More views, All benchmarks as one.")
    return choices[name], name


def _metric(state: State, place: st.delta_generator.DeltaGenerator, label: str, *, key: str) -> str:
    titles = {name: comparison.title(name).split(" · ") for name in state.metrics}
    last = {parts[2] for parts in titles.values() if len(parts) > 2}  # a tokenizer that all share is not named
    said = {name: " · ".join(parts[:2] if len(last) == 1 else parts) for name, parts in titles.items()}
    return str(place.selectbox(label, state.metrics, format_func=said.__getitem__, key=key))


@st.cache_resource(max_entries=4, show_spinner=False)
def _cached_estimates(fingerprint: str, _state: State) -> pd.DataFrame:
    return point_estimates(_state.frame, _state.metrics)


def _estimates(state: State) -> pd.DataFrame:
    return _cached_estimates(state.fingerprint, state)


@st.cache_resource(max_entries=4, show_spinner="Ranking the metrics …")
def _ranked(fingerprint: str, _state: State) -> pd.DataFrame:
    return ranking(_state.frame, _state.metrics, directions=_state.directions, resamples=500)


def _facts(state: State, complete: pd.DataFrame, metric: str, line: Fit | None, name: str) -> None:
    """Draw the estimates of the shown group, with intervals if they are computed."""
    estimates = point_estimates(complete, [metric], by=()).iloc[0]
    done = state.statistics() if not name.startswith(views.ALL_AS_ONE) else None
    if done is not None and (row := uncertainty.row_of(done, complete, metric)) is not None:
        estimates = row
    said = []
    for estimate in ESTIMATES:
        low, high = estimates.get(f"{estimate}_low"), estimates.get(f"{estimate}_high")
        interval = f"{_said(low)} to {_said(high)}" if low is not None and pd.notna(low) else ""
        said.append({"": WORDS[estimate], "estimate": _said(estimates[estimate]), "95 % interval": interval})
    st.dataframe(pd.DataFrame(said), hide_index=True, width="stretch", key="scatter-facts")
    subsets, seeds = complete["subset"].nunique(), max(1, complete["seed"].nunique())
    st.caption(f"{counted(len(complete), 'score')} of {counted(subsets, 'subset')}, {counted(seeds, 'training seed')}.")
    if not estimates["claim"]:
        st.caption(":material/info: " + plain(estimates["note"] or "Nothing is claimed."))
    elif not name.startswith(views.ALL_AS_ONE) and intervals(state, point_estimates(complete, [metric], by=())) is None:
        st.caption("Intervals are computed once, for every metric and group.")
    if line is not None:
        st.caption(plain(line.label[0].upper() + line.label[1:]) + ".")


def _said(value: float | None) -> str:
    return figure3(value if value is None else compare_tables.settled(value))


def _length_note(complete: pd.DataFrame, metric: str) -> None:
    """Draw a warning if the paper's confound, length, is present in the group."""
    r = length_confound(complete, metric)
    if r is not None:
        st.caption(
            ":material/warning: On these subsets the metric "
            + ("rises with mean response length" if r > 0 else "falls as the mean response gets longer")
            + f" (r = {r:.2f}). "
            "See “More views”, partial correlation."
        )


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(metric=[comparison.title(name) for name in table["metric"]])
