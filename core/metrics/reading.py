"""The reading of a metric: a number, why these rows have none, or what went wrong; and its conversion to JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.errors import DiverscopeError, ran_out_of_memory

INTEGERS = (-(2**63), 2**64 - 1)  # the range of integers in our JSON files
LONGEST = 300  # characters of a foreign error message that a page shows


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A measured number, or why there is none.

    Where ``value`` is None, exactly one of two texts says why. ``undefined`` ("undefined because …"): these rows have
    no such number; that is a result, and it is kept. ``failed`` ("failed: …"): the program could not measure it; that
    says nothing about the rows, so they are measured again. ``interval`` is the 95 % interval of an estimate from a
    sample; ``detail`` holds details that a page may unfold.
    """

    value: float | None
    undefined: str = ""
    failed: str = ""
    interval: tuple[float, float] | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> str:
        """Why there is no value; "" where there is one."""
        return self.failed or self.undefined

    def as_dict(self) -> dict[str, Any]:
        """The reading as JSON values."""
        kept: dict[str, Any] = {
            "value": self.value,
            "undefined": self.undefined,
            "interval": list(self.interval) if self.interval else None,
            "detail": dict(self.detail),
        }
        return {**kept, "failed": self.failed} if self.failed else kept

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Reading:
        """The reading that :meth:`as_dict` wrote."""
        value, interval = kept.get("value"), kept.get("interval")
        return cls(
            value=None if value is None else float(value),
            undefined=str(kept.get("undefined", "")),
            failed=str(kept.get("failed", "")),
            interval=(float(interval[0]), float(interval[1])) if interval else None,
            detail=dict(kept.get("detail") or {}),
        )


def undefined(why: str) -> Reading:
    """A reading without a value: ``why`` completes "undefined because ..."."""
    return Reading(value=None, undefined=f"undefined because {why}")


def failure(error: BaseException) -> Reading:
    """A reading without a value because ``error`` was raised; one of our own errors gives its own message."""
    if isinstance(error, DiverscopeError):
        words = str(error)
    elif ran_out_of_memory(error):
        words = "there was not enough memory for it"
    else:
        lines = str(error).strip().splitlines()
        message = f": {lines[0][:LONGEST]}" if lines else ""
        words = f"a fault of the program ({type(error).__name__}{message}); the log has the trace"
    return Reading(value=None, failed=f"failed: {words}")


def plain_reading(answer: Reading) -> Reading:
    """``answer`` in plain Python values, so that it can be written as JSON; every metric's reading passes through it.

    NumPy scalars and arrays become numbers and lists. A value that is NaN or infinite makes the reading undefined;
    inside ``detail`` such a number becomes None. Raises :class:`TypeError` or :class:`ValueError` for a value that is
    not a number, for a detail that JSON cannot hold, and for a reading that gives neither a value nor a reason.
    """
    detail = {_name(key): _plain(part) for key, part in answer.detail.items()}
    if answer.value is None:
        if bool(answer.undefined) == bool(answer.failed):
            raise ValueError("a reading without a value gives one reason for it")
        return replace(answer, detail=detail, interval=None)
    value = _number(answer.value)
    if not math.isfinite(value):
        return replace(undefined(f"its formula gives {value} for these rows, which is not a number"), detail=detail)
    interval = None
    if answer.interval is not None:
        low, high = (_number(end) for end in answer.interval)
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"the interval from {low} to {high} has no finite ends")
        interval = (low, high)
    return Reading(value=value, interval=interval, detail=detail)


def _number(value: Any) -> float:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"its value is of type {type(value).__name__}, which is not a number")
    return float(value)


def _plain(part: Any) -> Any:
    """A part of a detail as JSON values."""
    if part is None or isinstance(part, (bool, np.bool_)):
        return None if part is None else bool(part)
    if isinstance(part, (int, np.integer)):
        if not INTEGERS[0] <= int(part) <= INTEGERS[1]:
            raise ValueError(f"a detail holds {part}, which is too large an integer")
        return int(part)
    if isinstance(part, (float, np.floating)):
        return float(part) if math.isfinite(part) else None
    if isinstance(part, str):
        return _text(part)
    if isinstance(part, Mapping):
        return {_name(key): _plain(inner) for key, inner in part.items()}
    if isinstance(part, np.ndarray):
        return _plain(part.tolist())
    if isinstance(part, (list, tuple)):
        return [_plain(inner) for inner in part]
    raise TypeError(f"a detail holds a {type(part).__name__}, which JSON cannot hold")


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"the name of a detail is of type {type(key).__name__}, not text")
    return _text(key)


def _text(text: str) -> str:
    """``text`` in valid UTF-8: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", errors="replace").decode()
