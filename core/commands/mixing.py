"""The command on runs that differ in how much of each source they were trained on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import file_bytes, table
from core.counted import counted

if TYPE_CHECKING:
    from core.evidence.mixture import Mixtures


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
    mixture.add_argument("--control", default="", metavar="SOURCE", help="the share of this source is held fixed")
    mixture.add_argument(
        "--target", default="mean", metavar="METRIC", help="what the law is fitted to; default their mean"
    )
    mixture.add_argument("--higher-is-better", action="store_true", help="the target is a score, not a loss")
    mixture.add_argument("--against", nargs="+", default=[], metavar="RUNS|FILE",
                         help="runs that the law is tried on: a name of RegMix's, or two CSV files")  # fmt: skip
    mixture.add_argument("--optimum", action="store_true", help="the best mixture by the law, with its 95 %% range")
    mixture.add_argument("--draws", type=int, default=100, metavar="N", help="refits behind the range")
    mixture.add_argument("--write", default="", metavar="FILE", help="write the best mixture as a table of shares")
    mixture.set_defaults(run=run_mixture)


def run_mixture(options: argparse.Namespace) -> None:
    """Print the correlations with the mixture's entropy; the law and its optimum where they are asked for."""
    import pandas as pd

    from core.evidence.mixture import entropy_correlations, fit_law, optimum, rank_agreement
    from core.export.report import csv_bytes
    from core.workspace import atomic

    runs = _runs(options.tables or [options.runs])
    found = entropy_correlations(runs, control=options.control)
    cells = [
        [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in found.to_numpy(object)
    ]
    print(f"Spearman with the entropy of {len(runs.sources)} sources, {counted(len(runs.shares), 'run')}")
    print(table(list(found.columns), cells))
    target = runs.target(options.target)
    lower = not options.higher_is_better
    if options.against:
        law = fit_law(runs.shares, target, lower_is_better=lower)
        other = _runs(options.against)
        agreed = rank_agreement(law, other.shares, other.target(options.target))
        print(f"\nA law fitted to {options.target} ranks {counted(len(other.shares), 'other run')} at {agreed:.3f}")
    if options.optimum or options.write:
        best = optimum(runs.shares, target, lower_is_better=lower, draws=options.draws)
        order = (-best.shares).argsort(kind="stable").tolist()
        numbers = [[f"{values[at]:.3f}" for values in (best.shares, best.low, best.high)] for at in order]
        rows = [[runs.sources[at], *cells] for at, cells in zip(order, numbers, strict=True)]
        print("\n" + table(("source", "best share", "low", "high"), rows))
        print(
            f"predicted {options.target}: {best.predicted:.4g}; the same first source in {best.reliable:.0%} of refits"
        )
        if options.write:
            made = pd.DataFrame([best.shares], columns=list(runs.sources)).assign(index="best")
            atomic.write_bytes(Path(options.write), csv_bytes(made[["index", *runs.sources]]))
            print(options.write)


def _runs(named: list[str]) -> Mixtures:
    """Runs of RegMix by their name, or those of two CSV files."""
    import io

    import pandas as pd

    from core.errors import InputError
    from core.evidence.mixture import join
    from core.evidence.regmix import regmix

    if len(named) == 1 and not Path(named[0]).suffix:
        return regmix(named[0])
    if len(named) != 2:
        raise InputError("Runs are two CSV files: the shares of each run, and its metrics.")
    tables = []
    for path in named:
        try:
            tables.append(pd.read_csv(io.BytesIO(file_bytes(Path(path)))))
        except ValueError as error:
            raise InputError(f"{path} cannot be read as CSV: {str(error)[:80]}") from error
    return join(*tables)
