"""Commands that judge: prompt sets, models' answers to them, and a judge's verdicts."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import settings
from core.commands.judgements import print_report
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.counted import counted, figure3
from core.endpoint.client import Sampling
from core.errors import Cancelled, InputError
from core.jobs import job_names
from core.workspace.artefacts import Workspace

ANSWERS_NAMED = "answers: their name, or the beginning of their key"


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    prompts = commands.add_parser("prompts", help="list the prompt sets; add one from a file or a corpus's holdout")
    prompts.add_argument("--add", default="", metavar="FILE", help="JSON, JSONL, CSV or Parquet with an instruction")
    prompts.add_argument("--holdout", default="", metavar="CORPUS", help="from the rows that no subset may contain")
    prompts.add_argument("--most", type=int, default=200, metavar="N", help="of the holdout; default 200")
    prompts.add_argument("--name", default="", help="the benchmark's name; default: the file's")
    prompts.add_argument("--informative", type=int, default=0, metavar="N",
                         help="of the set --of the N prompts that say most of an ability")  # fmt: skip
    prompts.add_argument("--of", default="", metavar="PROMPTS", help="the set, by its name or key")
    prompts.add_argument("--items", default="", metavar="FILE", help="CSV: prompt, difficulty, discrimination")
    prompts.add_argument("--ability", type=float, nargs=2, default=[0.0, 1.0], metavar=("MEAN", "SPREAD"),
                         help="of the models that are asked, on the scale of the difficulties")  # fmt: skip
    prompts.set_defaults(run=run_prompts)

    answers = commands.add_parser(
        "answers", help="list models' answers; add them from a file, or have a model answer a prompt set"
    )
    answers.add_argument("prompts", nargs="?", default="", help="a prompt set: its name, or the beginning of its key")
    answers.add_argument("--add", default="", metavar="FILE", help="answers to read, such as AlpacaEval's outputs")
    answers.add_argument("--model", default="", help="a trained model's key, a folder, a hub id; with --url its name")
    answers.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_ANSWERS_KEY is its key")
    answers.add_argument("--name", default="", help="of the answers; default: the model's, or what the file says")
    answers.add_argument(
        "--benchmark", default="", metavar="NAME", help="of the file's own questions, if no prompt set"
    )
    answers.add_argument("--subset", default="", help="that the model was trained on: a saved one, or a digest")
    answers.add_argument("--base", default="", help="the model that was trained")
    answers.add_argument("--training-seed", type=int, metavar="SEED", help="of the training")
    answers.add_argument("--system", default="", help="a system message")
    answers.add_argument("--temperature", type=float, default=0.0, help="0 takes the likeliest token each time")
    answers.add_argument("--max-tokens", type=int, default=512, help="the longest answer")
    answers.add_argument("--seed", type=int, default=0, help="of drawing, where the temperature is above 0")
    answers.add_argument("--template", choices=("auto", "none"), default="auto", help="the model's chat template")
    answers.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    answers.add_argument("--concurrency", type=int, default=8, help="prompts asked at once")
    _price(answers)
    runs(answers, job_names.ANSWER, request=answers_request, run=run_answers)

    judge = commands.add_parser("judge", help="have a model compare answers with an opponent's, in both orders")
    judge.add_argument("answers", help=ANSWERS_NAMED)
    judge.add_argument("--against", default="", help=f"{ANSWERS_NAMED}; default: of the random subset of the same size")
    judge.add_argument("--url", default="", help="an OpenAI-compatible endpoint; DIVERSCOPE_JUDGE_KEY is its key")
    judge.add_argument("--model", default="", help="the judge's name at the endpoint")
    judge.add_argument("--order", choices=("both", "first", "second"), default="both", help="default: both")
    judge.add_argument("--system", dest="system_file", default="", metavar="FILE", help="your own words for the judge")
    judge.add_argument(
        "--question",
        dest="question_file",
        default="",
        metavar="FILE",
        help="how {question}, {answer_a} and {answer_b} are shown",
    )
    judge.add_argument("--temperature", type=float, default=0.0)
    judge.add_argument("--max-tokens", type=int, default=2048, help="the longest reply")
    judge.add_argument("--rerun", type=int, default=1, help="2, 3, … asks all anew, to see the judge's drift")
    judge.add_argument("--rounds", type=int, default=1, help="2 asks again for the games without a verdict")
    judge.add_argument("--concurrency", type=int, default=8, help="games judged at once")
    judge.add_argument("--no-log", dest="log", action="store_false", help="leave the ledger alone")
    judge.add_argument("--cost", action="store_true", help="say what it would cost, and send nothing")
    judge.add_argument("--yes", action="store_true", help="do not ask before sending")
    _price(judge)
    runs(judge, job_names.JUDGE, request=judge_request, run=run_judge)


def _price(made: argparse.ArgumentParser) -> None:
    made.add_argument("--price-in", type=float, default=0.0, metavar="MONEY", help="for a million tokens sent")
    made.add_argument("--price-out", type=float, default=0.0, metavar="MONEY", help="for a million tokens answered")


def run_prompts(options: argparse.Namespace) -> None:
    """Add a prompt set, or list them."""
    from core.corpus.naming import corpus_named
    from core.judging.answer_files import read_prompts
    from core.judging.prompt_set import keep_prompts, list_prompts
    from core.workbench.judging.holdout_prompts import keep_holdout

    workspace = Workspace.default()
    if options.add:
        file = _file(options.add)
        kept = keep_prompts(
            workspace, read_prompts(file), name=options.name or file.stem, origin={"file": Path(options.add).name}
        )
        print(f"{kept.key}  {kept.name}  {counted(len(kept), 'prompt')}")
        return
    if options.holdout:
        kept, reference = keep_holdout(
            workspace, corpus_named(workspace, options.holdout), most=options.most, name=options.name
        )
        print(f"{kept.key}  {kept.name}  {counted(len(kept), 'prompt')}; answers of the corpus: {reference.key}")
        return
    if options.informative:
        import io

        import pandas as pd

        from core.commands.terminal import file_bytes
        from core.judging.informative import most_informative
        from core.judging.prompt_set import prompts_named

        try:
            items = pd.read_csv(io.BytesIO(file_bytes(Path(options.items))))
        except ValueError as error:
            raise InputError(f"{options.items} cannot be read as CSV: {str(error)[:80]}") from error
        mean, spread = options.ability
        chosen = most_informative(workspace, prompts_named(workspace, options.of), items, count=options.informative,
                                  name=options.name, mean=mean, spread=spread)  # fmt: skip
        print(f"{chosen.prompts.key}  {chosen.prompts.name}  {counted(len(chosen.prompts), 'prompt')}")
        print(
            f"standard error of an ability of {mean:g}: {chosen.error:.3f}; with all prompts {chosen.error_of_all:.3f}"
        )
        return
    rows = [(kept.key, kept.name, f"{len(kept):,}") for kept in list_prompts(workspace)]
    print(table(("prompts", "name", "questions"), rows))


def answers_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that answers prompts."""
    from core.judging.prompt_set import prompts_named

    named = ("model", "url", "name", "subset", "base", "training_seed", "system", "temperature", "max_tokens", "seed",
             "template", "precision", "concurrency")  # fmt: skip
    prompts = prompts_named(workspace, options.prompts) if options.prompts else None
    return {"prompts": prompts.key if prompts else "", **{name: getattr(options, name) for name in named}}


