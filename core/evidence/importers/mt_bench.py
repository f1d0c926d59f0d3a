"""MT-Bench judgement lines (FastChat's model_judgment/*_single.jsonl): a mark of 1 to 10 for each question and turn."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from core.counted import counted
from core.evidence.importers.judgements import judge_of, question_of, records
from core.evidence.importers.numbers import figure, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "MT-Bench judgements"
LOOKS_FOR = "JSON lines with question_id, model, judge and score (MT-Bench single-answer judgements)"


def recognise(source: Source) -> bool:
    record = source.first_record if source.name.lower().endswith((".jsonl", ".ndjson", ".json")) else {}
    return {"question_id", "judge", "score"} <= record.keys()


def read(source: Source, options: Options) -> Imported:
    """Read each model and judge's mean mark over all turns, and over each turn; a mark of −1 is a failed judgement.

    The judge is the judging model; both of its prompts (plain and mathematical) count as one benchmark, as in FastChat.
    """
    imported = Imported(importer=NAME, file=source.path)
    judged: dict[tuple[str, str, int, str], float] = {}
    failed = again = 0
    for line, record in records(source, imported):
        model, turn = record.get("model"), whole_or_none(record.get("turn", 1))
        judge = judge_of(record)
        if not isinstance(model, str) or not model or not judge or turn is None:
            imported.reject(f"line {line}", "not a whole judgement: it needs model, judge, score and turn")
            continue
        try:
            mark = figure(record.get("score"))
        except ValueError as reason:
            imported.reject(f"line {line}", f"{model}: {reason}")
            continue
        key = (model, judge, turn, question_of(record) or f"line {line}")
        if mark == -1:
            failed += 1
            continue
        again += key in judged
        judged[key] = mark
    if failed:
        imported.notices.append(f"{failed} judgements failed (mark −1) and are left out of the means.")
    if again:
        imported.notices.append(f"{counted(again, 'answer')} judged twice; the later mark counts.")
    marks: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    for (model, judge, turn, _), mark in judged.items():
        marks[model, judge, turn].append(mark)
    scores = []
    for model, judge in sorted({key[:2] for key in marks}):
        turns = sorted(turn for name, by, turn in marks if (name, by) == (model, judge))
        for measure, chosen in [("score", turns), *((f"score, turn {turn}", [turn]) for turn in turns)]:
            values = np.array([mark for turn in chosen for mark in marks[model, judge, turn]])
            scores.append(
                ProposedScore(
                    subject=model,
                    benchmark=options.benchmark or "MT-Bench",
                    measure=measure,
                    value=float(values.mean()),
                    unit="points of 10",
                    stderr=float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None,
                    n=len(values),
                    judge=options.judge or judge,
                    baseline=options.baseline,
                    model=options.model,
                    file=source.path,
                    field=f"mean of score over {len(values)} lines",
                    primary=measure == "score",
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported
