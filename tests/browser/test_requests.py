"""Every request of every page goes to the app itself, and no other site may show the app in a frame."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
THROUGH = "embedder=own:mine&partition=column&cluster_column=category&low=2&high=60"
PAGES = (
    "",
    *sorted(path.stem for path in (ROOT / "pages").glob("[a-z]*.py") if path.stem != "corpus"),
)  # the first is ""


class Requests:
    """The addresses that a page asks for, and what the browser refuses to ask for."""

    def __init__(self, page: Page) -> None:
        self.addresses: list[str] = []
        self.refused: list[str] = []
        page.context.on("request", lambda request: self.addresses.append(request.url))
        page.on("websocket", lambda socket: self.addresses.append(socket.url))
        page.on("console", lambda message: self._read(message.text))

    def _read(self, message: str) -> None:
        if "Content Security Policy" in message:
            self.refused.append(message)

    def elsewhere(self, address: str) -> list[str]:
        """The requests that went to another host or port than the app's; data and blobs go nowhere."""
        host = urlsplit(address).netloc
        parts = [(url, urlsplit(url)) for url in self.addresses]
        return [url for url, part in parts if part.scheme not in ("data", "blob") and part.netloc != host]


def test_every_request_of_every_page_goes_to_the_app(page: Page, app: str) -> None:
    requests = Requests(page)
    desk = Desk(page, app)
    for name in PAGES:
        desk.open(f"{name}?{THROUGH}")
        page.mouse.wheel(0, 20_000)
        desk.settle()
        desk.no_errors()
    assert len(requests.addresses) > 5 * len(PAGES)
    assert requests.elsewhere(app) == []
    assert requests.refused == []


def test_the_tabs_icon_is_a_file_of_the_app(page: Page, app: str) -> None:
    Desk(page, app).open()
    icon = page.locator("link[rel~=icon]").get_attribute("href")
    assert icon is not None and icon.startswith(f"{app}/media/") and icon.endswith(".png")
    with urllib.request.urlopen(icon) as answer:
        assert answer.read().startswith(b"\x89PNG")


def test_a_request_to_another_host_is_noticed_and_refused(page: Page, app: str) -> None:
    desk = Desk(page, app)
    desk.open()
    requests = Requests(page)
    page.evaluate(
        "() => { const image = new Image(); image.src = 'http://evil.example/p.png'; document.body.append(image) }"
    )
    page.wait_for_timeout(500)
    assert requests.elsewhere(app) or requests.refused
    assert page.evaluate("() => fetch('http://evil.example/').then(() => 'sent', () => 'refused')") == "refused"
    assert any("evil.example" in message for message in requests.refused)


def test_another_site_cannot_show_the_app_in_a_frame(page: Page, app: str) -> None:
    for path in ("", "/subsets", "/_stcore/health"):
        with urllib.request.urlopen(app + path) as answer:
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
            assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    page.goto(f"data:text/html,<title>other</title><iframe src='{app}'></iframe>")
    page.wait_for_timeout(3_000)
    assert page.frames[1].url.startswith("chrome-error:")
    page.goto(f"{app}/_stcore/health")  # a page of the app's own host may
    page.evaluate("address => { document.body.innerHTML = `<iframe src='${address}'></iframe>` }", app)
    page.frames[1].get_by_role("heading", level=1).wait_for()
