"""How much work a job is follows from its request, and every job has a time left on a machine where it never ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from core.corpus.store import Corpus
from core.jobs import durations, job_names, queue
from core.workbench.build import build
from core.workbench.feature_settings import FeatureSettings
from core.workbench.measuring_time import measuring_time
from core.workbench.recipe import Recipe
from core.workbench.saving import save
from core.workbench.tasks.features_first import features_first
from core.workbench.tasks.job_work import work_of
from core.workbench.tasks.parts import PARTS
from core.workbench.tasks.time_left import expected_seconds, seconds_left
from core.workspace import values
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, records
from tests.jobs.running import run_here

METRICS = ["ie", "novelsum"]
LIMIT = {"tokens": 1_000}


def recipe_of(corpus: Corpus, size: int = 20) -> Recipe:
    return Recipe(corpus=corpus.id, choice=FeatureSettings().as_dict(), strategy="random", size=size)


def requests(corpus: Corpus, *, times: int) -> dict[str, dict[str, Any]]:
    """A request of each job that has no parts; with more ``times`` of what it repeats, where it repeats anything."""
    about, recipe = {"corpus": corpus.id, "component": "response"}, recipe_of(corpus, 2_000).as_dict()
    source = {"kind": "pool", "corpus": corpus.id}
    return {
        job_names.ROW_SCORES: {**about, "what": ["words", "lix", "novelty"][: 1 + times]},
        job_names.CONFLICTS: about,
        job_names.DIFFICULTY: {**about, "epochs": 20 * times, "runs": 5},
        job_names.DAAR: about,
        job_names.LANGUAGES: about,
        job_names.LEAKS: {**about, "benchmarks": ["a"]},
        job_names.NEAR_COPIES: {**about, "rung": "minhash"},
        job_names.LEAKS_BY_MEANING: {**about, "benchmarks": ["a"]},
        job_names.MODEL_SCORES: {**about, "model": "nowhere/model", "what": ["ppl", "ifd"][:times]},
        job_names.INFLUENCES: {**about, "target": corpus.id},
        job_names.MODEL_VECTORS: {**about, "model": "nowhere/model", "checkpoints": ["a", "b"][: times - 1]},
        job_names.SERIES: {"recipe": recipe, "levels": 7 * times},
        job_names.STUDY: {"study": {"corpus": corpus.id, "strategies": ["random"], "sizes": [9] * times, "levels": 9}},
        job_names.LOOP: {"members": ["a"] * times, "settings": LIMIT, "base": "tiny"},
        job_names.LOOP_ESTIMATE: {"members": ["a"], "settings": LIMIT, "base": "tiny"},
        job_names.PREPARE_ALL: {"recipes": [replace(recipe_of(corpus), strategy="kcenter").as_dict()] * times},
        job_names.MEASURE: {"recipe": recipe, "component": "response", "metrics": METRICS[:times]},
        job_names.BANDS: {"recipe": recipe, "metrics": METRICS, "size": 2_000 * times},
        job_names.MEASURE_SOURCES: {"things": [source], "metrics": METRICS, "bands": ["rows", "tokens"][: times - 1]},
        job_names.MEASURE_CORPUS: about,
        job_names.CURVES: {
            "recipe": recipe, "strategies": ["micro", "length", "kcenter"][:times], "axis": "position",
            "at": [0.0, 1.0], "metric": "ie", "component": "response",
        },
        job_names.STABILITY: {"recipe": recipe, "seeds": times, "clusterings": 0, "positions": []},
        job_names.PASSPORT: {"recipe": recipe},
        job_names.SIMULATE: {"rows": 240, "seeds": 2 * times},
        job_names.JUDGE: {"answers": "gone", "against": "gone", "model": "judge"},
        job_names.ANSWER: {"prompts": "gone", "model": "m", "url": "http://127.0.0.1:1/v1"},
        job_names.INGEST: {"demo": True},
        job_names.DISTIL: {},
        job_names.TAGS: {**about, "tagger": "endpoint", "model": "m"},
    }  # fmt: skip


FIXED = {job_names.LOOP_ESTIMATE, job_names.JUDGE, job_names.ANSWER, job_names.INGEST, job_names.DISTIL}


def amount(workspace: Workspace, task: str, request: Mapping[str, Any]) -> int:
    work = work_of(workspace, task, request)
    assert work is not None
    return work.amount


def test_every_job_has_a_usual_time(workspace: Workspace) -> None:
    parts = {*PARTS, job_names.PREPARE}  # what these take, their parts and the strategies say
    alone = [name for name in job_names.FUNCTIONS if name not in parts]
    lacking = [name for name in alone if durations.expected_seconds(workspace, name, 1_000) is None]
    assert not lacking, f"give core.jobs.durations.USUAL a line for {', '.join(lacking)}"


@pytest.mark.usefixtures("no_worker")
def test_every_job_has_a_time_left_from_its_first_second(workspace: Workspace, corpus: Corpus) -> None:
    for task, request in requests(corpus, times=1).items():
        job = queue.submit(workspace, task, request, title=task)
        begun = replace(job, state="running", started_at=1_000_000.0)
        for left in (
            seconds_left(workspace, job),
            seconds_left(workspace, begun, now=1_000_000.1),
            seconds_left(workspace, begun, now=1_000_000.0 + 40_000),  # far later than expected
        ):
            assert left is not None and left > 0, task


def test_more_work_takes_longer(workspace: Workspace) -> None:
    _, small = corpus_of(workspace.home, records(40), name="small")
    _, large = corpus_of(workspace.home, records(160, seed=9), name="large")
    few, larger, more = requests(small, times=1), requests(large, times=1), requests(small, times=2)
    on_rows = {job_names.PASSPORT, *(name for name in few if "corpus" in few[name])}
    for task in few.keys() - FIXED:
        grown = larger[task] if task in on_rows else more[task]
        assert amount(workspace, task, grown) > amount(workspace, task, few[task]) > 0, task
        before = expected_seconds(workspace, task, few[task])
        after = expected_seconds(workspace, task, grown)
        assert before is not None and after is not None and after > before, task


def test_subsets_are_measured_as_long_as_each_metric_takes_on_them(workspace: Workspace, corpus: Corpus) -> None:
    saved = [save(workspace, build(workspace, recipe_of(corpus, size)), name=str(size)).key for size in (10, 30)]
    request = {"subsets": saved, "metrics": METRICS}
    seconds = sum(measuring_time(workspace, [(name, rows, 2)]).seconds for rows in (10, 30) for name in METRICS)
    assert amount(workspace, job_names.MEASURE_SUBSETS, request) == round(1_000 * seconds)
    with_bands = {**request, "bands": METRICS}
    assert amount(workspace, job_names.MEASURE_EVERY, with_bands) == pytest.approx(21 * 1_000 * seconds, abs=2)
    assert amount(workspace, job_names.MEASURE_SUBSETS, {**request, "subsets": ["gone"]}) == 0


def test_a_study_takes_the_time_of_its_features_first_until_they_are_there(
    workspace: Workspace, corpus: Corpus
) -> None:
    study = {"corpus": corpus.id, "strategies": ["micro", "macro", "random"], "sizes": [9]}
    request = {"study": study}
    before = features_first(workspace, job_names.STUDY, request)
    assert [name for name, _ in before] == [job_names.TOKENS, job_names.CLUSTER]
    whole = expected_seconds(workspace, job_names.STUDY, request)
    own = durations.USUAL["study"].seconds(amount(workspace, job_names.STUDY, request))
    features = sum(expected_seconds(workspace, *asked) or 0 for asked in before)
    assert whole == pytest.approx(own + features) and features > 40
    run_here(workspace, *before[0])
    assert [name for name, _ in features_first(workspace, job_names.STUDY, request)] == [job_names.CLUSTER]


def test_a_job_remembers_what_it_took_under_its_work(workspace: Workspace, corpus: Corpus) -> None:
    request = {"corpus": corpus.id, "component": "response", "what": ["words", "lix"]}
    durations.record(workspace, job_names.ROW_SCORES, rows=2 * len(corpus), seconds=77.0)
    assert expected_seconds(workspace, job_names.ROW_SCORES, request) == pytest.approx(77.0)
    assert values.get(workspace, durations.KEY) == {job_names.ROW_SCORES: [[2 * len(corpus), 77.0]]}


def test_a_damaged_request_has_no_amount_and_no_error(workspace: Workspace, corpus: Corpus) -> None:
    for task in requests(corpus, times=1):
        for request in ({}, {"corpus": 3}, {"recipe": "?", "study": None, "subsets": 4, "things": [1]}):
            work = work_of(workspace, task, request)
            assert work is None or work.amount >= 0
