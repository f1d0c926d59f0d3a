"""The forms that choose the tagger and how tags are merged, estimate the cost, and start the tagger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.component_words import component_phrase
from core.counted import counted
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import TAGGER
from core.features.tags.answers_elsewhere import distinct_texts
from core.features.tags.estimate import TaggingEstimate, estimate
from core.features.tags.own import KINDS, AttachedTags, attach_tags, own_tags, read_tags
from core.features.tags.tagging import SYNONYMS, TAGGERS
from core.jobs import job_names
from core.workbench.tasks.tagging import models_of
from pages.parts.frame import jobs, session, session_keys
from pages.parts.frame.attach_form import attach_form
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import figure3, rows

SHORT = {"phrases": "Phrases", "keyphrases": "Keyphrases", "endpoint": "Language model", "own": "Your file"}


def request_of(ctx: Context) -> dict[str, Any]:
    """The request of the tagging job; every page uses the same."""
    request = {"corpus": ctx.corpus.id, "component": ctx.component, **ctx.choice.tagging.request()}
    if ctx.choice.tagger == "endpoint":
        request |= {
            "url": session_keys.TAG_ENDPOINT.get(""),
            "check_url": session_keys.TAG_CHECK_ENDPOINT.get(""),
            "concurrency": int(session_keys.TAG_AT_ONCE.get(8)),
        }
    return request


def start(ctx: Context) -> None:
    """Start the tagging job, or join an identical one."""
    request = request_of(ctx)
    if ctx.choice.tagger == "endpoint":
        for name in ("url", "check_url"):
            if request[name]:
                allowed_endpoint(request[name], address=st.get_option("server.address") or "")
        models_of(request)
    jobs.start(
        ctx.workspace, job_names.TAGS, request, title=f"Tag {component_phrase(ctx.component)} of {ctx.corpus.name}"
    )


def tagger_form(ctx: Context) -> None:
    """Draw the choice of the tagger, and its settings."""
    choice = ctx.choice
    picked = st.segmented_control(
        "Tagger",
        list(TAGGERS),
        default=choice.tagger,
        required=True,
        format_func=SHORT.__getitem__,
        key=f"tags.tagger.{choice.tagger}",
        width="stretch",
    )
    if picked and picked != choice.tagger:
        changes: dict[str, Any] = {"tagger": picked, "tag_rounds": 1}
        if "own" in (picked, choice.tagger):  # the name of a file is not that of a model
            own = own_tags(ctx.corpus_text) if picked == "own" else []
            changes |= {"tag_model": next(iter(own), ""), "tag_check_model": ""}
        session.choose(**changes)
        st.rerun()
    if choice.tagger == "phrases":
        st.caption(
            "Phrases the texts themselves use, not labels a model gave: subjects, not intentions. Noun phrases that "
            "hold together and gather in some rows. Found by counting, about a minute for 100,000 rows; the embedder "
            "then joins those of one meaning. No network."
        )
        left, middle, _ = st.columns(3)
        _number(left, "tags_per_row", "Tags a row", 1, 20, 1, "More phrases: more types, each meaning less.")
        _number(middle, "tag_longest", "Longest", 1, 4, 1, "Most words of a phrase. Longer phrases are rarer.")
    elif choice.tagger == "keyphrases":
        st.caption(
            "≈ **Approximate.** The row's own phrases nearest to its embedding: no network, no "
            "cost, and subjects rather than intentions."
        )
        left, middle, right = st.columns(3)
        _number(left, "tags_per_row", "Tags a row", 1, 20, 1, "More phrases: more types, each meaning less.")
        _number(middle, "tag_longest", "Longest", 1, 4, 1, "Most words of a phrase. Longer phrases are rarer.")
        _number(
            right, "tag_spread", "Spread", 0.0, 1.0, 0.05,
            "As it grows, the phrases of a row differ more from each other and fit the row less.",
        )  # fmt: skip
    elif choice.tagger == "own":
        _own(ctx)
    else:
        _endpoint(ctx)


def merging_form(ctx: Context) -> None:
    """Draw how tags are filtered and merged."""
    left, middle, right = st.columns([1.3, 1, 1])
    synonyms = ctx.choice.tag_synonyms
    picked = left.selectbox(
        "Same meaning",
        list(SYNONYMS),
        index=list(SYNONYMS).index(synonyms),
        format_func=lambda name: {"dbscan": "DBSCAN", "hdbscan": "HDBSCAN", "none": "off"}[name],
        key=f"tags.synonyms.{synonyms}",
        help="How embeddings of tags are grouped. DBSCAN, our default, joins chains of neighbours. HDBSCAN "
        "groups of any density: with distance 0.15 the paper's merge (App. D.2); minutes for 20,000 tags, "
        "a quarter of an hour and more for 50,000.",
    )
    if picked != synonyms:
        session.choose(tag_synonyms=picked)
        st.rerun()
    _number(
        middle, "tag_eps", "Distance", 0.0, 1.0, 0.01, "Cosine distance up to which tags merge. Larger merges more."
    )
    _number(
        right,
        "tag_min_rows",
        "Least rows",
        1,
        1_000_000,
        1,
        "Tags in fewer rows are dropped. InsTag: 20, in a large corpus.",
    )
    left, right = st.columns([1, 1])
    _number(
        left, "tag_support", "Join tags sharing rows", 0, 10_000_000, 5,
        "A tag that always comes with another becomes the other, if they share this many rows. 0 joins none.",
    )  # fmt: skip
    _number(
        right, "tag_confidence", "… and this share", 0.5, 1.0, 0.01, "What “always” means: the share of the tag's rows."
    )


def begin(ctx: Context, *, there: bool) -> None:
    """Draw the button that starts the job, or its progress. ``there``: the rows are tagged, only merging is missing."""
    request = request_of(ctx)
    running = jobs.latest(ctx.workspace, job_names.TAGS, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key="tags-job")
        if running.state in jobs.LIVE:
            return
    if there:
        label, note = "Merge tags", "The rows are tagged; merging the tags again takes seconds to minutes."
    elif ctx.choice.tagger == "own":
        return
    elif ctx.choice.tagger == "phrases":
        label = f"Find the phrases of {counted(len(ctx.corpus), 'row')}"
        note = "Seconds for 10,000 rows, about a minute for 100,000. You can close the tab."
    elif ctx.choice.tagger == "keyphrases":
        label = f"Find keyphrases of {counted(len(ctx.corpus), 'row')}"
        note = "Each row (as on the Clusters page) and each phrase is embedded once: minutes for 10,000s of rows."
    else:
        label = f"Tag {counted(len(ctx.corpus), 'row')}"
        note = "Every answer is stored as soon as it comes; you can close the tab."
    local = ctx.choice.tagger != "endpoint"
    ready = ctx.choice.tagging.ready and (local or bool(request.get("url")) or there)
    if st.button(label, type="primary", key="tags-start", disabled=not ready):
        with guarded():
            start(ctx)
            st.rerun()
    st.caption(note if ready else "Name the endpoint's address and the model first.")


def _own(ctx: Context) -> None:
    """Draw the choice of tags from a file: a file attached before, or a new one."""
    models = own_tags(ctx.corpus_text)
    if models:
        model = ctx.choice.tag_model
        picked = st.selectbox(
            "Tags",
            models,
            index=models.index(model) if model in models else None,
            key=f"tags.own.{model}",
            placeholder="Choose",
        )
        if picked and picked != model:
            session.choose(tag_model=picked)
            st.rerun()
    st.caption(
        "A line for each row, with its tags in a column “tags”: a list, or words between ; | or commas. "
        f"They become the tags of {component_phrase(ctx.component)}, and are filtered and merged as on the right."
    )
    given = attach_form(ctx, what="File of tags", kinds=KINDS, key="tags.own.form", named="Name")
    if given is not None:
        with guarded(), st.spinner("Joining the tags"):
            made = attach_tags(
                ctx.corpus_text,
                read_tags(given.data, name=given.name),
                label=given.label,
                join=given.join,
                file=given.file,
            )
            session.choose(tag_model=made.model)
            session_keys.TAGS_SAID.set(_attached(made))
            start(replace(ctx, choice=session.choice()))
            st.rerun()


def _attached(made: AttachedTags) -> str:
    said = [f"{counted(made.matched, 'row')} got {counted(made.distinct, 'distinct tag')}."]
    if made.missing:
        said.append(f"{counted(made.missing, 'row')} of the corpus not in the file, without tags.")
    if made.unknown:
        said.append(f"{counted(made.unknown, 'line')} for no row of this corpus.")
    if made.conflict:
        said.append(f"{counted(made.conflict, 'line')} for a row named before, with other tags: the first counts.")
    return " ".join(said)


def _endpoint(ctx: Context) -> None:
    left, right = st.columns([3, 2])
    left.text_input(
        "Address", key=session_keys.TAG_ENDPOINT.name, placeholder="http://127.0.0.1:8000/v1", persist_state="session",
        help="The base of any OpenAI-compatible endpoint. Several thousand characters of each text are sent there.",
    )  # fmt: skip
    _text(right, "tag_model", "Model", "The name under which the endpoint serves it.")
    left, right, last = st.columns([3, 2, 1.4])
    left.text_input(
        "Address of the checking model", key=session_keys.TAG_CHECK_ENDPOINT.name, placeholder="the same",
        persist_state="session", help="The endpoint of the second model, if it is another one.",
    )  # fmt: skip
    _text(
        right,
        "tag_check_model",
        "Checking model",
        "A second model that confirms each tag; empty for none. Doubles the calls.",
    )
    last.number_input(
        "At once", 1, 64, 8, key=session_keys.TAG_AT_ONCE.name, persist_state="session",
        help="Questions asked at the same time. More is faster until the endpoint answers “too many requests”.",
    )  # fmt: skip
    key_line(TAGGER)
    _estimate(ctx)


def _estimate(ctx: Context) -> None:
    """Draw the button that tags a few rows, and the estimated cost and time of all rows."""
    request = request_of(ctx)
    texts, _ = distinct_texts(ctx.corpus.text(ctx.component))
    name = str((request["corpus"], request["component"], request["url"], request["model"], request["check_model"]))
    left, middle, right = st.columns([1.5, 1, 1], vertical_alignment="bottom")
    price_in = middle.number_input("Price in", 0.0, value=0.0, key="tags.price-in", persist_state="session",
                                   help="For a million tokens sent, in any currency.")  # fmt: skip
    price_out = right.number_input("Price out", 0.0, value=0.0, key="tags.price-out", persist_state="session",
                                   help="For a million tokens answered.")  # fmt: skip
    ready = bool(request["url"] and request["model"] and texts)
    if left.button("Try 6 rows and estimate", key="tags-try", disabled=not ready, width="stretch"):
        session_keys.TAG_SAMPLE.drop()
        with guarded(), st.spinner("Asking"):
            for part in ("url", "check_url"):
                if request[part]:
                    allowed_endpoint(request[part], address=st.get_option("server.address") or "")
            session_keys.TAG_SAMPLE.set((name, estimate(texts, ctx.component, models_of(request))))
    sampled = session_keys.TAG_SAMPLE.get(None)
    if sampled is None or sampled[0] != name:
        return
    estimated: TaggingEstimate = sampled[1]
    seconds = estimated.seconds(int(request["concurrency"]))
    money = estimated.cost(price_in=price_in, price_out=price_out)
    facts = [
        f"**{counted(estimated.texts, 'text')}**",
        f"about **{_millions(estimated.prompt_tokens)}** tokens in, **{_millions(estimated.completion_tokens)}** out",
        f"**{lasting(seconds)}** at {request['concurrency']} at once",
    ]
    if price_in or price_out:
        facts.append(f"cost about **{figure3(money)}**")
    st.markdown(" · ".join(facts))
    if not estimated.counted:
        st.caption(
            "The endpoint does not count tokens: four characters are counted as one, and each that is not ASCII."
        )
    shown = [
        {
            "text": texts[place][:120],
            "tags": ", ".join(tag for tag, _ in answer.tags) or answer.failed or "none",
            "not confirmed": ", ".join(answer.refused),
        }
        for place, answer in zip(estimated.places, estimated.answers, strict=True)
    ]
    narrow = st.column_config.TextColumn(width=240)
    st.dataframe(
        shown,
        hide_index=True,
        height=250,
        key="tags-sample",
        column_config={"text": narrow, "tags": narrow, "not confirmed": st.column_config.TextColumn(width=120)},
    )


def _millions(tokens: float) -> str:
    return rows(tokens) if tokens < 1e5 else f"{figure3(tokens / 1e6)} M"


def lasting(seconds: float) -> str:
    """Seconds in words: "about 2 min"."""
    return (jobs.lasting(seconds) or "no time").removesuffix(" left")


def _number(at: Any, field: str, label: str, low: float, high: float, step: float, help: str) -> None:
    present = getattr(session.choice(), field)
    low, high = min(low, present), max(high, present)  # a link may have set what the features take, and no button does
    value = at.number_input(label, low, high, present, step, key=f"tags.{field}.{present}", help=help)
    if value != present:
        session.choose(**{field: value})
        st.rerun()


def _text(at: Any, field: str, label: str, help: str) -> None:
    present = getattr(session.choice(), field)
    value = at.text_input(label, present, key=f"tags.{field}.{present}", help=help)
    if value.strip() != present:
        session.choose(**{field: value.strip(), "tag_rounds": 1})
        st.rerun()
