"""Commands that choose rows: choose, series, build."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.commands.rules import add_pool, add_rules, pool_of, rules_of
from core.commands.running import run_job, runs
from core.commands.terminal import Meter, table
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import InputError, quoted
from core.export.bundle import left_out_path, write_file
from core.export.formats import FORMATS, format_by_suffix, format_named
from core.export.records import rows_to_export
from core.export.trainers.hugging_face import CARD
from core.jobs import job_names
from core.parameters import Parameter
from core.selection.registry import strategy
from core.view import ALL_COMPONENTS
from core.workbench.build import Built, build
from core.workbench.dataset_card import card, part_of_built
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.left_out import left_out
from core.workbench.inspections.passport import stamped
from core.workbench.recipe import Recipe
from core.workbench.saved_export import unwritten
from core.workbench.saving import name_before, save, told_before
from core.workbench.subsets import open_subset, percent, subset_named
from core.workspace import atomic
from core.workspace.artefacts import Workspace


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    choose = commands.add_parser("choose", help="choose rows with a strategy; prints or writes the subset")
    asked(choose)
    choose.add_argument("--position", type=float, default=100.0, metavar="PERCENT", help="of the slider, 0 to 100")
    _written(choose)
    choose.set_defaults(run=run_choose)

    series = commands.add_parser("series", help="build and save the levels of a series")
    asked(series)
    series.add_argument("--levels", type=int, default=7)
    series.add_argument("--name", default="")
    runs(series, job_names.SERIES, request=series_request, run=run_series)

    rebuild = commands.add_parser("build", help="carry out a recipe (JSON, or the footer of a Parquet export)")
    rebuild.add_argument("recipe", metavar="RECIPE")
    _written(rebuild)
    rebuild.set_defaults(run=run_build)


def asked(made: argparse.ArgumentParser) -> None:
    """Add the options of :func:`recipe_of`."""
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--strategy", default="micro")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response")
    made.add_argument("--size", type=int, default=0, help="rows or tokens; default min(10,000, a tenth of the pool)")
    made.add_argument("--unit", choices=("rows", "tokens"), default="rows")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE", help="a knob of the strategy")
    made.add_argument(
        "--feature", action="append", default=[], metavar="NAME=VALUE", help="tokenizer, embedder, noise, …"
    )
    made.add_argument("--given", default="", metavar="SUBSET", help="the saved subset in training already")
    made.add_argument("--target", default="", metavar="CORPUS", help="example rows, for targeted strategies")
    add_pool(made)
    add_rules(made)


def _written(made: argparse.ArgumentParser) -> None:
    made.add_argument("--out", metavar="FILE", help="write the rows here, and STEM.recipe.json beside them")
    made.add_argument("--format", choices=list(FORMATS), default="", help="default: by the file's ending, else jsonl")
    made.add_argument("--save", metavar="NAME", help="keep the subset in the workspace")
    made.add_argument("--ids", action="store_true", help="print the row ids, one a line, in the order chosen")


def recipe_of(options: argparse.Namespace, workspace: Workspace) -> Recipe:
    """The recipe that a command line describes."""
    corpus = corpus_named(workspace, options.corpus)
    chosen = strategy(options.strategy)
    choice = FeatureSettings(component=options.component).with_(**pairs(options.feature))
    parameters = knobs(chosen.parameters, options.set)
    target = corpus_named(workspace, options.target).id if options.target else ""
    return Recipe(
        corpus=corpus.id,
        choice=choice.as_dict(),
        strategy=chosen.name,
        strategy_version=chosen.version,
        parameters=parameters,
        size=options.size,
        unit=options.unit,
        seed=options.seed,
        given=subset_named(workspace, options.given, corpus=corpus.id).key if options.given else "",
        target=target,
        pool=pool_of(options, corpus),
        **rules_of(options, corpus),
    )


def run_choose(options: argparse.Namespace) -> None:
    """Choose rows and print the subset."""
    if not 0 <= options.position <= 100:
        raise InputError(f"A position lies between 0 and 100 %, not at {options.position:g} %.")
    workspace = Workspace.default()
    recipe = replace(recipe_of(options, workspace), position=options.position / 100)
    _finish(workspace, _built(workspace, recipe), options)


def series_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that saves the levels of a series."""
    return {"recipe": recipe_of(options, workspace).as_dict(), "name": options.name, "levels": options.levels}


