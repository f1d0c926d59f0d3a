"""Reads sampled answers from a file: each record names a row, by its id or its prompt, and holds one answer or more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.answers.answer_set import SampledAnswers, keep_answers
from core.answers.kept import DrawnAnswer
from core.corpus.containers import open_contents
from core.corpus.formats.record import Record
from core.corpus.row_ids import ID, parse_id
from core.corpus.sources import SourceFile
from core.corpus.store import Corpus
from core.corpus.unpack import limit_bytes, unpack
from core.errors import InputError

IDS = ("row_id", "id")
QUESTIONS = ("prompt", "instruction", "question", "problem")
SEVERAL = ("answers", "outputs", "responses", "generations", "samples", "completions")
SINGLE = ("answer", "output", "response", "generation", "completion", "text")
MODELS = ("model", "generator", "model_name")


def add_sampled(corpus: Corpus, file: SourceFile, *, model: str = "") -> SampledAnswers:
    """Store the answers in ``file`` (JSON, JSONL, CSV, Parquet, packed or not) beside ``corpus``.

    A record names its row by ``id`` (16 hexadecimal digits) or by ``prompt``, ``instruction`` (with ``input``) and the
    like, and holds ``answers``, a list, or one ``answer``; records of one row follow one another as its draws. Records
    of no row of the corpus are counted as "extra". ``model`` is by default what the records or the file are called.
    Raises :class:`InputError` where no record fits a row.
    """
    places: dict[str, list[int]] = {}
    for row, text in enumerate(corpus.text("instruction")):
        places.setdefault(text.strip(), []).append(row)
    texts: dict[int, list[str]] = {}
    named, extra, records = "", 0, 0
    for record in _records(file):
        answers = _answers(record)
        if not answers:
            continue
        records += 1
        matching = _rows(corpus, record, places)
        extra += not matching
        for row in matching:
            texts.setdefault(row, []).extend(answers)
        named = named or next((str(record[name]) for name in MODELS if isinstance(record.get(name), str)), "")
    if not texts:
        raise InputError(
            f"{file.name} holds no answer to a row of {corpus.name}." if records else f"{file.name} holds no answers.",
            remedy="Each record needs the row's id or its prompt, and “answers” (a list) or “answer”.",
        )
    rows = np.array(sorted(texts), dtype=np.int64)
    kept = [[DrawnAnswer(asked="", draw=draw, text=text) for draw, text in enumerate(texts[int(row)])] for row in rows]
    return keep_answers(
        corpus,
        rows,
        kept,
        model=model or named or file.stem,
        settings={"file": file.name},
        facts={"how": "file", "extra": extra, "failed": 0},
    )


def _records(file: SourceFile) -> Any:
    for part in unpack(file):
        if part.refused:
            raise part.refused
        for item in open_contents(part, limit=limit_bytes()).records:
            if isinstance(item, Record) and isinstance(item.value, Mapping):
                yield item.value


def _answers(record: Mapping[str, Any]) -> list[str]:
    """The answers of a record; [] where it has none. A list may hold texts, or objects that hold one each."""
    for name in SEVERAL:
        listed = record.get(name)
        if isinstance(listed, (list, tuple)):
            return [text for item in listed if (text := _text(item)) is not None]
    text = _text(record)
    return [] if text is None else [text]


def _text(item: Any) -> str | None:
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        return next((str(item[name]) for name in SINGLE if isinstance(item.get(name), str)), None)
    return None


def _rows(corpus: Corpus, record: Mapping[str, Any], places: Mapping[str, list[int]]) -> list[int]:
    """The positions of the rows that a record is about."""
    for name in IDS:
        value = record.get(name)
        if isinstance(value, str) and ID.fullmatch(value.strip()):
            row = corpus.position_of(parse_id(value.strip()))
            return [] if row is None else [int(row)]
    for name in QUESTIONS:
        said = record.get(name)
        if isinstance(said, str) and said.strip():
            given = record.get("input")
            whole = f"{said}\n\n{given}" if isinstance(given, str) and given.strip() else said
            return places.get(whole.strip(), [])
    return []
