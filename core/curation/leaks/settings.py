"""What a search for leaks compares, and what a rule leaves out of the pool by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from math import isfinite
from typing import Any

from core.errors import InputError, listed_in_short, quoted

LEAST, MOST = 3, 100  # words of an n-gram
USUAL = (13, 8)  # GPT-3 took 13 words (arXiv 2005.14165, appendix C), and at least 8 for its shortest data sets


@dataclass(frozen=True, kw_only=True)
class LeakSearch:
    """What is compared. A larger ``ngram`` finds longer copies only; a smaller one more, and more chance meetings.

    ``any_number``: words of digits alone are all the same, so that a question whose numbers were changed is found, and
    more that are only alike. ``answers``: the answers of a benchmark are looked for too, if they have ``ngram`` words.
    """

    ngram: int = USUAL[0]
    any_number: bool = False
    answers: bool = False

    def __post_init__(self) -> None:
        _whole("n-gram", self.ngram, LEAST, MOST)


@dataclass(frozen=True, kw_only=True)
class LeakRule(LeakSearch):
    """What is left out: rows that hold a text of one of ``benchmarks`` (keys, which name the questions by content).

    ``common``: n-grams that stand in more rows than this are set aside as boilerplate, 0 for none; a lower limit leaves
    out fewer rows. ``share``: the least share of a question's n-grams that a row has to hold, 0 for any one; a higher
    one leaves out fewer rows. ``cosine``: rows whose instruction is at least so near to a question by the embeddings of
    ``embedder`` are left out too, 0 for none; a higher one leaves out fewer rows.
    """

    benchmarks: tuple[str, ...] = field(default=())
    common: int = 0
    share: float = 0.0
    cosine: float = 0.0
    embedder: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.benchmarks:
            raise InputError("A rule of leaks names no benchmark.", remedy="Choose at least one.")
        _whole("limit of rows with the same n-gram", self.common, 0, 1 << 62)
        for name in ("share", "cosine"):
            value = getattr(self, name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not number or not isfinite(value) or not 0 <= value <= 1:
                raise InputError(f"The {name} of a rule of leaks lies between 0 and 1, not at {quoted(value)}.")

    @property
    def search(self) -> LeakSearch:
        """What has to be compared for it."""
        return LeakSearch(ngram=self.ngram, any_number=self.any_number, answers=self.answers)

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON values; those that change nothing are left out."""
        values = {name: value for name, value in asdict(self).items() if value}
        if not self.cosine:
            values.pop("embedder", None)
        return {**values, "benchmarks": sorted(set(self.benchmarks))}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> LeakRule:
        """The settings that :meth:`as_dict` wrote. Raises :class:`InputError` for others."""
        unknown = set(values) - set(cls.__dataclass_fields__)
        if unknown:
            raise InputError(f"A rule of leaks has no setting {listed_in_short(sorted(unknown))}.")
        keys = values.get("benchmarks", ())
        if not isinstance(keys, (list, tuple)) or not all(isinstance(key, str) for key in keys):
            raise InputError(f"The benchmarks of a rule of leaks must be a list of keys, not {quoted(keys)}.")
        for name, kind in (("any_number", bool), ("answers", bool), ("embedder", str)):
            if name in values and not isinstance(values[name], kind):
                wanted = "text" if kind is str else "true or false"
                raise InputError(f"The rule's {name} must be {wanted}, not {quoted(values[name])}.")
        return cls(**{**values, "benchmarks": tuple(keys)})


def _whole(name: str, value: Any, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"The {name} must be a whole number from {least} to {most}, not {quoted(value)}.")
