"""The prompt sets: choose one, add one from a file or from the open corpus's holdout."""

from __future__ import annotations

import streamlit as st

from core.corpus.sources import from_bytes
from core.counted import counted
from core.judging.answer_files import ANSWER_KINDS, read_prompts
from core.judging.prompt_set import PromptSet, keep_prompts, list_prompts
from core.workbench.judging.holdout_prompts import keep_holdout
from pages.parts.frame import address, session_keys
from pages.parts.frame.bound_select import bound_select
from pages.parts.frame.given_file import given_file
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain


def chosen_prompts(ctx: Context) -> PromptSet | None:
    """Draw the choice among the stored prompt sets, and return the chosen one; None where there is none."""
    known = {kept.key: kept for kept in list_prompts(ctx.workspace)}
    if not known:
        return None
    key = bound_select(
        st, "Prompt set", list(known), parameter=address.PROMPT_SET, default=next(iter(known)),
        format_func=lambda name: f"{known[name].name} · {counted(len(known[name]), 'prompt')}",
    )  # fmt: skip
    return known[key]


def new_prompts(ctx: Context, *, opened: bool) -> None:
    """Draw the form that adds a prompt set."""
    with st.expander("Add a prompt set", icon=":material/add:", expanded=opened, key="judge-new-prompts"):
        st.caption(
            "Questions that every model answers: AlpacaEval, Arena-Hard or your own. A file of answers brings its own "
            "prompt set along, so start there if you have one."
        )
        left, right = st.columns(2, gap="large")
        with left:
            given = given_file("File of prompts", kinds=ANSWER_KINDS, key="judge.prompts")
            name = st.text_input("Benchmark", key="judge.prompts.name", placeholder=given.stem if given else "its name")
            if st.button("Add the prompts", key="judge-add-prompts", disabled=given is None) and given is not None:
                with guarded():
                    kept = keep_prompts(
                        ctx.workspace,
                        read_prompts(from_bytes(given.name, given.read())),
                        name=name or given.stem,
                        origin={"file": given.name},
                    )
                    _added(kept)
        with right:
            if ctx.opened is None:
                st.caption("With a corpus open, its holdout can be asked.")
                return
            free = int(ctx.corpus.holdout.sum())
            st.text(f"{counted(free, 'row')} of {ctx.corpus.name} in the holdout: no subset may contain them.")
            most = st.number_input("At most", 1, 100_000, min(200, max(1, free)), key="judge.prompts.most")
            if st.button("Ask the holdout", key="judge-add-holdout", disabled=not free):
                with guarded():
                    kept, _ = keep_holdout(ctx.workspace, ctx.corpus, most=int(most))
                    _added(kept)


def _added(kept: PromptSet) -> None:
    session_keys.JUDGE_SAID.set(f"{kept.name}: {counted(len(kept), 'prompt')}.")
    turn_to_prompts(kept.key)
    st.rerun()


def turn_to_prompts(key: str) -> None:
    """Let the next run stand at the prompt set ``key``, also where this run has drawn the choice already."""
    address.PROMPT_SET.chosen.set(key)
    address.PROMPT_SET.widget.drop()
    address.PROMPT_SET.put(None)


def told() -> None:
    """Draw what the last press did."""
    if said := session_keys.JUDGE_SAID.pop(""):
        st.success(plain(said))
