"""The HTML of every page, as Streamlit ships it, with the app's own head: title, first colours, first scripts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import file_util

FOLDER = Path(__file__).parent
SCRIPTS = ("look.js", "history.js", "page_links.js", "skip.js")  # in this order, before Streamlit's own
STYLE = "house.css"
STREAMLITS_TITLE = "<title>Streamlit</title>"


def routes(pages: Iterable[str]) -> list[Route]:
    """The routes of the app's start and of the named ``pages``, for links that begin there.

    The first page stands at the start alone: its own name leads there, with its query.
    """
    first, *others = pages
    return [Route("/", _page), Route(f"/{first}", _start), *(Route(f"/{page}", _page) for page in others)]


@cache
def page() -> str:
    """The HTML that a browser gets for every page."""
    shipped = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    head = f"<style>\n{_text(STYLE)}</style>\n" + "".join(f"<script>\n{_text(name)}</script>\n" for name in SCRIPTS)
    return shipped.replace(STREAMLITS_TITLE, "<title>Diverscope</title>", 1).replace("<head>", f"<head>\n{head}", 1)


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _start(request: Request) -> Response:
    return RedirectResponse(f"./?{request.url.query}" if request.url.query else "./")


def _page(request: Request) -> Response:
    return HTMLResponse(page(), headers={"Cache-Control": "no-cache"})
