"""The command that has models rate rows: self-rating."""

from __future__ import annotations

import argparse
from typing import Any

from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import Cancelled
from core.features.self_rating.asked import questions_about, rating_cost
from core.features.self_rating.levels import ALPHA
from core.features.self_rating.words import checked_questions
from core.jobs import job_names
from core.workbench.tasks.self_rating import LEVELS
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of the command."""
    rating: argparse.ArgumentParser = commands.add_parser(
        "self-rating", help="have a language model rate each row 1 to 5, weighed by how sure it is (SelectIT)"
    )
    rating.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    rating.add_argument(
        "--model", action="append", required=True, metavar="MODEL", help="a hub id, a folder or a GGUF file; with "
        "--url the name under which the endpoint serves it; repeat it for the model level",
    )  # fmt: skip
    rating.add_argument("--what", default="sentence", help=f"comma-separated: {', '.join(LEVELS)}")
    rating.add_argument("--questions", type=int, default=5, help="differently worded questions about each row, 1 to 5")
    rating.add_argument("--alpha", type=float, default=ALPHA, help="how far questions that disagree lower a row")
    rating.add_argument("--sizes", type=float, nargs="+", default=[], metavar="SIZE", help="of the models, in any unit")
    rating.add_argument("--max-tokens", type=int, default=1024, help="tokens of a question that a local model reads")
    rating.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    rating.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_TAGGER_KEY is its key")
    rating.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    rating.add_argument("--cost", action="store_true", help="say what an endpoint would be asked, and send nothing")
    rating.add_argument("--yes", action="store_true", help="do not ask before sending")
    runs(rating, job_names.SELF_RATING, request=rating_request, run=run_rating)


def rating_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job."""
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        "models": list(options.model),
        "what": [word.strip() for word in options.what.split(",") if word.strip()],
        **{
            name: getattr(options, name)
            for name in ("questions", "alpha", "sizes", "max_tokens", "precision", "url", "concurrency")
        },
    }


def run_rating(options: argparse.Namespace) -> None:
    """Say what an endpoint is asked, rate after a yes, and print the columns."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    if options.url:
        texts = questions_about(
            corpus.text("instruction"), corpus.text("response"), questions=checked_questions(options.questions)
        )
        costs = [rating_cost(workspace, texts, model) for model in dict.fromkeys(options.model)]
        calls, kept = (sum(getattr(cost, part) for cost in costs) for part in ("calls", "kept"))
        print(
            f"{counted(calls, 'question')} to ask, {counted(kept, 'answer')} there already; about "
            f"{sum(cost.prompt_tokens for cost in costs):,} tokens in and at most "
            f"{sum(cost.completion_tokens for cost in costs):,} out"
        )
        if options.cost:
            return
        if calls and not options.yes and not agreed():
            raise Cancelled("Nothing was sent.")
    elif options.cost:
        print("A model of this machine costs no more than its time.")
        return
    made = run_job(options)
    print(table(("level", "column"), list(made["columns"].items())))
    if made["failed"]:
        print(f"{counted(made['failed'], 'question')} got no rating; the same command asks them again")
    if made["notice"]:
        print(made["notice"])
