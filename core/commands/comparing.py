"""The command that lays saved subsets side by side: what they share, what shifts between them, what they measure."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.corpus.pool import PoolSpec
from core.corpus.store import open_corpus
from core.counted import counted, spoken_unit
from core.errors import InputError
from core.view import ALL_COMPONENTS
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.subsets import Subset, subset_named
from core.workspace import atomic
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest_ids

RANDOM = "random"
SIDES = {"only-a": "only_a", "only-b": "only_b", "both": "both"}
SHIFT_COLUMNS = ("kind", "value", "rows_a", "rows_b", "share_a", "share_b", "surprise", "z", "q")
GAP_COLUMNS = ("title", "a", "b", "gap", "low", "high", "unit", "note")


def add(commands: Any) -> None:
    """Add the parser of this group."""
    compare = commands.add_parser("compare", help="saved subsets side by side: shared rows, what shifts, metrics")
    compare.add_argument(
        "subsets", nargs="+", metavar="SUBSET",
        help=f"saved subsets of one corpus; as the second also “{RANDOM}”: a random draw of the first's pool and size",
    )  # fmt: skip
    compare.add_argument("--component", choices=ALL_COMPONENTS, default="", help="what is measured; default: as chosen")
    compare.add_argument("--feature", action="append", default=[], metavar="NAME=VALUE", help="default: the first's")
    compare.add_argument(
        "--equal-tokens", action="store_true",
        help="the others are built anew with as many tokens of instruction and response as the first has",
    )  # fmt: skip
    compare.add_argument("--seed", type=int, default=0, help="of the random draw")
    compare.add_argument("--show", type=int, default=20, metavar="N", help="the most surprising shifts that are shown")
    compare.add_argument("--rows", choices=list(SIDES), default="", help="write the rows of one side of two subsets")
    compare.add_argument("--out", default="", metavar="FILE.jsonl", help="where --rows writes them")
    compare.add_argument("--json", action="store_true", help="print JSON with every line")
    compare.set_defaults(run=run_compare)


def run_compare(options: argparse.Namespace) -> None:
    """Print the subsets, what they share and, of two, what shifts and what they measure."""
    workspace = Workspace.default()
    if bool(options.rows) != bool(options.out):
        raise InputError("--rows and --out go together.", remedy="For example: --rows only-a --out only-a.jsonl")
    sets, first = _sets(workspace, options)
    choice = FeatureSettings.of(first.recipe.choice).with_(**pairs(options.feature))
    corpus = open_corpus(workspace, first.recipe.corpus)
    corpus_view = CorpusView(workspace, corpus, choice, PoolSpec())
    component = options.component or choice.component
    if len(sets) == 2:
        told = _two(corpus_view, sets, component=component, options=options)
    elif options.rows:
        raise InputError("--rows is of two subsets.")
    else:
        told = _several(corpus_view, sets, options=options)
    if options.json:
        listed = [{"name": name, "rows": len(ids), "digest": digest_ids(ids)} for name, ids in sets.items()]
        print(
            orjson.dumps({"subsets": listed, **told}, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode()
        )


def _sets(workspace: Workspace, options: argparse.Namespace) -> tuple[dict[str, Any], Subset]:
    """The row ids of every subset that is named, by name, in the order chosen; and the first subset."""
    from core.workbench.inspections.side_by_side import at_equal_tokens, random_recipe

    if len(options.subsets) < 2:
        raise InputError("Two subsets are compared, or more.", remedy=f"Give another, or {RANDOM}.")
    first = subset_named(workspace, options.subsets[0])
    sets: dict[str, Any] = {first.name: np.asarray(first.ids)}
    for name in options.subsets[1:]:
        if name == RANDOM:
            recipe = replace(first.recipe, given="")
            title, other = f"random, seed {options.seed}", random_recipe(recipe, size=first.rows, seed=options.seed)
            ids = build(workspace, other).ids
        else:
            subset = subset_named(workspace, name, corpus=first.recipe.corpus)
            title, other, ids = subset.name, subset.recipe, np.asarray(subset.ids)
            title = title if title not in sets else f"{title} · {subset.key[:6]}"
        if options.equal_tokens:
            ids = build(workspace, at_equal_tokens(workspace, first.recipe, first.ids, other)).ids
            title = f"{title}, at the tokens of {first.name}"
        sets[title] = ids
    return sets, first


def _two(
    corpus_view: CorpusView, sets: dict[str, Any], *, component: str, options: argparse.Namespace
) -> dict[str, Any]:
    from core.workbench.inspections.side_by_side import side_by_side

    (name_a, a), (name_b, b) = sets.items()
    meter = Meter()
    try:
        beside = side_by_side(corpus_view, a, b, component=component, progress=meter)
    finally:
        meter.end()
    parts, shifts, gaps, chance = beside.sides, beside.shifts, beside.metrics, beside.chance
    if options.rows:
        _write(corpus_view, getattr(parts, SIDES[options.rows]), Path(options.out), told=not options.json)
    if options.json:
        return {
            "both": len(parts.both), "only_a": len(parts.only_a), "only_b": len(parts.only_b),
            "jaccard": parts.jaccard, "jaccard_of_random_draws": chance,
            "shifts": _records(shifts), "component": component, "metrics": _records(gaps),
        }  # fmt: skip
    print(f"A  {name_a}: {counted(len(a), 'row')}  digest {digest_ids(a)}")
    print(f"B  {name_b}: {counted(len(b), 'row')}  digest {digest_ids(b)}")
    print(
        f"in both {len(parts.both):,} ({len(parts.both) / len(a):.1%} of A), only in A {len(parts.only_a):,}, "
        f"only in B {len(parts.only_b):,}; Jaccard {parts.jaccard:.3g}, of two random draws {chance:.3g}"
    )
    beyond = int((shifts["q"] <= 0.05).sum())
    print(f"\nWhat shifts, by surprise: {beyond:,} of {counted(len(shifts), 'group')} beyond chance (q ≤ 0.05)")
    print(_text(shifts.head(options.show), SHIFT_COLUMNS))
    print(f"\nWhat they measure on {component}: gap is B − A, low and high its 95 % interval")
    print(_text(gaps.assign(unit=gaps["unit"].map(spoken_unit)), GAP_COLUMNS))
    return {}


def _several(corpus_view: CorpusView, sets: dict[str, Any], *, options: argparse.Namespace) -> dict[str, Any]:
    from core.workbench.inspections.overlap import intersections
    from core.workbench.inspections.side_by_side import chance_of_sets, jaccard_table

    matrix, shared = jaccard_table(sets), intersections(sets)
    chance = chance_of_sets(sets, pool=len(corpus_view.pool))
    if options.json:
        return {
            "jaccard": matrix.to_dict(), "jaccard_of_random_draws": chance, "intersections": _records(shared),
        }  # fmt: skip
    numbered = {name: str(number) for number, name in enumerate(sets, start=1)}
    lines = [(numbered[name], name, f"{len(ids):,}", digest_ids(ids)) for name, ids in sets.items()]
    print(table(("", "subset", "rows", "digest"), lines))
    print(f"\nJaccard of every two; of random draws as large {chance:.3g}")
    print(table(("", *numbered.values()), [(numbered[str(name)], *(f"{cell:.3g}" for cell in row))
                                           for name, row in zip(matrix.index, matrix.to_numpy())]))  # fmt: skip
    print("\nWho shares which rows: in exactly these and no other")
    together = [
        (f"{row['rows']:,}", ", ".join(numbered[name] for name in sets if row[name]))
        for row in shared.head(options.show).to_dict("records")
    ]
    print(table(("rows", "in"), together))
    return {}


def _write(corpus_view: CorpusView, ids: Any, path: Path, *, told: bool) -> None:
    from core.export.formats import FORMATS
    from core.export.records import rows_to_export

    if not len(ids):
        raise InputError("This side holds no rows.")
    records = rows_to_export(corpus_view.corpus, corpus_view.corpus.positions_of(ids))
    atomic.write_bytes(path, FORMATS["jsonl"].write(records, b"{}"))
    if told:
        print(f"{path}  {counted(len(ids), 'row')}\n")


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    lines = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): value for name, value in line.items()} for line in lines]


def _text(frame: pd.DataFrame, names: tuple[str, ...]) -> str:
    shown = frame[list(names)].astype(object).where(frame[list(names)].notna(), "—")
    return table(
        names, [[f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in row] for row in shown.values]
    )
