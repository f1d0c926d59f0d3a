"""In what the runs of a comparison differ besides their data: the model, and each setting of their training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.evidence.correlations import groups

SHOWN = 4  # values of one setting that a sentence names
UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class RunDifference:
    """A setting that differs between runs that are compared, and its values, in order."""

    setting: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        more = len(self.values) - SHOWN
        named = ", ".join(self.values[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"{self.setting} ({named})"


def run_differences(
    frame: pd.DataFrame, settings: Mapping[str, Mapping[str, Any]], *, by: Sequence[str] = ()
) -> list[RunDifference]:
    """What differs, besides the data and the training seed, between runs that stand in one group ``by``.

    ``frame``: observations; ``settings``: what is known of the training by the text in the column ``trainer``
    (:attr:`core.evidence.observations.Observations.settings`). The model counts as one setting. A setting that some
    runs name and others do not differs too, as "not known". Values are the union over the groups in which they differ.
    """
    differing: dict[str, set[str]] = {}
    for _, group in groups(frame, [name for name in by if name in frame]):
        runs = group[["model", "trainer"]].astype(object).drop_duplicates()
        if len(runs) < 2:
            continue
        known = [{"model": str(model or ""), **settings.get(str(trainer), {})} for model, trainer in runs.to_numpy()]
        for name in sorted({name for run in known for name in run}):
            values = {_said(run.get(name)) for run in known}
            if len(values) > 1:
                differing.setdefault(name, set()).update(values)
    order = sorted(differing, key=lambda name: (name != "model", name))
    return [
        RunDifference(
            setting=name.replace("_", " "),
            values=tuple(sorted(differing[name], key=lambda value: (value == UNKNOWN, _number(value), value))),
        )
        for name in order
    ]


def warning(differences: Sequence[RunDifference]) -> str:
    """The sentence over a view of runs that differ in more than their data; "" for none."""
    if not differences:
        return ""
    return (
        "The runs that are compared here differ in more than their data: "
        + "; ".join(map(str, differences))
        + f". A difference in score may come from {'it' if len(differences) == 1 else 'any of these'}: group by the "
        "model and by the training settings, or compare runs that share them."
    )


def _said(value: object) -> str:
    if value is None or value == "":
        return UNKNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: str) -> float:
    """The value of a number, for the order; texts stand behind."""
    try:
        return float(value)
    except ValueError:
        return float("inf")
