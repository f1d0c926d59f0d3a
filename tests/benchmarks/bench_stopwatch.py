"""Seconds from the press on the demo to each step of the first ten minutes, in a real browser: ``make stopwatch``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from core.features.embedders import INSTANT, find_embedder
from core.features.instant.table import stored
from core.workspace.artefacts import Workspace
from tests.benchmarks.figures import record
from tests.browser.conftest import ARGUMENTS, chromium, serving
from tests.browser.desk import Desk
from tests.browser.stopwatch import Stopwatch, walk


def main() -> None:
    distilled = stored(find_embedder(INSTANT))
    print("the instant embedder is " + ("ready" if distilled else "distilled first, once on this machine"))
    watch = Stopwatch()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="stopwatch") as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 800}, accept_downloads=True)
        page.set_default_timeout(60_000)
        home = Path(folder) / "served" / "workspace"
        home.parent.mkdir()
        try:
            with serving(home) as address:
                try:
                    walk(Desk(page, address), watch, Path(folder))
                finally:
                    print(watch.table(Workspace(home)))
        finally:
            browser.close()
    for step, seconds in watch.laps.items():
        record(step, seconds)


if __name__ == "__main__":
    main()
