"""MT-Bench judgement lines (FastChat's model_judgment/*_single.jsonl): one mark of 1 to 10 a question and turn."""

from __future__ import annotations

import json
import math
from collections import defaultdict

import numpy as np

from core.errors import InputError
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "MT-Bench judgements"
LOOKS_FOR = "JSON lines with question_id, model, judge and score (MT-Bench single-answer judgements)"


def recognise(source: Source) -> bool:
    head = source.head[:4096]
    return head.lstrip().startswith(b"{") and b'"question_id"' in head and b'"judge"' in head


def read(source: Source, options: Options) -> Imported:
    """The mean mark of each model and judge over all turns, and of each turn; marks of −1 are failed judgements.

    The judge is the judging model; its prompts (plain and mathematical) belong to one benchmark, as in FastChat.
    """
    imported = Imported(importer=NAME, file=source.path)
    marks: dict[tuple[str, str, int], list[float]] = defaultdict(list)
    failed = 0
    for line, text in source.lines():
        if not text.strip():
            continue
        try:
            record = json.loads(text)
            if "g1_winner" in record:
                raise InputError(
                    f"{source.path} holds pairwise judgements (g1_winner), not marks.",
                    remedy="Import their win rates as a table of scores.",
                )
            judge = record["judge"][0] if isinstance(record["judge"], list) else str(record["judge"])
            mark, turn = float(record["score"]), int(record.get("turn", 1))
            key = (str(record["model"]), str(judge), turn)
        except (json.JSONDecodeError, KeyError, TypeError, ValueError, IndexError) as error:
            imported.reject(f"line {line}", f"not a whole judgement ({type(error).__name__}: {error})")
            continue
        if mark == -1:
            failed += 1
        elif not math.isfinite(mark):
            imported.reject(f"line {line}", f"{key[0]}: the mark is {mark}")
        else:
            marks[key].append(mark)
    if failed:
        imported.notices.append(f"{failed} judgements failed (mark −1) and are left out of the means.")
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
