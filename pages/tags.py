"""The Tags page: tags the rows, shows the tags and how they were merged, and lets the user correct the merges."""

from __future__ import annotations

import streamlit as st

from core.corpus.corpus_text import CorpusText
from core.counted import counted
from core.features.tags import store
from core.features.tags.decisions import Decisions
from core.features.tags.raw_tags import RowTags
from core.features.tags.tagging import tags_key
from core.figures import tags as figures
from core.view import TypeRows
from pages.parts.frame import session, session_keys
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.map_data import stored_map
from pages.parts.frame.page import Context, open_page
from pages.parts.frame.plain_text import figure3, plain, rows
from pages.parts.tags import other_tags as tag_others
from pages.parts.tags import setup as tag_setup
from pages.parts.tags import tables as tag_tables
from pages.parts.tags.relations import against, together
from pages.parts.tags.tag_rows import choose_tag, selected_actions, selected_rows, tag_bars, tag_map


@st.cache_resource(max_entries=6, show_spinner=False)
def held(home: str, key: str, component: str, _ctx: Context) -> tuple[RowTags, Decisions, TypeRows] | None:
    """Raw tags, decisions and types under ``key``; immutable, so shared by all sessions."""
    tagging, edits = _ctx.choice.tagging, _ctx.choice.tag_edits
    text = CorpusText(_ctx.corpus, component)
    raw = store.load_tags(text, tagging)
    decisions = store.load_decisions(text, tagging, edits=edits)
    types = store.load_type_rows(text, tagging, edits=edits)
    return None if raw is None or decisions is None or types is None else (raw, decisions, types)


def facts(ctx: Context, raw: RowTags, types: TypeRows) -> None:
    """Draw the numbers of tags, and where the tags come from."""
    carried = types.per_row
    none, total = int((carried == 0).sum()), int(carried.sum())
    told = [
        f"**{counted(len(types.names), 'tag')}** of {rows(len(raw.names))} raw",
        f"**{figure3(total / max(len(carried), 1))}** a row",
        f"**{counted(none, 'row')} without** ({figure3(100 * none / max(len(carried), 1))} %), which the meso strategy "
        "cannot choose",
        f"Diversity **{figure3(len(types.names) / total if total else None)}** (distinct / all)",
    ]
    st.markdown(" · ".join(told))
    manifest = raw.manifest
    by = manifest["tagger"]
    left, right = st.columns([6, 1.2], vertical_alignment="center")
    if by["tagger"] == "own":
        left.caption(
            f"From a file of yours ({plain(by['model'])}), joined by {manifest['joined_by']}; "
            f"{counted(manifest['rows_without'], 'row')} not in it."
        )
    elif by["tagger"] == "phrases":
        left.caption("Phrases the texts themselves use, not labels a model gave: subjects, not intentions.")
    elif by["tagger"] == "keyphrases":
        left.caption("≈ **Approximate**: keyphrases of the text, not intentions named by a model.")
    else:
        said = [f"Tagged by {by['model']}"]
        said += [f"checked by {by['check_model']}, {counted(manifest['refused_tags'], 'tag')} refused"] * bool(
            by["check_model"]
        )
        said += [f"{rows(manifest['prompt_tokens'] + manifest['completion_tokens'])} tokens"]
        said += [f"{counted(manifest['failed_texts'], 'text')} failed"] * bool(manifest["failed_texts"])
        said += [f"{counted(manifest['shortened_texts'], 'long text')} read in part"] * bool(
            manifest["shortened_texts"]
        )
        left.caption(plain(" · ".join(said)))
    with right:
        explain(
            "Meso diversity",
            formula="distinct tags / all tags, over the rows of a set\n"
            "tags: non-words dropped, spellings joined, rare tags dropped,\n"
            "then merged if near in meaning (cosine) or always together (association rules)",
            source="From Macro to Micro (arXiv 2505.24768), D.2; normalisation after InsTag (arXiv 2308.07074)",
            notes="It falls as a set grows, so compare sets of equal size.",
            key="tags-explain",
        )


def setup(ctx: Context, *, there: bool, done: bool) -> None:
    """Draw the forms of tagger and merging, folded away once there are tags."""
    with st.expander("Tagger and merging", expanded=not done, icon=":material/sell:"):
        left, right = st.columns([3, 2], gap="large")
        with left:
            tag_setup.tagger_form(ctx)
        with right:
            tag_setup.merging_form(ctx)
            if done:
                st.caption("These tags are made with the settings shown. Change a setting to tag or merge again.")
        if not done:
            tag_setup.begin(ctx, there=there)


def again(ctx: Context) -> None:
    """Start another round for the texts that failed."""
    with guarded():
        if not session_keys.TAG_ENDPOINT.get(""):
            st.warning("Name the endpoint's address under “Tagger and merging” first.")
            return
        session.choose(tag_rounds=ctx.choice.tag_rounds + 1)
        st.rerun()


def page(ctx: Context) -> None:
    key = tags_key(ctx.corpus.id, ctx.component, ctx.choice.tagging, edits=ctx.choice.tag_edits)
    there = store.load_tags(ctx.corpus_text, ctx.choice.tagging) is not None
    tagged = None
    if there and ctx.workspace.has("features", key):
        tagged = held(str(ctx.workspace.home), key, ctx.component, ctx)
    tag_others.others(ctx)
    setup(ctx, there=there, done=tagged is not None)
    if message := session_keys.TAGS_SAID.pop(""):
        st.success(plain(message))
    if tagged is None:
        return
    raw, decisions, types = tagged
    if not len(types.names):
        st.warning("No tag is left after dropping rare ones: lower “Least rows” above.")
        tag_tables.merges(ctx, raw, decisions)
        return
    facts(ctx, raw, types)
    seen = stored_map(ctx.corpus_text, ctx.choice.clustering, noise=ctx.choice.noise)
    tag = choose_tag(ctx, types)
    selected_actions(ctx, seen)
    left, right = st.columns([3, 3], gap="medium")
    with left:
        tag_bars(ctx, types)
    with right:
        tag_map(ctx, seen)
    selected_rows(ctx, types)
    titles = ["Together", "Against the pool", "All tags", "Merges", "Rows", f"Failures ({rows(len(raw.failures))})"]
    beside, compared, every, merged, read, failed = st.tabs(titles)
    with beside:
        together(ctx, types, tag)
    with compared:
        against(ctx, types)
    with every:
        tag_tables.all_tags(ctx, raw, decisions, types)
    with merged:
        tag_tables.history(ctx, decisions)
        tag_tables.merges(ctx, raw, decisions)
    with read:
        counts = figures.tags_a_row(types.per_row)
        show(
            figures.tags_histogram(counts, mean=float(types.per_row.mean()), mode=ctx.mode),
            key="tags-a-row",
            data=counts,
            name="tags-a-row",
        )
        tag_tables.reading(ctx, raw, decisions, types)
    with failed:
        tag_tables.failures(ctx, raw, lambda: again(ctx))


context = open_page("tags")
with guarded():
    page(context)
