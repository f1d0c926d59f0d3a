"""All saved subsets with all their metrics: what the Compare page and the statistics look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.corpus.pool import PoolSpec
from core.corpus.store import open_corpus
from core.errors import DiverscopeError
from core.metrics.registry import metrics
from core.progress import Progress, silent
from core.workbench.choice import Choice
from core.workbench.opened import Opened
from core.workbench.readings import Scale
from core.workbench.subsets import Subset
from core.workspace.artefacts import Workspace

COMPONENTS = ("instruction", "response")


def readings_table(
    workspace: Workspace,
    subsets: Sequence[Subset],
    *,
    components: Sequence[str] = COMPONENTS,
    names: Sequence[str] | None = None,
    stored_only: bool = True,
    progress: Progress = silent,
) -> pd.DataFrame:
    """One line a subset: what it is, then one column a metric address (``response.ie@mistral-32k``).

    With ``stored_only`` nothing slow is measured; a value that is not there is NaN. A subset whose corpus or
    features are gone keeps its line, its metrics NaN and the reason in column ``note``.
    """
    wanted = list(names or metrics())
    scales: dict[str, Scale] = {}
    lines: list[dict[str, Any]] = []
    for done, subset in enumerate(subsets):
        recipe = subset.recipe
        line: dict[str, Any] = {
            "key": subset.key,
            "subset": subset.name,
            "digest": subset.digest,
            "corpus": recipe.corpus,
            "series": recipe.series,
            "strategy": recipe.strategy,
            "component": dict(recipe.choice).get("component", "response"),
            "level": recipe.position,
            "size": recipe.size or subset.rows,
            "unit": recipe.unit,
            "rows": subset.rows,
            "seed": recipe.seed,
            "note": "",
        }
        try:
            for component in components:
                scale = _scale(workspace, subset, component, scales)
                rows = rows_of(scale.opened, subset)
                progress(done, len(subsets), f"subsets measured, now {subset.name}")
                for name, reading in scale.measured(rows, wanted, stored_only=stored_only).items():
                    line[scale.address(name)] = np.nan if reading.value is None else reading.value
        except DiverscopeError as error:
            line["note"] = str(error)
        lines.append(line)
    progress(len(subsets), len(subsets), "subsets measured")
    return pd.DataFrame(lines)


def rows_of(opened: Opened, subset: Subset) -> NDArray[np.int64]:
    """Positions in the pool of a saved subset's rows, ascending."""
    return np.flatnonzero(np.isin(opened.pool.ids, np.asarray(subset.ids))).astype(np.int64)


def _scale(workspace: Workspace, subset: Subset, component: str, held: dict[str, Scale]) -> Scale:
    recipe = subset.recipe
    key = f"{recipe.corpus}/{sorted(recipe.pool.items())}/{sorted(recipe.choice.items())}"
    if f"{key}/{component}" not in held:
        first = next((scale for name, scale in held.items() if name.startswith(f"{key}/")), None)
        opened = (
            first.opened
            if first
            else Opened(
                workspace, open_corpus(workspace, recipe.corpus), Choice.of(recipe.choice), PoolSpec.of(recipe.pool)
            )
        )
        held[f"{key}/{component}"] = Scale(opened, component)
    return held[f"{key}/{component}"]
