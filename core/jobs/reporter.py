"""A job's progress as a file: the step, the rate, the time left; and the flag that asks the job to stop."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import orjson

from core.errors import Cancelled


class GaveWay(Cancelled):
    """A job stops because other work waits; it goes on when that is done."""


WRITE_EVERY = 0.25  # seconds between two writes of the file
LOOK_EVERY = 0.1  # seconds between two checks of the cancel flag
WINDOW = 10.0  # the rate is measured over this many seconds …
MARKS = 5  # … or over this many steps, where they take longer


class Reporter:
    """The :class:`core.progress.Progress` of a job.

    A call costs about a microsecond; a few times a second it writes ``progress.json`` and checks the flag ``cancel``.
    A change of ``note`` or ``total``, or a smaller ``done`` than before, begins a new phase with a new rate. The first
    ``done`` of a phase was finished earlier and is left out of the rate, so a resumed job shows its true rate: that of
    the last ten seconds, or of the last five steps where steps are slow. ``gives_way`` says whether the job has to stop
    for other work now.
    """

    def __init__(self, folder: Path, *, gives_way: Callable[[], bool] | None = None) -> None:
        self._path = folder / "progress.json"
        self._flag = folder / "cancel"
        self._gives_way = gives_way
        self._lock = threading.Lock()
        self._now: tuple[float, float, str] = (0.0, 0.0, "")
        self._written: tuple[float, float, str] | None = None
        self._marks: deque[tuple[float, float]] = deque()  # when, and how much was done, in this phase
        self._next_write = 0.0
        self._next_look = 0.0

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        last_done, last_total, last_note = self._now
        self._now = (done, total, note or last_note)
        if not self._marks or total != last_total or self._now[2] != last_note or done < last_done:
            self._marks = deque([(now, done)])
        if now >= self._next_write:
            self.flush()
        if now >= self._next_look:
            self._next_look = now + LOOK_EVERY
            if self._flag.exists():
                raise Cancelled
            if self._gives_way is not None and self._gives_way():
                raise GaveWay

    def flush(self) -> None:
        """Write the latest progress unless it is written already. A full disk does not stop the job here."""
        with self._lock:
            self._next_write = time.monotonic() + WRITE_EVERY
            if self._now == self._written:
                return
            done, total, note = self._written = self._now
            rate = self._measured(done)
            left = (total - done) / rate if rate and total else None
            text = orjson.dumps(
                {"done": done, "total": total, "note": note, "rate": rate, "seconds_left": left, "at": time.time()}
            )
            temporary = self._path.with_name(".progress.json")
            with contextlib.suppress(OSError):
                temporary.write_bytes(text)
                os.replace(temporary, self._path)

    def _measured(self, done: float) -> float | None:
        now = time.monotonic()
        marks = self._marks
        if not marks or now - marks[-1][0] < WRITE_EVERY / 2:
            return None
        marks.append((now, done))
        while len(marks) > MARKS and marks[1][0] < now - WINDOW:
            marks.popleft()
        since, before = marks[0]
        return (done - before) / (now - since)
