"""Leaks: rows that hold questions of a benchmark, found, read with the words marked, and left out of the pool."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from core.corpus.pool import PoolSpec
from core.corpus.store import Corpus
from core.counted import counted
from core.curation.leaks.benchmarks import Benchmark, list_benchmarks
from core.curation.leaks.find import hits_key
from core.curation.leaks.hits import QUICK, load_hits
from core.curation.leaks.report import LeakCount, leak_counts, leak_lines
from core.curation.leaks.rule import KIND, rule_of
from core.curation.leaks.settings import USUAL, LeakRule
from core.figures import leaks as figures
from core.jobs import job_names
from pages.parts.corpus.leaks_add import add_benchmark
from pages.parts.corpus.leaks_by_meaning import by_meaning
from pages.parts.corpus.leaks_rows import leak_rows
from pages.parts.frame import address, jobs, session, session_keys
from pages.parts.frame.bound_select import bound_multiselect, bound_segments
from pages.parts.frame.figures import show
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, sendable

WAYS = {"any-number": "Any number", "answers": "Answers too"}
SECONDS_A_ROW = 1 / 20_000  # measured, on one core, rows of 100 words


def leaks(ctx: Context) -> None:
    """Draw what is compared with what, the counts by benchmark, the words that many rows share, and the leaks."""
    known = {kept.key: kept for kept in list_benchmarks(ctx.workspace, corpus_id=ctx.corpus.id)}
    if said := session_keys.LEAKS_SAID.pop(""):
        st.success(plain(said))
    if not known:
        st.markdown(
            "**Which rows stand in the tests?** Give test questions: rows that hold their words, one after another, "
            "are found in moments, shown with the words marked, and can be left out of the pool."
        )
        add_benchmark(ctx, opened=True)
        return
    compared = _asked(known)
    add_benchmark(ctx, opened=False)
    if compared is None:
        st.info("Choose at least one benchmark.")
        return
    if not _found(ctx, compared, known):
        return
    counts = st.container()
    rule = _limits(ctx, compared)
    cosine, embedder = by_meaning(ctx, rule)
    whole = replace(rule, cosine=cosine, embedder=embedder)
    with counts:
        _table(_counts(ctx.corpus, whole))
    _leave_out(ctx, whole)
    leak_rows(ctx.corpus, whole, {kept.key: kept.name for kept in known.values()})


def _asked(known: dict[str, Benchmark]) -> LeakRule | None:
    """Draw what is compared; the rule without limits that it makes, None where no benchmark is chosen."""
    left, words, ways = st.columns([5, 2, 3], vertical_alignment="bottom")
    names = {key: f"{kept.name} · {counted(len(kept), 'question')}" for key, kept in known.items()}
    chosen = bound_multiselect(
        left, "Compared with", names, parameter=address.LEAKS_AGAINST, default=list(known)[:1],
        placeholder="Choose benchmarks",
    )  # fmt: skip
    ngram = bound_segments(
        words, "Words in a row", {str(words): str(words) for words in USUAL}, parameter=address.LEAKS_WORDS,
        default=str(USUAL[0]),
    )  # fmt: skip
    asked = bound_multiselect(
        ways, "Also", WAYS, parameter=address.LEAKS_BY, default=(), placeholder="As written, questions only",
        help="“Any number” finds questions whose numbers were changed, and more that are only alike. “Answers too” "
        "looks for the benchmark's long answers.",
    )  # fmt: skip
    if not chosen:
        return None
    return LeakRule(
        benchmarks=chosen,
        ngram=int(ngram),
        any_number="any-number" in asked,
        answers="answers" in asked,
    )


def _found(ctx: Context, rule: LeakRule, known: dict[str, Benchmark]) -> bool:
    """Whether the hits are there; those of a small corpus are found now, for a larger one the job's button is drawn."""
    corpus, search = ctx.corpus, rule.search
    missing = [key for key in rule.benchmarks if not corpus.workspace.has("features", hits_key(corpus.id, key, search))]
    if not missing:
        return True
    if len(corpus) <= QUICK:
        with st.spinner(f"Comparing {counted(len(corpus), 'row')} …", show_time=True):
            for key in missing:
                load_hits(corpus, key, search)
        return True
    request = {
        "corpus": corpus.id,
        "benchmarks": sorted(rule.benchmarks),
        "ngram": rule.ngram,
        "any_number": rule.any_number,
        "answers": rule.answers,
    }
    job = jobs.latest(ctx.workspace, job_names.LEAKS, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="leaks.job")
        return False
    takes = jobs.lasting(max(2.0, len(corpus) * SECONDS_A_ROW)).removesuffix(" left")
    names = ", ".join(known[key].name for key in missing)
    st.caption(
        plain(f"{counted(len(corpus), 'row')} were not compared with {names} in this way yet; that takes {takes}.")
    )
    if st.button("Find leaks", type="primary", icon=":material/search:", key="leaks.find"):
        jobs.start(ctx.workspace, job_names.LEAKS, request, title=f"Leaks in {corpus.name}", again=job is not None)
        st.rerun()
    return False


