"""The report of a judgement: its score, what may bias it, every verdict, and another judge beside it."""

from __future__ import annotations

from functools import partial

import numpy as np
import orjson
import pandas as pd
import streamlit as st

from core.counted import counted, figure3
from core.evidence import ledger
from core.evidence.entries import Score
from core.export.report import csv_bytes
from core.figures import judging as figures
from core.judging.agreement import PAPERS, JudgeAgreement, agreement
from core.judging.judgement import Judgement, list_judgements
from core.judging.length import length_bins
from core.judging.report import JudgementReport, points_of_judgement, report, verdict_table
from core.judging.reruns import judge_runs, same_games
from core.judging.verdicts import OUTCOMES
from core.judging.win_score import Share
from core.workbench.judging.judged_scores import log_judgement, scores_of
from pages.parts.frame import address, session, session_keys
from pages.parts.frame.bound_select import bound_segments, bound_select
from pages.parts.frame.empty_state import empty_state
from pages.parts.frame.explain import explain
from pages.parts.frame.figures import show
from pages.parts.frame.links import link
from pages.parts.frame.page import Context
from pages.parts.frame.plain_text import plain, rows, sendable


@st.cache_resource(max_entries=32, show_spinner=False)
def _report(home: str, key: str, _judgement: Judgement) -> JudgementReport:
    """The report of an immutable judgement, computed once for all sessions."""
    return report(session.workspace(), _judgement)


def report_view(ctx: Context) -> None:
    """Draw the choice of a judgement and its report."""
    known = {made.key: made for made in list_judgements(ctx.workspace)}
    if not known:
        empty_state(
            "No judgement yet",
            "A judge compares two sets of answers, game by game: start it under “Judge”, and its report is here.",
            takes="Minutes for 805 prompts, as fast as the judge's endpoint answers.",
            button=("Start a judgement", partial(session_keys.JUDGE_GO.set, "judge")),
            key="judge-no-report",
        )
        return
    key = bound_select(
        st, "Judgement", list(known), parameter=address.JUDGEMENT, default=next(iter(known)),
        format_func=lambda name: known[name].title,
    )  # fmt: skip
    judgement = known[key]
    said = _report(str(ctx.workspace.home), key, judgement)
    _numbers(judgement, said)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Outcomes**")
        bars = figures.outcome_bars({judgement.title: said.counts}, mode=ctx.mode)
        data = pd.DataFrame({"outcome": list(said.counts), "prompts": list(said.counts.values())})
        show(bars, key="judge-outcomes", data=data, name="outcomes")
        _table(ctx, judgement, said)
    with right:
        _length(ctx, said)
    _failures(said)
    verdicts, beside = st.tabs(["Verdicts", "Another judge, or a rerun"])
    with verdicts:
        _verdicts(ctx, judgement)
    with beside:
        _beside(ctx, judgement, list(known.values()))


def _share(share: Share) -> str:
    return "—" if share.value != share.value else f"{share.value:.1f}"


def _interval(share: Share) -> str:
    return "not measured in one order" if share.low != share.low else f"{share.low:.1f} to {share.high:.1f} (95 %)"


def _numbers(judgement: Judgement, said: JudgementReport) -> None:
    """Draw the numbers that matter most."""
    length = said.length.rate if said.length is not None else None
    opponent = judgement.artefact.manifest["against_name"]
    cells = [
        ("Win score", _share(said.score), f"{_interval(said.score)}; 50 is as good as {opponent}"),
        (
            "At equal length",
            _share(length) if length else "—",
            _interval(length) if length else "too few prompts, or no length differs",
        ),
        ("First place wins", f"{_share(said.first_place)} %", f"{_interval(said.first_place)}; 50 is no bias"),
        ("Orders reversed", f"{_share(said.reversed)} %", "of the prompts: each order names another winner"),
        ("Games", rows(judgement.artefact.manifest["games"]), f"{rows(sum(said.failures.values()))} without a verdict"),
    ]
    for column, (label, value, note) in zip(st.columns(len(cells), gap="small"), cells, strict=True):
        with column.container(border=True, height="stretch"):
            st.caption(label)
            st.markdown(f"#### {plain(value)}")
            st.caption(plain(note))


