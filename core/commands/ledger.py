"""Commands on the ledger: log (scores from files), log-corpus (a whole corpus as a data set), ledger (list, undo)."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from core.commands.running import run_job, runs
from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import DiverscopeError, InputError, quoted
from core.evidence.importers.proposal import Options, Scale
from core.evidence.importers.roles import ROLES
from core.jobs import job_names
from core.workbench.feature_settings import FeatureSettings
from core.workbench.subsets import subset_named
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.workbench.inspections.evidence import Evidence

FILLED_IN = ("benchmark", "model", "judge", "baseline", "unit")


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    log = commands.add_parser("log", help="log the scores of a file, an archive or a folder for the Compare page")
    log.add_argument("path", metavar="PATH")
    add_reading(log)
    log.add_argument(
        "--match", action="append", default=[], metavar="NAME=SUBSET",
        help="which saved subset or logged data set a name in the files means",
    )  # fmt: skip
    log.add_argument("--unseen", action="store_true", help="names that are not known are data sets that are not here")
    log.add_argument("--all-measures", action="store_true", help="also the measures that few people want")
    log.add_argument("--replace", action="store_true", help="a new value counts where it contradicts a logged one")
    log.set_defaults(run=run_log)

    corpus = commands.add_parser("log-corpus", help="measure a whole corpus and log it as a data set")
    corpus.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    corpus.add_argument("--tokenizer", default=FeatureSettings().tokenizer)
    runs(corpus, job_names.MEASURE_CORPUS, request=corpus_request, run=run_log_corpus)

    listed = commands.add_parser("ledger", help="what was logged, batch by batch; take a batch back")
    listed.add_argument("--undo", default="", metavar="BATCH", help="its key; undo the undoing to bring it back")
    listed.set_defaults(run=run_ledger)


def add_reading(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`answers_of`."""
    for name in FILLED_IN:
        made.add_argument(f"--{name}", default="", help="where the files do not say it")
    made.add_argument(
        "--repeats", choices=("refuse", "seeds"), default="refuse", help="seeds: values of one run are training seeds"
    )
    made.add_argument("--decimal", choices=("", ".", ","), default="", help="default: as each file shows")
    made.add_argument("--scale", choices=get_args(Scale), default="", help="of fractions among percentages")
    made.add_argument(
        "--column", action="append", default=[], metavar="[FILE:]COLUMN=ROLE",
        help=f"the role of a column of a score table: {', '.join(ROLES)}",
    )  # fmt: skip


def answers_of(options: argparse.Namespace) -> dict[str, Options]:
    """The answers for all files, under "", and for each file that --column names."""
    mappings: dict[str, dict[str, str]] = {}
    for name, role in pairs(options.column).items():
        file, _, column = name.rpartition(":")
        mappings.setdefault(file, {})[column] = role
    filled_in = {name: getattr(options, name) for name in (*FILLED_IN, "repeats", "decimal", "scale")}
    common = Options(**filled_in, mapping=mappings.pop("", {}))
    return {"": common, **{file: replace(common, mapping=mapping) for file, mapping in mappings.items()}}


def run_log(options: argparse.Namespace) -> None:
    """Read the scores, match their names, log them, and print what each name was taken for."""
    from core.evidence import ledger
    from core.evidence.import_plan import LabelAnswer, confirmed, import_plan
    from core.evidence.importers.registry import read_tree
    from core.evidence.importers.sources import open_tree
    from core.evidence.matching import suggest
    from core.workbench.inspections.evidence import load_evidence

    workspace, meter = Workspace.default(), Meter()
    with open_tree(Path(options.path)) as tree:
        imported = read_tree(tree, answers_of(options), progress=meter)
    meter.end()
    for file, why in imported.failed:
        print(f"{file}: {why}", file=sys.stderr)
    whole = imported.whole
    for line in [*whole.notices, *imported.passed_over_lines]:
        print(line, file=sys.stderr)
    if whole.questions:
        question = whole.questions[0]
        choices = " or ".join(f"“{choice}”" for choice in question.choices)
        raise InputError(f"{question.file}: {question.text}", remedy=f"Answer with --{question.option}: {choices}.")
    chosen = [score for score in whole.scores if score.primary or options.all_measures]
    if not chosen:
        raise InputError("No score is to be logged.", remedy="See: python -m core scores PATH, and --all-measures.")
    evidence = load_evidence(workspace)
    suggestions = suggest(chosen, known=evidence.known, confirmed=evidence.ledger.matches)
    said = {label: _digest_of(evidence, name) for label, name in pairs(options.match).items()}
    if unknown := set(said) - {suggestion.label for suggestion in suggestions}:
        raise InputError(f"No score is of {quoted(sorted(unknown)[0])}.", remedy="--match takes a name in the files.")
    answers = {
        suggestion.label: LabelAnswer(digest=said[suggestion.label], changed=True)
        if suggestion.label in said
        else LabelAnswer(digest=suggestion.subset)
        if suggestion.sure
        else LabelAnswer(unseen=options.unseen)
        for suggestion in suggestions
    }
    meanings = confirmed(suggestions, answers=answers, ticked={})
    plan = import_plan(whole, scores=chosen, meanings=meanings, ledger=evidence.ledger)
    names = {known.digest: known.name for known in reversed(evidence.known)}
    lines = []
    for suggestion in suggestions:
        digest = meanings.digests.get(suggestion.label, "")
        unmatched = "a data set that is not here" if suggestion.label in meanings.unseen else "unmatched"
        how = "--match" if suggestion.label in said else suggestion.how
        lines.append((suggestion.label, f"{suggestion.scores:,}", names.get(digest, unmatched), how))
    print(table(("name", "scores", "is", "because"), lines))
    for notice in plan.clashes.notices:
        print(notice, file=sys.stderr)
    done = ledger.add_scores(
        workspace, plan.scores, title=f"Import of {Path(options.path).name}", others=plan.others,
        conflicts="replace" if options.replace else "keep",
    )  # fmt: skip
    verb = "replaced" if options.replace else "contradict what is logged, and were left out (--replace)"
    print(
        f"{counted(len(done.new), 'score')} logged, {len(done.repeated):,} were there already, "
        f"{len(done.conflicting):,} {verb}"
    )


def _digest_of(evidence: Evidence, name: str) -> str:
    """The rows that a name means: of a logged data set, or of a saved subset by name, key or digest."""
    if name in evidence.choices:
        return evidence.choices[name]
    return subset_named(evidence.workspace, name).digest


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
    from core.evidence import ledger

    workspace = Workspace.default()
    if options.undo:
        try:
            ledger.undo(workspace, options.undo)
        except DiverscopeError as error:
            raise InputError(error.what, remedy="python -m core ledger lists the batches.") from error
    lines = [
        (
            batch.key,
            datetime.fromtimestamp(batch.made_at).strftime("%Y-%m-%d %H:%M"),
            f"{batch.entries:,}",
            "" if batch.live else "taken back",
            batch.title,
        )
        for batch in ledger.read(workspace).batches
    ]
    print(table(("batch", "logged at", "entries", "", "title"), lines))
