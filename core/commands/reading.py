"""Commands that read: why a row is in a subset, the scores in files, and how metrics correlate with scores."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from core.commands.ledger import add_reading, answers_of
from core.commands.terminal import table
from core.counted import counted
from core.errors import InputError
from core.workspace.artefacts import Workspace

SHOWN = ("benchmark", "metric", "n", "subsets", "pearson", "spearman", "kendall", "claim", "note")
INTERVALS = ("spearman_low", "spearman_high", "p_spearman", "warning")


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    why = commands.add_parser("why", help="why a row is in the subset of a recipe, or not")
    why.add_argument(
        "recipe", metavar="RECIPE", help="a recipe file, a Parquet export, or a saved subset's name, key or digest"
    )
    why.add_argument("row", metavar="ROW", help="a row's id, or the file:line it came from")
    why.set_defaults(run=run_why)

    scores = commands.add_parser("scores", help="the scores that a file, an archive or a folder holds; logs nothing")
    scores.add_argument("path", metavar="PATH")
    scores.add_argument("--csv", default="", metavar="FILE", help="write them as CSV")
    add_reading(scores)
    scores.set_defaults(run=run_scores)

    correlate = commands.add_parser("correlate", help="how metrics of subsets correlate with their scores")
    correlate.add_argument("readings", metavar="READINGS", help="CSV: subset, and a column for each metric")
    correlate.add_argument("scores", metavar="SCORES", help="CSV: subset, benchmark, value, and what names a run")
    correlate.add_argument("--intervals", action="store_true", help="95 %% intervals and p of every claim: minutes")
    correlate.set_defaults(run=run_correlate)


def run_why(options: argparse.Namespace) -> None:
    """Rebuild the subset and print the facts about the row."""
    from core.corpus.named_rows import named_rows
    from core.corpus.row_ids import show_id
    from core.workbench.build import build
    from core.workbench.inspections.why import why
    from core.workbench.inspections.why_words import told
    from core.workbench.recipe import Recipe
    from core.workbench.subsets import subset_named

    workspace, path = Workspace.default(), Path(options.recipe)
    recipe = Recipe.read(path) if path.is_file() else subset_named(workspace, options.recipe).recipe
    built = build(workspace, recipe)
    for warning in built.warnings:
        print(warning, file=sys.stderr)
    for row_id in named_rows(built.corpus_view.corpus, options.row):
        place = built.corpus_view.pool_position_of(row_id)
        if place is None:
            raise InputError(f"The row {show_id(row_id)} is not in the pool.", remedy="Widen the pool's filters.")
        reason = why(built, place)
        print(f"{show_id(row_id)}  {'in the subset' if reason.chosen else 'not in the subset'}")
        for heading, words in told(built, reason):
            print(f"  {heading}: {words}")


def run_scores(options: argparse.Namespace) -> None:
    """Print the scores that the importers read, and what they left out."""
    from core.evidence.score_files import read_scores
    from core.export.report import csv_bytes
    from core.workspace import atomic

    scores = read_scores(options.path, options=answers_of(options))
    names = ("subject", "benchmark", "measure", "value", "unit", "stderr", "model", "seed")
    print(table(names, scores[list(names)].astype(object).where(scores[list(names)].notna(), "").values.tolist()))
    for line in scores.attrs.get("left_out", []):
        print(f"left out: {line}", file=sys.stderr)
    for line in [*scores.attrs.get("notices", []), *scores.attrs.get("passed_over", [])]:
        print(line, file=sys.stderr)
    if not len(scores):
        print("No score could be read from this.", file=sys.stderr)
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(scores))
        print(f"{options.csv}  {counted(len(scores), 'score')}")


def run_correlate(options: argparse.Namespace) -> None:
    """Print the correlations of every metric with every score."""
    from core.evidence.score_files import correlate

    correlations = correlate(_csv(options.readings), _csv(options.scores), intervals=options.intervals)
    names = [name for name in (*SHOWN, *INTERVALS) if name in correlations]
    cells = correlations[names].to_numpy(dtype=object)
    print(table(names, [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in cells]))


def _csv(path: str) -> Any:
    import pandas as pd

    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as CSV: {str(error)[:80]}") from error
