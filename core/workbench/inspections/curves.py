"""A metric over the slider's position or over size, for several strategies, with the random band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from core.budgets.size_axis import SizeAxis, axis_of
from core.budgets.units import unit_named
from core.corpus.corpus_text import CorpusText
from core.errors import Cancelled, DiverscopeError
from core.metrics.random_band import RandomBand
from core.metrics.registry import metric
from core.progress import Progress, part_of, silent
from core.selection.registry import strategy
from core.workbench import plans
from core.workbench.build import answer_of, prepared
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

SMALLEST = 50  # rows of the smallest size of a grid
COLUMNS = ("strategy", "level", "position", "size", "rows", "value", "undefined")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The points to measure: every strategy at each of ``at``, positions 0 to 1 or sizes as ``axis`` says.

    ``recipe`` gives the rest: corpus, pool, settings, rules, seed, and the size or position that stays fixed. Sizes are
    in its unit; where it has a budget, :attr:`sizes` shows them in the minutes or the money of that budget's profile.
    """

    recipe: Mapping[str, Any]
    strategies: Sequence[str]
    axis: str
    at: Sequence[float]
    metric: str
    component: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        """The grid as the request of a job."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "strategies": list(self.strategies), "at": list(self.at)}

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Grid:
        return cls(**{name: request[name] for name in cls.__dataclass_fields__ if name in request})

    @property
    def sizes(self) -> SizeAxis:
        """The unit in which sizes are shown."""
        return axis_of(self.recipe)

    def recipes(self, name: str) -> list[Recipe]:
        """The recipes of a strategy's points; over positions a strategy without a scale has a single point."""
        chosen, own = strategy(name), Recipe.of(self.recipe)
        kept = own.parameters if own.strategy == name else {}
        base = replace(own, strategy=name, strategy_version=chosen.version, parameters=kept, ids_digest="", rows=0)
        if self.axis == "size":
            return [replace(base, size=int(size), budget={}) for size in self.at]
        fixed = chosen.level == "random" or (chosen.kind == "ranked" and not chosen.tail)
        return [replace(base, position=float(at)) for at in ([1.0] if fixed else self.at)]

    def measurer(self, workspace: Workspace) -> Measurer:
        """The measurer of all points."""
        recipe = Recipe.of(self.recipe)
        thing = RowSource(kind="recipe", corpus=recipe.corpus, recipe=recipe.as_dict())
        corpus_view = thing.seen_through(workspace, FeatureSettings.of(recipe.choice))
        return Measurer(corpus_view, self.component, self.parameters)


