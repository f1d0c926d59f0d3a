"""Commands on the evidence: correlate, slopes, report; the same numbers as the Compare page."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from core.commands.terminal import Meter, file_bytes, table
from core.counted import counted
from core.errors import InputError, quoted
from core.evidence.examples import examples
from core.evidence.grouping import FACTS, SCORE_KINDS
from core.workspace import atomic
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from core.evidence.grouping import Grouped
    from core.workbench.inspections.evidence import Evidence

OF_FILES = ("benchmark", "metric", "n", "subsets", "pearson", "spearman", "kendall", "claim", "note")
ESTIMATES = ("metric", "subsets", "n", "pearson", "spearman", "kendall", "claim", "note")
INTERVALS = ("spearman_low", "spearman_high", "p_spearman", "q_spearman", "warning")
PARTIAL = ("metric", "subsets", "n", "plain", "partial", "p", "controlled", "claim", "note")
DRAWS = 1_000  # behind an interval of a decision's accuracy
PAIRS = ("metric", "accuracy", "low", "high", "pairs", "right", "ties", "equal", "subsets", "series", "note")
POOLED = ("slope", "low", "high", "subsets", "series", "seeds", "standing", "note")
SLOPES = ("slope", "low", "high", "subsets", "seeds", "seed_spread", "standing")


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    correlate = commands.add_parser(
        "correlate", help="how metrics of subsets correlate with their scores: of what is logged, or of two files"
    )
    correlate.add_argument(
        "files", nargs="*", metavar="FILE",
        help="two CSV files in place of what is logged: readings (subset, and a column for each metric) and scores "
        "(subset, benchmark, value, and what names a run)",
    )  # fmt: skip
    correlate.add_argument("--intervals", action="store_true", help="95 %% intervals and p of every claim: minutes")
    correlate.add_argument(
        "--fixed", action="append", default=[], metavar="METRIC", help="partial correlations: this one is held fixed"
    )
    correlate.add_argument("--ranks", action="store_true", help="of ranks (Spearman's), where something is held fixed")
    correlate.add_argument("--picks", action="store_true", help="also which metric would have picked the best subset")
    correlate.add_argument("--metric", action="append", default=[], help="only these metrics, by address or name")
    correlate.add_argument(
        "--decision", "--pairs", dest="pairs", action="store_true",
        help="also the share of subset pairs that each metric, and each score of a proxy, puts in the order of a score",
    )  # fmt: skip
    _grouping(correlate)
    _logged(correlate)
    correlate.set_defaults(run=run_correlate)

    slopes = commands.add_parser("slopes", help="points of score from 0 to 100 %% of the scale, for each scored series")
    _grouping(slopes)
    _logged(slopes)
    slopes.set_defaults(run=run_slopes)

    report = commands.add_parser("report", help="all evidence as one HTML file, as the Compare page gives it")
    report.add_argument("--out", default="evidence.html", metavar="FILE.html")
    report.add_argument("--csv", default="", metavar="FILE.zip", help="also every table as CSV, in one archive")
    report.add_argument("--intervals", action="store_true", help="with 95 %% intervals and p of every claim: minutes")
    _measured(report)
    report.set_defaults(run=run_report)


def _grouping(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--by", default=None, metavar="FACT,FACT", help=f"what makes a group, of {', '.join(FACTS)}; “” pools all"
    )
    made.add_argument(
        "--score", choices=list(SCORE_KINDS), default="logged",
        help="; ".join(f"{name}: {words}" for name, words in SCORE_KINDS.items()),
    )  # fmt: skip


def _measured(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--example", choices=list(examples()), default="", help="evidence that comes along, in place of what is logged"
    )
    made.add_argument(
        "--measure", action="append", default=[], metavar="METRIC",
        help="measure this on every saved subset first; those that take an instant are measured anyway",
    )  # fmt: skip


def _logged(made: argparse.ArgumentParser) -> None:
    _measured(made)
    made.add_argument("--benchmark", action="append", default=[], help="only scores of this benchmark are shown")
    made.add_argument("--csv", default="", metavar="FILE", help="write the table with all columns as CSV")
    made.add_argument("--json", action="store_true", help="print JSON Lines with all columns")


def run_correlate(options: argparse.Namespace) -> None:
    """Print the correlations of every metric with every score."""
    from core.evidence.views import telling_parts

    if options.files:
        if len(options.files) != 2:
            raise InputError("Files are two: the readings and the scores.", remedy="Without files: what is logged.")
        _of_files(options)
        return
    evidence = _evidence(options)
    if options.fixed:
        _partial(evidence, options)
        return
    if options.ranks:
        raise InputError("--ranks goes with --fixed.", remedy="Spearman's is among the plain correlations.")
    chosen = _grouped(evidence, evidence.frame, options)
    correlations = _statistics(evidence, chosen, intervals=options.intervals)
    shown = _chosen(correlations, options)
    told = [*telling_parts(shown, chosen.by), *(name for name in (*ESTIMATES, *INTERVALS) if name in shown)]
    _print(shown, told, options)
    if options.picks:
        from core.evidence.ranking import ranking

        picks = ranking(chosen.frame, evidence.metrics, directions=evidence.directions, by=chosen.by)
        print("\nWhich metric would have picked the best subset\n" + _text(picks, list(picks.columns)))
    if options.pairs:
        from core.evidence.decision import decisions, with_proxy_scores

        frame, proxies = with_proxy_scores(chosen.frame)
        directions = {**evidence.directions, **proxies}
        predictors, resamples = [*evidence.metrics, *proxies], DRAWS if options.intervals else 0
        every = decisions(frame, predictors, directions=directions, by=chosen.by, resamples=resamples)
        pairs = _chosen(every, options)
        names = [*telling_parts(pairs, chosen.by), *(name for name in PAIRS if pairs[name].notna().any())]
        print("\nHow many pairs of subsets each puts in the order of the scores\n" + _text(pairs, names))


def _partial(evidence: Evidence, options: argparse.Namespace) -> None:
    """Print the correlations with metrics held fixed, as the page's view of confounds gives them."""
    from core.evidence.partial import partial_correlations
    from core.evidence.views import telling_parts

    if options.intervals or options.picks or options.pairs:
        raise InputError("--intervals, --picks and --decision are of plain correlations.", remedy="Leave --fixed out.")
    controls = []
    for name in options.fixed:
        fitting = [address for address in (*evidence.seen.metrics, "size") if name in (address, _short(address))]
        if not fitting:
            listed = ", ".join(map(str, evidence.seen.metrics))
            raise InputError(f"No metric is called {quoted(name)}.", remedy=f"There are: {listed}, size.")
        controls += fitting
    chosen = _grouped(evidence, evidence.frame, options)
    shown = _chosen(
        partial_correlations(chosen.frame, evidence.metrics, controls=controls, ranks=options.ranks, by=chosen.by),
        options,
    )
    told = [*telling_parts(shown, chosen.by), *(name for name in PARTIAL if name in shown)]
    _print(shown, told, options)


