"""Every saved subset with every metric, for the Compare page: measured by a job, kept a row a subset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from core.corpus.store import open_corpus
from core.errors import Cancelled, DiverscopeError
from core.evidence.entries import LoggedSubset as LoggedSubset
from core.evidence.entries import Origin
from core.evidence.ledger import append
from core.features.tokens import compute_tokens
from core.metrics.address import parts_of, said_once
from core.metrics.registry import metric, metrics
from core.progress import Progress, silent
from core.row_positions import PoolRows
from core.workbench.build import open_recipe
from core.workbench.corpus_view import CorpusView, feature_keys
from core.workbench.feature_settings import FeatureSettings
from core.workbench.readings import Measurer, instant_names
from core.workbench.subsets import Subset, open_subset
from core.workbench.tasks import loading as corpus_tasks
from core.workspace import values
from core.workspace.artefacts import Workspace
from core.workspace.digests import digest, digest_ids

MEASURED_ON = ("instruction", "response")
FACTS = ("subset", "key", "name", "series", "level", "size", "component", "strategy")


def readings_table(workspace: Workspace, subsets: Sequence[Subset]) -> pd.DataFrame:
    """One row a subset: FACTS, and a column a metric address that was measured on any of them.

    ``series`` is :attr:`core.workbench.recipe.Recipe.series`, so levels chosen under other pins are another series.
    ``level`` is the slider's position in percent where its series has two different subsets at least, and NaN where
    the subset stands alone or every position gives the same rows (random): that is no scale. Values of an older
    version of a metric are not shown.
    """
    members: dict[str, set[str]] = {}
    for subset in subsets:
        members.setdefault(subset.recipe.series, set()).add(subset.digest)
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
        }
        for component in MEASURED_ON:
            row |= _held(workspace, subset, component)
        rows.append(row)
    addresses = sorted({name for row in rows for name in row} - set(FACTS))
    table = pd.DataFrame(rows, columns=[*FACTS, *addresses])
    return table.astype({"level": "float64", **dict.fromkeys(addresses, "float64")})


def missing(workspace: Workspace, subsets: Iterable[Subset], names: Sequence[str]) -> list[str]:
    """Keys of the subsets that were not measured by all of ``names`` yet, on either component."""
    found = []
    for subset in subsets:
        for component in MEASURED_ON:
            held = values.get(workspace, _key(subset, component)) or {}
            asked, there = held.get("asked", {}), _features(workspace, subset, component)
            if any(asked.get(name) != _attempt(name, there) for name in names):
                found.append(subset.key)
                break
    return sorted(found)


def directions(addresses: Sequence[str]) -> dict[str, int]:
    """Whether more of a metric is more diverse (+1) or less (−1), by address; 0 for metrics we do not know."""
    found = {address: parts_of(address) for address in addresses}
    return {address: int(parts[1].direction) if parts else 0 for address, parts in found.items()}


def title(address: str) -> str:
    """How a selector calls a metric address: its title, the component it reads, and through what."""
    parts = parts_of(address)
    if parts is None or not parts[0]:
        return address
    component, found, through = parts
    told = [found.title, "" if found.of_rows else component, through]
    return " · ".join(part for part in told if part)


def measure(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"subsets": keys, "metrics": names or [] for the instant ones}. Each subset is kept when it is done.

    A metric without a value is not tried again until a feature arrives or its version changes; the reason is kept.
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
            # Subsets of one pool and choice share their features, which are loaded once.
            place = digest([recipe.corpus, dict(recipe.pool), dict(recipe.choice)])
            corpus_view = views.setdefault(place, open_recipe(workspace, replace(recipe, given="")))
            rows = corpus_view.pool_positions_of(np.sort(subset.ids))
            for component in MEASURED_ON:
                measurer = measurers.setdefault((place, component), Measurer(corpus_view, component))
                _measure(workspace, subset, measurer, rows=rows, names=names, progress=progress)
        except DiverscopeError as error:
            if isinstance(error, Cancelled):
                raise
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
    held = values.get(workspace, _key(subset, measurer.component)) or {"values": {}, "undefined": {}, "asked": {}}
    there = _features(workspace, subset, measurer.component)
    wanted = [name for name in names if held["asked"].get(name) != _attempt(name, there)]
    if not wanted:
        return
    for name, reading in measurer.measured(rows, wanted).items():
        address = measurer.address(name)
        held["asked"][name] = _attempt(name, there)
        held["values"].pop(address, None)
        if reading.value is None or not np.isfinite(reading.value):
            held["undefined"][address] = reading.undefined
            continue
        held["values"][address] = {"value": reading.value, "metric": name, "version": metric(name).version}
    values.put(workspace, _key(subset, measurer.component), held)


def _held(workspace: Workspace, subset: Subset, component: str) -> dict[str, float]:
    held = values.get(workspace, _key(subset, component)) or {}
    known = metrics()
    return {
        said_once(address): float(each["value"])
        for address, each in held.get("values", {}).items()
        if each["metric"] in known and known[each["metric"]].version == each["version"]
    }


def _features(workspace: Workspace, subset: Subset, component: str) -> list[str]:
    """Which features of the component are at hand through the subset's own choice."""
    choice = FeatureSettings.of(dict(subset.recipe.choice)).with_(component=component)
    try:
        keys = feature_keys(open_corpus(workspace, subset.recipe.corpus), choice)
    except DiverscopeError:  # the corpus was deleted, its features went with it
        return []
    return sorted(name for name, key in keys.items() if workspace.has("features", key))


def _attempt(name: str, features: Sequence[str]) -> str:
    """What an attempt to measure depends on; another attempt is worth it when this changes."""
    return f"{metric(name).version}:{','.join(features)}"


def _key(subset: Subset, component: str) -> str:
    return digest({"readings": 1, "subset": subset.key, "component": component})


def measure_file(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"uploads", "name", "tokenizer"}: make a corpus of the files, then as :func:`measure_corpus`."""
    # Nothing is held out: the dataset was trained on as it is.
    how = {"uploads": request["uploads"], "name": request["name"], "holdout": {"fraction": 0.0}}
    made = corpus_tasks.ingest(workspace, how, progress)
    asked = {"corpus": made["corpus"], "tokenizer": request["tokenizer"]}
    return measure_corpus(workspace, asked, progress) | {"artefacts": made["artefacts"]}


def measure_corpus(workspace: Workspace, request: dict[str, Any], progress: Progress = silent) -> dict[str, Any]:
    """The task: {"corpus", "tokenizer"}: measure a whole corpus and log it as one dataset with the instant metrics.

    Its digest is that of all its row ids, so a score can be matched to it as to a subset.
    """
    corpus = open_corpus(workspace, request["corpus"])
    choice = FeatureSettings().with_(tokenizer=request["tokenizer"])
    found: dict[str, float] = {}
    for component in MEASURED_ON:
        compute_tokens(workspace, corpus, component, request["tokenizer"], progress=progress)
        corpus_view = CorpusView(workspace, corpus, choice.with_(component=component))
        measurer = Measurer(corpus_view, component)
        readings = measurer.measured(corpus_view.pool_rows, instant_names(), progress=progress)
        found |= {measurer.address(name): each.value for name, each in readings.items() if each.value is not None}
    origin = Origin(file=corpus.name, field="whole corpus", reader="measured")
    whole = digest_ids(corpus.ids)
    entry = LoggedSubset(digest=whole, name=corpus.name, size=len(corpus), metrics=found, origin=origin)
    append(workspace, [entry], title=f"Measured {corpus.name}")
    return {"dataset": whole, "metrics": len(found)}
