"""Headers of every response of the app: a page loads nothing from other hosts, and other sites cannot frame it."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What a page may load, by kind. Streamlit and Plotly need inline styles, compiled functions and workers from blobs;
# every address is one of the app's own host.
SOURCES = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
FRAME_OPTIONS = {"'self'": "SAMEORIGIN", "'none'": "DENY"}  # for browsers that do not know frame-ancestors


def headers(frame_ancestors: str) -> dict[str, str]:
    """The headers by name; ``frame_ancestors`` are the sites that may show the app in a frame."""
    policy = {**SOURCES, "frame-ancestors": frame_ancestors}
    sent = {
        "Content-Security-Policy": "; ".join(f"{kind} {allowed}" for kind, allowed in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # a page's address holds the corpus and the choices of its reader
    }
    if frame_ancestors in FRAME_OPTIONS:
        sent["X-Frame-Options"] = FRAME_OPTIONS[frame_ancestors]
    return sent


class ResponseHeaders:
    """Middleware that sets ``headers`` on every HTTP response of ``app``."""

    def __init__(self, app: ASGIApp, *, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
