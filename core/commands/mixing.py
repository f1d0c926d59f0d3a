"""The command on runs that differ in how much of each source they were trained on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import file_bytes, table
from core.counted import counted
from core.errors import InputError, quoted
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.evidence.mixture import Mixtures
    from core.evidence.mixture_fit import MixtureFit

LOGGED = "logged"


def add(commands: Any) -> None:
    """Add the parser of this group."""
    mixture = commands.add_parser("mixture", help="how the mixture of sources goes with the metrics of runs")
    mixture.add_argument(
        "tables", nargs="*", metavar="FILE",
        help="two CSV files: shares of the sources by run, and metrics by run; without any, the runs of RegMix",
    )  # fmt: skip
    mixture.add_argument(
        "--runs", default="train_1m", metavar="NAME", help="of RegMix: train_1m, test_1m, test_60m, test_1B"
    )
    mixture.add_argument(
        "--saved", default="", metavar="COLUMN",
        help="the scored subsets of the workspace, by their shares of this column's values; "
        f"{LOGGED}: by shares that were logged",
    )  # fmt: skip
    mixture.add_argument("--of", default="", metavar="RUNS", help="of --saved: which size and model, where they differ")
    mixture.add_argument("--control", default="", metavar="SOURCE", help="the share of this source is held fixed")
    mixture.add_argument(
        "--target", default="mean", metavar="METRIC", help="what the law is fitted to; default their mean"
    )
    mixture.add_argument("--higher-is-better", action="store_true", help="the metrics of tables are scores, not losses")
    mixture.add_argument("--against", nargs="+", default=[], metavar="NAME|FILE",
                         help="runs that the law is tried on: one name of RegMix's, or two CSV files")  # fmt: skip
    mixture.add_argument("--optimum", action="store_true",
                         help="the effect of each source and the best mixture, with 95 %% ranges")  # fmt: skip
    mixture.add_argument("--leave-one-out", action="store_true", help="what the score is without each source")
    mixture.add_argument("--draws", type=int, default=100, metavar="N", help="refits behind the ranges")
    mixture.add_argument("--write", default="", metavar="FILE", help="write the best mixture as a table of shares")
    mixture.add_argument("--write-runs", nargs=2, default=[], metavar=("SHARES", "METRICS"),
                         help="write the runs as two CSV files")  # fmt: skip
    mixture.add_argument("--log", default="", metavar="MODEL",
                         help="log the runs of the two tables under this base model, for the Compare page")  # fmt: skip
    mixture.add_argument("--measure", default="loss", help="what the metrics of the tables measure, for --log")
    mixture.set_defaults(run=run_mixture)


def run_mixture(options: argparse.Namespace) -> None:
    """Print the correlations with the mixture's entropy; the law and its optimum where they are asked for."""
    import pandas as pd

    from core.evidence.leave_one_out import leave_one_out
    from core.evidence.mixture import entropy_correlations, fit_mean_law, rank_agreement
    from core.evidence.mixture_entries import tables
    from core.evidence.mixture_fit import fit_mixture
    from core.export.report import csv_bytes
    from core.workspace import atomic

    runs, lower = _asked(options)
    correlations = entropy_correlations(runs, control=options.control)
    cells = [
        [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row]
        for row in correlations.to_numpy(object)
    ]
    print(f"Spearman with the entropy of {len(runs.sources)} sources, {counted(len(runs.shares), 'run')}")
    print(table(list(correlations.columns), cells))
    if options.against:
        law = fit_mean_law(runs.shares, runs.targets(options.target), lower_is_better=lower)
        other = _runs(options.against)
        agreed = rank_agreement(law, other.shares, other.target(options.target))
        print(f"\nA law fitted to {options.target} ranks {counted(len(other.shares), 'other run')} at {agreed:.3f}")
    if options.leave_one_out:
        left_out = leave_one_out(runs, options.target)
        cells = [
            ["–" if cell != cell else f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row]
            for row in left_out.to_numpy(object)
        ]  # an effect of one run each has no range
        better = "below" if lower else "above"
        print(f"\n{options.target} without each source; an effect {better} 0 says that the source hurts")
        print(table(list(left_out.columns), cells))
    if options.optimum or options.write:
        fit = fit_mixture(runs, options.target, lower_is_better=lower, draws=options.draws)
        _print_fit(fit, options.target)
        if options.write:
            best = pd.DataFrame([["best", *fit.optimum.shares]], columns=["index", *runs.sources])
            atomic.write_bytes(Path(options.write), csv_bytes(best))
            print(options.write)
    for path, values in zip(options.write_runs, tables(runs)):
        atomic.write_bytes(Path(path), csv_bytes(values))
        print(f"{path}  {counted(len(values), 'run')}")
    if options.log:
        _log(options, runs)


