"""Every metric on every saved subset with its random band: what is missing, a job that measures it, and the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from core.corpus.store import open_corpus
from core.errors import Cancelled, DiverscopeError
from core.metrics.address import parts_of, said_once
from core.metrics.registry import metric, metrics
from core.progress import Progress, part_of, silent
from core.workbench.build import open_recipe
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison
from core.workbench.inspections.comparison import FACTS, MEASURED_ON, FeaturesOf, attempt_with
from core.workbench.measuring_time import MeasuringEstimate, measuring_time
from core.workbench.readings import DRAWS, Measurer
from core.workbench.subsets import Subset, open_subset
from core.workbench.tasks.feature_requests import compute_feature
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest

COMPUTED = ("tokens", "embeddings")  # features that the job can compute first
COLUMNS = (
    "address", "metric", "component", "direction", "subset", "key", "value", "random", "low", "high", "place",
)  # fmt: skip
ABOVE, BELOW = "↑", "↓"  # beside a value that lies outside its random band


@dataclass(frozen=True, kw_only=True)
class MissingReadings:
    """What of the table is not measured: keys of subsets, whether values or bands, and how long it may take."""

    subsets: tuple[str, ...]
    values: int  # of a metric on a component of a subset
    bands: int
    time: MeasuringEstimate

    def __bool__(self) -> bool:
        return bool(self.subsets)


def banded_names() -> list[str]:
    """The metrics that have a band in the table: those that are not too costly for twenty random subsets each."""
    return [name for name, chosen in metrics().items() if not chosen.costly]


def missing_readings(
    workspace: Workspace, subsets: Sequence[Subset], names: Sequence[str], *, bands: Sequence[str]
) -> MissingReadings:
    """What of the metrics ``names``, and of the bands of ``bands``, no job has tried yet; deleted corpora are left out.

    An attempt that gave no value counts as tried until a feature is computed: :func:`comparison.missing`.
    """
    gone, features_of = comparison.without_corpus(workspace, subsets), FeaturesOf(workspace)
    keys: list[str] = []
    work: list[tuple[str, int, int]] = []
    counts = [0, 0]
    for subset in subsets:
        if subset.key in gone:
            continue
        before = len(work)
        for component in MEASURED_ON:
            there = features_of(subset, component)
            asked = comparison.asked_of(workspace, subset, component)
            drawn = _drawn(workspace, subset, component)["asked"]
            lacking = [name for name in names if asked.get(name) != attempt_with(name, there)]
            undrawn = [name for name in bands if drawn.get(name) != attempt_with(name, there)]
            counts[0] += len(lacking)
            counts[1] += len(undrawn)
            work += [(name, subset.rows, 1) for name in lacking] + [(name, subset.rows, DRAWS) for name in undrawn]
        if len(work) > before:
            keys.append(subset.key)
    return MissingReadings(
        subsets=tuple(sorted(keys)), values=counts[0], bands=counts[1], time=measuring_time(workspace, work)
    )


def lacking_features(workspace: Workspace, subsets: Sequence[Subset]) -> list[str]:
    """The features of :data:`COMPUTED` that are not computed for a component of some subset."""
    gone, features_of = comparison.without_corpus(workspace, subsets), FeaturesOf(workspace)
    there = [
        {*features_of(subset, component)} for subset in subsets if subset.key not in gone for component in MEASURED_ON
    ]
    return [feature for feature in COMPUTED if any(feature not in known for known in there)]


def measure_every(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"subsets": keys, "metrics": names, "bands": names, "features": of COMPUTED, "situation"}.

    First the features, then the values (:func:`comparison.measure`), then the bands: :data:`DRAWS` random subsets of as
    many rows from the same pool. All is stored as it comes, so that a resumed job goes on where it was. "failed" says
    why a subset could not be measured, and why a feature could not be computed.
    """
    troubles: dict[str, str] = {}
    subsets = list(_opened(workspace, request["subsets"], troubles))
    for feature in request.get("features", ()):
        for view in _views(workspace, subsets):
            if not view.whole.has(feature):
                try:
                    compute_feature(view, feature, progress=progress)
                except Cancelled:
                    raise
                except DiverscopeError as error:
                    troubles[feature] = str(error)
    asked = {"subsets": [subset.key for subset in subsets], "metrics": list(request["metrics"])}
    names = list(request.get("bands", ()))
    share = 1 / (1 + DRAWS) if names else 1.0  # of the whole work that the values are
    measured = comparison.measure(workspace, asked, part_of(progress, done=0, total=1, size=share))
    views: dict[str, CorpusView] = {}
    measurers: dict[tuple[str, str], Measurer] = {}
    for done, subset in enumerate(subsets if names else ()):
        band_share = (1 - share) / len(subsets)
        drawing = part_of(progress, done=share + done * band_share, total=1, size=band_share)
        try:
            place = digest([subset.recipe.corpus, dict(subset.recipe.pool), dict(subset.recipe.choice)])
            if place not in views:
                views[place] = open_recipe(workspace, replace(subset.recipe, given=""))
            for component in MEASURED_ON:
                if (place, component) not in measurers:
                    measurers[place, component] = Measurer(views[place], component)
                _draw(workspace, subset, measurers[place, component], names, drawing)
        except Cancelled:
            raise
        except DiverscopeError as error:
            troubles[subset.key] = str(error)
    return {"measured": measured["measured"], "failed": {**measured["failed"], **troubles}}


