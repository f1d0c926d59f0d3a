"""The command that reads why a row is in a subset."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    why = commands.add_parser("why", help="why a row is in the subset of a recipe, or not")
    why.add_argument(
        "recipe", metavar="RECIPE", help="a recipe file, a Parquet export, or a saved subset's name, key or digest"
    )
    why.add_argument("row", metavar="ROW", help="a row's id, or the file:line it came from")
    why.set_defaults(run=run_why)


def run_why(options: argparse.Namespace) -> None:
    """Rebuild the subset and print the facts about the row."""
    from core.corpus.named_rows import named_rows
    from core.corpus.row_ids import show_id
    from core.counted import figure3
    from core.workbench.build import build
    from core.workbench.inspections.why import nearest, nearness, why
    from core.workbench.inspections.why_words import row_id as shown_row
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
        if (near := nearest(built, place)) is not None:
            print(f"  nearest kept row: {shown_row(built, near[0])}, {nearness(built)} {figure3(near[1])}")