@st.cache_data(max_entries=64, show_spinner=False)
def _stored_counts(corpus_id: str, rule: str, *, _corpus: Corpus, _rule: LeakRule) -> list[LeakCount]:
    return leak_counts(_corpus, _rule)


def _counts(corpus: Corpus, rule: LeakRule) -> list[LeakCount]:
    return _stored_counts(corpus.id, rule_of(rule).digest, _corpus=corpus, _rule=rule)


def _table(counts: list[LeakCount]) -> None:
    """Draw a line for each benchmark."""
    near = [count.near for count in counts]
    st.dataframe(
        pd.DataFrame(
            {
                "Benchmark": [sendable(count.name) for count in counts],
                "Questions": [count.questions for count in counts],
                "Found in rows": [count.leaked for count in counts],
                "Rows that are leaks": [count.rows for count in counts],
                "In the instruction": [count.instruction for count in counts],
                "In the response": [count.response for count in counts],
                **({"By meaning alone": near} if any(near) else {}),
            }
        ),
        hide_index=True,
        width="stretch",
        height="content",
        key="leaks.counts",
    )


def _limits(ctx: Context, compared: LeakRule) -> LeakRule:
    """Draw the two thresholds, what they do, and the words that many rows share; the rule with these limits."""
    hits = [load_hits(ctx.corpus, key, compared.search) for key in compared.benchmarks]
    with st.expander("What counts as a leak", icon=":material/tune:", key="leaks-limits"):
        left, right = st.columns(2, gap="large")
        share = left.slider(
            "Least share of a question's n-grams in a row, %", 0, 100, step=5, value=0,
            help="0: any single n-gram makes a row a leak. Higher leaves out fewer rows.",
            **address.LEAKS_SHARE.widget,
        )  # fmt: skip
        common = left.number_input(
            "Set n-grams aside that stand in more rows than", min_value=0, value=0, step=10,
            help="0: none is set aside. Lower leaves out fewer rows; look at the words on the right first.",
            **address.LEAKS_COMMON.widget,
        )  # fmt: skip
        rule = replace(compared, share=share / 100, common=int(common))
        if len(hits) == 1:
            table = figures.limit_table(hits[0].rows_by_limit(share=rule.share))
            if len(table) > 1:
                with left:
                    show(
                        figures.limit_curve(table, limit=rule.common, mode=ctx.mode), key="leaks-limit", data=table,
                        name="leaks-by-limit",
                    )  # fmt: skip
        grams = [(known.benchmark.name, gram) for known in hits for gram in known.common_grams()]
        grams.sort(key=lambda pair: -pair[1].rows)
        right.caption("Words of the benchmarks that stand in most rows: boilerplate, or a leak with many copies.")
        right.dataframe(
            pd.DataFrame(
                {
                    "Rows": [gram.rows for _, gram in grams],
                    "Questions": [gram.texts for _, gram in grams],
                    "Words": [sendable(gram.words) for _, gram in grams],
                    "Benchmark": [sendable(name) for name, _ in grams],
                }
            ),
            hide_index=True,
            height=300,
            key="leaks.common",
        )
    return rule


def _leave_out(ctx: Context, rule: LeakRule) -> None:
    """Draw the button that puts the rule into the pool, the one that undoes it, and the download of the list."""
    filters = session.pool_values()
    others = [values for values in filters.get("rules", ()) if values.get("kind") != KIND]
    own = rule_of(rule).as_dict()
    there = [values for values in filters.get("rules", ()) if values.get("kind") == KIND]
    undo_of, before = session_keys.LEAKS_UNDO.get(("", {}))
    with st.container(horizontal=True, vertical_alignment="center"):
        if there == [own]:
            st.markdown(":material/check: These leaks are left out of the pool, on every page and in recipes.")
        elif st.button(
            "Leave them out of the pool" if not there else "Leave these out instead",
            type="primary", icon=":material/filter_alt_off:", key="leaks.leave-out",
        ):  # fmt: skip
            with guarded():
                wanted = PoolSpec.of({**filters, "rules": [*others, own]}).as_dict()
                session_keys.LEAKS_UNDO.set((ctx.corpus.id, filters))
                session.set_pool(wanted)
                st.rerun()
        if there and undo_of == ctx.corpus.id:
            if st.button("Undo", icon=":material/undo:", key="leaks-undo", help="The pool as it was before."):
                session_keys.LEAKS_UNDO.drop()
                session.set_pool(before)
                st.rerun()
        elif there and st.button("Take them in again", icon=":material/undo:", key="leaks.take-in"):
            kept: dict[str, Any] = {name: value for name, value in filters.items() if name != "rules"}
            session.set_pool(kept | ({"rules": others} if others else {}))
            st.rerun()
        st.download_button(
            "List as JSONL", data=lambda: leak_lines(ctx.corpus, rule), file_name=f"leaks-{ctx.corpus.id}.jsonl",
            icon=":material/download:", key="leaks.list", on_click="ignore",
        )  # fmt: skip
