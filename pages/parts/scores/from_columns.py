"""What columns together say: the kind of memorisation a row invites, and whether similarity follows a loss."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.corpus.column_facts import newest_numeric_columns
from core.features.embedding import load_embeddings
from core.features.loss_follows import Follows, follows_loss
from core.figures.scores import line_figure
from core.workbench.row_scores.memorisation import KINDS, MEANT, MemorisationSetting, keep_memorisation
from core.workspace.digests import digest
from pages.parts.frame import session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, plain
from pages.parts.scores.import_forms import said


def from_columns(ctx: Context) -> None:
    """Draw the two forms; each says what it needs where that is not there."""
    names = newest_numeric_columns(ctx.corpus)
    kinds_tab, follows_tab = st.tabs(["Kind of memorisation", "Does similarity follow a loss?"])
    with kinds_tab:
        _memorisation(ctx, names)
    with follows_tab:
        _follows(ctx, names)
    said()


def _memorisation(ctx: Context, names: list[str]) -> None:
    copies = [name for name in names if name.startswith("copies")]
    losses = [name for name in names if name not in copies]
    if not copies or not losses:
        st.text("This needs copies (“No model”) and a perplexity or loss (“Language model”, under “A model”).")
        return
    left, middle, more, share_at, press, help_ = st.columns([2, 2, 1.2, 1.4, 1, 0.5], vertical_alignment="bottom")
    by_copies = left.selectbox("Copies", copies, key="scores.kinds.copies")
    first = next((name for name in losses if name.startswith(("ppl", "nll", "loss"))), losses[0])
    loss = middle.selectbox("Loss", losses, index=losses.index(first), key="scores.kinds.loss")
    more_than = more.number_input("More copies than", 1, 1_000_000, value=5, key="scores.kinds.more",
                                  help="Rows with more are recited.")  # fmt: skip
    share = share_at.slider("Foreseeable share", 0.05, 0.9, value=0.25, step=0.05, key="scores.kinds.share",
                            help="Of the lowest losses. Larger: more rows count as foreseeable.")  # fmt: skip
    with help_:
        explain(
            "the kind of memorisation",
            formula="\n".join(f"{kind}: {MEANT[kind]}" for kind in KINDS),
            source="Recite, Reconstruct, Recollect (arXiv 2406.17746); low loss for “predictable” is ours",
            key="scores.kinds.explain",
        )
    if press.button("Tell apart", type="primary", key="scores.kinds.press", width="stretch"):
        setting = MemorisationSetting(
            copies=str(by_copies), loss=str(loss), more_than=int(more_than), share=float(share)
        )
        column, counts = keep_memorisation(ctx.corpus, setting)
        told = ", ".join(f"{rows:,} {kind}" for kind, rows in counts.items())
        session_keys.SCORES_SAID.set(f"{column}: {told}. It colours the map, filters the pool and takes quotas.")
        st.rerun()


def _follows(ctx: Context, names: list[str]) -> None:
    vectors = load_embeddings(ctx.corpus_text, ctx.embedder or None)
    if vectors is None or not names:
        st.text("This needs vectors (Clusters page) and a loss, perplexity or learning percentage (“Language model”).")
        return
    left, help_ = st.columns([6, 0.5], vertical_alignment="bottom")
    first = next((name for name in names if name.startswith(("learned", "nll", "ppl", "loss"))), names[0])
    name = left.selectbox("Column", names, index=names.index(first), key="scores.follows.column")
    with help_:
        explain(
            "whether similarity follows a loss",
            formula="Spearman of cos(x, y) and −|rank(value of x) − rank(value of y)| over 50,000 drawn pairs; the "
            "range holds 95 % of it where rows are drawn anew",
            source="after Analyzing Similarity Metrics for Data Selection (arXiv 2502.02494); ranks and range are ours",
            key="scores.follows.explain",
        )
    values = ctx.corpus.column(name)
    key = digest([ctx.corpus.id, ctx.component, str(ctx.embedder), name, hash(values.tobytes())])
    seen = _followed(key, ctx, str(name))
    st.markdown(
        f"Spearman **{figure3(seen.spearman)}** ({figure3(seen.low)} to {figure3(seen.high)}) over {seen.pairs:,} "
        "pairs. About 0: what this embedder calls alike says nothing of this column."
    )
    table = pd.DataFrame({"cosine": seen.cosine, "ranks apart": seen.apart})
    show(
        line_figure(table, x="cosine", y="ranks apart", x_title="cosine of the pair (tenths)",
                    y_title="difference in rank, share of all rows", mode=ctx.mode),
        key="scores-follows", data=table, name="similarity-and-loss",
        caption=plain(f"Falls where rows alike to the embedder are alike in {name}."),
    )  # fmt: skip


@st.cache_data(max_entries=16, show_spinner="Comparing pairs of rows …")
def _followed(key: str, _ctx: Context, column: str) -> Follows:
    vectors = load_embeddings(_ctx.corpus_text, _ctx.embedder or None)
    assert vectors is not None  # the caller has looked
    return follows_loss(vectors, _ctx.corpus.column(column))
