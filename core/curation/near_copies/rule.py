"""The pool rule “without near-copies”: what it leaves out of a corpus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.curation_rule import CurationRule, RuleOutcome
from core.corpus.store import Corpus
from core.curation.near_copies.cosine import embedder_of
from core.curation.near_copies.groups import load_groups
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.staying import left_out, preference
from core.curation.near_copies.store import find_copies
from core.progress import Progress


def rule_of(settings: NearCopies) -> CurationRule:
    """The rule with these settings; where they name no embedder, the rule names the one that they mean today."""
    if settings.rung == "cosine":
        settings = replace(settings, embedder=embedder_of(settings))
    return CurationRule(kind="near_copies", settings=settings.as_dict())


def outcome(corpus: Corpus, settings: Mapping[str, Any]) -> RuleOutcome:
    """What the rule leaves out of the corpus, given the rows that pass all other filters."""
    asked = NearCopies.of(settings)
    groups = load_groups(corpus, asked)
    copies = groups.of_row if asked.templates else groups.copies
    return partial(_left_out, copies, preference(corpus, asked), asked.most)


def prepare(corpus: Corpus, settings: Mapping[str, Any], progress: Progress) -> None:
    """Find and store the pairs that the rule reads, and which of its groups are templates."""
    asked = NearCopies.of(settings)
    find_copies(corpus, asked, progress=progress)
    load_groups(corpus, asked, progress=progress)


def _left_out(
    groups: NDArray[np.int64], ranks: NDArray[np.int64], most: int, passing: NDArray[np.bool_]
) -> NDArray[np.int64]:
    return left_out(groups, ranks, passing, most=most)
