"""What the browser fetches for a map or another drawing of ours: scripts, bytes named by content, facts of single rows.

A page sends only short messages, in which the bytes are named. The browser keeps what it has fetched, so a layout is
sent once, and a selection or a subset that was drawn before is not sent again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

T = TypeVar("T")
PARTS = Path(__file__).parents[2]  # scripts lie beside the parts of pages that draw with them
BYTES = 256_000_000  # kept for browsers; what was asked for least recently goes first, and is sent anew when missed
SOURCES = 24  # maps whose rows can be asked about
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
NEVER = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class MapSource:
    """What the browser may ask about a map's rows: short lines about one of them, and the CSV of all."""

    rows: int
    lines: Callable[[int], list[str]]
    csv: Callable[[], bytes]


class _Kept(Generic[T]):
    """Things by name, of which the least recently used go first once their weights pass ``most``."""

    def __init__(self, most: int, weight: Callable[[T], int]) -> None:
        self._most, self._weight, self._total = most, weight, 0
        self._things: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def put(self, name: str, thing: T) -> None:
        with self._lock:
            before = self._things.pop(name, None)
            self._total += self._weight(thing) - (self._weight(before) if before is not None else 0)
            self._things[name] = thing
            while self._total > self._most and len(self._things) > 1:
                _, gone = self._things.popitem(last=False)
                self._total -= self._weight(gone)

    def get(self, name: str) -> T | None:
        with self._lock:
            if name in self._things:
                self._things.move_to_end(name)
            return self._things.get(name)


_bytes: _Kept[bytes] = _Kept(BYTES, len)
_sources: _Kept[MapSource] = _Kept(SOURCES, lambda source: 1)


def put(data: bytes) -> str:
    """Keep ``data`` for browsers; returns its address below ``_map/``, which names its content."""
    name = hashlib.sha256(data).hexdigest()[:32]
    _bytes.put(name, data)
    return f"data/{name}"


def answer_for(name: str, source: MapSource) -> None:
    """Let browsers ask about the rows of the map ``name``."""
    _sources.put(name, source)


def scripts() -> dict[str, str]:
    """{name: text} of all scripts."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(PARTS.rglob("*.js"))}


def _digest() -> str:
    return hashlib.sha256("\0".join(f"{name}\0{text}" for name, text in scripts().items()).encode()).hexdigest()[:16]


FOLDER = _digest()  # names the content of all scripts


def mounting(script: str) -> str:
    """The script of a component that mounts what the served ``script`` draws; the browser fetches that one once."""
    return _MOUNTING.replace("SCRIPT", f"{FOLDER}/{script}")


_MOUNTING = """
export default function (component) {
  let leave = null, gone = false;
  import(new URL("_map/SCRIPT", location.href)).then(({ mount }) => {
    if (gone) return;
    leave = mount(component);
  });
  return () => { gone = true; leave?.(); };
}
"""


def routes() -> list[Route]:
    """The routes of the app's server that answer a map."""
    return [
        Route("/_map/data/{name}", _data),
        Route("/_map/row/{name}/{row:int}", _row),
        Route("/_map/csv/{name}", _csv),
        Route("/_map/{digest}/{script}", _script),
    ]


def _data(request: Request) -> Response:
    data = _bytes.get(request.path_params["name"])
    if data is None:
        return Response(status_code=404, headers=NEVER)
    return Response(data, media_type="application/octet-stream", headers=FOREVER)


def _row(request: Request) -> Response:
    source, row = _sources.get(request.path_params["name"]), request.path_params["row"]
    if source is None or not 0 <= row < source.rows:
        return Response(status_code=404, headers=NEVER)
    return JSONResponse(source.lines(row), headers=NEVER)


def _csv(request: Request) -> Response:
    source = _sources.get(request.path_params["name"])
    if source is None:
        return Response("Open the map again, then download it.", status_code=404, headers=NEVER)
    return Response(source.csv(), media_type="text/csv", headers=NEVER)


def _script(request: Request) -> Response:
    text = scripts().get(request.path_params["script"])
    if text is None:
        return Response(status_code=404, headers=NEVER)
    known = request.path_params["digest"] == FOLDER
    return Response(text, media_type="text/javascript", headers=FOREVER if known else NEVER)
