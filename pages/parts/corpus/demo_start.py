"""What the demo starts by itself: every page's feature, the quick ones first, the full map behind them."""

from __future__ import annotations

from dataclasses import replace

from core.corpus.store import Corpus
from core.features.embedders import INSTANT, default_embedder, find_embedder
from core.features.instant.table import stored
from core.features.projection import LANDMARKS
from core.jobs import job_names
from core.workbench.tasks.row_scoring import row_scores_request
from core.workspace.artefacts import Workspace
from pages.parts.frame import jobs, session


def start_distilling(workspace: Workspace) -> None:
    """Let a worker make the instant embedder ready while the demo is read, where this machine has not done that yet."""
    embedder = find_embedder(INSTANT)
    if embedder.folder is not None and not stored(embedder):
        jobs.start(workspace, job_names.DISTIL, {}, title="Make the instant embedder ready", told=False)


def start_features(workspace: Workspace, corpus: Corpus) -> None:
    """Queue tokens, the instant map, its keywords, tags, scores without a model, and the full map, in this order.

    The session looks at the instant map until the full one is there and asked for; nobody waits for the full one, which
    gives way to other work. Work that is stored already is done at once; the end of none is announced, because pages
    show it.
    """
    session.choose(embedder=INSTANT, landmarks=LANDMARKS)
    choice = session.choice()
    about = {"corpus": corpus.id, "component": choice.component}
    quick = {**about, **choice.clustering.request()}
    scores = row_scores_request(corpus.id, choice.component, embedder=choice.embedder)
    whole = {**about, **replace(choice.clustering, embedder=default_embedder(), landmarks=0).request()}
    for name, request, title in (
        (job_names.TOKENS, {**about, "tokenizer": choice.tokenizer}, "Tokenise"),
        (job_names.CLUSTER, quick, "Instant map of"),
        (job_names.KEYWORDS, quick, "Name the clusters of"),
        (job_names.TAGS, {**about, **choice.tagging.request()}, "Tag"),
        (job_names.ROW_SCORES, scores, "Scores of"),
        (job_names.CLUSTER, whole, "Full map of"),
    ):
        waited_for = request is not whole
        jobs.start(workspace, name, request, title=f"{title} {corpus.name}", told=False, behind=not waited_for)
