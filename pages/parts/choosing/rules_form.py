"""The rules that every answer obeys: rows in training, pins, exclusions and quotas, kept for each corpus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import streamlit as st

from core.corpus.named_rows import named_row, names_in
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.errors import InputError
from core.workbench.corpus_view import CorpusView
from core.workbench.quotas import OTHERS, kept_rule, values_of
from core.workbench.subsets import list_subsets
from pages.parts.choosing.set_rules import set_rules
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.session_keys import Key

NAMED = "Row ids, or the file:line that rows came from, each on its own line."
LISTED = 200  # values that a quota's table lists; of a column with more, users type others


def rules_popover(place: Any, ctx: Context, corpus_view: CorpusView) -> dict[str, Any]:
    """Draw the folded form of all rules, with their number in its label; returns the rules as fields of a recipe.

    Raises :class:`InputError` if a typed name names no row.
    """
    session.take_linked_rules()
    if session.came_back():
        _take_rules_of_address(ctx, corpus_view)
    shown = session_keys.RULE_COUNT.get(0)
    label = f"Rules · {shown}" if shown else "Rules"
    with place.popover(label, icon=":material/rule:", width="stretch", key="rules-popover"):
        rules, wrong = _widgets(ctx, corpus_view)
    count = bool(rules["given"]) + len(rules["pinned"]) + len(rules["excluded"]) + len(rules["quotas"])
    if count != shown:  # the label is drawn before the rules that it counts
        session_keys.RULE_COUNT.set(count)
        st.rerun()
    if wrong:  # rules on only some of the named rows would give another subset than requested
        raise InputError(wrong)
    return rules


def _widgets(ctx: Context, corpus_view: CorpusView) -> tuple[dict[str, Any], str]:
    """Draw the widgets; returns the rules as fields of a recipe, and an error on a named row, "" for none."""
    linked = session.linked_rules()
    saved = {subset.key: subset for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    options = ["", *saved]
    given = st.selectbox(
        "Already in training",
        options,
        index=options.index(linked["given"]) if linked.get("given") in options else 0,
        format_func=lambda key: saved[key].name if key else "nothing",
        key=session_keys.GIVEN.of(ctx.corpus.id).name,
        persist_state="session",
        help="Rows of this saved subset are never chosen again, and their types count as covered.",
    )
    pinned, wrong_pin = _row_ids(
        "Pinned rows", session_keys.PINNED, "pinned", f"Always in the subset. {NAMED}", corpus=ctx.corpus
    )
    excluded, wrong_exclusion = _row_ids(
        "Excluded rows", session_keys.EXCLUDED, "excluded", f"Never in the subset. {NAMED}", corpus=ctx.corpus
    )
    st.caption(
        "Quotas: the least and the most rows with a value of a column; or shares, which mix by weights at any size. "
        f"{OTHERS} bounds every value without a number of its own, or is the share of all others together."
    )
    quotas_of_corpus = session_keys.QUOTAS.of(ctx.corpus.id)
    kept = quotas_of_corpus.start(_by_column(linked, corpus_view))
    chosen = st.multiselect(
        "Quotas on",
        corpus_view.corpus.columns,
        default=list(kept),
        placeholder="No quota",
        key=session_keys.QUOTA_COLUMNS.of(ctx.corpus.id).name,
        persist_state="session",
        help="Rows obey the quotas of every column named here, also where the columns cross.",
    )
    drawn = {column: _quota_table(corpus_view, column, kept.get(column)) for column in chosen}
    quotas_of_corpus.set(drawn)
    quotas = tuple(kept_rule(rule) for rule in drawn.values() if len(kept_rule(rule)) > 1)
    rules = {"given": given or "", "pinned": pinned, "excluded": excluded, "quotas": quotas}
    address.RULES.put_values({name: value for name, value in rules.items() if value})
    return rules, wrong_pin or wrong_exclusion


def _take_rules_of_address(ctx: Context, corpus_view: CorpusView) -> None:
    """Let the rules be those that the address names, none where it names none."""
    session_keys.LINKED.drop()
    for ids in session.ID_RULES.values():
        ids.drop()
    session.take_linked_rules()
    linked = session.linked_rules()
    given = str(linked.get("given", ""))
    set_rules(
        ctx.corpus.id,
        ctx.pool.as_dict(),
        given=given if given in {subset.key for subset in list_subsets(ctx.workspace, ctx.corpus.id)} else "",
        pinned=session_keys.PINNED.get([]),
        excluded=session_keys.EXCLUDED.get([]),
        quotas=list(_by_column(linked, corpus_view).values()),
    )


def _by_column(linked: Mapping[str, Any], corpus_view: CorpusView) -> dict[str, Any]:
    names = corpus_view.corpus.columns
    return {rule["column"]: rule for rule in linked.get("quotas", []) if rule.get("column") in names}


def _quota_table(corpus_view: CorpusView, column: str, rule: Mapping[str, Any] | None) -> dict[str, Any]:
    """Draw the table of a column's bounds; returns the rule that is typed into it.

    Its initial lines stay the same as long as it is drawn: other initial lines would make Streamlit draw the table
    anew, and the cell under the cursor would be lost.
    """
    st.caption(plain(f"Rows by {column}"))
    named_by = (corpus_view.corpus.id, corpus_view.spec.digest[:8], column)
    key, start = session_keys.QUOTA_TABLE.of(*named_by), session_keys.QUOTA_LINES.of(*named_by)
    if not (key.there and start.there):
        start.set(quota_lines(rule, values_of(corpus_view, column)))
    lines = start.value
    named = len(lines) <= LISTED
    drawn: list[dict[str, Any]] = st.data_editor(
        lines,
        num_rows="fixed" if named else "dynamic",
        key=key.name,
        column_config={
            "value": st.column_config.TextColumn(required=True, disabled=named),
            "rows": st.column_config.NumberColumn("in the pool", format="localized", disabled=True),
            "at least": st.column_config.NumberColumn(min_value=0, step=1),
            "at most": st.column_config.NumberColumn(min_value=0, step=1),
            "share": st.column_config.NumberColumn(
                min_value=0, help="A weight: 70 and 30, or 7 and 3. Values without one then have no row."
            ),
        },
        hide_index=True,
    )
    kept = [line for line in drawn if line.get("value")]
    shares = {str(line["value"]): float(line["share"]) for line in kept if line.get("share") is not None}
    return {
        "column": column,
        "minimum": {str(line["value"]): int(line["at least"]) for line in kept if line.get("at least") is not None},
        "maximum": {str(line["value"]): int(line["at most"]) for line in kept if line.get("at most") is not None},
        **({"shares": shares} if shares else {}),
    }


def quota_lines(rule: Mapping[str, Any] | None, values: Sequence[tuple[str, int]] = ()) -> list[dict[str, Any]]:
    """A quota as lines of its table: value, rows of the pool that have it, at least, at most, share.

    The values of the rule and of the pool come first, commonest first, then the line for every other value.
    """
    least, most, shares = (dict((rule or {}).get(kind) or {}) for kind in ("minimum", "maximum", "shares"))
    counts = dict(values)
    asked = [value for value in dict.fromkeys([*least, *most, *shares]) if value not in counts and value != OTHERS]
    # Of many values only the commonest are listed, and always those that the rule names.
    listed = [value for place, value in enumerate(counts) if place < LISTED or value in {*least, *most, *shares}]
    return [
        {
            "value": value,
            "rows": None if value == OTHERS else counts.get(value, 0),
            "at least": least.get(value),
            "at most": most.get(value),
            "share": shares.get(value),
        }
        for value in [*listed, *asked, OTHERS]
    ]


def _row_ids(label: str, ids: Key[list[str]], kind: str, help: str, *, corpus: Corpus) -> tuple[tuple[str, ...], str]:
    """Draw the field of a rule on rows; returns the ids that it names, and an error on a name in it, "" for none."""
    # Pins set by a button have a session key of their own, because a drawn widget's state cannot be written.
    before = ids.start([])
    # A swap changes the rows but not their number, so the key contains the rows.
    key = f"{kind}.{crc32(chr(10).join(before).encode())}"
    typed = st.text_area(label, value="\n".join(before), key=key, help=help, height=80)
    try:
        named = dict.fromkeys(show_id(named_row(corpus, name)) for name in names_in(typed))
    except InputError as error:
        st.error(plain(str(error)))
        return tuple(before), f"{label}: {error}"  # the typed text stays in the field, to be corrected
    ids.set(list(named))
    return tuple(named), ""
