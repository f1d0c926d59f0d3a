"""The form that names a strategy: which, its knobs, how many rows, and the rules every answer obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import orjson
import streamlit as st

from core.corpus.store import list_corpora
from core.counted import counted
from core.parameters import complete
from core.selection.registry import skipped, strategies
from core.selection.strategy import Strategy
from core.workbench.build import default_size
from core.workbench.opened import Opened
from core.workbench.recipe import Recipe
from core.workbench.subsets import list_subsets
from pages.parts.bound import bound_select
from pages.parts.explain import explain
from pages.parts.frame import Context, corpus_by_id
from pages.parts.knobs import column_names, knob
from pages.parts.plain import plain

LEVEL_TITLES = {"macro": "Macro", "meso": "Meso", "micro": "Micro", "ranked": "Ranked", "random": "Random"}


def strategy_form(ctx: Context, looked: Opened) -> Recipe:
    """Draw the form and return the recipe it describes, without a position."""
    known = strategies()
    if left_out := skipped():
        st.warning("Left out of the strategies: " + " · ".join(plain(each) for each in left_out))
    columns = st.columns([2.5, 0.6, 1.2, 1.4, 1.2, 0.9, 1.1], vertical_alignment="bottom")
    name = bound_select(
        columns[0],
        "Strategy",
        list(known),
        key="strategy",
        default="micro",
        format_func=lambda item: titled(known[item]),
    )
    chosen = known[name]
    with columns[1]:
        notes = f"{chosen.summary} {chosen.tail}".strip()
        explain(chosen.title, formula=chosen.formula, source=chosen.source, notes=notes, key="strategy-help")
    with columns[2].popover("Settings", icon=":material/tune:", width="stretch", disabled=not chosen.parameters):
        parameters, target = parameter_widgets(chosen, ctx, looked)
    unit = columns[3].segmented_control(
        "Size in",
        ["rows", "tokens"],
        default="rows",
        required=True,
        key="size_unit",  # "unit" and "seed" of the URL are those of the bands and of the projection
        bind="query-params",
        persist_state="session",
        help="A number of rows, or a budget of the chosen tokenizer's tokens.",
    )
    pool_rows = len(looked.pool)
    proposed = default_size(pool_rows)
    if unit == "tokens":
        mean = float(looked.pool.tokens.lengths.mean()) if looked.pool.has("tokens") and pool_rows else 100.0
        proposed = max(1, int(round(proposed * mean, -3)) or int(proposed * mean))
    size = columns[4].number_input(
        "How many",
        min_value=1,
        value=proposed,
        step=max(1, 10 ** (len(str(proposed)) - 2)),
        key="n" if unit == "rows" else "budget",
        bind="query-params",
        persist_state="session",
        help=f"The pool holds {counted(pool_rows, 'row')}.",
    )
    seed = columns[5].number_input(
        "Seed", min_value=0, value=0, step=1, key="subset_seed", bind="query-params", persist_state="session"
    )
    with columns[6].popover("Rules", icon=":material/rule:", width="stretch"):
        rules = rule_widgets(ctx, looked)
    return Recipe(
        corpus=ctx.corpus.id,
        pool=ctx.pool.as_dict(),
        choice=ctx.choice.as_dict(),
        strategy=name,
        strategy_version=chosen.version,
        parameters=parameters,
        size=int(size),
        unit=str(unit),
        seed=int(seed),
        target=target,
        **rules,
    )


def target_widget(ctx: Context) -> str:
    """The corpus that holds the examples, for a strategy that chooses toward some."""
    others = {info.id: info.name for info in list_corpora(ctx.workspace) if info.id != ctx.corpus.id}
    chosen = st.selectbox(
        "Examples",
        list(others),
        format_func=lambda corpus: others.get(corpus, corpus),
        placeholder="Bring the examples in as a second corpus",
        key="target",
        persist_state="session",
        help="A second, small corpus of rows like those you want. Embed it with the same embedder and component.",
    )
    return str(chosen or "")


def titled(found: Strategy) -> str:
    """A strategy as lists show it: its level first, once."""
    level = LEVEL_TITLES[found.level]
    return found.title if found.title.startswith(level) else f"{level}: {found.title}"


def parameter_widgets(chosen: Strategy, ctx: Context, looked: Opened) -> tuple[dict[str, Any], str]:
    """One widget a knob, and the corpus of examples ("" for none); the mid band starts as the Tokens page set it."""
    shared = {"low": ctx.choice.low, "high": ctx.choice.high, "unit": ctx.choice.unit}
    values: dict[str, Any] = {}
    target: str | None = None  # asked for before the first knob that names one of its columns, else after all
    for parameter in chosen.parameters:
        default = shared[parameter.name] if parameter.name in shared and chosen.level == "micro" else parameter.default
        key, elsewhere = f"{chosen.name}.{parameter.name}", None
        if parameter.of_target and values.get(parameter.of_target[0]) == parameter.of_target[1]:
            target = target_widget(ctx) if target is None else target
            key, elsewhere = f"{key}.of.{target or 'none'}", _columns_of(ctx, target)
        values[parameter.name] = knob(parameter, default, looked, key=key, elsewhere=elsewhere, bound=elsewhere is None)
    if target is None:
        target = target_widget(ctx) if "target" in chosen.needs(complete(chosen.parameters, values)) else ""
    return values, target


def _columns_of(ctx: Context, corpus: str) -> list[str]:
    return list(corpus_by_id(str(ctx.workspace.home), corpus).columns) if corpus else []


def rule_widgets(ctx: Context, looked: Opened) -> dict[str, Any]:
    """Rows already in training, pins, exclusions and quotas, as fields of a recipe."""
    held = rules_of_link()
    saved = {subset.key: subset for subset in list_subsets(ctx.workspace, ctx.corpus.id)}
    options = ["", *saved]
    given = st.selectbox(
        "Already in training",
        options,
        index=options.index(held["given"]) if held.get("given") in options else 0,
        format_func=lambda key: saved[key].name if key else "nothing",
        key="given",
        persist_state="session",
        help="Rows of this saved subset are never chosen again, and what they cover counts as covered.",
    )
    pinned = _ids("Pinned rows", "pinned", "Always in the subset. Row ids, one a line.")
    excluded = _ids("Excluded rows", "excluded", "Never in the subset. Row ids, one a line.")
    st.caption("Quotas: rows of one value of a column, at least and at most. * stands for every other value.")
    linked = {rule["column"]: rule for rule in held.get("quotas", []) if rule.get("column") in column_names(looked)}
    chosen = st.multiselect(
        "Quotas on",
        column_names(looked),
        default=list(linked),
        placeholder="No quota",
        key="quota.columns",
        persist_state="session",
        help="Rows obey the quotas of every column named here, also where the columns cross.",
    )
    drawn = [_quota_table(column, linked.get(column)) for column in chosen]
    quotas = tuple(rule for rule in drawn if rule["minimum"] or rule["maximum"])
    rules = {"given": given or "", "pinned": pinned, "excluded": excluded, "quotas": quotas}
    link_rules({name: value for name, value in rules.items() if value})
    return rules


def _quota_table(column: str, linked: Mapping[str, Any] | None) -> dict[str, Any]:
    """The table of one column's bounds, and the rule that is typed into it."""
    st.caption(plain(f"Rows by {column}"))
    drawn: list[dict[str, Any]] = st.data_editor(
        quota_lines(linked),
        num_rows="dynamic",
        key=f"quota.{column}",
        column_config={
            "value": st.column_config.TextColumn(required=True),
            "at least": st.column_config.NumberColumn(min_value=0, step=1),
            "at most": st.column_config.NumberColumn(min_value=0, step=1),
        },
        hide_index=True,
    )
    kept = [line for line in drawn if line.get("value")]
    return {
        "column": column,
        "minimum": {str(line["value"]): int(line["at least"]) for line in kept if line.get("at least") is not None},
        "maximum": {str(line["value"]): int(line["at most"]) for line in kept if line.get("at most") is not None},
    }


