"""Commands about corpora: demo, load, corpora (rename, delete, bring back), list."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from core.commands.running import runs
from core.commands.terminal import Meter, table
from core.corpus.formats.mapped import FieldMapping
from core.corpus.ingest import Holdout
from core.corpus.reading import ReadingOptions
from core.corpus.row_ids import show_place
from core.counted import counted
from core.errors import InputError, quoted
from core.jobs import job_names
from core.workspace import atomic
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.corpus.formats.roles import RoleQuestion
    from core.corpus.ingest import Ingested
    from core.corpus.sources import SourceFile

Read = TypeVar("Read")

PLACES = 20  # line numbers named for each kind of trouble
REASONS = 20
NAMED = 5  # places of a reason


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    demo = commands.add_parser("demo", help="build the demo corpus from the installed packages' docstrings")
    demo.set_defaults(run=run_demo)

    load = commands.add_parser("load", help="read files, folders or a hub data set into one corpus, with a report")
    add_files(load)
    _loading(load)
    runs(load, job_names.INGEST, request=load_request, run=run_load)

    kept = commands.add_parser("corpora", help="list the corpora; rename, delete, bring back")
    kept.add_argument("--rename", nargs=2, metavar=("CORPUS", "NAME"))
    kept.add_argument("--delete", nargs="+", default=[], metavar="CORPUS", help="with what was computed for it")
    kept.add_argument("--restore", metavar="CORPUS", help="bring a deleted one back, by its id or name")
    kept.set_defaults(run=run_corpora)

    listed = commands.add_parser("list", help="the corpora and saved subsets of the workspace")
    listed.set_defaults(run=run_list)


def add_files(made: argparse.ArgumentParser, *, kept: bool = True) -> None:
    """Add the options of :func:`files_request`; with ``kept`` also those of a corpus that is made of the files."""
    made.add_argument("paths", nargs="*", metavar="PATH")
    made.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="of the files in a folder, take only these"
    )
    made.add_argument(
        "--hub", action="append", default=[], metavar="OWNER/NAME",
        help="a data set of the hub; repeat it, and give paths beside it, for one corpus of all",
    )  # fmt: skip
    made.add_argument("--revision", default="", help="of the hub's data sets; default: the newest")
    made.add_argument("--split", default="", help="of the hub's data sets; default: all files")
    made.add_argument("--keep-empty", action="store_true", help="keep rows whose response is empty")
    made.add_argument(
        "--not-utf8", choices=("reject", "replace"), default=ReadingOptions().invalid_utf8,
        help="lines with bytes that are not UTF-8: reject them, or replace the bytes and report it",
    )  # fmt: skip
    made.add_argument(
        "--map", action="append", default=[], metavar="[FILE:]FIELD=COLUMN",
        help=f"the column of a field, for all files or one: {', '.join(FieldMapping.__dataclass_fields__)}",
    )  # fmt: skip
    made.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ROLE=WHO",
        help="who speaks under a role of the files: user, assistant, system, tool, leave-out",
    )
    if not kept:
        made.set_defaults(name="")
        return
    made.add_argument("--name", default="", help="the name of the corpus")
    made.add_argument("--rejected", metavar="FILE", help="write the rejected records here, with reason and place")
    made.add_argument("--copies", metavar="FILE", help="write the duplicates whose other fields differ here")


def _loading(load: argparse.ArgumentParser) -> None:
    """The further options of the job that loads a corpus."""
    load.add_argument("--turns", action="store_true", help="a row for each turn instead of each conversation")
    load.add_argument(
        "--holdout", type=float, default=100 * Holdout().fraction, metavar="PERCENT",
        help="of the rows, which no subset may contain; 0 for none",
    )  # fmt: skip
    load.add_argument("--holdout-most", type=int, default=Holdout().limit, metavar="ROWS", help="held out at most")
    load.add_argument("--holdout-seed", type=int, default=Holdout().seed, metavar="SEED")


def files_request(options: argparse.Namespace) -> dict[str, Any]:
    """Which files a job reads and how; paths are read by the command, so the request names one at most.

    Paths beside data sets of the hub are read by the command: see :func:`beside_hub`.
    """
    request: dict[str, Any] = {
        "name": options.name,
        "mapping": _mapping(options.map),
        "reading": {
            "empty": "keep" if options.keep_empty else "reject",
            "invalid_utf8": options.not_utf8,
            "roles": _roles(options.role),
        },
    }
    sets = [{"hub": name, "revision": options.revision, "split": options.split} for name in options.hub]
    if sets:
        return request | (sets[0] if len(sets) == 1 else {"parts": sets})
    request |= {"path": options.paths[0]} if len(options.paths) == 1 else {}
    return request | ({"only": options.only} if options.only else {})


def load_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that loads a corpus."""
    if not 0 <= options.holdout < 100:
        raise InputError(f"--holdout is a share of the rows in per cent, not {options.holdout:g}.", remedy="Usual: 2.")
    request = files_request(options)
    request["reading"]["multi_turn"] = "turn" if options.turns else "conversation"
    return request | {
        "holdout": {
            "fraction": options.holdout / 100, "limit": options.holdout_most, "seed": options.holdout_seed,
        }
    }  # fmt: skip


