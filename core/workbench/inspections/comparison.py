"""Every saved subset with every metric, for the Compare page: a job measures them and stores a row for each subset."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pandas as pd

from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.counted import counted
from core.errors import Cancelled, DiverscopeError
from core.evidence.entries import LoggedSubset as LoggedSubset
from core.evidence.entries import Origin
from core.evidence.ledger import append
from core.features.tokens import compute_tokens
from core.jobs.supervisor import build
from core.metrics.address import parts_of, said_once
from core.metrics.reading import Reading
from core.metrics.registry import instant_names, metric, metrics
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.workbench.build import open_recipe
from core.workbench.corpus_view import CorpusView, feature_keys
from core.workbench.feature_settings import FeatureSettings
from core.workbench.measuring_time import note_time
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.studies.study_run import family
from core.workbench.subsets import Subset, open_subset
from core.workbench.tasks import loading as corpus_tasks
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest, digest_ids

MEASURED_ON = ("instruction", "response")
FAULT_BEFORE = "undefined because it could not be computed here"  # how version 0.1 stored a fault of the program
FACTS = ("subset", "key", "name", "series", "level", "size", "component", "strategy", "study", "corpus")


def readings_table(workspace: Workspace, subsets: Sequence[Subset]) -> pd.DataFrame:
    """A row for each subset: FACTS, and a column for each metric address that was measured on any of them.

    ``series`` is :attr:`core.workbench.recipe.Recipe.series`, so levels chosen with other pins are another series.
    ``level`` is the slider's position in per cent if its series has at least two different subsets. It is NaN if the
    subset is the only one, or every position gives the same rows (random): then there is no scale. Values of an older
    version of a metric are not shown.
    """
    members: dict[str, set[str]] = {}
    for subset in subsets:
        members.setdefault(subset.recipe.series, set()).add(subset.digest)
    studies = family(workspace, subsets)
    corpora = {info.id: info.name for info in list_corpora(workspace)}
    rows = []
    for subset in subsets:
        recipe = subset.recipe
        levelled = len(members[recipe.series]) > 1
        row: dict[str, Any] = {
            "subset": subset.digest,
            "key": subset.key,
            "name": subset.name,
            "series": recipe.series,
            "level": 100 * recipe.position if levelled else np.nan,
            "size": recipe.size if recipe.unit == "rows" else subset.rows,
            "component": str(dict(recipe.choice).get("component", "response")),
            "strategy": recipe.strategy,
            "study": studies.get(subset.key, ""),
            "corpus": corpora.get(recipe.corpus, ""),
        }
        for component in MEASURED_ON:
            row |= _read(workspace, subset, component)
        rows.append(row)
    addresses = sorted({name for row in rows for name in row} - set(FACTS))
    table = pd.DataFrame(rows, columns=[*FACTS, *addresses])
    return table.astype({"level": "float64", **dict.fromkeys(addresses, "float64")})


def missing(workspace: Workspace, subsets: Sequence[Subset], names: Sequence[str]) -> list[str]:
    """Keys of the subsets for which a metric of ``names`` is not measured yet, on either component, but can be.

    A metric that failed counts as not measured. A subset whose corpus is in the trash cannot be measured until it is
    back: see :func:`without_corpus`.
    """
    keys = []
    waiting = without_corpus(workspace, subsets)
    features_of = FeaturesOf(workspace)
    for subset in subsets:
        if subset.key in waiting:
            continue
        for component in MEASURED_ON:
            asked = _kept(workspace, subset, component)["asked"]
            features = features_of(subset, component)
            if any(asked.get(name) != attempt_with(name, features) for name in names):
                keys.append(subset.key)
                break
    return sorted(keys)


def without_corpus(workspace: Workspace, subsets: Iterable[Subset]) -> frozenset[str]:
    """Keys of the subsets whose corpus is deleted: what was measured of them stays, and no more can be."""
    there = set(workspace.keys("corpora"))
    return frozenset(subset.key for subset in subsets if subset.recipe.corpus not in there)


def situation(workspace: Workspace, subsets: Iterable[Subset]) -> str:
    """A digest of the program's versions and the subsets' features; while it is unchanged, a job need not run again."""
    features_of = FeaturesOf(workspace)
    features = [
        [subset.key, component, features_of(subset, component)] for subset in subsets for component in MEASURED_ON
    ]
    return digest([build(), features])


def failures(workspace: Workspace, subsets: Iterable[Subset], names: Sequence[str]) -> list[str]:
    """A line for each metric and reason: "Radius failed: …, on 3 subsets"; the last attempt counts."""
    failed_on: dict[tuple[str, str], set[str]] = {}
    for subset in subsets:
        for component in MEASURED_ON:
            for name, words in _kept(workspace, subset, component)["failed"].items():
                if name in names:
                    failed_on.setdefault((name, words), set()).add(subset.key)
    return [
        f"{metric(name).title} {words} (on {counted(len(keys), 'subset')})" for (name, words), keys in failed_on.items()
    ]


def directions(addresses: Sequence[str]) -> dict[str, int]:
    """Whether a higher value is more diverse (+1) or less (−1), by metric address; 0 for unknown metrics."""
    parts_by_address = {address: parts_of(address) for address in addresses}
    return {address: int(parts[1].direction) if parts else 0 for address, parts in parts_by_address.items()}


def title(address: str) -> str:
    """The name of a metric address in a selector: its title, its component, and its tokenizer or embedder."""
    parts = parts_of(address)
    if parts is None or not parts[0]:
        return address
    component, measured, through = parts
    told = [measured.title, "" if measured.of_rows else component, through]
    return " · ".join(part for part in told if part)


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"subsets": keys, "metrics": names, or [] for the instant ones}. Each subset is stored when it is done.

    "situation" (see :func:`situation`) distinguishes requests that are made at different times. An undefined metric is
    not measured again until a feature is computed or its version changes; the reason is stored. A metric that fails
    does not stop the others; what went wrong is stored until it is measured. "failed" names the subsets that could not
    be opened, with the reason.
    """
    names = list(request.get("metrics") or instant_names())
    views: dict[str, CorpusView] = {}
    measurers: dict[tuple[str, str], Measurer] = {}
    keys = list(request["subsets"])
    failed: dict[str, str] = {}
    for done, key in enumerate(keys):
        progress(done, len(keys), "subsets measured")
        try:
            subset = open_subset(workspace, key)
            recipe = subset.recipe
            # Subsets of the same pool and settings share their features, which are loaded once.
            place = digest([recipe.corpus, dict(recipe.pool), dict(recipe.choice)])
            if place not in views:
                views[place] = open_recipe(workspace, replace(recipe, given=""))
            corpus_view = views[place]
            rows = corpus_view.pool_positions_of(np.sort(subset.ids))
            for component in MEASURED_ON:
                if (place, component) not in measurers:
                    measurers[place, component] = Measurer(corpus_view, component)
                _measure(workspace, subset, measurers[place, component], rows=rows, names=names, progress=progress)
        except Cancelled:
            raise
        except DiverscopeError as error:
            failed[key] = str(error)
    progress(len(keys), max(1, len(keys)), "subsets measured")
    return {"measured": len(keys) - len(failed), "failed": failed}


