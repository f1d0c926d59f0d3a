"""The command line: ``python -m core``, or ``diverscope`` where the project is installed."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from core import __version__
from core.commands import (
    advising,
    assistants,
    budgets,
    checks,
    cluster_naming,
    column_scores,
    comparing,
    corpora,
    disagreement,
    docs,
    domain_weighing,
    drawing_answers,
    dynamics,
    embedders,
    evidence,
    example_rows,
    features,
    growing,
    inspecting,
    judgements,
    judging,
    languages,
    leaks,
    ledger,
    loops,
    mastery,
    measuring,
    merges,
    mixing,
    model_vectors,
    models,
    near_copies,
    quality_frontier,
    reading,
    row_kinds,
    row_labels,
    row_scoring,
    saved,
    score_weighing,
    scores,
    scoring,
    seed_examples,
    selecting,
    self_rating,
    sharding,
    simulating,
    studies,
    tag_relations,
    taxonomy,
    token_shares,
)
from core.commands.command_parser import CommandParser
from core.control_characters import visible_output
from core.errors import Cancelled, DiverscopeError

GROUPS = (
    languages,
    corpora, growing, row_labels, near_copies, leaks, features, cluster_naming, embedders, merges, tag_relations,
    models, scoring, self_rating, row_kinds, row_scoring, drawing_answers, advising, selecting, saved, studies, budgets,
    mastery, disagreement, seed_examples,
    loops, measuring, simulating, token_shares, quality_frontier, mixing, inspecting, judging, judgements, comparing,
    scores, ledger, evidence, reading, docs, checks, assistants, model_vectors, example_rows, score_weighing,
    dynamics,
    taxonomy,
    column_scores,
    domain_weighing,
    sharding,
)  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """The argument parser with every command and its options."""
    installed = Path(sys.argv[0]).stem == "diverscope"
    made = CommandParser(
        prog="diverscope" if installed else "python -m core",
        description="Choose instruction-tuning rows by diversity, without a browser.",
    )
    made.add_argument("--version", action="version", version=f"Diverscope {__version__}")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.add(commands)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run a command; returns 0 if it worked, else 1, with the reason on standard error."""
    with visible_output():
        return _run(arguments)


def _run(arguments: list[str] | None) -> int:
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except (Cancelled, KeyboardInterrupt):
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    except DiverscopeError as error:
        print(f"{error.what}\n{error.remedy}".strip(), file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
