"""The card of a strategy: findings for it, against it, and those that hold for every way of choosing rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NOTHING_KNOWN = "We know of no published result for or against it."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One published result in a sentence or two, which side it speaks for, and where it is from."""

    stance: Literal["for", "against"]
    text: str
    source: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """What is published about a strategy. ``differs`` says how ours differs from what was tested, "" where it does not.

    A card without findings is the statement that none is known.
    """

    findings: tuple[Finding, ...] = ()
    differs: str = ""

    @property
    def speaks_for(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.stance == "for")

    @property
    def speaks_against(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.stance == "against")


EVERY_STRATEGY = (
    Finding(
        stance="against",
        text="Choosing up to 2.5 million rows from pools of up to 5.8 million, many recently proposed selectors fall "
        "below a random draw, and some get worse as the pool grows; similarity to examples (RDS+) stays above.",
        source="Large-Scale Data Selection for Instruction Tuning (arXiv 2503.01807), abstract",
    ),
    Finding(
        stance="against",
        text="On two data sets of millions of rows, nearly all methods that score rows by themselves hardly beat a "
        "random draw; diversity mattered more there than quality alone.",
        source="Rethinking Data Selection at Scale (arXiv 2410.09335), abstract",
    ),
    Finding(
        stance="against",
        text="Which of two sets of 1,000 rows is better, LIMA or rows chosen from Alpaca, can be turned round by the "
        "settings of training alone. Compare strategies under one setting, and under a second one.",
        source="Call for Rigor in Reporting Quality of Instruction Tuning Data (arXiv 2503.04807), abstract",
    ),
)
