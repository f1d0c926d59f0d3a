"""Commands that read sampled answers for doubt: disagreement and its cause, confidence; and that rewrite responses."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from core.answers.answer_set import SampledAnswers, sampled_named
from core.answers.confidence import CONSISTENCY
from core.answers.meaning_groups import NEAR
from core.answers.opinions import EnquiryCost
from core.answers.writers import paired_writers
from core.commands.running import run_job, runs
from core.commands.terminal import agreed, table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted, figure3
from core.errors import Cancelled, InputError
from core.features.embedders import default_embedder
from core.jobs import job_names
from core.workbench.tasks.disagreement import DOUBT, diagnosis_cost, groups_of, kept_diagnosis, reflection_cost
from core.workspace.artefacts import Workspace

NAMED = ("answers", "embedder", "near")


def add(commands: Any) -> None:
    """Add the parsers of the three commands."""
    doubt: argparse.ArgumentParser = commands.add_parser(
        "disagreement", help="group sampled answers by what they say; have a model say why they differ"
    )
    _common(doubt)
    doubt.add_argument("--second", default="", help="a second diagnostician there, to see how far the two agree")
    doubt.add_argument("--system", dest="system_file", default="", metavar="FILE", help="your own words for it")
    doubt.add_argument("--row", default="", metavar="ID", help="print the groups of one row, and its diagnosis")
    _asked(doubt, "diagnostician")
    runs(doubt, job_names.DISAGREEMENT, request=disagreement_request, run=run_disagreement)

    trust: argparse.ArgumentParser = commands.add_parser(
        "confidence", help="how much a model trusts each row's response: its answers, and what it says when asked"
    )
    _common(trust)
    trust.add_argument("--weight", type=float, default=CONSISTENCY, help="of the answers; the rest is the reflection's")
    _asked(trust, "model that reflects")
    runs(trust, job_names.CONFIDENCE, request=confidence_request, run=run_confidence)

    made: argparse.ArgumentParser = commands.add_parser(
        "reconstruct", help="a corpus with a model's responses, each beside its original; or with the doubtful mended"
    )
    _common(made)
    made.add_argument("--name", default="", help="of the new corpus")
    made.add_argument("--below", type=float, default=0.0, help="replace only rows with less in --column; 0: every row")
    made.add_argument("--column", default="", help="default: confidence")
    made.add_argument(
        "--sure", type=float, default=0.5, help="least share of the leading group that replaces a response"
    )
    made.add_argument(
        "--against", metavar="MADE", default="", help="a corpus made so before: print what tells the two writers apart"
    )
    runs(made, job_names.RECONSTRUCT, request=reconstruct_request, run=run_reconstruct)


def _common(made: argparse.ArgumentParser) -> None:
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--answers", default="", help="their model, or as sample-answers lists them; default: the newest")
    made.add_argument("--embedder", default="", help="that tells what is near in meaning; none: equal words alone")
    made.add_argument("--near", type=float, default=NEAR, help="the cosine from which answers say the same")


def _asked(made: argparse.ArgumentParser, who: str) -> None:
    made.add_argument("--url", default="", help=f"of the {who}; DIVERSCOPE_JUDGE_KEY is its key")
    made.add_argument("--model", default="", help=f"the {who}'s name at the endpoint; without one nothing is asked")
    made.add_argument("--concurrency", type=int, default=8, help="questions asked at once")
    made.add_argument("--cost", action="store_true", help="say what it would cost, and send nothing")
    made.add_argument("--yes", action="store_true", help="do not ask before sending")


def _request(workspace: Workspace, options: argparse.Namespace, *names: str) -> dict[str, Any]:
    named = {name: getattr(options, name) for name in (*NAMED, *names)}
    return {"corpus": corpus_named(workspace, options.corpus).id, **named}


def disagreement_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that groups and diagnoses."""
    return {
        **_request(workspace, options, "model", "second", "url", "concurrency"),
        "system": _words(options.system_file),
    }


def confidence_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that keeps the confidence."""
    return _request(workspace, options, "weight", "model", "url", "concurrency")


def reconstruct_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that makes the new corpus."""
    return _request(workspace, options, "name", "below", "column", "sure")


