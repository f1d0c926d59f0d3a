"""All that the tests of the old workspace use of the app: what is renamed there is renamed here, in one place."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from core import settings
from core.corpus.column_trash import deleted_columns, restore_column
from core.corpus.corpus_list import list_corpora
from core.corpus.corpus_text import CorpusText
from core.corpus.store import open_corpus
from core.evidence import ledger, uncertainty
from core.evidence.entries import to_record
from core.features import embedders
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.features.models.columns import score_columns
from core.features.projection import load_layout, load_pca
from core.features.tags.store import load_decisions, load_tags, versions
from core.jobs import job_names, queue, supervisor
from core.row_positions import CorpusRows
from core.selection.registry import skipped, strategy
from core.workbench import plans
from core.workbench.build import Built, build
from core.workbench.corpus_view import CorpusView, feature_keys
from core.workbench.feature_settings import FeatureSettings
from core.workbench.inspections import comparison, label_conflicts, passport
from core.workbench.inspections.curves import Grid, curve_table
from core.workbench.readings import Measurer
from core.workbench.recipe import Recipe
from core.workbench.row_source import RowSource
from core.workbench.subsets import list_subsets, open_subset
from core.workspace import names, trash, values
from core.workspace.artefacts import Workspace
from tests.jobs.running import wait

# How jobs of the old workspace name their work, and how a page asks for the same work today.
JOBS_TODAY = {
    "core.corpus.tasks:ingest": job_names.INGEST,
    "core.evidence.uncertainty:run": job_names.UNCERTAINTY,
    "core.features.tags.task:tag": job_names.TAGS,
    "core.features.tasks:keywords": job_names.KEYWORDS,
    "core.workbench.comparison:measure": job_names.MEASURE_SUBSETS,
    "core.workbench.comparison:measure_corpus": job_names.MEASURE_CORPUS,
    "core.workbench.comparison:measure_file": job_names.MEASURE_FILE,
    "core.workbench.conflicts:find": job_names.CONFLICTS,
    "core.workbench.curves:measure_curves": job_names.CURVES,
    "core.workbench.measuring:measure_things": job_names.MEASURE_SOURCES,
    "core.workbench.overlap:prepare_all": job_names.PREPARE_ALL,
    "core.workbench.passport:record": job_names.PASSPORT,
    "core.workbench.scoring:daar": job_names.DAAR,
    "core.workbench.scoring:difficulty": job_names.DIFFICULTY,
    "core.workbench.scoring:score": job_names.MODEL_SCORES,
    "core.workbench.stability:measure_stability": job_names.STABILITY,
    "core.workbench.tasks:bands": job_names.BANDS,
    "core.workbench.tasks:cluster": job_names.CLUSTER,
    "core.workbench.tasks:embed": job_names.EMBED,
    "core.workbench.tasks:measure": job_names.MEASURE,
    "core.workbench.tasks:prepare": job_names.PREPARE,
    "core.workbench.tasks:series": job_names.SERIES,
    "core.workbench.tasks:tokens": job_names.TOKENS,
}
APP = settings.PROJECT_ROOT / "app.py"
KINDS = ("corpora", "features", "plans", "subsets", "ledger")  # artefacts that looking must not add to


def alone(monkeypatch: pytest.MonkeyPatch, home: Path) -> Workspace:
    """The workspace at ``home`` as the app would find it: no network, no worker unasked, its owner's strategies."""
    import streamlit as st

    monkeypatch.setenv("DIVERSCOPE_HOME", str(home))
    monkeypatch.setenv("DIVERSCOPE_STRATEGIES", str(home / "strategies"))
    monkeypatch.setenv("DIVERSCOPE_DEVICE", "cpu")
    monkeypatch.setenv("DIVERSCOPE_OFFLINE", "1")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(embedders, "_default", lambda: (embedders.CARRIED, "It is the carried one in this test."))
    st.cache_resource.clear()
    st.cache_data.clear()
    return Workspace(home)


