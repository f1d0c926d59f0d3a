"""Commands about what rows are like: tool calls, thinking and code as columns; rows that a context cuts."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted, figure3
from core.jobs import job_names
from core.row_positions import CorpusRows
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace

PERCENTILES = (5, 50, 95, 100)


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    made = commands.add_parser("row-kinds", help="tool calls, words of thinking, share of code: a column of each")
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    runs(made, job_names.ROW_KINDS, request=kinds_request, run=run_kinds)

    context = commands.add_parser("context", help="how many rows, and which, are longer than a context length")
    context.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    context.add_argument("--tokenizer", default=FeatureSettings().tokenizer, help="as for the command tokens")
    context.add_argument(
        "--length", type=int, action="extend", nargs="+", default=[], metavar="TOKENS", help="lengths to look at"
    )
    context.add_argument("--rows", type=int, default=5, metavar="N", help="rows that are named, the longest first")
    runs(context, job_names.ROW_TOKENS, request=context_request, run=run_context)


def kinds_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {"corpus": corpus_named(workspace, options.corpus).id}


def context_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {"corpus": corpus_named(workspace, options.corpus).id, "tokenizer": options.tokenizer}


def run_kinds(options: argparse.Namespace) -> None:
    """Print each column with some of its percentiles, and how many rows have any."""
    made = run_job(options)
    corpus = corpus_named(Workspace.default(), options.corpus)
    lines = []
    for name in made["columns"].values():
        values = corpus.column(name)
        at = [figure3(float(value)) for value in np.percentile(values, PERCENTILES)]
        lines.append((name, f"{int((values > 0).sum()):,}", *at))
    head = ("column", "rows above 0", *(f"{percentile} %" for percentile in PERCENTILES[:-1]), "highest")
    print(table(head, lines))


def run_context(options: argparse.Namespace) -> None:
    """Print for each length how many rows are longer and how many tokens lie beyond it, then the longest rows."""
    from core.export.row_tokens import cut_by_context

    column = run_job(options)["column"]
    corpus = corpus_named(Workspace.default(), options.corpus)
    lengths = sorted(set(options.length)) or [512, 1024, 2048, 4096, 8192]
    cut = [cut_by_context(corpus, length, options.tokenizer) for length in lengths]
    head = ("context", "longer rows", "of the rows", "tokens beyond it", "of the tokens")
    lines = [
        (f"{limit.limit:,}", f"{limit.rows:,}", f"{limit.rows / max(1, limit.of):.2%}", f"{limit.lost:,}",
         f"{limit.lost / max(1, limit.tokens):.2%}")
        for limit in cut
    ]  # fmt: skip
    print(table(head, lines))
    counts = corpus.column(column)
    order = np.argsort(-np.where(corpus.holdout, -1, counts), kind="stable")[: max(0, options.rows)]
    rows = CorpusRows(order[counts[order] > lengths[0]])
    if len(rows):
        places = zip(corpus.ids[rows].tolist(), corpus.places_of(rows), counts[rows].tolist(), strict=True)
        print("\n" + table(("row", "at", "tokens"), [(show_id(row), at, f"{int(size):,}") for row, at, size in places]))
    print(f"\nThe column {column} holds the tokens of {counted(len(corpus), 'row')}.")
    print(f"To choose rows that fit: --pool '{column}=..{lengths[0]}'")
