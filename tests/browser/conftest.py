"""A real server and a real browser: the app as a person meets it."""

from __future__ import annotations

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from core.corpus.corpus_list import list_corpora
from core.corpus.store import open_corpus
from core.features.own_vectors import attach_vectors
from core.features.vector_files import read_vectors
from core.jobs.supervisor import stop_worker
from core.workspace.artefacts import Workspace
from tests.evidence import seeded

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(__file__).parent / "shots"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The browser's path. Its absence is a failure, not a reason to skip: pages are part of the product."""
    named = os.environ.get("DIVERSCOPE_CHROMIUM")
    result = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not result:
        pytest.fail("No chromium was found: install it, or set DIVERSCOPE_CHROMIUM to its path.")
    return result


@pytest.fixture(scope="session")
def empty_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app whose workspace begins empty."""
    with serving(tmp_path_factory.mktemp("empty") / "workspace") as address:
        yield address


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that no test changes: 240 rows with tokens and vectors of their own, a measured series of subsets.

    Made once, by the code that makes any workspace; tests get copies of it.
    """
    home = tmp_path_factory.mktemp("prepared") / "workspace"
    seeded.subsets(home)
    workspace = Workspace(home)
    corpus = open_corpus(workspace, list_corpora(workspace)[0].id)
    corners = np.random.default_rng(0).normal(size=(len(corpus), 2))  # two axes, so that the map is a square of rows
    data = io.BytesIO()
    np.save(data, np.column_stack([corners, np.full(len(corners), 3.0)]))
    attach_vectors(workspace, corpus, "response", read_vectors(data.getvalue(), name="v.npy"), label="mine")
    return home


@pytest.fixture(scope="session")
def app(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app over a copy of the prepared workspace, for tests that change nothing there."""
    with serving(copied(prepared, tmp_path_factory.mktemp("shared"))) as address:
        yield address


@pytest.fixture
def own_app(prepared: Path, tmp_path: Path) -> Iterator[str]:
    """The address of an app over a copy of the prepared workspace that the test may change."""
    with serving(copied(prepared, tmp_path)) as address:
        yield address


def copied(prepared: Path, folder: Path) -> Path:
    """A copy of a workspace inside ``folder``, to be changed."""
    return Path(shutil.copytree(prepared, folder / "workspace"))


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serving(home: Path, script: str = "app.py", *, port: int | None = None) -> Iterator[str]:
    """Start the app on the workspace ``home``, yield its address, stop it; a traceback in its log is a failure.

    ``script`` is another Streamlit script of the project, for what only a browser shows of a part of a page.
    """
    port = port or free_port()
    environment = {
        **os.environ,
        "DIVERSCOPE_HOME": str(home),
        "DIVERSCOPE_DATA_ROOTS": str(home.parent),
        "DIVERSCOPE_OFFLINE": "1",
        "HF_HUB_OFFLINE": "1",
        "DIVERSCOPE_WORKER_IDLE": "60",
    }
    log_path = home.parent / "server.log"
    log = log_path.open("w")
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _await(f"{address}/_stcore/health", server, log_path)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
        stop_worker(Workspace(home))
        text = log_path.read_text(encoding="utf-8", errors="replace")
        assert "Traceback" not in text, f"the server's log has a traceback:\n{text[-6000:]}"


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            pytest.fail(f"The app ended at once:\n{log.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("The app did not answer within a minute.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()
