"""Scores joined with the metrics of the data they come from: a row for each score, from which all statistics start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import orjson
import pandas as pd

from core.counted import counted

SUBSET_FACTS = ("subset", "name", "series", "level", "size", "component", "strategy")
SCORE_FACTS = (
    "model", "trainer", "seed", "benchmark", "judge", "baseline", "measure", "unit", "direction", "score", "stderr",
    "n_items",
)  # fmt: skip
# Inside one group only the subset and the seed differ: two judges, baselines, measures or ways to train are two
# groups.
GROUP = ("component", "size", "model", "trainer", "benchmark", "judge", "baseline", "measure")


@dataclass(frozen=True, eq=False)
class Observations:
    """``frame``: columns SUBSET_FACTS, SCORE_FACTS and one for each metric, sorted so that the log order has no effect.

    ``left_out`` says how many scores are not in it and why.
    """

    frame: pd.DataFrame
    metrics: tuple[str, ...]
    left_out: tuple[str, ...]


def observe(*, readings: pd.DataFrame, scores: pd.DataFrame, logged: pd.DataFrame | None = None) -> Observations:
    """Join scores to the subsets they are about.

    ``readings``: a row for each saved subset, ``subset`` (digest) and any of SUBSET_FACTS; every other numeric column
    is a metric. ``scores``: :meth:`Ledger.scores`. ``logged``: :meth:`Ledger.subsets`, datasets that were never loaded
    and metrics given by hand; where both have a value, that of ``readings`` counts. Fractions become percentages in
    benchmarks that hold both.
    """
    subsets = _subsets(readings, logged)
    metrics = tuple(
        sorted(
            str(name)
            for name in subsets.columns
            if name not in (*SUBSET_FACTS, *SCORE_FACTS, "batch") and pd.api.types.is_numeric_dtype(subsets[name])
        )
    )
    facts = scores.rename(columns={"value": "score", "n": "n_items"})[["subset", *SCORE_FACTS]].copy()
    facts["trainer"] = [trainer_name(text) for text in facts["trainer"]]
    facts = _one_unit(facts)
    known = facts["subset"].isin(subsets["subset"])
    left_out = []
    if unmatched := int((~known).sum()):
        many = "s" if unmatched > 1 else ""
        left_out.append(f"{unmatched:,} score{many} of subsets that are unmatched or gone")
    frame = facts[known].merge(subsets[[*SUBSET_FACTS, *metrics]], on="subset", how="left")
    frame[list(metrics)] = frame[list(metrics)].replace([np.inf, -np.inf], np.nan)
    order = [*GROUP, "series", "level", "subset", "seed", "score"]
    frame = frame.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)
    return Observations(frame[[*SUBSET_FACTS, *SCORE_FACTS, *metrics]], metrics, tuple(left_out))


def without_undirected(frame: pd.DataFrame) -> pd.DataFrame:
    """The observations of measures with a direction; lengths and run times, for example, have none."""
    return frame[frame["direction"] != 0]


def trainer_name(text: object) -> str:
    """The settings of a run for a heading; "" where none are known. ``text``: a JSON object."""
    settings = orjson.loads(str(text)) if text else {}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in sorted(settings.items()))


def group_name(key: Sequence[object], by: Sequence[str] = GROUP) -> str:
    """The name of a group in a heading: its non-empty parts."""
    said = []
    for name, value in zip(by, key):
        if value is None or value is pd.NA or value == "" or value != value:
            continue
        said.append(counted(int(value), "row") if name == "size" else str(value))  # type: ignore[call-overload]
    return " · ".join(said)


def _subsets(readings: pd.DataFrame, logged: pd.DataFrame | None) -> pd.DataFrame:
    """Facts and metrics by digest, ours first, with gaps filled from values given by hand."""
    if readings is not None and "level" in readings:
        # The same rows under two names: take position and series from the same name, or the two would not fit.
        readings = readings.sort_values("level", key=pd.isna, kind="stable")
    frames = [frame for frame in (readings, logged) if frame is not None and len(frame)]
    if not frames:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in SUBSET_FACTS})
    joined = pd.concat([frame.dropna(axis="columns", how="all") for frame in frames], ignore_index=True)
    for name in SUBSET_FACTS:
        if name not in joined:
            joined[name] = np.nan if name in ("level", "size") else ""
    texts = ["name", "series", "component", "strategy"]
    joined[texts] = joined[texts].replace("", None)
    first = joined.groupby("subset", sort=True).first().reset_index()  # each column's first value that is not missing
    first[texts] = first[texts].fillna("")
    first["level"] = pd.to_numeric(first["level"]).astype("float64")
    first["size"] = pd.to_numeric(first["size"]).astype("Int64")
    return first


def _one_unit(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores, in percent for each benchmark that was logged partly in fractions and partly in percent."""
    for _, group in scores.groupby(["benchmark", "measure"], sort=False):
        if {"fraction", "%"} <= set(group["unit"]):
            fractions = group.index[group["unit"] == "fraction"]
            scores.loc[fractions, ["score", "stderr"]] *= 100
            scores.loc[fractions, "unit"] = "%"
    return scores
