"""The family of exceptions whose messages a user can act on."""

from __future__ import annotations

import re

LONGEST = 2000  # characters of what a message says
_ENDLESS = re.compile(r"(\S{80})\S{120,}")


class DiverscopeError(Exception):
    """An error that a user can understand and correct.

    ``what`` says what is wrong, ``remedy`` what to do about it. Pages and the command line show both and no traceback;
    the log keeps the traceback.
    """

    def __init__(self, what: str, *, remedy: str = "") -> None:
        self.what = _readable(what)
        self.remedy = remedy
        super().__init__(self.what)

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class InputError(DiverscopeError):
    """A file, a path or a value that a user gave cannot be used."""


class FeatureMissing(DiverscopeError):
    """A strategy or a metric needs a feature that has not been computed yet."""

    def __init__(self, feature: str, *, remedy: str = "") -> None:
        super().__init__(f"The {feature} of these rows are not there yet.", remedy=remedy)
        self.feature = feature


class Infeasible(DiverscopeError):
    """A request that no answer can satisfy: more rows than the pool holds, quotas that exclude each other."""


class WorkspaceError(DiverscopeError):
    """The workspace cannot be read or written: disk full, a newer version, a file that is gone."""


class NetworkError(DiverscopeError):
    """A hub or an endpoint did not answer."""


class JobError(DiverscopeError):
    """A job failed; the message is the job's own."""


class Cancelled(DiverscopeError):
    """The user cancelled the work; what was finished is kept."""

    def __init__(self, what: str = "Cancelled. What was finished is kept.") -> None:
        super().__init__(what)


def _readable(what: str) -> str:
    """``what`` without endless words: where a message quotes a value of a file, its beginning says which one."""
    if len(what) < 200:
        return what
    what = _ENDLESS.sub(r"\1…", what)
    return what if len(what) <= LONGEST else f"{what[: LONGEST - 1]}…"


def quoted(value: object) -> str:
    """``value`` as a message quotes it: its Python form, at most 80 characters of it."""
    text = repr(value[:80] if isinstance(value, (str, bytes)) else value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the memory of the machine or of a graphics card was not enough."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"  # the second is torch's own