def without_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages may ask for work, but nobody does it."""
    monkeypatch.setattr(supervisor, "ensure_worker", lambda workspace: False)


def keys(workspace: Workspace) -> dict[str, list[str]]:
    """What there is of every kind."""
    return {kind: workspace.keys(kind) for kind in KINDS}


def content(*parts: Any) -> str:
    """16 hexadecimal digits of arrays, texts and JSON values."""
    state = hashlib.blake2b(digest_size=8)
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype.kind != "O":
            state.update(str(part.shape).encode() + np.ascontiguousarray(part).tobytes())
        else:
            plain = part.tolist() if isinstance(part, np.ndarray) else part
            state.update(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY))
    return state.hexdigest()


def corpus_facts(workspace: Workspace, corpus_id: str) -> dict[str, Any]:
    """What can be read of a corpus: its name, rows, columns, texts, records, report."""
    corpus = open_corpus(workspace, corpus_id)
    records = corpus.rows(CorpusRows(np.arange(len(corpus))))
    return {
        "name": corpus.name,
        "rows": len(corpus),
        "ids": content(corpus.ids),
        "held_out": int(corpus.holdout.sum()),
        "columns": {name: content(corpus.column(name)) for name in corpus.columns},
        "texts": {name: content(corpus.text(name)) for name in ("instruction", "response", "both")},
        "records": {name: content([record[name] for record in records]) for name in records[0]},
        "report": [corpus.report["rows_kept"], corpus.report["rejected"], corpus.report["exact_duplicates"]],
        "set_apart": content(corpus.rejected.decode(), corpus.copies.decode()),
        "scores": {score.column: score.title for score in score_columns(corpus)},
    }


def feature_facts(workspace: Workspace, corpus_id: str, chosen: Mapping[str, Any]) -> dict[str, list[str]]:
    """Key and content of everything that is at hand for a corpus through one choice, by the feature's name."""
    settings_then = FeatureSettings.of({"tagger": "keyphrases", **chosen})  # the usual one then, so it is not named
    corpus = open_corpus(workspace, corpus_id)
    corpus_view, facts = CorpusView(workspace, corpus, settings_then), dict[str, list[str]]()
    for name, key in feature_keys(corpus, settings_then).items():
        if workspace.has("features", key):
            facts[name] = [key, _of_view(corpus_view, name)]
    text = CorpusText(corpus, settings_then.component)
    return facts | _pictures(text, settings_then) | _tags(text, settings_then)


def _of_view(corpus_view: CorpusView, name: str) -> str:
    view = corpus_view.whole
    if name == "tokens":
        return content(view.tokens.indptr, view.tokens.ids, view.tokens.frequency, view.tokens.counts.data)
    if name == "tags":
        return content(view.tags.names, view.tags.matrix.indptr, view.tags.matrix.indices)
    return content(np.asarray(view.embeddings if name == "embeddings" else view.clusters))


def _pictures(text: CorpusText, settings_then: FeatureSettings) -> dict[str, list[str]]:
    """Layouts, the clusters' names and words."""
    facts, clustering = dict[str, list[str]](), settings_then.clustering
    for dimensions in (2, settings_then.components):
        layout = load_layout(text, clustering, dimensions=dimensions)
        if layout is not None:
            facts[f"layout in {dimensions}"] = [layout.key, content(layout.coordinates)]
    axes = load_pca(text, clustering)
    if axes is not None:
        facts["axes"] = [axes.key, content(axes.coordinates)]
    clusters = load_clusters(text, clustering)
    words = load_keywords(text.workspace, clusters) if clusters is not None else None
    if clusters is not None and words is not None:
        facts["words"] = [clusters.key, content(clusters.names, [[asdict(word) for word in few] for few in words])]
    return facts


def _tags(text: CorpusText, settings_then: FeatureSettings) -> dict[str, list[str]]:
    """Tags as they were given, what was decided on them, and the versions that a person made."""
    tagging = settings_then.tagging
    raw, decided = load_tags(text, tagging), load_decisions(text, tagging, edits=settings_then.tag_edits)
    if raw is None or decided is None:
        return {}
    said = [[name, version.manifest["said"]] for name, version in versions(text, tagging)]
    return {
        "raw tags": [raw.key, content(raw.indptr, raw.ids, raw.names, raw.failures, raw.explanations)],
        "decisions": [settings_then.tag_edits, content(decided.as_dict())],
        "versions": [str(len(said)), content(sorted(said))],
    }


def recipe_of(workspace: Workspace, subset: str) -> Recipe:
    return open_subset(workspace, subset).recipe


def rebuilt(workspace: Workspace, recipe: Recipe, *, afresh: bool = False) -> dict[str, Any]:
    """What a recipe gives now; ``afresh`` without the names of rows and features that it gave before."""
    asked = replace(recipe, ids_digest="", rows=0, features={}, thresholds=()) if afresh else recipe
    built: Built = build(workspace, asked)
    return {
        "digest": built.recipe.ids_digest,
        "order": content(built.ids),
        "plan": plans.plan_key(built.recipe),
        "features": dict(built.recipe.features),
        "realised": {name: value for name, value in built.answer.realised.items() if not isinstance(value, float)},
        "differs": [said for said in built.warnings if "names other rows" in said],
        "renewed": [said for said in built.warnings if said.startswith("Another version of")],
    }


