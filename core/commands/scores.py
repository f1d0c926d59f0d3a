"""The command on scores: list what is logged, read or import files, add one number, match a name, take a batch back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from core.commands import exporting_scores
from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.counted import counted
from core.errors import InputError, quoted
from core.evidence.entries import Direction
from core.evidence.importers.proposal import Options, Scale
from core.evidence.importers.roles import ROLES
from core.evidence.typed_scores import TypedRun
from core.view import ALL_COMPONENTS
from core.workspace import atomic
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.evidence.ledger import Clashes

FILLED_IN = ("benchmark", "model", "judge", "baseline", "unit")
DIRECTIONS: dict[str, Direction] = {"higher": 1, "lower": -1, "neither": 0}
ABOUT_ELSEWHERE = ("series", "strategy", "component", "size", "level")
LISTED = ("batch", "label", "subset", "benchmark", "measure", "value", "unit", "stderr", "model", "seed", "judge")
DATASET = "a saved subset's name, key or digest, or the name of a logged data set"


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    scores = commands.add_parser("scores", help="what is logged; import score files, add a number, match a name, undo")
    ways = scores.add_subparsers(dest="way", metavar="WAY")
    scores.completed = lambda words: _completed(words, ways.choices)

    listed = ways.add_parser("list", help="the logged scores")
    listed.add_argument("--unmatched", action="store_true", help="only those of which no subset is known")
    listed.add_argument("--csv", default="", metavar="FILE", help="write them as CSV, with every field")
    listed.set_defaults(run=run_list)

    read = ways.add_parser("read", help="the scores that a file, an archive or a folder holds; logs nothing")
    read.add_argument("path", metavar="PATH")
    read.add_argument("--csv", default="", metavar="FILE", help="write them as CSV")
    add_reading(read)
    read.set_defaults(run=run_read)

    imported = ways.add_parser("import", help="what an import would log; with --yes it logs it")
    _add_import(imported)
    imported.add_argument("--yes", action="store_true", help="log it")
    imported.set_defaults(run=run_import)

    added = ways.add_parser("add", help="log one number about a saved subset or a data set")
    added.add_argument("dataset", metavar="DATASET", help=DATASET)
    added.add_argument("value", type=float, metavar="VALUE")
    _add_typed(added)
    added.set_defaults(run=run_add)

    match = ways.add_parser("match", help="say which saved subset or data set a name of logged scores means")
    match.add_argument("label", metavar="NAME", help="as the score files have it")
    match.add_argument("dataset", metavar="DATASET", help=DATASET)
    match.set_defaults(run=run_match)

    undo = ways.add_parser("undo", help="take back the last batch that was logged, or the one named")
    undo.add_argument("batch", nargs="?", default="", metavar="BATCH", help="its key; of an undoing: brings it back")
    undo.set_defaults(run=run_undo)

    batches = ways.add_parser("batches", help="what was logged, batch by batch")
    batches.set_defaults(run=run_batches)

    exporting_scores.add_to(ways)

    log = commands.add_parser("log", help="log the scores of a file, an archive or a folder: scores import PATH --yes")
    _add_import(log)
    log.set_defaults(run=run_import, yes=True)


def _completed(words: list[str], ways: Collection[str]) -> list[str]:
    """Without a way the logged scores are listed; with a path alone its scores are read."""
    if not words:
        return ["list"]
    return words if words[0] in ways or words[0] in ("-h", "--help") else ["read", *words]


def _add_import(made: argparse.ArgumentParser) -> None:
    made.add_argument("path", metavar="PATH")
    add_reading(made)
    made.add_argument(
        "--match", action="append", default=[], metavar="NAME=SUBSET",
        help="which saved subset or logged data set a name in the files means",
    )  # fmt: skip
    made.add_argument("--unseen", action="store_true", help="names that are not known are data sets that are not here")
    made.add_argument("--all-measures", action="store_true", help="also the measures that few people want")
    made.add_argument("--replace", action="store_true", help="a new value counts where it contradicts a logged one")


def _add_typed(made: argparse.ArgumentParser) -> None:
    made.add_argument("--benchmark", required=True)
    made.add_argument("--measure", default=TypedRun.measure)
    made.add_argument("--judge", default="")
    made.add_argument("--baseline", default="")
    made.add_argument("--model", default="", help="the base model")
    made.add_argument("--seed", type=int, help="of the training")
    made.add_argument("--unit", choices=("%", "fraction", "points", ""), default="%")
    made.add_argument("--better", choices=list(DIRECTIONS), default="higher", help="which values are better")
    made.add_argument("--stderr", type=float, help="the standard error, in the unit of the value")
    made.add_argument("--replace", action="store_true", help="the value counts where it contradicts a logged one")
    elsewhere = made.add_argument_group("for a data set that is not here")
    elsewhere.add_argument("--not-here", action="store_true", help="DATASET is the name of such a data set")
    elsewhere.add_argument("--series", default="", help="data sets that differ only in their level share a series")
    elsewhere.add_argument("--strategy", default="")
    elsewhere.add_argument("--component", choices=["", *ALL_COMPONENTS], default="")
    elsewhere.add_argument("--size", type=int, help="its rows")
    elsewhere.add_argument("--level", type=float, metavar="PERCENT", help="its position on its scale, 0 to 100")
    elsewhere.add_argument(
        "--metric", action="append", default=[], metavar="ADDRESS=VALUE", help="a metric known of it: response.ie=6.1"
    )


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


def typed_run_of(options: argparse.Namespace) -> TypedRun:
    """What the options of ``scores add`` say of the benchmark, the model and the training."""
    return TypedRun(
        benchmark=options.benchmark, measure=options.measure, judge=options.judge, baseline=options.baseline,
        model=options.model, seed=options.seed, unit=options.unit, direction=DIRECTIONS[options.better],
    )  # fmt: skip


def elsewhere_of(options: argparse.Namespace) -> dict[str, Any] | None:
    """What the options of ``scores add`` say of a data set that is not here; None for one that is."""
    facts = {name: value for name in ABOUT_ELSEWHERE if (value := getattr(options, name)) not in (None, "")}
    metrics = {}
    for address, text in pairs(options.metric).items():
        try:
            metrics[address] = float(text)
        except ValueError as error:
            raise InputError(f"--metric {quoted(address)}: {quoted(text)} is no number.") from error
    if options.not_here:
        return {**facts, "metrics": metrics}
    if facts or metrics:
        first = next(iter(facts), "metric")
        raise InputError(f"--{first} is of a data set that is not here.", remedy="Add --not-here, or leave it out.")
    return None


def run_list(options: argparse.Namespace) -> None:
    """Print the logged scores."""
    from core.evidence import ledger
    from core.export.report import csv_bytes
    from core.workbench.subsets import list_subsets

    workspace = Workspace.default()
    logged = ledger.read(workspace)
    scores = logged.scores()
    names = {entry["subset"]: entry["name"] for entry in logged.subsets().to_dict("records")}
    subsets = list_subsets(workspace)
    names |= {subset.digest: subset.name for subset in reversed(subsets)}
    if options.unmatched:
        scores = logged.unmatched(subset.digest for subset in subsets)
    for problem in logged.problems:
        print(problem, file=sys.stderr)
    shown = scores.assign(subset=[names.get(digest, digest or "unmatched") for digest in scores["subset"]])
    shown = shown[list(LISTED)].astype(object).where(shown[list(LISTED)].notna(), "")
    if len(shown):
        cells = [[f"{cell:.10g}" if isinstance(cell, float) else str(cell) for cell in row] for row in shown.values]
        print(table([*LISTED], [[row[0].partition("-")[2], *row[1:]] for row in cells]))
    else:
        nothing = "No score is unmatched." if options.unmatched else "No score is logged: scores import PATH."
        print(nothing, file=sys.stderr)
    _write_csv(options.csv, csv_bytes(scores), len(scores))


def run_read(options: argparse.Namespace) -> None:
    """Print the scores that the importers read, and what they left out."""
    from core.evidence.score_files import read_scores
    from core.export.report import csv_bytes

    scores = read_scores(options.path, options=answers_of(options))
    names = ("subject", "benchmark", "measure", "value", "unit", "stderr", "model", "seed")
    print(table(names, scores[list(names)].astype(object).where(scores[list(names)].notna(), "").values.tolist()))
    for line in scores.attrs.get("left_out", []):
        print(f"left out: {line}", file=sys.stderr)
    for line in [*scores.attrs.get("notices", []), *scores.attrs.get("passed_over", [])]:
        print(line, file=sys.stderr)
    if not len(scores):
        print("No score could be read from this.", file=sys.stderr)
    _write_csv(options.csv, csv_bytes(scores), len(scores))


def run_import(options: argparse.Namespace) -> None:
    """Print what an import would log and what each name was taken for; log it where that was said."""
    from core.workbench.inspections.score_import import UNMATCHED, listed_others, propose_scores, reckoned

    meter = Meter()
    try:
        proposal = propose_scores(
            Workspace.default(), options.path, answers=answers_of(options), match=pairs(options.match),
            unseen=options.unseen, all_measures=options.all_measures, progress=meter,
        )  # fmt: skip
    finally:
        meter.end()
    for notice in proposal.notices:
        print(notice, file=sys.stderr)
    print(reckoned(proposal.tree, proposal.chosen))
    lines = [(name, f"{scores:,}", means, because) for name, scores, means, because in proposal.matches]
    print(table(("name", "scores", "is", "because"), lines))
    for label, name in proposal.alike:
        print(f"{label} is like {name}. If it is the same: --match {quoted(f'{label}={name}')}", file=sys.stderr)
    if options.yes:
        print(outcome(proposal.log(replace=options.replace), replaced=options.replace))
        if any(means == UNMATCHED for _, _, means, _ in lines):
            print("Unmatched scores stay in the ledger: scores match NAME SUBSET.", file=sys.stderr)
        return
    clashes = proposal.plan.clashes
    going = len(clashes.new) + (len(clashes.conflicting) if options.replace else 0)
    beside = listed_others(proposal.plan.others)
    print(f"To be logged: {counted(going, 'score')}" + (f", {beside}" if beside else "") + ".")
    if clashes.repeated:
        print(f"In the ledger already: {counted(len(clashes.repeated), 'score')}.")
    for new, logged in [] if options.replace else clashes.conflicting[:20]:
        about = f"{new.run.label} · {new.benchmark} {new.measure}"
        print(f"{about}: {new.value:.10g} contradicts the logged {logged.value:.10g} (--replace)", file=sys.stderr)
    print("Nothing is logged yet: add --yes.")


def run_add(options: argparse.Namespace) -> None:
    """Log one number."""
    from core.workbench.inspections.score_entry import add_score

    clashes = add_score(
        Workspace.default(), options.dataset, options.value, typed_run_of(options), stderr=options.stderr,
        not_here=elsewhere_of(options), replace=options.replace,
    )  # fmt: skip
    print(outcome(clashes, replaced=options.replace))


def run_match(options: argparse.Namespace) -> None:
    """Match a name of logged scores."""
    from core.workbench.inspections.score_entry import match_label

    match_label(Workspace.default(), options.label, options.dataset)
    print(f"{options.label} is {options.dataset}. scores undo takes it back.")


def run_undo(options: argparse.Namespace) -> None:
    """Take a batch back."""
    from core.workbench.inspections.score_entry import take_back

    batch = take_back(Workspace.default(), options.batch)
    print(f"Taken back: {batch.title} ({counted(batch.entries, 'entry', 'entries')}).")


def run_batches(options: argparse.Namespace) -> None:
    """List the batches, oldest first."""
    from core.evidence import ledger

    lines = [
        (
            batch.key,
            datetime.fromtimestamp(batch.made_at).strftime("%Y-%m-%d %H:%M"),
            f"{batch.entries:,}",
            "" if batch.live else "taken back",
            batch.title,
        )
        for batch in ledger.read(Workspace.default()).batches
    ]
    print(table(("batch", "logged at", "entries", "", "title"), lines))


def outcome(clashes: Clashes, *, replaced: bool) -> str:
    """How many scores were logged, were there already, or contradict a logged value, in words."""
    verb = "replaced" if replaced else "contradict what is logged, and were left out (--replace)"
    return (
        f"{counted(len(clashes.new), 'score')} logged, {len(clashes.repeated):,} were there already, "
        f"{len(clashes.conflicting):,} {verb}"
    )


def _write_csv(path: str, data: bytes, scores: int) -> None:
    if path:
        atomic.write_bytes(Path(path), data)
        print(f"{path}  {counted(scores, 'score')}")
