"""The features that a job computes before its own work: those of a study, and of a table of every metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.corpus.store import open_corpus
from core.errors import DiverscopeError
from core.jobs import job_names
from core.selection.registry import strategies
from core.view import of_need
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.subsets import open_subset
from core.workbench.tasks.feature_requests import feature_requests
from core.workspace.artefacts import Workspace

MOST_SUBSETS = 20  # of a table whose settings are looked at; they share their features as a rule


def features_first(workspace: Workspace, task: str, request: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """(name of its job, its request) of each feature that is not computed yet, each once; [] for most jobs.

    Where clusters are missing the embeddings are not listed: clustering makes them.
    """
    try:
        if task == job_names.STUDY:
            wanted: Iterable[tuple[CorpusView, str]] = _of_study(workspace, request["study"])
        elif task == job_names.MEASURE_EVERY:
            wanted = _of_subsets(workspace, request)
        else:
            return []
        missing = [(view, feature) for view, feature in wanted if not view.whole.has(feature)]
    except (DiverscopeError, LookupError, TypeError, ValueError):  # the job itself says what is wrong
        return []
    clustered = {(view.corpus.id, view.choice.component) for view, feature in missing if feature == "clusters"}
    asked: dict[str, tuple[str, dict[str, Any]]] = {}
    for view, feature in missing:
        if feature == "embeddings" and (view.corpus.id, view.choice.component) in clustered:
            continue
        if found := feature_requests(view).get(feature):
            asked[f"{found[0]} {sorted(found[1].items())}"] = found
    return list(asked.values())


def _of_study(workspace: Workspace, study: Mapping[str, Any]) -> list[tuple[CorpusView, str]]:
    corpus, known = open_corpus(workspace, str(study["corpus"])), strategies()
    wanted = []
    for component in study.get("components") or ("response",):
        choice = FeatureSettings().with_(**{**(study.get("features") or {}), "component": component})
        for name in study["strategies"]:
            parameters = choice.complete(known[name].parameters, (study.get("parameters") or {}).get(name, {}))
            for of, feature in map(of_need, known[name].needs(parameters)):
                view = CorpusView(workspace, corpus, choice.with_(component=of) if of else choice)
                wanted.append((view, feature))
    return [(view, feature) for view, feature in wanted if feature in feature_requests(view)]


def _of_subsets(workspace: Workspace, request: Mapping[str, Any]) -> list[tuple[CorpusView, str]]:
    wanted = []
    for key in list(request["subsets"])[:MOST_SUBSETS] if request.get("features") else ():
        recipe = open_subset(workspace, key).recipe
        corpus = open_corpus(workspace, recipe.corpus)
        for component in ("instruction", "response"):
            choice = FeatureSettings.of(recipe.choice).with_(component=component)
            wanted += [(CorpusView(workspace, corpus, choice), str(feature)) for feature in request["features"]]
    return wanted
