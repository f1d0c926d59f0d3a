"""Takes the README's pictures anew, or every page in every look: `make pictures`, `make pictures LOOKS=folder`.

The app is started on an empty workspace, the demo corpus is made as a newcomer makes it, and each page is photographed
when it is drawn. Minutes on two cores.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from core.jobs import queue
from core.workspace.artefacts import Workspace
from tests.browser.conftest import ARGUMENTS, ROOT, chromium, serving
from tests.browser.desk import Desk

PICTURES = ROOT / "data" / "pictures"
PAGES = {  # picture: address
    "corpus": "", "tokens": "tokens", "clusters": "clusters", "tags": "tags", "scores": "scores",
    "subsets": "subsets", "study": "study", "measure": "measure", "inspect": "inspect", "train": "train",
    "judge": "judge", "compare": "compare?evidence=measured-series", "activity": "activity",
}  # fmt: skip
WIDTHS = (1024, 1280, 1440)
LOOKS = ("light", "dark", "present")
HEIGHT = 800
MINUTES = 30  # for the demo's features on a busy machine


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("--looks", type=Path, metavar="FOLDER", help="every page, in every look, at three widths")
    parser.add_argument("--home", type=Path, metavar="WORKSPACE", help="one that is there, instead of the demo's")
    options = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory(prefix="pictures") as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        home = options.home or Path(folder) / "workspace"
        with serving(home) as address:
            if options.home is None:
                with opened(browser, width=1280, dark=False) as page:
                    make_demo(Desk(page, address), Workspace(home))
            if options.looks:
                take_looks(browser, address, options.looks)
            else:
                with opened(browser, width=1280, dark=False) as page:
                    decline_tour(Desk(page, address))
                    take(Desk(page, address), PICTURES, only=frozenset(path.stem for path in PICTURES.glob("*.png")))


def make_demo(desk: Desk, workspace: Workspace) -> None:
    """Press the demo corpus on the first page and wait until everything that it queues is there; build a series."""
    desk.open()
    desk.press(re.compile("Try the demo corpus"))
    desk.sees("All corpora", timeout=180_000)
    wait_for_jobs(workspace)
    desk.open("subsets")
    desk.sees("Types reached", timeout=300_000)
    desk.press(re.compile("Build the series"))
    desk.sees(re.compile("subsets saved"), timeout=180_000)
    wait_for_jobs(workspace)


def decline_tour(desk: Desk) -> None:
    """Press away the offer of a tour, which is no part of the picture."""
    desk.open()
    for button in desk.page.get_by_role("button", name="No, thanks").all():
        button.click()
        desk.settle()


def wait_for_jobs(workspace: Workspace) -> None:
    """Wait until no job waits or runs; raises :class:`TimeoutError` after half an hour."""
    deadline = time.monotonic() + 60 * MINUTES
    while any(job.live for job in queue.jobs(workspace)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"jobs were still at work after {MINUTES} minutes")
        time.sleep(1)


def take_looks(browser: Browser, address: str, folder: Path) -> None:
    """Every page at every width, light, dark and as one presents it, as FOLDER/WIDTH-light/PAGE.png."""
    for width in WIDTHS:
        for look in LOOKS:
            with opened(browser, width=width, dark=look == "dark") as page:
                desk = Desk(page, address)
                if look == "present":
                    desk.open()
                    desk.press("Present")
                take(desk, folder / f"{width}-{look}")


def take(desk: Desk, folder: Path, *, only: frozenset[str] = frozenset(PAGES)) -> None:
    """A picture of each page of ``only``, as large as the window."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        if name not in only:
            continue
        desk.open(path)
        desk.settle(180_000)
        time.sleep(1)  # a figure that grows into its place, the map's labels
        desk.no_errors()
        desk.page.screenshot(path=folder / f"{name}.png")


@contextmanager
def opened(browser: Browser, *, width: int, dark: bool) -> Iterator[Page]:
    """A window of the browser that prefers the light or the dark theme."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT}, color_scheme="dark" if dark else "light")
    context.set_default_timeout(60_000)
    try:
        yield context.new_page()
    finally:
        context.close()


if __name__ == "__main__":
    main()
