"""Plans what an import writes into the ledger, once the user has said what each name in the files means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.errors import InputError
from core.evidence.entries import Curve, Entry, LoggedSubset, Match, Origin, Run, Score
from core.evidence.importers.proposal import Imported, ProposedScore
from core.evidence.ledger import Clashes, Ledger
from core.evidence.matching import Suggestion, by_label


@dataclass(frozen=True, kw_only=True)
class LabelAnswer:
    """The answer for a label: the digest that it means, "" for none, or ``unseen``: a dataset that is not here.

    ``changed``: the user chose it instead of the offered answer.
    """

    digest: str = ""
    unseen: bool = False
    changed: bool = False


@dataclass(frozen=True, kw_only=True)
class Meanings:
    """``digests``: label → digest, also of unseen datasets. ``how``: how a label was matched, unless the user said so.

    ``unseen``: the labels of datasets that are not here.
    """

    digests: Mapping[str, str]
    how: Mapping[str, str] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """The scores, compared with those that are logged, and the other entries that the ledger lacks."""

    scores: list[Score]
    clashes: Clashes
    others: list[Entry]


def confirmed(
    suggestions: Sequence[Suggestion], *, answers: Mapping[str, LabelAnswer], ticked: Mapping[str, str]
) -> Meanings:
    """The meaning of each label by its entry in ``answers`` and by ``ticked``: label → digest of a similar name.

    The user's choice for a label comes before a tick, a tick before the offered answer. Only a sure match that was
    left as offered keeps how it was matched.
    """
    digests: dict[str, str] = {}
    how: dict[str, str] = {}
    unseen = set()
    for suggestion in suggestions:
        label, answer = suggestion.label, answers[suggestion.label]
        if label in ticked and not answer.changed:
            digests[label] = ticked[label]
        elif answer.unseen:
            digests[label] = LoggedSubset.unseen(label)
            unseen.add(label)
        elif answer.digest:
            digests[label] = answer.digest
            if suggestion.sure and not answer.changed:
                how[label] = suggestion.how
    return Meanings(digests=digests, how=how, unseen=frozenset(unseen))


def import_plan(
    imported: Imported, *, scores: Sequence[ProposedScore], meanings: Meanings, ledger: Ledger
) -> ImportPlan:
    """What logging ``scores``, some of those in ``imported``, would add to ``ledger``.

    Raises :class:`InputError` while a question of a file is open.
    """
    entries, others = to_entries(replace(imported, scores=list(scores)), meanings=meanings)
    return ImportPlan(scores=entries, clashes=ledger.clashes(entries), others=ledger.lacking(others))


def to_entries(imported: Imported, *, meanings: Meanings) -> tuple[list[Score], list[Entry]]:
    """Proposed scores as ledger entries: (scores, the matches, curves and unseen datasets to log with them).

    A label without a meaning stays unmatched; if the file itself names a digest, no match is needed. Raises
    :class:`InputError` while a question of the file is open.
    """
    if imported.questions:
        raise InputError(
            f"{imported.questions[0].file}: {imported.questions[0].text}", remedy="Answer, then import again."
        )
    others: list[Entry] = []
    for label, group in by_label(imported.scores).items():
        digest = meanings.digests.get(label, "")
        if digest and not any(proposed.recipe for proposed in group):
            others.append(Match(label=label, subset=digest, how=meanings.how.get(label, "confirmed at import")))
        if label in meanings.unseen:
            first = group[0]
            others.append(
                LoggedSubset(digest=digest, name=label, level=first.level, size=first.size, component=first.component)
            )
    return [_score(proposed) for proposed in imported.scores], [*others, *_curves(imported)]


def _score(proposed: ProposedScore) -> Score:
    return Score(
        run=Run(
            label=proposed.subject,
            subset=proposed.recipe,
            model=proposed.model,
            trainer=dict(proposed.trainer),
            seed=proposed.seed,
        ),
        benchmark=proposed.benchmark,
        measure=proposed.measure,
        value=proposed.value,
        direction=proposed.direction,
        judge=proposed.judge,
        baseline=proposed.baseline,
        unit=proposed.unit,
        stderr=proposed.stderr,
        n=proposed.n,
        origin=Origin(file=proposed.file, field=proposed.field, reader=proposed.reader or "import"),
    )


def _curves(imported: Imported) -> list[Curve]:
    """The curves of runs that have a score; of several with the same name the last."""
    labels = {score.subject for score in imported.scores}
    curves: dict[tuple[str, str], Curve] = {}
    for proposed in imported.curves:
        if proposed.subject in labels:
            origin = Origin(file=proposed.file, field=proposed.field, reader="import")
            curves[proposed.subject, proposed.measure] = Curve(
                run=Run(label=proposed.subject),
                measure=proposed.measure,
                steps=proposed.steps,
                values=proposed.values,
                origin=origin,
            )
    return list(curves.values())
