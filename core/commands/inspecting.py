"""Commands that choose many subsets and compare them: curves, stability, threshold."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.budgets.size_axis import size_axis
from core.budgets.units import BY_PROFILE, ROWS
from core.commands.command_parser import finite_number
from core.commands.measuring_saved import knobs_of
from core.commands.running import run_job, runs
from core.commands.selecting import asked, recipe_of
from core.commands.terminal import table
from core.counted import counted
from core.errors import InputError, quoted
from core.jobs import job_names
from core.view import ALL_COMPONENTS
from core.workbench.build import open_recipe
from core.workbench.recipe import Recipe
from core.workbench.subsets import levels
from core.workspace.artefacts import Workspace

AXES = ("position", "size")


def add(commands: Any) -> None:
    """Add the parsers of this group."""
    curves = commands.add_parser("curves", help="a metric along the slider, or over sizes, of several strategies")
    asked(curves)
    curves.add_argument("--strategies", default="", metavar="A,B", help="more strategies than --strategy")
    curves.add_argument("--axis", choices=AXES, default="position")
    curves.add_argument(
        "--at", default="", metavar="A,B", help="positions in per cent, or sizes in --unit; default: evenly spaced"
    )
    curves.add_argument("--position", type=float, default=100.0, metavar="PERCENT", help="of all sizes")
    curves.add_argument("--metric", default="ie", help="see: python -m core metrics")
    curves.add_argument("--metric-set", action="append", default=[], metavar="METRIC.KNOB=VALUE")
    curves.add_argument(
        "--measured", choices=ALL_COMPONENTS, default="", help="the measured component; default: the same"
    )
    runs(curves, job_names.CURVES, request=curves_request, run=run_curves)

    stability = commands.add_parser("stability", help="how far a subset stays the same under other seeds and positions")
    asked(stability)
    stability.add_argument("--position", type=float, default=100.0, metavar="PERCENT", help="of the slider")
    stability.add_argument("--seeds", type=int, default=5, help="tried, the subset's own included")
    stability.add_argument(
        "--clusterings", type=int, default=0, help="seeds of the clusters, for strategies that read them"
    )
    stability.add_argument("--positions", default="", metavar="A,B", help="positions in per cent that are compared")
    runs(stability, job_names.STABILITY, request=stability_request, run=run_stability)

    threshold = commands.add_parser("threshold", help="record why a threshold has its value, and what a tenth changes")
    asked(threshold)
    threshold.add_argument("--position", type=float, default=100.0, metavar="PERCENT", help="of the slider")
    threshold.add_argument("--threshold", required=True, metavar="NAME", help="low, high, min_cluster_size, …")
    threshold.add_argument("--why", required=True, help="the reason for its value")
    threshold.add_argument("--who", default="", help="whose reason it is")
    runs(threshold, job_names.PASSPORT, request=threshold_request, run=run_threshold)


def _recipe(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    return replace(recipe_of(options, workspace), position=options.position / 100).as_dict()


def _numbers(text: str) -> list[float]:
    try:
        return [finite_number(part) for part in text.split(",") if part.strip()]
    except argparse.ArgumentTypeError as error:
        raise InputError(f"{quoted(text)} is not a list of numbers.", remedy="As in: 0,50,100") from error


def _positions(text: str) -> list[float]:
    return [at / 100 for at in _numbers(text)]


def curves_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that measures curves."""
    from core.workbench.inspections import curves as measured_curves

    if options.axis == "size":
        recipe, at = _sized_curve(workspace, options)
    else:
        recipe, at = _recipe(workspace, options), _positions(options.at) or levels()
    return measured_curves.Grid(
        recipe=recipe,
        strategies=list(dict.fromkeys([options.strategy, *filter(None, options.strategies.split(","))])),
        axis=options.axis,
        at=at,
        metric=options.metric,
        component=options.measured or options.component,
        parameters=knobs_of(options.metric_set),
    ).request()


