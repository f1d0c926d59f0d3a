"""Fixtures that several rooms share: a workspace, small corpora, tiny models, and what pages need to run as scripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from core.corpus.ingest import ingest
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.jobs import supervisor
from core.workspace.artefacts import Workspace
from tests.corpora import corpus_of, question_lines, records

BROWSER = "tests/browser/"

# The same examples on every run; `make test-random` (HYPOTHESIS_PROFILE=random) draws others each time, and prints with
# a failure what brings its example back.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", derandomize=False, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


def pytest_configure(config: pytest.Config) -> None:
    """Where several test processes share the cores, each computes on one thread: threads that wait for each other
    made some tests ten times slower."""
    if config.getoption("numprocesses", default=None):
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay in one process, where they share fixtures; so do all that drive the browser."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)

    return Scheduling(config, log)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace that pages and commands find too; it is offline, and its worker is gone when the test is."""
    monkeypatch.setenv("DIVERSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DIVERSCOPE_DATA_ROOTS", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    forget_pages()
    workspace = Workspace((tmp_path / "home").resolve())
    yield workspace
    supervisor.stop_worker(workspace, grace=0.2)


def forget_pages() -> None:
    """Empty the caches of pages, which outlive the script that filled them."""
    if "streamlit" in sys.modules:
        import streamlit

        streamlit.cache_resource.clear()
        streamlit.cache_data.clear()


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait in the queue, since no worker is started."""
    monkeypatch.setattr(supervisor, "ensure_worker", lambda workspace: None)


@pytest.fixture
def carried_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedder that needs no network is the default, whatever else is on this machine."""
    from core.features import embedders

    name = embedders.CARRIED
    monkeypatch.setattr(embedders, "_default", lambda: (name, f"{name}, because this is a test."))


@pytest.fixture
def corpus(workspace: Workspace) -> Corpus:
    """60 records, one of them twice and one with an empty side."""
    return ingest(workspace, [from_bytes("rows.jsonl", question_lines(60))], name="rows")


@pytest.fixture
def two_files(workspace: Workspace) -> Corpus:
    """A corpus of two files with 10 and 12 records."""
    files = [from_bytes("one.jsonl", question_lines(10)), from_bytes("two.jsonl", question_lines(12, start=500))]
    return ingest(workspace, files, name="two")


@pytest.fixture
def made(workspace: Workspace) -> tuple[Workspace, Corpus]:
    """A workspace with a corpus of 40 rows, among them a very short one and two very long ones."""
    rows = records(40)
    rows[4]["output"] = "a"
    rows[5]["output"] = "river " * 400
    rows[6]["instruction"] = "walnut " * 400
    return corpus_of(workspace.home, rows)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tiny models: two checkpoints of one shape, and one without a begin token."""
    from tests.tiny_models import tiny_model

    folder = tmp_path_factory.mktemp("models")
    return {
        "first": tiny_model(folder / "first"),
        "second": tiny_model(folder / "second", seed=1),
        "bare": tiny_model(folder / "bare", seed=2, begin=False),
    }


@pytest.fixture(scope="session")
def blobs() -> tuple[np.ndarray, np.ndarray]:
    """(360, 32) unit vectors: six tight blobs of falling size, twelve strays; and the blob of each, -1 for a stray."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(6, 32))
    sizes = [88, 76, 64, 52, 40, 28]
    vectors = [centre + 0.12 * random.normal(size=(size, 32)) for centre, size in zip(centres, sizes, strict=True)]
    every = np.concatenate([*vectors, random.normal(size=(12, 32))])
    labels = np.concatenate([np.repeat(np.arange(6), sizes), np.full(12, -1)])
    order = random.permutation(len(every))
    every = every[order] / np.linalg.norm(every[order], axis=1, keepdims=True)
    return every.astype(np.float32), labels[order]
