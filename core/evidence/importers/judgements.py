"""Lines of judgements: the functions that all their importers share, so that a damaged line is listed and skipped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.evidence.importers.proposal import Imported
from core.evidence.importers.sources import Source

MAX_REJECTED = 100


def records(source: Source, imported: Imported) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects of a JSONL file with their lines; other lines are listed, the first hundred of them."""
    broken = 0
    for line, text in source.lines():
        if not text.strip():
            continue
        try:
            record = json.loads(text)
            why = "" if isinstance(record, dict) else "not an object"
        except (ValueError, RecursionError) as error:
            record, why = None, f"not whole JSON ({error})"
        if not why and isinstance(record, dict):
            yield line, record
            continue
        broken += 1
        if broken <= MAX_REJECTED:
            imported.reject(f"line {line}", why)
    if broken > MAX_REJECTED:
        imported.notices.append(f"{broken:,} lines are broken; the first {MAX_REJECTED} are listed.")


def judge_of(record: Mapping[str, Any]) -> str:
    """The judging model; FastChat writes it together with the name of its prompt."""
    judge = record.get("judge")
    if isinstance(judge, list):
        judge = judge[0] if judge else ""
    if isinstance(judge, dict):
        judge = judge.get("model_name") or judge.get("model") or ""
    return str(judge or "")


def question_of(record: Mapping[str, Any]) -> str:
    """The question's id, "" where the line has none."""
    return next((str(record[key]) for key in ("question_id", "uid", "id") if record.get(key) is not None), "")
