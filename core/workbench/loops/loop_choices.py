"""What a loop may be run on and from: the studies, series and subsets of a corpus, and base models at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.corpus.store import Corpus
from core.counted import counted
from core.features.models.columns import score_columns
from core.features.models.files import models_here
from core.jobs import job_names, queue
from core.jobs.record import Job
from core.training.decoder import KIND
from core.workbench.loops.loop_request import TINY
from core.workbench.saved_list import saved_list
from core.workbench.studies.study_run import list_studies, members_of
from core.workbench.subsets import open_subset, series_name
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, kw_only=True)
class MemberChoice:
    """A study, a series or a subset: how a list names it, and the keys of its subsets."""

    title: str
    keys: tuple[str, ...]


def member_choices(workspace: Workspace, corpus: str) -> dict[str, MemberChoice]:
    """The choices of one corpus, by a name that holds as long as they are saved: studies, series, then subsets."""
    lines = sorted(saved_list(workspace, corpus), key=lambda line: (line.series, line.position, line.seed))
    named = dict.fromkeys(study.name for study in list_studies(workspace, corpus))
    studies = {name: {subset.key for subset in members_of(workspace, name, corpus)} for name in named}
    series: dict[str, list[str]] = {}
    single: dict[str, MemberChoice] = {}
    for line in lines:
        series.setdefault(line.series, []).append(line.key)
        single[f"subset {line.key}"] = MemberChoice(title=line.name, keys=(line.key,))
    choices = {
        f"study {name}": MemberChoice(
            title=f"Study {name} · {counted(len(keys), 'subset')}",
            keys=tuple(line.key for line in lines if line.key in keys),
        )
        for name, keys in studies.items()
        if keys
    }
    for key, keys in series.items():
        if len(keys) > 1:
            recipe = open_subset(workspace, keys[0]).recipe
            title = f"Series {series_name(recipe)} · {counted(len(keys), 'subset')}"
            choices[f"series {key}"] = MemberChoice(title=title, keys=tuple(keys))
    return choices | single


def base_choices(corpus: Corpus) -> dict[str, str]:
    """The bases at hand, {name: what it is}.

    The small decoder, models that gave this corpus its scores (so that DaaR can tune the very model whose probe
    selected), small decoders that are stored, and models of the hub that are on this machine.
    """
    choices: dict[str, str] = {TINY: "the small decoder, warmed up on other rows"}
    for column in score_columns(corpus):
        models = [column.settings.get("model"), *(column.settings.get("models") or ())]
        for model in models:
            if isinstance(model, Mapping) and model.get("name"):
                said = "the model whose probe selected" if column.column.startswith("daar_") else "scored these rows"
                choices.setdefault(str(model["name"]), said)
    for artefact in corpus.workspace.list(KIND):
        about = artefact.manifest.get("about", {})
        if about.get("corpus") == corpus.id:
            choices[artefact.key] = f"a small decoder, warmed up on {about.get('what', 'other text')}"
    for name in models_here():
        choices.setdefault(name, "on this machine")
    return choices


def loops_of(workspace: Workspace, corpus: str) -> dict[str, Job]:
    """The loops that were asked for over one corpus, newest first, by the first id of their job."""
    known = {line.key for line in saved_list(workspace, corpus)}
    newest: dict[str, Job] = {}
    for job in queue.jobs(workspace):
        if job.task == job_names.LOOP and known & set(job.request.get("members", ())):
            newest.pop(job.id.split("-")[0], None)
            newest[job.id.split("-")[0]] = job
    return dict(reversed(newest.items()))
