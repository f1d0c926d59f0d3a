"""Scores joined with the metrics of the data they come from: a row for each score, from which all statistics start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
import pandas as pd

from core.counted import counted

SUBSET_FACTS = ("subset", "name", "series", "level", "size", "component", "strategy", "study", "corpus")
SCORE_FACTS = (
    "model", "trainer", "seed", "benchmark", "judge", "baseline", "measure", "unit", "direction", "score", "stderr",
    "n_items", "proxy",
)  # fmt: skip
PLACE = ["subset", "series", "level", "component", "strategy"]  # a subset's position on the scale of a series
# Inside one group only the subset and the seed differ: two judges, baselines, measures or ways to train are two
# groups.
GROUP = ("component", "size", "model", "trainer", "benchmark", "judge", "baseline", "measure")


@dataclass(frozen=True, eq=False)
class Observations:
    """``frame``: columns SUBSET_FACTS, SCORE_FACTS and one for each metric, sorted so that the log order has no effect.

    ``left_out`` says how many scores are not in it and why. ``settings``: what is known of the training of the runs, by
    the text in the column ``trainer``. ``places``: every position of every subset on the scale of a series, a row for
    each with SUBSET_FACTS. ``frame`` names the first of them: several series share a subset where their strategies
    choose the same rows there.
    """

    frame: pd.DataFrame
    metrics: tuple[str, ...]
    left_out: tuple[str, ...]
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    places: pd.DataFrame = field(default_factory=lambda: _places(None))


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
    if "proxy" not in scores:  # a table of scores that a script made
        scores = scores.assign(proxy=False)
    facts = scores.rename(columns={"value": "score", "n": "n_items"})[["subset", *SCORE_FACTS]].copy()
    settings = {trainer_name(text): orjson.loads(str(text)) for text in facts["trainer"].unique() if text}
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
    columns = [*SUBSET_FACTS, *SCORE_FACTS, *metrics]
    return Observations(frame[columns], metrics, tuple(left_out), settings, _places(readings))


def in_every_series(seen: Observations) -> pd.DataFrame:
    """The observations that have a position on a scale, each once for every series that its subset belongs to.

    A line through one series needs all its subsets. A statistic over several series counts a score once: it starts from
    ``seen.frame``, or from this without what :func:`once` drops.
    """
    frame = seen.frame.dropna(subset=["level"]).astype({"level": "float64"})
    first = frame[PLACE].drop_duplicates().assign(first=True)
    others = seen.places.merge(first, on=PLACE, how="left")
    others = others[others["first"].isna()].drop(columns="first").drop_duplicates(PLACE)
    further = frame.drop(columns=[name for name in SUBSET_FACTS if name != "subset"]).merge(others, on="subset")
    both = pd.concat([frame, further[frame.columns].astype(frame.dtypes)], ignore_index=True) if len(further) else frame
    order = [*GROUP, "series", "level", "subset", "seed", "score"]
    return both.sort_values(order, kind="stable", na_position="first", ignore_index=True)


def once(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with every score once, where :func:`in_every_series` repeats those of a subset: at its first place."""
    first = frame.drop_duplicates("subset").set_index("subset")[PLACE[1:]]
    own = first.loc[frame["subset"]].reset_index(drop=True)
    same = own.eq(frame[PLACE[1:]].reset_index(drop=True)).all(axis=1)
    return frame[same.to_numpy()]


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
        if name == "proxy":
            said += ["proxy"] * bool(value)
        elif name == "seed":
            said.append(f"training seed {value}")
        else:
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
    texts = ["name", "series", "component", "strategy", "study", "corpus"]
    joined[texts] = joined[texts].replace("", None)
    first = joined.groupby("subset", sort=True).first().reset_index()  # each column's first value that is not missing
    first[texts] = first[texts].fillna("")
    first["level"] = pd.to_numeric(first["level"]).astype("float64")
    first["size"] = pd.to_numeric(first["size"]).astype("Int64")
    return first


def _places(readings: pd.DataFrame | None) -> pd.DataFrame:
    if readings is None or not {"level", "series"} <= set(readings):
        return pd.DataFrame({name: pd.Series(dtype="object") for name in SUBSET_FACTS}).astype({"level": "float64"})
    told = readings.reindex(columns=list(SUBSET_FACTS)).dropna(subset=["level"])
    told = told[told["series"].fillna("") != ""]
    texts = [name for name in SUBSET_FACTS if name not in ("level", "size")]
    told[texts] = told[texts].fillna("")
    return told.drop_duplicates(ignore_index=True)


def _one_unit(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores, in percent for each benchmark that was logged partly in fractions and partly in percent."""
    for _, group in scores.groupby(["benchmark", "measure"], sort=False):
        if {"fraction", "%"} <= set(group["unit"]):
            fractions = group.index[group["unit"] == "fraction"]
            scores.loc[fractions, ["score", "stderr"]] *= 100
            scores.loc[fractions, "unit"] = "%"
    return scores
