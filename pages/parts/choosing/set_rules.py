"""Setting all rules of a corpus at once: as a saved subset has them, or as an address names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.corpus.pool import PoolSpec
from pages.parts.frame import session, session_keys


def set_rules(
    corpus: str,
    pool: Mapping[str, Any],
    *,
    given: str,
    pinned: Sequence[str],
    excluded: Sequence[str],
    quotas: Sequence[Mapping[str, Any]],
) -> None:
    """Set pins, exclusions, quotas and the saved subset in training; call it before their widgets are drawn.

    ``corpus`` is the corpus's id and ``pool`` its filters as JSON values. ``given`` is the key of a saved subset, ""
    for none.
    """
    session.take_linked_rules()
    session_keys.LINKED.set({})
    session_keys.PINNED.set(list(pinned))
    session_keys.EXCLUDED.set(list(excluded))
    session_keys.GIVEN.of(corpus).set(given)
    rules = {str(rule["column"]): dict(rule) for rule in quotas}
    spec = PoolSpec.of(dict(pool)).digest[:8]
    for column in rules:
        session_keys.QUOTA_TABLE.of(corpus, spec, column).drop()
        session_keys.QUOTA_LINES.of(corpus, spec, column).drop()
    session_keys.QUOTAS.of(corpus).set(rules)
    session_keys.QUOTA_COLUMNS.of(corpus).set(list(rules))
    session_keys.RULE_COUNT.set(bool(given) + len(pinned) + len(excluded) + len(rules))
