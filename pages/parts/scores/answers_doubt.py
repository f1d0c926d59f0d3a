"""Where a model's answers disagree and why; how far it trusts the rows' responses; responses that it rewrites."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from core.answers.answer_set import SampledAnswers
from core.answers.columns import column_of
from core.answers.confidence import CONSISTENCY, FORMULA, SOURCE
from core.answers.diagnosis import SYSTEM
from core.answers.meaning_groups import FORMULA as GROUPED
from core.answers.meaning_groups import NEAR, AnswerGroups
from core.answers.reconstruct import paired
from core.answers.writers import WriterFacts, paired_writers, writer_facts
from core.corpus.columns import columns_digest
from core.corpus.row_ids import show_id
from core.corpus.store import Corpus, open_corpus
from core.counted import counted, figure3
from core.endpoint.client import allowed_endpoint
from core.endpoint.service import JUDGE
from core.errors import DiverscopeError
from core.features.embedders import default_embedder
from core.features.models.columns import score_columns
from core.jobs import job_names
from core.row_positions import CorpusRow, CorpusRows
from core.workbench.tasks.disagreement import DOUBT, WORDS_ALONE, kept_diagnosis, row_groups
from core.workbench.tasks.disagreement import SHOWN as CAUSES
from pages.parts.frame import jobs
from pages.parts.frame.endpoint_key import key_line
from pages.parts.frame.explain import explain
from pages.parts.frame.guard import guarded
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows

LISTED = 200  # rows in a table
SHOWN = 300  # characters of a text in a table, or of an answer among others
WHY = {**CAUSES, "both": "ambiguity and missing knowledge"}
HEIGHT = 420  # of the table and of the card beside it, pixels


def doubt_view(ctx: Context, kept: SampledAnswers) -> str:
    """Draw the grouping, the diagnosis, the rows by their disagreement, and a card of the chosen row.

    Returns the column of the disagreement.
    """
    request = _common(ctx, kept, key="doubt")
    with st.expander("Have a model say why answers differ", key="doubt.diagnosis"):
        left, middle, right = st.columns(3)
        request["url"] = left.text_input("Address", key="doubt.url", persist_state="session").strip()
        request["model"] = middle.text_input("Diagnostician", key="doubt.model", persist_state="session").strip()
        request["second"] = right.text_input("A second one, to compare", key="doubt.second").strip()
        request["system"] = st.text_area("Words of your own", key="doubt.system", placeholder=SYSTEM, height=80)
        key_line(JUDGE)
        st.caption("Only rows whose answers differ are asked about, each once; the prompt and the answers are sent.")
    job = _job(ctx, job_names.DISAGREEMENT, request, label="Group the answers", key="doubt", of="Disagreement")
    if job is not None and job.result:
        told = job.result
        line = f"{counted(told['rows'], 'row')}, the answers to {rows(told['differing'])} of them differ"
        if told.get("compared"):
            line += f"; two diagnosticians name the same cause for {told['same']:.0%} of {rows(told['compared'])}"
            line += "" if told["kappa"] is None else f" (κ {told['kappa']:.2f})"
        st.caption(plain(f"{line}."))
    column = column_of(ctx.corpus, "answer entropy", kept.model)
    if column in ctx.corpus.columns:
        with guarded():
            _differing(ctx, kept, request, np.asarray(ctx.corpus.column(column)))
    return column


def trust_view(ctx: Context, kept: SampledAnswers) -> str:
    """Draw the confidence in the rows' responses, and the corpora with rewritten ones; returns its column."""
    request = _common(ctx, kept, key="trust")
    with st.expander("Also ask the model about each response (self-reflection)", key="trust.reflection"):
        left, middle, right = st.columns(3)
        request["url"] = left.text_input("Address", key="trust.url", persist_state="session").strip()
        request["model"] = middle.text_input("Model", key="trust.model", persist_state="session").strip()
        request["weight"] = right.slider("Weight of the answers (β)", 0.0, 1.0, CONSISTENCY, 0.05, key="trust.weight")
        key_line(JUDGE)
        explain("confidence", formula=FORMULA, source=SOURCE, key="trust.explain",
                meaning="Low: the model answers otherwise, or doubts the response.")  # fmt: skip
    _job(ctx, job_names.CONFIDENCE, request, label="Find the confidence", key="trust", of="Confidence")
    st.markdown("**A corpus with the model's responses**")
    name, below, sure = st.columns(3)
    rewriting: dict[str, Any] = {
        "corpus": ctx.corpus.id, "answers": kept.key, "embedder": request["embedder"], "near": request["near"],
        "name": name.text_input("Name", key="rewrite.name", placeholder=f"{ctx.corpus.name} by {kept.model}").strip(),
        "below": float(below.number_input(
            "Only rows with a confidence below", 0.0, 1.0, 0.0, 0.05, key="rewrite.below",
            help="0 replaces every response by the first answer; above, the leading answer replaces those alone.")),
        "sure": float(sure.number_input("And a leading answer of at least", 0.0, 1.0, 0.5, 0.05, key="rewrite.sure",
                                        help="The share of the answers that say the same.")),
        "column": column_of(ctx.corpus, "confidence", kept.model),
    }  # fmt: skip
    job = _job(ctx, job_names.RECONSTRUCT, rewriting, label="Make the corpus", key="rewrite", of="Responses")
    with guarded():
        _writers(kept)
        if job is not None and job.result:
            _pairs(ctx, job.result)
    return str(rewriting["column"])