def _print_fit(fit: MixtureFit, target: str) -> None:
    names = ("mean", "effect", "effect_low", "effect_high", "best", "best_low", "best_high")
    rows = [[str(row["source"]), *(f"{row[name]:.3f}" for name in names)] for row in fit.table.to_dict("records")]
    print(
        f"\nRank correlation of {target} with predictions by laws fitted without the run: {fit.agreement:.3f} "
        f"({fit.agreement_low:.3f} to {fit.agreement_high:.3f})"
    )
    print(table(("source", "mean share", "effect", "low", "high", "best share", "low", "high"), rows))
    reliable = f"{fit.optimum.reliable:.0%}"
    print(f"predicted {target}: {fit.optimum.predicted:.4g}; the same largest source in {reliable} of refits")
    if fit.caution:
        print(fit.caution)


def _asked(options: argparse.Namespace) -> tuple[Mixtures, bool]:
    """The runs that the options name, and whether lower values of the target are better."""
    if options.saved and options.tables:
        raise InputError("Runs are those of two tables or the saved ones (--saved), not both.")
    if not options.saved:
        return _runs(options.tables or [options.runs]), not options.higher_is_better
    from core.evidence import views
    from core.evidence.mixture_entries import RUNS_OF, logged_shares, runs_of
    from core.workbench.inspections.evidence import load_evidence
    from core.workbench.inspections.source_shares import source_shares

    evidence = load_evidence(Workspace.default())
    frame = evidence.seen.frame
    shares = (
        logged_shares(frame)
        if options.saved == LOGGED
        else source_shares(evidence.workspace, evidence.subsets, options.saved)
    )
    choices = views.group_choices(frame[frame["subset"].isin(shares.index)], RUNS_OF)
    if not choices:
        raise InputError(
            f"No scored subset has shares of {quoted(options.saved)}.", remedy="Log scores of saved subsets first."
        )
    if (options.of and options.of not in choices) or (not options.of and len(choices) > 1):
        raise InputError("Say which runs with --of.", remedy=f"There are: {'; '.join(choices)}.")
    logged = runs_of(choices[options.of or next(iter(choices))], shares)
    if options.target != "mean":
        name = logged.mixtures.metric_named(options.target)
        return logged.mixtures, logged.directions[name] < 0
    if not logged.alike:
        raise InputError(
            "These scores differ in measure, unit or direction, so their mean says nothing.",
            remedy=f"Name one with --target: {', '.join(logged.directions)}.",
        )
    return logged.mixtures, next(iter(logged.directions.values())) < 0


def _log(options: argparse.Namespace, runs: Mixtures) -> None:
    from core.evidence import ledger
    from core.evidence.entries import Score
    from core.evidence.mixture_entries import import_entries

    if len(options.tables) != 2:
        raise InputError("--log takes the runs of two tables.")
    files = [Path(path).name for path in options.tables]
    entries = import_entries(runs, model=options.log, measure=options.measure,
                             direction=1 if options.higher_is_better else -1, files=files)  # fmt: skip
    scores = [entry for entry in entries if isinstance(entry, Score)]
    others = [entry for entry in entries if not isinstance(entry, Score)]
    done = ledger.add_scores(Workspace.default(), scores, title=f"Runs of {files[0]}", others=others)
    print(
        f"{counted(len(done.new), 'score')} logged, {len(done.repeated):,} were there already, "
        f"{len(done.conflicting):,} contradict what is logged, and were left out"
    )


def _runs(named: list[str]) -> Mixtures:
    """Runs of RegMix by their name, or those of two CSV files."""
    import io

    import pandas as pd

    from core.evidence.mixture import join
    from core.evidence.regmix import regmix

    if len(named) == 1 and not Path(named[0]).suffix:
        return regmix(named[0])
    if len(named) != 2:
        raise InputError("Runs are one name of RegMix's, or two CSV files: the shares of each run, and its metrics.")
    tables = []
    for path in named:
        try:
            tables.append(pd.read_csv(io.BytesIO(file_bytes(Path(path)))))
        except ValueError as error:
            raise InputError(f"{path} cannot be read as CSV: {str(error)[:80]}") from error
    return join(*tables)