def subset_facts(workspace: Workspace, key: str) -> dict[str, Any]:
    """A saved subset as it was kept."""
    subset = open_subset(workspace, key)
    return {
        "name": subset.name, "corpus": subset.recipe.corpus, "strategy": subset.recipe.strategy,
        "digest": subset.digest, "ids": content(np.asarray(subset.ids)), "rows": subset.rows,
        "series": subset.recipe.series, "position": subset.recipe.position,
        "thresholds": [[told["name"], told["value"], told["why"]] for told in subset.recipe.thresholds],
    }  # fmt: skip


def series_then(workspace: Workspace, key: str) -> str:
    """The series that the manifest of a saved subset names."""
    return str(workspace.open("subsets", key).manifest["series"])


def names_rows(workspace: Workspace, key: str) -> bool:
    """Whether the recipe of a saved subset pins or excludes rows."""
    recipe = open_subset(workspace, key).recipe
    return bool(recipe.pinned or recipe.excluded)


def entropy_of(workspace: Workspace, subset: str, column: str) -> float:
    """-Σ p ln p over the shares p of a column's values in the rows of a saved subset."""
    chosen = open_subset(workspace, subset)
    corpus = open_corpus(workspace, chosen.recipe.corpus)
    rows = np.flatnonzero(np.isin(corpus.ids, np.asarray(chosen.ids)))
    counts = Counter(str(value) for value in corpus.column(column)[rows])
    return -sum(count / len(rows) * math.log(count / len(rows)) for count in counts.values())


def recipe_in(path: Path) -> Recipe:
    """The recipe that an exported file carries."""
    return Recipe.read(path)


def readings(workspace: Workspace, subset: str, component: str, metrics: Sequence[str]) -> dict[str, Any]:
    """Values and random bands of a subset's rows, from the store alone where a metric takes long."""
    recipe = recipe_of(workspace, subset)
    source = RowSource(kind="subset", corpus=recipe.corpus, subset=subset)
    measurer = Measurer(source.seen_through(workspace, FeatureSettings.of(recipe.choice)), component)
    rows = source.rows(measurer.corpus_view)
    measured = measurer.measured(rows, metrics, stored_only=True)
    bands = measurer.band(metrics, size=len(rows), stored_only=True)
    read: dict[str, Any] = {}
    for name in metrics:
        span = bands[name].span if name in bands else None
        read[name] = [measured[name].value if name in measured else "not stored", *(span or ())]
    return read


def compared(workspace: Workspace, subset: str) -> dict[str, float]:
    """What the Compare page knows of a subset, by metric address."""
    table = comparison.readings_table(workspace, [open_subset(workspace, subset)])
    row = table.drop(columns=list(comparison.FACTS)).iloc[0].dropna()
    return {str(name): float(value) for name, value in row.items()}


def results(workspace: Workspace, task: str, request: Mapping[str, Any]) -> Any:
    """What lies in the store from one finished job, as its page reads it; None for work that keeps artefacts."""
    kind = task.rpartition(":")[2]
    if kind == "measure_curves":
        points, band, missing = curve_table(workspace, Grid.of(request))
        return [content(points.round(9).to_dict("list")), content(band.round(9).to_dict("list")), missing]
    if kind == "find":
        pairs = label_conflicts.load(workspace, request)
        return pairs if pairs is None else [content(pairs[0].to_dict("list")), pairs[1]]
    if kind == "run":
        table = uncertainty.load(workspace, str(request["observations"]))
        return table if table is None else content(table.astype(object).where(table.notna(), None).to_dict("list"))
    return None


def names_no_band(task: str, request: Mapping[str, Any]) -> bool:
    """Whether a request for curves leaves the band of its micro strategy open."""
    recipe = request.get("recipe", {})
    return task.endswith(":measure_curves") and recipe["strategy"] == "micro" and "low" not in recipe["parameters"]


def naming_band(request: Mapping[str, Any], **band: Any) -> dict[str, Any]:
    """The request with a band for the strategy of its recipe."""
    recipe = dict(request["recipe"])
    return {**request, "recipe": {**recipe, "parameters": {**recipe["parameters"], **band}}}


