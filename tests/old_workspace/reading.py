"""All that the tests of the old workspace use of the app: what is renamed there is renamed here, in one place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from core import settings
from core.corpus.column_trash import deleted_columns, restore_column
from core.corpus.store import Corpus, list_corpora, open_corpus
from core.evidence import ledger, uncertainty
from core.evidence.entries import to_record
from core.features import embedders
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.features.models.columns import score_columns
from core.features.projection import load_layout, load_pca
from core.features.tags.store import load_decisions, load_tags, versions
from core.jobs import queue, supervisor
from core.selection.registry import skipped, strategy
from core.workbench import comparison, conflicts, passport, plans
from core.workbench.build import Built, build
from core.workbench.choice import Choice
from core.workbench.curves import Grid, curve_table
from core.workbench.opened import Opened, feature_keys
from core.workbench.readings import Scale
from core.workbench.recipe import Recipe
from core.workbench.subsets import list_subsets, open_subset
from core.workbench.things import Thing
from core.workspace import names, trash
from core.workspace.artefacts import Workspace

# How jobs of the old workspace name their work, and how the same work is named today.
TASKS = {
    name: name
    for name in (
        "core.corpus.tasks:ingest", "core.evidence.uncertainty:run", "core.features.tags.task:tag",
        "core.features.tasks:keywords", "core.workbench.comparison:measure",
        "core.workbench.comparison:measure_corpus", "core.workbench.comparison:measure_file",
        "core.workbench.conflicts:find", "core.workbench.curves:measure_curves",
        "core.workbench.measuring:measure_things", "core.workbench.overlap:prepare_all",
        "core.workbench.passport:record", "core.workbench.scoring:daar", "core.workbench.scoring:difficulty",
        "core.workbench.scoring:score", "core.workbench.stability:measure_stability",
        "core.workbench.tasks:bands", "core.workbench.tasks:cluster", "core.workbench.tasks:embed",
        "core.workbench.tasks:measure", "core.workbench.tasks:prepare", "core.workbench.tasks:series",
        "core.workbench.tasks:tokens",
    )
}  # fmt: skip
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
    records = corpus.rows(np.arange(len(corpus)))
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
        "scores": {score.column: score.title for score in score_columns(workspace, corpus)},
    }


def feature_facts(workspace: Workspace, corpus_id: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Key and content of everything that is at hand for a corpus through one choice, by the feature's name."""
    choice = Choice.of(values)
    corpus = open_corpus(workspace, corpus_id)
    opened, facts = Opened(workspace, corpus, choice), dict[str, list[str]]()
    for name, key in feature_keys(corpus, choice).items():
        if workspace.has("features", key):
            facts[name] = [key, _of_view(opened, name)]
    return facts | _pictures(workspace, corpus, choice) | _tags(workspace, corpus, choice)


def _of_view(opened: Opened, name: str) -> str:
    view = opened.whole
    if name == "tokens":
        return content(view.tokens.indptr, view.tokens.ids, view.tokens.frequency, view.tokens.counts.data)
    if name == "tags":
        return content(view.tags.names, view.tags.matrix.indptr, view.tags.matrix.indices)
    return content(np.asarray(view.embeddings if name == "embeddings" else view.clusters))


def _pictures(workspace: Workspace, corpus: Corpus, choice: Choice) -> dict[str, list[str]]:
    """Layouts, the clusters' names and words."""
    facts, clustering = dict[str, list[str]](), choice.clustering
    for dimensions in (2, choice.components):
        layout = load_layout(workspace, corpus, choice.component, clustering, dimensions=dimensions)
        if layout is not None:
            facts[f"layout in {dimensions}"] = [layout.key, content(layout.coordinates)]
    axes = load_pca(workspace, corpus, choice.component, clustering)
    if axes is not None:
        facts["axes"] = [axes.key, content(axes.coordinates)]
    clusters = load_clusters(workspace, corpus, choice.component, clustering)
    words = load_keywords(workspace, clusters) if clusters is not None else None
    if clusters is not None and words is not None:
        facts["words"] = [clusters.key, content(clusters.names, [[asdict(word) for word in few] for few in words])]
    return facts


def _tags(workspace: Workspace, corpus: Corpus, choice: Choice) -> dict[str, list[str]]:
    """Tags as they were given, what was decided on them, and the versions that a person made."""
    given = (workspace, corpus, choice.component, choice.tagging)
    raw, decided = load_tags(*given), load_decisions(*given, edits=choice.tag_edits)
    if raw is None or decided is None:
        return {}
    said = [[name, version.manifest["said"]] for name, version in versions(*given)]
    return {
        "raw tags": [raw.key, content(raw.indptr, raw.ids, raw.names, raw.failures, raw.explanations)],
        "decisions": [choice.tag_edits, content(decided.as_dict())],
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


def recipe_in(path: Path) -> Recipe:
    """The recipe that an exported file carries."""
    return Recipe.read(path)


def readings(workspace: Workspace, subset: str, component: str, metrics: Sequence[str]) -> dict[str, Any]:
    """Values and random bands of a subset's rows, from the store alone where a metric takes long."""
    recipe = recipe_of(workspace, subset)
    thing = Thing(kind="subset", corpus=recipe.corpus, subset=subset)
    scale = Scale(thing.seen_through(workspace, Choice.of(recipe.choice)), component)
    rows = thing.rows(scale.opened)
    measured = scale.measured(rows, metrics, stored_only=True)
    bands = scale.band(metrics, size=len(rows), stored_only=True)
    return {
        name: [measured[name].value if name in measured else "not stored", *bands.get(name, ())] for name in metrics
    }


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
        pairs = conflicts.load(workspace, request)
        return pairs if pairs is None else [content(pairs[0].to_dict("list")), pairs[1]]
    if kind == "run":
        table = uncertainty.load(workspace, str(request["observations"]))
        return table if table is None else content(table.astype(object).where(table.notna(), None).to_dict("list"))
    return None


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
    return queue.submit(workspace, TASKS.get(old.task, old.task), dict(old.request), title=old.title)


def request_of(workspace: Workspace, job_id: str) -> dict[str, Any]:
    return dict(queue.job(workspace, job_id).request)


def whole(workspace: Workspace, job_id: str) -> bool:
    """Whether all that a job made is still there."""
    made = (queue.job(workspace, job_id).result or {}).get("artefacts", [])
    return all(workspace.has(kind, key) for kind, key in made)


def worked_off(workspace: Workspace, job_id: str) -> str:
    """Wait until a worker of its own has ended the job, and say how."""
    return queue.wait(workspace, job_id, 120).state


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
    (name,) = restore_column(workspace, open_corpus(workspace, corpus_id), stamp)
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
