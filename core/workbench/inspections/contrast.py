"""A against B: which kinds of rows differ in share between two subsets, and how far apart their metrics are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.special import xlogy

from core.counted import counted
from core.metrics.metric import Measuring, Metric
from core.metrics.reading import Reading
from core.metrics.registry import measure, metric
from core.progress import Progress, silent
from core.row_positions import CorpusRows, PoolRows, places_of
from core.several import coded, entries_of
from core.view import TypeRows, View
from core.workbench.corpus_view import CorpusView
from core.workbench.readings import Measurer

HALVES = 20  # random halves from which an interval is computed
MANY = 2_000  # a column with more values is not used as a grouping
COLUMNS = ("kind", "value", "rows_a", "rows_b", "share_a", "share_b", "surprise", "z", "p", "q")


@dataclass(frozen=True, eq=False)
class Sides:
    """The row ids of two subsets, split into those only in A, only in B, and in both."""

    only_a: NDArray[np.uint64]
    only_b: NDArray[np.uint64]
    both: NDArray[np.uint64]

    @property
    def jaccard(self) -> float:
        union = len(self.only_a) + len(self.only_b) + len(self.both)
        return len(self.both) / union if union else 1.0


def sides(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> Sides:
    """The rows only in A and only in B, each in the order of its choice, and those in both."""
    return Sides(a[~np.isin(a, b)], b[~np.isin(b, a)], np.intersect1d(a, b))


def surprise(
    rows_a: NDArray[np.int64], rows_b: NDArray[np.int64], *, total_a: int, total_b: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How surprising each kind's share in A is compared with its share in B: (signed log-likelihood ratio, z, p).

    ``rows_a`` and ``rows_b`` (kinds,) count rows of a kind among ``total_a`` and ``total_b`` rows. The ratio is
    G² of the 2×2 table (rows of the kind or not, A or B), its sign that of share A − share B; z is that of the
    difference of two proportions with pooled variance; p is two-sided, of G² on one degree of freedom. Rows in
    both subsets count on both sides, which makes the test conservative. G² grows with the rows: a share that
    doubles from 1 to 2 of 100 is hardly surprising, from 100 to 200 of 10,000 very.
    Source: Dunning 1993 for G² on rare events; z as in any textbook.
    """
    a, b = np.asarray(rows_a, dtype=np.float64), np.asarray(rows_b, dtype=np.float64)
    if total_a <= 0 or total_b <= 0:
        nothing = np.zeros(len(a))
        return nothing, nothing.copy(), np.ones(len(a))
    both = a + b
    share = both / (total_a + total_b)
    observed = np.stack([a, b, total_a - a, total_b - b])  # (4, kinds)
    expected = np.stack([total_a * share, total_b * share, total_a * (1 - share), total_b * (1 - share)])
    safe = np.where(expected > 0, expected, 1.0)
    ratio = np.maximum(2 * xlogy(observed, np.where(observed > 0, observed / safe, 1.0)).sum(axis=0), 0.0)
    gap = a / total_a - b / total_b
    variance = share * (1 - share) * (1 / total_a + 1 / total_b)
    z = np.divide(gap, np.sqrt(variance), out=np.zeros_like(gap), where=variance > 0)
    return np.sign(gap) * ratio, z, stats.chi2.sf(ratio, 1)


def shifts(groupings: Mapping[str, TypeRows], *, a: CorpusRows, b: CorpusRows) -> pd.DataFrame:
    """Every kind of row whose share differs between A and B, the most surprising first: columns ``COLUMNS``.

    ``groupings`` maps a heading ("cluster", "tag", "source") to the types that each row of the corpus carries; ``a``
    and ``b`` are positions in the corpus. ``q`` is p after Benjamini and Hochberg over all lines: the expected share of
    false discoveries among the lines up to this one.
    """
    parts = []
    for heading, types in groupings.items():
        counts_a = np.asarray(types.matrix[a].sum(axis=0)).ravel().astype(np.int64)
        counts_b = np.asarray(types.matrix[b].sum(axis=0)).ravel().astype(np.int64)
        there = np.flatnonzero(counts_a + counts_b)
        ratio, z, p = surprise(counts_a[there], counts_b[there], total_a=len(a), total_b=len(b))
        parts.append(
            pd.DataFrame(
                {
                    "kind": heading,
                    "value": [types.names[place] for place in there.tolist()],
                    "rows_a": counts_a[there],
                    "rows_b": counts_b[there],
                    "share_a": counts_a[there] / max(1, len(a)),
                    "share_b": counts_b[there] / max(1, len(b)),
                    "surprise": ratio,
                    "z": z,
                    "p": p,
                }
            )
        )
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    table["q"] = stats.false_discovery_control(table["p"]) if len(table) else []
    order = np.lexsort((table["value"], table["kind"], -np.abs(table["surprise"].to_numpy())))
    return table.iloc[order].reset_index(drop=True)[list(COLUMNS)]