def files_given(options: argparse.Namespace) -> list[SourceFile]:
    """The files at the paths that the options name; none for data sets of the hub, which the job fetches."""
    from core.corpus.sources import from_path
    from core.settings import command_roots

    if not options.hub and not options.paths:
        raise InputError("A corpus is read from paths or from the hub.", remedy="Give PATH…, or --hub OWNER/NAME.")
    return [
        file for path in options.paths for file in from_path(path, roots=command_roots(), only=options.only or None)
    ]


def beside_hub(
    workspace: Workspace, request: dict[str, Any], files: list[SourceFile], meter: Meter
) -> list[SourceFile]:
    """The files at paths and, where there are any, those of the data sets that the request names beside them."""
    from core.workbench.tasks.loading import files_of

    hub = request.get("hub") or request.get("parts")
    return [*files, *files_of(workspace, request, meter)[0]] if files and hub else files


def _roles(given: Sequence[str]) -> dict[str, str]:
    """{role: who} of the options ROLE=WHO."""
    roles = dict(pair.rsplit("=", 1) for pair in given if "=" in pair)
    if len(roles) < len(given):
        raise InputError("--role takes a role and who it is, each once.", remedy="As in: --role UTILISATEUR=user")
    return roles


def _mapping(given: Sequence[str]) -> dict[str, Any]:
    """{field: column} for all files, or {file: {field: column}} where options name files."""
    fields, by_file = dict[str, str](), dict[str, dict[str, str]]()
    for pair in given:
        name, sign, column = pair.partition("=")
        file, colon, field = name.rpartition(":")
        if not sign or not column or field not in FieldMapping.__dataclass_fields__:
            raise InputError(
                f"--map {quoted(pair)} is not FIELD=COLUMN.",
                remedy=f"A field is one of {', '.join(FieldMapping.__dataclass_fields__)}.",
            )
        (by_file.setdefault(file, {}) if colon else fields)[field] = column
    if fields and by_file:
        raise InputError("--map is given for all files and for one of them.", remedy="Name the file in each.")
    return by_file or fields


def run_demo(options: argparse.Namespace) -> None:
    """Build the demo corpus, or open the one built before."""
    from core.corpus.demo import demo

    meter = Meter()
    corpus = demo(Workspace.default(), progress=meter).corpus
    meter.end()
    print(f"{corpus.id}  {corpus.name}  {counted(len(corpus), 'row')}")


def run_load(options: argparse.Namespace) -> None:
    """Read files into a corpus and print the report."""
    from core.workbench.tasks.loading import loaded

    workspace, files = Workspace.default(), files_given(options)
    request = load_request(workspace, options)

    def work(meter: Meter) -> Ingested:
        return loaded(workspace, request, meter, files=beside_hub(workspace, request, files, meter))

    made = read_files(work)
    say_report(made, options)
    here = "  (already here)" if made.already_here else ""
    print(f"{made.corpus.id}  {made.corpus.name}  {counted(len(made.corpus), 'row')}{here}")
    if made.new_fields:
        print(f"new with this upload, kept beside it: {', '.join(made.new_fields)}")


def read_files(work: Callable[[Meter], Read]) -> Read:
    """Do the ``work`` that reads files, with its progress on the terminal; say who speaks where nobody knows."""
    from core.corpus.formats.roles import RolesNeeded

    meter = Meter()
    try:
        return work(meter)
    except RolesNeeded as needed:
        meter.end()
        _say_roles(needed.questions)
        raise
    finally:
        meter.end()


