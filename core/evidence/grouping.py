"""How observations are grouped for a view: by which facts, and by which score of each run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from core.evidence.aggregation import ONE_BENCHMARK, mean_z_score
from core.evidence.correlations import groups
from core.evidence.observations import GROUP
from core.evidence.pooled_prompts import pooled_prompts
from core.evidence.series_names import named_series

ScoreKind = Literal["logged", "z", "union"]
SCORE_KINDS: Mapping[ScoreKind, str] = {
    "logged": "As logged",
    "z": "Mean of Z-scores",
    "union": "AlpacaEval ∪ Arena-Hard",
}
# What observations can be grouped by, in the order in which a group's name says it. Addresses hold these names.
FACTS: Mapping[str, str] = {
    "component": "component",
    "size": "size",
    "strategy": "strategy",
    "series": "series",
    "study": "study",
    "corpus": "corpus",
    "model": "model",
    "trainer": "training settings",
    "seed": "training seed",
    "benchmark": "benchmark",
    "judge": "judge",
    "baseline": "baseline",
    "measure": "measure",
    "proxy": "proxy or not",
}
SERIES_NAME = "series_name"
USUAL = (*GROUP, "proxy")  # all series and strategies of one size and component, as in Fig. 4 and Table 8


@dataclass(frozen=True, kw_only=True)
class Grouping:
    """The choice of a person: ``by`` facts of :data:`FACTS`, the kind of ``score``, the ``benchmarks`` it is made of.

    Without ``benchmarks`` all count. They are read by the mean of Z-scores only.
    """

    by: tuple[str, ...] = USUAL
    score: ScoreKind = "logged"
    benchmarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Grouped:
    """``frame``: observations with the score that was chosen; ``by``: the columns that name a group.

    The column :data:`SERIES_NAME` of ``frame`` tells series by a name; ``series`` stays what is independent.
    ``notes`` say what the score leaves out, and what was standardised before it was pooled.
    """

    frame: pd.DataFrame
    by: tuple[str, ...]
    notes: tuple[str, ...] = ()


def varying_facts(frame: pd.DataFrame) -> list[str]:
    """The facts in which observations differ: grouping by another one changes nothing."""
    return [name for name in FACTS if name in frame and len(frame[name].drop_duplicates()) > 1]


def grouped(frame: pd.DataFrame, grouping: Grouping) -> Grouped:
    """The observations with the chosen score, and the columns to group them by.

    Scores of several benchmarks, judges, baselines or measures have no common scale. Where the grouping leaves one of
    these facts out, the score becomes the mean of their Z-scores over the subsets of one model (:func:`mean_z_score`),
    also if it is to be as logged. Scores of a proxy are standardised and pooled apart from those of real runs, unless
    the grouping leaves ``proxy`` out.
    """
    chosen = [name for name in FACTS if name in grouping.by and name in frame]
    apart = ("model", "proxy") if "proxy" in chosen else ("model",)
    if grouping.score == "union":
        union, notes = pooled_prompts(frame)
        return _of(union, chosen, notes)
    if grouping.score == "z":
        asked = frame[frame["benchmark"].isin(grouping.benchmarks)] if grouping.benchmarks else frame
        means, notes = mean_z_score(asked, within=apart)
        return _of(means, chosen, notes)
    pooled = [name for name in ONE_BENCHMARK if name not in chosen]
    kept = [name for name in ONE_BENCHMARK if name in chosen]
    together = groups(frame, [*apart, *kept])
    if not any(len(group[pooled].drop_duplicates()) > 1 for _, group in together if pooled):
        return _of(frame, chosen, [])
    means, notes = mean_z_score(frame, within=[*apart, *kept])
    words = " and ".join(f"{name}s" for name in pooled if len(frame[name].drop_duplicates()) > 1)
    return _of(means, chosen, [f"Several {words} are pooled, so the score is the mean of their Z-scores", *notes])


def _of(frame: pd.DataFrame, chosen: Sequence[str], notes: Sequence[str]) -> Grouped:
    """The grouping by what was chosen; of the facts that do not vary only those of :data:`GROUP` stay, as names.

    ``proxy`` stays where a score is of one, so that the names of groups say it.
    """
    there = {*varying_facts(frame), *GROUP, *(["proxy"] if "proxy" in frame and frame["proxy"].any() else [])}
    by = [name for name in chosen if name in there]
    ordered = [*[name for name in GROUP if name in by], *[name for name in by if name not in GROUP]]
    named = frame.assign(**{SERIES_NAME: named_series(frame)})
    return Grouped(frame=named, by=tuple(map(column_of, ordered)), notes=tuple(notes))


def column_of(fact: str) -> str:
    """The column of :attr:`Grouped.frame` that tells a fact: a series is told by its name, not by its digest."""
    return SERIES_NAME if fact == "series" else fact
