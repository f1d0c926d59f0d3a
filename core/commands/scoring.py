"""Commands that give rows a score: score, daar, difficulty, cartography, columns; and conflicts, holes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.answers.seed_examples import DOMAIN
from core.commands.running import run_job, runs
from core.commands.terminal import file_bytes, table
from core.corpus.column_files import column_table
from core.corpus.column_store import attached_names
from core.corpus.column_trash import delete_column, deleted_columns, restore_column
from core.corpus.columns import attach_columns
from core.corpus.joining import JOIN_HELP
from core.corpus.known_columns import KNOWN, known_table
from core.corpus.naming import corpus_named
from core.counted import counted
from core.errors import InputError, in_short
from core.features.models.cartography import keep_cartography, read_log
from core.features.models.scores import SCORES
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workspace import atomic
from core.workspace.artefacts import Workspace

SHOWN = 20  # pairs that the terminal shows


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    score = _command(commands, "score", "score rows with a causal language model, a column for each score")
    score.add_argument("--model", required=True, help="a hub id, or a folder with safetensors")
    score.add_argument("--what", default="ppl,ifd", help=f"comma-separated: {', '.join(s.name for s in SCORES)}")
    score.add_argument("--after", default="", metavar="MODEL", help="the checkpoint after training, for learned")
    score.add_argument("--final", default="", metavar="MODEL", help="the last checkpoint, for learned_share")
    score.add_argument("--max-tokens", type=int, default=1024, help="tokens of a row that are read")
    score.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="auto")
    runs(score, job_names.MODEL_SCORES, request=score_request, run=run_score)

    daar = _command(commands, "daar", "DaaR's scores on a model's layers; each becomes a column")
    daar.add_argument("--model", required=True)
    daar.add_argument("--component", choices=ALL_COMPONENTS, default="both")
    daar.add_argument("--what", default="inter,intra,entropy")
    daar.add_argument("--column", default="", help="the domain of each row; default: pseudo-domains by k-means")
    daar.add_argument(
        "--examples", default="", metavar="CORPUS",
        help="labelled examples, as seed-examples makes them; with --column theirs (category): k-means begins at their "
        "means",
    )  # fmt: skip
    daar.add_argument("--parts", type=int, default=8, help="pseudo-domains")
    daar.add_argument("--layers", type=int, default=3, help="first layers of the model that the probe reads")
    daar.add_argument("--epochs", type=int, default=1, help="of each probe")
    daar.add_argument("--probes", type=int, default=3, help="probes from different seeds, averaged")
    daar.add_argument("--partition-seed", type=int, default=0, help="seed of the pseudo-domains")
    daar.add_argument("--regressor", action="store_true", help="the paper's second stage")
    daar.add_argument("--seed", type=int, default=0, help="of the probes")
    runs(daar, job_names.DAAR, request=daar_request, run=run_daar)

    hard = _command(commands, "difficulty", "EL2N and last-layer gradient norm of a label column")
    hard.add_argument("--column", required=True, help="the label of each row")
    hard.add_argument("--component", choices=ALL_COMPONENTS, default="instruction")
    hard.add_argument("--model", default="", help="read this model's first layers; default: the sentence embeddings")
    hard.add_argument("--embedder", default="")
    hard.add_argument("--epochs", type=int, default=3)
    hard.add_argument("--runs", type=int, default=5, help="probes from different seeds, averaged")
    hard.add_argument("--layers", type=int, default=3, help="first layers of the model that are read")
    runs(hard, job_names.DIFFICULTY, request=difficulty_request, run=run_difficulty)

    pairs = _command(commands, "conflicts", "near-duplicates whose values of a column disagree, the nearest first")
    pairs.add_argument("--column", default="category", help="the column whose values disagree")
    pairs.add_argument("--ceiling", type=float, default=0.95, metavar="COSINE", help="cosine from which rows are near")
    pairs.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    pairs.add_argument("--embedder", default="", help="whose stored vectors are read")
    pairs.add_argument("--csv", default="", metavar="FILE", help="write every stored pair as CSV")
    runs(pairs, job_names.CONFLICTS, request=conflicts_request, run=run_conflicts)

    log = _command(commands, "cartography", "mean, spread and correctness from a training log", run_cartography)
    log.add_argument("log", metavar="FILE", help="CSV or JSON Lines: id or position, epoch, p_gold, correct")

    own = _command(commands, "columns", "attach your own columns from a file; without a file, list them", run_columns)
    own.add_argument("file", metavar="FILE", nargs="?", help="CSV, TSV, JSON Lines, Parquet or .npy")
    own.add_argument("--replace", action="store_true", help="replace columns attached before under these names")
    own.add_argument("--delete", metavar="NAME", help="move an attached column to the trash")
    own.add_argument("--restore", metavar="NAME", help="restore the column of this name deleted or replaced last")
    own.add_argument(
        "--as", dest="known", default="", choices=["", *(kind.name for kind in KNOWN)],
        help="what other system wrote the file: " + "; ".join(f"{kind.name}: {kind.looks_for}" for kind in KNOWN),
    )  # fmt: skip
    own.add_argument("--join", choices=("auto", "id", "position"), default="auto", help=JOIN_HELP)
    own.add_argument("--of", default="", metavar="NAME", help="the corpus's file whose records the positions count")

    holes = _command(commands, "holes", "examples a saved subset does not cover, and the rows that would")
    holes.add_argument("--target", required=True, metavar="CORPUS", help="the examples")
    holes.add_argument("--subset", required=True, metavar="SUBSET", help="its name, its key or its digest")
    holes.add_argument("--epsilon", type=float, default=0.3, help="cosine distance that counts as covered")
    runs(holes, job_names.COVERAGE_HOLES, request=holes_asked, run=run_holes)


def _command(commands: Any, name: str, help: str, run: Any = None) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=help)
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.set_defaults(run=run)
    return made


def _request(workspace: Workspace, options: argparse.Namespace, names: str) -> dict[str, Any]:
    """The corpus and the options of these ``names``, under the names that the job reads."""
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        **{name: getattr(options, name) for name in names.split()},
    }


def score_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    request = _request(workspace, options, "model after final max_tokens precision")
    return {**request, "what": _words(options.what)}


def daar_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    names = "model component column parts layers epochs probes partition_seed regressor seed"
    examples = corpus_named(workspace, options.examples).id if options.examples else ""
    column = options.column or (DOMAIN if options.examples else "")
    request = {**_request(workspace, options, names), "column": column, "what": _words(options.what)}
    return {**request, "examples": examples} if examples else request


def difficulty_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return _request(workspace, options, "column component model embedder epochs runs layers")


def conflicts_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    choice = {"component": options.component, "embedder": options.embedder}
    return {**_request(workspace, options, "column"), "choice": choice, "ceiling": round(options.ceiling, 2)}


def run_score(options: argparse.Namespace) -> None:
    """Score rows with a causal language model."""
    made = run_job(options)
    _said(made)
    if made["truncated"]:
        print(f"{counted(made['truncated'], 'response')} of {made['rows']:,} read only in part (--max-tokens)")


def run_daar(options: argparse.Namespace) -> None:
    """DaaR's scores on a model's layers."""
    made = run_job(options)
    _said(made)
    print(table(("domain", "rows"), [(name, f"{rows:,}") for name, rows in made["domains"].items()]))
    if made["notice"]:
        print(made["notice"])


def run_difficulty(options: argparse.Namespace) -> None:
    """EL2N and gradient norm."""
    made = run_job(options)
    _said(made)
    accuracy = "not enough rows to tell" if made["accuracy"] is None else f"{made['accuracy']:.1%}"
    print(f"{counted(made['classes'], 'class', 'classes')}; accuracy on held-out rows: {accuracy}")


def run_conflicts(options: argparse.Namespace) -> None:
    """Print the nearest pairs of rows whose values of the column disagree."""
    from core.export.report import csv_bytes
    from core.workbench.inspections import label_conflicts

    run_job(options)
    workspace = Workspace.default()
    stored = label_conflicts.load(workspace, options.request(workspace, options))
    assert stored is not None  # the job has just stored it
    pairs, total = stored
    print(f"{counted(total, 'pair')} with a cosine of at least {options.ceiling:.2f} and another {options.column}")
    print(table(tuple(pairs.columns), pairs.head(SHOWN).astype(str).to_numpy().tolist()))
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(pairs))
        print(f"{options.csv}  {counted(len(pairs), 'pair')}")


def run_cartography(options: argparse.Namespace) -> None:
    """Columns from a training log."""
    workspace = Workspace.default()
    path = Path(options.log)
    log = read_log(file_bytes(path), name=path.name)
    made = keep_cartography(corpus_named(workspace, options.corpus), log, name=path.name)
    _said(made)
    read = f"{counted(made['rows'], 'row')} over {counted(made['epochs'], 'epoch')}"
    print(f"{read}; lines that name no row: {made['unmatched']:,}")


def run_columns(options: argparse.Namespace) -> None:
    """Attach columns from a file, delete a column, restore a column, or list the columns."""
    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    if sum(map(bool, (options.file, options.delete, options.restore))) > 1:
        raise InputError("A file, --delete and --restore exclude each other.", remedy="Give one of them.")
    if options.delete:
        delete_column(corpus, options.delete)
        print(f"{options.delete} is in the trash")
        return
    if options.restore:
        gone = deleted_columns(workspace, corpus.id)
        deleted = next((deletion for deletion in gone if options.restore in deletion.names), None)
        if deleted is None:
            there = ", ".join(sorted({name for deletion in gone for name in deletion.names})) or "none"
            raise InputError(f"No column “{in_short(options.restore)}” is in the trash.", remedy=f"There are: {there}.")
        print(f"{', '.join(restore_column(corpus, deleted.stamp))} is back")
        return
    if not options.file:
        names = attached_names(workspace, corpus.id)
        known = [int(np.sum(~_missing(corpus.column(name)))) for name in names]
        print(table(("column", "rows with a value"), [(name, f"{rows:,}") for name, rows in zip(names, known)]))
        return
    path = Path(options.file)
    data = file_bytes(path)
    columns = (
        known_table(data, name=path.name, kind=options.known) if options.known else column_table(data, name=path.name)
    )
    made = attach_columns(
        corpus.workspace, corpus, columns, join=options.join, file=options.of or None, replace=options.replace
    )
    print(", ".join(f"{count:,} {what}" for what, count in made.items()))


def holes_asked(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that finds coverage holes."""
    from core.workbench.inspections.coverage_holes import holes_request
    from core.workbench.subsets import subset_named

    corpus, target = corpus_named(workspace, options.corpus), corpus_named(workspace, options.target)
    try:
        subset = subset_named(workspace, options.subset, corpus=corpus.id)
    except InputError:
        subset = subset_named(workspace, options.subset)  # of another corpus: the job says so
    return holes_request(corpus.id, target=target.id, subset=subset.key, epsilon=options.epsilon)


def run_holes(options: argparse.Namespace) -> None:
    """Print the regions of the examples that the subset misses."""
    from core.workbench.inspections.coverage_holes import COLUMNS, kept_holes

    run_job(options)
    workspace = Workspace.default()
    holes = kept_holes(workspace, options.request(workspace, options))
    assert holes is not None  # the job has just kept it
    print(f"{holes['share']:.1%} of {holes['examples']:,} examples lie within {options.epsilon} of the subset")
    print(table(COLUMNS, [[str(line[name])[:60] for name in COLUMNS] for line in holes["table"]]))


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values) if values.dtype.kind == "f" else np.array([value is None for value in values])


def _said(made: dict[str, Any]) -> None:
    print(table(("score", "column"), list(made["columns"].items())))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
