"""Commands that choose rows: choose, series, build."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.commands.budgets import add_size, size_of
from core.commands.rules import add_pool, add_rules, pool_of, rules_of
from core.commands.running import run_job, runs
from core.commands.terminal import Meter, table
from core.commands.trainings import add_training, training_of
from core.corpus.naming import corpus_named
from core.corpus.row_ids import show_id
from core.counted import counted
from core.errors import InputError, quoted
from core.export.bundle import left_out_path
from core.export.format import Format
from core.export.formats import FORMATS, format_by_suffix, format_named
from core.jobs import job_names
from core.parameters import Parameter
from core.selection.registry import strategy
from core.view import ALL_COMPONENTS
from core.workbench.asked_training import AskedTraining
from core.workbench.build import Built, build
from core.workbench.built_export import write_built
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.passport import stamped
from core.workbench.previews import NOTE, strategy_mark
from core.workbench.recipe import Recipe
from core.workbench.saving import name_before, save, told_before
from core.workbench.subsets import list_subsets, open_subset, percent, subset_named
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
    add_size(made)
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
    made.add_argument(
        "--out", metavar="FILE", help="write the rows here, and STEM.recipe.json beside them; a folder will do"
    )
    made.add_argument("--format", choices=list(FORMATS), default="", help="default: by the file's ending, else jsonl")
    made.add_argument("--labels", action="store_true", help="with the labels and notes that were written on the rows")
    made.add_argument("--save", metavar="NAME", help="keep the subset in the workspace")
    made.add_argument("--ids", action="store_true", help="print the row ids, one a line, in the order chosen")
    add_training(made, target_is_a_corpus=True)


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
        **size_of(options, workspace).as_fields(),
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
    workspace = Workspace.default()
    before = {subset.key: subset.name for subset in list_subsets(workspace)}
    saved = [open_subset(workspace, key) for _, key in run_job(options)["artefacts"]]
    rows = [
        (subset.key, subset.name, percent(subset.recipe.position), subset.recipe.seed, f"{subset.rows:,}")
        for subset in saved
    ]
    print(table(("subset", "name", "position", "seed", "rows"), rows))
    for recipe in [subset.recipe for subset in saved][:1]:
        _say_preview(recipe)
    for subset in saved:
        if before.get(subset.key, subset.name) != subset.name:
            print(f"{subset.name} was saved before as {before[subset.key]}, and has the new name now.")


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


def _written_as(options: argparse.Namespace) -> Format | AskedTraining:
    """The trainer or the format that the options name; without both the format of the file's ending."""
    if training := training_of(options):
        if options.format:
            raise InputError("A trainer has a format of its own.", remedy="Leave --format or --trainer out.")
        return training
    return format_named(options.format) if options.format else format_by_suffix(Path(options.out).suffix)


def _finish(workspace: Workspace, built: Built, options: argparse.Namespace) -> None:
    import sys

    if not options.out and training_of(options):
        raise InputError("--trainer writes files.", remedy="Say where: --out FOLDER.")
    built = replace(built, recipe=stamped(workspace, built.recipe))
    _say_preview(built.recipe)
    for warning in built.warnings:
        print(warning, file=sys.stderr)
    if options.ids:
        print("\n".join(map(show_id, built.ids.tolist())))
    if options.out:
        _write(built, Path(options.out), _written_as(options), labels=options.labels)
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


def _say_preview(recipe: Recipe) -> None:
    """Print a line where the strategy reads instant vectors."""
    import sys

    if strategy_mark(strategy(recipe.strategy), FeatureSettings.of(recipe.choice), recipe.parameters):
        print(NOTE, file=sys.stderr)


def _write(built: Built, path: Path, written_as: Format | AskedTraining, *, labels: bool) -> None:
    import sys

    written = write_built(built, path, written_as=written_as, labels=labels)
    rows = counted(written.exported.rows, "row")
    print(f"{written.path}  {rows} as {written.title}, {written.recipe.name} beside it")
    for message in written.exported.messages:
        print(message, file=sys.stderr)
    if written.exported.problems:
        print(f"Their ids are in {left_out_path(written.path).name}.", file=sys.stderr)


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