def run_answers(options: argparse.Namespace) -> None:
    """Add answers from a file, have a model answer, or list what is there."""
    from core.judging.answer_set import list_answers, open_answers
    from core.judging.prompt_set import prompts_named
    from core.workbench.judging.added_answers import add_answers
    from core.workbench.judging.authors import subset_names

    workspace = Workspace.default()
    if options.add:
        prompts = prompts_named(workspace, options.prompts) if options.prompts else None
        kept = add_answers(
            workspace,
            _file(options.add),
            prompts=prompts,
            name=options.name,
            subset=options.subset,
            base=options.base,
            seed=options.training_seed,
            prompts_name=options.benchmark,
        )
        _said(kept)
        return
    if options.model:
        if not options.prompts:
            raise InputError("Which prompts?", remedy="Name a prompt set; prompts lists them.")
        if options.url:
            _answering_cost(workspace, options)
        _said(open_answers(workspace, run_job(options)["artefacts"][0][1]))
        return
    names = subset_names(workspace)
    chosen = prompts_named(workspace, options.prompts).key if options.prompts else None
    rows = []
    for kept in list_answers(workspace, chosen):
        facts = kept.artefact.manifest
        subset = names.get(kept.author.subset, kept.author.subset)
        rows.append((kept.key, kept.name, facts["prompts_name"], f"{len(kept):,}", f"{facts['missing']:,}", subset))
    print(table(("answers", "name", "prompts", "there", "missing", "subset"), rows))