def say_report(made: Ingested, options: argparse.Namespace) -> None:
    """Print what was read, kept and rejected and why; write the files of rejected records and copies."""
    from core.corpus.originals import json_lines
    from core.corpus.report import copies_line, places

    report: Any = made.report
    head = ("file", "container", "shape", "records", "rows", "broken", "refused")
    print(
        table(
            head,
            [
                (
                    file["name"],
                    file["container"],
                    ", ".join(file["shapes"]),
                    f"{file['records']:,}",
                    f"{file['rows']:,}",
                    f"{file['broken_total']:,}",
                    file["refused"],
                )
                for file in report["files"]
            ],
        )
    )
    for line in (line for file in report["files"] for line in [*places(file, named=PLACES), *file["notes"]]):
        print(line)
    _say_rejected(made.rejected)
    kept, copies, refused = report["rows_kept"], report["exact_duplicates"], report["rejected"]
    print(f"\n{counted(kept, 'row')} kept, {counted(copies, 'exact duplicate')}, {counted(refused, 'record')} rejected")
    for line in filter(None, (copies_line(report), made.not_taken)):
        print(line)
    for path, entries in ((options.rejected, made.rejected), (options.copies, made.copies)):
        if path:
            atomic.write_bytes(Path(path), b"".join(json_lines(entries)))
            print(f"{path}  {counted(len(entries), 'record')}")


def _say_roles(questions: Sequence[RoleQuestion]) -> None:
    """The roles of files that could not be read, how often each speaks, what it says, and who it seems to be."""
    from core.corpus.formats.roles import ASKED, roles_asked

    lines = [
        (role.name, f"{role.turns:,}", role.sample[:60], role.proposal + " (known)" * role.known)
        for role in roles_asked(questions)[:ASKED]
    ]
    print(table(("role", "turns", "says", "seems to be"), lines), file=sys.stderr)


def _say_rejected(rejected: Sequence[Mapping[str, Any]]) -> None:
    """Print why records were rejected, the commonest reason first, with the first places of each reason."""
    reasons: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    for entry in rejected:
        reason = str(entry["reason"])
        reasons[reason] += 1
        if reasons[reason] <= NAMED:
            place = show_place(entry["file"], entry["line"] if "line" in entry else entry["record"])
            places.setdefault(reason, []).append(place)
    ordered = reasons.most_common()
    for reason, times in ordered[:REASONS]:
        print(f"{counted(times, 'record')} rejected: {reason} {', '.join(places[reason])}{' …' * (times > NAMED)}")
    if len(ordered) > REASONS:
        print(f"{counted(len(ordered) - REASONS, 'more reason')}: --rejected FILE writes every record with its own")


def run_list(options: argparse.Namespace) -> None:
    """List corpora and subsets."""
    from core.corpus.corpus_list import list_corpora
    from core.workbench.subsets import list_subsets, percent

    workspace = Workspace.default()
    print(
        table(("corpus", "name", "rows"), [(info.id, info.name, f"{info.rows:,}") for info in list_corpora(workspace)])
    )
    saved = list_subsets(workspace)
    for problem in (*workspace.unreadable("corpora").values(), *workspace.unreadable("subsets").values()):
        print(problem, file=sys.stderr)
    if saved:
        rows = [
            (subset.key, subset.name, f"{subset.rows:,}", subset.recipe.strategy, percent(subset.recipe.position))
            for subset in saved
        ]
        print("\n" + table(("subset", "name", "rows", "strategy", "position"), rows))


def run_corpora(options: argparse.Namespace) -> None:
    """List the corpora, after what was asked of them."""
    from core.corpus.corpus_list import list_corpora, rename_corpus
    from core.corpus.naming import corpus_named
    from core.workspace import trash

    workspace = Workspace.default()
    if options.restore:
        deleted = [
            (deletion.stamp, item.name, item.key)
            for deletion in trash.deletions(workspace)
            for item in deletion.items
            if item.kind == "corpora"
        ]
        fitting = [stamp for stamp, name, key in deleted if options.restore in (name, key)]
        if not fitting:
            there = ", ".join(f"{key} ({name})" for _, name, key in deleted) or "none"
            raise InputError(f"No corpus {quoted(options.restore)} is in the trash.", remedy=f"There are: {there}.")
        trash.restore(workspace, fitting[0])
    if options.rename:
        renamed = corpus_named(workspace, options.rename[0]).id
        (version,) = (info.name_version for info in list_corpora(workspace) if info.id == renamed)
        rename_corpus(workspace, renamed, options.rename[1], version=version)
    for corpus_id in [corpus_named(workspace, name).id for name in options.delete]:
        trash.discard(workspace, "corpora", corpus_id, along=trash.dependents(workspace, corpus_id))
    infos = list_corpora(workspace)
    print(
        table(("corpus", "name", "rows", "sources"), [(i.id, i.name, f"{i.rows:,}", f"{i.sources:,}") for i in infos])
    )
