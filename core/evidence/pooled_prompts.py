"""AlpacaEval ∪ Arena-Hard as one score: the win rate over the prompts of both, as From Macro to Micro evaluates."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from core.counted import counted

NAME = "AlpacaEval ∪ Arena-Hard"
FORMULA = (
    "score = (n_A · s_A + n_H · s_H) / (n_A + n_H)\n"
    "s_A, s_H: the win rates in per cent on AlpacaEval and on Arena-Hard, of one run, one judge and one baseline.\n"
    "n_A, n_H: the prompts of each, as logged with the score; where that is not logged 805, and 500 (750 for v2).\n"
    "standard error = √((n_A · e_A)² + (n_H · e_H)²) / (n_A + n_H)"
)
SOURCE = "From Macro to Micro, Appendix B: the prompts of AlpacaEval 2.0 and Arena-Hard, judged as one set"
ALPACA_PROMPTS, ARENA_PROMPTS, ARENA_V2_PROMPTS = 805, 500, 750
SAME_RUN = ("subset", "model", "trainer", "seed", "proxy")
_ALPACA, _ARENA = re.compile(r"alpaca[ _-]?eval"), re.compile(r"arena[ _-]?hard")
_ARENA_V2 = re.compile(r"arena[ _-]?hard[ _-]*v?2")


def pooled_prompts(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Observations whose score is the win rate over the prompts of both benchmarks, and notes on what is left out.

    A run (one subset, model, training and seed) counts if both benchmarks judged it with the same judge against the
    same baseline; :data:`FORMULA` says how the two are weighed. The score is then the win rate of all prompts judged as
    one set. If a benchmark has several win rates of a run (length-controlled and not), each pair is a measure of its
    own. Columns are those of ``frame``.
    """
    rates = frame[(frame["direction"] == 1) & frame["unit"].isin(("%", "fraction"))]
    names = rates["benchmark"].astype(str).str.lower()
    alpaca, arena = rates[names.map(_is(_ALPACA))], rates[names.map(_is(_ARENA))]
    notes: list[str] = []
    for what, part in (("AlpacaEval", alpaca), ("Arena-Hard", arena)):
        if part.empty:
            notes.append(f"No win rate of {what} is logged, in per cent or as a fraction")
    if notes:
        return frame.iloc[:0], notes
    same = [name for name in (*SAME_RUN, "judge", "baseline") if name in frame]
    sides = []
    for part, prompts in ((alpaca, None), (arena, ARENA_PROMPTS)):
        numbers = part[[*same, "benchmark", "measure", "score", "stderr", "n_items"]].copy()
        scale = np.where(part["unit"] == "fraction", 100.0, 1.0)
        numbers["score"] = numbers["score"].astype(float) * scale
        numbers["stderr"] = numbers["stderr"].astype(float) * scale
        logged = pd.to_numeric(numbers["n_items"]).astype("float64")
        numbers["weight"] = logged.where(logged > 0, _usual_prompts(part) if prompts else float(ALPACA_PROMPTS))
        numbers["seed"] = numbers["seed"].astype("Int64")
        one_score = [*same, "benchmark", "measure"]  # a judge's reruns are one score, their mean
        sides.append(numbers.groupby(one_score, dropna=False)[["score", "stderr", "weight"]].mean().reset_index())
    both = sides[0].merge(sides[1], on=same, suffixes=("_a", "_h"))
    runs = list(dict.fromkeys(name for name in SAME_RUN if name in frame))
    asked = sides[0][runs].drop_duplicates().merge(sides[1][runs].drop_duplicates(), on=runs)
    lost = len(asked) - len(both[runs].drop_duplicates())
    if lost:
        notes.append(f"{counted(lost, 'run')} left out: the two benchmarks had other judges or other baselines")
    alone = len(pd.concat([side[runs] for side in sides]).drop_duplicates()) - len(asked)
    if alone:
        notes.append(f"{counted(alone, 'run')} left out for want of one of the two benchmarks")
    if both.empty:
        return frame.iloc[:0], notes
    weight = both["weight_a"] + both["weight_h"]
    measures = both["measure_a"].where(
        both["measure_a"] == both["measure_h"], both["measure_a"] + " and " + both["measure_h"]
    )
    pooled = both[same].assign(
        score=(both["weight_a"] * both["score_a"] + both["weight_h"] * both["score_h"]) / weight,
        stderr=np.hypot(both["weight_a"] * both["stderr_a"], both["weight_h"] * both["stderr_h"]) / weight,
        n_items=weight.round().astype("Int64"), benchmark=NAME, measure=measures, unit="%", direction=1,
    )  # fmt: skip
    given = {*pooled.columns} - {"subset"}
    facts = frame.drop_duplicates("subset")[[name for name in frame if name not in given]]
    joined = pooled.merge(facts, on="subset", how="left")[list(frame.columns)]
    return joined.astype({"seed": frame["seed"].dtype}), notes


def _is(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda name: pattern.search(name) is not None


def _usual_prompts(part: pd.DataFrame) -> pd.Series:
    """The number of prompts of each score's version of Arena-Hard."""
    second = part["benchmark"].astype(str).str.lower().map(_is(_ARENA_V2))
    return pd.Series(np.where(second, float(ARENA_V2_PROMPTS), float(ARENA_PROMPTS)), index=part.index)
