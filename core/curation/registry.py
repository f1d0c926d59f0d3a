"""The kinds of pool rules: how what each leaves out is loaded, and how what is missing is found first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.corpus.curation_rule import CurationRule, RuleOutcome, in_order
from core.corpus.store import Corpus
from core.curation.leaks import rule as leaks
from core.curation.near_copies import rule as near_copies
from core.progress import Progress, silent


@dataclass(frozen=True, kw_only=True)
class RuleKind:
    """``outcome`` loads what a rule with these settings leaves out of a corpus, and raises
    :class:`core.errors.FeatureMissing` with what to do where it was not found yet; ``prepare`` finds and stores it."""

    outcome: Callable[[Corpus, Mapping[str, Any]], RuleOutcome]
    prepare: Callable[[Corpus, Mapping[str, Any], Progress], None]


KINDS: Mapping[str, RuleKind] = {
    "leaks": RuleKind(outcome=leaks.outcome, prepare=leaks.prepare),
    "near_copies": RuleKind(outcome=near_copies.outcome, prepare=near_copies.prepare),
}


def outcomes_of(corpus: Corpus, rules: Sequence[CurationRule]) -> list[RuleOutcome]:
    """What each rule leaves out of the corpus, in the order in which rules are applied.

    Raises :class:`core.errors.FeatureMissing` where that was not found yet, :class:`core.errors.InputError` for
    settings that cannot be used.
    """
    return [KINDS[rule.kind].outcome(corpus, rule.settings) for rule in in_order(rules)]


def prepare_rules(corpus: Corpus, rules: Sequence[CurationRule], *, progress: Progress = silent) -> None:
    """Find and store what the rules read of the corpus, where it is not stored yet."""
    for rule in in_order(rules):
        KINDS[rule.kind].prepare(corpus, rule.settings, progress)