def measure_curves(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: the fields of Grid. Each point is stored as it comes, so that a resumed job measures only the rest.

    For a strategy that cannot be prepared, and a point that the pool cannot give, the reason is stored.
    """
    grid = Grid.of(request)
    measurer = grid.measurer(workspace)
    _count_tokens(measurer, grid, progress)
    measurer = grid.measurer(workspace)
    points = [(name, recipe) for name in grid.strategies for recipe in grid.recipes(name)]
    sizes = sorted({recipe.size for _, recipe in points})
    total, measured = len(points) + len(sizes), 0
    for done, size in enumerate(sizes):
        progress(done, total, f"random subsets of {size:,} {unit_named(Recipe.of(grid.recipe).unit).title}")
        _band(measurer, grid, size, stored_only=False)
    for done, (name, recipe) in enumerate(points, start=len(sizes)):
        progress(done, total, f"points measured, now {strategy(name).title}")
        key = _key(measurer, grid, recipe)
        point = values.get(workspace, key)
        if point is None or point.get("again"):
            step = part_of(progress, done=done, total=total, note=f"points measured, now {strategy(name).title}")
            point = _measure(measurer, grid, recipe, step)
            values.put(workspace, key, point)
        measured += point.get("value") is not None
    progress(total, max(1, total), "points measured")
    return {"points": len(points), "measured": measured}


def curve_table(workspace: Workspace, grid: Grid) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """The stored points and random band, and how many points a job has still to measure.

    Points have COLUMNS. A point without a value has a NaN ``value`` and the reason in ``undefined``: "undefined because
    …", the strategy's own message, or "failed: …" for a fault, which is still to be measured. The band has size, mean,
    low, high.
    """
    measurer = grid.measurer(workspace)
    points, missing = [], 0
    for name in grid.strategies:
        for recipe in grid.recipes(name):
            stored = values.get(workspace, _key(measurer, grid, recipe))
            missing += stored is None or bool(stored.get("failed"))
            if stored is None:
                continue
            value = np.nan if stored.get("value") is None else stored["value"]
            reason = stored.get("failed") or stored.get("undefined", "")
            facts = (recipe.position, recipe.size, stored.get("rows", 0), value, reason)
            points.append((name, strategy(name).level, *facts))
    sizes = sorted({recipe.size for name in grid.strategies for recipe in grid.recipes(name)})
    bands = {size: _band(measurer, grid, size, stored_only=True) for size in sizes}
    drawn = [(size, *band.span) for size, band in bands.items() if band is not None and band.span]
    table = pd.DataFrame(points, columns=list(COLUMNS)).astype({"value": "float64"})
    return table, pd.DataFrame(drawn, columns=["size", "mean", "low", "high"]), missing


def unbanded(workspace: Workspace, grid: Grid) -> list[str]:
    """The reasons, each once, why sizes have no random band although subsets were drawn."""
    measurer = grid.measurer(workspace)
    sizes = sorted({recipe.size for name in grid.strategies for recipe in grid.recipes(name)})
    bands = [_band(measurer, grid, size, stored_only=True) for size in sizes]
    return list(dict.fromkeys(band.why for band in bands if band is not None and band.why))


def _measure(measurer: Measurer, grid: Grid, recipe: Recipe, progress: Progress) -> dict[str, Any]:
    """What is stored of a point; "again" marks a point that the next job measures once more."""
    try:
        whole, plan = prepared(measurer.corpus_view, recipe, progress=progress)
        rows = answer_of(measurer.corpus_view, whole, plan).rows
    except Cancelled:
        raise
    except DiverscopeError as error:
        return {"value": None, "undefined": str(error), "rows": 0, "again": True}
    reading = measurer.measured(rows, [grid.metric])[grid.metric]
    point = {"value": reading.value, "undefined": reading.undefined, "rows": len(rows), "again": reading.value is None}
    return {**point, "failed": reading.failed} if reading.failed else point


def _band(measurer: Measurer, grid: Grid, size: int, *, stored_only: bool) -> RandomBand | None:
    recipe, view = Recipe.of(grid.recipe), measurer.corpus_view
    costs = view.costs(recipe.unit, row_cutoff=recipe.row_cutoff)
    if size >= (len(view.pool) if costs is None else int(costs.sum())):  # no random subset differs from the pool itself
        return None
    bands = measurer.band(
        [grid.metric], size=size, unit=recipe.unit, row_cutoff=recipe.row_cutoff, stored_only=stored_only
    )
    return bands.get(grid.metric)


def _key(measurer: Measurer, grid: Grid, recipe: Recipe) -> str:
    """The key of everything that a point depends on; a strategy that lacks a feature has none until it is computed."""
    try:
        recipe = plans.completed(recipe, measurer.corpus_view)
        features = dict(recipe.features)
    except DiverscopeError:
        features = {"missing": ",".join(sorted(measurer.corpus_view.keys))}
    asked = [recipe.size, recipe.unit, recipe.position, recipe.pinned, recipe.excluded, recipe.quotas]
    asked += [recipe.row_cutoff] if recipe.row_cutoff else []
    needs = metric(grid.metric).needs(measurer.parameters(grid.metric))
    lens = {need: measurer.measured_view.keys.get(need, "") for need in needs}
    measured = [grid.metric, metric(grid.metric).version, grid.component, measurer.parameters(grid.metric), lens]
    return digest({"curve": 1, "plan": recipe.preparation, "features": features, "asked": asked, "metric": measured})


def _count_tokens(measurer: Measurer, grid: Grid, progress: Progress) -> None:
    """Count tokens if needed: that takes seconds. Embeddings take minutes, so the user starts them."""
    if "tokens" in metric(grid.metric).needs(measurer.parameters(grid.metric)):
        from core.features.tokens import compute_tokens

        corpus_view: CorpusView = measurer.corpus_view
        tokenizer = corpus_view.choice.tokenizer
        compute_tokens(CorpusText(corpus_view.corpus, grid.component), tokenizer, progress=progress)


def size_grid(pool_rows: float, *, count: int = 8, smallest: float = SMALLEST) -> list[int]:
    """``count`` sizes from ``smallest`` to nine tenths of the pool, evenly spaced on a logarithmic scale."""
    most = max(1, int(pool_rows * 0.9))
    least = min(smallest, most)
    return sorted({round(size) for size in np.geomspace(least, most, num=max(2, count))})


def sizes_of_pool(view: CorpusView, sizes: SizeAxis, *, count: int = 8) -> list[int]:
    """:func:`size_grid` in the unit that recipes of ``sizes`` count, from what 50 mean rows of the pool take of it.

    Raises :class:`core.errors.FeatureMissing` where the tokens of a component are not counted.
    """
    costs = view.costs(sizes.counted, row_cutoff=sizes.row_cutoff)
    if costs is None or not len(costs):
        return size_grid(len(view.pool), count=count)
    return size_grid(int(costs.sum()), count=count, smallest=max(1.0, SMALLEST * float(costs.mean())))


def in_unit(table: pd.DataFrame, sizes: SizeAxis) -> pd.DataFrame:
    """Points or a band of :func:`curve_table` with their ``size`` in the unit in which sizes are shown."""
    shown = [sizes.shown(size) for size in table["size"].tolist()]
    return table.assign(size=pd.Series(shown, index=table.index, dtype="float64"))
