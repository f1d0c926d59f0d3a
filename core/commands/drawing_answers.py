"""The command that draws several answers to each row's prompt, reads them from a file, or lists what is there."""

from __future__ import annotations

import argparse
from typing import Any

from core import settings
from core.answers.answer_set import SampledAnswers, list_sampled, sampled_named, short_key
from core.answers.draws import PLAIN, Drawing
from core.answers.files import add_sampled
from core.answers.sampling import SamplingCost
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.corpus.naming import corpus_named
from core.corpus.sources import from_path
from core.counted import counted, figure3
from core.errors import Cancelled, InputError
from core.jobs import job_names
from core.workbench.tasks.drawing_answers import drawing_cost
from core.workspace.artefacts import Workspace

FIELDS = ("model", "url", "draws", "temperature", "max_tokens", "seed", "system", "template", "precision", "rows",
          "rows_seed")  # fmt: skip


def add(commands: Any) -> None:
    """Add the parser of the command."""
    made: argparse.ArgumentParser = commands.add_parser(
        "sample-answers",
        help="have a model answer each row's prompt several times; add such answers from a file; list them",
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--model", default="", help="a folder, a GGUF file, a hub id; with --url its name there")
    made.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_ANSWERS_KEY is its key")
    made.add_argument("--draws", type=int, default=4, help="answers to each prompt; those that are there are kept")
    made.add_argument("--temperature", type=float, default=0.7)
    made.add_argument("--max-tokens", type=int, default=256, help="the longest answer")
    made.add_argument("--seed", type=int, default=0, help="of the first draw; each further one adds 1")
    made.add_argument("--system", default="", help="a system message")
    made.add_argument(
        "--phrasing", dest="phrasings", action="append", default=[], metavar="WORDS",
        help="words with {question} in them; several are used in turn, draw by draw",
    )  # fmt: skip
    made.add_argument("--no-log-probabilities", dest="log_probabilities", action="store_false",
                      help="for endpoints that refuse to give them")  # fmt: skip
    made.add_argument("--template", choices=("auto", "none"), default="auto", help="the model's chat template")
    made.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    made.add_argument("--rows", type=int, default=0, help="ask about so many rows, drawn by their ids; 0: all")
    made.add_argument("--rows-seed", type=int, default=0, help="of drawing the rows")
    made.add_argument("--concurrency", type=int, default=8, help="prompts asked at once")
    made.add_argument("--add", default="", metavar="FILE", help="answers by row id or prompt, to read instead")
    made.add_argument("--show", default="", metavar="ANSWERS", help="print these answers as JSON lines, by row id")
    made.add_argument("--price-in", type=float, default=0.0, metavar="MONEY", help="for a million tokens sent")
    made.add_argument("--price-out", type=float, default=0.0, metavar="MONEY", help="for a million tokens answered")
    made.add_argument("--cost", action="store_true", help="say what it would cost, and send nothing")
    made.add_argument("--yes", action="store_true", help="do not ask before sending")
    runs(made, job_names.DRAW_ANSWERS, request=drawing_request, run=run_drawing)


def drawing_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that draws answers."""
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        **{name: getattr(options, name) for name in FIELDS},
        "phrasings": options.phrasings or list(PLAIN),
        "log_probabilities": options.log_probabilities,
        "concurrency": options.concurrency,
    }


def run_drawing(options: argparse.Namespace) -> None:
    """Add, show or list answers; or say what drawing costs, and draw after a yes."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    if options.add:
        files = from_path(options.add, roots=settings.command_roots())
        if len(files) != 1:
            raise InputError(f"{options.add} holds {counted(len(files), 'file')}.", remedy="Give one file.")
        _said(add_sampled(corpus, files[0], model=options.model))
        return
    if options.show:
        for line in answer_lines(sampled_named(corpus, options.show)):
            print(line)
        return
    if not options.model:
        _listed(list_sampled(corpus))
        return
    drawing = Drawing.of(drawing_request(workspace, options))
    cost = drawing_cost(corpus, drawing, concurrency=options.concurrency)
    print(cost_line(cost, counted(cost.calls, "answer") + " to draw", options))
    if options.cost:
        return
    if cost.calls and drawing.url and not options.yes and not agreed():
        raise Cancelled("Nothing was sent.")
    _said(sampled_named(corpus, run_job(options)["artefacts"][0][1]))


def cost_line(cost: SamplingCost, asked: str, options: argparse.Namespace) -> str:
    """What asking costs in one line: ``asked`` of how many, what is kept, tokens, minutes, and money by the prices."""
    money = cost.money(price_in=options.price_in, price_out=options.price_out)
    return (
        f"{asked}, {cost.kept:,} there already; about {cost.prompt_tokens:,} tokens in "
        f"and {cost.completion_tokens:,} out (at most {cost.most_completion_tokens:,})"
        + (f"; about {figure3(cost.seconds / 60)} minutes" if cost.seconds else "")
        + (f"; cost about {figure3(money)}" if money else "")
    )


def answer_lines(kept: SampledAnswers) -> list[str]:
    """A JSON object for each row with answers: {"id", "answers"}, as the reader of such files takes them."""
    import orjson

    from core.corpus.row_ids import show_id

    ids = kept.corpus.ids
    return [
        orjson.dumps({"id": show_id(int(ids[row])), "answers": texts}).decode() for row, texts in kept.of_rows().items()
    ]


def _said(kept: SampledAnswers) -> None:
    facts = kept.facts
    line = (
        f"{short_key(kept)}  {counted(facts['answers'], 'answer')} of {kept.model} to {counted(facts['rows'], 'row')}"
    )
    for name, word in (("cut", "cut"), ("failed", "without an answer"), ("extra", "of no row")):
        line += f", {facts[name]:,} {word}" if facts.get(name) else ""
    print(f"{line}.")


def _listed(sets: list[SampledAnswers]) -> None:
    rows = [
        (short_key(kept), kept.model, kept.facts["how"], f"{kept.facts['rows']:,}", f"{kept.draws:,}",
         f"{kept.facts['answers']:,}", f"{kept.facts['cut']:,}")
        for kept in sets
    ]  # fmt: skip
    print(table(("answers", "model", "from", "rows", "most a row", "answers", "cut"), rows))
