"""Series of datasets that were never loaded, with metrics, scores and a loss of a proxy, for tests of Compare."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.evidence import ledger
from core.evidence.entries import LoggedSubset, Run, Score, Series
from core.workspace.artefacts import Workspace

LEVELS = (0, 20, 40, 60, 80, 100)


def logged(
    home: Path, *, strategies: tuple[str, ...] = ("macro", "meso", "micro"), sizes: tuple[int, ...] = (100, 200),
    trainers: Mapping[str, dict[str, Any]] | None = None, proxies: bool = False, random: int = 0,
) -> None:  # fmt: skip
    """Series of datasets that are not here, with a metric, scores on two benchmarks, and a loss of a proxy."""
    entries: list[Any] = []
    for place, (strategy, size) in enumerate((s, n) for s in strategies for n in sizes):
        series = Series(pool="p", strategy=strategy, component="response", size=size)
        entries.append(series)
        for number, level in enumerate(LEVELS):
            name = f"{strategy} {size} · {level} %"
            ie = 3 + level / 50 + 0.1 * place
            entries.append(
                LoggedSubset(digest=LoggedSubset.unseen(name), name=name, series=series.key, level=float(level),
                             size=size, component="response", strategy=strategy,
                             metrics={"response.ie@words": ie, "response.gini@words": 1 / ie,
                                      "response.tokens@words": 50.0 * size + level})
            )  # fmt: skip
            entries += _scores(
                name, 40 + level / 20 + size / 100 + (number * 7 + place * 3) % 5, size, trainers, proxies
            )
    for number in range(random):
        for size in sizes:
            name = f"random {size} · {number}"
            metrics = {"response.ie@words": 4.0 + number / 9}
            entries.append(
                LoggedSubset(digest=LoggedSubset.unseen(name), name=name, size=size, component="response",
                             strategy="random", metrics=metrics)
            )  # fmt: skip
            entries += _scores(name, 42 + size / 100 + number, size, trainers, proxies)
    ledger.append(Workspace(home), entries, title="logged")


def _scores(
    name: str, value: float, size: int, trainers: Mapping[str, dict[str, Any]] | None, proxies: bool
) -> list[Score]:
    subset = LoggedSubset.unseen(name)
    trainer = (trainers or {}).get(str(size), {})
    run = Run(label=name, subset=subset, model="base", trainer=trainer, seed=0)
    shared = {"measure": "win rate", "unit": "%", "judge": "j", "baseline": "random"}
    scores = [
        Score(run=run, benchmark="AlpacaEval", value=value, **shared),
        Score(run=run, benchmark="Arena-Hard", value=2 * value - 30 + len(name) % 3, **shared),
    ]
    if proxies:
        small = Run(label=name, subset=subset, model="tiny", seed=0)
        scores.append(
            Score(run=small, benchmark="holdout", measure="nll", value=9 - value / 10, direction=-1, proxy=True)
        )
    return scores
