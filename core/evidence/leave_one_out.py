"""Leave one source out: what a score is without each source, against the runs that had them all."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.errors import InputError
from core.evidence.mixture import Mixtures

COLUMNS = ["source", "with all", "without it", "effect", "low", "high", "runs with all", "runs without it"]
NORMAL = 1.96


def leave_one_out(runs: Mixtures, target: str) -> pd.DataFrame:
    """A line for each source that some run lacks alone: :data:`COLUMNS`, the largest loss without it last.

    ``with all`` is the mean of ``target`` over the runs in which every source has a share, ``without it`` over those
    that lack this source and no other; effect = without it − with all, in the units of the score: positive
    for a source that hurts a score of which higher is better. ``low`` and ``high`` are effect ± 1.96 standard errors
    of the difference (Welch), nan where a side has one run. Source: Fixing Data That Hurts Performance (2505.16967),
    whose runs leave one dataset out each; the interval is ours. Raises :class:`InputError` where no run has all sources
    or none lacks a single one.
    """
    there = runs.shares > 0
    every = there.all(axis=1)
    if not every.any():
        raise InputError(
            "No run has a share of every source, so there is nothing to leave one out of.",
            remedy="Add the run that was trained on all sources.",
        )
    values = runs.target(target)
    whole = values[every]
    lines = []
    for place, source in enumerate(runs.sources):
        alone = ~there[:, place] & np.delete(there, place, axis=1).all(axis=1)
        without = values[alone]
        if not len(without):
            continue
        effect = float(without.mean() - whole.mean())
        error = np.nan
        if len(without) > 1 and len(whole) > 1:
            error = float(np.sqrt(without.var(ddof=1) / len(without) + whole.var(ddof=1) / len(whole)))
        lines.append((
            source, float(whole.mean()), float(without.mean()), effect, effect - NORMAL * error,
            effect + NORMAL * error, len(whole), len(without),
        ))  # fmt: skip
    if not lines:
        raise InputError(
            "No run lacks a single source.", remedy="Train once without each source, and log the shares of these runs."
        )
    return pd.DataFrame(lines, columns=COLUMNS).sort_values(["effect", "source"], ascending=False, ignore_index=True)