def _measure(
    workspace: Workspace,
    subset: Subset,
    measurer: Measurer,
    *,
    rows: PoolRows,
    names: Sequence[str],
    progress: Progress,
) -> None:
    kept = _kept(workspace, subset, measurer.component)
    there = FeaturesOf(workspace)(subset, measurer.component)
    wanted = [name for name in names if kept["asked"].get(name) != attempt_with(name, there)]
    if not wanted:
        return
    quick = [name for name in wanted if metric(name).instant]
    readings = measurer.measured(rows, quick)
    for name in wanted:
        if name not in readings:  # one after the other, so that each tells how long it takes
            started = time.perf_counter()
            readings |= measurer.measured(rows, [name], progress=progress)
            if readings[name].value is not None:
                note_time(workspace, name, rows=len(rows), seconds=time.perf_counter() - started)
    for name, reading in readings.items():
        address = measurer.address(name)
        if reading.failed:
            kept["failed"][name] = reading.failed
            continue
        kept["failed"].pop(name, None)
        kept["asked"][name] = attempt_with(name, there)
        kept["values"].pop(address, None)
        kept["undefined"].pop(address, None)
        if reading.value is None:
            kept["undefined"][address] = reading.undefined
        else:
            kept["values"][address] = {"value": reading.value, "metric": name, "version": metric(name).version}
    values.put(workspace, _key(subset, measurer.component), kept)


def keep_readings(
    workspace: Workspace, subset: Subset, component: str, readings: Mapping[str, tuple[str, Reading]]
) -> None:
    """Keep readings of a subset that were made otherwise than by its own settings: {address: (metric, reading)}."""
    kept = _kept(workspace, subset, component)
    for address, (name, reading) in readings.items():
        kept["values"].pop(address, None)
        kept["undefined"].pop(address, None)
        if reading.value is not None:
            kept["values"][address] = {"value": reading.value, "metric": name, "version": metric(name).version}
        else:
            kept["undefined"][address] = reading.why
    values.put(workspace, _key(subset, component), kept)


def measured_through(workspace: Workspace, subset: Subset, through: str) -> bool:
    """Whether any value of the subset was read through the tokenizer or embedder that addresses call ``through``."""
    return any(
        address.endswith(f"@{through}")
        for component in MEASURED_ON
        for address in _kept(workspace, subset, component)["values"]
    )


