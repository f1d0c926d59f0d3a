"""An import of score files into the ledger: what it would log, seen first, then logged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.counted import counted
from core.errors import InputError, quoted
from core.evidence import ledger
from core.evidence.entries import Curve, Entry, LoggedSubset, Match
from core.evidence.import_plan import ImportPlan, LabelAnswer, Meanings, confirmed, import_plan
from core.evidence.importers.proposal import Options, ProposedScore
from core.evidence.importers.registry import TreeImport, read_tree
from core.evidence.importers.sources import open_tree
from core.evidence.ledger import Clashes
from core.evidence.matching import Suggestion, suggest
from core.progress import Progress, silent
from core.workbench.inspections.evidence import load_evidence
from core.workbench.inspections.score_entry import digest_named
from core.workspace.artefacts import Workspace

UNMATCHED = "unmatched"
NOT_HERE = "a data set that is not here"


@dataclass(frozen=True, kw_only=True)
class ScoreProposal:
    """What an import would log: the scores chosen, what each name in the files is taken for, and what clashes.

    ``names`` maps a digest to the name that it is known by; ``said`` are the labels whose meaning the user gave.
    """

    workspace: Workspace
    title: str
    tree: TreeImport
    chosen: Sequence[ProposedScore]
    suggestions: Sequence[Suggestion]
    said: frozenset[str]
    meanings: Meanings
    plan: ImportPlan
    names: Mapping[str, str]

    @property
    def matches(self) -> list[tuple[str, int, str, str]]:
        """(name in the files, its scores, what it is taken for, because) of each name."""
        lines: list[tuple[str, int, str, str]] = []
        for suggestion in self.suggestions:
            label = suggestion.label
            other = NOT_HERE if label in self.meanings.unseen else UNMATCHED
            known = self.names.get(self.meanings.digests.get(label, ""), other)
            because = "said so" if label in self.said else suggestion.how
            lines.append((label, suggestion.scores, known, because))
        return lines

    @property
    def alike(self) -> list[tuple[str, str]]:
        """(name in the files, name that is like it) of each name that is only similar and was left unmatched."""
        return [
            (suggestion.label, suggestion.name)
            for suggestion in self.suggestions
            if suggestion.how == "similar name" and suggestion.label not in self.meanings.digests
        ]

    @property
    def notices(self) -> list[str]:
        """What is to be known of the files: what could not be read, what was passed over, units that differ."""
        failed = [f"{file}: {why}" for file, why in self.tree.failed]
        return [*failed, *self.tree.whole.notices, *self.tree.passed_over_lines, *self.plan.clashes.notices]

    def log(self, *, replace: bool = False) -> Clashes:
        """Log it as one batch; with ``replace`` a new value counts where it contradicts a logged one."""
        return ledger.add_scores(
            self.workspace,
            self.plan.scores,
            title=self.title,
            others=self.plan.others,
            conflicts="replace" if replace else "keep",
        )


def propose_scores(
    workspace: Workspace,
    path: str | Path,
    *,
    answers: Mapping[str, Options] | None = None,
    match: Mapping[str, str] | None = None,
    unseen: bool = False,
    all_measures: bool = False,
    progress: Progress = silent,
) -> ScoreProposal:
    """Read the scores of a file, an archive or a folder, match their names, and say what logging them would do.

    ``answers`` are those to the questions of the files, by file, "" for all that have none of their own. ``match`` says
    what a name in the files means: the name, key or digest of a saved subset, or the name of a logged data set. Other
    names keep a sure match; the rest stay unmatched, or with ``unseen`` are data sets that are not here.
    ``all_measures`` logs also the measures that few people want. Raises :class:`InputError` while a question of a file
    is open, where no score is left, and for a name in ``match`` that no file holds.
    """
    with open_tree(Path(path)) as opened:
        tree = read_tree(opened, answers, progress=progress)
    whole = tree.whole
    if whole.questions:
        question = whole.questions[0]
        choices = " or ".join(f"“{choice}”" for choice in question.choices)
        raise InputError(f"{question.file}: {question.text}", remedy=f"Answer with --{question.option}: {choices}.")
    chosen = [score for score in whole.scores if score.primary or all_measures]
    if not chosen:
        told = [*(f"{file}: {why}" for file, why in tree.failed), *whole.notices, *tree.passed_over_lines]
        told += [f"{entry.file} {entry.where}: {entry.why}" for entry in whole.rejected]
        if whole.scores:
            told = [f"{counted(len(whole.scores), 'score')} read, all of measures that few people want."]
        raise InputError(
            " ".join(["No score is to be logged.", *(told[:4] or ["There is no file of scores."])]),
            remedy="Add --all-measures." if whole.scores else "See: python -m core importers, and scores read PATH.",
        )
    evidence = load_evidence(workspace)
    suggestions = suggest(chosen, known=evidence.known, confirmed=evidence.ledger.matches)
    said = {label: digest_named(evidence, name) for label, name in (match or {}).items()}
    if unknown := set(said) - {suggestion.label for suggestion in suggestions}:
        raise InputError(f"No score is of {quoted(sorted(unknown)[0])}.", remedy="--match takes a name in the files.")
    meanings = confirmed(
        suggestions,
        answers={
            suggestion.label: LabelAnswer(digest=said[suggestion.label], changed=True)
            if suggestion.label in said
            else LabelAnswer(digest=suggestion.subset)
            if suggestion.sure
            else LabelAnswer(unseen=unseen)
            for suggestion in suggestions
        },
        ticked={},
    )
    return ScoreProposal(
        workspace=workspace,
        title=f"Import of {Path(path).name}",
        tree=tree,
        chosen=chosen,
        suggestions=suggestions,
        said=frozenset(said),
        meanings=meanings,
        plan=import_plan(whole, scores=chosen, meanings=meanings, ledger=evidence.ledger),
        names={known.digest: known.name for known in reversed(evidence.known)},
    )


def reckoned(tree: TreeImport, chosen: Sequence[ProposedScore]) -> str:
    """A sum that shows how the scores of all files become the chosen ones, so that the numbers add up."""
    away = [
        (len(tree.whole.repeated), "repeat another"),
        (len(tree.whole.older), "are of an older result of the same run"),
        (tree.contradicting, "contradict another and are left out"),
        (len(tree.whole.scores) - len(chosen), "are of measures that few people want"),
    ]
    told = "".join(f" − {count:,} that {why}" for count, why in away if count)
    return f"{counted(tree.read, 'score')} read{told}" + (f" = {counted(len(chosen), 'score')}." if told else ".")


def listed_others(others: Sequence[Entry]) -> str:
    """The other entries that an import adds to the ledger besides scores, in words."""
    kinds = (
        (Match, "matched name", "matched names"),
        (Curve, "curve", "curves"),
        (LoggedSubset, "dataset that is not here", "datasets that are not here"),
    )
    counts = [(sum(isinstance(entry, kind) for entry in others), singular, plural) for kind, singular, plural in kinds]
    return ", ".join(counted(count, singular, plural) for count, singular, plural in counts if count)
