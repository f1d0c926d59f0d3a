"""The decisions that drop and merge tags, with the rule of each, and how the user undoes them or renames tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InputError, in_short
from core.features.tags.normalise import is_word, spelling_groups
from core.features.tags.rules import companions
from core.features.tags.synonyms import centres, dense_groups, near_groups
from core.features.tags.tagging import Tagging
from core.progress import Progress, silent
from core.view import TypeRows

RULES = {
    "spelling": "same word, spelt otherwise",
    "meaning": "near in meaning",
    "association": "always together",
    "by hand": "by hand",
}
DROPS = {"no word": "not a word", "rare": "in too few rows"}
Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Merge:
    """A merge of a tag into another. ``strength``: the cosine or the rule's confidence; 1 for spelling and by hand."""

    into: str
    rule: str
    strength: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Decisions:
    """The fate of the raw tags. Each tag is merged or dropped at most once; merges can be chained.

    ``names`` holds the new names of tags that were renamed. ``version`` counts the user's changes; ``log`` describes
    them in words.
    """

    dropped: Mapping[str, str] = field(default_factory=dict)
    merges: Mapping[str, Merge] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    log: tuple[str, ...] = ()

    def root(self, tag: str) -> str:
        """The raw tag into which ``tag`` was merged in the end; ``tag`` itself if it was not merged."""
        while tag in self.merges:
            tag = self.merges[tag].into
        return tag

    def final(self, names: Sequence[str]) -> list[str | None]:
        """The final name of each raw tag; None where the tag was dropped."""
        roots = [self.root(name) for name in names]
        return [None if root in self.dropped else self.names.get(root, root) for root in roots]

    def undone(self, tag: str, *, known: Sequence[str]) -> Decisions:
        """The decisions with ``tag`` no longer merged or dropped. ``known`` are all raw tags.

        Raises :class:`InputError` when it is neither merged nor dropped, or when another tag now has its name.
        """
        if tag in self.merges:
            merges = {name: merge for name, merge in self.merges.items() if name != tag}
            changed = self._next(f"undid {tag} → {self.merges[tag].into}", merges=merges)
        elif tag in self.dropped:
            dropped = {name: rule for name, rule in self.dropped.items() if name != tag}
            changed = self._next(f"brought back {tag}", dropped=dropped)
        else:
            raise InputError(f"“{in_short(tag)}” was neither merged nor dropped.")
        shown = changed.names.get(tag, tag)
        if shown in self.shown(known):  # before the undoing ``tag`` itself was not among them
            raise InputError(f"Another tag is called “{in_short(shown)}” now.", remedy="Rename that one first.")
        return changed

    def shown(self, known: Sequence[str]) -> dict[str, str]:
        """{final name: the raw tag that has it}. ``known`` are all raw tags."""
        roots = {self.root(name) for name in known}
        return {self.names.get(root, root): root for root in sorted(roots) if root not in self.dropped}

    def renamed(self, shown: str, new: str, *, known: Sequence[str]) -> Decisions:
        """The decisions with the tag ``shown`` renamed to ``new``; if another tag has that name, the two are merged."""
        new = " ".join("".join(char if char.isprintable() else " " for char in new).split())
        if not new or len(new) > 80:
            raise InputError("A tag's name has 1 to 80 characters.", remedy="Give another name.")
        roots = self.shown(known)
        if shown not in roots:
            raise InputError(f"There is no tag “{in_short(shown)}”.")
        if new == shown:
            return self
        if new in roots:
            merges = {**self.merges, roots[shown]: Merge(roots[new], "by hand", 1.0)}
            names = {root: name for root, name in self.names.items() if root != roots[shown]}
            return self._next(f"merged {shown} → {new}", merges=merges, names=names)
        return self._next(f"renamed {shown} → {new}", names={**self.names, roots[shown]: new})

    def _next(self, said: str, **changes: Any) -> Decisions:
        return replace(self, version=self.version + 1, log=(*self.log, said), **changes)

    def as_dict(self) -> dict[str, Any]:
        """JSON values; merges as {tag: [into, rule, strength]}."""
        return {
            "dropped": dict(self.dropped),
            "merges": {tag: [merge.into, merge.rule, merge.strength] for tag, merge in self.merges.items()},
            "names": dict(self.names),
            "version": self.version,
            "log": list(self.log),
        }

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Decisions:
        return cls(
            dropped=values["dropped"],
            merges={tag: Merge(*merge) for tag, merge in values["merges"].items()},
            names=values["names"],
            version=int(values["version"]),
            log=tuple(values["log"]),
        )


