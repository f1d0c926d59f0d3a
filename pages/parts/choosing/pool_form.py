"""The form that narrows a corpus to a pool: sources, categories, lengths, columns, what the text holds."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from core.component_words import component_phrase, component_title
from core.corpus.curation_rule import in_order
from core.corpus.pool import PoolSpec, length_matched
from core.counted import counted
from core.errors import FeatureMissing
from core.view import COMPONENTS
from core.workbench.corpus_view import CorpusView
from pages.parts.frame import session, session_keys
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

MANY = 500  # a column with at most this many values is filtered by a list of choices


def pool_popover(place: Any, ctx: Context, corpus_view: CorpusView) -> None:
    """Draw the folded form of the pool, with the number of its filters in the label."""
    filters = ctx.pool.as_dict()
    with guarded():
        label = f"Pool · {len(filters)}" if filters else "Pool"
        with place.popover(label, icon=":material/filter_alt:", width="stretch", key="pool-popover"):
            said = ctx.pool.describe() or "every row but the holdout"
            st.markdown(f"**Pool: {rows(len(corpus_view.pool))} of {counted(len(ctx.corpus), 'row')}** · {plain(said)}")
            wanted = _form(ctx, corpus_view, filters)
            if wanted != filters:
                PoolSpec.of(wanted)
                session.set_pool(wanted)
                st.rerun()


def _form(ctx: Context, corpus_view: CorpusView, filters: dict[str, Any]) -> dict[str, Any]:
    version = session_keys.POOL_FORM.now  # a new version draws new, empty widgets
    with st.container(key="pool-form"), st.form(f"pool-{version}", border=False):
        wanted: dict[str, Any] = {}
        fields = (("sources", "source"), ("categories", "category"), ("scripts", "script"))
        told = [(field, name, options) for field, name in fields if (options := _values(corpus_view, name))]
        for column, (field, name, options) in zip(st.columns(max(len(told), 1)), told):
            chosen = column.multiselect(
                name.capitalize() if name != "script" else "Script (language)",
                options,
                default=[value for value in filters.get(field, []) if value in options],
                key=f"pool-{field}-{version}",
            )
            if chosen:
                wanted[field] = sorted(chosen)
        wanted.update(_lengths(ctx, corpus_view, filters, version))
        texts = st.columns([2, 2, 1])
        text = texts[0].text_input("Text holds", value=filters.get("text", ""), key=f"pool-text-{version}")
        regex = texts[1].text_input(
            "Text matches (regular expression)", value=filters.get("regex", ""), key=f"pool-regex-{version}"
        )
        components = list(dict.fromkeys([*ctx.corpus.components, filters.get("within", "both")]))
        within = texts[2].selectbox(
            "In",
            components,
            index=components.index(filters.get("within", "both")),
            format_func=component_title,
            key=f"pool-within-{version}",
        )
        if text:
            wanted.update(text=text, within=within)
        if regex:
            wanted.update(regex=regex, within=within)
        wanted.update(_column(corpus_view, filters, version))
        for kept in ("ids", "pinned", "excluded"):
            if kept in filters:
                wanted[kept] = filters[kept]
        kept_rules = [
            rule.as_dict()
            for rule in in_order(ctx.pool.rules)
            if st.checkbox(plain(f"Pool {rule.describe()}"), value=True, key=f"pool-rule-{rule.digest}-{version}")
        ]
        if kept_rules:
            wanted["rules"] = kept_rules
        left, right, _ = st.columns([1, 1, 4])
        applied = left.form_submit_button("Apply", type="primary", width="stretch")
        cleared = right.form_submit_button("Clear all", width="stretch", disabled=not filters)
    if cleared:
        session_keys.POOL_FORM.renew()
        return {}
    return PoolSpec.of(wanted).as_dict() if applied else filters


def _lengths(ctx: Context, corpus_view: CorpusView, filters: dict[str, Any], version: int) -> dict[str, Any]:
    window = filters.get("length", {})
    columns = st.columns([1.2, 1.4, 1, 1, 1.8])
    unit = columns[0].selectbox(
        "Length in",
        ["tokens", "characters"],
        index=["tokens", "characters"].index(window.get("unit", "tokens")),
        key=f"pool-unit-{version}",
        help=f"Tokens of {ctx.tokenizer}.",
    )
    kept = window.get("of", "") if window.get("unit", "tokens") == "tokens" else window.get("component", ctx.component)
    component = columns[1].selectbox(
        "of the",
        ["", *COMPONENTS],
        index=["", *COMPONENTS].index(kept) if kept in COMPONENTS else 0,
        format_func=lambda name: name or f"chosen component ({ctx.component})",
        key=f"pool-of-{version}",
        help="An instruction strategy can hold the responses' tokens fixed.",
    )
    least = columns[2].number_input(
        "At least", min_value=0, value=_whole(window.get("minimum")), key=f"pool-min-{version}", placeholder="any"
    )
    most = columns[3].number_input(
        "At most", min_value=0, value=_whole(window.get("maximum")), key=f"pool-max-{version}", placeholder="any"
    )
    share = columns[4].select_slider(
        "Length-matched: keep the middle",
        options=[100, 90, 75, 50, 25, 10],
        value=100,
        format_func=lambda value: "all rows" if value == 100 else f"{value} %",
        key=f"pool-share-{version}",
        help="Diverse subsets tend to be long; a narrow window of lengths separates the two.",
    )
    if least is None and most is None and share == 100:
        return {}
    counted_in: Literal["tokens", "characters"] = "tokens" if unit == "tokens" else "characters"
    try:
        lengths = corpus_view.lengths(counted_in, component=component)
    except FeatureMissing:
        what = f"The tokens of {component_phrase(component or ctx.component)} are not counted yet"
        st.info(f"{what}: open the Tokens page, or give the length in characters.")
        return {}
    if share < 100:
        matched = length_matched(lengths, share=share / 100, unit=counted_in, component=component or ctx.component)
        least, most = int(matched.minimum or 0), int(matched.maximum or 0)
    limits: dict[str, Any] = {"unit": unit, "component": ctx.component}
    if component:
        limits["of" if unit == "tokens" else "component"] = component
    if least is not None:
        limits["minimum"] = least
    if most is not None:
        limits["maximum"] = most
    return {"length": limits}


def _column(corpus_view: CorpusView, filters: dict[str, Any], version: int) -> dict[str, Any]:
    names = [name for name in corpus_view.corpus.columns if name not in ("source", "category", "script")]
    first = (filters.get("columns") or [{}])[0]
    columns = st.columns([1.4, 2, 1, 1])
    name = columns[0].selectbox(
        "Column",
        names,
        index=names.index(first["column"]) if first.get("column") in names else None,
        placeholder="any",
        key=f"pool-column-{version}",
    )
    values = columns[1].text_input(
        "is one of (commas between)", value=", ".join(first.get("values", [])), key=f"pool-values-{version}"
    )
    least = columns[2].number_input("or at least", value=first.get("minimum"), key=f"pool-low-{version}", format="%g")
    most = columns[3].number_input("and at most", value=first.get("maximum"), key=f"pool-high-{version}", format="%g")
    rest = list(filters.get("columns", [])[1:])
    if not name:
        return {"columns": rest} if rest else {}
    wanted = [word.strip() for word in values.split(",") if word.strip()]
    rule: dict[str, Any] = {"column": name, "values": wanted}
    rule.update({key: value for key, value in (("minimum", least), ("maximum", most)) if value is not None})
    return {"columns": [rule, *rest]} if wanted or "minimum" in rule or "maximum" in rule else {"columns": rest}


def _values(corpus_view: CorpusView, name: str) -> list[str]:
    if name not in corpus_view.corpus.columns:
        return []
    corpus = corpus_view.corpus
    return sorted(corpus.counts_of(name)) if 1 < corpus.kinds(name) <= MANY else []


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
