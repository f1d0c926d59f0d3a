"""The HTML of a page: Streamlit's own, with our head before its scripts."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import file_util

from pages.parts.frame.page import TITLES
from pages.parts.frame.shell import served


def test_every_page_gets_our_head_before_streamlits_scripts() -> None:
    client = TestClient(Starlette(routes=served.routes(TITLES)))
    for path in ("/", "/subsets", "/compare?view=slopes", "/activity"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"
        assert answer.text.index("history.pushState") < answer.text.index('<script type="module"')
        assert "<title>Diverscope</title>" in answer.text and "<title>Streamlit</title>" not in answer.text


def test_the_first_pages_own_name_leads_to_the_start_with_its_query() -> None:
    client = TestClient(Starlette(routes=served.routes(["corpus", "tokens"])))
    answer = client.get("/corpus?section=report&find=a%20b", follow_redirects=False)
    assert answer.status_code == 307 and answer.headers["location"] == "./?section=report&find=a%20b"
    arrived = client.get("/corpus")
    assert arrived.status_code == 200 and arrived.url.path == "/"


def test_what_streamlit_ships_is_all_there() -> None:
    shipped = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    before, after = shipped.split(served.STREAMLITS_TITLE)
    assert after in served.page() and before.partition("<head>")[2] in served.page()


def test_other_paths_are_left_to_streamlit() -> None:
    client = TestClient(Starlette(routes=served.routes(TITLES)))
    assert client.get("/static/js/index.js").status_code == 404 and client.get("/_stcore/health").status_code == 404
