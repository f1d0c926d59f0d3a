"""The leaks that a pool's rules leave out: which rows, of which questions, for dropped rows and for a card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.corpus.curation_rule import CurationRule
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.curation.leaks.report import LeakedRow, leak_counts, leak_of_row, leaked_rows
from core.curation.leaks.rule import KIND
from core.curation.leaks.settings import LeakRule

LISTED = 50  # leaks named on a card; the dropped rows have all


@dataclass(frozen=True, kw_only=True)
class CardLeaks:
    """What a card says of leaks.

    ``counts`` are (benchmark, key, questions, n-gram, rows left out); ``rows`` are (row id, benchmark, question,
    component), the first of ``every``.
    """

    counts: Sequence[tuple[str, ...]] = ()
    rows: Sequence[tuple[str, ...]] = ()
    every: int = 0


def leak_rules(rules: Iterable[CurationRule]) -> tuple[LeakRule, ...]:
    """The settings of those of a pool's rules that leave out leaks."""
    return tuple(LeakRule.of(rule.settings) for rule in rules if rule.kind == KIND)


def why_leaks(corpus: Corpus, rules: Sequence[LeakRule]) -> Mapping[int, LeakedRow]:
    """Row of the corpus → the question of which it holds most, for each row that the rules leave out.

    Raises :class:`core.errors.FeatureMissing` where hits or a benchmark are not stored.
    """
    why: dict[int, LeakedRow] = {}
    for rule in rules:
        why = leak_of_row(corpus, rule) | why
    return why


def leaks_for_card(corpus: Corpus, rules: Sequence[LeakRule]) -> CardLeaks:
    """The leaks of the corpus that the rules leave out. Raises as :func:`why_leaks`."""
    counts: list[tuple[str, ...]] = []
    rows: list[tuple[str, ...]] = []
    every = 0
    for rule in rules:
        words = f"{rule.ngram} words{', any number' if rule.any_number else ''}"
        counts += [
            (count.name, count.key, f"{count.questions:,}", words, f"{count.rows:,}")
            for count in leak_counts(corpus, rule)
        ]
        listed, of_rule = leaked_rows(corpus, rule, most=LISTED)
        every += of_rule
        rows += [(show_id(int(corpus.ids[leak.row])), leak.benchmark, leak.question, leak.component) for leak in listed]
    return CardLeaks(counts=counts, rows=rows[:LISTED], every=every)
