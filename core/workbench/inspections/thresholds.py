"""The thresholds in a recipe that users set by eye, and the recipe with a threshold moved up or down by a tenth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.corpus.pool import PoolSpec
from core.parameters import Parameter
from core.selection.registry import strategy
from core.view import of_need
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.plans import parameters_of
from core.workbench.recipe import Recipe

TAGS = ("tag_min_rows", "tag_eps", "tag_support", "tag_confidence")
OCCURRENCES = "occurrences of tokens"  # the scale of the mid band's ends
BOUNDS = {"minimum": "at least", "maximum": "at most"}


@dataclass(frozen=True)
class Threshold:
    """A number that the user set: the part of the recipe ``where`` it is ("strategy", "choice" or "pool"), its value.

    ``scale`` is what it is measured on: "similarity" of two rows, "length", :data:`OCCURRENCES`, or the name of a
    column. ``unit`` is the unit of an end of the mid band.
    """

    name: str
    title: str
    where: str
    value: float
    whole: bool  # counted in whole numbers
    minimum: float | None = None
    maximum: float | None = None
    scale: str = ""
    unit: str = ""

    def moved(self, share: float, *, span: float = 1.0) -> float:
        """The value times ``share``, within its bounds; a whole number moves by one at least.

        Zero has no tenth: it moves by that share of ``span`` instead.
        """
        step = self.value * (share - 1) if self.value else span * (share - 1)
        if self.whole:
            step = max(1, round(abs(step))) * (1 if share > 1 else -1)
        value = self.value + step
        value = value if self.minimum is None else max(self.minimum, value)
        return float(value if self.maximum is None else min(self.maximum, value))


def thresholds_of(recipe: Recipe) -> list[Threshold]:
    """The numbers in a recipe that the user may have set by eye: of the strategy, its features and the pool.

    Left out are numbers that let nothing in or out (seeds, positions, how far a rule is followed), and whole ones
    whose 0 stands for a rule of their own.
    """
    chosen = strategy(recipe.strategy)
    parameters = parameters_of(recipe)
    unit = next((str(parameters[item.name]) for item in chosen.parameters if item.band_end == "unit"), "")
    by_eye = [
        Threshold(
            item.name, item.title, "strategy", float(parameters[item.name]), _whole(item, unit),
            item.minimum, item.maximum, _scale(item, parameters), unit if item.band_end else "",
        )
        for item in chosen.parameters
        if item.kind in ("int", "float") and item.by_eye and parameters[item.name] is not None
        and not (item.kind == "int" and item.default == parameters[item.name] == 0)
    ]  # fmt: skip
    needs, choice = {of_need(need)[1] for need in chosen.needs(parameters)}, FeatureSettings.of(recipe.choice)
    if "clusters" in needs and choice.partition in ("hdbscan", "evoc"):
        by_eye.append(
            Threshold("min_cluster_size", "Minimum cluster size", "choice", choice.min_cluster_size, True, 2, 100_000)
        )
    if "tags" in needs:
        by_eye.append(Threshold("tag_min_rows", "Rows a tag needs", "choice", choice.tag_min_rows, True, 1, 1_000_000))
        if choice.tag_synonyms != "none":
            by_eye.append(Threshold("tag_eps", "Distance of tags that merge", "choice", choice.tag_eps, False, 0, 1))
        if choice.tag_support:
            by_eye.append(
                Threshold(
                    "tag_support", "Rows of an association rule", "choice", choice.tag_support, True, 1, 10_000_000
                )
            )
            by_eye.append(
                Threshold("tag_confidence", "Confidence of a rule", "choice", choice.tag_confidence, False, 0.5, 1)
            )
    return [*by_eye, *_of_pool(recipe)]


def _of_pool(recipe: Recipe) -> Iterator[Threshold]:
    """The ends of the pool's length window and of its windows on numeric columns."""
    spec = PoolSpec.of(recipe.pool)
    for bound, words in BOUNDS.items():
        value = getattr(spec.length, bound) if spec.length else None
        if spec.length and value is not None:
            unit = spec.length.unit
            title = f"Pool: length {words} ({unit})"
            yield Threshold(f"pool.length.{unit}.{bound}", title, "pool", float(value), True, 0, None, "length")
    for column in spec.columns:
        for bound, words in BOUNDS.items():
            value = getattr(column, bound)
            if value is not None and not column.values:
                title, name = f"Pool: {column.column} {words}", f"pool.column.{column.column}.{bound}"
                yield Threshold(name, title, "pool", float(value), False, None, None, column.column)


def with_value(recipe: Recipe, threshold: Threshold, value: float) -> Recipe:
    """The recipe with one threshold moved; the keys of its features are recomputed."""
    set_to = int(value) if threshold.whole else value
    bare = replace(recipe, ids_digest="", rows=0, features={})
    if threshold.where == "strategy":
        return replace(bare, parameters={**recipe.parameters, threshold.name: set_to})
    if threshold.where == "choice":
        return replace(bare, choice=FeatureSettings.of(recipe.choice).with_(**{threshold.name: set_to}).as_dict())
    pool, bound = PoolSpec.of(recipe.pool).as_dict(), threshold.name.rpartition(".")[2]
    if threshold.scale == "length":
        pool["length"] = {**pool["length"], bound: set_to}
    else:
        pool["columns"] = [
            {**column, bound: set_to} if column["column"] == threshold.scale and bound in column else column
            for column in pool["columns"]
        ]
    return replace(bare, pool=pool)


def span_of(corpus_view: CorpusView, threshold: Threshold) -> tuple[float, str]:
    """The span of which a threshold at 0 moves by a share, and its name: its range, its column's middle half, or 1."""
    if threshold.minimum is not None and threshold.maximum is not None:
        return threshold.maximum - threshold.minimum, "its range"
    if corpus_view.whole.has(f"column:{threshold.scale}"):
        values = corpus_view.pool.column(threshold.scale)
        if values.dtype.kind in "iuf" and np.isfinite(values).any():
            low, high = np.nanquantile(np.where(np.isfinite(values), values, np.nan), (0.25, 0.75))
            if high > low:
                return float(high - low), "the column's interquartile range"
    return 1.0, "one"


def _whole(item: Parameter, band_unit: str) -> bool:
    # The ends of the mid band are floats, but count whole occurrences unless they are shares.
    return item.kind == "int" or (item.band_end is not None and band_unit == "count")


def _scale(item: Parameter, parameters: Mapping[str, Any]) -> str:
    """``Parameter.scale`` with the name of a knob replaced by the column that the knob names."""
    if item.band_end:
        return OCCURRENCES
    return str(parameters[item.scale] or "") if item.scale in parameters else item.scale