def _table(ctx: Context, judgement: Judgement, said: JudgementReport) -> None:
    table = said.table()
    shown = [
        {
            "what": what,
            "value": "—" if value != value else f"{value:.2f}",
            "95 % interval": "" if low != low else f"{low:.2f} to {high:.2f}",
            "prompts": prompts,
        }
        for what, value, low, high, prompts in said.lines()
    ]
    st.dataframe(shown, hide_index=True, width="stretch", key="judge-numbers")
    left, middle, right = st.columns([1.3, 1.6, 0.4], vertical_alignment="center")
    left.download_button(
        "Numbers (CSV)", data=lambda: csv_bytes(table), file_name=f"judgement-{judgement.key}.csv", mime="text/csv",
        key="judge-numbers-csv", on_click="ignore",
    )  # fmt: skip
    logged = {score.key for score in ledger.read(ctx.workspace).of(Score)}
    if all(score.key in logged for score in scores_of(ctx.workspace, said)):
        link("compare", "Logged: see them on Compare", icon=":material/query_stats:", place=middle)
    elif middle.button("Log the scores", key="judge-log"):
        log_judgement(ctx.workspace, judgement)
        st.rerun()
    with right:
        explain(
            "The win score",
            formula="points of a game: A>>B 1, A>B ½, A=B 0, B>A −½, B>>A −1; in the second order mirrored\n"
            "Good, Same, Bad: whether the sum of both games is above, at or below 0\n"
            "win score = 100 · (Good + ½ Same) / prompts",
            source="From Macro to Micro (arXiv 2505.24768), H.1 and Table 3, after Arena-Hard; the scale on which "
            "an equal model has 50 is our reading of its figures.",
            notes="The interval resamples prompts, so that the two orders of a prompt stay together. Prompts with a "
            "game without a verdict are left out.",
            key="judge-score-explain",
        )


def _length(ctx: Context, said: JudgementReport) -> None:
    heading, help_ = st.columns([9, 1], vertical_alignment="center")
    heading.markdown("**Length against verdict**")
    with help_:
        explain(
            "The win rate at equal length",
            formula="logit P(win) = a + b · tanh(Δ / sd of Δ), Δ = characters that the judged answer is longer\n"
            "win rate at equal length = 100 / (1 + exp(−a)); a tie is half a win",
            source="The form of AlpacaEval 2's length-controlled win rate (arXiv 2404.04475), without its difficulty "
            "of each instruction: ours, and not comparable with its numbers.",
            notes="Where the points are far from the curve, the form does not fit and the rate means little.",
            key="judge-length-explain",
        )
    fit = said.length
    if fit is None:
        st.caption("At least ten prompts with a verdict, and answers of different lengths, are needed.")
        return
    bins = length_bins(said.won, said.longer, fit)
    ends = np.linspace(min(0.0, float(said.longer.min())), max(0.0, float(said.longer.max())), 121)
    curve = pd.DataFrame({"characters longer": ends, "fitted": fit.curve(ends)})
    figure = figures.length_curve(bins, curve, at_zero=fit.rate.value, mode=ctx.mode)
    mean = float(said.longer.mean())
    caption = (
        f"The judged answers are {abs(mean):,.0f} characters {'longer' if mean >= 0 else 'shorter'} on average; "
        f"Spearman of the difference with the points {figure3(fit.correlation)}."
    )
    show(figure, key="judge-length", data=bins, name="length-against-verdict", caption=caption)


def _failures(said: JudgementReport) -> None:
    for why, games in said.failures.items():
        st.warning(plain(f"{counted(games, 'game')} without a verdict, left out of the score: {why}."))
    if said.failures:
        st.caption("The view “Judge” asks for these games once more.")


def _verdicts(ctx: Context, judgement: Judgement) -> None:
    """Draw the table of verdicts; the texts of the ticked one; the downloads."""
    table = verdict_table(ctx.workspace, judgement)
    outcomes = {outcome: outcome for outcome in ("all", *OUTCOMES, "no verdict")}
    outcome = bound_segments(st, "Show", outcomes, parameter=address.JUDGE_SHOWN, default="all")
    listed = table if outcome == "all" else table[table["outcome"] == outcome]
    event = st.dataframe(
        listed.drop(columns=["prompt"]).map(lambda cell: sendable(cell) if isinstance(cell, str) else cell),
        hide_index=True, width="stretch", key="judge-verdicts", on_select="rerun", selection_mode="single-row",
        column_config={
            "question": st.column_config.TextColumn(width=240),
            "answer": st.column_config.TextColumn(width=240),
            "opponent's answer": st.column_config.TextColumn(width=240),
        },
    )  # fmt: skip
    picked = event.selection.rows
    if picked and picked[0] < len(listed):
        _read(judgement, listed.iloc[picked[0]])
    else:
        st.caption("Tick a line to read both answers and the judge's words.")
    _downloads(ctx, judgement)