def rules_of_link() -> dict[str, Any]:
    """The rules that the session came with in its link; pins and exclusions enter the session once."""
    if "ds.rules" not in st.session_state:
        try:
            found = orjson.loads(st.query_params.get("rules", "{}"))
        except orjson.JSONDecodeError:
            found = {}
        found = found if isinstance(found, dict) else {}
        st.session_state["ds.rules"] = found
        for name in ("pinned", "excluded"):
            ids = found.get(name)
            st.session_state.setdefault(f"ds.{name}", [str(one) for one in ids] if isinstance(ids, list) else [])
    held: dict[str, Any] = st.session_state["ds.rules"]
    quotas = held.get("quotas")
    return {**held, "quotas": [rule for rule in quotas if isinstance(rule, dict)] if isinstance(quotas, list) else []}


def link_rules(rules: Mapping[str, Any]) -> None:
    """Let the URL carry the rules, as it carries every other setting of the page."""
    text = orjson.dumps(dict(rules), option=orjson.OPT_SORT_KEYS).decode() if rules else ""
    if not text:
        st.query_params.pop("rules", None)
    elif st.query_params.get("rules") != text:
        st.query_params["rules"] = text


def quota_lines(rule: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """A quota as lines of its table: value, at least, at most."""
    least, most = (dict((rule or {}).get(kind) or {}) for kind in ("minimum", "maximum"))
    values = list(dict.fromkeys([*least, *most])) or ["*"]
    return [{"value": value, "at least": least.get(value), "at most": most.get(value)} for value in values]


def _ids(label: str, key: str, help: str) -> tuple[str, ...]:
    # Pins set by a press on a row live beside the widget: a widget's own state cannot be written once it is drawn.
    held: list[str] = st.session_state.setdefault(f"ds.{key}", [])
    # A swap changes the rows and not their number, so the key names the rows.
    named = crc32("\n".join(held).encode())
    typed = st.text_area(label, value="\n".join(held), key=f"{key}.{named}", help=help, height=80)
    found = tuple(dict.fromkeys(word.strip().lower() for word in typed.split() if word.strip()))
    st.session_state[f"ds.{key}"] = list(found)
    return found
