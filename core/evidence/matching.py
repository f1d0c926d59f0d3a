"""Suggests the subset of each score: by a digest in the file, else by name, which the user has to confirm."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.evidence.importers.proposal import ProposedScore
from core.evidence.importers.recipes import DIGEST

How = Literal[
    "recipe digest", "digest in the name", "same name", "confirmed before", "similar name", "shared name",
    "nothing similar",
]  # fmt: skip
SURE: tuple[How, ...] = ("recipe digest", "digest in the name", "same name", "confirmed before")
SIMILAR = 0.6  # a name is suggested from this ratio of difflib on
COMPARED = 200  # characters of each name that difflib compares: its time grows with the product of the two lengths
OPPOSED = (("macro", "meso", "micro", "random"), ("instruction", "response"))  # words that exclude each other in a name


@dataclass(frozen=True, kw_only=True)
class Known:
    """A saved name of a dataset. Several names may share a digest if they were saved with the same rows."""

    name: str
    digest: str
    size: int | None = None
    component: str = ""


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What a label means, or may mean. Only ``sure`` suggestions are used unasked; the user has to tick the others."""

    label: str
    subset: str  # digest, "" when nothing is similar
    name: str
    how: How
    likeness: float  # 0 to 1
    scores: int

    @property
    def sure(self) -> bool:
        return self.how in SURE


def suggest(
    scores: Sequence[ProposedScore], *, known: Sequence[Known], confirmed: Mapping[str, str] | None = None
) -> list[Suggestion]:
    """A suggestion for each label, in the labels' order of appearance.

    ``known``: every name, also several of one digest. ``confirmed``: label → digest as users said before. A name that
    several datasets share identifies none of them. A similar name is suggested only if the numbers in both names, the
    levels and components that they name, the sizes and the components agree, and if it is similar to one label only.
    """
    suggestions = [
        _best(label, group, known=known, confirmed=confirmed or {}) for label, group in by_label(scores).items()
    ]
    taken = Counter(suggestion.subset for suggestion in suggestions if suggestion.subset)
    return [
        suggestion
        if suggestion.sure or taken[suggestion.subset] < 2
        else replace(suggestion, subset="", name="", how="nothing similar", likeness=0.0)
        for suggestion in suggestions
    ]


def _best(
    label: str, group: Sequence[ProposedScore], *, known: Sequence[Known], confirmed: Mapping[str, str]
) -> Suggestion:
    def said(how: How, digest: str = "", *, name: str = "", likeness: float = 1.0) -> Suggestion:
        name = name or next((subset.name for subset in known if subset.digest == digest), "")
        return Suggestion(label=label, subset=digest, name=name, how=how, likeness=likeness, scores=len(group))

    digests = {subset.digest for subset in known}
    carried = {score.recipe for score in group if score.recipe}
    if len(carried) == 1:
        # Kept even if the subset was deleted: its scores are then listed as unmatched.
        return said("recipe digest", carried.pop())
    if confirmed.get(label) in digests:
        return said("confirmed before", confirmed[label])
    inside = {digest for digest in DIGEST.findall(label.lower()) if digest in digests}
    if len(inside) == 1:
        return said("digest in the name", inside.pop())
    # Exact names first, then names without case and marks: "run 1" and "Run-1" may both exist.
    for spelled in (str.strip, _plain):
        same = [subset for subset in known if spelled(subset.name) == spelled(label) and spelled(label)]
        if len({subset.digest for subset in same}) == 1:
            return said("same name", same[0].digest, name=same[0].name)
        if same:
            return said("shared name", likeness=0.0)
    plain = _plain(label)[:COMPARED]
    ratios = [
        (difflib.SequenceMatcher(None, plain, _plain(subset.name)[:COMPARED]).ratio(), subset.digest, subset.name)
        for subset in known
        if _agree(label, group, subset)
    ]
    likeness, digest, name = max(ratios, default=(0.0, "", ""))
    if likeness >= SIMILAR:
        return said("similar name", digest, name=name, likeness=likeness)
    return said("nothing similar", likeness=likeness)


def _agree(label: str, group: Sequence[ProposedScore], known: Known) -> bool:
    """Whether label and subset can be the same: their numbers, opposed words, sizes and components agree."""
    if _numbers(label) != _numbers(known.name):
        return False
    words, others = set(_plain(label).split()), set(_plain(known.name).split())
    for opposed in OPPOSED:
        mine, theirs = words & set(opposed), others & set(opposed)
        if mine and theirs and mine != theirs:
            return False
    sizes = {score.size for score in group if score.size}
    components = {score.component for score in group if score.component} | (words & set(OPPOSED[1]))
    return not (known.size and sizes - {known.size}) and not (known.component and components - {known.component})


def _numbers(name: str) -> list[float]:
    """The numbers in a name in ascending order; "10,000" and "10K" are the same."""
    joined = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", name.lower())
    scale = {"k": 1_000, "m": 1_000_000}
    numbers = re.findall(r"(\d+(?:\.\d+)?)([km](?![a-z]))?", joined)
    return sorted(float(digits) * scale.get(unit, 1) for digits, unit in numbers)


def by_label(scores: Sequence[ProposedScore]) -> dict[str, list[ProposedScore]]:
    """The scores of each label, in the labels' order of appearance."""
    groups: dict[str, list[ProposedScore]] = {}
    for score in scores:
        groups.setdefault(score.subject, []).append(score)
    return groups


def _plain(name: str) -> str:
    """A name without case, marks and file endings: "Res_Micro 50%.json" and "res-micro-50" are the same."""
    bare = re.sub(r"\.(json|jsonl|csv|parquet)$", "", name.strip().lower())
    return " ".join(re.findall(r"[^\W_]+", bare))