def _kept(workspace: Workspace, subset: Subset, component: str) -> dict[str, dict[str, Any]]:
    """What is stored of a subset: values and reasons by address; by name, the attempts and the last failures."""
    parts = values.get(workspace, _key(subset, component)) or {}
    kept = {part: dict(parts.get(part, {})) for part in ("values", "undefined", "asked", "failed")}
    for address, words in kept["undefined"].items():
        measured = parts_of(address)
        if words.startswith(FAULT_BEFORE) and measured is not None:
            kept["asked"].pop(measured[1].name, None)
    return kept


def _read(workspace: Workspace, subset: Subset, component: str) -> dict[str, float]:
    kept, known = _kept(workspace, subset, component), metrics()
    return {
        said_once(address): float(measured["value"])
        for address, measured in kept["values"].items()
        if measured["metric"] in known and known[measured["metric"]].version == measured["version"]
    }


def asked_of(workspace: Workspace, subset: Subset, component: str) -> dict[str, str]:
    """By name of a metric, what its last attempt on a subset depended on; see :func:`attempt_with`."""
    return dict(_kept(workspace, subset, component)["asked"])


def why_undefined(workspace: Workspace, subsets: Iterable[Subset], names: Sequence[str]) -> list[str]:
    """A line for each reason why metrics have no value: "NovelSum, Vendi score: it needs … (on 3 subsets)"."""
    lacking: dict[str, tuple[set[str], set[str]]] = {}
    for subset in subsets:
        for component in MEASURED_ON:
            for address, words in _kept(workspace, subset, component)["undefined"].items():
                measured = parts_of(address)
                if measured is not None and measured[1].name in names:
                    of_metrics, of_subsets = lacking.setdefault(words, (set(), set()))
                    of_metrics.add(measured[1].title)
                    of_subsets.add(subset.key)
    return [
        f"{', '.join(sorted(titles))}: {words} (on {counted(len(keys), 'subset')})"
        for words, (titles, keys) in sorted(lacking.items(), key=lambda reason: -len(reason[1][0]))
    ]


class FeaturesOf:
    """The features of a component that are computed with a subset's own settings.

    Thousands of subsets have one corpus and one choice of settings: each is looked at once.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[tuple[str, str, bytes], list[str]] = {}

    def __call__(self, subset: Subset, component: str) -> list[str]:
        recipe = subset.recipe
        asked = recipe.corpus, component, orjson.dumps(dict(recipe.choice), option=orjson.OPT_SORT_KEYS)
        if asked not in self._known:
            self._known[asked] = self._computed(recipe, component)
        return self._known[asked]

    def _computed(self, recipe: Recipe, component: str) -> list[str]:
        choice = FeatureSettings.of(recipe.choice).with_(component=component)
        try:
            keys = feature_keys(open_corpus(self._workspace, recipe.corpus), choice)
        except DiverscopeError:  # the corpus was deleted together with its features
            return []
        return sorted(name for name, key in keys.items() if self._workspace.has("features", key))


def attempt_with(name: str, features: Sequence[str]) -> str:
    """A digest of what an attempt to measure depends on; when it changes, another attempt is made."""
    return f"{metric(name).version}:{','.join(features)}"


def _key(subset: Subset, component: str) -> str:
    return digest({"readings": 1, "subset": subset.key, "component": component})


def measure_file(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task {"uploads", "name", "tokenizer"}: load the files as a corpus, then do as :func:`measure_corpus`."""
    # Nothing is held out: the dataset was trained on as it is.
    how = {"uploads": request["uploads"], "name": request["name"], "holdout": {"fraction": 0.0}}
    made = corpus_tasks.ingest(workspace, how, progress)
    asked = {"corpus": made["corpus"], "tokenizer": request["tokenizer"]}
    return measure_corpus(workspace, asked, progress) | {"artefacts": made["artefacts"]}


def measure_corpus(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task {"corpus", "tokenizer"}: measure a whole corpus and log it as a dataset with the instant metrics.

    Its digest is that of all its row ids, so that a score can be matched to it as to a subset.
    """
    corpus = open_corpus(workspace, request["corpus"])
    choice = FeatureSettings().with_(tokenizer=request["tokenizer"])
    measured: dict[str, float] = {}
    failed: list[str] = []
    for component in MEASURED_ON:
        compute_tokens(CorpusText(corpus, component), request["tokenizer"], progress=progress)
        corpus_view = CorpusView(workspace, corpus, choice.with_(component=component))
        measurer = Measurer(corpus_view, component)
        readings = measurer.measured(corpus_view.pool_rows, instant_names(), progress=progress)
        for name, reading in readings.items():
            if reading.value is not None:
                measured[measurer.address(name)] = reading.value
            elif reading.failed:
                failed.append(f"{measurer.address(name)}: {reading.failed}")
    origin = Origin(file=corpus.name, field="whole corpus", reader="measured")
    whole = digest_ids(corpus.ids)
    entry = LoggedSubset(digest=whole, name=corpus.name, size=len(corpus), metrics=measured, origin=origin)
    append(workspace, [entry], title=f"Measured {corpus.name}")
    return {"dataset": whole, "metrics": len(measured), "failed": failed}
