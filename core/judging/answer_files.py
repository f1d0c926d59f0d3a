"""Reads prompts and answers from files: AlpacaEval's outputs, Arena-Hard's and FastChat's answers, and rows as corpora
have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from core.corpus.containers import open_contents
from core.corpus.formats.parts import text_of
from core.corpus.formats.record import BadRecord, Record
from core.corpus.formats.roles import ROLES
from core.corpus.formats.shapes import shape_of
from core.corpus.formats.values import filled
from core.corpus.sources import SourceFile
from core.corpus.unpack import limit_bytes, unpack
from core.errors import InputError
from core.judging.answer_set import AnswerRecord
from core.judging.prompt_set import Prompt

ANSWER_KINDS = (".json", ".jsonl", ".csv", ".tsv", ".parquet", ".gz", ".zst")  # that a page offers to upload
QUESTIONS = ("instruction", "prompt", "question", "query", "problem")
ANSWERS = ("output", "response", "completion", "answer", "generation", "model_output")
GENERATORS = ("generator", "model", "model_id", "model_name")
IDS = ("question_id", "prompt_id", "uid", "id", "idx")


def read_prompts(file: SourceFile) -> list[Prompt]:
    """The questions of ``file``: of an ``instruction`` with its ``input``, a ``prompt``, the first turn of ``turns`` or
    of a conversation. Raises :class:`InputError` where it holds none."""
    prompts = []
    for record in _records(file):
        question = _question(record)
        if question.strip():
            prompts.append(Prompt.of(question, _given(record)))
    if not prompts:
        raise InputError(
            f"{file.name} holds no prompts.", remedy=f"Each record needs one of: {', '.join(QUESTIONS)}, turns."
        )
    return prompts


def read_answers(file: SourceFile) -> list[AnswerRecord]:
    """The answers of ``file``, each with the words or the id of its question. Raises :class:`InputError` for none."""
    answers = []
    for record in _records(file):
        output = _output(record)
        question, given = _question(record), _given(record)
        if output is not None and (question.strip() or given):
            generator = next((str(record[name]) for name in GENERATORS if filled(record.get(name))), "")
            answers.append(AnswerRecord(output=output, question=question, given=given, generator=generator))
    if not answers:
        raise InputError(
            f"{file.name} holds no answers.",
            remedy=f"Each record needs an instruction (or an id) and one of: {', '.join(ANSWERS)}.",
        )
    return answers


def generator_of(answers: list[AnswerRecord]) -> str:
    """The name of the model that most of the answers name, "" where they name none."""
    named = Counter(answer.generator for answer in answers if answer.generator)
    return named.most_common(1)[0][0] if named else ""


def _records(file: SourceFile) -> Iterator[dict[str, Any]]:
    for part in unpack(file):
        if part.refused:
            raise part.refused
        for item in open_contents(part, limit=limit_bytes()).records:
            if isinstance(item, Record):
                yield item.value


def _question(record: Mapping[str, Any]) -> str:
    """The question of a record, "" where it has none."""
    for name in QUESTIONS:
        if filled(record.get(name)) and isinstance(record[name], str):
            given = record.get("input")
            return f"{record[name]}\n\n{given}" if isinstance(given, str) and given.strip() else record[name]
    turns = record.get("turns")
    if isinstance(turns, list) and turns:
        first = turns[0].get("content") if isinstance(turns[0], Mapping) else turns[0]
        return _words(first)
    return _of_conversation(record)[0]


def _output(record: Mapping[str, Any]) -> str | None:
    """The answer of a record, None where it has none; an empty answer is one."""
    for name in ANSWERS:
        if isinstance(record.get(name), str):
            return str(record[name])
    choices = record.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        turns = choices[0].get("turns")
        if isinstance(turns, list) and turns:
            return _words(turns[0].get("content") if isinstance(turns[0], Mapping) else turns[0])
    messages = record.get("messages")
    if isinstance(messages, list):  # Arena-Hard's answers end with the assistant's turn
        said = [turn for turn in messages if isinstance(turn, Mapping) and turn.get("role") == "assistant"]
        return _words(said[-1].get("content")) if said else None
    return _of_conversation(record)[1]


def _words(content: Any) -> str:
    """The words of a turn's content; of an object its answer (Arena-Hard writes {"answer": …})."""
    if isinstance(content, Mapping):
        content = content.get("answer", content.get("content", ""))
    try:
        return text_of(content) if content is not None else ""
    except BadRecord:
        return ""


def _given(record: Mapping[str, Any]) -> str:
    return next((str(record[name]) for name in IDS if filled(record.get(name))), "")


def _of_conversation(record: Mapping[str, Any]) -> tuple[str, str | None]:
    """The first question and the last answer of a record in a shape of the corpora."""
    shape = shape_of(record)
    if shape is None or shape.refused:
        return "", None
    try:
        parsed = shape.parse(record, ROLES)
    except BadRecord:
        return "", None
    if not parsed:
        return "", None
    turns = parsed[0].all_turns
    asked = next((turn["content"] for turn in turns if turn["role"] == "user"), "")
    answered = [turn["content"] for turn in turns if turn["role"] == "assistant"]
    return asked, answered[-1] if answered else None
