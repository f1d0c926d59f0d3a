"""The command that gives rows scores that need no model: length, variety, readability, novelty, copies, …"""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.row_scores.registry import ROW_SCORES
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser("score-rows", help="scores of rows that need no model, a column for each")
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    names = ", ".join(score.name for score in ROW_SCORES)
    made.add_argument("--what", default="words,compressibility,mtld", help=f"comma-separated: {names}")
    made.add_argument("--column", default="", help="the label of each row, for label_artefact")
    made.add_argument("--embedder", default="", help="whose stored vectors novelty and density read")
    runs(made, job_names.ROW_SCORES, request=row_scores_request, run=run_row_scores)


def row_scores_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        "component": options.component,
        "what": [word.strip() for word in options.what.split(",") if word.strip()],
        "column": options.column,
        "embedder": options.embedder,
    }


def run_row_scores(options: argparse.Namespace) -> None:
    """Print the column of each score."""
    made = run_job(options)
    print(table(("score", "column"), list(made["columns"].items())))