def _sized_curve(workspace: Workspace, options: argparse.Namespace) -> tuple[dict[str, Any], list[float]]:
    """The recipe of a curve over sizes in the asked unit, and its sizes in the unit that recipes count."""
    from core.workbench.inspections.curves import sizes_of_pool

    sizes = size_axis(options.unit, row_cutoff=options.row_cutoff, profile=options.profile, workspace=workspace)
    any_size = argparse.Namespace(**{**vars(options), "size": 0, "unit": ROWS, "row_cutoff": 0})
    recipe = Recipe.of(_recipe(workspace, any_size))
    at = [sizes.size_for(amount) for amount in _numbers(options.at)]
    if not at:
        at = sizes_of_pool(open_recipe(workspace, recipe), sizes)
    return replace(recipe, **sizes.fields(max(at))).as_dict(), [float(size) for size in at]


def stability_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that measures stability."""
    return {
        "recipe": _recipe(workspace, options),
        "seeds": options.seeds,
        "clusterings": options.clusterings,
        "positions": _positions(options.positions),
    }


def threshold_request(workspace: Workspace, options: argparse.Namespace) -> dict[str, Any]:
    """The request of the job that records a threshold."""
    about = {"threshold": options.threshold, "who": options.who, "why": options.why}
    return {"recipe": _recipe(workspace, options), **about}


def run_curves(options: argparse.Namespace) -> None:
    """Measure the points and print them, and the random band of each size."""
    from core.workbench.inspections import curves as measured_curves

    run_job(options)
    workspace = Workspace.default()
    grid = measured_curves.Grid.of(curves_request(workspace, options))
    points, band, _ = measured_curves.curve_table(workspace, grid)
    if grid.sizes.unit in BY_PROFILE:
        points, band = (measured_curves.in_unit(frame, grid.sizes) for frame in (points, band))
    counted_in = "size" if grid.sizes.unit == ROWS else grid.sizes.title
    points, band = (frame.rename(columns={"size": counted_in}) for frame in (points, band))
    names = ["strategy", "position", counted_in, "rows", "value", "undefined"]
    print(table(names, _cells(points[names])))
    if len(band):
        print("\nrandom subsets\n" + table(list(band.columns), _cells(band)))
    for reason in measured_curves.unbanded(workspace, grid):
        print(f"no random band: {reason}")


def run_stability(options: argparse.Namespace) -> None:
    """Print how far the subsets agree."""
    made = run_job(options)
    print(f"{counted(made['rows'], 'row')} of {made['pool']:,}; two random subsets agree by {made['chance']:.4g}")
    lines = [
        (what, f"{agreed['mean']:.4g}", f"{agreed['least']:.4g}", f"{agreed['most']:.4g}", f"{agreed['in_all']:,}")
        for what, agreed in (("seeds", made["seeds"]), ("clusterings", made["clusterings"]))
        if agreed and agreed["mean"] is not None
    ]
    print(table(("of", "mean Jaccard", "least", "most", "rows in all"), lines))
    for step in made["neighbours"]:
        print(f"{step['from']:.0%} to {step['to']:.0%}: {step['jaccard']:.4g}")
    for position, why in made["refused"].items():
        print(f"{float(position):.0%}: {why}")


def run_threshold(options: argparse.Namespace) -> None:
    """Record the threshold and print what a tenth either way changes."""
    from core.workbench.inspections import passport

    recipe = recipe_of(options, Workspace.default())
    made = run_job(options)
    (entry,) = [entry for entry in passport.entries(Workspace.default(), recipe.corpus) if entry.key == made["entry"]]
    moves = [
        (f"{move['share']:+.0%}", f"{move['value']:g}", _said(move["jaccard"]), _said(move["rows"]), move["reason"])
        for move in entry.sensitivity
    ]
    print(f"{entry.title} {entry.value:g}: {entry.why}")
    print(table(("moved", "to", "Jaccard", "rows", "note"), moves))


def _said(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"


def _cells(frame: Any) -> Sequence[Sequence[str]]:
    return [
        [("—" if cell != cell else f"{cell:.6g}") if isinstance(cell, float) else str(cell) for cell in row]
        for row in frame.itertuples(index=False)
    ]
