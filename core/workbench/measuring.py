"""Measures two sets of rows by the same rule, and says whether their difference means anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.features.tokens import compute_tokens
from core.metrics.random_band import RandomBand
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric
from core.progress import Progress, part_of, silent
from core.row_positions import PoolRows
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import DRAWS, MEASURED_TOKENS, Measurer
from core.workbench.row_source import RowSource, ViewOpener
from core.workspace.artefacts import Workspace

UNITS = ("rows", MEASURED_TOKENS)  # the random subsets of a band have the same number of these


@dataclass(frozen=True, eq=False)
class MeasuredRows:
    """A set of rows with the measurer that measures it; ``rows`` are positions in its pool."""

    thing: RowSource
    measurer: Measurer
    rows: PoolRows

    @property
    def whole(self) -> bool:
        """Whether these are all rows of the pool: then there is no random subset to compare with."""
        return len(self.rows) == len(self.measurer.reference)

    @property
    def tokens(self) -> int | None:
        """The number of tokens of the measured component, or None where they are not counted yet."""
        if not self.measurer.reference.has("tokens"):
            return None
        return int(self.measurer.reference.tokens.lengths[self.rows].sum())

    def size(self, unit: str) -> int | None:
        """The number of rows or of measured tokens that a random subset of the same size has."""
        return len(self.rows) if unit == "rows" else self.tokens

    def bands(
        self, names: list[str], *, unit: str, stored_only: bool, progress: Progress = silent
    ) -> dict[str, RandomBand]:
        """The random band of each metric for these rows; no band where they are the whole pool."""
        size = self.size(unit)
        if self.whole or not size:
            return {}
        return self.measurer.band(names, size=size, unit=unit, stored_only=stored_only, progress=progress)


@dataclass(frozen=True, kw_only=True)
class MeasuringSetting:
    """How to measure: the component, the parameters, the seed, the reference.

    ``against`` names a corpus that replaces the pool as the reference of embeddings.
    """

    component: str
    choice: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    seed: int = 0
    against: str = ""

    def see(self, workspace: Workspace, thing: RowSource, opener: ViewOpener | None = None) -> MeasuredRows:
        """The rows of ``thing`` with the measurer of this setting; ``opener`` may return corpora that it caches."""
        choice = FeatureSettings.of(self.choice)
        corpus_view = thing.seen_through(workspace, choice, opener)
        against: CorpusView | None = None
        if self.against:
            other = RowSource(kind="pool", corpus=self.against)
            against = other.seen_through(workspace, choice.with_(component=self.component), opener)
        return MeasuredRows(
            thing, Measurer(corpus_view, self.component, self.parameters, against), thing.rows(corpus_view)
        )


def measure_sources(workspace: Workspace, request: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """The task: {"things", "metrics", "bands": units, "equal": bool} and the fields of MeasuringSetting.

    Each value is stored as it comes, so that a resumed job continues where it stopped. "equal" also measures metrics
    that depend on size on random parts of the larger side, of the size of the smaller. A metric that fails does not
    stop the others: "failed" lists what went wrong, and the next job for it measures it again.
    """
    setting = MeasuringSetting(
        **{name: request[name] for name in MeasuringSetting.__dataclass_fields__ if name in request}
    )
    things = [RowSource.of(values) for values in request["things"]]
    names, units = [metric(name).name for name in request["metrics"]], list(request.get("bands") or ())
    choice = FeatureSettings.of(setting.choice)
    needs = {
        need
        for asked in map(metric, names)
        for need in asked.needs(choice.complete(asked.parameters, setting.parameters.get(asked.name)))
    }
    if "tokens" in needs or MEASURED_TOKENS in units:
        for corpus in {thing.corpus for thing in things}:
            corpus_view = RowSource(kind="pool", corpus=corpus).seen_through(workspace, choice)
            compute_tokens(CorpusText(corpus_view.corpus, setting.component), choice.tokenizer, progress=progress)
    sides = [setting.see(workspace, thing) for thing in things]
    smallest = min(len(side.rows) for side in sides) if request.get("equal") else None
    pairs, steps = [(side, name) for side in sides for name in names], 1 + len(units)
    total, measured, undefined = len(pairs) * steps, 0, 0
    failed: list[str] = []
    for number, (side, name) in enumerate(pairs):
        step = part_of(progress, done=number * steps, total=total, size=steps)
        reading, bands = _measure_one(side, name, seed=setting.seed, units=units, smallest=smallest, progress=step)
        measured += reading.value is not None
        undefined += bool(reading.undefined)
        faults = [reading.failed, *(band.failed for band in bands)]
        failed += [f"{metric(name).title} {words}" for words in faults if words]
    progress(total, max(1, total), "metrics measured")
    return {"measured": measured, "undefined": undefined, "failed": failed}


def _measure_one(
    side: MeasuredRows, name: str, *, seed: int, units: Sequence[str], smallest: int | None, progress: Progress
) -> tuple[Reading, list[RandomBand]]:
    """Measure and store a metric of one side and its random bands; ``smallest`` is the size to which sides are cut."""
    title, steps = metric(name).title, 1 + len(units)
    step = part_of(progress, done=0, total=steps, note=f"metrics measured, now {title}")
    reading = side.measurer.measured(side.rows, [name], seed=seed, progress=step)[name]
    bands: list[RandomBand] = []
    if smallest is not None and metric(name).size_dependent and len(side.rows) > smallest:
        bands += side.measurer.band([name], size=smallest, within=side.rows, progress=step).values()
    for number, unit in enumerate(units, start=1):
        if reading.value is not None:
            step = part_of(progress, done=number, total=steps, note=f"random bands, now {title}")
            bands += side.bands([name], unit=unit, stored_only=False, progress=step).values()
    return reading, bands


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The difference of two readings. ``delta`` is B − A; ``refused`` says why there is none, ``failed`` what broke.

    ``interval`` holds the 95 % interval of the side that had to be made smaller, ``smaller`` the value of the other
    side. ``chance`` is the largest difference of two random subsets of the pool in 95 of 100 cases.
    """

    kind: Literal["as measured", "at equal size", "pending", "refused", "failed"]
    a: float | None = None
    b: float | None = None
    size: int = 0
    interval: tuple[float, float] | None = None
    smaller: float | None = None
    chance: float | None = None
    refused: str = ""
    failed: str = ""

    @property
    def delta(self) -> float | None:
        return None if self.a is None or self.b is None else self.b - self.a

    def more_diverse(self, name: str) -> Literal["A", "B", "alike", "within chance", ""]:
        """Which side is more diverse by the metric ``name``; "" if it has no direction or there is no difference."""
        direction = metric(name).direction
        if self.delta is None or direction == 0:
            return ""
        if self.delta == 0:
            return "alike"
        if self.by_chance:
            return "within chance"
        return "B" if self.delta * direction > 0 else "A"

    @property
    def by_chance(self) -> bool:
        """Whether random rows show such a difference, too.

        At unequal size this means that the smaller side lies within the band of random parts of the larger side.
        """
        if self.chance is not None and self.delta is not None:
            return abs(self.delta) <= self.chance
        if self.interval is None or self.smaller is None:
            return False
        return self.interval[0] <= self.smaller <= self.interval[1]


