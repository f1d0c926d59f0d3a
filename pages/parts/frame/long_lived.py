"""Objects that live as long as the app, kept out of the search for garbage that Streamlit makes after every run.

After each run of a script or fragment Streamlit collects garbage in full. With torch, pandas and plotly imported that
walks over a million objects that never die, in a fifth of a second and more, while it holds the interpreter's lock: a
fragment that shows a job's progress once a second took a third of a core. What has outlived a collection that took
long is therefore set aside, and the next ones look only at what is new.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from typing import Any

LONG = 0.03  # seconds: a full collection that takes longer sets aside what it left
LOOK_AGAIN = 600.0  # seconds after which what was set aside is looked through once more, for cycles that died since


class SetAside:
    """The callback for :data:`gc.callbacks`: freezes what survives a long full collection, thaws it now and then."""

    def __init__(self, *, long: float = LONG, look_again: float = LOOK_AGAIN) -> None:
        self._long = long
        self._look_again = look_again
        self._began = self._thawed = time.monotonic()

    def __call__(self, phase: str, info: Mapping[str, Any]) -> None:
        if info["generation"] < 2:
            return
        now = time.monotonic()
        if phase == "start":
            if now - self._thawed > self._look_again:
                gc.unfreeze()
                self._thawed = now
            self._began = time.monotonic()
        elif now - self._began > self._long:
            gc.freeze()


def set_aside_long_lived() -> None:
    """Watch the full collections of this process from now on; a second call changes nothing."""
    if not any(isinstance(callback, SetAside) for callback in gc.callbacks):
        gc.callbacks.append(SetAside())