def _read(judgement: Judgement, line: pd.Series) -> None:
    with st.container(border=True, key="judge-reading"):
        st.caption("Question")
        st.text(sendable(str(line["question"])))
        left, right = st.columns(2, gap="medium")
        facts = judgement.artefact.manifest
        for place, name, column in ((left, facts["answers_name"], "answer"),
                                    (right, facts["against_name"], "opponent's answer")):  # fmt: skip
            with place:
                st.caption(plain(name))
                st.text(sendable(str(line[column])))
        said = {shown: verdict for prompt, shown, verdict in judgement.games if prompt == line["prompt"]}
        for shown, verdict in said.items():
            with st.expander(f"The judge's words, judged answer shown {shown}: {plain(verdict.verdict or '—')}"):
                st.text(sendable(verdict.words) or "No reply.")


def _downloads(ctx: Context, judgement: Judgement) -> None:
    left, middle, right, _ = st.columns([1.4, 1, 1, 2], vertical_alignment="center")
    words = left.toggle("With the judge's words", key="judge.with-words")

    def csv() -> bytes:
        return csv_bytes(verdict_table(ctx.workspace, judgement, words=words))

    def lines() -> bytes:
        records = verdict_table(ctx.workspace, judgement, words=words).to_dict("records")
        return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)

    middle.download_button("CSV", data=csv, file_name=f"verdicts-{judgement.key}.csv", mime="text/csv",
                           key="judge-verdicts-csv", on_click="ignore", width="stretch")  # fmt: skip
    right.download_button("JSONL", data=lines, file_name=f"verdicts-{judgement.key}.jsonl",
                          mime="application/jsonl", key="judge-verdicts-jsonl", on_click="ignore",
                          width="stretch")  # fmt: skip


def _beside(ctx: Context, judgement: Judgement, known: list[Judgement]) -> None:
    """Draw the agreement with another judgement of the same answers."""
    others = {made.key: made for made in known if made.key != judgement.key and same_games(made, judgement)}
    if not others:
        st.info(
            "Judge the same answers by another judge, or again as run 2: then their agreement, or the judge's drift, "
            "is here."
        )
        return
    key = bound_select(
        st, "The other judgement", list(others), parameter=address.JUDGE_BESIDE, default=next(iter(others)),
        format_func=lambda name: others[name].title,
    )  # fmt: skip
    other = others[key]
    agreed = agreement(points_of_judgement(judgement), points_of_judgement(other))
    if agreed is None:
        st.info("The two have no prompt in common with an outcome in both.")
        return
    rerun = other.judge.about == judgement.judge.about
    left, right = st.columns([2, 3], gap="medium")
    with left:
        heat = figures.agreement_heat(agreed.table, names=OUTCOMES, mode=ctx.mode)
        data = pd.DataFrame(agreed.table, index=list(OUTCOMES), columns=list(OUTCOMES)).reset_index(names="here")
        show(heat, key="judge-agreement", data=data, name="agreement")
    with right:
        _agreement(agreed, rerun=rerun)
    if len(others) > 1 or rerun:
        _runs([judgement, *others.values()])


def _runs(judgements: list[Judgement]) -> None:
    """Draw the scores of every judge and rerun, and how far reruns of one judge drift."""
    lines = [
        {
            "judge": runs.judge,
            "order": runs.order,
            "run": rerun,
            "win score": f"{share.value:.1f}",
            "95 % interval, over prompts": f"{share.low:.1f} to {share.high:.1f}",
            "spread between runs": figure3(runs.spread) if runs.spread == runs.spread else "",
            "largest step": figure3(runs.step) if runs.step == runs.step else "",
        }
        for runs in judge_runs(judgements)
        for rerun, share in runs.scores
    ]
    st.dataframe(lines, hide_index=True, width="stretch", key="judge-runs")


def _agreement(agreed: JudgeAgreement, *, rerun: bool) -> None:
    lines = [
        f"**{figure3(agreed.kappa)}** Cohen's κ of Good, Same and Bad over {counted(agreed.prompts, 'prompt')}",
        f"**{agreed.same:.1f} %** the same outcome",
        f"**{agreed.reversed:.1f} %** Good here and Bad there, or the other way round "
        f"({agreed.reversed_low:.1f} to {agreed.reversed_high:.1f}); the paper's judge and GPT-4 Turbo: {PAPERS:.0f} %",
        f"**{agreed.drift:+.1f}** points of win score from this judgement to the other"
        + (": the judge's drift between two runs" if rerun else ""),
    ]
    st.markdown("\n".join(f"- {line}" for line in lines))
    explain(
        "Cohen's κ",
        formula="κ = (share of equal outcomes − share by chance) / (1 − share by chance)",
        source="Cohen 1960. The paper's check: 500 pairs, of which its judge reversed 8 % against GPT-4 Turbo "
        "(From Macro to Micro, arXiv 2505.24768, B).",
        notes="1 is full agreement, 0 what chance gives. The interval of the reversed share is Wilson's.",
        key="judge-kappa-explain",
    )
