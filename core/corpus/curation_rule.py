"""A pool rule that is more than a filter of single rows: which near-copies, or which leaks, a pool leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.component_words import component_phrase
from core.errors import InputError, listed_in_short, quoted
from core.workspace.digests import digest

NAMES = {"leaks": "leaks", "near_copies": "near-copies"}  # kind: the filter's name in a row's reason

# Given the rows that pass all other filters, (rows,) bool, what a rule leaves out: (rows,) int64, −1 where it lets the
# row pass, else the corpus position of the row that stands for it (a near-copy that stays), or of the row itself.
RuleOutcome = Callable[[NDArray[np.bool_]], NDArray[np.int64]]


@dataclass(frozen=True, kw_only=True)
class CurationRule:
    """A rule of a pool: its ``kind``, one of :data:`NAMES`, and JSON ``settings`` that determine what it leaves out.

    Equal rules have equal digests, whatever the order of their settings. What they mean, :mod:`core.curation` knows.
    """

    kind: str
    settings: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(self.digest)

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that name the rule."""
        return digest(self.as_dict())

    @property
    def name(self) -> str:
        """The filter's name, as a row's reason gives it."""
        return NAMES[self.kind]

    def as_dict(self) -> dict[str, Any]:
        return {"kind": self.kind, "settings": dict(self.settings)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> CurationRule:
        """The rule that :meth:`as_dict` wrote. Raises :class:`InputError` for an unknown kind and for no settings."""
        kind, settings = values["kind"], values["settings"]
        if kind not in NAMES:
            raise InputError(f"A pool has no rule {quoted(kind)}.", remedy=f"There are: {listed_in_short(NAMES)}.")
        if not isinstance(settings, Mapping):
            raise InputError(f"A rule's settings are a JSON object, not {quoted(settings)}.")
        orjson.dumps(dict(settings))  # refuses keys and values that JSON has not
        return cls(kind=kind, settings=dict(settings))

    def describe(self) -> str:
        """One phrase: "without near-copies (minhash of the response ≥ 0.8)"."""
        return f"without {self.name}{_PHRASES[self.kind](self.settings)}"


def in_order(rules: Sequence[CurationRule]) -> list[CurationRule]:
    """Each rule once, in the order in which they are applied: by kind, so that each later one sees what passed."""
    distinct = {rule.digest: rule for rule in rules}.values()
    return sorted(distinct, key=lambda rule: (rule.kind, rule.digest))


def _near_copies(settings: Mapping[str, Any]) -> str:
    parts = [str(settings.get("rung", "")).replace("_", " ")]
    if component := settings.get("component"):
        parts.append(f"of {component_phrase(str(component))}")
    if "threshold" in settings:
        parts.append(f"≥ {settings['threshold']}")
    most = settings.get("most", 1)
    return f" ({' '.join(filter(None, parts))}{f', {most} of each group stay' if most != 1 else ''})"


def _leaks(settings: Mapping[str, Any]) -> str:
    keys = settings.get("benchmarks") or ()
    parts = [f"{len(keys)} benchmark{'s' if len(keys) != 1 else ''}", f"{settings.get('ngram')} words"]
    if settings.get("any_number"):
        parts.append("any number")
    if settings.get("share"):
        parts.append(f"at least {settings['share']:.0%} of a question")
    if settings.get("common"):
        parts.append(f"n-grams of more than {settings['common']:,} rows set aside")
    if settings.get("cosine"):
        parts.append(f"or cosine ≥ {settings['cosine']}")
    return f" ({', '.join(parts)})"


_PHRASES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {"leaks": _leaks, "near_copies": _near_copies}
