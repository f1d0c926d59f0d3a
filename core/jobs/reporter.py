"""Progress as a file: what a job does, at what rate, for how long still; and whether it should stop."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from pathlib import Path

import orjson

from core.errors import Cancelled

WRITE_EVERY = 0.25  # seconds between two writes of the file
LOOK_EVERY = 0.1  # seconds between two looks for the cancel flag
MEMORY = 8.0  # seconds over which the rate is smoothed


class Reporter:
    """The :class:`core.progress.Progress` of a job.

    A call costs about a microsecond; a few times a second it writes ``progress.json`` and looks for the flag
    ``cancel``. A change of ``note`` or ``total``, or a ``done`` that falls, begins a new phase with a new rate.
    The first ``done`` of a phase was there before and counts for no rate, so a resumed job tells the truth.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "progress.json"
        self._flag = folder / "cancel"
        self._lock = threading.Lock()
        self._now: tuple[float, float, str] = (0.0, 0.0, "")
        self._written: tuple[float, float, str] | None = None
        self._mark: tuple[float, float] | None = None  # when, and how much was done, at the last look at the rate
        self._rate: float | None = None
        self._next_write = 0.0
        self._next_look = 0.0

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        last_done, last_total, last_note = self._now
        self._now = (done, total, note or last_note)
        if self._mark is None or total != last_total or self._now[2] != last_note or done < last_done:
            self._mark, self._rate = (now, done), None
        if now >= self._next_write:
            self.flush()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            if self._flag.exists():
                raise Cancelled

    def flush(self) -> None:
        """Write what is known, if it is news. A disk that is full does not stop the work here."""
        with self._lock:
            self._next_write = time.monotonic() + WRITE_EVERY
            if self._now == self._written:
                return
            done, total, note = self._written = self._now
            rate = self._smoothed(done)
            left = (total - done) / rate if rate and total else None
            text = orjson.dumps(
                {"done": done, "total": total, "note": note, "rate": rate, "seconds_left": left, "at": time.time()}
            )
            temporary = self._path.with_name(".progress.json")
            with contextlib.suppress(OSError):
                temporary.write_bytes(text)
                os.replace(temporary, self._path)

    def _smoothed(self, done: float) -> float | None:
        now = time.monotonic()
        if self._mark is None:
            return None
        since, before = self._mark
        passed = now - since
        if passed < WRITE_EVERY / 2:
            return self._rate
        measured = max(0.0, done - before) / passed
        share = 1.0 - math.exp(-passed / MEMORY)
        self._rate = measured if self._rate is None else self._rate + share * (measured - self._rate)
        self._mark = (now, done)
        return self._rate
