"""Commands about corpora: demo, load, list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.terminal import Meter, table
from core.corpus.row_ids import show_place
from core.counted import counted
from core.workspace import atomic
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.corpus.formats.roles import RoleQuestion

PLACES = 20  # line numbers named for each kind of trouble
REASONS = 20


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    demo = commands.add_parser("demo", help="build the demo corpus from the installed packages' docstrings")
    demo.set_defaults(run=run_demo)

    load = commands.add_parser("load", help="read files or folders into one corpus, with a report")
    load.add_argument("paths", nargs="+", metavar="PATH")
    load.add_argument("--name", default="", help="the name of the corpus")
    load.add_argument("--turns", action="store_true", help="a row for each turn instead of each conversation")
    load.add_argument("--keep-empty", action="store_true", help="keep rows whose response is empty")
    load.add_argument(
        "--map", action="append", default=[], metavar="FIELD=COLUMN", help="instruction, response, input, …"
    )
    load.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="ROLE=WHO",
        help="who speaks under a role of the files: user, assistant, system, tool, leave-out",
    )
    load.add_argument("--rejected", metavar="FILE", help="write the rejected records here, with reason and place")
    load.add_argument("--copies", metavar="FILE", help="write the duplicates whose other fields differ here")
    load.set_defaults(run=run_load)

    listed = commands.add_parser("list", help="the corpora and saved subsets of the workspace")
    listed.set_defaults(run=run_list)


def run_demo(options: argparse.Namespace) -> None:
    """Build the demo corpus, or open the one built before."""
    from core.corpus.demo import demo

    meter = Meter()
    corpus = demo(Workspace.default(), progress=meter).corpus
    meter.end()
    print(f"{corpus.id}  {corpus.name}  {counted(len(corpus), 'row')}")


def run_load(options: argparse.Namespace) -> None:
    """Read files into a corpus and print the report."""
    from core.corpus.formats import mapped
    from core.corpus.formats.roles import RolesNeeded
    from core.corpus.ingest import ingest_files
    from core.corpus.originals import json_lines
    from core.corpus.reading import ReadingOptions
    from core.corpus.report import copies_line, places
    from core.corpus.sources import from_path
    from core.errors import InputError
    from core.settings import command_roots

    pairs = dict(pair.split("=", 1) for pair in options.map if "=" in pair)
    try:
        mapping = mapped.FieldMapping(**pairs) if pairs else None
    except TypeError as error:
        raise InputError(f"--map takes a field of a row: {error}.") from error
    roles = dict(pair.rsplit("=", 1) for pair in options.role if "=" in pair)
    if len(roles) < len(options.role):
        raise InputError("--role takes a role and who it is, each once.", remedy="As in: --role UTILISATEUR=user")
    files = [file for path in options.paths for file in from_path(path, roots=command_roots())]
    meter = Meter()
    try:
        made = ingest_files(
            Workspace.default(),
            files,
            name=options.name,
            mapping=mapping,
            reading=ReadingOptions(
                multi_turn="turn" if options.turns else "conversation",
                empty="keep" if options.keep_empty else "reject",
                roles=roles,
            ),
            progress=meter,
        )
    except RolesNeeded as needed:
        meter.end()
        _say_roles(needed.questions)
        raise
    meter.end()
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
    here = "  (already here)" if made.already_here else ""
    print(f"{made.corpus.id}  {made.corpus.name}  {counted(len(made.corpus), 'row')}{here}")
    if made.new_fields:
        print(f"new with this upload, kept beside it: {', '.join(made.new_fields)}")


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
    reasons: dict[str, list[str]] = {}
    for entry in rejected:
        place = show_place(entry["file"], entry["line"] if "line" in entry else entry["record"])
        reasons.setdefault(str(entry["reason"]), []).append(place)
    ordered = sorted(reasons.items(), key=lambda item: -len(item[1]))
    for reason, where in ordered[:REASONS]:
        print(f"{counted(len(where), 'record')} rejected: {reason} {', '.join(where[:5])}{' …' * (len(where) > 5)}")
    if len(ordered) > REASONS:
        print(f"{counted(len(ordered) - REASONS, 'more reason')}: --rejected FILE writes every record with its own")


def run_list(options: argparse.Namespace) -> None:
    """List corpora and subsets."""
    from core.corpus.store import list_corpora
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
