"""Models' answers to a prompt set: what is there, answers from a file, and answers that a model writes."""

from __future__ import annotations

import streamlit as st

from core.corpus.sources import from_bytes
from core.counted import counted
from core.judging.answer_files import ANSWER_KINDS
from core.judging.answer_set import AnswerSet, list_answers
from core.judging.prompt_set import PromptSet
from core.workbench.judging.added_answers import add_answers
from core.workbench.judging.authors import subset_names
from core.workbench.judging.opponents import is_random
from pages.parts.frame import session_keys
from pages.parts.frame.empty_state import TRAIN, empty_state
from pages.parts.frame.given_file import given_file
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.judge.informative_prompts import informative_prompts
from pages.parts.judge.prompt_sets import chosen_prompts, new_prompts, told, turn_to_prompts
from pages.parts.judge.writing_form import writing_form

UNKNOWN = ""


def answers_view(ctx: Context) -> None:
    """Draw the chosen prompt set with its answers, and the forms that add prompts and answers."""
    told()
    prompts = chosen_prompts(ctx)
    if prompts is None:
        empty_state(
            "No answers yet",
            "A judge compares what two models answered to the same questions. Below, add a file of answers "
            "(AlpacaEval's model_outputs.json, Arena-Hard's or FastChat's answers, or rows of instruction and "
            "output), or a prompt set that models then answer.",
            takes="A file is read in a second. A judge behind an endpoint takes minutes for 805 prompts; the cost is "
            "told before anything is sent.",
            ways=(TRAIN,),
            key="judge-none",
        )
    else:
        known = list_answers(ctx.workspace, prompts.key)
        _table(ctx, known)
        if len(known) > 1 and st.button("Judge them", type="primary", key="judge-go", icon=":material/gavel:"):
            session_keys.JUDGE_GO.set("judge")
            st.rerun()
    _from_file(ctx, prompts)
    if prompts is not None:
        with st.expander("Have a model answer", icon=":material/edit_note:", key="judge-writing"):
            writing_form(ctx, prompts)
        informative_prompts(ctx, prompts)
    new_prompts(ctx, opened=False)


def _table(ctx: Context, known: list[AnswerSet]) -> None:
    if not known:
        st.info("**No answers to these prompts yet.** Add a file of answers below, or have a model answer.")
        return
    names = subset_names(ctx.workspace)
    lines = []
    for kept in known:
        facts, author = kept.artefact.manifest, kept.author
        lines.append(
            {
                "answers of": kept.name,
                "subset": names.get(author.subset, author.subset) or "not said",
                "random": is_random(ctx.workspace, kept),
                "base": author.base,
                "seed": "" if author.seed is None else str(author.seed),
                "there": len(kept),
                "missing": facts["missing"],
                "of no prompt": facts["extra"],
                "repeated": facts["repeated"],
                "empty": facts["empty"],
                "characters": round(facts["characters"] / max(1, len(kept))),
                "made by": facts["made"]["how"],
            }
        )
    st.dataframe(
        lines, hide_index=True, width="stretch", key="judge-answers",
        column_config={
            "answers of": st.column_config.TextColumn(width=180),
            "subset": st.column_config.TextColumn(width=170),
            "random": st.column_config.CheckboxColumn(help="Trained on rows drawn at random: the default opponent."),
            "characters": st.column_config.NumberColumn(help="Mean length of an answer."),
        },
    )  # fmt: skip


def subset_choice(ctx: Context, *, key: str) -> str:
    """Draw the choice of the subset that a model was trained on; its digest, "" for none."""
    names = subset_names(ctx.workspace)
    picked = st.selectbox(
        "Trained on the subset", [UNKNOWN, *names], key=key,
        format_func=lambda digest: names[digest] if digest else "Not said, or none of these",
        help="So that the score is found by the subset on the Compare page.",
    )  # fmt: skip
    return str(picked or "")


def _from_file(ctx: Context, prompts: PromptSet | None) -> None:
    with st.expander(
        "Add answers from a file", icon=":material/upload_file:", expanded=prompts is None, key="judge-add-file"
    ):
        left, right = st.columns(2, gap="large")
        form = f"judge.answers.{session_keys.JUDGE_FORM.now}"
        with left:
            given = given_file("File of answers", kinds=ANSWER_KINDS, key=form)
            own = prompts is None or st.toggle(
                "With its own questions as the prompt set", key="judge.answers.own",
                help="Otherwise its answers are matched to the prompt set above, by the question's words or its id.",
            )  # fmt: skip
        with right:
            benchmark = ""
            if own:
                benchmark = st.text_input(
                    "Benchmark", key=f"{form}.benchmark", placeholder=given.stem if given else "the file's name",
                    help="The name of its questions, under which scores are logged.",
                )  # fmt: skip
            name = st.text_input("Name of the answers", key=f"{form}.name", placeholder="the model that the file names")
            subset = subset_choice(ctx, key=f"{form}.subset")
            one, two = st.columns([2, 1])
            base = one.text_input("Base model", key="judge.answers.base", help="The model that was trained.")
            seed = two.number_input("Training seed", value=None, step=1, key=f"{form}.seed", min_value=0)
        if st.button("Add the answers", type="primary", key="judge-add-answers", disabled=given is None) and given:
            with guarded():
                kept = add_answers(
                    ctx.workspace,
                    from_bytes(given.name, given.read()),
                    prompts=None if own else prompts,
                    name=name,
                    subset=subset,
                    base=base,
                    seed=None if seed is None else int(seed),
                    prompts_name=benchmark.strip(),
                )
                facts = kept.artefact.manifest
                session_keys.JUDGE_SAID.set(
                    f"{kept.name}: {counted(len(kept), 'answer')} to {facts['prompts_name']}; "
                    f"{rows(facts['missing'])} missing, {rows(facts['extra'])} of no prompt, "
                    f"{rows(facts['repeated'])} repeated, {rows(facts['empty'])} empty."
                )
                session_keys.JUDGE_FORM.renew()
                if own:
                    turn_to_prompts(kept.prompts)
                st.rerun()
        if given is None:
            st.caption(plain("AlpacaEval's outputs are lists of {instruction, output, generator}."))
