"""A local endpoint that speaks chat/completions over a real socket, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from core.features.tags.prompt import BEGIN, END

KEY = "right-key"
VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", *(
    f"DIVERSCOPE_{service}_{what}" for service in ("TAGGER", "JUDGE", "ANSWERS") for what in ("KEY", "URL")
))  # fmt: skip
# What a plan step makes of a request: a status with headers and body, or one of the words below.
Behaviour = Callable[[int, dict[str, Any]], Any]


def without_own_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without keys and addresses of the person who runs the tests."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def ok(tags: list[str] | None = None, *, content: str | None = None, usage: bool = True) -> tuple[int, dict, bytes]:
    listed = [{"tag": tag, "explanation": f"about {tag}"} for tag in tags or []]
    body: dict[str, Any] = {"choices": [{"message": {"content": json.dumps(listed) if content is None else content}}]}
    if usage:
        body["usage"] = {"prompt_tokens": 100, "completion_tokens": 20}
    return 200, {}, json.dumps(body).encode()


def text_of(body: dict[str, Any]) -> str:
    """The text that a request asks about."""
    said = body["messages"][-1]["content"]
    return said.rsplit(f"\n{END}\n", 1)[0].split(f"{BEGIN}\n", 1)[1]


def words_of(number: int, body: dict[str, Any]) -> Any:
    """The good endpoint: every word of the text is a tag."""
    return ok(text_of(body).split()[:6])


@dataclass
class Seen:
    """What reached the endpoint."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    most_at_once: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def texts(self) -> list[str]:
        return [text_of(body) for body in self.bodies]


@contextmanager
def endpoint(behaviour: Behaviour = words_of, *, key: str | None = None) -> Iterator[tuple[str, Seen]]:
    """The base URL of a running endpoint and what it saw.

    ``behaviour`` is called with the request's number and body and gives (status, headers, body), "drop" to close
    the connection, "half" to close it within the body, or ("slow", seconds, answer). With ``key``, any other is
    refused with 401.
    """
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with seen.lock:
                number = len(seen.bodies)
                seen.bodies.append(body)
                seen.keys.append(self.headers.get("Authorization"))
                seen.times.append(time.monotonic())
                seen.now += 1
                seen.most_at_once = max(seen.most_at_once, seen.now)
            try:
                reply = self.reply_to(number, body)
            finally:
                with seen.lock:  # before the reply leaves: once it has, the client may ask the next question
                    seen.now -= 1
            try:
                if reply == "drop":
                    self.connection.close()
                elif reply == "half":
                    self.send(*ok(["never"]), cut=True)
                else:
                    self.send(*reply)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def reply_to(self, number: int, body: dict[str, Any]) -> Any:
            if not self.path.endswith("/v1/chat/completions"):
                return 404, {}, b'{"error": "no such path"}'
            if key is not None and self.headers.get("Authorization") != f"Bearer {key}":
                return 401, {}, f'{{"error": "bad key {self.headers.get("Authorization")}"}}'.encode()
            reply = behaviour(number, body)
            if reply[0] == "slow":
                time.sleep(reply[1])
                reply = reply[2]
            return reply

        def send(self, status: int, headers: dict[str, str], body: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if cut else body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
