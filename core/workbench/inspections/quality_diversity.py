"""Quality against diversity: where a corpus's saved subsets and the strategies stand, and random draws of that size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.column_facts import is_numeric
from core.corpus.pool import PoolSpec
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import Cancelled, DiverscopeError, InputError, in_short, quoted
from core.figures.pareto import pareto
from core.metrics.random_band import random_rows
from core.metrics.registry import instant_names, metric
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.workbench.build import build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.measuring import MeasuredRows
from core.workbench.readings import DRAWS, Measurer
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

SIZES = 5  # sizes of which random draws are made, those of most subsets first
COLUMNS = ["subset", "name", "kind", "strategy", "component", "rows", "scored", "score", "metric", "x", "y"]
SAVED, NOW = "saved subset", "strategy"  # kinds of points
Better = Literal["higher", "lower"]


@dataclass(frozen=True, kw_only=True)
class FrontierSetting:
    """What is drawn: quality is the mean of the column ``score``, diversity the instant metric ``name``.

    ``better`` says which values of the score are good ones. ``choice`` holds the feature settings, ``component`` the
    text that is measured. Raises :class:`InputError` for a metric that is not instant or has no direction.
    """

    score: str
    name: str = "ie"
    better: Better = "higher"
    component: str = "response"
    choice: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if metric(self.name).name not in diversity_names():
            raise InputError(
                f"The frontier cannot be drawn over {quoted(self.name)}.",
                remedy=f"Metrics that are measured at once and have a direction: {', '.join(diversity_names())}.",
            )

    @property
    def sign(self) -> int:
        """1 if higher scores are better, else −1."""
        return 1 if self.better == "higher" else -1


@dataclass(frozen=True, eq=False)
class QualityDiversity:
    """``points``: :data:`COLUMNS` and ``frontier``, a line for each subset; ``random``: rows, score, metric, x, y.

    ``x`` is the metric and ``y`` the mean score, both signed so that higher is better. ``draws`` of each of ``sizes``
    are in ``random``. ``left_out`` says of each other subset why it has no place.
    """

    points: pd.DataFrame
    random: pd.DataFrame
    draws: int
    sizes: tuple[int, ...]
    left_out: tuple[str, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Subsets and random draws, for a file; a draw has the name "random"."""
        return pd.concat([self.points, self.random.assign(name="random", frontier=False)], ignore_index=True)


def diversity_names() -> list[str]:
    """The metrics of the frontier: instant ones that have a direction, in the registry's order."""
    return [name for name in instant_names() if metric(name).direction != 0]


def frontier(points: pd.DataFrame) -> NDArray[np.bool_]:
    """(points,) bool: whether no other point has a higher ``x`` and ``y``, or one of them higher and the other equal.

    Of points at the same place the first counts; a point with a NaN never does.
    """
    best = np.zeros(len(points), dtype=bool)
    best[pareto(points["x"].to_numpy(float), points["y"].to_numpy(float))] = True
    return best


def quality_diversity(
    workspace: Workspace,
    corpus: Corpus,
    subsets: list[Subset],
    setting: FrontierSetting,
    *,
    strategies: Mapping[str, Recipe] | None = None,
    progress: Progress = silent,
) -> QualityDiversity:
    """Read the score and the metric of each of ``subsets`` of ``corpus``, and of random draws of their sizes.

    ``strategies`` {name of the point: recipe} are further points, whose rows are chosen here.
    A subset is drawn from the pool of its recipe, and so are the random rows: the first :data:`DRAWS` seeded draws, the
    rows of every other random band. A mean leaves out rows without a score. Subsets that the metric reads on another
    scale than most (another tokenizer, another pool) are left out, with the reason. Raises :class:`InputError` for a
    column that is not of numbers.
    """
    if setting.score not in corpus.columns or not is_numeric(corpus, setting.score):
        raise InputError(
            f"{in_short(corpus.name)} has no column of numbers {quoted(setting.score)}.",
            remedy="Score the rows or attach a column on the Scores page.",
        )
    scores = np.asarray(corpus.column(setting.score), dtype=np.float64)  # (corpus rows,) NaN where there is none
    side_of = _Sides(workspace, corpus, setting)
    read: list[tuple[tuple[str, ...], MeasuredRows, dict[str, Any]]] = []
    left_out: list[str] = []
    things = [
        *((subset.key, subset.name, SAVED, subset.recipe) for subset in subsets),
        *(("", name, NOW, recipe) for name, recipe in (strategies or {}).items()),
    ]
    for done, (key, name, kind, recipe) in enumerate(things):
        progress(done, len(things), f"points placed, now {name}")
        try:
            side = side_of(recipe, key)
            facts, why = _place(side, side.rows, scores, setting)
        except Cancelled:
            raise
        except DiverscopeError as error:
            facts, why = {}, str(error)
        if why:
            left_out.append(f"{name}: {why}")
            continue
        about = {"subset": key, "name": name, "kind": kind, "strategy": recipe.strategy}
        component = str(recipe.choice.get("component", "response"))
        read.append((_scale(side, setting.name), side, {**about, "component": component, **facts}))
    progress(len(things), len(things), "points placed")
    usual = Counter(scale for scale, _, _ in read).most_common(1)
    left_out += [
        f"{line['name']}: measured on another scale than most ({' '.join(scale)})"
        for scale, _, line in read
        if scale != usual[0][0]
    ]
    same = [(side, line) for scale, side, line in read if scale == usual[0][0]]
    points = pd.DataFrame([line for _, line in same], columns=COLUMNS)
    random, sizes = _random_points([side for side, _ in same], scores, setting)
    return QualityDiversity(points.assign(frontier=frontier(points)), random, DRAWS, sizes, tuple(left_out))


