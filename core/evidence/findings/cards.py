"""The cards of all strategies that come with Diverscope."""

from __future__ import annotations

from collections.abc import Mapping

from core.evidence.findings import examples_and_scores, types_and_spread
from core.evidence.findings.card import Card


def card_of(strategy: str) -> Card:
    """The card of the strategy of this name; one that nobody wrote a card for (a user's own) has an empty one."""
    return cards().get(strategy, Card())


def cards() -> Mapping[str, Card]:
    """Every card by the name of its strategy."""
    return {**types_and_spread.CARDS, **examples_and_scores.CARDS}
