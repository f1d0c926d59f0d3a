"""The command that has a model write examples of domains, of whose means DaaR makes centres: seed-examples."""

from __future__ import annotations

import argparse
from typing import Any

from core.answers.seed_examples import DOMAIN, SeedPlan
from core.commands.drawing_answers import cost_line
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.counted import counted
from core.errors import Cancelled
from core.features.models.causal import PRECISIONS
from core.jobs import job_names
from core.workbench.tasks.seed_examples import LONGEST, TEMPERATURE, seeds_cost, seeds_request
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parser of the command."""
    usual = SeedPlan()
    made: argparse.ArgumentParser = commands.add_parser(
        "seed-examples",
        help="have a model write examples of domains; they become a corpus, which daar --examples labels rows by",
    )
    made.add_argument("--model", required=True, help="a folder, a GGUF file, a hub id; with --url its name there")
    made.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_ANSWERS_KEY is its key")
    made.add_argument(
        "--domain", dest="domains", action="append", default=[], metavar="NAME: DESCRIPTION",
        help="a domain; repeat it; without any the model names them",
    )  # fmt: skip
    made.add_argument("--invented", type=int, default=usual.invented, help="domains that the model names by itself")
    made.add_argument("--first", type=int, default=usual.first, help="examples of a domain that are asked for at once")
    made.add_argument("--rounds", type=int, default=usual.rounds, help="further examples of a domain, one a question")
    made.add_argument("--anchors", type=int, default=usual.anchors, help="examples that a further question shows")
    made.add_argument(
        "--likeness", type=float, default=usual.likeness, metavar="COSINE",
        help="an example stays below this cosine with those that stay; changing it asks nothing anew",
    )  # fmt: skip
    made.add_argument("--embedder", default="", help="that tells whether an example is new")
    made.add_argument("--seed", type=int, default=usual.seed, help="of the replies and of the examples shown")
    made.add_argument("--temperature", type=float, default=TEMPERATURE)
    made.add_argument("--max-tokens", type=int, default=LONGEST, help="the longest reply")
    made.add_argument("--template", choices=("auto", "none"), default="auto", help="the model's chat template")
    made.add_argument("--precision", choices=PRECISIONS, default="auto")
    made.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    made.add_argument("--name", default="", help="of the corpus; default: Examples by MODEL")
    made.add_argument("--price-in", type=float, default=0.0, metavar="MONEY", help="for a million tokens sent")
    made.add_argument("--price-out", type=float, default=0.0, metavar="MONEY", help="for a million tokens answered")
    made.add_argument("--cost", action="store_true", help="say what it would cost at most, and send nothing")
    made.add_argument("--yes", action="store_true", help="do not ask before sending")
    runs(made, job_names.SEED_EXAMPLES, request=seed_examples_request, run=run_seed_examples)


def seed_examples_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job."""
    pairs = [line.partition(":")[::2] for line in options.domains]
    plan = SeedPlan(
        domains=tuple((name.strip(), about.strip()) for name, about in pairs), invented=options.invented,
        first=options.first, rounds=options.rounds, anchors=options.anchors, likeness=options.likeness,
        seed=options.seed,
    )  # fmt: skip
    return seeds_request(
        plan, model=options.model, url=options.url, name=options.name, embedder=options.embedder,
        temperature=options.temperature, max_tokens=options.max_tokens, template=options.template,
        precision=options.precision, concurrency=options.concurrency,
    )  # fmt: skip


def run_seed_examples(options: argparse.Namespace) -> None:
    """Say what it costs, have the examples written after a yes, and print how many each domain has."""
    workspace = Workspace.default()
    cost = seeds_cost(workspace, seed_examples_request(workspace, options))
    print(cost_line(cost, counted(cost.calls, "question") + " to ask", options))
    if options.cost:
        return
    if cost.calls and options.url and not options.yes and not agreed():
        raise Cancelled("Nothing was sent.")
    made = run_job(options)
    print(table(("domain", "examples"), [(name, f"{rows:,}") for name, rows in made["domains"].items()]))
    left_out = [f"{made['alike']:,} like another"] if made["alike"] else []
    left_out += [f"{counted(made['unread'], 'reply', 'replies')} without an example"] if made["unread"] else []
    left_out += [f"{counted(made['failed'], 'question')} failed"] if made["failed"] else []
    print(
        f"{made['corpus']}  {made['name']}  {counted(made['rows'], 'row')}" + "".join(f", {part}" for part in left_out)
    )
    print(f"Label rows by them: daar CORPUS --model NAME --examples {made['corpus']} --column {DOMAIN}")
