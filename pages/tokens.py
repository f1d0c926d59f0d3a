"""The Tokens page: how often each token occurs, the frequency bands, and what they mean for the rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core import settings
from core.bands import BAND_NAMES, Band
from core.errors import DiverscopeError, Infeasible
from core.features.bands import band_sizes, mid_types_per_row, readable_pieces, sample_tokens
from core.features.token_lookup import commonest_first
from core.features.tokenizers import NAMES, Tokenizer, load
from core.features.tokenizers.hub import is_folder
from core.features.tokens import load_tokenizer, load_tokens, tokens_key
from core.figures import tokens as figures
from core.jobs import job_names, queue
from core.view import TokenRows
from core.workbench.rows_to_read import most_first, some_rows, without_any
from pages.parts.frame import address, jobs, session, session_keys
from pages.parts.frame.bound_select import bound_segments
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.frame.session_keys import Key
from pages.parts.frame.view_cache import corpus_view
from pages.parts.tokens.band_thresholds import band_of_session, controls, counted_over
from pages.parts.tokens.find_tokens import found, look_at_rank, look_up, search_field
from pages.parts.tokens.frequency_curve import frequency_curve
from pages.parts.tokens.moved_rows import band_before, in_a_line, moved_rows, moves_of
from pages.parts.tokens.read_rows import LISTED, read_rows
from pages.parts.tokens.subset_curves import over_each_other

VIEWS = {
    "samples": "Sample tokens",
    "find": "Find tokens",
    "moved": "What the move changed",
    "histogram": "Types a row",
    "rows": "Read a row",
    "saved": "Saved subsets",
}
PAPER = "From Macro to Micro (arXiv 2505.24768)"


def take_tokenizer(key: Key[str], before: str) -> None:
    """Use the tokenizer that was picked or typed if it can be loaded, else refuse it with the reason."""
    name = str(key.value or before).strip()
    try:
        if is_folder(name):
            name = str(settings.allowed_path(name, address=st.get_option("server.address") or ""))
        load(name)
    except DiverscopeError as error:
        session_keys.TOKENIZER_REFUSED.set((error.what, error.remedy))
        key.set(before)
        return
    session.choose(tokenizer=name)


def pick_tokenizer(ctx: Context) -> None:
    names = [*NAMES, *([ctx.tokenizer] if ctx.tokenizer not in NAMES else [])]
    key = session_keys.TOKENIZER_WIDGET.of(ctx.tokenizer)
    st.selectbox(
        "Tokenizer",
        names,
        index=names.index(ctx.tokenizer),
        format_func=lambda name: f"{name} · {NAMES[name]}" if name in NAMES else name,
        accept_new_options=True,
        key=key.name,
        on_change=take_tokenizer,
        args=(key, ctx.tokenizer),
        help="Take the tokenizer of the model you will train. Type a hub id or a folder of this server for another.",
    )
    if refused := session_keys.TOKENIZER_REFUSED.pop(None):
        st.error(f"**{plain(refused[0])}** {plain(refused[1])}")


def counted(ctx: Context) -> TokenRows | None:
    """The stored tokens; if there are none, start the job that counts them and show its progress."""
    tokens = load_tokens(ctx.corpus_text, ctx.tokenizer)
    if tokens is not None:
        return tokens
    request = {"corpus": ctx.corpus.id, "component": ctx.component, "tokenizer": ctx.tokenizer}
    job = queue.latest(ctx.workspace, job_names.TOKENS, request)
    if job is None or job.state == "done":
        title = f"Count the tokens of {ctx.corpus.name} ({ctx.component}, {ctx.tokenizer})"
        job = jobs.start(ctx.workspace, job_names.TOKENS, request, title=title)
        tokens = load_tokens(ctx.corpus_text, ctx.tokenizer)
    if tokens is None:
        st.caption("Every row is tokenised once and counted; what is finished survives a restart.")
        jobs.follow(ctx.workspace, job, key="tokens.job")
    return tokens


@st.cache_data(max_entries=24, show_spinner=False)
def types_per_row(key: str, low: float, high: float, _tokens: TokenRows) -> NDArray[np.int64]:
    """(rows,) the number of mid-band types; cached by ``key`` and the thresholds in occurrences."""
    return mid_types_per_row(Band(low, high), _tokens)


def sizes(band: Band, frequency: NDArray[np.int64], per_row: NDArray[np.int64]) -> None:
    """Draw the size of each band, and what the mid band means for the rows."""
    each_size = band_sizes(band, frequency)
    table = pd.DataFrame(
        {
            "Band": [size.name for size in each_size],
            "Types": [size.types for size in each_size],
            "Occurrences": [size.occurrences for size in each_size],
            "Share of text": [100 * size.share for size in each_size],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "Types": st.column_config.NumberColumn(format="localized"),
            "Occurrences": st.column_config.NumberColumn(format="localized"),
            "Share of text": st.column_config.NumberColumn(format="%.1f %%"),
        },
    )
    none = int((per_row == 0).sum())
    left, more = st.columns([9, 1.4], vertical_alignment="center")
    left.markdown(
        f"Mid-band types a row: **{figure3(float(per_row.mean()))}** on average · rows without any: **{rows(none)}** "
        f"({100 * none / len(per_row):.2f} %)",
        help="Rows without a mid-band type carry no type of the micro strategy, so they are outside its pool.",
    )
    with more:
        explain(
            "The mid band",
            formula="V* = { t : low ≤ f(t) ≤ high }\nf(t) = occurrences of token t (not rows) "
            "in the rows that are counted\n"
            "micro diversity of a subset D = |V* ∩ tokens(D)| / |V*|",
            source=f"{PAPER}, §D.3 (10 and 500)",
            notes="Above it: function words, digits, affixes. Below it: names, loanwords, typos. "
            "Per-million and quantile thresholds are ours, for corpora of another size.",
            key="tokens.explain.band",
        )
    if not band.mask(frequency).any():
        low, high = band.thresholds(frequency)
        st.warning(f"No token occurs between {rows(low)} and {rows(high)} times: widen the band, or use quantiles.")


def samples(band: Band, frequency: NDArray[np.int64], tokenizer: Tokenizer) -> None:
    """Draw sample tokens from each band."""
    seed = session_keys.TOKEN_SAMPLE_SEED.now
    for column, name in zip(st.columns(3), BAND_NAMES, strict=True):
        with column:
            st.caption(f"**{name.capitalize()} band**")
            try:
                ids, times = sample_tokens(band, frequency, name=name, size=60, seed=seed)
            except Infeasible as error:
                st.info(plain(error))
                continue
            drawn = pd.DataFrame({"Token": readable_pieces(tokenizer, ids), "Occurrences": times})
            st.dataframe(
                drawn,
                hide_index=True,
                height=300,
                key=f"tokens.sample.{name}",
                column_config={"Occurrences": st.column_config.NumberColumn(format="localized")},
            )
    if st.button("Draw others", icon=":material/casino:", help="␣ is a space, ↵ a line end, ⇥ a tab."):
        session_keys.TOKEN_SAMPLE_SEED.renew()
        st.rerun()


def reading(ctx: Context, band: Band, tokens: TokenRows, per_row: NDArray[np.int64], tokenizer: Tokenizer) -> None:
    """Draw a list of rows, and the chosen row with its tokens coloured."""
    ways = {"most": "Most mid-band types", "some": "A few at random", "none": "No mid-band type"}
    way = st.segmented_control(
        "Rows", list(ways), default="most", required=True, format_func=ways.__getitem__, key="tokens.ways"
    )
    if way == "none":
        places = without_any(per_row)
    elif way == "some":
        places = some_rows(len(per_row), count=LISTED)
    else:
        places = most_first(per_row)
    if len(places) == 0:
        st.info("Every row has a mid-band type." if way == "none" else "There are no rows.")
        return
    read_rows(ctx, places, {"Mid types": per_row[places]}, band=band, tokens=tokens, tokenizer=tokenizer, key=str(way))


def page(ctx: Context) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with right:
        tokenizer_place, rows_place = st.columns([3, 2])
    with tokenizer_place:
        pick_tokenizer(ctx)
    with left:
        tokens = counted(ctx)
    if tokens is None:
        return
    tokenizer = load_tokenizer(ctx.corpus_text, ctx.tokenizer)
    if tokenizer.warning:
        right.warning(tokenizer.warning)
    if not len(tokens.ids):
        left.info(f"No row has a {ctx.component}: choose another component above.")
        return
    vocabulary = named = tokens_key(ctx.corpus.id, ctx.component, ctx.tokenizer)
    if ctx.choice.band_rows != "corpus":
        view = corpus_view(ctx)
        tokens, named = view.whole.tokens, view.keys["tokens"]
    frequency = np.asarray(tokens.frequency)
    with rows_place:
        counted_over(ctx.choice.band_rows)
    with right:
        controls(frequency)
    band = band_of_session()
    low, high = band.thresholds(frequency)
    per_row = types_per_row(named, low, high, tokens)
    before = band_before(band, frequency).thresholds(frequency)
    moves = moves_of(named, before, (low, high), tokens, types_per_row(named, *before, tokens), per_row)
    ordered = commonest_first(frequency)
    views_place, search_place = st.columns([7, 3], vertical_alignment="center")
    with search_place:
        asked = search_field()
    lookup = look_up(
        asked, named=vocabulary, tokenizer=tokenizer, vocabulary_size=tokens.vocabulary_size, ordered=ordered
    )
    with left:
        frequency_curve(
            ctx, band, frequency, named=named, ordered=ordered, tokenizer=tokenizer, rank=lookup.rank,
            marked=[] if lookup.rank else lookup.ids.tolist(), look=look_at_rank,
            caption=in_a_line(moves, before) or "Drag a line to move an end of the mid band; click on the curve to see "
            "the tokens there.",
        )  # fmt: skip
    with right:
        sizes(band, frequency, per_row)
    unasked = "saved" if address.TOKEN_SUBSETS.values() else "samples"  # a link to subsets shows them
    shown = bound_segments(views_place, "View", VIEWS, parameter=address.TOKENS_VIEW, default=unasked, hide_label=True)
    if shown == "find":
        found(ctx, lookup, band=band, tokens=tokens, per_row=per_row, tokenizer=tokenizer)
    elif shown == "moved":
        moved_rows(ctx, moves, before, band=band, tokens=tokens, tokenizer=tokenizer)
    elif shown == "samples":
        samples(band, frequency, tokenizer)
    elif shown == "histogram":
        data = figures.types_per_row(per_row)
        figure = figures.types_histogram(data, mean=float(per_row.mean()), mode=ctx.mode)
        show(figure, key="tokens-per-row", data=data, name="mid-band-types-per-row")
    elif shown == "rows":
        reading(ctx, band, tokens, per_row, tokenizer)
    else:
        over_each_other(ctx, tokens, band)


context = open_page("tokens")
with guarded():
    page(context)
