"""The form of a judgement: whose answers against whose, by which judge, at what cost; and its job."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Any, Literal

import streamlit as st

from core.counted import counted, figure3
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import JUDGE
from core.errors import InputError
from core.jobs import job_names
from core.judging.answer_set import AnswerSet, list_answers
from core.judging.cost import ENOUGH, JudgingCost, judging_cost
from core.judging.judge import Judge
from core.judging.judgement import ORDERS, last_round
from core.judging.words import QUESTION, SYSTEM
from core.workbench.judging.opponents import default_opponent, is_random, opponent_note
from core.workbench.tasks.judging import pairing_of
from pages.parts.frame import address, jobs, session_keys
from pages.parts.frame.empty_state import empty_state
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.judge.prompt_sets import chosen_prompts


def judge_view(ctx: Context) -> None:
    """Draw the form, what it would cost, and the job."""
    prompts = chosen_prompts(ctx)
    known = list_answers(ctx.workspace, prompts.key) if prompts is not None else []
    if len(known) < 2:
        empty_state(
            "Two sets of answers to the same prompts are needed",
            "Add those of the model to be judged, and those of its opponent, by default the model trained on random "
            "rows.",
            takes="A file of answers is read in a second.",
            button=("Add answers", partial(session_keys.JUDGE_GO.set, "answers")),
            key="judge-two",
        )
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        pair = _pair(ctx, known)
        if pair is None:
            return
        judge, request = _judge()
    with right.container(border=True):
        if judge is None:
            st.caption("Name the judge to see what it would cost.")
            return
        _cost_and_job(ctx, pair, judge, {**request, **asdict(judge)})


def _pair(ctx: Context, known: list[AnswerSet]) -> tuple[AnswerSet, AnswerSet] | None:
    """Draw the choice of both sides, and what 50 means against this opponent."""
    names = {kept.key: kept for kept in known}
    one, other = st.columns(2)
    trained = [kept for kept in known if kept.author.subset and not is_random(ctx.workspace, kept)] or known
    mine = names[
        one.selectbox(
            "Answers of", list(names), index=known.index(trained[0]), format_func=lambda key: names[key].name,
            key="judge.mine", persist_state="session",
        )
    ]  # fmt: skip
    others = [kept for kept in known if kept.key != mine.key]
    usual = default_opponent(ctx.workspace, mine)
    keys = [kept.key for kept in others]
    against = names[
        other.selectbox(
            "Against", keys, index=keys.index(usual.key) if usual is not None else 0,
            format_func=lambda key: names[key].name + (" (random, same size)" if usual and key == usual.key else ""),
            key=f"judge.against.{mine.key}", persist_state="session",
            help="By default the answers of the model trained on the random subset of the same size.",
        )
    ]  # fmt: skip
    note = opponent_note(ctx.workspace, mine, against)
    if is_random(ctx.workspace, against):
        st.caption(plain(note))
    else:
        st.warning(plain(note))
    return mine, against


def _judge() -> tuple[Judge | None, dict[str, Any]]:
    """Draw the judge's settings; the judge (None while it has no name) and the rest of the request."""
    left, right = st.columns([3, 2])
    url = left.text_input(
        "Address", key="judge.url", placeholder="http://127.0.0.1:8000/v1", persist_state="session",
        help="The base of any OpenAI-compatible endpoint. The prompts and both answers are sent there.",
    )  # fmt: skip
    model = right.text_input(
        "Judge", key="judge.model", persist_state="session", help="The name under which the endpoint serves the model."
    )
    key_line(JUDGE)
    order = st.segmented_control(
        "Orders", list(ORDERS), default="both", required=True, key="judge.order", persist_state="session",
        format_func={"both": "Both", "first": "Judged answer first", "second": "Judged answer second"}.__getitem__,
        help=". ".join(f"{name}: {said}" for name, said in ORDERS.items()) + ".",
    )  # fmt: skip
    one, two, three, four = st.columns(4)
    temperature = one.number_input("Temperature", 0.0, 2.0, 0.0, 0.1, key="judge.temperature", persist_state="session")
    most = two.number_input(
        "Longest reply", 1, 131_072, 2048, 256, key="judge.most", persist_state="session",
        help="Tokens. Too few cut the judge off before its verdict.",
    )  # fmt: skip
    rerun = three.number_input(
        "Run", 1, 1000, 1, key="judge.rerun", persist_state="session",
        help="2, 3, … asks everything anew, to see the judge's drift; each is a repetition in the ledger.",
    )  # fmt: skip
    at_once = four.number_input("At once", 1, 64, 8, key="judge.at-once", persist_state="session")
    with st.expander("The judge's words", icon=":material/format_quote:", key="judge.words"):
        system = st.text_area("System message", SYSTEM, key="judge.system", height=260, persist_state="session")
        question = st.text_area(
            "Question, with {question}, {answer_a} and {answer_b}", QUESTION, key="judge.question", height=260,
            persist_state="session",
        )  # fmt: skip
        st.caption("Other words are another judge: its verdicts are kept and logged apart.")
    request = {
        "url": url.strip(), "order": order, "concurrency": int(at_once), "rounds": 1, "log": True,
    }  # fmt: skip
    if not model.strip():
        return None, request
    try:
        judge = Judge(
            model=model.strip(),
            system=system,
            question=question,
            temperature=float(temperature),
            max_tokens=int(most),
            rerun=int(rerun),
        )
    except InputError as error:
        st.error(f"**{plain(error.what)}** {plain(error.remedy)}")
        return None, request
    return judge, request


