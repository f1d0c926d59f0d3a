"""Commands about labels and notes of one's own on rows: write them, list them, and which words two rows differ in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from core.commands.terminal import table
from core.control_characters import visible
from core.corpus.named_selections import kept_names, kept_rows
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import InputError, listed_in_short, quoted
from core.workspace.artefacts import Workspace

CORPUS = "a corpus's id, the beginning of it, or its name"
ROW = "a row's id, or the file:line it came from"


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    label = commands.add_parser("label", help="write labels or a note on rows; they stay with the row in every corpus")
    label.add_argument("corpus", help=CORPUS)
    label.add_argument("rows", nargs="*", metavar="ROW", help=ROW)
    label.add_argument("--selection", default="", metavar="NAME", help="the rows of a kept selection")
    label.add_argument("--label", action="append", default=[], metavar="LABEL", help="add it; may be given again")
    label.add_argument("--remove", action="append", default=[], metavar="LABEL", help="take it off")
    label.add_argument("--note", metavar="TEXT", help="in place of an earlier note; an empty text removes it")
    label.set_defaults(run=run_label)

    labels = commands.add_parser("labels", help="the rows of a corpus that have labels or a note")
    labels.add_argument("corpus", help=CORPUS)
    labels.add_argument("--label", action="append", default=[], metavar="LABEL", help="only rows with one of these")
    labels.add_argument(
        "--out", metavar="FILE", help="write id, labels and note as .csv, .jsonl or .parquet, every row with any"
    )
    labels.set_defaults(run=run_labels)

    differ = commands.add_parser("row-difference", help="the words in which two rows of a corpus differ")
    differ.add_argument("corpus", help=CORPUS)
    differ.add_argument("row", metavar="ROW", help=ROW)
    differ.add_argument("other", metavar="OTHER", help=ROW)
    differ.set_defaults(run=run_difference)


def run_label(options: argparse.Namespace) -> None:
    """Write on the rows, and say what stands on them now."""
    from core.api.row_labels import label

    corpus = corpus_named(Workspace.default(), options.corpus)
    if not options.label and not options.remove and options.note is None:
        raise InputError("Nothing is to be written.", remedy="Give --label, --remove or --note.")
    rows = list(options.rows)
    if options.selection:
        kept = kept_rows(corpus, options.selection)
        if kept is None:
            names = listed_in_short(kept_names(corpus.columns)) or "none"
            raise InputError(f"There is no selection {quoted(options.selection)}.", remedy=f"There are: {names}.")
        rows += [show_id(row_id) for row_id in corpus.ids[kept].tolist()]
    if not rows:
        raise InputError("No row is named.", remedy="Name rows, or a --selection.")
    written = label(corpus, rows, add=options.label, remove=options.remove, note=options.note)
    if options.selection:
        print(f"{counted(len(written), 'row')} of the selection {visible(options.selection)} written on.")
    else:
        print(table(tuple(written.columns), written.values.tolist()))


def run_labels(options: argparse.Namespace) -> None:
    """List the rows with what stands on them, or write them to a file."""
    from core.api.row_labels import labels
    from core.export.report import csv_bytes
    from core.workspace import atomic

    corpus = corpus_named(Workspace.default(), options.corpus)
    written = labels(corpus, *options.label)
    if not options.out:
        print(table(tuple(written.columns), written.values.tolist()))
        print(counted(len(written), "row"))
        return
    path = Path(options.out)
    if path.suffix == ".csv":
        content = csv_bytes(written)
    elif path.suffix == ".jsonl":
        content = written.to_json(orient="records", lines=True, force_ascii=False).encode()
    elif path.suffix == ".parquet":
        content = written.to_parquet(index=False)
    else:
        raise InputError(f"{path.name} is of no known kind.", remedy="End its name in .csv, .jsonl or .parquet.")
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_bytes(path, content)
    print(f"{path}  {counted(len(written), 'row')}")


def run_difference(options: argparse.Namespace) -> None:
    """Print the parts of each row that the other does not have, by turn."""
    from core.corpus.named_rows import named_row
    from core.corpus.reading_blocks import turns_to_read
    from core.corpus.row_ids import show_id
    from core.corpus.word_difference import word_difference

    corpus = corpus_named(Workspace.default(), options.corpus)
    ids = [named_row(corpus, name) for name in (options.row, options.other)]
    positions = [corpus.position_of(row_id) for row_id in ids]
    rows = corpus.rows([position for position in positions if position is not None])
    if len(rows) < 2:
        missing = show_id(next(row_id for row_id, position in zip(ids, positions, strict=True) if position is None))
        raise InputError(f"No row of {corpus.name} has the id {missing}.", remedy="Name two rows of this corpus.")
    sides = [[(turn.title, block.text) for turn in turns_to_read(row) for block in turn.blocks] for row in rows]
    marks = word_difference(*([text for _, text in side] for side in sides))
    for row_id, side, spans in zip(ids, sides, marks, strict=True):
        print(f"{show_id(row_id)}  {counted(sum(map(len, spans)), 'place')} that the other has not")
        for (title, text), places in zip(side, spans, strict=True):
            for start, end in places:
                print(f"  {title}: {' '.join(text[start:end].split())}")
