"""Runs on mixtures as entries of the ledger, and back: shares are metrics of data sets, what came out are scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
import pandas as pd

from core.counted import counted
from core.errors import InputError
from core.evidence.entries import Direction, Entry, LoggedSubset, Origin, Run, Score
from core.evidence.mixture import Mixtures
from core.evidence.observations import group_name, without_undirected
from core.evidence.views import telling_parts
from core.metrics.address import ROWS

SOURCE_ENTROPY = f"{ROWS}.source_entropy"
SHARE_OF = "share of {}"  # a metric of a mixture: how much of it comes from one source
ALL_DOMAINS = "all domains, their mean"  # the benchmark that stands for the mean of a table's metrics
SCORE_OF = ("benchmark", "judge", "baseline", "measure")
RUNS_OF = ("size", "model", "trainer")  # runs that differ in these are no runs of one law


def mixture_entries(
    runs: Mixtures, *, names: Sequence[str], model: str, measure: str, unit: str = "", direction: Direction = -1,
    ratios: Origin | None = None, metrics: Origin | None = None,
) -> list[Entry]:  # fmt: skip
    """A data set with its shares and their entropy, a run and its scores for each of ``runs``, named ``names`` (runs,).

    Each metric of ``runs`` becomes a benchmark, and of several there is the mean too, under :data:`ALL_DOMAINS`.
    """
    entries: list[Entry] = []
    values = runs.metrics.to_numpy(np.float64)
    domains = [str(name) for name in runs.metrics.columns]
    for place, (name, entropy) in enumerate(zip(names, runs.entropy.tolist(), strict=True)):
        shares = runs.shares[place]
        facts = {
            SOURCE_ENTROPY: entropy,
            "sources used": float((shares > 0).sum()),
            "largest share": float(shares.max()),
            **{SHARE_OF.format(source): float(share) for source, share in zip(runs.sources, shares, strict=True)},
        }
        digest = LoggedSubset.unseen(name)
        entries.append(LoggedSubset(digest=digest, name=name, metrics=facts, origin=ratios or Origin()))
        run = Run(label=name, subset=digest, model=model)
        scores = dict(zip(domains, values[place].tolist(), strict=True))
        if len(domains) > 1:
            scores = {ALL_DOMAINS: float(values[place].mean()), **scores}
        entries += [
            run,
            *(
                Score(run=run, benchmark=domain, measure=measure, value=value, direction=direction, unit=unit,
                      origin=metrics or Origin())
                for domain, value in scores.items()
            ),
        ]  # fmt: skip
    return entries


def import_entries(
    runs: Mixtures, *, model: str, measure: str, direction: Direction, files: Sequence[str]
) -> list[Entry]:
    """:func:`mixture_entries` of two tables, ``files`` the names of shares and metrics, by which the runs are named."""
    stem = PurePath(files[0]).stem
    ratios, metrics = (Origin(file=file, reader="mixture tables") for file in files)
    return mixture_entries(
        runs, names=[f"{stem} {index}" for index in runs.metrics.index], model=model, measure=measure or "loss",
        direction=direction, ratios=ratios, metrics=metrics,
    )  # fmt: skip


def logged_shares(frame: pd.DataFrame) -> pd.DataFrame:
    """The shares that data sets were logged with: a row for each subset of observations, a column for each source."""
    prefix = SHARE_OF.format("")
    columns = {str(name): str(name).removeprefix(prefix) for name in frame if str(name).startswith(prefix)}
    shares = frame.groupby("subset", sort=True)[list(columns)].first().rename(columns=columns)
    return shares.dropna(how="all").fillna(0.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class LoggedRuns:
    """Runs of the ledger as ``mixtures``; ``directions`` of their metrics, +1 or −1, and what was ``left_out``.

    ``alike``: whether all metrics are of one measure, unit and direction, so that their mean says something.
    """

    mixtures: Mixtures
    directions: Mapping[str, int]
    alike: bool
    left_out: str


def runs_of(frame: pd.DataFrame, shares: pd.DataFrame) -> LoggedRuns:
    """The runs of observations whose subsets have ``shares`` (a row for each subset).

    A run's metrics are its mean scores over seeds, a column for each benchmark. Sources that no run has are left out,
    and so are benchmarks that a run lacks. Raises :class:`InputError` if fewer than two runs are left.
    """
    directed = without_undirected(frame)
    known = directed[directed["subset"].isin(shares.index) & (directed["benchmark"] != ALL_DOMAINS)]
    telling = ["benchmark", *telling_parts(known, SCORE_OF[1:])]
    columns = [group_name(key, telling) for key in known[telling].itertuples(index=False, name=None)]
    known = known.assign(column=columns)
    metrics = known.pivot_table(index="subset", columns="column", values="score", sort=False)
    whole = metrics.dropna(axis="columns")
    if len(whole) < 2 or not len(whole.columns):
        raise InputError(
            "No two runs have shares of sources and a score in common.", remedy="Log scores of more subsets."
        )
    of_runs = shares.loc[whole.index]
    of_runs = of_runs.loc[:, of_runs.to_numpy().max(axis=0) > 0]
    names = frame.drop_duplicates("subset").set_index("subset")["name"].astype(str)
    called = [names[subset] for subset in whole.index]
    twice = {name for name in called if called.count(name) > 1}
    whole.index = pd.Index(
        [f"{name} · {subset[:6]}" if name in twice else name for name, subset in zip(called, whole.index)], name="run"
    )
    lost = len(metrics.columns) - len(whole.columns)
    said = f"{counted(lost, 'benchmark')} left out, which not every run has" if lost else ""
    weights = of_runs.to_numpy(np.float64)
    kept = known[known["column"].isin(whole.columns)]
    return LoggedRuns(
        mixtures=Mixtures(sources=tuple(map(str, of_runs.columns)), shares=weights, metrics=whole),
        directions={str(name): int(sign) for name, sign in kept.groupby("column")["direction"].first().items()},
        alike=len(kept[["measure", "unit", "direction"]].drop_duplicates()) == 1,
        left_out=said,
    )


def tables(runs: Mixtures) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(shares, metrics) in the form of RegMix's files: a column ``index`` that names the runs, then the numbers."""
    index = pd.Index(runs.metrics.index.astype(str), name="index")
    ratios = pd.DataFrame(runs.shares, columns=list(runs.sources), index=index).reset_index()
    return ratios, runs.metrics.set_axis(index).reset_index()