def _common(ctx: Context, kept: SampledAnswers, *, key: str) -> dict[str, Any]:
    left, right, help_ = st.columns([4, 2, 0.5], vertical_alignment="bottom")
    meaning = left.segmented_control(
        "Answers say the same", ["meaning", "words"], default="meaning", required=True, key=f"{key}.by",
        format_func={"meaning": "near in meaning, same numbers", "words": "equal words alone"}.__getitem__,
    )  # fmt: skip
    near = float(right.number_input("From a cosine of", 0.5, 1.0, NEAR, 0.01, key=f"{key}.near",
                                    disabled=meaning == "words", help="Higher: more, smaller groups."))  # fmt: skip
    with help_:
        explain("disagreement", formula=f"H = −Σ p ln p over the groups\n{GROUPED.format(near=near)}", key=f"{key}.how",
                source="after semantic entropy (arXiv 2302.09664); diagnosis: arXiv 2509.04464")  # fmt: skip
    embedder = WORDS_ALONE if meaning == "words" else ctx.embedder or ""
    return {"corpus": ctx.corpus.id, "answers": kept.key, "embedder": embedder, "near": near, "concurrency": 8}


def _job(ctx: Context, task: str, request: dict[str, Any], *, label: str, key: str, of: str) -> Any:
    """Draw the button or the progress of a job; returns the job."""
    job = jobs.latest(ctx.workspace, task, request)
    if job is not None and job.state != "done":
        jobs.follow(ctx.workspace, job, key=f"{key}.job")
        return job
    if st.button(label, type="primary", key=f"{key}.start"):
        with guarded():
            if request.get("model"):
                allowed_endpoint(request["url"], address=st.get_option("server.address") or "", service=JUDGE)
            jobs.start(ctx.workspace, task, request, title=f"{of} of {ctx.corpus.name}", again=True)
            st.rerun()
    return job


def _differing(ctx: Context, kept: SampledAnswers, request: dict[str, Any], entropies: np.ndarray) -> None:
    known = np.flatnonzero(np.isfinite(entropies))
    order = known[np.argsort(-entropies[known], kind="stable")][:LISTED]
    doubt = column_of(ctx.corpus, DOUBT, kept.model)
    why = ctx.corpus.column(doubt) if doubt in ctx.corpus.columns else None
    prompts = ctx.corpus.texts_at("instruction", CorpusRows(order))
    table, card = st.columns([3, 2], gap="medium")
    event = table.dataframe(
        [
            {"Entropy": float(entropies[row]), "Why": "" if why is None else why[row] or "",
             "Prompt": prompt[:SHOWN], "Id": show_id(int(ctx.corpus.ids[row]))}
            for row, prompt in zip(order.tolist(), prompts, strict=True)
        ],
        hide_index=True, height=HEIGHT, on_select="rerun", selection_mode="single-row", key="doubt.rows",
        column_config={"Entropy": st.column_config.NumberColumn(
            "Entropy, nats", format="%.2f", help="0: all answers say the same; ln n: each of n says something else."
        )},
    )  # fmt: skip
    if not len(order):
        return
    picked = event["selection"]["rows"]
    row = int(order[picked[0] if picked and picked[0] < len(order) else 0])
    with card.container(border=True, height=HEIGHT):
        _card(kept, row, request)


def _card(kept: SampledAnswers, row: int, request: dict[str, Any]) -> None:
    """Draw a row's prompt, why its answers differ as a diagnostician says, the answers in groups, and the response."""
    answers = kept.of_row(row)
    groups = _groups(kept.key, row, request["embedder"] or default_embedder(), request["near"], kept)
    st.caption("Prompt")
    st.text(kept.corpus.texts_at("instruction", [CorpusRow(row)])[0][:1_000])
    asked = _diagnostician(kept, request)
    told = kept_diagnosis(kept, row, groups, model=asked["model"], system=asked["system"])
    if told:
        st.markdown(f"**Why: {plain(WHY[told['cause']])}**")
        for name, words in (("readings", "Ways to read the prompt"), ("missing", "Missing facts")):
            if told[name]:
                st.caption(words)
                st.text("\n".join(f"– {line}" for line in told[name]))
    for group in groups.groups:
        st.caption(f"{len(group)} of {len(answers)} answers")
        text = answers[group[0]]
        st.text(text if len(text) <= SHOWN else f"{text[:SHOWN]} …")
    st.caption("The row's response")
    st.text(kept.corpus.texts_at("response", [CorpusRow(row)])[0][:1_000])


