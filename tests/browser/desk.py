"""What a person does at the app, in their own words."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path

from playwright.sync_api import Download, FloatRect, Locator, Page, TimeoutError
from playwright.sync_api import Error as PlaywrightError

SHOTS = Path(__file__).parent / "shots"
LONG = 1_200_000  # milliseconds that embedding and clustering may take on two busy cores


class Desk:
    """One browser tab at one address of the app."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def open(self, path: str = "") -> None:
        """Go to a page by its address and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.page.get_by_role("heading", level=1).wait_for()
        self.settle()

    def turn_to(self, title: str) -> None:
        """Choose a page from the list on top, once the page that is there is drawn; press again as a person would."""
        self.settle(120_000)
        for _ in range(3):
            self.page.get_by_role("link", name=title, exact=True).first.click()
            with contextlib.suppress(TimeoutError):
                self.page.get_by_role("heading", level=1, name=title).wait_for(timeout=30_000)
                break
        self.page.get_by_role("heading", level=1, name=title).wait_for(timeout=1000)
        self.settle()

    def back_to(self, title: str) -> None:
        """Go back with the browser to the page ``title``."""
        self.page.go_back()
        self.page.get_by_role("heading", level=1, name=title).wait_for()
        self.settle(120_000)

    def settle(self, timeout: float = 60_000) -> None:
        """Wait until the page has stopped working and everything that is in view is drawn."""
        for _ in range(2):  # what has just been pressed may take a moment to reach the server
            self.page.wait_for_function(
                "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning' "
                "&& !document.querySelector('[data-testid=stSpinner]') "
                # Grey boxes stand for widgets whose scripts the browser is still loading.
                "&& ![...document.querySelectorAll('[data-testid=stSkeleton]')].some(box => box.offsetParent)",
                timeout=timeout,
            )
            time.sleep(0.3)

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def choose(self, group: str, option: str) -> None:
        """Press one segment of a segmented control."""
        self.page.get_by_role("radio", name=option, exact=True).or_(
            self.page.get_by_role("button", name=option, exact=True)
        ).first.click()
        self.settle()

    def select(self, label: str, option: str) -> None:
        """Choose from a select box by its label, typing the option: a long list draws only a part of itself."""
        box = self.page.get_by_role("combobox", name=re.compile(label)).first
        box.click()
        self.page.keyboard.type(option)
        self.page.get_by_role("option", name=re.compile(re.escape(option))).first.click()
        self.settle()

    def handle(self) -> Locator:
        """The diversity slider's handle."""
        return self.page.locator(".st-key-slider-box").get_by_role("slider").first

    def position(self) -> float:
        """Where the diversity slider stands, in percent."""
        return float(self.handle().evaluate("handle => handle.getAttribute('aria-valuenow') ?? handle.value"))

    def drag(self, share: float) -> None:
        """Drag the handle with the mouse to a share of the track, by way of its middle; again if it slipped away."""
        for _ in range(3):
            self._drag_once(share)
            if abs(self.position() - 100 * share) < 10:
                return

    def _drag_once(self, share: float) -> None:
        # A message that work has ended may lie over the handle for some seconds.
        self.page.wait_for_function("() => !document.querySelector('[data-testid=stToast]')", timeout=60_000)
        track = self.page.locator(".st-key-slider-box [data-testid=stSlider]")
        place = track.bounding_box()
        for _ in range(30):  # a curve that is still being drawn above moves the slider
            time.sleep(0.4)
            before, place = place, track.bounding_box()
            if place == before:
                break
        box = self.handle().evaluate(
            "handle => { const b = (handle.closest('[style*=left]') ?? handle).getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2] }"
        )
        assert place is not None
        mouse = self.page.mouse
        mouse.move(*box)
        mouse.down()
        mouse.move(place["x"] + 0.5 * place["width"], box[1], steps=5)
        mouse.move(place["x"] + share * place["width"], box[1], steps=5)
        mouse.up()
        time.sleep(0.5)
        self.settle(120_000)

    def box(self, part: Locator) -> FloatRect:
        """Where ``part`` lies in the window, once it is scrolled into view; a page may draw it anew meanwhile."""
        for _ in range(20):
            try:
                part.wait_for()
                part.scroll_into_view_if_needed()
                if place := part.bounding_box():
                    return place
            except PlaywrightError as error:
                if "not attached" not in str(error):
                    raise
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{part} never stood still")

    def sees(self, text: str | re.Pattern[str], *, timeout: float = 60_000) -> Locator:
        result = self.page.get_by_text(text).filter(visible=True).first
        result.wait_for(timeout=timeout)
        return result

    def download(self, name: str | re.Pattern[str]) -> Download:
        with self.page.expect_download(timeout=120_000) as caught:
            self.press(name)
        return caught.value

    def shot(self, name: str) -> None:
        """Keep a picture, for a person to look at."""
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png")

    def no_errors(self) -> None:
        """Nothing on the page says that it failed."""
        assert self.page.get_by_text("no message was written").count() == 0
        assert self.page.locator("[data-testid=stException]").count() == 0
