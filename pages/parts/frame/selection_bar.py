"""What the selection holds, and what can be done with it: the bar at a map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corpus.named_selections import IN, OUT, column_of, free_name, kept_names, kept_rows
from core.corpus.row_ids import show_id
from core.corpus.row_labels import clean_label, labels_of
from core.counted import counted
from core.errors import DiverscopeError, InputError
from core.row_positions import CorpusRows
from pages.parts.frame import session, session_keys
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.frame.selection import KEPT, SelectionState

MOST_PINNED = 500  # a link holds every pinned row


def selection_bar(
    ctx: Context,
    *,
    facts: Callable[[CorpusRows], list[str]],
    key: str,
    more: Callable[[], None] = lambda: None,
    hint: str = "",
) -> None:
    """Draw what is selected and the actions on it; without a selection, the kept ones and undo.

    ``facts`` says what rows are, a phrase each. ``key`` tells this page's widgets from those of others. ``more`` draws
    the page's own actions beside these. A bar above a map has a ``hint``: it is said where nothing is selected, so that
    the map keeps its place when something is.
    """
    if session_keys.SELECTION_WIDE.pop(False):
        st.rerun(scope="app")  # more than the selection changed: the frame above shows it too
    state = SelectionState(ctx.corpus)
    selected = state.now
    with st.container(border=selected is not None and not hint, key=f"{key}-selection-box"):
        _said()
        if selected is not None:
            share = f"{100 * len(selected.rows) / max(1, len(ctx.corpus)):.1f} % of the corpus"
            told = " · ".join([share, *facts(selected.rows)]) if len(selected.rows) else "no row lies in there"
            said = f"**{counted(len(selected.rows), 'row')} selected** ({plain(selected.said)}): {plain(told)}"
            st.markdown(f":small[{said}]" if hint else said)  # above a map it fits one line
        elif hint:
            st.markdown(f":small[{plain(hint)}]")
        with st.container(horizontal=True, gap="small", key=f"{key}-selection-actions"):
            if selected is not None and len(selected.rows):
                _actions(ctx, state, key=key)
            _kept(ctx, state, key=key)
            more()
            _undo(state, key=key)


def _actions(ctx: Context, state: SelectionState, *, key: str) -> None:
    st.button("Use as the pool", key=f"{key}-to-pool", on_click=_tried(_use_as_pool, state), help="Subsets then "
              "hold these rows only. The rows are kept as a selection with a name.")  # fmt: skip
    st.button("Exclude", key=f"{key}-exclude", on_click=_tried(_exclude, state), help="The pool then leaves them out.")
    st.button(
        "Pin",
        key=f"{key}-pin",
        on_click=_tried(_pin, state),
        disabled=len(state.rows) > MOST_PINNED,
        help=f"Every subset then holds these rows. At most {MOST_PINNED}; a quota bounds more.",
    )
    with st.popover("Quota"):
        least = st.number_input("At least", min_value=0, value=0, step=1, key=f"{key}-quota-least")
        most = st.number_input("At most", min_value=0, value=None, step=1, key=f"{key}-quota-most", placeholder="any")
        st.button("Set the quota", key=f"{key}-quota", on_click=_tried(_quota, state, int(least), most))
    with st.popover("Add to …"):
        names = kept_names(ctx.corpus.columns)
        name = st.selectbox(
            "Named selection",
            [*names, free_name(ctx.corpus.columns)],
            accept_new_options=True,
            key=f"{key}-keep-name",
            help="Type a new name, or choose a selection to which the rows are added.",
        )
        st.button("Add these rows", key=f"{key}-keep", on_click=_tried(_add, state, name or ""))
        st.button("Take these rows out", key=f"{key}-take-out", on_click=_tried(_take_out, state, name or ""),
                  disabled=name not in names)  # fmt: skip
    with st.popover("Label"):
        known = sorted({label for row in labels_of(ctx.workspace).values() for label in row.labels})
        label = st.selectbox(
            "Label", known, index=None, accept_new_options=True, key=f"{key}-label", placeholder="Choose or type one",
            help="It stays with each row, in every corpus that holds the row, and is a column on every page.",
        )  # fmt: skip
        st.button("Put it on these rows", key=f"{key}-label-put", disabled=not label,
                  on_click=_tried(_label, state, label or ""))  # fmt: skip
        st.button("Take it off these rows", key=f"{key}-label-off", disabled=label not in known,
                  on_click=_tried(_unlabel, state, label or ""))  # fmt: skip
    chosen = state.rows
    st.download_button(
        "Export",
        data=lambda: _jsonl(ctx, chosen),
        file_name="selection.jsonl",
        mime="application/x-ndjson",
        on_click="ignore",
        key=f"{key}-export",
        help="The rows as JSONL, every field as it came.",
    )


def _kept(ctx: Context, state: SelectionState, *, key: str) -> None:
    """Draw the menu of kept selections, if there are any."""
    names = kept_names(ctx.corpus.columns)
    if not names:
        return
    with st.popover(f"Kept · {len(names)}", help="Named selections: columns of this corpus, on every page."):
        for place, name in enumerate(names):
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.button(
                plain(name), key=f"{key}-kept-{place}", on_click=_tried(_select_kept, state, name), width="stretch"
            )
            right.button(
                "", icon=":material/delete:", key=f"{key}-drop-{place}", on_click=_tried(_drop, state, name),
                help="Remove this selection",
            )  # fmt: skip


def _undo(state: SelectionState, *, key: str) -> None:
    steps, undone = state.steps, state.undone
    if steps:
        st.button("", icon=":material/undo:", key=f"{key}-undo", on_click=_tried(lambda state: state.undo(), state),
                  help=f"Undo: {plain(steps[-1].said)}")  # fmt: skip
    if undone:
        st.button("", icon=":material/redo:", key=f"{key}-redo", on_click=_tried(lambda state: state.redo(), state),
                  help=f"Redo: {plain(undone[-1].said)}")  # fmt: skip
    if state.now is not None:
        st.button("Clear", icon=":material/close:", key=f"{key}-clear", on_click=state.clear, help="Clear selection")


def _tried(action: Callable[..., str | None], *arguments: object) -> Callable[[], None]:
    """The action as a callback; what it says, or what is wrong, is shown by the next run."""

    def run() -> None:
        try:
            if said := action(*arguments):
                session_keys.SELECTION_SAID.set(("success", said))
        except DiverscopeError as error:
            session_keys.SELECTION_SAID.set(("error", str(error)))

    return run


def _said() -> None:
    kind, words = session_keys.SELECTION_SAID.pop(("", ""))
    if words:
        (st.success if kind == "success" else st.error)(plain(words))


def _mask(state: SelectionState) -> NDArray[np.bool_]:
    mask = np.zeros(len(state.corpus), dtype=bool)
    mask[state.rows] = True
    return mask


def _named(state: SelectionState) -> tuple[str, dict[str, NDArray[np.bool_]]]:
    """The name under which these rows are kept, or a new one with the aspect of the step that keeps them."""
    mask = _mask(state)
    for name in kept_names(state.corpus.columns):
        kept = kept_rows(state.corpus, name)
        if kept is not None and np.array_equal(kept, mask):
            return name, {}
    name = free_name(state.corpus.columns)
    return name, {f"{KEPT}{name}": mask}


def _use_as_pool(state: SelectionState) -> str:
    name, new = _named(state)
    pool = {"columns": [{"column": column_of(name), "values": [IN]}]}
    others = set(session.pool_values()) - {"columns"} or any(
        rule.get("column") != column_of(name) for rule in session.pool_values().get("columns", [])
    )
    state.do("Used the selection as the pool", **new, pool=pool)
    cleared = " The pool's other filters are cleared; Undo brings them back." if others else ""
    return f"The pool is the selection “{name}”: {counted(len(state.rows), 'row')}, less the holdout.{cleared}"


def _exclude(state: SelectionState) -> str:
    name, new = _named(state)
    pool = session.pool_values()
    others = [rule for rule in pool.get("columns", []) if rule.get("column") != column_of(name)]
    pool["columns"] = [*others, {"column": column_of(name), "values": [OUT]}]
    state.do("Excluded the selection", **new, pool=pool)
    return f"The pool leaves out the selection “{name}”: {counted(len(state.rows), 'row')}."


def _pin(state: SelectionState) -> str:
    ids = [show_id(row_id) for row_id in state.corpus.ids[state.rows].tolist()]
    pinned = list(dict.fromkeys([*session_keys.PINNED.get([]), *ids]))
    if len(pinned) > MOST_PINNED:
        raise InputError(
            f"{rows(len(pinned))} rows would be pinned; at most {MOST_PINNED} can be.", remedy="Use a quota."
        )
    excluded = [row for row in session_keys.EXCLUDED.get([]) if row not in set(ids)]
    state.do("Pinned the selection", pinned=pinned, excluded=excluded)
    return f"{counted(len(ids), 'row')} pinned: every subset holds them."


def _quota(state: SelectionState, least: int, most: int | None) -> str:
    if not least and most is None:
        raise InputError("A quota needs a number.", remedy="Fill in the least or the most rows.")
    if most is not None and most < least:
        raise InputError("A quota's most rows are no fewer than its least.", remedy="Change one of the two.")
    name, new = _named(state)
    column = column_of(name)
    rule = {"column": column, "minimum": {IN: least} if least else {}, "maximum": {} if most is None else {IN: most}}
    quotas = {**session_keys.QUOTAS.of(state.corpus.id).get({}), column: rule}
    state.do("Set a quota on the selection", **new, quotas=quotas)
    span = f"at least {rows(least)}" if most is None else f"{rows(least)} to {rows(most)}"
    return f"Every subset holds {span} rows of the selection “{name}”."


def _add(state: SelectionState, name: str) -> str:
    column_of(name)
    kept, mask = kept_rows(state.corpus, name), _mask(state)
    whole = mask if kept is None else mask | kept
    state.do(f"Added rows to {name}", **{f"{KEPT}{name}": whole})
    return f"The selection “{name}” holds {counted(int(whole.sum()), 'row')}; it is a column on every page."


def _take_out(state: SelectionState, name: str) -> str:
    kept = kept_rows(state.corpus, name)
    if kept is None:
        raise InputError(f"There is no selection {name}.", remedy="Choose one of the list.")
    rest = kept & ~_mask(state)
    state.do(f"Took rows out of {name}", **{f"{KEPT}{name}": rest})
    return f"The selection “{name}” holds {counted(int(rest.sum()), 'row')}."


def _label(state: SelectionState, name: str) -> str:
    label = clean_label(name)
    return f"“{label}” is put on {counted(state.label(f'Labelled rows “{label}”', add=[label]), 'row')}."


def _unlabel(state: SelectionState, name: str) -> str:
    label = clean_label(name)
    return f"“{label}” is taken off {counted(state.label(f'Took the label “{label}” off', remove=[label]), 'row')}."


def _select_kept(state: SelectionState, name: str) -> None:
    kept = kept_rows(state.corpus, name)
    if kept is not None:
        state.select(CorpusRows(np.flatnonzero(kept)), f"the selection {name}")


def _drop(state: SelectionState, name: str) -> str:
    state.do(f"Removed the selection {name}", **{f"{KEPT}{name}": None})
    return f"The selection “{name}” is removed; Undo brings it back."


def _jsonl(ctx: Context, chosen: CorpusRows) -> bytes:
    from core.export.json_lines import FORMAT
    from core.export.records import rows_to_export

    return FORMAT.write(rows_to_export(ctx.corpus, chosen), b"")
