"""Reads scores from files without logging them, and correlates a table of metrics with a table of scores."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.errors import InputError

if TYPE_CHECKING:
    from core.evidence.importers.proposal import Options

ALONE = "each subset taken as independent: name its series in a column, if subsets share one"


def read_scores(path: str | Path, *, options: Mapping[str, Options] | None = None) -> pd.DataFrame:
    """The scores that our importers find in a file, an archive or a folder, a row for each; nothing is logged.

    Columns: subject (the file's name for the data or the run), benchmark, measure, value, unit, direction, stderr, n,
    model, seed, judge, baseline, file. ``attrs["left_out"]`` lists the places that gave no score and why,
    ``attrs["notices"]`` what is to be known of the files read, such as runs that crashed, and ``attrs["passed_over"]``
    the files without scores of runs. ``options`` are the answers by file, "" for all that have none of their own.

    """
    from core.evidence.importers.registry import read_tree
    from core.evidence.importers.sources import open_tree

    names = (
        "subject", "benchmark", "measure", "value", "unit", "direction", "stderr", "n",
        "model", "seed", "judge", "baseline", "file",
    )  # fmt: skip
    with open_tree(Path(path)) as tree:
        imported = read_tree(tree, options)
    lines = [{name: getattr(score, name) for name in names} for score in imported.whole.scores]
    table = pd.DataFrame(lines, columns=list(names))
    rejected = [f"{entry.file} {entry.where}: {entry.why}" for entry in imported.whole.rejected]
    table.attrs["left_out"] = [*(f"{file}: {why}" for file, why in imported.failed), *rejected]
    table.attrs["notices"] = list(imported.whole.notices)
    table.attrs["passed_over"] = imported.passed_over_lines
    return table


def correlate(readings: pd.DataFrame, scores: pd.DataFrame, *, intervals: bool = False) -> pd.DataFrame:
    """How each metric correlates with each score: a row for each group of comparable scores and each metric.

    ``readings`` has a row for each subset: ``subset``, and a numeric column for each metric; ``series``, ``size``,
    ``component`` and ``strategy`` are used if present. ``scores`` has a row for each score: ``subset``, ``benchmark``,
    ``value``, and any of model, seed, judge, baseline, measure, unit, direction. The result has n, subsets, pearson,
    spearman, kendall, slope, ``claim`` (whether there are enough independent series and subsets) and ``note``;
    ``intervals`` adds 95 % intervals and p (seconds to minutes). Without a column ``series`` every subset counts as
    independent, and the note says so: levels of one slider are not.
    """
    from core.evidence.correlations import point_estimates
    from core.evidence.observations import observe
    from core.evidence.uncertainty import uncertainties

    missing = {"subset", "benchmark", "value"} - set(scores.columns) | {"subset"} - set(readings.columns)
    if missing:
        raise InputError(f"The tables lack the columns {', '.join(sorted(missing))}.")
    texts = ("model", "trainer", "judge", "baseline", "measure", "unit")
    defaults: dict[str, Any] = {**dict.fromkeys(texts, ""), "seed": pd.NA, "direction": 1, "stderr": np.nan, "n": pd.NA}
    whole = scores.assign(**{name: value for name, value in defaults.items() if name not in scores.columns})
    observed = observe(readings=readings, scores=whole)
    table = (uncertainties if intervals else point_estimates)(observed.frame, observed.metrics)
    if "series" in readings.columns:
        return table
    return table.assign(note=[f"{note}; {ALONE}" if note else ALONE for note in table["note"]])
