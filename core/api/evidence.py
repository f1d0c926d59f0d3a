"""Scores of real runs, and whether a metric goes with them, for scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from core.api.corpora import workspace
from core.errors import InputError
from core.evidence import ledger
from core.evidence.importers.proposal import Options
from core.evidence.typed_scores import TypedRun
from core.progress import Progress, silent
from core.workbench.inspections import score_entry
from core.workbench.inspections.evidence import grouped_by, measured_evidence, observations_key, with_intervals
from core.workbench.inspections.score_import import ScoreProposal
from core.workspace import atomic
from core.workspace.artefacts import Workspace


def read_scores(path: str | Path) -> pd.DataFrame:
    """The scores that our importers find in a file, an archive or a folder, one row a score; nothing is logged.

    Columns: subject (what the file calls the data or the run), benchmark, measure, value, unit, direction, stderr, n,
    model, seed, judge, baseline, file. ``attrs["left_out"]`` lists what gave no score and why,
    ``attrs["notices"]`` what is to be known of the files read, such as runs that crashed, ``attrs["passed_over"]`` the
    files without scores of runs.

    >>> api.read_scores("scores.csv")[["subject", "benchmark", "value"]].values.tolist()[0]
    ['subset-0', 'mmlu', 46.0]
    """
    from core.evidence.score_files import read_scores as read

    return read(path)


def import_scores(
    path: str | Path,
    *,
    match: Mapping[str, str] | None = None,
    unseen: bool = False,
    all_measures: bool = False,
    within: Workspace | None = None,
    progress: Progress = silent,
    **answers: Any,
) -> ScoreProposal:
    """What an import of a file, an archive or a folder would log; its ``log()`` logs it as one batch.

    The proposal has ``matches`` (name in the files, its scores, what it is taken for, because), ``alike`` (names that
    are only similar and stay unmatched), ``notices`` and ``plan.clashes`` (``new``, ``repeated``, ``conflicting``).
    ``match`` says what a name means: a saved subset's name, key or digest, or a logged data set's name. ``unseen``
    makes data sets of the names that are not known. ``answers`` are what the files do not say: benchmark, model, judge,
    baseline, unit, ``repeats="seeds"``, ``decimal``, ``scale``, and ``mapping`` of a table's columns to their roles.

    >>> proposal = api.import_scores("scores.csv", match={"subset-0": "twenty"}, model="org/model-8b")
    >>> proposal.matches[0]
    ('subset-0', 1, 'twenty', 'said so')
    >>> len(proposal.log().new)
    8
    """
    from core.workbench.inspections.score_import import propose_scores

    try:
        common = Options(**answers)
    except TypeError as error:
        known = ", ".join(Options.__dataclass_fields__)
        raise InputError("An import has no such answer.", remedy=f"It has: {known}.") from error
    return propose_scores(
        within or workspace(),
        path,
        answers={"": common},
        match=match,
        unseen=unseen,
        all_measures=all_measures,
        progress=progress,
    )


def add_score(
    name: str,
    value: float,
    *,
    benchmark: str,
    stderr: float | None = None,
    not_here: Mapping[str, object] | None = None,
    replace: bool = False,
    within: Workspace | None = None,
    **about: Any,
) -> int:
    """Log one number about a saved subset or a logged data set; gives how many scores were new (0 for a repetition).

    ``about`` are measure, judge, baseline, model, seed, unit ("%", "fraction", "points") and direction (1 where higher
    is better, -1, 0). ``not_here`` are the facts of a data set that is not here: series, strategy, component, size,
    level, and ``metrics`` by address. A value that contradicts a logged one is left out, or counts with ``replace``.

    >>> api.add_score("twenty", 51.5, benchmark="Arena-Hard", model="org/model-8b", seed=1)
    1
    """
    try:
        run = TypedRun(benchmark=benchmark, **about)
    except TypeError as error:
        known = ", ".join(TypedRun.__dataclass_fields__)
        raise InputError("A score has no such field.", remedy=f"It has: {known}.") from error
    kept = within or workspace()
    return len(score_entry.add_score(kept, name, value, run, stderr=stderr, not_here=not_here, replace=replace).new)


def match_name(label: str, name: str, *, within: Workspace | None = None) -> None:
    """Say that ``label`` of logged scores means the saved subset or data set ``name``.

    >>> log = api.import_scores("scores.csv").log(); api.match_name("subset-1", "twenty")
    >>> len(api.scores(unmatched=True))
    7
    """
    score_entry.match_label(within or workspace(), label, name)


def undo(batch: str = "", *, within: Workspace | None = None) -> str:
    """Take the last batch of scores back, or the one with this key; gives its title.

    >>> log = api.import_scores("scores.csv").log(); api.undo()
    'Import of scores.csv'
    """
    return score_entry.take_back(within or workspace(), batch).title


def scores(*, unmatched: bool = False, within: Workspace | None = None) -> pd.DataFrame:
    """The logged scores, one row each; ``unmatched``: those of which no subset is known, with ``why``.

    Columns: batch, key, label, subset (digest), model, seed, trainer, benchmark, judge, baseline, measure, direction,
    unit, value, stderr, n, proxy, file, field, reader.

    >>> log = api.import_scores("scores.csv").log(); api.scores()[["label", "value"]].values.tolist()[0]
    ['subset-0', 46.0]
    """
    from core.workbench.subsets import list_subsets

    kept = within or workspace()
    logged = ledger.read(kept)
    return logged.unmatched(subset.digest for subset in list_subsets(kept)) if unmatched else logged.scores()


def batches(*, within: Workspace | None = None) -> pd.DataFrame:
    """What was logged, batch by batch, oldest first: key, title, made_at, entries, undoes, live.

    >>> log = api.import_scores("scores.csv").log(); api.batches()["title"].tolist()
    ['Import of scores.csv']
    """
    columns = list(ledger.Batch.__dataclass_fields__)
    kept = ledger.read(within or workspace()).batches
    return pd.DataFrame([{name: getattr(batch, name) for name in columns} for batch in kept], columns=columns)


def correlate(
    readings: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    *,
    intervals: bool = False,
    measure: Sequence[str] = (),
    by: Sequence[str] | None = None,
    score: str = "logged",
    example: str = "",
    within: Workspace | None = None,
    progress: Progress = silent,
) -> pd.DataFrame:
    """How each metric goes with each score: one row a group of comparable scores and metric.

    Without tables: the saved subsets and the scores that are logged, as on the Compare page; metrics that take an
    instant are measured where they never were, and those called ``measure`` too. ``by`` names the facts that make a
    group (component, size, strategy, series, model, benchmark, …), ``score`` which score counts: as "logged", "z" (the
    mean of Z-scores), "union" (AlpacaEval ∪ Arena-Hard). ``example`` ("regmix") opens evidence that comes along.

    With tables: ``readings`` has one row a subset: ``subset``, and a numeric column a metric; ``series``, ``size``,
    ``component`` and ``strategy`` are used where they are there. ``scores`` has one row a score: ``subset``,
    ``benchmark``, ``value``, and any of model, seed, judge, baseline, measure, unit, direction.

    The result has n, subsets, pearson, spearman, kendall, slope, ``claim`` (whether there are enough independent series
    and subsets) and ``note``; ``intervals`` adds 95 % intervals and p (seconds to minutes).

    >>> scores = api.read_scores("scores.csv").rename(columns={"subject": "subset"})
    >>> readings = pd.DataFrame({"subset": scores["subset"], "ie": range(len(scores))})
    >>> api.correlate(readings, scores)[["metric", "n", "spearman"]].round(6).values.tolist()
    [['ie', 8, 1.0]]
    >>> api.correlate().empty  # no score is logged yet
    True
    """
    from core.evidence.correlations import point_estimates
    from core.evidence.score_files import correlate as correlated

    if (readings is None) != (scores is None):
        raise InputError("Tables are two: the readings and the scores.", remedy="Without both: what is logged.")
    if readings is not None and scores is not None:
        return correlated(readings, scores, intervals=intervals)
    evidence, _ = measured_evidence(within or workspace(), metrics=measure, example=example, progress=progress)
    chosen = grouped_by(evidence, by=by, score=score)
    if intervals and len(evidence.frame) and evidence.metrics:
        return with_intervals(evidence, chosen, progress=progress)
    return point_estimates(chosen.frame, evidence.metrics, by=chosen.by)


def slopes(*, within: Workspace | None = None) -> pd.DataFrame:
    """Points of score from 0 to 100 % of the scale, a row for each scored series: slope, low, high, standing, ….

    >>> for level, subset in enumerate(api.series(view, "micro", called="levels", size=20, levels=3)):
    ...     new = api.add_score(subset.name, 50 + level, benchmark="Arena-Hard")
    >>> api.slopes()[["benchmark", "slope", "standing"]].round(6).values.tolist()
    [['Arena-Hard', 2.0, 'too few points']]
    """
    from core.evidence import views

    evidence, _ = measured_evidence(within or workspace())
    return views.slopes(evidence.levelled)


def report(
    path: str | Path, *, intervals: bool = False, within: Workspace | None = None, progress: Progress = silent
) -> Path:
    """Write the report of the Compare page: one HTML file with figures and tables that opens without a network.

    ``intervals`` computes those of the correlations first (seconds to minutes); without it they are there if they were
    computed before.

    >>> api.report("evidence.html").read_text().startswith("<!doctype html>")
    True
    """
    from core.evidence.uncertainty import load
    from core.workbench.inspections.evidence_report import evidence_report

    evidence, _ = measured_evidence(within or workspace(), progress=progress)
    there = bool(len(evidence.frame) and evidence.metrics)
    if intervals and there:
        with_intervals(evidence, grouped_by(evidence), progress=progress)
    statistics = load(evidence.workspace, observations_key(evidence, grouped_by(evidence))) if there else None
    atomic.write_bytes(Path(path), evidence_report(evidence, statistics).encode())
    return Path(path)
