"""The time that a job still takes is told from its first second, part by part, and follows what it reports."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from core.corpus.store import Corpus
from core.jobs import job_names, queue
from core.jobs.durations import expected_seconds as expected_of_kind
from core.jobs.durations import record
from core.jobs.record import Job
from core.workbench.corpus_view import CorpusView
from core.workbench.feature_settings import FeatureSettings
from core.workbench.tasks.feature_requests import feature_requests
from core.workbench.tasks.time_left import expected_seconds, seconds_left
from core.workspace import values
from core.workspace.artefacts import Workspace
from pages.parts.frame.jobs import meanwhile, progress_line, waiting_line
from tests.jobs.running import run_here

NOW = 1_000_000.0


def clustering_job(workspace: Workspace, corpus: Corpus) -> Job:
    name, request = feature_requests(CorpusView(workspace, corpus, FeatureSettings()))["clusters"]
    return queue.submit(workspace, name, request, title="Cluster")


def running(job: Job, *, ago: float, note: str = "", told: float | None = None) -> Job:
    return replace(job, state="running", started_at=NOW - ago, note=note, seconds_left=told)


def known_times(workspace: Workspace, corpus: Corpus, embedder: str) -> None:
    for kind, seconds in (
        (f"embed/{embedder}", 100.0), ("projection", 40.0), ("partition/hdbscan", 4.0), ("map", 60.0)
    ):  # fmt: skip
        record(workspace, kind, rows=len(corpus), seconds=seconds)


@pytest.mark.usefixtures("carried_embedder")
def test_the_time_left_is_told_at_once_and_each_part_that_is_done_leaves_it(
    workspace: Workspace, corpus: Corpus
) -> None:
    from core.features.embedders import default_embedder

    known_times(workspace, corpus, default_embedder())
    job = clustering_job(workspace, corpus)
    assert seconds_left(workspace, job) == pytest.approx(204.0)  # while it waits: what it will take
    assert seconds_left(workspace, running(job, ago=0.5), now=NOW) == pytest.approx(203.5)
    assert seconds_left(workspace, running(job, ago=150.0), now=NOW) == pytest.approx(5.0 + 104.0)
    at_rate = running(job, ago=30.0, note="rows embedded", told=12.0)
    assert seconds_left(workspace, at_rate, now=NOW) == pytest.approx(12.0 + 104.0)
    wild = running(job, ago=0.1, note="rows embedded", told=100_000.0)
    assert seconds_left(workspace, wild, now=NOW) == pytest.approx(204.0, abs=0.2)
    run_here(workspace, job_names.EMBED, {**job.request, "embedder": default_embedder()})
    assert expected_seconds(workspace, job.task, job.request) == pytest.approx(104.0)
    now = time.time()
    begun = replace(job, state="running", started_at=now - 500)
    assert seconds_left(workspace, begun, now=now) == pytest.approx(104.0, abs=5.0)  # counted from the part before


@pytest.mark.usefixtures("carried_embedder")
def test_a_job_leaves_its_parts_times_for_the_next_corpus(workspace: Workspace, corpus: Corpus) -> None:
    job = clustering_job(workspace, corpus)
    run_here(workspace, job.task, job.request)
    from core.features.embedders import default_embedder

    for kind in (f"embed/{default_embedder()}", "projection", "map"):
        assert expected_of_kind(workspace, kind, len(corpus)) is not None
    stored = next(path for path in (workspace.home / "values").rglob("*.json"))
    before = stored.read_bytes()
    run_here(workspace, job.task, job.request)  # all is stored: nothing is learnt from it
    assert stored.read_bytes() == before
    assert expected_seconds(workspace, job.task, job.request) == 0
    assert values.get(workspace, stored.stem)["map"][0][0] == len(corpus)


@pytest.mark.usefixtures("carried_embedder")
def test_the_time_of_offline_tags_and_of_those_of_an_endpoint_is_known(workspace: Workspace, corpus: Corpus) -> None:
    choice = FeatureSettings(tagger="phrases", embedder="instant")
    view = CorpusView(workspace, corpus, choice)
    name, request = feature_requests(view)["tags"]
    assert expected_seconds(workspace, name, request) is not None
    tagged = {**request, "tagger": "keyphrases"}
    with_vectors = expected_seconds(workspace, name, tagged)
    assert with_vectors is not None and with_vectors > 1
    asked = expected_seconds(workspace, name, {**request, "tagger": "endpoint", "model": "m"})
    assert asked == expected_of_kind(workspace, "tags/endpoint", len(corpus))
    record(workspace, "tags/endpoint", rows=len(corpus), seconds=500.0)
    assert expected_seconds(workspace, name, {**request, "tagger": "endpoint", "model": "m"}) == pytest.approx(500.0)


def test_a_job_without_parts_counts_by_its_kind_and_its_own_report(workspace: Workspace, corpus: Corpus) -> None:
    job = queue.submit(workspace, job_names.DAAR, {"corpus": corpus.id}, title="DaaR")
    assert seconds_left(workspace, job) == expected_of_kind(workspace, job_names.DAAR, len(corpus))
    record(workspace, job_names.DAAR, rows=len(corpus), seconds=30.0)
    assert seconds_left(workspace, job) == pytest.approx(30.0)
    assert seconds_left(workspace, running(job, ago=10.0), now=NOW) == pytest.approx(20.0)
    assert seconds_left(workspace, running(job, ago=10.0, told=60.0), now=NOW) == pytest.approx(60.0)
    assert seconds_left(workspace, running(job, ago=40.0), now=NOW) == pytest.approx(2.0)  # a share of what it took
    recipe = {"corpus": corpus.id, "strategy": "macro"}
    prepare = queue.submit(workspace, job_names.PREPARE, {"recipe": recipe}, title="Prepare")
    record(workspace, "prepare/macro", rows=len(corpus), seconds=70.0)
    assert seconds_left(workspace, prepare) == pytest.approx(70.0)
    gone = queue.submit(workspace, job_names.EMBED, {"corpus": "gone", "component": "response"}, title="Gone")
    assert seconds_left(workspace, gone) == expected_of_kind(workspace, job_names.EMBED, 0)


@pytest.mark.usefixtures("carried_embedder")
def test_the_page_says_it_in_words(workspace: Workspace, corpus: Corpus) -> None:
    from core.features.embedders import default_embedder

    known_times(workspace, corpus, default_embedder())
    job = clustering_job(workspace, corpus)
    assert waiting_line(workspace, job, []) == "Starts in a moment, takes about 3 min"
    first = replace(job, state="running", started_at=time.time())
    assert progress_line(workspace, first) == "Starting · about 3 min left"
    assert "Subsets" in meanwhile(first)
    assert meanwhile(replace(job, task=job_names.TOKENS)) == ""