def read_at_equal_size(a: MeasuredRows, b: MeasuredRows) -> None:
    """Measure and store the instant metrics at the size of the smaller side, for :func:`difference` to read."""
    size = min(len(a.rows), len(b.rows))
    if len(a.rows) == len(b.rows):
        a.bands(instant_names(), unit="rows", stored_only=False)
    names = [name for name in instant_names() if metric(name).size_dependent and metric(name).family != "size"]
    for side in (a, b):
        if len(side.rows) > size:
            side.measurer.band(names, size=size, within=side.rows)


def difference(
    name: str, a: MeasuredRows, b: MeasuredRows, *, readings: tuple[Reading | None, Reading | None]
) -> Difference:
    """The difference of a metric between two sides, or why it means nothing.

    A metric that depends on size is read at the size of the smaller side: the larger side is represented by the mean
    over random parts of itself, which are read from the store; ``pending`` until a job has measured them.
    """
    chosen = metric(name)
    first, second = readings
    if first is None or second is None:
        return Difference(kind="pending")
    for side, reading in (("A", first), ("B", second)):
        if reading.failed:
            return Difference(kind="failed", failed=f"{side} {reading.failed}")
        if reading.value is None:
            why = reading.undefined.removeprefix("undefined because ")
            return Difference(kind="refused", refused=f"{side} is undefined: {why}")
    if a.measurer.address(name) != b.measurer.address(name):
        through = f"A is read as {a.measurer.address(name)}, B as {b.measurer.address(name)}"
        return Difference(kind="refused", refused=f"not the same scale: {through}")
    needs = chosen.needs(a.measurer.parameters(name))
    if "reference" in needs and not _same_reference(a, b, needs):
        return Difference(
            kind="refused", refused="each is compared with its own pool: choose one corpus as the reference"
        )
    if "clusters" in needs and a.measurer.measured_view.keys.get("clusters") != b.measurer.measured_view.keys.get(
        "clusters"
    ):
        return Difference(kind="refused", refused="the clusters of two corpora are not the same clusters")
    if not chosen.size_dependent or len(a.rows) == len(b.rows) or chosen.family == "size":
        return Difference(kind="as measured", a=first.value, b=second.value, chance=_chance(name, a, b))
    size = min(len(a.rows), len(b.rows))
    larger = a if len(a.rows) > size else b
    thinned = larger.measurer.band([name], size=size, within=larger.rows, stored_only=True).get(name)
    if thinned is None:
        return Difference(kind="pending")
    side = "A" if larger is a else "B"
    if thinned.failed:
        return Difference(kind="failed", failed=f"{side} at the size of the other {thinned.failed}")
    if thinned.span is None:
        return Difference(kind="refused", refused=f"{side} at the size of the other is {thinned.undefined}")
    mean, low, high = thinned.span
    a_value, b_value = (mean, second.value) if larger is a else (first.value, mean)
    smaller = second.value if larger is a else first.value
    return Difference(kind="at equal size", a=a_value, b=b_value, size=size, interval=(low, high), smaller=smaller)


def _chance(name: str, a: MeasuredRows, b: MeasuredRows) -> float | None:
    """By how much two random subsets differ: the half-width of the stored band times √2 / √(1 + 1/draws)."""
    if len(a.rows) != len(b.rows) or a.measurer.pool_digest != b.measurer.pool_digest:
        return None
    band = a.bands([name], unit="rows", stored_only=True).get(name)
    if band is None or band.span is None:
        return None
    _, low, high = band.span
    return (high - low) / 2 * float(np.sqrt(2 / (1 + 1 / DRAWS)))


def _same_reference(a: MeasuredRows, b: MeasuredRows, needs: Any) -> bool:
    return np.array_equal(a.measurer.compared(needs).ids, b.measurer.compared(needs).ids)