def metric_table(
    workspace: Workspace, subsets: Sequence[Subset], readings: pd.DataFrame, *, components: Sequence[str] = MEASURED_ON
) -> pd.DataFrame:
    """A row for each metric address and subset that has a value: the table in long form.

    In the registry's order. Columns :data:`COLUMNS`: ``metric`` is a title, ``subset`` a name, ``random`` the mean of
    random subsets, ``place`` "above", "below", "inside", or "" without a band. ``readings``:
    :func:`comparison.readings_table` of ``subsets``.
    """
    bands = {
        subset.key: {
            address: span
            for component in MEASURED_ON
            for address, span in _drawn(workspace, subset, component)["bands"].items()
        }
        for subset in subsets
    }
    names = {subset.key: subset.name for subset in subsets}
    addresses = [str(name) for name in readings.columns[len(FACTS) :]]
    known = {address: parts for address in addresses if (parts := parts_of(address)) is not None}
    lenses = {through for _, _, through in known.values() if through}
    order = {name: place for place, name in enumerate(metrics())}
    rows = []
    for address in sorted(known, key=lambda name: (order.get(known[name][1].name, len(order)), name)):
        component, measured, through = known[address]
        if component and component not in components:
            continue
        title = measured.title + (f" · {through}" if through and len(lenses) > 1 else "")
        on = "" if measured.of_rows else component
        for key, value in zip(readings["key"], readings[address]):
            if key in names and np.isfinite(value):
                span = bands[key].get(address) or (np.nan, np.nan, np.nan)
                rows.append((address, title, on, int(measured.direction), names[key], key, float(value), *span,
                             _place(value, span)))  # fmt: skip
    columns = [
        "address",
        "metric",
        "component",
        "direction",
        "subset",
        "key",
        "value",
        "random",
        "low",
        "high",
        "place",
    ]
    return pd.DataFrame(rows, columns=columns)


def _place(value: float, span: Sequence[float]) -> str:
    """Where a value lies relative to its band (mean, low, high); "" without one."""
    _, low, high = span
    return "" if not np.isfinite(low) else "below" if value < low else "above" if value > high else "inside"


def wide_table(table: pd.DataFrame, *, texts: bool) -> pd.DataFrame:
    """:func:`metric_table` with a row for each metric and columns for each subset, in their order.

    With ``texts`` a subset has one column: "4.21 ↑ (3.9 to 4.1)". Otherwise it has its value and, where any band is
    drawn, the mean and the ends of the band, as numbers for a CSV file.
    """
    names = _column_names(table)
    addresses = table.drop_duplicates("address").set_index("address")
    made = addresses[["metric", "component"]].assign(address=addresses.index)
    marks = {"above": f" {ABOVE}", "below": f" {BELOW}"}
    columns: dict[str, pd.Series] = {}
    for key, name in names.items():
        part = table[table["key"] == key].set_index("address")
        if texts:
            columns[name] = pd.Series(
                {
                    address: f"{row['value']:.4g}{marks.get(row['place'], '')}"
                    + (f" ({row['low']:.4g} to {row['high']:.4g})" if np.isfinite(row["low"]) else "")
                    for address, row in part.to_dict("index").items()
                },
                dtype=object,
            )
            continue
        columns[name] = part["value"]
        if part["low"].notna().any():
            columns |= {f"{name}, {word}": part[word] for word in ("random", "low", "high")}
    return made.join(pd.DataFrame(columns, index=made.index)).reset_index(drop=True)


def _column_names(table: pd.DataFrame) -> dict[str, str]:
    """{key: name} of the subsets; a name that several have is followed by the start of the key."""
    named = table.drop_duplicates("key").set_index("key")["subset"]
    count = Counter(named)
    return {str(key): f"{name} · {str(key)[:6]}" if count[name] > 1 else str(name) for key, name in named.items()}


def _opened(workspace: Workspace, keys: Sequence[str], troubles: dict[str, str]) -> Iterator[Subset]:
    for key in keys:
        try:
            yield open_subset(workspace, key)
        except DiverscopeError as error:
            troubles[key] = str(error)


def _views(workspace: Workspace, subsets: Sequence[Subset]) -> Iterator[CorpusView]:
    """The corpus of each subset on each component, once for each choice of settings."""
    seen: set[str] = set()
    for subset in subsets:
        for component in MEASURED_ON:
            choice = FeatureSettings.of(subset.recipe.choice).with_(component=component)
            named = digest([subset.recipe.corpus, choice.as_dict()])
            if named not in seen:
                seen.add(named)
                yield CorpusView(workspace, open_corpus(workspace, subset.recipe.corpus), choice)


def _draw(workspace: Workspace, subset: Subset, measurer: Measurer, names: Sequence[str], progress: Progress) -> None:
    """Draw the bands of ``names`` that no attempt was made at, and store each as it comes."""
    there = FeaturesOf(workspace)(subset, measurer.component)
    drawn = _drawn(workspace, subset, measurer.component)
    for done, name in enumerate(names):
        progress(done, len(names), f"random bands, now {metric(name).title}")
        if drawn["asked"].get(name) == attempt_with(name, there):
            continue
        whole = subset.rows >= len(measurer.reference)  # then a random subset is the subset
        band = {} if whole else measurer.band([name], size=subset.rows)
        address = said_once(measurer.address(name))
        drawn["bands"].pop(address, None)
        if name in band and band[name].failed:
            continue
        if name in band and (span := band[name].span):
            drawn["bands"][address] = list(span)
        drawn["asked"][name] = attempt_with(name, there)
        values.put(workspace, _key(subset, measurer.component), drawn)


def _drawn(workspace: Workspace, subset: Subset, component: str) -> dict[str, dict[str, Any]]:
    """The stored bands of a subset: (mean, low, high) by address, and by name the attempts."""
    parts = values.get(workspace, _key(subset, component)) or {}
    return {part: dict(parts.get(part, {})) for part in ("bands", "asked")}


def _key(subset: Subset, component: str) -> str:
    return digest({"bands of a subset": 1, "subset": subset.key, "component": component})