def run_slopes(options: argparse.Namespace) -> None:
    """Print the slope of every scored series."""
    from core.evidence.views import SERIES_OF, level_lines, slopes, telling_parts

    evidence = _evidence(options, metrics_needed=False)
    if evidence.levelled.empty:
        raise InputError(
            "No scored subset belongs to a series yet.", remedy="Build a series, train on its members, log the scores."
        )
    chosen = _grouped(evidence, evidence.levelled, options)
    if options.by is not None:  # a line for each group, with all its series pooled
        _, _, pooled = level_lines(chosen.frame, chosen.by)
        shown = _chosen(pooled, options)
        _print(shown, [*telling_parts(shown, chosen.by), *(name for name in POOLED if name in shown)], options)
        return
    shown = _chosen(slopes(chosen.frame), options)
    _print(shown, ["benchmark", *(n for n in telling_parts(shown, SERIES_OF) if n != "benchmark"), *SLOPES], options)


def run_report(options: argparse.Namespace) -> None:
    """Write the report, and its tables where that was asked."""
    from core.evidence.report import csv_archive
    from core.evidence.uncertainty import load
    from core.export.report import csv_bytes
    from core.workbench.inspections.evidence import grouped_by, observations_key
    from core.workbench.inspections.evidence_report import evidence_report, evidence_tables

    evidence = _evidence(options, scores_needed=False)
    if options.intervals and len(evidence.frame) and evidence.metrics:
        _statistics(evidence, grouped_by(evidence), intervals=True)
    statistics = None
    if len(evidence.frame) and evidence.metrics:
        statistics = load(evidence.workspace, observations_key(evidence, grouped_by(evidence)))
    atomic.write_bytes(Path(options.out), evidence_report(evidence, statistics).encode())
    scores = counted(len(evidence.ledger.scores()), "score")
    print(f"{options.out}  {scores} of {counted(len(evidence.subsets), 'saved subset')}")
    if options.csv:
        tables = evidence_tables(evidence, statistics)
        atomic.write_bytes(Path(options.csv), csv_archive(tables, encode=csv_bytes))
        print(f"{options.csv}  {counted(len(tables), 'table')}")


