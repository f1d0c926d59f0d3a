"""OpenDataArena's scorers: pointwise_scores.jsonl with scores of each row, setwise_scores.jsonl of the whole set."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from core.counted import counted
from core.evidence.importers.judgements import MAX_REJECTED, records
from core.evidence.importers.numbers import figure, figure_or_none, whole_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "OpenDataArena scores"
LOOKS_FOR = (
    'JSON lines such as {"id": 0, "scores": {"DeitaQScorer": {"score": 4.5}}}, or an object of scorers with their '
    "scores of a whole set (OpenDataArena's pointwise_scores.jsonl and setwise_scores.jsonl)"
)
_ROW_SCORES = ("scores", "Q_scores", "QA_scores", "raw_scores", "processed_scores")
_SET_SETTINGS = ("num_samples", "num_pairs", "total_possible_pairs", "max_workers", "is_sampled", "similarity_metric")


def recognise(source: Source) -> bool:
    if not source.name.lower().endswith((".jsonl", ".ndjson", ".json")):
        return False
    record = source.first_record
    if _scored(record):
        return True
    return _is_setwise(source)


def read(source: Source, options: Options) -> Imported:
    """Read the mean of each scorer over the rows, or each scorer's figure of the set, under the name of the folder.

    They describe data, not a trained model, so they have no direction.
    """
    imported = Imported(importer=NAME, file=source.path)
    setwise = _is_setwise(source)
    figures = _setwise(source, imported) if setwise else _pointwise(source, imported)
    scores = [
        ProposedScore(
            subject=source.run_name,
            benchmark=options.benchmark or "OpenDataArena",
            measure=measure,
            value=value,
            direction=0,
            stderr=stderr,
            n=n,
            unit=options.unit,
            judge=options.judge,
            baseline=options.baseline,
            model=options.model,
            file=source.path,
            field=where,
            primary=main,
        )
        for measure, value, stderr, n, where, main in figures
    ]
    if scores:
        what = "of the whole set" if setwise else "of rows, here their means"
        imported.notices.append(
            f"These are scores {what}, not of a trained model. As columns of a corpus they choose rows: attach the "
            "file on the Scores page."
        )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _scored(record: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The blocks of scores in a record, as {field: block}."""
    blocks = {name: record[name] for name in _ROW_SCORES if isinstance(record.get(name), dict) and record[name]}
    return blocks if "id" in record or "instruction" in record else {}


def _pointwise(source: Source, imported: Imported) -> Iterator[tuple[str, float, float | None, int | None, str, bool]]:
    """(measure, mean, standard error, rows, where, whether it is a scorer's score)."""
    values: dict[tuple[str, bool], list[float]] = defaultdict(list)
    missing = 0
    for line, record in records(source, imported):
        blocks = _scored(record)
        if not blocks:
            imported.reject(f"line {line}", "a row without scores")
        for block, scorers in blocks.items():
            for measure, value, main in _figures(scorers):
                name = measure if block == "scores" else f"{measure} ({block.removesuffix('_scores')})"
                try:
                    number = figure(value)
                except ValueError as reason:
                    missing += 1
                    if missing <= MAX_REJECTED:
                        imported.reject(f"line {line}, {name}", str(reason))
                else:
                    values[name, main].append(number)
    if missing > MAX_REJECTED:
        imported.notices.append(f"{missing:,} scores are missing; the first {MAX_REJECTED} are listed.")
    for (name, main), marks in values.items():
        array = np.array(marks)  # (rows,)
        error = float(array.std(ddof=1) / np.sqrt(len(array))) if len(array) > 1 else None
        yield name, float(array.mean()), error, len(array), f"mean over {counted(len(array), 'row')}", main


def _figures(scorers: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """(measure, value, whether it is the scorer's score) of {"Scorer": number} or {"Scorer": {"score": number, …}}."""
    for scorer, given in scorers.items():
        if not isinstance(given, dict):
            yield scorer, given, True
            continue
        for key, value in given.items():
            if not isinstance(value, (str, list, dict, bool)):
                yield (scorer if key == "score" else f"{scorer} {key}"), value, key == "score"


def _is_setwise(source: Source) -> bool:
    document = _whole(source)
    scorers = [value for value in document.values() if isinstance(value, dict)]
    named = "setwise" in source.name.lower() or all(str(name).endswith("Scorer") for name in document)
    return bool(scorers) and len(scorers) == len(document) and named


def _whole(source: Source) -> Mapping[str, Any]:
    """The file as one object, which may be spread over lines although it is called .jsonl; {} for other files."""
    if len(source.head) >= 1 << 16 or not source.head.lstrip().startswith(b"{"):
        return {}
    try:
        document = json.loads(source.head)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _setwise(source: Source, imported: Imported) -> Iterator[tuple[str, float, float | None, int | None, str, bool]]:
    for scorer, facts in _whole(source).items():
        n = whole_or_none(facts.get("num_samples"))
        named = [key for key in facts if key == "score" or key.endswith("_score")]
        for key, value in facts.items():
            if key in _SET_SETTINGS or isinstance(value, (bool, str, list, dict)):
                continue
            if figure_or_none(value) is None:
                imported.reject(f"{scorer}.{key}", "no number stands there")
                continue
            main = key in named[:1] or len(facts) == 1
            yield (scorer if main else f"{scorer} {key}"), figure(value), None, n, f"{scorer}.{key}", main
