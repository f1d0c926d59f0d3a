"""What is known of a strategy: what others published about it, and what this workspace's own scores say."""

from __future__ import annotations

from dataclasses import dataclass

from core.evidence.against_random import AgainstRandom, against_random, summary
from core.evidence.findings.card import EVERY_STRATEGY, NOTHING_KNOWN, Card
from core.evidence.findings.cards import card_of
from core.evidence.observations import Observations


@dataclass(frozen=True, kw_only=True)
class StrategyEvidence:
    """The ``card`` of a strategy and its comparisons with random subsets ``here``."""

    card: Card
    here: tuple[AgainstRandom, ...]

    @property
    def standing(self) -> str:
        """What the logged scores say, in one line."""
        return summary(self.here)

    @property
    def published(self) -> list[tuple[str, str, str]]:
        """("for", "against" or "", sentence, source) of each finding on the card; one that says so where none is."""
        findings: list[tuple[str, str, str]] = [
            (item.stance, item.text, item.source) for item in (*self.card.speaks_for, *self.card.speaks_against)
        ]
        return findings or [("", NOTHING_KNOWN, "")]

    @property
    def of_every_strategy(self) -> list[tuple[str, str]]:
        """(sentence, source) of the findings that hold for every way of choosing rows."""
        return [(item.text, item.source) for item in EVERY_STRATEGY]


def known_of(strategy: str, seen: Observations) -> StrategyEvidence:
    """What is known of the strategy of this name; ``seen`` are the scores logged here, joined with their subsets."""
    return StrategyEvidence(card=card_of(strategy), here=tuple(against_random(seen.frame, strategy)))
