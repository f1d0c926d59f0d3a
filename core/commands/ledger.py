"""Commands on the ledger: log-corpus (a whole corpus as a data set), and ledger (its batches; take one back)."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from core.commands.running import run_job, runs
from core.commands.scores import run_batches
from core.corpus.naming import corpus_named
from core.counted import counted
from core.jobs import job_names
from core.workbench.feature_settings import FeatureSettings
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    corpus = commands.add_parser("log-corpus", help="measure a whole corpus and log it as a data set")
    corpus.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    corpus.add_argument("--tokenizer", default=FeatureSettings().tokenizer)
    runs(corpus, job_names.MEASURE_CORPUS, request=corpus_request, run=run_log_corpus)

    listed = commands.add_parser("ledger", help="what was logged, batch by batch; take a batch back")
    listed.add_argument("--undo", default="", metavar="BATCH", help="its key; undo the undoing to bring it back")
    listed.set_defaults(run=run_ledger)


def corpus_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that logs a corpus."""
    return {"corpus": corpus_named(workspace, options.corpus).id, "tokenizer": options.tokenizer}


def run_log_corpus(options: argparse.Namespace) -> None:
    """Measure and log a corpus; print its digest, by which scores are matched to it."""
    made = run_job(options)
    print(f"{made['dataset']}  {counted(made['metrics'], 'metric')} logged")
    for line in made["failed"]:
        print(line, file=sys.stderr)


def run_ledger(options: argparse.Namespace) -> None:
    """List the batches, after one was taken back."""
    from core.workbench.inspections.score_entry import take_back

    if options.undo:
        take_back(Workspace.default(), options.undo)
    run_batches(options)
