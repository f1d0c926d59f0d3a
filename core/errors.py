"""The family of exceptions whose messages a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.component_words import component_phrase

LONGEST = 80  # characters of a value that a message quotes
LONGEST_PATH = 400  # of a path or an address, which a person has to copy whole
LONGEST_REASON = 200  # of what a library says
LONGEST_WHAT = 2_000  # of what is wrong; a remedy may be a long list of ours
NAMED = 12  # names that a message lists
_LONG_WORD = re.compile(rf"\S{{{LONGEST + 1},}}")


class DiverscopeError(Exception):
    """An error that a user can understand and correct.

    ``what`` says what is wrong, ``remedy`` what to do about it. Pages and the command line show both and no traceback;
    the log keeps the traceback. A message quotes values with :func:`quoted`, :func:`in_short`,
    :func:`listed_in_short` and :func:`reason_of`; what still is one very long word is cut here.
    """

    def __init__(self, what: str, *, remedy: str = "") -> None:
        what, remedy = _cut(_readable(what), LONGEST_WHAT), _readable(remedy)
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class InputError(DiverscopeError):
    """A file, a path or a value that a user gave cannot be used."""


class FeatureMissing(DiverscopeError):
    """A strategy or a metric needs a feature that has not been computed yet."""

    def __init__(self, feature: str, *, remedy: str = "", component: str = "", owner: str = "") -> None:
        """``component`` is named where it is not the one that is chosen, ``owner`` where it is not the open corpus."""
        whose = [*([component_phrase(component)] if component else []), *([in_short(owner)] if owner else [])]
        super().__init__(f"The {feature} of {' of '.join(whose or ['these rows'])} are not there yet.", remedy=remedy)
        self.feature = feature
        self.component = component


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


def quoted(value: object) -> str:
    """``value`` as a message quotes it: its Python form, at most :data:`LONGEST` characters of it."""
    if isinstance(value, (str, bytes)):
        value = value[:LONGEST]
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists in lists
        text = f"a very long {type(value).__name__}"
    return _cut(text, LONGEST)


def in_short(value: object) -> str:
    """A name, a cell or another text of a user within a sentence, without quotation marks: cut as :func:`quoted`."""
    return _cut(str(value), LONGEST)


def listed_in_short(names: Iterable[object]) -> str:
    """Names of a user's with commas between, each cut as :func:`in_short`: the first :data:`NAMED`, or "none"."""
    every = list(names)
    return ", ".join(map(in_short, every[:NAMED])) + (" …" if len(every) > NAMED else "") or "none"


def reason_of(error: BaseException) -> str:
    """Why a library refused, for a sentence of ours: the first line of its message, or the name of its error."""
    return _cut(next(iter(str(error).splitlines()), "").strip() or type(error).__name__, LONGEST_REASON)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _readable(message: str) -> str:
    """``message`` with words cut as :func:`quoted` cuts; of a path each part, and the whole at LONGEST_PATH."""
    return _LONG_WORD.sub(lambda word: _cut_word(word[0]), message)


def _cut_word(word: str) -> str:
    if "/" not in word:
        return _cut(word, LONGEST)
    return _cut("/".join(_cut(part, LONGEST) for part in word.split("/")), LONGEST_PATH)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says that the memory of the machine or of a graphics card was not enough."""
    return isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"  # the second is torch's own
