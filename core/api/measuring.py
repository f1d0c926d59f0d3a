"""Measuring rows, and laying subsets side by side, for scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.api.corpora import view as view_of
from core.api.corpora import workspace
from core.corpus.store import open_corpus
from core.errors import InputError
from core.progress import Progress, silent
from core.workbench.build import Built, build
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections.side_by_side import SideBySide, at_equal_tokens, jaccard_table, side_by_side
from core.workbench.readings import Measurer
from core.workbench.subsets import Subset, subset_named
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One number and what chance gives: ``value`` is None where there is none, and ``why`` says why.

    ``random`` holds (mean, low, high) of random subsets of the same size, or None where there is no such band.
    ``address`` says what exactly was measured: response.ie@mistral-32k.
    """

    address: str
    value: float | None
    why: str
    random: tuple[float, float, float] | None


def measure(
    view: CorpusView,
    metric: str,
    *,
    ids: Iterable[int] | NDArray[np.uint64] | None = None,
    component: str = "",
    seed: int = 0,
    progress: Progress = silent,
    **parameters: Any,
) -> Measured:
    """One metric (see ``python -m core metrics``) of the rows ``ids`` of the view's pool, or of the whole pool.

    ``component`` is the text that is read, the view's own by default; ``parameters`` are the metric's own. Raises
    :class:`core.errors.InputError` for ids outside the pool.

    >>> ie = api.measure(view, "ie", ids=subset.ids)
    >>> ie.address, ie.random[1] < ie.random[2]
    ('response.ie@mistral-32k', True)
    """
    rows = view.pool_rows
    if ids is not None:
        wanted = np.unique(np.asarray(list(ids), dtype=np.uint64))
        rows = view.pool_positions_of(wanted)
        if len(rows) < len(wanted):
            raise InputError(
                f"{len(wanted) - len(rows):,} of the ids are not in the pool.", remedy="Widen the pool's filters."
            )
    measurer = Measurer(view, component or view.choice.component, {metric: parameters} if parameters else {})
    reading = measurer.measured(rows, [metric], seed=seed, progress=progress)[metric]
    whole = len(rows) == len(view.pool)
    bands = {} if whole else measurer.band([metric], size=len(rows), progress=progress)
    return Measured(
        address=measurer.address(metric),
        value=reading.value,
        why=reading.why,
        random=bands[metric].span if metric in bands and reading.value is not None else None,
    )


def compare(
    a: Built | Subset | str,
    b: Built | Subset | str,
    *,
    component: str = "",
    equal_tokens: bool = False,
    within: Workspace | None = None,
    progress: Progress = silent,
    **features: Any,
) -> SideBySide:
    """Two subsets of one corpus side by side: built ones, saved ones, or the names of saved ones.

    The answer has ``jaccard`` and ``chance`` (that of two random draws), the row ids ``sides.only_a``, ``sides.only_b``
    and ``sides.both``, the table ``shifts`` (each kind of row whose share differs, the most surprising first) and the
    table ``metrics`` (A, B, the gap B − A with its 95 % interval), measured on ``component``. ``features`` are settings
    that differ from those with which A was chosen. With ``equal_tokens`` the recipe of B is built anew with as many
    tokens of instruction and response as A has, in however many rows.

    >>> beside = api.compare(subset, api.choose(view, "random", size=20))
    >>> beside.jaccard < 0.5, "ie" in set(beside.metrics["metric"]), len(beside.shifts) > 0
    (True, True, True)
    """
    kept = within or (a.corpus_view.workspace if isinstance(a, Built) else workspace())
    (ids_a, recipe), (ids_b, other) = (_rows_of(kept, side) for side in (a, b))
    if recipe.corpus != other.corpus:
        raise InputError("The two subsets are of different corpora.", remedy="Measure each with measure().")
    if equal_tokens:
        ids_b = build(kept, at_equal_tokens(kept, recipe, ids_a, other), progress=progress).ids
    settings = FeatureSettings.of(recipe.choice).with_(**features)
    whole = view_of(open_corpus(kept, recipe.corpus), **settings.as_dict())
    return side_by_side(whole, ids_a, ids_b, component=component, progress=progress)


def overlap(subsets: Iterable[Built | Subset | str], *, within: Workspace | None = None) -> pd.DataFrame:
    """The Jaccard of every two subsets, as a square table; built ones are named by their digest.

    >>> round(float(api.overlap(["twenty", api.choose(view, "micro", size=20)]).iloc[0, 1]), 3)
    1.0
    """
    kept, sets = within or workspace(), {}
    for thing in subsets:
        ids, recipe = _rows_of(kept, thing)
        opened = subset_named(kept, thing) if isinstance(thing, str) else thing
        sets[opened.name if isinstance(opened, Subset) else recipe.ids_digest] = ids
    return jaccard_table(sets)


def _rows_of(kept: Workspace, subset: Built | Subset | str) -> tuple[NDArray[np.uint64], Any]:
    opened = subset_named(kept, subset) if isinstance(subset, str) else subset
    return np.asarray(opened.ids), opened.recipe


def metrics() -> list[str]:
    """The names of all metrics.

    >>> {"ie", "novelsum", "cr"} <= set(api.metrics())
    True
    """
    from core.metrics.registry import metrics as registered

    return list(registered())
