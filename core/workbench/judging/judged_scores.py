"""The scores of judgements in the ledger, where the Compare page finds them."""

from __future__ import annotations

from core.evidence.entries import Origin, Run, Score
from core.evidence.ledger import Clashes, add_scores
from core.judging.answer_set import open_answers
from core.judging.judgement import Judgement
from core.judging.report import JudgementReport, report
from core.judging.win_score import standard_error, win_score
from core.workspace.artefacts import Workspace

MEASURE = "win score"
CONTROLLED = "length-controlled win rate"


def scores_of(workspace: Workspace, judged: JudgementReport) -> list[Score]:
    """The scores of a report: the win score in the judgement's order, where both were judged also that of each, and
    the length-controlled win rate. The order stands in the measure, so that no two are ever mixed."""
    judgement = judged.judgement
    facts = judgement.artefact.manifest
    author = open_answers(workspace, str(facts["answers"])).author
    run = Run(label=author.name, subset=author.subset, model=author.base, seed=author.seed)
    rerun = judgement.judge.rerun
    found: list[tuple[str, float, float | None, int]] = []
    if judgement.order == "both":
        found.append((MEASURE, judged.score.value, standard_error(judged.points), judged.score.n))
    for place in judged.points.places:
        only = judged.points.only(place)
        share = win_score(only)
        found.append((f"{MEASURE}, shown {place}", share.value, standard_error(only), share.n))
    if judged.length is not None:
        rate = judged.length.rate
        found.append((CONTROLLED, rate.value, (rate.high - rate.low) / (2 * 1.959964), rate.n))
    return [
        Score(
            run=run,
            benchmark=str(facts["prompts_name"]),
            measure=measure,
            value=value,
            unit="%",
            stderr=None if stderr is None or stderr != stderr else stderr,
            n=n,
            judge=judgement.judge.name,
            baseline=str(facts["against_name"]),
            origin=Origin(file=f"judgement {judgement.key}", field=measure, reader="judged here"),
            rerun=rerun,
            proxy=author.proxy,
        )
        for measure, value, stderr, n in found
        if n and value == value
    ]


def log_judgement(workspace: Workspace, judgement: Judgement) -> Clashes:
    """Append a judgement's scores to the ledger; scores that are logged already are not logged again."""
    scores = scores_of(workspace, report(workspace, judgement))
    return add_scores(workspace, scores, title=f"Judged: {judgement.title}", conflicts="replace")
