"""Commands on what was saved: subsets (list, rename, note, delete, bring back) and export."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from core.commands.terminal import Meter, table
from core.commands.trainings import add_training, training_of
from core.counted import counted
from core.errors import InputError
from core.export.formats import FORMATS, format_by_suffix, format_named
from core.workspace.artefacts import Workspace

NAMED = "a saved subset: its name, its key, or the beginning of its key or digest"


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    subsets = commands.add_parser("subsets", help="list the saved subsets; rename, note, delete, bring back")
    subsets.add_argument("corpus", nargs="?", default="", help="only those of this corpus")
    subsets.add_argument("--search", default="", metavar="WORDS", help="only those whose name, note or facts hold them")
    subsets.add_argument("--json", action="store_true", help="as JSON Lines, with every field")
    subsets.add_argument("--rename", nargs=2, metavar=("SUBSET", "NAME"), help=NAMED)
    subsets.add_argument("--note", nargs=2, metavar=("SUBSET", "TEXT"), help="an empty text removes the note")
    subsets.add_argument("--delete", nargs="+", default=[], metavar="SUBSET", help="move them to the trash")
    subsets.add_argument("--restore", metavar="SUBSET", help="bring a deleted one back, by its key or name")
    subsets.set_defaults(run=run_subsets)

    export = commands.add_parser(
        "export", help="write saved subsets, series or studies, exactly the rows that were saved"
    )
    export.add_argument(
        "subsets",
        nargs="+",
        metavar="SUBSET|SERIES|STUDY",
        help=f"{NAMED}; or a series likewise, or a study by its name",
    )
    export.add_argument("--out", default=".", metavar="PATH", help="a folder; for one subset also a file, or a .zip")
    export.add_argument("--format", choices=list(FORMATS), default="", help="default: by the file's ending, else jsonl")
    export.add_argument("--no-dropped", action="store_true", help="without STEM.dropped.jsonl")
    export.add_argument("--text", action="store_true", help="with the texts of the dropped rows")
    export.add_argument(
        "--order", default="chosen", metavar="WAY:COLUMN",
        help="rising:COLUMN or falling:COLUMN of numbers (easy to hard), largest:COLUMN of words (high-resource first)",
    )  # fmt: skip
    export.add_argument("--labels", action="store_true", help="with the labels and notes that were written on the rows")
    add_training(export)
    export.set_defaults(run=run_export)


def run_subsets(options: argparse.Namespace) -> None:
    """List the saved subsets, after what was asked of them."""
    from core.corpus.naming import corpus_named
    from core.workbench.saved_list import delete, restore, saved_list, saved_table
    from core.workbench.subsets import rename, subset_named
    from core.workspace import names

    workspace = Workspace.default()
    if options.restore:
        print(f"Brought back: {', '.join(restore(workspace, options.restore))}.")
    if options.rename:
        rename(workspace, subset_named(workspace, options.rename[0]).key, options.rename[1])
    if options.note:
        names.set_note(workspace, "subsets", subset_named(workspace, options.note[0]).key, options.note[1])
    if options.delete:
        gone = [subset_named(workspace, name) for name in options.delete]
        delete(workspace, [subset.key for subset in gone])
        print(f"Deleted: {', '.join(subset.name for subset in gone)}. subsets --restore NAME brings one back.")
    corpus = corpus_named(workspace, options.corpus).id if options.corpus else None
    lines = saved_list(workspace, corpus, search=options.search)
    if options.json:
        for line in lines:
            print(orjson.dumps(line.as_dict()).decode())
        return
    print(table(*saved_table(lines, moment=lambda at: datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M"))))
    for problem in workspace.unreadable("subsets").values():
        print(problem, file=sys.stderr)


def run_export(options: argparse.Namespace) -> None:
    """Write every member that is named, and say what was written and what was dropped."""
    from core.workbench.row_order import RowOrder
    from core.workbench.saved_export import stem_of, subsets_named, write_card, write_saved

    training = training_of(options)
    if training and options.format:
        raise InputError("A trainer has a format of its own.", remedy="Leave --format or --trainer out.")
    workspace, out, order = Workspace.default(), Path(options.out), RowOrder.read(options.order)
    chosen = {subset.key: subset for name in options.subsets for subset in subsets_named(workspace, name)}
    if out.suffix and not out.is_dir() and len(chosen) > 1:
        raise InputError(f"{counted(len(chosen), 'subset')} cannot be one file.", remedy="Give a folder to --out.")
    meter = Meter()
    with_card = []
    refused: list[str] = []
    for done, subset in enumerate(chosen.values()):
        meter(done, len(chosen), "subsets written")
        to_file = bool(out.suffix) and not out.is_dir()
        named = format_named(options.format) if options.format else format_by_suffix(out.suffix if to_file else "")
        written_as, suffix = (training, training.target.format.suffix) if training else (named, named.suffix)
        path = out if to_file else out / f"{stem_of(subset.recipe, subset.digest, written_as)}{suffix}"
        try:
            written = write_saved(
                workspace,
                subset,
                path,
                format=written_as,
                dropped=not options.no_dropped,
                text=options.text,
                labels=options.labels,
                order=order,
            )
        except InputError as error:  # a member of which no row can be written costs a line, never the others
            meter.end()
            refused.append(f"{subset.name}: {error}")
            continue
        with_card += [written] if not training and named.card and path.suffix != ".zip" else []
        meter.end()
        print(f"{path}  {counted(written.exported.rows, 'row')} of {subset.name}  digest {subset.digest}")
        for message in (*written.exported.messages, *filter(None, [written.note]), *written.told):
            print(message, file=sys.stderr)
        if written.dropped:
            said = ", ".join(f"{rows:,} {reason}" for reason, rows in written.dropped.items())
            print(f"  dropped: {said}")
    if with_card:
        write_card(workspace, with_card, with_card[0].path.parent, format=named, progress=meter)
        meter.end()
        print(f"{with_card[0].path.parent / 'README.md'}  the card of {counted(len(with_card), 'file')}")
    if refused:
        of_all = f"{len(refused):,} of {counted(len(chosen), 'subset')} not written." if len(chosen) > 1 else ""
        raise InputError(" ".join(filter(None, [of_all, *refused])))