def run_series(options: argparse.Namespace) -> None:
    """Build and save the levels of a series."""
    saved = [open_subset(Workspace.default(), key) for _, key in run_job(options)["artefacts"]]
    rows = [
        (subset.key, subset.name, percent(subset.recipe.position), subset.recipe.seed, f"{subset.rows:,}")
        for subset in saved
    ]
    print(table(("subset", "name", "position", "seed", "rows"), rows))


def run_build(options: argparse.Namespace) -> None:
    """Carry out a recipe."""
    workspace = Workspace.default()
    _finish(workspace, _built(workspace, Recipe.read(Path(options.recipe))), options)


def _built(workspace: Workspace, recipe: Recipe) -> Built:
    meter = Meter()
    try:
        return build(workspace, recipe, progress=meter)
    finally:
        meter.end()


def _finish(workspace: Workspace, built: Built, options: argparse.Namespace) -> None:
    import sys

    built = replace(built, recipe=stamped(workspace, built.recipe))
    for warning in built.warnings:
        print(warning, file=sys.stderr)
    if options.ids:
        print("\n".join(map(show_id, built.ids.tolist())))
    if options.out:
        _write(built, Path(options.out), options.format)
    if options.save:
        before = name_before(workspace, built.recipe)
        saved = save(workspace, built, name=options.save)
        print(f"saved as {saved.key}")
        if told := told_before(workspace, saved, before=before):
            print(told)
    if not options.ids:
        realised = ", ".join(
            f"{name} {value:,}" for name, value in built.answer.realised.items() if isinstance(value, int)
        )
        print(f"{counted(len(built.answer.rows), 'row')}  digest {built.recipe.ids_digest}  {realised}")


def _write(built: Built, path: Path, format: str) -> None:
    import sys

    chosen = format_named(format) if format else format_by_suffix(path.suffix)
    recipe = built.recipe.as_json()
    rows = rows_to_export(built.corpus_view.corpus, built.positions)
    beside_rows = {}
    if chosen.card:
        left, lost = left_out(built), unwritten(built.corpus_view.corpus, built.positions, chosen)
        beside_rows[CARD] = card([part_of_built(built, file=path.name, dropped=left.counts, unwritten=lost)])
    exported = write_file(rows, path, format=chosen, recipe=recipe, beside=beside_rows)
    beside = _recipe_path(path, built.recipe.ids_digest)
    atomic.write_bytes(beside, recipe)
    print(f"{path}  {counted(exported.rows, 'row')} as {chosen.title}, {beside.name} beside it")
    for message in exported.messages:
        print(message, file=sys.stderr)
    if exported.problems:
        print(f"Their ids are in {left_out_path(path).name}.", file=sys.stderr)


def _recipe_path(path: Path, ids_digest: str) -> Path:
    """The path ``STEM.recipe.json`` beside the rows; ``NAME.recipe.json`` if that is the recipe of other rows."""
    usual = path.with_name(f"{path.stem}.recipe.json")
    sharing = any(file.stem == path.stem and file.name != path.name for file in path.parent.iterdir() if file.is_file())
    if not (usual.is_file() and sharing):
        return usual
    try:
        same = Recipe.read(usual).ids_digest == ids_digest
    except InputError:
        same = False
    return usual if same else path.with_name(f"{path.name}.recipe.json")


def knobs(parameters: Sequence[Parameter], given: list[str]) -> dict[str, Any]:
    """The knobs that a command line sets, each KNOB=VALUE; a knob of several columns takes names between commas."""
    kinds = {parameter.name: parameter.kind for parameter in parameters}
    return {name: value.split(",") if kinds.get(name) == "columns" else value for name, value in pairs(given).items()}


def pairs(given: Sequence[str]) -> dict[str, str]:
    """{NAME: VALUE} of options NAME=VALUE. Raises :class:`InputError` for one without an equals sign."""
    wrong = [pair for pair in given if "=" not in pair]
    if wrong:
        raise InputError(f"{quoted(wrong[0])} is not NAME=VALUE.")
    return dict(pair.split("=", 1) for pair in given)
