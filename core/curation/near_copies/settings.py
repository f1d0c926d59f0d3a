"""What a rule of near-copies says: which rung of the ladder, from which threshold, and which rows of a group stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from core.errors import InputError, listed_in_short, quoted
from core.view import ALL_COMPONENTS

KEEPS = {
    "longest": "the longest row",
    "source": "the row of the first source",
    "highest": "the row with the highest score",
    "lowest": "the row with the lowest score",
    "random": "a random row",
}


@dataclass(frozen=True)
class Rung:
    """A rung of the ladder: its ``title``, what its copies have in common, and what its threshold counts ("": none)."""

    title: str
    meaning: str
    measure: str = ""
    usual: float = 1.0  # the threshold to start with
    least: float = 1.0  # the lowest threshold that its pairs are kept for
    of_component: bool = True


RUNGS: Mapping[str, Rung] = {
    "exact": Rung("Exact", "the component is the same to the letter"),
    "normalised": Rung("Normalised", "the same but for case, spaces, punctuation and forms of Unicode"),
    "same_instruction": Rung(
        "Same instruction", "the same normalised instruction, whatever the response", of_component=False
    ),
    "minhash": Rung(
        "Words in common", "runs of five words in common, as a share of the runs of both", "Jaccard similarity",
        usual=0.8, least=0.5,
    ),
    "cosine": Rung(
        "Meaning", "vectors of an embedder that point in nearly the same direction", "cosine", usual=0.95, least=0.8,
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NearCopies:
    """Settings of a rule. Of each group of copies ``most`` rows stay, those that ``keep`` prefers, ties by row id.

    ``threshold`` is the least similarity of a pair on a rung that has one: higher leaves more rows. ``keep`` is one of
    :data:`KEEPS`; "source" prefers the order of ``sources`` (others after them by name), "highest" and "lowest" the
    numbers of ``column`` (rows without one last), "random" draws by ``seed``. Rows of one template (a frame of words
    whose slots differ) all stay, unless ``templates``.
    """

    rung: str = "normalised"
    component: str = "both"
    threshold: float = 0.0  # 0: the rung's usual one
    embedder: str = ""  # of the rung "cosine"; "" is the default of this machine
    templates: bool = False
    keep: str = "longest"
    sources: tuple[str, ...] = ()
    column: str = ""
    seed: int = 0
    most: int = 1

    def __post_init__(self) -> None:
        _refuse_unknown("rung", self.rung, RUNGS)
        _refuse_unknown("component", self.component, ALL_COMPONENTS)
        _refuse_unknown("way to keep rows", self.keep, KEEPS)
        if isinstance(self.most, bool) or not isinstance(self.most, int) or self.most < 1:
            raise InputError(f"At least 1 row of each group of copies stays, not {quoted(self.most)}.")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or not 0 <= self.seed < 1 << 63:
            raise InputError(f"A seed is a whole number from 0, not {quoted(self.seed)}.")
        if self.keep in ("highest", "lowest") and not self.column:
            raise InputError(f"Which column holds the score whose {self.keep} stays?", remedy="Name a column.")
        least = RUNGS[self.rung].least
        number = isinstance(self.threshold, (int, float)) and not isinstance(self.threshold, bool)
        if not number or not isfinite(self.threshold) or (RUNGS[self.rung].measure and not 0 <= self.threshold <= 1):
            raise InputError(f"A threshold lies between {least:g} and 1, not at {quoted(self.threshold)}.")
        if not self.threshold or not RUNGS[self.rung].measure:
            object.__setattr__(self, "threshold", RUNGS[self.rung].usual)
        if self.threshold < least:
            raise InputError(
                f"Pairs of the rung “{RUNGS[self.rung].title}” are kept from {least:g} up, not from {self.threshold:g}."
            )

    def as_dict(self) -> dict[str, Any]:
        """The settings as JSON values: only those that the rung and the way to keep rows read."""
        rung = RUNGS[self.rung]
        read = {"rung", "keep"}
        read |= {"component"} if rung.of_component else set()
        read |= {"threshold"} if rung.measure else set()
        read |= {"templates"} if rung.measure and self.templates else set()
        read |= {"embedder"} if self.rung == "cosine" else set()
        read |= {"source": {"sources"}, "highest": {"column"}, "lowest": {"column"}, "random": {"seed"}}.get(
            self.keep, set()
        )
        read |= {"most"} if self.most != 1 else set()
        return {
            name: list(value) if name == "sources" else value for name, value in asdict(self).items() if name in read
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> NearCopies:
        """The settings that :meth:`as_dict` wrote. Raises :class:`InputError` for others."""
        unknown = set(values) - set(cls.__dataclass_fields__)
        if unknown:
            raise InputError(f"A rule of near-copies has no setting {listed_in_short(sorted(unknown))}.")
        taken = dict(values)
        for name in ("rung", "component", "embedder", "keep", "column"):
            if name in taken and not isinstance(taken[name], str):
                raise InputError(f"The rule's {name} must be text, not {quoted(taken[name])}.")
        if not isinstance(taken.get("templates", False), bool):
            raise InputError(f"Whether templates count is true or false, not {quoted(taken['templates'])}.")
        sources = taken.get("sources", ())
        if not isinstance(sources, (list, tuple)) or not all(isinstance(source, str) for source in sources):
            raise InputError(f"The rule's sources must be a list of names, not {quoted(sources)}.")
        return cls(**{**taken, "sources": tuple(sources)})


def _refuse_unknown(what: str, given: str, known: Any) -> None:
    if given not in known:
        raise InputError(f"There is no {what} {quoted(given)}.", remedy=f"There are: {', '.join(known)}.")