def _cost_and_job(ctx: Context, pair: tuple[AnswerSet, AnswerSet], judge: Judge, request: dict[str, Any]) -> None:
    """Draw the cost, and the button that sends."""
    request |= {"answers": pair[0].key, "against": pair[1].key}
    pairing = pairing_of(ctx.workspace, request)
    made = last_round(ctx.workspace, pairing, judge)
    open_games = int(made.artefact.manifest["without_verdict"]) if made is not None else 0
    if made is not None and open_games:
        request["rounds"] = int(made.artefact.manifest["rounds"]) + 1
    cost = judging_cost(ctx.workspace, pairing, judge, rounds=int(request["rounds"]))
    st.markdown("**What it costs**")
    left, right = st.columns(2)
    price_in = left.number_input("Price in", 0.0, key="judge.price-in", persist_state="session",
                                 help="For a million tokens sent, in any currency.")  # fmt: skip
    price_out = right.number_input("Price out", 0.0, key="judge.price-out", persist_state="session",
                                   help="For a million tokens answered.")  # fmt: skip
    _say(cost, money=cost.money(price_in=price_in, price_out=price_out))
    if made is not None:
        kind: Literal["primary", "secondary"] = "secondary" if open_games else "primary"
        if st.button("See the report", type=kind, key="judge-see", icon=":material/query_stats:"):
            address.JUDGEMENT.chosen.set(made.key)
            address.JUDGEMENT.widget.drop()
            address.JUDGEMENT.put(None)
            session_keys.JUDGE_GO.set("report")
            st.rerun()
        if not open_games:
            return
        st.caption(f"{counted(open_games, 'game')} without a verdict can be asked for once more.")
    running = jobs.latest(ctx.workspace, job_names.JUDGE, request)
    if running is not None and running.state != "done":
        jobs.follow(ctx.workspace, running, key="judge-job")
        if running.state in jobs.LIVE:
            return
    label = f"Judge {counted(cost.calls, 'game')}" if cost.calls else "Put the verdicts together"
    ready = bool(request["url"]) or not cost.calls
    if st.button(label, type="primary", key="judge-start", disabled=not ready):
        with guarded():
            if cost.calls:
                allowed_endpoint(request["url"], address=st.get_option("server.address") or "", service=JUDGE)
            title = f"Judge {pair[0].name} against {pair[1].name}"
            jobs.start(ctx.workspace, job_names.JUDGE, request, title=title)
            st.rerun()
    st.caption(
        "Nothing is sent before you press. Every verdict is kept as soon as it comes; you can close the tab."
        if ready
        else "Name the endpoint's address first."
    )


def _say(cost: JudgingCost, *, money: float) -> None:
    facts = [
        f"**{counted(cost.prompts, 'prompt')}** both answered",
        f"**{counted(cost.calls, 'call')}** to make, {rows(cost.kept)} verdicts there already",
        f"about **{rows(cost.prompt_tokens)}** tokens in, **{rows(cost.completion_tokens)}** out "
        f"(at most {figure3(cost.most_completion_tokens)})",
    ]
    if money:
        facts.append(f"cost about **{figure3(money)}**")
    st.markdown("\n".join(f"- {fact}" for fact in facts))
    explain(
        "The cost",
        formula="calls: prompts × orders, less the verdicts that are kept\n"
        "tokens in: the words of the judge, the question and both answers; 4 characters a token, 1 where not ASCII\n"
        "tokens out: calls × the tokens of a reply",
        notes=f"A reply has {cost.reply_tokens:,.0f} tokens: "
        + (
            f"the mean of this judge's {cost.replies:,} replies."
            if cost.replies
            else f"our guess, until this judge has replied {ENOUGH} times."
        )
        + " A reply without a verdict is asked for once more.",
        key="judge-cost-explain",
    )
