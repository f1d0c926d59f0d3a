"""The command that weighs score columns by how subsets trained: weigh-scores."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import InputError
from core.evidence.score_weights import RIDGE
from core.jobs import job_names
from core.workbench.inspections.score_weights import keep_weighted, scored_benchmarks, weights_of, weights_request
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of the command."""
    weighing: argparse.ArgumentParser = commands.add_parser(
        "weigh-scores", help="find which score columns, together, foretell how saved subsets scored, and make a column"
    )
    weighing.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    weighing.add_argument("--column", action="append", required=True, metavar="NAME", help="a score column; repeat it")
    weighing.add_argument("--benchmark", default="", help="whose scores count; default: the one with the most subsets")
    weighing.add_argument("--ridge", type=float, default=RIDGE, help="against scores that say nearly the same")
    weighing.add_argument("--keep", action="store_true", help="make the weighted scores a column")
    runs(weighing, job_names.WEIGH_SCORES, request=weighing_request, run=run_weighing)


def weighing_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that weighs scores. Raises :class:`InputError` where no subset has a score."""
    corpus = corpus_named(workspace, options.corpus)
    there = scored_benchmarks(workspace, corpus)
    if not there and not options.benchmark:
        raise InputError(
            "No saved subset of this corpus has a score.",
            remedy="Train the proxy on saved subsets (loop), or log scores.",
        )
    benchmark = options.benchmark or next(iter(there))
    return weights_request(workspace, corpus, options.column, benchmark, ridge=options.ridge)


def run_weighing(options: argparse.Namespace) -> None:
    """Print the weights, how well they foretell a subset left out, and the column."""
    workspace = Workspace.default()
    options.benchmark = weighing_request(workspace, options)["benchmark"]
    weighed = weights_of(run_job(options))
    print(
        f"{options.benchmark}: {counted(weighed.subsets, 'subset')} in {counted(weighed.groups, 'group')} of runs "
        "trained alike"
    )
    print(
        table(("score", "weight"), [(name, f"{weight:+.3f}") for name, weight in zip(weighed.names, weighed.weights)])
    )
    print(f"rank correlation with subsets left out of the fit: {weighed.foretold:.2f}")
    if options.keep:
        print(f"column: {keep_weighted(corpus_named(workspace, options.corpus), weighed, options.benchmark)}")
