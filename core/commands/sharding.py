"""Commands of shards: how a corpus is cut and who computes it, and the neighbours of every row."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import add_engine, asked_engine, run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.jobs import job_names
from core.shards.engine import engine
from core.shards.shard import shards_of, stored_bytes
from core.view import ALL_COMPONENTS
from core.workspace.artefacts import Workspace

SHOWN = 12  # shards that are listed


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    made = commands.add_parser("shards", help="how a corpus is cut into shards, and which engine computes them")
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    add_engine(made)
    made.set_defaults(run=run_shards_command)

    near = commands.add_parser(
        "neighbours",
        help="find the nearest rows of every row by an embedding, exactly; reading cards look them up, maps, clusters "
        "and near-copies by meaning begin with them",
    )
    near.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    near.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    near.add_argument("--embedder", default="", help="whose stored vectors are compared; default: this machine's")
    add_engine(near)
    runs(near, job_names.NEIGHBOURS, request=neighbours_request, run=run_neighbours)


def neighbours_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        "component": options.component,
        "embedder": options.embedder,
    }


def run_neighbours(options: argparse.Namespace) -> None:
    """Find the nearest rows of every row."""
    made = run_job(options)
    print(f"{counted(made['rows'], 'row')}, {counted(made['neighbours'], 'neighbour')} of each")


def run_shards_command(options: argparse.Namespace) -> None:
    """Print the engine, and the rows and bytes of each shard."""
    corpus = corpus_named(Workspace.default(), options.corpus)
    with asked_engine(options):
        chosen = engine()
    shards = shards_of(corpus, most_rows=chosen.most_rows, count=chosen.shards)
    size = stored_bytes(corpus)
    by_shards = "by shards" if chosen.takes(len(corpus)) else "whole"
    print(f"{chosen}: this corpus is computed {by_shards}")
    print(f"{counted(len(corpus), 'row')}, {size:,} bytes of text and turns, {counted(len(shards), 'shard')}")
    lines = [(f"{shard}", f"{len(shard):,}", f"{size * len(shard) // max(1, len(corpus)):,}") for shard in shards]
    print(table(("rows", "number", "bytes, about"), lines[:SHOWN]))
    if len(lines) > SHOWN:
        print(f"and {len(lines) - SHOWN:,} more")