def decide(
    matrix: sparse.csr_matrix, names: Sequence[str], tagging: Tagging, *, embed: Embed, progress: Progress = silent
) -> Decisions:
    """The decisions that ``tagging`` asks for: drop non-words, join spellings, drop rare tags, then merge the rest.

    ``matrix`` (rows, tags) of ones over the sorted raw ``names``. After InsTag's normalisation (2308.07074) and
    the paper's D.2; spellings are joined before rare tags are dropped, so that a tag is not lost by being spelt in
    two ways.
    """
    everything = np.arange(len(names))
    dropped = {name: "no word" for name in names if not is_word(name)}
    live = everything[[name not in dropped for name in names]]
    rows = np.asarray(matrix.sum(axis=0)).ravel().astype(np.int64)
    merges: dict[str, Merge] = {}
    into = everything.copy()  # the tag into which each tag is merged so far

    def join(targets: Mapping[int, tuple[int, float]], rule: str) -> None:
        for tag, (target, strength) in sorted(targets.items()):
            merges[names[tag]] = Merge(names[target], rule, round(strength, 4))
            into[tag] = target

    spelt = spelling_groups([names[tag] for tag in live.tolist()], rows[live])
    join({int(live[tag]): (int(live[target]), 1.0) for tag, target in spelt.items()}, "spelling")
    joined = _joined(matrix, _settled(into))
    count = np.asarray(joined.sum(axis=0)).ravel().astype(np.int64)
    standing = live[into[live] == live]
    dropped |= {names[tag]: "rare" for tag in standing.tolist() if count[tag] < tagging.min_rows}
    standing = standing[count[standing] >= tagging.min_rows]
    if tagging.synonyms != "none" and len(standing) > 1:
        vectors = embed([names[tag] for tag in standing.tolist()])
        if tagging.synonyms == "dbscan":
            groups = near_groups(vectors, eps=tagging.eps, progress=progress)
        else:
            groups = dense_groups(vectors, eps=tagging.eps)
        near = centres(vectors, groups, count[standing])
        join({int(standing[tag]): (int(standing[to]), cosine) for tag, (to, cosine) in near.items()}, "meaning")
        joined = _joined(matrix, _settled(into))
        standing = standing[into[standing] == standing]
    if tagging.support and len(standing) > 1:
        always = companions(joined[:, standing], support=tagging.support, confidence=tagging.confidence)
        join({int(standing[tag]): (int(standing[to]), share) for tag, (to, share) in always.items()}, "association")
    return Decisions(dropped=dropped, merges=merges)


def type_rows(matrix: sparse.csr_matrix, names: Sequence[str], decisions: Decisions) -> TypeRows:
    """The types of every row: (rows, types) of ones, columns in the order of the sorted final names."""
    final = decisions.final(names)
    shown = sorted({name for name in final if name is not None})
    place = {name: number for number, name in enumerate(shown)}
    target = np.array([-1 if name is None else place[name] for name in final], dtype=np.int64)
    return TypeRows(_spread(matrix, target, len(shown)), shown)


def _settled(into: NDArray[np.int64]) -> NDArray[np.int64]:
    """``into`` with every chain of merges followed to its end."""
    while True:
        further = into[into]
        if (further == into).all():
            return into
        into = further


def _joined(matrix: sparse.csr_matrix, into: NDArray[np.int64]) -> sparse.csr_matrix:
    return _spread(matrix, into, matrix.shape[1])


def _spread(matrix: sparse.csr_matrix, target: NDArray[np.int64], columns: int) -> sparse.csr_matrix:
    """The matrix with each column moved to its ``target`` (-1: dropped), all entries 1, columns sorted."""
    row = np.repeat(np.arange(matrix.shape[0], dtype=np.int64), np.diff(matrix.indptr))
    column = target[matrix.indices]
    keep = column >= 0
    pairs = np.unique(row[keep] * max(columns, 1) + column[keep])
    row, column = np.divmod(pairs, max(columns, 1))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=matrix.shape[0]))))
    spread = sparse.csr_matrix(
        (np.ones(len(column), dtype=np.int8), column.astype(np.int32), indptr), shape=(matrix.shape[0], columns)
    )
    spread.has_canonical_format = True
    return spread
