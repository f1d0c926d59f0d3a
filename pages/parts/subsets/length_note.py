"""A line where the slider's rows are far longer or shorter than random ones, with the two ways to mend it."""

from __future__ import annotations

import streamlit as st

from core.corpus.pool import length_matched
from core.counted import counted
from core.workbench.build import Built
from core.workbench.subsets import percent
from pages.parts.frame import session_keys, view_cache
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain
from pages.parts.frame.selection import SelectionState
from pages.parts.subsets.random_bands import instant_bands, measured_component

FAR = 1.5  # the line is drawn if the mean length differs from that of random rows by this factor
PARTS = ((1 / 3, "half"), (1 / 4, "a third"), (1 / 5, "a quarter"), (1 / 10, "a fifth"))  # a share is less than …
MIDDLE = 0.5  # share of the pool's rows, by length, that the length-matched pool keeps


def length_note(ctx: Context, built: Built) -> None:
    """Draw how much longer or shorter the rows are, and the buttons; nothing where they are about as long."""
    lengths = _lengths(ctx, built)
    if lengths is None:
        return
    how = in_words(*lengths)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="length-note"):
        st.markdown(
            f":material/warning: At {plain(percent(built.recipe.position))} this strategy takes rows **{plain(how)}**.",
            width="content",
        )
        state = SelectionState(ctx.corpus)
        st.button(
            "Size in tokens",
            key="size-in-tokens",
            on_click=_in_tokens,
            args=(state, built),
            help="Every position gets the same budget of tokens: that of as many rows of the pool's mean length.",
        )
        st.button(
            "Length-matched",
            key="length-matched",
            on_click=_matched,
            args=(state, built, measured_component(ctx)),
            disabled="length" in built.corpus_view.spec.as_dict(),
            help="Keeps the middle half of the pool by length, so that diverse rows are not merely long ones. "
            "The pool's form changes the window.",
        )


def in_words(mean: float, usual: float) -> str:
    """How a mean length compares with the usual one, in tokens: "less than half as long (52 against 127 tokens)"."""
    times = mean / usual
    if times > 1:
        how = f"{times:.1f} times as long as the pool's"
    elif times >= 0.5:
        how = f"about {100 * times:.0f} % as long as the pool's"
    else:
        least = next((words for bound, words in PARTS if times >= bound), "a tenth")
        how = f"less than {least} as long as the pool's"
    return f"{how} ({mean:,.0f} against {counted(usual, 'token')})"


def _lengths(ctx: Context, built: Built) -> tuple[float, float] | None:
    """The mean tokens of the rows and of random ones, where they are far apart and the size counts rows."""
    if built.recipe.unit != "rows":
        return None
    measurer = view_cache.measurer(built.corpus_view, measured_component(ctx))
    mean = measurer.measured(built.answer.rows, ["sl"])["sl"].value
    band = instant_bands(ctx, built, measurer).get("sl")
    if mean is None or band is None or not band.mean or 1 / FAR < mean / band.mean < FAR:
        return None
    return mean, band.mean


def _in_tokens(state: SelectionState, built: Built) -> None:
    mean = float(built.corpus_view.pool.tokens.lengths.mean())
    budget = len(built.answer.rows) * mean
    tokens = max(1, int(round(budget, -3)) or int(budget))
    state.do("Sized the subset in tokens", size={"unit": "tokens", "tokens": tokens})
    _say(f"The size is a budget of {counted(tokens, 'token')}, at every position. Undo brings back the number of rows.")


def _matched(state: SelectionState, built: Built, measured: str) -> None:
    view, component = built.corpus_view, built.corpus_view.choice.component
    of = "" if measured == component else measured
    window = length_matched(view.lengths("tokens", component=of), share=MIDDLE, unit="tokens", component=component)
    low, high = int(window.minimum or 0), int(window.maximum or 0)
    limits = {"unit": "tokens", "component": component, "of": of, "minimum": low, "maximum": high}
    pool = view.spec.as_dict() | {"length": {name: value for name, value in limits.items() if value != ""}}
    state.do("Matched the pool by length", pool=pool)
    _say(f"The pool keeps rows of {low:,} to {high:,} tokens, its middle half by length. Undo brings the others back.")


def _say(words: str) -> None:
    session_keys.SELECTION_SAID.set(("success", words))