def _of_files(options: argparse.Namespace) -> None:
    from core.evidence.score_files import correlate

    readings, scores = (_csv(path) for path in options.files)
    correlations = _chosen(correlate(readings, scores, intervals=options.intervals), options)
    _print(correlations, [name for name in (*OF_FILES, *INTERVALS) if name in correlations], options)


def _evidence(options: argparse.Namespace, *, scores_needed: bool = True, metrics_needed: bool = True) -> Evidence:
    from core.workbench.inspections.evidence import measured_evidence

    meter = Meter()
    try:
        evidence, troubles = measured_evidence(
            Workspace.default(), metrics=options.measure, example=options.example, progress=meter
        )
    finally:
        meter.end()
    for line in [*troubles, *evidence.ledger.problems, *evidence.notes]:
        print(line, file=sys.stderr)
    if not scores_needed:
        return evidence
    if evidence.ledger.scores().empty:
        raise InputError("No score is logged yet.", remedy="scores import PATH reads score files; scores add a number.")
    if evidence.seen.frame.empty:
        raise InputError("No logged score belongs to a subset here.", remedy="See: scores list --unmatched.")
    if metrics_needed and not evidence.metrics:
        raise InputError(
            "No metric differs between the scored subsets.", remedy="Log the scores of further subsets, or --measure."
        )
    return evidence


def _grouped(evidence: Evidence, frame: pd.DataFrame, options: argparse.Namespace) -> Grouped:
    """The observations as the options group them; what a person should know of them is printed."""
    from core.evidence.run_differences import run_differences, warning
    from core.workbench.inspections.evidence import grouped_by

    by = None if options.by is None else [name.strip() for name in options.by.split(",") if name.strip()]
    benchmarks = options.benchmark if options.score == "z" else []
    chosen = grouped_by(evidence, frame, by=by, score=options.score, benchmarks=benchmarks)
    differing = warning(run_differences(chosen.frame, evidence.seen.settings, by=chosen.by))
    for line in [*chosen.notes, *filter(None, [differing])]:
        print(line, file=sys.stderr)
    return chosen


def _statistics(evidence: Evidence, chosen: Grouped, *, intervals: bool) -> pd.DataFrame:
    """The correlations; with intervals those that the Compare page computes, stored where it finds them."""
    from core.evidence.correlations import point_estimates
    from core.workbench.inspections.evidence import with_intervals

    if not intervals:
        return point_estimates(chosen.frame, evidence.metrics, by=chosen.by)
    meter = Meter()
    try:
        return with_intervals(evidence, chosen, progress=meter)
    finally:
        meter.end()


def _chosen(frame: pd.DataFrame, options: argparse.Namespace) -> pd.DataFrame:
    """The rows of the benchmarks and metrics that are asked for."""
    for column, wanted in (("benchmark", options.benchmark), ("metric", getattr(options, "metric", []))):
        if not wanted or column not in frame or (column == "benchmark" and options.score != "logged"):
            continue
        there = frame[column].astype(str)
        short = there.map(_short) if column == "metric" else there
        kept = there.isin(wanted) | short.isin(wanted)
        if not kept.any():
            listed = ", ".join(dict.fromkeys(there)) or "none"
            raise InputError(f"No row is of --{column} {', '.join(wanted)}.", remedy=f"There are: {listed}.")
        frame = frame[kept]
    return frame


def _short(address: str) -> str:
    """The name of a metric in its address: ie of response.ie@mistral-32k."""
    return address.partition("@")[0].rpartition(".")[2]


def _print(frame: pd.DataFrame, names: Sequence[str], options: argparse.Namespace) -> None:
    from core.export.report import csv_bytes

    if options.json:
        for line in frame.astype(object).where(frame.notna(), None).to_dict("records"):
            print(orjson.dumps(line, option=orjson.OPT_SERIALIZE_NUMPY).decode())
    else:
        print(_text(frame, list(dict.fromkeys(names))))
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(frame))
        print(f"{options.csv}  {counted(len(frame), 'row')}", file=sys.stderr)


def _text(frame: pd.DataFrame, names: Sequence[str]) -> str:
    cells = frame[list(names)].astype(object).where(frame[list(names)].notna(), "—")
    return table(
        names, [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in cells.values]
    )


def _csv(path: str) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(io.BytesIO(file_bytes(Path(path))))
    except ValueError as error:
        raise InputError(f"{path} cannot be read as CSV: {str(error)[:80]}") from error