@dataclass(frozen=True, eq=False)
class _Sides:
    """Rows of saved subsets and of recipes with their measurer; those of one pool and component share its features."""

    workspace: Workspace
    corpus: Corpus
    setting: FrontierSetting
    views: dict[str, CorpusView] = field(default_factory=dict)
    measurers: dict[int, Measurer] = field(default_factory=dict)

    def __call__(self, recipe: Recipe, subset: str) -> MeasuredRows:
        """The rows of the saved subset with this key, or of ``recipe`` where the key is ""."""
        about: dict[str, Any] = {"kind": "subset", "subset": subset} if subset else {"kind": "recipe"}
        source = RowSource(corpus=self.corpus.id, recipe={} if subset else recipe.as_dict(), **about)
        choice = FeatureSettings.of(self.setting.choice)
        corpus_view = source.seen_through(self.workspace, choice, self._open)
        measurer = self.measurers.setdefault(id(corpus_view), Measurer(corpus_view, self.setting.component))
        if subset:
            return MeasuredRows(source, measurer, source.rows(corpus_view))
        own = self._open(self.workspace, recipe.corpus, FeatureSettings.of(recipe.choice), PoolSpec.of(recipe.pool))
        ids = build(self.workspace, recipe, corpus_view=own).ids
        return MeasuredRows(source, measurer, corpus_view.pool_positions_of(np.sort(ids)))

    def _open(self, workspace: Workspace, corpus: str, choice: FeatureSettings, spec: PoolSpec) -> CorpusView:
        name = digest([choice.as_dict(), spec.as_dict()])
        if name not in self.views:
            self.views[name] = CorpusView(workspace, self.corpus, choice, spec)
        return self.views[name]


def _scale(side: MeasuredRows, name: str) -> tuple[str, ...]:
    """What two subsets must share for their values of a metric to be comparable."""
    measurer = side.measurer
    compared = "reference" in metric(name).needs(measurer.parameters(name))
    return (measurer.address(name), *([f"pool {measurer.pool_digest[:8]}"] if compared else []))


def _place(
    side: MeasuredRows, rows: PoolRows, scores: NDArray[np.float64], setting: FrontierSetting
) -> tuple[dict[str, Any], str]:
    """The facts of ``rows`` of the pool, and why they have no place; "" if they have one."""
    values = scores[side.measurer.corpus_view.positions[rows]]
    known = values[np.isfinite(values)]
    if not len(known):
        return {}, f"none of its {counted(len(rows), 'row')} has the score {in_short(setting.score)}"
    reading = side.measurer.measured(rows, [setting.name])[setting.name]
    if reading.value is None:
        return {}, reading.why
    score = float(known.mean())
    return {
        "rows": len(rows),
        "scored": len(known),
        "score": score,
        "metric": reading.value,
        "x": reading.value * metric(setting.name).direction,
        "y": score * setting.sign,
    }, ""


def _random_points(
    sides: list[MeasuredRows], scores: NDArray[np.float64], setting: FrontierSetting
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """The draws of the commonest pools and sizes, and their sizes; none of a whole pool."""
    parts = {(side.measurer.pool_digest, len(side.rows)): side for side in sides if not side.whole}
    times = Counter((side.measurer.pool_digest, len(side.rows)) for side in sides if not side.whole)
    lines = []
    drawn = [part for part, _ in times.most_common(SIZES)]
    for part in drawn:
        side, size = parts[part], part[1]
        for draw in range(DRAWS):
            rows = PoolRows(random_rows(side.measurer.corpus_view.pool.ids, size=size, seed=draw))
            facts, why = _place(side, rows, scores, setting)
            if not why:
                lines.append(facts)
    columns = ["rows", "scored", "score", "metric", "x", "y"]
    return pd.DataFrame(lines, columns=columns), tuple(sorted({size for _, size in drawn}))
