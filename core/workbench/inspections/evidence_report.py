"""All evidence as tables, and as one HTML report with figures that opens without a network."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from core.counted import counted
from core.evidence import views
from core.evidence.correlations import point_estimates
from core.evidence.decision import decisions, with_proxy_scores
from core.evidence.observations import GROUP
from core.evidence.ranking import RANDOM, ranking
from core.evidence.report import Section, html_report
from core.figures import evidence as figures
from core.figures import evidence_panels
from core.figures.evidence_tables import correlation_heat, ranking_bars, slope_heat
from core.workbench.inspections.comparison import title
from core.workbench.inspections.evidence import Evidence

HEAT_COLUMNS = 10  # groups side by side in one heat map
BETTER = "Pearson r, from worse to better scores"
SCATTERS = 6  # scatters, of the metrics that correlate most with a score


def evidence_tables(evidence: Evidence, statistics: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """Everything that the Compare page shows, as {name: table}.

    ``statistics``: the correlations with their intervals if a job has computed them, else None. The tables of
    correlations, slopes, decision accuracy and the best pick exist only if there is a score and a metric whose values
    differ.
    """
    tables = {
        "scores": evidence.ledger.scores(),
        "subsets": evidence.readings,
        "logged datasets": evidence.ledger.subsets(),
        "observations": evidence.seen.frame,
    }
    if len(evidence.frame) and evidence.metrics:
        estimates = point_estimates(evidence.frame, evidence.metrics) if statistics is None else statistics
        tables["correlations"] = estimates
        tables["slopes"] = views.slopes(evidence.levelled)
        tables["decision accuracy"] = decision_table(evidence, by=(*GROUP, "proxy"))
        tables["best pick"] = ranking(evidence.frame, evidence.metrics, directions=evidence.directions)
    return tables


def decision_table(evidence: Evidence, *, by: Sequence[str], resamples: int = 0) -> pd.DataFrame:
    """The decision accuracy of every metric, and of every score of a proxy, in each group ``by``."""
    frame, proxies = with_proxy_scores(evidence.frame)
    predictors = [*evidence.metrics, *proxies]
    return decisions(frame, predictors, directions={**evidence.directions, **proxies}, by=by, resamples=resamples)


def evidence_report(evidence: Evidence, statistics: pd.DataFrame | None) -> str:
    """The report of the whole ledger as one HTML page; ``statistics`` as in :func:`evidence_tables`."""
    tables = evidence_tables(evidence, statistics)
    sections = [_about(evidence, scores=len(tables["scores"]))]
    if "correlations" in tables:
        sections += [
            Section(
                title="Correlations",
                figures=_heats(tables["correlations"], evidence.frame),
                tables={"Every metric and group": tables["correlations"]},
            ),
            Section(title="Scores against metrics", figures=_scatters(evidence)),
        ]
        sections += _over_the_scale(evidence, tables["slopes"])
        if len(picks := tables["best pick"]):
            sections.append(
                Section(
                    title="Which metric would have picked the best subset",
                    tables={"Regret": picks},
                    figures=[ranking_bars(picks, reference=RANDOM)],
                )
            )
        decided = {"Share of pairs of subsets in the right order": tables["decision accuracy"]}
        sections.append(Section(title="Decision accuracy", tables=decided))
    sections.append(Section(title="Scores", tables={"Every score with its origin": tables["scores"]}))
    datasets = {"Saved": tables["subsets"], "Logged": tables["logged datasets"]}
    sections.append(Section(title="Subsets", tables=datasets))
    return html_report("Does diversity predict the score?", sections)


def _about(evidence: Evidence, *, scores: int) -> Section:
    counts = f"{counted(len(evidence.subsets), 'saved subset')}, {counted(scores, 'score')}."
    claims = "Claims need six subsets of three independent series; cells in brackets claim nothing."
    caution = [evidence.caution] if evidence.caution else []
    return Section(title="What this is about", notes=[counts, claims, *evidence.notes, *caution])


def _heats(correlations: pd.DataFrame, frame: pd.DataFrame) -> list[go.Figure]:
    """Heat maps of all groups, :data:`HEAT_COLUMNS` in each; ``frame`` are the observations behind them."""
    grid, claims, enough = views.correlation_grid(correlations)
    better = views.better_correlations(correlations, frame)
    grid.index = claims.index = enough.index = better.index = pd.Index([title(name) for name in grid.index])
    parts = [slice(start, start + HEAT_COLUMNS) for start in range(0, grid.shape[1], HEAT_COLUMNS)]
    return [
        correlation_heat(
            grid.iloc[:, part],
            claims=claims.iloc[:, part],
            enough=enough.iloc[:, part],
            better=better.iloc[:, part],
            title=BETTER,
        )
        for part in parts
    ]


def _scatters(evidence: Evidence) -> list[go.Figure]:
    """A scatter for each of the metrics that correlate most with the largest group's score."""
    name, group = next(iter(views.group_choices(evidence.frame).items()))
    estimates = point_estimates(group, evidence.metrics, by=())
    best = estimates.reindex(estimates["pearson"].abs().sort_values(ascending=False).index)["metric"].head(SCATTERS)
    scatters = []
    for metric in best:
        points, line = views.points(group, metric)
        scatters.append(figures.score_scatter(points, x=metric, x_title=title(metric), y_title=name, line=line))
    return scatters


def _over_the_scale(evidence: Evidence, slopes: pd.DataFrame) -> list[Section]:
    """The section on scores over positions; empty unless a scored subset belongs to a series."""
    levels, _ = views.panels(evidence.levelled)
    if not len(levels) or not len(slopes):
        return []
    values, claims, enough = views.slope_grid(slopes)
    drawn = [slope_heat(values, claims=claims, enough=enough, better=views.better_slopes(slopes, evidence.levelled))]
    for name, part in views.group_choices(levels, views.SCORED_BY).items():
        panel, lines = views.panels(part)
        drawn.append(evidence_panels.diversity_panels(panel, lines=lines, y_title=name, baseline=None))
    return [Section(title="Score over the scale", figures=drawn, tables={"Slopes": slopes})]
