"""The answers to a row grouped by what they say: equal words, or near in meaning with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.curation.normalised import normalised
from core.errors import InputError

NEAR = 0.85
FORMULA = (
    "two answers are of one group if their words are equal after NFKC, without case and punctuation; or if the cosine "
    "of their vectors is at least {near:g} and they hold the same numbers; and if a chain of such answers joins them"
)
_NUMBER = re.compile(r"\d[\d,.]*")


class Embed(Protocol):
    """Unit vectors (texts, d) of texts."""

    def __call__(self, texts: Sequence[str]) -> NDArray[np.floating]: ...


@dataclass(frozen=True, kw_only=True)
class AnswerGroups:
    """The groups of a row's answers, the largest first, ties by the first answer: the places of each one's answers."""

    groups: tuple[tuple[int, ...], ...]

    @property
    def shares(self) -> tuple[float, ...]:
        total = sum(map(len, self.groups))
        return tuple(len(group) / total for group in self.groups)

    @property
    def entropy(self) -> float:
        """−Σ p ln p over the groups' shares, nats: 0 where all agree, ln n where no two do."""
        return -sum(share * log(share) for share in self.shares) + 0.0


def group_answers(
    rows: Sequence[Sequence[str]], *, embed: Embed | None = None, near: float = NEAR
) -> list[AnswerGroups]:
    """The groups of each row's answers. Without ``embed`` only equal words make a group.

    A higher ``near`` makes more, smaller groups. Work: one vector for each distinct answer of a row that has several,
    and the cosines within each row alone.
    """
    if not 0 < near <= 1:
        raise InputError(f"Answers are near from a cosine between 0 and 1 on, not {near:g}.")
    keys = [[normalised(answer) for answer in answers] for answers in rows]
    distinct = [list(dict.fromkeys(of_row)) for of_row in keys]
    vectors = None
    if embed is not None:
        first: dict[str, str] = {}
        for answers, of_row in zip(rows, keys, strict=True):
            for key, answer in zip(of_row, answers, strict=True):
                first[key] = min(first.get(key, answer), answer)  # whatever the order of the rows
        wanted = sorted({key for of_row in distinct if len(of_row) > 1 for key in of_row})
        vectors = dict(zip(wanted, embed([first[key] for key in wanted]), strict=True)) if wanted else {}
    return [_grouped(of_row, names, vectors, near) for of_row, names in zip(keys, distinct, strict=True)]


def _grouped(
    keys: Sequence[str], names: Sequence[str], vectors: dict[str, NDArray[np.floating]] | None, near: float
) -> AnswerGroups:
    leader = {name: name for name in names}

    def top(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    if vectors is not None and len(names) > 1:
        table = np.stack([vectors[name] for name in names])
        cosines = table @ table.T  # (distinct, distinct) of one row
        numbers = [sorted(_NUMBER.findall(name)) for name in names]
        for left, right in zip(*np.nonzero(np.triu(cosines >= near, k=1)), strict=True):
            if numbers[left] == numbers[right]:
                leader[top(names[right])] = top(names[left])
    members: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        members.setdefault(top(key), []).append(place)
    ordered = sorted(members.values(), key=lambda places: (-len(places), places[0]))
    return AnswerGroups(groups=tuple(tuple(places) for places in ordered))
