"""The command that prints the token distributions of saved subsets beside their corpus."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.counted import counted
from core.errors import InputError
from core.view import ALL_COMPONENTS
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser(
        "token-shares", help="how the tokens of saved subsets are distributed: share of each band, frequency by rank"
    )
    made.add_argument("subsets", nargs="+", metavar="SUBSET", help="its name, its key or its digest")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="", help="default: that of the first subset")
    made.add_argument("--tokenizer", default="", help="default: that of the first subset")
    made.add_argument(
        "--feature", action="append", default=[], metavar="NAME=VALUE", help="low, high, unit of the mid band"
    )
    made.add_argument("--csv", default="", metavar="FILE", help="write the curves: subset, rank, share of its tokens")
    made.set_defaults(run=run_token_shares)


def run_token_shares(options: argparse.Namespace) -> None:
    """Print a line for the corpus and each subset."""
    from core.corpus.corpus_text import CorpusText
    from core.corpus.store import open_corpus
    from core.export.report import csv_bytes
    from core.features.tokens import compute_tokens
    from core.workbench.inspections.token_distribution import band_shares, curves
    from core.workbench.subsets import subset_named
    from core.workspace import atomic

    workspace, meter = Workspace.default(), Meter()
    subsets = [subset_named(workspace, name) for name in options.subsets]
    if len({subset.recipe.corpus for subset in subsets}) > 1:
        raise InputError("These subsets are of several corpora.", remedy="Name subsets of one corpus.")
    changed = {name: getattr(options, name) for name in ("component", "tokenizer") if getattr(options, name)}
    choice = FeatureSettings.of(subsets[0].recipe.choice).with_(**changed, **pairs(options.feature))
    corpus = open_corpus(workspace, subsets[0].recipe.corpus)
    try:
        tokens = compute_tokens(CorpusText(corpus, choice.component), choice.tokenizer, progress=meter)
    finally:
        meter.end()
    rows = {subset.name: corpus.positions_of(subset.ids) for subset in subsets}
    shares = band_shares(tokens, rows, band=choice.band)
    lines = [
        (row["subset"], f"{row['rows']:,}", f"{row['tokens']:,}", f"{row['types']:,}",
         *(f"{row[name]:.2%}" for name in ("high", "mid", "low", "mid_types")))
        for row in shares.to_dict("records")
    ]  # fmt: skip
    print(f"{choice.component}, {choice.tokenizer}, mid band {choice.band.low:g} to {choice.band.high:g}")
    print(table(("subset", "rows", "tokens", "types", "high", "mid", "low", "mid types"), lines))
    if options.csv:
        points = curves(tokens, rows)
        atomic.write_bytes(Path(options.csv), csv_bytes(points))
        print(f"{options.csv}  {counted(len(points), 'point')}")
