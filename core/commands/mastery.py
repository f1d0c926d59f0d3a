"""Commands that mark a model's answers: mastery of each row, and difficulty from several models."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import orjson

from core.answers.agreement import JUDGED, MATCHES
from core.answers.answer_set import sampled_named
from core.answers.columns import column_of
from core.answers.mastery import EASY, EDGES, LEVELS, shares_over_levels
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.corpus.naming import corpus_named
from core.counted import counted, figure3
from core.errors import Cancelled, InputError
from core.jobs import job_names
from core.workbench.tasks.mastery import LEVEL, MASTERY, judging_cost
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of both commands."""
    made: argparse.ArgumentParser = commands.add_parser(
        "mastery", help="mark the sampled answers by the rows' responses; mastery and its level become columns"
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--answers", default="", help="their model, or as sample-answers lists them; default: the newest")
    made.add_argument("--match", choices=list(MATCHES), default="exact", help="when an answer agrees")
    made.add_argument(
        "--edges", default=",".join(f"{edge:g}" for edge in EDGES), help="of the five levels: four shares"
    )
    made.add_argument("--easy", type=float, default=EASY, help="a row is easy above this share")
    made.add_argument(
        "--shares", choices=("each", "hard", "middle"), default="each",
        help="the quota over the levels that is printed: the same for each, more for the hard or the middle",
    )  # fmt: skip
    made.add_argument("--url", default="", help="of the judge; DIVERSCOPE_JUDGE_KEY is its key")
    made.add_argument("--model", default="", help="the judge's name at the endpoint")
    made.add_argument("--concurrency", type=int, default=8, help="answers judged at once")
    made.add_argument("--cost", action="store_true", help="say what judging would cost, and send nothing")
    made.add_argument("--yes", action="store_true", help="do not ask before sending")
    runs(made, job_names.MASTERY, request=mastery_request, run=run_mastery)

    hard: argparse.ArgumentParser = commands.add_parser(
        "row-difficulty", help="fit each row's difficulty from the answers of several models (IRT, 1PL or 2PL)"
    )
    hard.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    hard.add_argument("--answers", nargs="+", default=[], metavar="MODEL", help="two sets of answers or more")
    hard.add_argument("--match", choices=list(MATCHES), default="exact", help="when an answer agrees")
    hard.add_argument("--model", default="", help="the judge whose verdicts are kept, for --match judged")
    hard.add_argument("--kind", choices=("1pl", "2pl"), default="1pl", help="2pl needs ten models")
    runs(hard, job_names.ROW_DIFFICULTY, request=difficulty_request, run=run_difficulty)


def mastery_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that marks answers."""
    try:
        edges = [float(edge) for edge in options.edges.split(",")]
    except ValueError as error:
        raise InputError("The edges are four shares with commas between.", remedy="Such as 0,0.25,0.5,0.75.") from error
    named = ("answers", "match", "easy", "model", "url", "concurrency")
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        "edges": edges,
        **{name: getattr(options, name) for name in named},
    }


def run_mastery(options: argparse.Namespace) -> None:
    """Say what judging costs, mark, and print the levels and a quota over them."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    kept = sampled_named(corpus, options.answers)
    if options.match == JUDGED:
        cost = judging_cost(kept, options.model)
        print(
            f"{counted(cost.calls, 'answer')} to judge, {counted(cost.kept, 'verdict')} there already; about "
            f"{cost.prompt_tokens:,} tokens in and {cost.completion_tokens:,} out"
        )
        if options.cost:
            return
        if cost.calls and not (options.url and options.model):
            raise InputError("No endpoint or no judge is named.", remedy="Give --url and --model.")
        if cost.calls and not options.yes and not agreed():
            raise Cancelled("Nothing was sent.")
    made = run_job(options)
    levels = corpus.column(column_of(corpus, LEVEL, kept.model))
    share = corpus.column(column_of(corpus, MASTERY, kept.model))
    print(table(("level", "rows"), [(level, f"{int((levels == level).sum()):,}") for level in LEVELS]))
    said = f"{counted(made['rows'], 'row')} marked, mean mastery {figure3(made['mean'])}"
    for name, words in (("without", "whose response holds nothing to compare"), ("unmarked", "answers without a mark")):
        said += f"; {made[name]:,} {words}" if made[name] else ""
    print(f"{said}. Columns: {', '.join(made['columns'].values())}.")
    column = made["columns"][LEVEL]
    shares = shares_over_levels(np.asarray(share), levels, more_for=options.shares)
    print(f"A quota: {orjson.dumps({'column': column, 'shares': shares}).decode()}")


def difficulty_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that fits difficulty."""
    named = {name: getattr(options, name) for name in ("answers", "match", "model", "kind")}
    return {"corpus": corpus_named(workspace, options.corpus).id, **named}


def run_difficulty(options: argparse.Namespace) -> None:
    """Print the models' abilities and the columns."""
    made = run_job(options)
    print(table(("model", "ability"), [(name, f"{ability:.3f}") for name, ability in made["abilities"]]))
    alike = f"; {counted(made['alike'], 'row')} that all answer alike have none" if made["alike"] else ""
    print(f"{counted(made['rows'], 'row')} with a difficulty{alike}. Columns: {', '.join(made['columns'].values())}.")