def groupings(corpus_view: CorpusView, *, titles: Mapping[int, str] | None = None) -> dict[str, TypeRows]:
    """The groupings of the corpus's rows: by cluster, tag, every column with few values, and tenths of length.

    ``titles`` names clusters; noise is a group of its own. Lengths are in tokens where they are counted, else in
    characters, and are cut at the corpus's own tenths.
    """
    view, offered = corpus_view.whole, {}
    if view.has("clusters"):
        labels = np.asarray(view.clusters)
        kinds, places = np.unique(labels, return_inverse=True)
        named = [(titles or {}).get(kind, f"cluster {kind}") if kind >= 0 else "noise" for kind in kinds.tolist()]
        offered["cluster"] = _of_cells(places, named)
    if view.has("tags"):
        offered["tag"] = view.tags
    for column in view.columns:
        values = view.column(column)
        if values.dtype.kind in "iuf":
            continue
        labelled = of_words(values)
        if 1 < len(labelled.names) <= MANY:
            offered[column] = labelled
    if view.has("tokens"):
        offered["length"] = of_lengths(np.asarray(view.tokens.lengths), unit="tokens")
    else:
        offered["length"] = of_lengths(corpus_view.lengths("characters"), unit="characters")
    return offered


def of_words(values: NDArray[Any]) -> TypeRows:
    """The words of a column (rows,) of text: several where a cell holds several, "none" where it holds none."""
    places, cells = coded(values)
    return _of_cells(places, ["none" if cell is None else cell for cell in cells])


def _of_cells(places: NDArray[np.int64], cells: Sequence[Any]) -> TypeRows:
    """The words of the cell ``cells[places]`` that each row has, ``places`` (rows,)."""
    names, rows, words = entries_of(places, cells)
    ones = np.ones(len(rows), dtype=np.int8)
    return TypeRows(sparse.csr_matrix((ones, (rows, words)), shape=(len(places), len(names))), names)


def of_lengths(lengths: NDArray[np.int64], *, unit: str) -> TypeRows:
    """One type for each row: the tenth of all rows into which its length falls; equal tenths are merged."""
    cuts = np.unique(np.quantile(lengths, np.linspace(0, 1, 11), method="inverted_cdf")).astype(np.int64)
    bottoms = np.concatenate(([cuts[0]], cuts[:-1] + 1))
    places = np.searchsorted(cuts, lengths)
    names = [f"{low:,}–{high:,} {unit}" if low < high else f"{high:,} {unit}" for low, high in zip(bottoms, cuts)]
    ones = np.ones(len(lengths), dtype=np.int8)
    return TypeRows(
        sparse.csr_matrix((ones, places, np.arange(len(lengths) + 1)), shape=(len(lengths), len(names))), names
    )


