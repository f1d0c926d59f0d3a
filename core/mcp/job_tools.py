"""Tools for what takes long: load a corpus, compute a feature, and how a job stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.corpus.naming import corpus_named
from core.errors import InputError
from core.features.tags.tagging import OFFLINE
from core.jobs import job_names, queue, supervisor
from core.mcp.paths import allowed
from core.view import ALL_COMPONENTS
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.tasks.feature_requests import feature_requests
from core.workbench.tasks.time_left import seconds_left
from core.workspace.artefacts import Workspace

RESULTS = ("corpus", "already_here", "metrics", "bands", "failed", "rows")  # of what jobs return


def load_corpus(path: str, name: str = "") -> dict[str, Any]:
    """Load rows from a file or folder under the data roots as a corpus, by a job; ask job_status for its id.

    The path is a whole one, without links and without "..". 2 % of the rows (at most 2,000) are held out.
    """
    workspace = Workspace.default()
    request = {"path": str(allowed(path)), "name": name}
    job = started(workspace, job_names.INGEST, request, title=f"Load {name or path.rpartition('/')[2]}")
    return {"job": job, "do": "Ask job_status; its result names the corpus."}


def compute_feature(
    corpus: str, feature: str, component: str = "response", features: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Compute tokens, embeddings, clusters or tags of a corpus's component, by a job; ask job_status for it.

    Embeddings take minutes on a CPU (about 100 texts a second); clusters need embeddings. Tags are phrases found
    offline: no text leaves this machine.
    """
    workspace = Workspace.default()
    opened = corpus_named(workspace, corpus)
    if component not in ALL_COMPONENTS:
        raise InputError(f"A component is one of {', '.join(ALL_COMPONENTS)}.")
    settings = FeatureSettings(component=component).with_(**(features or {}))
    if feature == "tags" and settings.tagger not in OFFLINE:
        raise InputError("Tags from an endpoint are computed by whoever may spend on it.", remedy="Open the Tags page.")
    requests = feature_requests(CorpusView(workspace, opened, settings))
    if feature not in requests:
        raise InputError(f"A feature is one of {', '.join(requests)}.")
    job_name, request = requests[feature]
    job = started(workspace, job_name, request, title=f"{feature.capitalize()} of {opened.name}")
    return {"digest": opened.id, "job": job, "do": "Ask job_status; when the job is done, the feature is there."}


def job_status(job: str) -> dict[str, Any]:
    """How a job stands: queued, running (with what is left), done (with its result), failed (with the reason)."""
    workspace = Workspace.default()
    known = next((record for record in queue.jobs(workspace) if record.id == job), None)
    if known is None:
        raise InputError("There is no job with this id.", remedy="Use the id in the answer that started it.")
    if known.live:
        supervisor.ensure_worker(workspace)
    answer = _told(workspace, known)
    if known.state == "done":
        made = known.result or {}
        answer["result"] = {name: made[name] for name in RESULTS if name in made}
    return answer


def started(workspace: Workspace, job_name: str, request: Mapping[str, Any], *, title: str) -> dict[str, Any]:
    """Queue a job, or join the identical one that waits, runs or is done; how it stands."""
    job = queue.submit(workspace, job_name, request, title=title)
    supervisor.ensure_worker(workspace)
    return _told(workspace, job)


def _told(workspace: Workspace, job: queue.Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "title": job.title,
        "state": job.state,
        "step": job.note,
        "done": job.done,
        "of": job.total,
        "seconds_left": seconds_left(workspace, job),
        "why": f"{job.message} {job.remedy}".strip(),
    }
