"""The ten minutes from nothing, with a stop-watch: the demo is pressed, mapped, tagged, sliced, saved and compared.

``make stopwatch`` prints the seconds since the press at which each step was reached, and keeps them as figures. Where
this machine has distilled no instant embedder yet, the first map waits for that, once.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from core.jobs import queue
from core.workspace.artefacts import Workspace
from tests.browser.desk import LONG, Desk

# What says that a page is alive once the demo's features are there: a text on it, or the place of a drawing.
ALIVE: dict[str, str | re.Pattern[str]] = {
    "Corpus": "All corpora",
    "Tokens": "Mid-band types a row",
    "Scores": ".st-key-scores-histogram-box .bars",
    "Subsets": "[data-rows][data-ready]",
    "Study": "Start the study",
    "Train": "No subset yet",
    "Measure": re.compile("Random: 20 draws"),
    "Inspect": "What shifts, by surprise",
    "Judge": "No answers yet",
    "Compare": "look at real ones first",
    "Activity": re.compile("Full map of"),
}


@dataclass
class Stopwatch:
    """Seconds since the press, by the step that was reached."""

    pressed: float = 0.0
    laps: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        self.pressed = time.time()

    def lap(self, step: str) -> None:
        self.laps[step] = time.time() - self.pressed

    def table(self, workspace: Workspace) -> str:
        """The steps, and when each job began and ended."""
        lines = ["seconds since the press", *(f"{seconds:9.1f}  {step}" for step, seconds in self.laps.items())]
        lines += ["", "   from      to  job"]
        for job in queue.jobs(workspace):
            ends = [f"{at - self.pressed:7.1f}" if at else "      –" for at in (job.started_at, job.ended_at)]
            lines.append(f"{ends[0]} {ends[1]}  {job.title}: {job.state}")
        return "\n".join(lines)


def walk(desk: Desk, watch: Stopwatch, folder: Path) -> None:
    """Walk from the press to a measured series; a step that shows no content fails. ``folder`` takes the export."""
    desk.open()
    press = desk.page.get_by_role("button", name=re.compile("Try the demo corpus")).first
    press.wait_for()
    watch.start()
    press.click()
    desk.sees("All corpora", timeout=LONG)
    watch.lap("the corpus is open")
    desk.turn_to("Clusters")
    desk.page.locator("[data-rows][data-ready]").first.wait_for(timeout=LONG)
    watch.lap("the first map")
    desk.sees(re.compile("rows on average"), timeout=LONG)
    watch.lap("the map with its clusters")
    desk.settle(LONG)
    desk.no_errors()
    desk.turn_to("Tags")
    desk.page.locator(".st-key-tags-frequency-box .bars").first.wait_for(timeout=LONG)
    watch.lap("tags")
    desk.settle(LONG)
    desk.no_errors()
    for page, content in ALIVE.items():
        turn_alive(desk, page, content)
    watch.lap("all pages are alive")
    slice_and_save(desk, watch, folder)
    turn_alive(desk, "Train", "Start the training")
    compare(desk, watch)


def turn_alive(desk: Desk, page: str, content: str | re.Pattern[str]) -> None:
    """Open a page and wait for its content."""
    desk.turn_to(page)
    if isinstance(content, str) and content.startswith((".", "[")):
        desk.page.locator(content).first.wait_for(timeout=LONG)
    else:
        desk.sees(content, timeout=LONG)
    desk.settle(LONG)
    desk.no_errors()


def slice_and_save(desk: Desk, watch: Stopwatch, folder: Path) -> None:
    """Move the slider, save, export, and save a series."""
    turn_alive(desk, "Subsets", "[data-rows][data-ready]")
    before = desk.page.locator("[data-rows][data-ready]").first.get_attribute("data-ready")
    desk.drag(0.4)
    desk.page.locator(f"[data-rows][data-ready]:not([data-ready='{before}'])").first.wait_for(timeout=LONG)
    assert 30 < desk.position() < 50
    watch.lap("the slider is moved")
    desk.press(re.compile("^Save$"))
    desk.sees(re.compile("Saved as"))
    watch.lap("a subset is saved")
    desk.press("Export")
    exported = folder / "export.zip"
    desk.download(re.compile("^Download .* rows")).save_as(exported)
    assert exported.stat().st_size > 1_000
    watch.lap("it is exported")
    desk.page.keyboard.press("Escape")
    desk.page.locator(".st-key-series-popover button").first.click()
    desk.press(re.compile("Build the series"))
    desk.sees(re.compile("7 subsets saved"), timeout=LONG)
    desk.settle(LONG)
    watch.lap("a series is saved")
    desk.no_errors()


def compare(desk: Desk, watch: Stopwatch) -> None:
    """Wait until the series is measured, and look at runs that were really trained."""
    desk.turn_to("Compare")
    desk.choose("Question", "More evidence")
    desk.sees(re.compile(r"metrics? on 8 subsets"), timeout=LONG)
    desk.page.get_by_text(re.compile(r"Measure \d subsets · ")).wait_for(state="detached", timeout=LONG)
    desk.settle(LONG)
    watch.lap("the series is measured")
    desk.no_errors()
    desk.choose("Evidence", "A measured series")
    desk.choose("Question", "Does it predict?")
    desk.page.locator(".st-key-scatter-box .js-plotly-plot").first.wait_for(timeout=LONG)
    desk.settle(LONG)
    watch.lap("real runs on Compare")
    desk.no_errors()
