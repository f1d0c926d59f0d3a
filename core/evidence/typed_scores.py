"""Scores and datasets that the user typed into a table, as ledger entries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from core.errors import InputError
from core.evidence.entries import Direction, Entry, LoggedSubset, Origin, Run, Score, Series
from core.evidence.matching import Known

TEXTS = ("name", "series", "strategy", "component")
NUMBERS = ("size", "level", "score", "stderr")
_WHOLE = re.compile(r"-?[0-9]{1,18}")  # fits 64 bits


@dataclass(frozen=True, kw_only=True)
class TypedRun:
    """The fields that all scores of a table share: the benchmark and how it was read, the model and its training."""

    benchmark: str
    measure: str = "score"
    judge: str = ""
    baseline: str = ""
    model: str = ""
    seed: int | None = None
    unit: str = ""
    direction: Direction = 1

    def score(self, *, label: str, subset: str, value: float, stderr: float | None) -> Score:
        """A score of the dataset with the digest ``subset``. Raises :class:`InputError` without a benchmark."""
        if not self.benchmark.strip():
            raise InputError("Name the benchmark first.", remedy="Without it, two scores could not be told apart.")
        return Score(
            run=Run(label=label, subset=subset, model=self.model.strip(), seed=self.seed),
            benchmark=self.benchmark.strip(),
            measure=self.measure.strip() or "score",
            value=float(value),
            direction=self.direction,
            judge=self.judge.strip(),
            baseline=self.baseline.strip(),
            unit=self.unit,
            stderr=_number(stderr),
            origin=Origin(),
        )


def seed_of(text: str) -> int | None:
    """A typed training seed; None for an empty text. Raises :class:`InputError` if it is not a whole number."""
    typed = text.strip()
    if typed and not _WHOLE.fullmatch(typed):
        raise InputError("A training seed is a whole number.", remedy="Leave it empty where you do not know it.")
    return int(typed) if typed else None


def typed_scores(table: pd.DataFrame, run: TypedRun) -> list[Score]:
    """A score for each line of ``table`` that has one; columns name, subset (digest), score, stderr."""
    return [
        run.score(label=str(line["name"]), subset=str(line["subset"]), value=line["score"], stderr=line["stderr"])
        for line in table[table["score"].notna()].to_dict("records")
    ]


def typed_datasets(
    table: pd.DataFrame, run: TypedRun, *, metrics: Sequence[str], known: Sequence[Known]
) -> tuple[list[Score], list[Entry]]:
    """Datasets that are not here: (their scores, the entries on them and their series).

    ``table``: columns :data:`TEXTS`, :data:`NUMBERS` and ``metrics``, whose values were typed; a line without a name
    is skipped. A name in ``known`` means that dataset: a dataset that was measured from its file is known by its rows.
    Datasets with the same ``series`` differ only in their level.
    """
    digests = {dataset.name: dataset.digest for dataset in reversed(known)}
    scores: list[Score] = []
    entries: list[Entry] = []
    for line in named_lines(table).to_dict("records"):
        name, series_name, strategy, component = (_text(line[column]) for column in TEXTS)
        digest = digests.get(name, LoggedSubset.unseen(name))
        size, level = _number(line["size"]), _number(line["level"])
        rows = None if size is None else int(size)
        series = ""
        if series_name:
            entry = Series(pool=series_name, strategy=strategy, component=component, size=rows)
            entries.append(entry)
            series = entry.key
        entries.append(
            LoggedSubset(
                digest=digest, name=name, size=rows, level=level, metrics=_metrics(line, metrics), strategy=strategy,
                component=component, series=series,
            )
        )  # fmt: skip
        if pd.notna(line["score"]):
            scores.append(run.score(label=name, subset=digest, value=line["score"], stderr=line["stderr"]))
    return scores, entries


def named_lines(table: pd.DataFrame) -> pd.DataFrame:
    """The lines of ``table`` that name a dataset."""
    return table[table["name"].fillna("").astype(str).str.strip() != ""]


def _metrics(line: Mapping[Any, Any], metrics: Sequence[str]) -> dict[str, float]:
    return {metric: float(line[metric]) for metric in metrics if pd.notna(line[metric])}


def _text(value: Any) -> str:
    return str(value).strip() if pd.notna(value) else ""


def _number(value: Any) -> float | None:
    return float(value) if pd.notna(value) else None