def metric_gaps(
    measurer: Measurer, names: Sequence[str], *, a: PoolRows, b: PoolRows, seed: int = 0, progress: Progress = silent
) -> pd.DataFrame:
    """Each metric on A, on B, and the gap B − A with its 95 % interval; ``a`` and ``b`` are positions in the pool.

    The interval comes from :data:`HALVES` random halves of the rows: the spread of a statistic over halves drawn
    without replacement is its standard error on all rows (the delete-half jackknife). Rows drawn twice, as by the
    bootstrap, would make every subset look less diverse. A row in both subsets is in both halves or in neither. A
    metric that depends on size is read at the smaller size: the larger side is thinned with the seeds of the same
    halves. Columns metric, title, unit, direction, a, b, gap, low, high, note.
    """
    generator = np.random.default_rng(seed)
    a, b = PoolRows(np.sort(a)), PoolRows(np.sort(b))  # in row-id order any prefix is a random sample
    size = min(len(a), len(b))
    thin_a, thin_b = _thinned(generator, a, size), _thinned(generator, b, size)
    union = PoolRows(np.union1d(a, b))
    halves = [_half(generator, len(union)) for _ in range(HALVES)]
    lines, compared = [], []
    steps = 1 + HALVES
    whole, fair = _Views(measurer, a, b), _Views(measurer, thin_a, thin_b)
    for name in names:
        found = metric(name)
        thinned = found.size_dependent and len(a) != len(b)
        first, second = (fair if thinned else whole).read(found)
        line = {
            "metric": name, "title": found.title, "unit": found.unit, "direction": found.direction,
            "a": _number(first), "b": _number(second), "gap": np.nan, "low": np.nan, "high": np.nan,
            "note": first.why or second.why or (f"both at {counted(size, 'row')}" if thinned else ""),
        }  # fmt: skip
        if first.value is not None and second.value is not None:
            line["gap"] = gap = second.value - first.value
            compared.append((line, gap, found, thinned))
        lines.append(line)
    gaps: list[list[float]] = [[] for _ in compared]
    for done, half in enumerate(halves, start=1):
        progress(done, steps, "halves of the rows measured")
        # All metrics are measured on the same views, so that the rows of a half are gathered once.
        whole, fair = (_Views(measurer, *_within(union[half], *rows)) for rows in ((a, b), (thin_a, thin_b)))
        for (_, _, found, thinned), known in zip(compared, gaps, strict=True):
            first, second = (fair if thinned else whole).read(found)
            if first.value is not None and second.value is not None:
                known.append(second.value - first.value)
    for (line, gap, _, _), known in zip(compared, gaps, strict=True):
        if len(known) == HALVES:
            reach = float(stats.t.ppf(0.975, HALVES - 1)) * float(np.std(known, ddof=1))
            line["low"], line["high"] = gap - reach, gap + reach
    progress(steps, steps, "halves of the rows measured")
    return pd.DataFrame(lines)


@dataclass(eq=False)
class _Views:
    """Two sides to measure: as they are, and for metrics that depend on size cut to the size of the smaller one."""

    measurer: Measurer
    a: PoolRows
    b: PoolRows

    def read(self, metric: Metric) -> tuple[Reading, Reading]:
        parameters, reference = self.measurer.parameters(metric.name), self.measurer.reference
        first, second = (
            measure(metric.name, Measuring(view=view, reference=reference, parameters=parameters))
            for view in (self._cut if metric.size_dependent else self._whole)
        )
        return first, second

    @cached_property
    def _whole(self) -> tuple[View, View]:
        return self.measurer.view(self.a), self.measurer.view(self.b)

    @cached_property
    def _cut(self) -> tuple[View, View]:
        size = min(len(self.a), len(self.b))
        first, second = self._whole
        return (
            first if size == len(self.a) else self.measurer.view(PoolRows(self.a[:size])),
            second if size == len(self.b) else self.measurer.view(PoolRows(self.b[:size])),
        )


def _half(generator: np.random.Generator, rows: int) -> NDArray[np.bool_]:
    """(rows,) a random half of them."""
    inside = np.zeros(rows, dtype=np.bool_)
    inside[generator.permutation(rows)[: rows // 2]] = True
    return inside


def _within(kept: NDArray[np.int64], a: PoolRows, b: PoolRows) -> tuple[PoolRows, PoolRows]:
    """The rows of ``a`` and of ``b`` that are among ``kept``; all three ascending."""
    return PoolRows(a[places_of(a, among=kept) >= 0]), PoolRows(b[places_of(b, among=kept) >= 0])


def _thinned(generator: np.random.Generator, rows: PoolRows, size: int) -> PoolRows:
    return rows if len(rows) <= size else PoolRows(np.sort(generator.permutation(np.sort(rows))[:size]))


def _number(reading: Reading) -> float:
    return np.nan if reading.value is None else float(reading.value)
