"""The facts on why a row is in or out, in words: a heading and a value for each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from core.corpus.corpus_text import CorpusText
from core.corpus.row_ids import show_id
from core.counted import figure3
from core.errors import DiverscopeError
from core.features.bands import readable_pieces
from core.features.clusters import load_clusters
from core.features.keywords import load_keywords
from core.features.tokens import load_tokenizer
from core.row_positions import PoolRow
from core.selection.reason import Fact, FactKind, Reason
from core.selection.typed_plan import TypedPlan
from core.workbench.build import Built

SHOWN = 12  # types that are listed of a longer list
HEADINGS: dict[FactKind, str] = {
    "rank": "rank",
    "gain": "gain",
    "brought_first": "brought first",
    "outside": "outside",
    "left_pool": "left the pool at step",
    "pool_step": "the pool is that of step",
    "covered_by": "covered by",
    "shared_types": "shared",
    "missing_types": "in no kept row",
    "order_place": "place in the order",
    "beyond_order": "place in the order",
    "tail": "tail",
    "window": "the slider takes the places",
    "group": "group",
    "pinned": "pinned by you",
    "excluded": "kept out by",
    "in_training": "kept out by",
    "drawn": "decided by",
    "draw_place": "its place in the draw",
    "last_draw_place": "place of the last kept row",
    "decided_by_value": "decided by",
    "last_kept_value": "the last kept row has",
    "kept_values": "kept rows go from",
    "passed_over_by_quota": "passed over",
    "passed_over_by_budget": "passed over",
    "passed_over_by_rule": "passed over",
    "bringers": "its tags, and the kept row that brought each",
}
# Facts without a value: their kind says everything.
SENTENCES: dict[FactKind, str] = {
    "pinned": "a rule keeps this row in, wherever the slider stands",
    "excluded": "a rule: this row is excluded",
    "in_training": "it is in training already",
    "passed_over_by_quota": "rows after it are in: a quota kept this one out",
    "passed_over_by_budget": "rows after it are in: the token budget kept this one out",
    "passed_over_by_rule": "rows after it are in: a rule kept this one out",
}


# Facts on types, which a joined plan has for each of its parts.
OF_PARTS: tuple[FactKind, ...] = ("brought_first", "shared_types", "missing_types")


def told(built: Built, reason: Reason) -> list[tuple[str, str]]:
    """(heading, value) of every fact, in the order of importance that the reason has."""
    return [(_heading(fact), _value(built, fact)) for fact in reason.facts]


def row_id(built: Built, row: PoolRow) -> str:
    """The id of the pool's ``row``, as pages show it."""
    return show_id(built.corpus_view.pool.ids[row])


def _heading(fact: Fact) -> str:
    heading = HEADINGS.get(fact.kind)
    if heading and fact.text and fact.kind in OF_PARTS:
        return f"{heading}, {fact.text}"
    return heading or fact.text  # the plan names types, own_value and other


def _value(built: Built, fact: Fact) -> str:
    if fact.kind in SENTENCES:
        return SENTENCES[fact.kind]
    match fact.kind:
        case "brought_first" | "types" | "shared_types" | "missing_types" | "group":
            return _listed(type_words(built, fact.types[:SHOWN], part=fact.text), of=len(fact.types))
        case "bringers":
            pairs = list(zip(fact.types, fact.rows, strict=True))
            words = [f"{kind} (row {row_id(built, row)})" for kind, row in pairs[:SHOWN]]
            return _listed(words, of=len(pairs))
        case "covered_by":
            return f"row {row_id(built, fact.rows[0])}"
        case "gain":
            return figure3(fact.values[0])
        case "factor":
            value, exponent, power, share = fact.values
            return f"{figure3(value)} to the power {exponent:g} is {figure3(power)}: {share:.0%} of what the gain lacks"
        case "own_value" | "last_kept_value" | "kept_values":
            return " to ".join(f"{value:,.6g}" for value in fact.values)
        case "drawn":
            return f"a draw with seed {int(fact.values[0])}; nothing about the row itself"
        case "beyond_order":
            return f"after the first {fact.places[0]:,}, which are ordered so far"
        case "decided_by_value":
            return f"{fact.text} alone; ties by row id"
        case "outside" | "tail":
            return fact.text
        case "other":
            return _other(built, fact.other)
        case _:  # the place of the row, or the step of its pool
            return " to ".join(f"{place:,}" for place in fact.places)


def _other(built: Built, value: Any) -> str:
    """The value of a fact that a user's own strategy gave, of whatever type."""
    if isinstance(value, (list, tuple)):
        return _listed(type_words(built, value[:SHOWN]), of=len(value))
    return figure3(value) if isinstance(value, float) else str(value)


def _listed(words: Sequence[str], *, of: int) -> str:
    return ", ".join(words) + (" …" if of > len(words) else "") if of else "none"


def type_words(built: Built, types: Sequence[Any], *, part: str = "") -> list[str]:
    """Types in words: a token's text, a cluster's number and keywords, any other type by its name.

    ``part`` is the title of the part of a joined plan that they belong to.
    """
    numbers = [int(kind) for kind in types if isinstance(kind, (int, np.integer))]
    if len(numbers) < len(types) or not isinstance(built.plan, TypedPlan):
        return [str(kind) for kind in types]
    view, strategy = built.corpus_view, built.recipe.strategy
    clustered, text = "clusters" in built.recipe.features, view.corpus_text
    for joined in built.plan.parts:
        if joined.title == part:
            strategy, text = joined.strategy, CorpusText(view.corpus, joined.component)
            clustered = strategy == "macro"
    if strategy == "micro":
        with suppress(DiverscopeError):  # if a tokenizer of the hub cannot be loaded, numbers are shown
            tokenizer = load_tokenizer(text, view.choice.tokenizer)
            return readable_pieces(tokenizer, np.array(numbers, dtype=np.int64))
    if clustered:
        clusters = load_clusters(text, view.choice.clustering)
        keywords = (load_keywords(view.workspace, clusters) if clusters else None) or []
        first = {cluster: ", ".join(keyword.word for keyword in few[:3]) for cluster, few in enumerate(keywords)}
        return [f"cluster {number}" + (f" ({first[number]})" if first.get(number) else "") for number in numbers]
    return [str(number) for number in numbers]