def _said(kept: Any) -> None:
    facts = kept.artefact.manifest
    print(
        f"{kept.key}  {kept.name}  {counted(len(kept), 'answer')} to {facts['prompts_name']}: {facts['missing']:,} "
        f"missing, {facts['extra']:,} of no prompt, {facts['repeated']:,} repeated, {facts['empty']:,} empty"
    )


def _answering_cost(workspace: Workspace, options: argparse.Namespace) -> None:
    from core.judging.generating import answering_tokens
    from core.judging.prompt_set import prompts_named

    sampling = Sampling(temperature=options.temperature, max_tokens=options.max_tokens)
    cost = answering_tokens(prompts_named(workspace, options.prompts), sampling, options.system)
    money = (cost["prompt_tokens"] * options.price_in + cost["completion_tokens"] * options.price_out) / 1e6
    print(
        f"{counted(cost['calls'], 'call')}, about {cost['prompt_tokens']:,} tokens in and "
        f"{cost['completion_tokens']:,} out" + (f", cost about {figure3(money)}" if money else ""),
        file=sys.stderr,
    )


def judge_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that judges."""
    from core.judging.judge import Judge
    from core.workbench.judging.asked_judging import asked_judging

    judge = Judge(
        model=options.model, temperature=options.temperature, max_tokens=options.max_tokens, rerun=options.rerun
    )
    if options.system_file:
        judge = replace(judge, system=_words(options.system_file))
    if options.question_file:
        judge = replace(judge, question=_words(options.question_file))
    return asked_judging(
        workspace, options.answers, judge, against=options.against, url=options.url, order=options.order,
        concurrency=options.concurrency, rounds=options.rounds, log=options.log,
    )  # fmt: skip


def run_judge(options: argparse.Namespace) -> None:
    """Say what judging costs, judge after a yes, and print the report."""
    from core.judging.cost import judging_cost
    from core.judging.judge import Judge
    from core.judging.judgement import open_judgement
    from core.workbench.judging.opponents import opponent_note
    from core.workbench.tasks.judging import pairing_of

    workspace = Workspace.default()
    request = judge_request(workspace, options)
    pairing = pairing_of(workspace, request)
    cost = judging_cost(workspace, pairing, Judge.of(request), rounds=options.rounds)
    money = cost.money(price_in=options.price_in, price_out=options.price_out)
    print(f"{pairing.answers.name} against {pairing.against.name}, {counted(cost.prompts, 'prompt')}.")
    print(opponent_note(workspace, pairing.answers, pairing.against))
    print(
        f"{counted(cost.calls, 'call')} to make, {counted(cost.kept, 'verdict')} there already; about "
        f"{cost.prompt_tokens:,} tokens in and {cost.completion_tokens:,} out (at most {cost.most_completion_tokens:,})"
        + (f"; cost about {figure3(money)}" if money else "")
    )
    if options.cost:
        return
    if not options.url and cost.calls:
        raise InputError("No endpoint is named.", remedy="Give --url, for instance http://127.0.0.1:8000/v1.")
    if cost.calls and not options.yes and not agreed():
        raise Cancelled("Nothing was sent.")
    result = run_job(options)
    print_report(workspace, open_judgement(workspace, result["artefacts"][0][1]))
    if result["logged"]:
        print(f"{counted(result['logged'], 'score')} logged.")


def _file(path: str) -> Any:
    from core.corpus.sources import from_path

    files = from_path(path, roots=settings.command_roots())
    if len(files) != 1:
        raise InputError(f"{path} holds {counted(len(files), 'file')}.", remedy="Give one file.")
    return files[0]


def _words(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {str(error)[:80]}.") from error
