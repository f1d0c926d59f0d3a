"""Arena-Hard's judgement lines (model_judgment/<judge>/<model>.jsonl): two games per question against a baseline."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from core.counted import counted
from core.evidence.importers.judgements import judge_of, question_of, records
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.run_names import run_name
from core.evidence.importers.sources import Source

NAME = "Arena-Hard judgements"
LOOKS_FOR = "JSON lines with model and games, each game with a score such as A>B (Arena-Hard judgements)"
# A verdict's worth for the answer shown as A, and its weight: a clear victory counts three times.
_VERDICTS = {
    "A>>B": (1.0, 3), "A>B": (1.0, 1), "A=B": (0.5, 1), "A<B": (0.0, 1), "A<<B": (0.0, 3),
    "B>>A": (0.0, 3), "B>A": (0.0, 1), "B=A": (0.5, 1), "B<A": (1.0, 1), "B<<A": (1.0, 3),
}  # fmt: skip
_Game = tuple[float, int]


def recognise(source: Source) -> bool:
    record = source.first_record if source.name.lower().endswith((".jsonl", ".ndjson")) else {}
    return isinstance(record.get("games"), list) and "model" in record


def read(source: Source, options: Options) -> Imported:
    """Read the mean of each model's games in percent, by category if the lines name it; a tie counts half.

    The baseline is shown first in the first game and second in the second. Questions with a game that has no verdict
    are left out, as in Arena-Hard's own script. The standard error is over questions, because games of a question are
    not independent.
    """
    imported = Imported(importer=NAME, file=source.path)
    games: dict[tuple[str, str, str, str], dict[str, list[_Game]]] = defaultdict(dict)
    failed = 0
    for line, record in records(source, imported):
        model = run_name(str(record.get("model") or ""))
        given = record.get("games")
        if not model or not isinstance(given, list) or not 1 <= len(given) <= 2:
            imported.reject(f"line {line}", "not a judgement of a model with one or two games")
            continue
        worth = [_worth(game, second=place == 1) for place, game in enumerate(given)]
        known = [game for game in worth if game is not None]
        if len(known) < len(given):
            failed += 1
            continue
        category, baseline = str(record.get("category") or ""), str(record.get("baseline") or "")
        key = (model, judge_of(record), category, baseline)
        games[key][question_of(record) or f"line {line}"] = known  # judged again: the later counts
    if failed:
        imported.notices.append(f"{counted(failed, 'question')} without a verdict in a game left out of the means.")
    scores = []
    for (model, judge, category, baseline), by_question in games.items():
        value, stderr = _mean(list(by_question.values()))
        scores.append(
            ProposedScore(
                subject=model,
                benchmark=options.benchmark or "Arena-Hard",
                measure=f"score, {category}" if category else "score",
                value=100 * value,
                unit="%",
                stderr=None if stderr is None else 100 * stderr,
                n=len(by_question),
                judge=options.judge or judge,
                baseline=options.baseline or baseline,
                model=options.model,
                file=source.path,
                field=f"mean over the games of {counted(len(by_question), 'question')}",
            )
        )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _worth(game: object, *, second: bool) -> _Game | None:
    """A game's worth for the model and its weight; None without a verdict."""
    verdict = game.get("score") if isinstance(game, dict) else None
    known = _VERDICTS.get(verdict.strip("[] \n")) if isinstance(verdict, str) else None
    if known is None:
        return None
    first_shown, weight = known
    return (first_shown if second else 1 - first_shown, weight)


def _mean(questions: list[list[_Game]]) -> tuple[float, float | None]:
    """The weighted mean of all games, and its standard error with questions as the units (ratio estimator)."""
    sums: NDArray[np.float64] = np.array(
        [[sum(v * w for v, w in games), sum(w for _, w in games)] for games in questions]
    )
    won, played = sums.sum(axis=0)
    value = won / played
    count = len(questions)
    if count < 2:
        return float(value), None
    residuals = sums[:, 0] - value * sums[:, 1]  # (questions,)
    return float(value), float(np.sqrt(count / (count - 1) * (residuals**2).sum()) / played)
