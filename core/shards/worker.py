"""A worker of the process pool: reads tasks as JSON lines, does them, and writes how far it is and how they ended.

``python -m core.shards.worker``: lines on the standard input are ``{"number", "task"}``, those on the standard output
``{"number", "share"}`` and ``{"number", "ended"}``. What a feature's code prints goes to the standard error. It ends
with its standard input, whatever it does then: nobody waits for a result any more.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from queue import SimpleQueue
from types import FrameType
from typing import Any, BinaryIO

import orjson

from core.shards.work import outcome_of

TOLD_EVERY = 0.2  # seconds between two lines on how far it is


def main() -> int:
    """Do tasks until the input ends; returns 0."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the driver, which ends its workers
    told = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    waiting: SimpleQueue[dict[str, Any]] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    while True:
        asked = waiting.get()
        number = asked["number"]
        ended = outcome_of(asked["task"], _Teller(told, number))
        told.write(orjson.dumps({"number": number, "ended": ended}) + b"\n")


def _listen(lines: BinaryIO, waiting: SimpleQueue[dict[str, Any]]) -> None:
    for line in lines:
        waiting.put(orjson.loads(line))
    os._exit(0)  # the driver is gone, or has no more work


class _Teller:
    """The progress of a task, told as its share from 0 to 1."""

    def __init__(self, told: BinaryIO, number: int) -> None:
        self._told, self._number, self._next = told, number, 0.0

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        if total and now >= self._next:
            self._next = now + TOLD_EVERY
            self._told.write(orjson.dumps({"number": self._number, "share": min(1.0, done / total)}) + b"\n")


def _leave(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
