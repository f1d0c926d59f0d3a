"""MT-Bench's pairwise judgement lines (FastChat's model_judgment/*_pair.jsonl): two models, judged in both orders."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from core.counted import counted
from core.evidence.importers.judgements import judge_of, question_of, records
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "MT-Bench pairs"
LOOKS_FOR = "JSON lines with model_1, model_2, g1_winner and g2_winner (MT-Bench pairwise judgements)"


def recognise(source: Source) -> bool:
    record = source.first_record if source.name.lower().endswith((".jsonl", ".ndjson")) else {}
    return {"model_1", "model_2", "g1_winner"} <= set(record)


def read(source: Source, options: Options) -> Imported:
    """Read the win rate of each model, and the adjusted rate with a tie as half a victory, by judge, as FastChat does.

    A pair is won if both orders name the same winner, else it is a tie. A model that is in every pair is the baseline
    and has no score of its own; without a baseline each model's rate is against all others.
    """
    imported = Imported(importer=NAME, file=source.path)
    pairs: dict[tuple[str, str, str, str, str], str] = {}
    failed = 0
    for line, record in records(source, imported):
        first, second = record.get("model_1"), record.get("model_2")
        winners = [record.get("g1_winner"), record.get("g2_winner", record.get("g1_winner"))]
        if not (isinstance(first, str) and isinstance(second, str) and first and second):
            imported.reject(f"line {line}", "not a judgement of two models")
        elif not all(winner in ("model_1", "model_2", "tie") for winner in winners):
            failed += 1
        else:
            winner = {"model_1": first, "model_2": second}.get(winners[0], "") if winners[0] == winners[1] else ""
            question = question_of(record) or f"line {line}"
            pairs[first, second, judge_of(record), question, str(record.get("turn", 1))] = winner
    if failed:
        imported.notices.append(f"{counted(failed, 'judgement')} failed (error) and left out of the rates.")
    scores = []
    for judge in dict.fromkeys(key[2] for key in pairs):
        mine = {key: winner for key, winner in pairs.items() if key[2] == judge}
        baseline = options.baseline or _baseline([key[:2] for key in mine])
        outcomes: dict[str, list[float]] = defaultdict(list)
        for (first, second, *_), winner in mine.items():
            if baseline and baseline not in (first, second):
                continue
            for model in (first, second):
                outcomes[model].append(0.5 if not winner else float(winner == model))
        for model, values in outcomes.items():
            if model == baseline:
                continue
            marks = np.array(values)  # (pairs,)
            for measure, wins in (("win_rate_adjusted", marks), ("win_rate", (marks == 1).astype(float))):
                scores.append(
                    ProposedScore(
                        subject=model,
                        benchmark=options.benchmark or "MT-Bench",
                        measure=measure,
                        value=float(wins.mean()),
                        unit="fraction",
                        stderr=float(wins.std(ddof=1) / np.sqrt(len(wins))) if len(wins) > 1 else None,
                        n=len(wins),
                        judge=options.judge or judge,
                        baseline=baseline or "all others",
                        model=options.model,
                        file=source.path,
                        field=f"mean over {counted(len(wins), 'pair')}",
                    )
                )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _baseline(pairs: list[tuple[str, str]]) -> str:
    """The model that is in every pair; of two such models the second, where FastChat puts its baseline."""
    common = set.intersection(*({first, second} for first, second in pairs)) if pairs else set()
    return next((name for name in reversed(pairs[0]) if name in common), "") if common else ""