def _diagnostician(kept: SampledAnswers, request: dict[str, Any]) -> dict[str, Any]:
    """{"model", "system"} of the diagnostician that is named, else of the one whose words the column holds."""
    if request["model"]:
        return request
    column = column_of(kept.corpus, DOUBT, kept.model)
    settings = next((note.settings for note in score_columns(kept.corpus) if note.column == column), {})
    return {"model": settings.get("diagnostician", ""), "system": settings.get("system", "")}


@st.cache_data(max_entries=64, show_spinner="Grouping the row's answers …")
def _groups(key: str, row: int, embedder: str, near: float, _kept: SampledAnswers) -> AnswerGroups:
    return row_groups(_kept, row, embedder=embedder, near=near)


@st.cache_data(max_entries=8, show_spinner="Comparing the writers …")
def _written(key: str, _kept: SampledAnswers) -> list[tuple[str, WriterFacts]]:
    """What is told of the original's writer and of the model, of the rows with answers; [] where no row has any."""
    answered = sorted(_kept.of_rows())
    if not answered:
        return []
    responses = _kept.corpus.texts_at("response", CorpusRows(np.array(answered, dtype=np.int64)))
    return [
        ("the original", writer_facts(responses)),
        (_kept.model, writer_facts([_kept.of_row(row)[0] for row in answered], _kept.mean_log_probabilities)),
    ]


@st.cache_data(max_entries=8, show_spinner="Comparing the writers …")
def _paired_writers(
    columns: str, made_columns: str, _original: Corpus, _made: Corpus
) -> tuple[WriterFacts, WriterFacts]:
    return paired_writers(_original, _made)


def _writers(kept: SampledAnswers) -> None:
    """Draw what tells the original responses from the model's: length, variety, the writer's own perplexity."""
    lines = [{**_line(name, facts), "Own perplexity": facts.own_perplexity} for name, facts in _written(kept.key, kept)]
    if not lines:
        return
    _table(lines, key="rewrite.writers")
    st.caption("Of the rows with answers. Own perplexity is that of the answers under the model that drew them.")


def _table(lines: list[dict[str, Any]], *, key: str) -> None:
    """Draw a line for each writer, each number with the digits that it is worth."""
    perplexities = [name for name in lines[0] if "erplexity" in name]
    st.dataframe(
        lines, hide_index=True, key=key,
        column_config={
            "Rows": st.column_config.NumberColumn(format="localized"),
            "Words, mean": st.column_config.NumberColumn(format="%.1f"),
            "Distinct pairs": st.column_config.NumberColumn(
                format="percent", help="Different pairs of neighbouring words, of all pairs."
            ),
            **{name: st.column_config.NumberColumn(format="%.3g") for name in perplexities},
        },
    )  # fmt: skip


def _line(name: str, facts: WriterFacts) -> dict[str, Any]:
    return {"Writer": name, "Rows": facts.rows, "Words, mean": facts.words, "Distinct pairs": facts.distinct_pairs,
            **{f"Perplexity under {model}": mean for model, mean in facts.perplexity.items()}}  # fmt: skip


def _pairs(ctx: Context, result: dict[str, Any]) -> None:
    """Draw the new corpus beside the original: the same rows, in the same order."""
    try:
        made = open_corpus(ctx.workspace, result["artefacts"][0][1])
    except DiverscopeError:  # deleted since
        return
    originals, rewritten = paired(ctx.corpus, made)
    st.success(
        plain(
            f"{made.name}: {counted(result['rows'], 'row')}, {rows(result['replaced'])} rewritten. Open it on the "
            "Corpus page; every metric, strategy and study works on it as on the original."
        )
    )
    left, right = _paired_writers(columns_digest(ctx.corpus), columns_digest(made), ctx.corpus, made)
    _table([_line("the original", left), _line(made.name, right)], key="rewrite.paired")
    if not left.perplexity:
        st.caption(
            "To read both writers by one target model, score the two corpora by it under “Language model”: its mean "
            "perplexity of each then stands here."
        )
    old, new = CorpusRows(originals[:LISTED]), CorpusRows(rewritten[:LISTED])
    prompts, before = (ctx.corpus.texts_at(part, old) for part in ("instruction", "response"))
    pairs = zip(ctx.corpus.ids[old].tolist(), prompts, before, made.texts_at("response", new), strict=True)
    st.dataframe(
        [
            {"Id": show_id(row_id), "Prompt": prompt[:SHOWN], "Original": written[:SHOWN], "New": anew[:SHOWN]}
            for row_id, prompt, written, anew in pairs
        ],
        hide_index=True, height=300, key="rewrite.pairs",
    )  # fmt: skip
    if len(originals) > LISTED:
        st.caption(f"The first {LISTED} of {figure3(len(originals))} pairs.")
