"""Which score belongs to which subset: by the digest that the file carried, else by name, for a person to confirm."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from core.errors import InputError
from core.evidence.entries import Curve, Entry, Match, Origin, Run, Score, Subset
from core.evidence.importers.proposal import Imported, ProposedScore
from core.evidence.importers.recipes import DIGEST

How = Literal["recipe digest", "digest in the name", "same name", "similar name", "confirmed before", "nothing similar"]
SURE: tuple[How, ...] = ("recipe digest", "digest in the name", "same name", "confirmed before")
SIMILAR = 0.6  # difflib's ratio from which a name is suggested


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """What one label most probably means. ``sure`` suggestions need no look, the others a person confirms."""

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
    scores: Sequence[ProposedScore], *, names: Mapping[str, str], confirmed: Mapping[str, str] | None = None
) -> list[Suggestion]:
    """One suggestion a label, in the labels' order of appearance.

    ``names``: digest → name of the subsets there are. ``confirmed``: label → digest as people said before. A name that
    two subsets share is similar, never the same.
    """
    by_name: dict[str, list[str]] = {}
    for digest, name in names.items():
        by_name.setdefault(_plain(name), []).append(digest)
    found = []
    for label, group in _by_label(scores).items():
        digest, how, likeness = _best(label, group, names=names, by_name=by_name, confirmed=confirmed or {})
        found.append(
            Suggestion(
                label=label, subset=digest, name=names.get(digest, ""), how=how, likeness=likeness, scores=len(group)
            )
        )
    return found


def _best(
    label: str, group: Sequence[ProposedScore], *, names: Mapping[str, str], by_name: Mapping[str, Sequence[str]],
    confirmed: Mapping[str, str],
) -> tuple[str, How, float]:  # fmt: skip
    carried = {score.recipe for score in group if score.recipe}
    if len(carried) == 1:
        # Kept also when no such subset is there: it was deleted, and its scores are listed as unmatched.
        return carried.pop(), "recipe digest", 1.0
    if confirmed.get(label) in names:
        return confirmed[label], "confirmed before", 1.0
    inside = [digest for digest in DIGEST.findall(label.lower()) if digest in names]
    if len(inside) == 1:
        return inside[0], "digest in the name", 1.0
    plain = _plain(label)
    same = by_name.get(plain, ())
    if len(same) == 1:
        return same[0], "same name", 1.0
    ratios = [(difflib.SequenceMatcher(None, plain, other).ratio(), other) for other in by_name if other]
    likeness, other = max(ratios, default=(0.0, ""))
    if likeness >= SIMILAR:
        return min(by_name[other]), "similar name", likeness
    return "", "nothing similar", likeness


def _by_label(scores: Sequence[ProposedScore]) -> dict[str, list[ProposedScore]]:
    groups: dict[str, list[ProposedScore]] = {}
    for score in scores:
        groups.setdefault(score.subject, []).append(score)
    return groups


def _plain(name: str) -> str:
    """A name without case, marks and file endings: "Res_Micro 50%.json" and "res-micro-50" are the same."""
    bare = re.sub(r"\.(json|jsonl|csv|parquet)$", "", name.strip().lower())
    return " ".join(re.findall(r"[^\W_]+", bare))


def to_entries(
    imported: Imported, *, matches: Mapping[str, str], log_unseen: bool = False, primary_only: bool = False
) -> tuple[list[Score], list[Entry]]:
    """Proposed scores as ledger entries: (scores, the matches, curves and unseen datasets to log beside them).

    ``matches``: label → digest, as confirmed. A label without one stays unmatched, or becomes a dataset that we never
    saw where ``log_unseen``. Raises :class:`InputError` while a question of the file is open.
    """
    if imported.questions:
        raise InputError(
            f"{imported.questions[0].file}: {imported.questions[0].text}", remedy="Answer, then import again."
        )
    chosen = [score for score in imported.scores if score.primary or not primary_only]
    scores = [
        Score(
            run=Run(
                label=each.subject, subset=each.recipe, model=each.model, trainer=dict(each.trainer), seed=each.seed
            ),
            benchmark=each.benchmark,
            measure=each.measure,
            value=each.value,
            direction=each.direction,
            judge=each.judge,
            baseline=each.baseline,
            unit=each.unit,
            stderr=each.stderr,
            n=each.n,
            origin=Origin(file=each.file, field=each.field, reader=each.reader or "import"),
        )
        for each in chosen
    ]
    others: list[Entry] = []
    for label, group in _by_label(chosen).items():
        digest = matches.get(label, "")
        if not digest and log_unseen and not any(each.recipe for each in group):
            first = group[0]
            digest = Subset.unseen(label)
            origin = Origin(file=first.file, field="", reader=first.reader or "import")
            others.append(
                Subset(
                    digest=digest, name=label, level=first.level, size=first.size, component=first.component,
                    origin=origin,
                )
            )  # fmt: skip
        if digest and not any(each.recipe for each in group):
            others.append(Match(label=label, subset=digest, how="confirmed at import"))
    labels = {score.subject for score in chosen}
    kept: dict[tuple[str, str], Curve] = {}
    for each in imported.curves:
        if each.subject in labels:
            run = Run(label=each.subject)
            origin = Origin(file=each.file, field=each.field, reader="import")
            kept[each.subject, each.measure] = Curve(
                run=run, measure=each.measure, steps=each.steps, values=each.values, origin=origin
            )
    return scores, [*others, *kept.values()]