def run_disagreement(options: argparse.Namespace) -> None:
    """Say what a diagnosis costs, then group and diagnose; or print one row."""
    workspace = Workspace.default()
    kept = _kept(workspace, options)
    embedder = options.embedder or default_embedder()
    if options.row or options.model:
        groups = groups_of(kept, embedder=embedder, near=options.near, progress=lambda *_: None)
        system = _words(options.system_file)
        if options.row:
            _show(kept, options, groups, system)
            return
        cost = diagnosis_cost(kept, groups, options.model, system)
        if not _sent(options, cost, times=2 if options.second else 1):
            return
    made = run_job(options)
    print(f"{counted(made['rows'], 'row')}, the answers to {made['differing']:,} of them differ.")
    if DOUBT in made["columns"]:
        values = kept.corpus.column(made["columns"][DOUBT])
        known = [value for value in values.tolist() if value is not None]
        print(table(("why", "rows"), [(why, f"{known.count(why):,}") for why in sorted({*known})]))
        if made["failed"]:
            print(f"{counted(made['failed'], 'question')} without an answer; the same command asks again.")
        if made["compared"]:
            kappa = "" if made["kappa"] is None else f", κ {made['kappa']:.2f}"
            print(f"Two diagnosticians name the same cause for {made['same']:.0%} of {made['compared']:,} rows{kappa}.")
    print(f"Columns: {', '.join(made['columns'].values())}.")


def run_confidence(options: argparse.Namespace) -> None:
    """Say what reflecting costs, and keep the confidence."""
    kept = _kept(Workspace.default(), options)
    if options.model and not _sent(options, reflection_cost(kept, options.model), times=1):
        return
    made = run_job(options)
    column = made["columns"]["confidence"]
    values = kept.corpus.column(column)
    print(f"{counted(made['rows'], 'row')}, half below {figure3(float(np.nanmedian(values)))}. Column: {column}.")


def run_reconstruct(options: argparse.Namespace) -> None:
    """Make the corpus and say what it holds; or compare the writers of one that was made before."""
    if options.against:
        _writers(options)
        return
    made = run_job(options)
    line = f"{made['artefacts'][0][1]}  {made['name']}: {counted(made['rows'], 'row')}, {made['replaced']:,} rewritten"
    for name, words in (
        ("kept", "as they were"),
        ("held_out", "of the holdout left out"),
        ("longer", "of several exchanges left out"),
        ("unanswered", "without an answer left out"),
    ):
        line += f", {made[name]:,} {words}" if made[name] else ""  # fmt: skip
    print(f"{line}.")


def _writers(options: argparse.Namespace) -> None:
    workspace = Workspace.default()
    original, made = corpus_named(workspace, options.corpus), corpus_named(workspace, options.against)
    both = paired_writers(original, made)
    models = list(both[0].perplexity)
    rows = [
        (name, f"{facts.rows:,}", figure3(facts.words), figure3(facts.distinct_pairs),
         *(figure3(facts.perplexity[model]) for model in models))
        for name, facts in zip((original.name, made.name), both, strict=True)
    ]  # fmt: skip
    print(
        table(("writer", "rows", "words", "distinct pairs", *(f"perplexity under {model}" for model in models)), rows)
    )
    if not models:
        print("For the perplexity under one target model, score both corpora by it (score … --what ppl_given).")


def _show(kept: SampledAnswers, options: argparse.Namespace, groups: Any, system: str) -> None:
    place = next((row for row in groups if show_id(int(kept.corpus.ids[row])) == options.row.lower()), None)
    if place is None:
        raise InputError(f"There are no answers to a row {options.row[:40]}.", remedy="Give its id, 16 digits.")
    answers, of_row = kept.of_row(place), groups[place]
    rows = [(f"{len(group)}", answers[group[0]]) for group in of_row.groups]
    print(table(("times", "answer"), rows))
    told = kept_diagnosis(kept, place, of_row, model=options.model, system=system) if options.model else None
    if told:
        print(f"{told['cause']}. Readings: {'; '.join(told['readings'])}. Missing: {'; '.join(told['missing'])}.")


def _sent(options: argparse.Namespace, cost: EnquiryCost, *, times: int) -> bool:
    """Say the cost; whether to go on. Raises :class:`Cancelled` without a yes."""
    each = " for each of two models" if times > 1 else ""
    print(
        f"{counted(cost.calls, 'question')} to ask{each}, {cost.kept:,} answered already; about "
        f"{cost.prompt_tokens:,} tokens in and {cost.completion_tokens:,} out"
    )
    if options.cost:
        return False
    if cost.calls and not options.url:
        raise InputError("No endpoint is named.", remedy="Give --url, for instance http://127.0.0.1:8000/v1.")
    if cost.calls and not options.yes and not agreed():
        raise Cancelled("Nothing was sent.")
    return True


def _kept(workspace: Workspace, options: argparse.Namespace) -> SampledAnswers:
    return sampled_named(corpus_named(workspace, options.corpus), options.answers)


def _words(path: str) -> str:
    from pathlib import Path

    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {str(error)[:80]}.") from error
