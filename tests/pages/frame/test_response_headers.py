"""The server's headers: what a page may load, and who may show it in a frame."""

from __future__ import annotations

import subprocess
import sys

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core import settings
from core.errors import InputError
from pages.parts.frame.response_headers import ResponseHeaders, headers


def test_every_response_carries_the_headers_once_whatever_the_answer() -> None:
    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse("x", headers={"X-Frame-Options": "ALLOWALL", "Cache-Control": "no-cache"})

    sent = headers("'self'")
    client = TestClient(ResponseHeaders(Starlette(routes=[Route("/", answer)]), headers=sent))
    for path, status in (("/", 200), ("/nothing", 404)):
        got = client.get(path)
        assert got.status_code == status
        assert {name: got.headers.get_list(name) for name in sent} == {name: [value] for name, value in sent.items()}
    assert client.get("/").headers["Cache-Control"] == "no-cache"


def test_no_kind_of_content_comes_from_another_host() -> None:
    policy = dict(part.split(" ", 1) for part in headers("'none'")["Content-Security-Policy"].split("; "))
    allowed = {source for sources in policy.values() for source in sources.split()}
    assert allowed == {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}
    assert policy["default-src"] == "'self'" and policy["frame-ancestors"] == "'none'"


@pytest.mark.parametrize(
    ("value", "policy", "option"),
    [
        (None, "'self'", "SAMEORIGIN"),
        ("", "'self'", "SAMEORIGIN"),
        ("self", "'self'", "SAMEORIGIN"),
        ("none", "'none'", "DENY"),
        (
            "https://notes.example:8888  http://*.lab.example",
            "'self' https://notes.example:8888 http://*.lab.example",
            None,
        ),
    ],
)
def test_sites_that_may_frame_the_app_are_named(
    monkeypatch: pytest.MonkeyPatch, value: str | None, policy: str, option: str | None
) -> None:
    monkeypatch.delenv("DIVERSCOPE_FRAME_ANCESTORS", raising=False)
    if value is not None:
        monkeypatch.setenv("DIVERSCOPE_FRAME_ANCESTORS", value)
    assert settings.frame_ancestors() == policy
    assert headers(policy).get("X-Frame-Options") == option
    assert headers(policy)["Content-Security-Policy"].endswith(f"; frame-ancestors {policy}")


@pytest.mark.parametrize(
    "value", ["*", "https://a.example; script-src *", "notes.example,b", "none https://a.example", "x\ny"]
)
def test_what_is_no_site_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DIVERSCOPE_FRAME_ANCESTORS", value)
    with pytest.raises(InputError, match="not the address of a site"):
        settings.frame_ancestors()


def test_a_server_with_a_wrong_setting_says_so_and_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIVERSCOPE_FRAME_ANCESTORS", "*")
    command = [sys.executable, "-c", "import app"]
    ended = subprocess.run(command, cwd=settings.PROJECT_ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert "DIVERSCOPE_FRAME_ANCESTORS names '*'" in ended.stderr and "Traceback" not in ended.stderr
