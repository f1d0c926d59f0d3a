"""A real server and a real browser: the app as a person meets it."""

from __future__ import annotations

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

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
SHOTS = Path(__file__).parent / "shots"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The browser's path. Its absence is a failure, not a reason to skip: pages are part of the product."""
    named = os.environ.get("DIVERSCOPE_CHROMIUM")
    result = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not result:
        pytest.fail("No chromium was found: install it, or set DIVERSCOPE_CHROMIUM to its path.")
    return result


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running app with an empty workspace."""
    with serving(tmp_path_factory.mktemp("workspace")) as address:
        yield address


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """Start the app on the workspace ``home``, yield its address, stop it; a traceback in its log is a failure."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _await(f"{address}/_stcore/health", server, log_path)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)
        log.close()
        from core.jobs.supervisor import stop_worker
        from core.workspace.artefacts import Workspace

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
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        launched = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()
