"""The command that prints where saved subsets and strategies stand in quality and diversity, and the frontier."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.commands.rules import add_pool, pool_of
from core.commands.selecting import pairs
from core.commands.terminal import Meter, table
from core.corpus.naming import corpus_named
from core.corpus.pool import PoolSpec
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError
from core.metrics.registry import metric
from core.selection.registry import strategy
from core.view import ALL_COMPONENTS
from core.workbench.feature_settings import FeatureSettings
from core.workbench.previews import metric_mark, strategy_mark
from core.workbench.recipe import Recipe
from core.workspace.artefacts import Workspace

if TYPE_CHECKING:
    from core.workbench.inspections.quality_diversity import FrontierSetting


def add(commands: Any) -> None:
    """Add the parser of this group."""
    made = commands.add_parser(
        "frontier", help="mean score against diversity of saved subsets and strategies, and which none beats on both"
    )
    made.add_argument("corpus", help="a corpus's id, the beginning of it, or its name")
    made.add_argument("--score", required=True, metavar="COLUMN", help="a column of numbers; its mean is the quality")
    made.add_argument("--better", choices=("higher", "lower"), default="higher", help="which scores are good")
    made.add_argument("--metric", default="ie", help="the diversity, measured at once: see python -m core metrics")
    made.add_argument("--component", choices=ALL_COMPONENTS, default="response", help="the text that is measured")
    made.add_argument("--tokenizer", default=FeatureSettings().tokenizer)
    made.add_argument("--embedder", default=FeatureSettings().embedder)
    made.add_argument("--feature", action="append", default=[], metavar="NAME=VALUE", help="low, high, unit, …")
    made.add_argument(
        "--strategy", action="append", default=[], metavar="NAME", help="strategies that have a point; default: all"
    )
    made.add_argument(
        "--size", type=int, default=0, metavar="ROWS", help="of a strategy's rows; default min(10,000, a tenth)"
    )
    made.add_argument("--seed", type=int, default=0, help="of the strategies")
    made.add_argument(
        "--prepare", action="store_true", help="also prepare strategies that take long; without, they have no point"
    )
    made.add_argument("--saved-only", action="store_true", help="no points of strategies")
    add_pool(made)
    made.add_argument("--csv", default="", metavar="FILE", help="write subsets and random draws")
    made.set_defaults(run=run_frontier)


def run_frontier(options: argparse.Namespace) -> None:
    """Print a line for each subset and strategy, the frontier's first, and the spread of the random draws."""
    from core.export.report import csv_bytes
    from core.workbench.inspections.quality_diversity import FrontierSetting, quality_diversity
    from core.workbench.subsets import list_subsets
    from core.workspace import atomic

    workspace = Workspace.default()
    corpus = corpus_named(workspace, options.corpus)
    choice = FeatureSettings(tokenizer=options.tokenizer, embedder=options.embedder).with_(
        component=options.component, **pairs(options.feature)
    )
    setting = FrontierSetting(
        score=options.score,
        name=options.metric,
        better=options.better,
        component=options.component,
        choice=choice.as_dict(),
    )
    subsets = list_subsets(workspace, corpus.id)
    meter = Meter()
    named, without = ({}, {}) if options.saved_only else _strategies(workspace, corpus, setting, options, meter)
    if not subsets and not named:
        raise InputError(
            "This corpus has no saved subset, and no strategy can choose rows of it.",
            remedy="Count its tokens first: python -m core tokens.",
        )
    seen = quality_diversity(workspace, corpus, subsets, setting, strategies=named, progress=meter)
    meter.end()
    ordered = seen.points.sort_values(["frontier", "y"], ascending=False)
    lines = [
        ("yes" if row["frontier"] else "", row["name"], row["kind"], f"{row['rows']:,}", f"{row['score']:.6g}",
         f"{row['metric']:.6g}")
        for row in ordered.to_dict("records")
    ]  # fmt: skip
    measured = options.metric + metric_mark(metric(options.metric), choice)
    print(table(("frontier", "name", "kind", "rows", f"mean {options.score}", measured), lines))
    if len(seen.random):
        sizes = ", ".join(f"{size:,}" for size in seen.sizes)
        spans = [
            f"{title} {seen.random[name].min():.4g} to {seen.random[name].max():.4g}"
            for title, name in ((f"mean {options.score}", "score"), (options.metric, "metric"))
        ]
        print(f"\n{counted(len(seen.random), 'random draw')} of {sizes} rows: {'; '.join(spans)}")
    for reason in seen.left_out:
        print(f"left out: {reason}")
    for name, why in without.items():
        print(f"no point: {name} {why}")
    if options.csv:
        atomic.write_bytes(Path(options.csv), csv_bytes(seen.table))
        print(f"{options.csv}  {counted(len(seen.table), 'line')}")


def _strategies(
    workspace: Workspace, corpus: Corpus, setting: FrontierSetting, options: argparse.Namespace, meter: Meter
) -> tuple[dict[str, Recipe], dict[str, str]]:
    """{name of the point: recipe} of the strategies that answer, and why the others have no point."""
    from core.workbench.corpus_view import CorpusView
    from core.workbench.inspections.overlap import prepare_all
    from core.workbench.inspections.strategy_points import at_hand, strategy_recipes

    wanted = [strategy(name).name for name in options.strategy]
    choice = FeatureSettings.of(setting.choice)
    view = CorpusView(workspace, corpus, choice, PoolSpec.of(pool_of(options, corpus)))
    score = setting.score if setting.sign > 0 else ""
    recipes, without = strategy_recipes(view, size=options.size, score=score, seed=options.seed)
    if wanted:
        recipes = {name: recipe for name, recipe in recipes.items() if name in wanted}
        without = {name: why for name, why in without.items() if name in wanted}
    now, waiting = at_hand(view, recipes)
    if waiting and options.prepare:
        prepare_all(workspace, {"recipes": [recipe.as_dict() for recipe in waiting.values()]}, meter)
        now, waiting = at_hand(view, recipes)
    without |= dict.fromkeys(waiting, "takes long to prepare: say --prepare")
    return {strategy(name).title + strategy_mark(strategy(name), choice): now[name] for name in now}, without
