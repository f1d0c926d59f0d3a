"""The report of a judgement: its score with an interval, what may bias it, and every verdict as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.judging.answer_set import AnswerSet, open_answers
from core.judging.judgement import Judgement
from core.judging.length import LengthFit, fit_length
from core.judging.prompt_set import PromptSet, open_prompts
from core.judging.win_score import (
    Floats,
    PromptPoints,
    Share,
    counts,
    differing,
    first_place_wins,
    reversals,
    win_score,
)
from core.workspace.artefacts import Workspace


@dataclass(frozen=True, eq=False, kw_only=True)
class JudgementReport:
    """All numbers of one judgement. ``won``, ``longer`` and ``sums`` are those of the prompts that count."""

    judgement: Judgement
    points: PromptPoints
    score: Share
    counts: Mapping[str, int]
    first_place: Share
    reversed: Share
    differing: Share
    length: LengthFit | None
    longer: Floats
    failures: Mapping[str, int]  # why games have no verdict, and how many

    @property
    def won(self) -> Floats:
        return self.points.won

    def lines(self) -> list[tuple[str, float, float, float, int]]:
        """(what, value, low, high, prompts) of every number, for tables and CSV."""
        rows = [
            ("win score", self.score),
            ("first place wins", self.first_place),
            ("orders name different winners", self.reversed),
            ("orders differ", self.differing),
        ]
        if len(self.points.places) == 2:
            for place in self.points.places:
                rows.append((f"win score, shown {place}", win_score(self.points.only(place))))
        if self.length is not None:
            rows.append(("length-controlled win rate", self.length.rate))
            spearman = Share(value=self.length.correlation, low=np.nan, high=np.nan, n=self.length.rate.n)
            rows.append(("Spearman of length difference and points", spearman))
        return [(what, share.value, share.low, share.high, share.n) for what, share in rows]

    def table(self) -> pd.DataFrame:
        """The same as a table."""
        return pd.DataFrame(self.lines(), columns=["what", "value", "low", "high", "prompts"])


def points_of_judgement(judgement: Judgement) -> PromptPoints:
    """The points of every game."""
    return PromptPoints.of([(prompt, place, verdict.verdict) for prompt, place, verdict in judgement.games])


def report(workspace: Workspace, judgement: Judgement) -> JudgementReport:
    """The report. Raises :class:`core.errors.WorkspaceError` where the answers that were judged are gone."""
    points = points_of_judgement(judgement)
    mine, theirs = _sides(workspace, judgement)
    longer = _longer(points, mine, theirs)
    failures: dict[str, int] = {}
    for _, _, verdict in judgement.games:
        if verdict.failed:
            failures[verdict.failed] = failures.get(verdict.failed, 0) + 1
    return JudgementReport(
        judgement=judgement,
        points=points,
        score=win_score(points),
        counts=counts(points),
        first_place=first_place_wins(points),
        reversed=reversals(points),
        differing=differing(points),
        length=fit_length(points.won, longer, points.sums[points.whole]),
        longer=longer,
        failures=failures,
    )


def verdict_table(workspace: Workspace, judgement: Judgement, *, words: bool = False) -> pd.DataFrame:
    """A row for each prompt: the question, both answers, the verdict of each order, the outcome; with ``words`` also
    the judge's replies. A game without a verdict shows its reason in brackets."""
    points = points_of_judgement(judgement)
    mine, theirs = _sides(workspace, judgement)
    prompts: PromptSet = open_prompts(workspace, str(judgement.artefact.manifest["prompts"]))
    verdicts = {(prompt, place): verdict for prompt, place, verdict in judgement.games}
    outcomes = dict(zip(points.ids, points.outcomes, strict=True))
    totals = dict(zip(points.ids, points.sums.tolist(), strict=True))
    rows = []
    for prompt in points.ids:
        row = {
            "prompt": prompt,
            "question": prompts.by_id[prompt].text,
            "answer": mine.outputs[prompt],
            "opponent's answer": theirs.outputs[prompt],
        }
        for place in points.places:
            verdict = verdicts[(prompt, place)]
            row[f"shown {place}"] = verdict.verdict or f"({verdict.failed})"
            if words:
                row[f"words, shown {place}"] = verdict.words
        row["points"] = totals[prompt]
        row["outcome"] = outcomes[prompt] or "no verdict"
        rows.append(row)
    return pd.DataFrame(rows)


def _sides(workspace: Workspace, judgement: Judgement) -> tuple[AnswerSet, AnswerSet]:
    facts = judgement.artefact.manifest
    return open_answers(workspace, str(facts["answers"])), open_answers(workspace, str(facts["against"]))


def _longer(points: PromptPoints, mine: AnswerSet, theirs: AnswerSet) -> NDArray[np.float64]:
    """(whole prompts,) the characters that the judged answer is longer than the other."""
    whole = [prompt for prompt, known in zip(points.ids, points.whole, strict=True) if known]
    return np.array([len(mine.outputs[prompt]) - len(theirs.outputs[prompt]) for prompt in whole], dtype=np.float64)
