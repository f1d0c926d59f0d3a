"""The command that looks for near-copies: the ladder, the curve of a rung, its groups, and the rule for a pool."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.commands.running import add_engine, run_job, runs
from core.commands.terminal import table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.near_copies.cosine import embedder_of
from core.curation.near_copies.differences import Pieces, differing_pieces
from core.curation.near_copies.groups import groups_are_told
from core.curation.near_copies.ladder import Effect, curve, effect_of, group_of, ladder, texts_of
from core.curation.near_copies.settings import KEEPS, RUNGS, NearCopies
from core.curation.near_copies.store import are_found
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workspace import atomic
from core.workspace.artefacts import Workspace

SHOWN_ROWS, SHOWN = 3, 240  # of a group, and characters of each row


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser("near-copies", help="rows that are nearly copies of others: the ladder, groups, a rule")
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--rung", choices=list(RUNGS), default="", help="look on this rung; default: the whole ladder")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="both")
    made.add_argument("--threshold", type=float, default=0.0, help="least similarity of a pair; default: the usual")
    made.add_argument("--embedder", default="", help="whose stored vectors the rung cosine reads")
    made.add_argument("--keep", choices=list(KEEPS), default="longest", help="which row of a group stays")
    made.add_argument("--sources", default="", metavar="A|B", help="the order of sources, for --keep source")
    made.add_argument("--column", default="", help="the score, for --keep highest and lowest")
    made.add_argument("--seed", type=int, default=0, help="for --keep random")
    made.add_argument("--most", type=int, default=1, help="rows of a group that stay, such as answers to one question")
    made.add_argument("--templates", action="store_true", help="leave out rows of one template like copies")
    made.add_argument("--groups", type=int, default=10, metavar="N", help="groups that are printed")
    made.add_argument("--csv", default="", metavar="FILE", help="write each row that is left out, and which stays")
    add_engine(made)
    runs(made, job_names.NEAR_COPIES, request=near_copies_request, run=run_near_copies)


def near_copies_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "corpus": corpus_named(workspace, options.corpus).id,
        "rung": options.rung or "minhash",
        "component": options.component,
        "embedder": options.embedder,
        "threshold": options.threshold,
    }


def run_near_copies(options: argparse.Namespace) -> None:
    """Print the ladder; with a rung find its copies, and print the curve, the groups and the rule for --pool."""
    corpus = corpus_named(Workspace.default(), options.corpus)
    settings = _settings(options)
    if options.rung and not (are_found(corpus, settings) and groups_are_told(corpus, settings)):
        run_job(options)
    _print_ladder(corpus, settings)
    if not options.rung:
        return
    effect = effect_of(corpus, settings)
    if RUNGS[settings.rung].measure:
        steps = curve(corpus, settings)[::5]
        print()
        lines = [(f"{at:g}", f"{int(rows):,}") for at, rows in steps.to_numpy()]
        print(table(("threshold", "rows that are copies"), lines))
    texts = texts_of(corpus, settings)
    for name in effect.order[: max(0, options.groups)].tolist():
        print()
        print("\n".join(_group_lines(corpus, effect, name, texts)))
    print()
    print(f"{counted(effect.removed, 'row')} of {len(corpus):,} would be left out. The rule for choose and its like:")
    print(f"--pool {_option(settings)}")
    if options.csv:
        atomic.write_bytes(Path(options.csv), _csv(corpus, effect))
        print(options.csv)


def _settings(options: argparse.Namespace) -> NearCopies:
    asked = NearCopies.of(
        {
            "rung": options.rung or "normalised",
            "component": options.component,
            "threshold": options.threshold if options.rung else 0.0,
            "embedder": options.embedder,
            "keep": options.keep,
            "sources": [name for name in options.sources.split("|") if name],
            "column": options.column,
            "seed": options.seed,
            "most": options.most,
            "templates": options.templates,
        }
    )
    return replace(asked, embedder=embedder_of(asked)) if asked.rung == "cosine" else asked


def _option(settings: NearCopies) -> str:
    """The rule as --pool takes it."""
    values = settings.as_dict()
    rung = values.pop("rung")
    shown = {
        name: "|".join(value) if isinstance(value, list) else "yes" if value is True else f"{value}"
        for name, value in values.items()
        if value not in ([], "")
    }
    return ",".join([f"near-copies={rung}", *(f"{name}={value}" for name, value in shown.items())])


def _print_ladder(corpus: Corpus, settings: NearCopies) -> None:
    lines = [
        (
            line.rung,
            "" if line.threshold is None else f"≥ {line.threshold:g}",
            "not looked for yet" if line.rows is None else f"{line.rows:,}",
            "" if line.groups is None else f"{line.groups:,}",
            "" if line.templates is None else f"{line.templates:,}",
        )
        for line in ladder(corpus, settings)
    ]
    print(table(("rung", "threshold", "rows left out", "groups", "of them templates"), lines))


def _group_lines(corpus: Corpus, effect: Effect, name: int, texts: Sequence[str]) -> Iterator[str]:
    """A group as lines: its size, and its first rows with the words in brackets that the first row has not."""
    group = group_of(corpus, effect, name, texts=texts)
    kind = "rows of one template" if group.template else "copies"
    yield f"{len(group.rows):,} {kind}:"
    if group.template:
        yield f"  {group.template.text[:SHOWN]}"
        yield f"  slots: {' | '.join(group.template.fillers[:SHOWN_ROWS])[:SHOWN]}"
    for row in group.rows[:SHOWN_ROWS].tolist():
        pieces, _ = differing_pieces(texts[row], texts[group.stays])
        mark = "-" if effect.standing[row] >= 0 else "held out:" if corpus.holdout[row] else "+"
        yield f"  {mark} {show_id(int(corpus.ids[row]))} {_bracketed(pieces)[:SHOWN]}"


def _bracketed(pieces: Pieces) -> str:
    return " ".join("".join(f"[{piece}]" if differs else piece for piece, differs in pieces).split())


def _csv(corpus: Corpus, effect: Effect) -> bytes:
    import pandas as pd

    from core.export.report import csv_bytes

    rows = np.flatnonzero(effect.standing >= 0)
    ids = corpus.ids
    return csv_bytes(
        pd.DataFrame(
            {
                "id": [show_id(row) for row in ids[rows].tolist()],
                "stays": [show_id(row) for row in ids[effect.standing[rows]].tolist()],
                "group": [show_id(row) for row in ids[effect.groups.of_row[rows]].tolist()],
            }
        )
    )
