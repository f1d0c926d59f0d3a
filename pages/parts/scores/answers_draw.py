"""The form that draws answers to the rows' prompts: who answers, how often, what it costs; and answers from a file."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.answers.answer_set import SampledAnswers, short_key
from core.answers.draws import PLAIN, Drawing
from core.answers.files import add_sampled
from core.answers.sampling import SamplingCost
from core.corpus.sources import from_bytes
from core.counted import counted, figure3
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import ANSWERS
from core.jobs import job_names
from core.workbench.tasks.drawing_answers import drawing_cost, written_so_far
from pages.parts.frame import jobs, session_keys
from pages.parts.frame.empty_state import empty_state
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.given_file import given_file
from pages.parts.frame.guard import guarded
from pages.parts.frame.model_input import model_input, models_hint
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows
from pages.parts.scores.import_forms import said

WAYS = {"local": "A model on this machine", "endpoint": "A model behind an endpoint", "file": "A file of answers"}
FILES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz", ".zst")
FEW = 200  # rows that are asked about at first
FORMULA = (
    "answer k of a row: drawn at the temperature with seed + k, to phrasing k mod (number of phrasings)\n"
    "an answer is kept by the words that were asked, the model and how it writes: more draws, more rows or another "
    "corpus with the same prompts ask only for what is missing"
)


def draw_form(ctx: Context, sets: list[SampledAnswers]) -> None:
    """Draw the form, the job, and the sets of answers that are there."""
    left, right = st.columns([12, 1], vertical_alignment="center")
    way = left.segmented_control(
        "Answers from", list(WAYS), default="local", required=True, format_func=WAYS.__getitem__,
        key="answers.way", label_visibility="collapsed",
    )  # fmt: skip
    with right:
        explain("a drawn answer", formula=FORMULA, key="answers.explain")
    if way == "file":
        _from_file(ctx)
    else:
        _drawn(ctx, endpoint=way == "endpoint")
    if not sets:
        empty_state(
            "No answers yet",
            "Several answers of a model to a row's prompt say how much of the row it knows already (mastery), and "
            "where it is in doubt. Name a model above, or give a file with answers by row id or by prompt.",
            takes="A model of 270 million weights writes four answers to 50 rows in some minutes on two cores.",
            key="answers-none",
        )
        return
    st.dataframe(
        [
            {
                "Answers": short_key(kept),
                "Model": kept.model,
                "Rows": kept.facts["rows"],
                "A row": kept.draws,
                "Answers in all": kept.facts["answers"],
                "Cut": kept.facts["cut"],
                "Failed": kept.facts["failed"],
                "Tokens written": kept.facts.get("completion_tokens"),
            }
            for kept in sets
        ],
        hide_index=True,
        key="answers.sets",
        column_config={
            name: st.column_config.NumberColumn(format="localized")
            for name in ("Rows", "Answers in all", "Cut", "Failed", "Tokens written")
        },
    )


def _drawn(ctx: Context, *, endpoint: bool) -> None:
    request: dict[str, Any] = {"corpus": ctx.corpus.id, "url": "", "concurrency": 8}
    left, right = st.columns([3, 2])
    if endpoint:
        request["url"] = left.text_input(
            "Address", key="answers.url", placeholder="http://127.0.0.1:8000/v1", persist_state="session",
            help="The base of any OpenAI-compatible endpoint. The prompts of the rows are sent there.",
        ).strip()  # fmt: skip
        request["model"] = right.text_input("Model", key="answers.model", persist_state="session").strip()
        key_line(ANSWERS)
    else:
        with left:
            request["model"] = model_input("Model", key="answers.local")
        request["template"] = right.segmented_control(
            "Chat template", ["auto", "none"], default="auto", required=True, key="answers.template",
            help="auto: the tokenizer's own where it has one; none: the prompt and a line break.",
        )  # fmt: skip
        if not request["model"]:
            models_hint()
    draws, temperature, most, of_rows, seed = st.columns(5)
    request["draws"] = int(
        draws.number_input("Answers a row", 1, 256, 4, key="answers.draws", help="More tell finer; the paper: 10.")
    )
    request["temperature"] = temperature.number_input(
        "Temperature", 0.0, 2.0, 0.7, 0.1, key="answers.temperature", help="Higher: answers that differ more."
    )
    request["max_tokens"] = int(
        most.number_input("Longest, tokens", 1, 32_768, 256, 32, key="answers.most", help="Longer answers are cut.")
    )
    request["rows"] = int(
        of_rows.number_input(
            "Rows", 0, max(len(ctx.corpus), FEW), min(FEW, len(ctx.corpus)), key="answers.rows",
            help="Drawn by their ids, outside the holdout; a larger number keeps the rows of a smaller one. 0: all.",
        )
    )  # fmt: skip
    request["seed"] = int(seed.number_input("Seed", 0, 2**31 - 1, 0, key="answers.seed"))
    with st.expander("System message, phrasings, log-probabilities", key="answers.more"):
        request["system"] = st.text_area("System message", key="answers.system", height=70)
        words = st.text_area(
            "Phrasings, one a line", key="answers.phrasings", height=70, placeholder=PLAIN[0],
            help="Each has {question} where the prompt belongs; draws take them in turn. Mastery is steadier over "
            "several.",
        )  # fmt: skip
        request["phrasings"] = [line.strip() for line in words.splitlines() if line.strip()] or list(PLAIN)
        request["log_probabilities"] = (endpoint and st.toggle(
            "Ask for log-probabilities", value=True, key="answers.told",
            help="Of the answers' tokens, where the endpoint gives them. Turn it off where it refuses.",
        )) or not endpoint  # fmt: skip
    if (endpoint and not (request["url"] and request["model"])) or not request["model"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Draw the answers", type="primary", key="answers.start", disabled=True)
            st.caption("Name the address and the model: then it says what it takes." if endpoint
                       else "Name the model: then it says what it takes.")  # fmt: skip
        return
    with guarded():
        _priced_and_started(ctx, request)


def _priced_and_started(ctx: Context, request: dict[str, Any]) -> None:
    drawing = Drawing.of(request)
    cost = _cost(
        ctx.corpus.id, repr(drawing), written_so_far(ctx.corpus, drawing), request["concurrency"], ctx, drawing
    )
    facts = [
        f"**{counted(cost.calls, 'answer')}** to draw, {rows(cost.kept)} there already",
        f"about **{rows(cost.prompt_tokens)}** tokens in, **{rows(cost.completion_tokens)}** out "
        f"(at most {rows(cost.most_completion_tokens)})",
    ]
    if cost.seconds:
        lasts = jobs.lasting(cost.seconds).replace(" left", "")
        facts.append(f"roughly **{plain(lasts)}**" if lasts else "a moment")
    st.markdown(" · ".join(facts))
    if drawing.url:
        left, right, _ = st.columns([1, 1, 2])
        price_in = left.number_input("Price in", 0.0, key="answers.price-in", persist_state="session",
                                     help="For a million tokens sent, in any currency.")  # fmt: skip
        price_out = right.number_input("Price out", 0.0, key="answers.price-out", persist_state="session",
                                       help="For a million tokens answered.")  # fmt: skip
        if price_in or price_out:
            st.markdown(f"Cost about **{figure3(cost.money(price_in=price_in, price_out=price_out))}**")
    job = jobs.latest(ctx.workspace, job_names.DRAW_ANSWERS, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key="answers.job")
        return
    label = f"Draw {counted(cost.calls, 'answer')}" if cost.calls else "Put together what is there"
    if st.button(label, type="primary", key="answers.start"):
        if drawing.url:
            allowed_endpoint(drawing.url, address=st.get_option("server.address") or "", service=ANSWERS)
        title = f"Answers of {drawing.model} to {ctx.corpus.name}"
        jobs.start(ctx.workspace, job_names.DRAW_ANSWERS, request, title=title, again=True)
        st.rerun()


@st.cache_data(max_entries=16, show_spinner="Counting what is still to be asked …")
def _cost(corpus_id: str, asked: str, written: int, concurrency: int, _ctx: Context, _drawing: Drawing) -> SamplingCost:
    return drawing_cost(_ctx.corpus, _drawing, concurrency=concurrency)


def _from_file(ctx: Context) -> None:
    st.caption(
        "A record names its row by “id” (16 digits, as on its reading card) or by “prompt”, and holds “answers”, a "
        "list, or one “answer”; further records of a row are its further answers."
    )
    given = given_file("Answers", kinds=FILES, key="answers.given")
    name = st.text_input("Model", key="answers.given.model", placeholder="as the records or the file say")
    if given is not None and st.button("Read the answers", type="primary", key="answers.given.read"):
        with guarded():
            kept = add_sampled(ctx.corpus, from_bytes(given.name, given.read()), model=name.strip())
            extra = f"; {counted(kept.facts['extra'], 'record')} of no row" if kept.facts["extra"] else ""
            session_keys.SCORES_SAID.set(
                f"{counted(kept.facts['answers'], 'answer')} to {counted(kept.facts['rows'], 'row')}{extra}."
            )
            st.rerun()
    said()