def observations_of(workspace: Workspace, request: Mapping[str, Any]) -> list[Any]:
    """The scores beside readings that a job for intervals was given."""
    stored = values.get(workspace, str(request["observations"]))
    return [] if stored is None else list(stored["rows"])


def reasons(workspace: Workspace, corpus_id: str) -> list[list[Any]]:
    """The threshold passport of a corpus, by threshold."""
    return sorted(
        [
            [entry.name, entry.value, entry.strategy, entry.who, entry.why, list(entry.sensitivity), entry.key]
            for entry in passport.entries(workspace, corpus_id)
        ],
        key=str,
    )


def ledger_facts(workspace: Workspace) -> dict[str, Any]:
    """The ledger's live entries, its batches, and how many curves and matches there are."""
    now = ledger.read(workspace)
    return {
        "entries": [to_record(entry) for _, entry in now.entries],
        "batches": [[batch.key, batch.title, batch.entries, batch.undoes, batch.live] for batch in now.batches],
        "scores": len(now.scores()),
        "matches": dict(now.matches),
        "problems": list(now.problems),
    }


def take_back(workspace: Workspace, batch: str) -> str:
    return ledger.undo(workspace, batch)


def jobs(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Every job's title, task, state and words, by its id."""
    return {
        job.id: {"title": job.title, "task": job.task, "state": job.state, "attempt": job.attempt,
                 "message": job.message, "result": content(job.result), "log": job.log_path.is_file()}
        for job in queue.jobs(workspace)
    }  # fmt: skip


def asked_again(workspace: Workspace, job_id: str) -> queue.Job:
    """The job of an identical request, named as work is named today."""
    old = queue.job(workspace, job_id)
    return queue.submit(workspace, JOBS_TODAY[_named_then(workspace, job_id)], dict(old.request), title=old.title)


def _named_then(workspace: Workspace, job_id: str) -> str:
    """How the job's own file names its work."""
    asked: dict[str, Any] = orjson.loads((workspace.home / "jobs" / job_id / "request.json").read_bytes())
    return str(asked["task"])


def request_of(workspace: Workspace, job_id: str) -> dict[str, Any]:
    return dict(queue.job(workspace, job_id).request)


def whole(workspace: Workspace, job_id: str) -> bool:
    """Whether all that a job made is still there."""
    made = (queue.job(workspace, job_id).result or {}).get("artefacts", [])
    return all(workspace.has(kind, key) for kind, key in made)


def worked_off(workspace: Workspace, job_id: str) -> str:
    """Wait until a worker of its own has ended the job, and say how."""
    return wait(workspace, job_id, 120).state


def dismiss_worker(workspace: Workspace) -> None:
    supervisor.stop_worker(workspace, grace=0.2)


def deletions(workspace: Workspace) -> list[dict[str, Any]]:
    """What lies in the trash, newest first."""
    return [
        {"stamp": deletion.stamp, "items": [[item.kind, item.key, item.name] for item in deletion.items]}
        for deletion in trash.deletions(workspace)
    ]


def brought_back(workspace: Workspace, stamp: str) -> list[str]:
    """Restore a deletion; what could not go back."""
    return [item.key for item in trash.restore(workspace, stamp)]


def columns_in_trash(workspace: Workspace, corpus_id: str) -> dict[str, str]:
    """Columns that were deleted or replaced, by the stamp of their deletion."""
    return {gone.stamp: ", ".join(gone.names) for gone in deleted_columns(workspace, corpus_id)}


def column_back(workspace: Workspace, corpus_id: str, stamp: str) -> str:
    """Bring a column back; the content it then has."""
    (name,) = restore_column(open_corpus(workspace, corpus_id), stamp)
    return content(open_corpus(workspace, corpus_id).column(name))


def own_strategy(name: str) -> dict[str, Any]:
    """A strategy from the workspace's own folder."""
    own = strategy(name)
    return {"title": own.title, "version": own.version, "left_out": [str(file) for file in skipped()]}


def given_names(workspace: Workspace) -> dict[str, dict[str, str]]:
    """The names that people gave, by kind."""
    return {kind: {key: name.text for key, name in names.names(workspace, kind).items()} for kind in KINDS}


def listed(workspace: Workspace) -> dict[str, list[str]]:
    """What lists show, and what they cannot open."""
    return {
        "corpora": sorted(info.name for info in list_corpora(workspace)),
        "subsets": sorted(subset.key for subset in list_subsets(workspace)),
        "unreadable": [said for kind in KINDS for said in workspace.unreadable(kind).values()],
    }
