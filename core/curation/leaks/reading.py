"""Reads the questions of a benchmark from a file in any format and shape that corpora are read in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from core.corpus.containers import open_contents
from core.corpus.formats import guess as guesses
from core.corpus.formats.mapped import FieldMapping, reach, shape
from core.corpus.formats.parts import text_of
from core.corpus.formats.record import BadRecord, Parsed, Record, Shape
from core.corpus.formats.roles import ROLES
from core.corpus.formats.shapes import shape_of
from core.corpus.formats.values import filled
from core.corpus.sources import SourceFile, distinct
from core.corpus.unpack import limit_bytes, unpack
from core.curation.leaks.benchmarks import Benchmark, BenchmarkItem, keep_benchmark
from core.errors import InputError, in_short, listed_in_short
from core.workspace.artefacts import Workspace

LOOKED_AT = 200  # records from which the fields are guessed
IDS = ("question_id", "task_id", "prompt_id", "uid", "id", "idx", "name")
TURNS = "turns"  # MT-Bench: a list of what the user says, one text a turn
ANSWERS = (
    "canonical_solution",
    "reference_answer",
    "gold_answer",
    "best_answer",
)  # beside texts that look like answers
CONTEXT = ("ctx", "context", "passage", "text", "content", "sentence", "document")  # of tasks that ask by their form


def keep_files(
    workspace: Workspace, files: Sequence[SourceFile], *, name: str = "", question: str = "", answer: str = ""
) -> list[Benchmark]:
    """Store a benchmark for each of ``files``, called as the file is; with one file ``name`` may say another.

    ``question`` and ``answer`` name the fields where they are not recognised. A file of several that holds no questions
    is passed over; raises :class:`InputError` where none of them holds any.
    """
    made, refused = [], list[InputError]()
    for file in distinct(files):
        called = name.strip() if name.strip() and len(files) == 1 else file.stem
        try:
            asked = questions_of(file, question=question, answer=answer)
            made.append(keep_benchmark(workspace, asked, name=called, origin={"file": file.name}))
        except InputError as error:
            refused.append(error)
    if not made:
        raise refused[0]
    return made


def questions_of(file: SourceFile, *, question: str = "", answer: str = "") -> list[BenchmarkItem]:
    """The questions of a file, with their answers.

    They are those of the fields ``question`` and ``answer`` (``a.b`` reaches into nested fields) where named; else what
    a known shape of rows says (of a conversation all that the user says), the turns of MT-Bench, a field that is called
    as questions are, or the text that a task is about. Raises :class:`InputError` where none is found.
    """
    questions = []
    fields: dict[str, None] = {}
    for part in unpack(file):
        if part.refused:
            raise part.refused
        records = (item for item in open_contents(part, limit=limit_bytes()).records if isinstance(item, Record))
        head = list(islice(records, LOOKED_AT))
        fields |= dict.fromkeys(guesses.columns_of([record.value for record in head]))
        guessed = _guessed([record.value for record in head], question, answer)
        for record in chain(head, records):
            given = next((str(record.value[name]) for name in IDS if filled(record.value.get(name))), "")
            for asked, answered in _pairs(record.value, guessed, chosen=bool(question)):
                if asked.strip():
                    questions.append(BenchmarkItem(asked, answered, given, f"{part.file.name}:{record.number}"))
    if not questions:
        listed = listed_in_short(fields)
        missing = f"{file.name} has no question" + (f" in the field “{in_short(question)}”." if question else ".")
        raise InputError(missing, remedy=f"Name the field that holds the question; there are: {listed}.")
    return questions


def _guessed(records: Sequence[Mapping[str, Any]], question: str, answer: str) -> FieldMapping:
    """The fields of question and answer: those named, else those that the records suggest."""
    if question:
        return FieldMapping(instruction=question, response=answer or None)
    asking = [{name: value for name, value in record.items() if name not in IDS} for record in records]
    answer = answer or next((name for name in ANSWERS if any(name in record for record in records)), "")
    by_name = guesses.guess(asking)
    if not (by_name.instruction or by_name.conversation):
        names = {name.lower(): name for name in guesses.columns_of(asking)}
        asking_field = next((names[name] for name in (*guesses.NAMES["instruction"], *CONTEXT) if name in names), None)
        by_name = FieldMapping(
            instruction=asking_field, response=by_name.response if by_name.response != asking_field else None
        )
    return FieldMapping(
        instruction=by_name.instruction,
        response=answer or by_name.response,
        input=by_name.input if by_name.input != by_name.instruction else None,
        conversation=by_name.conversation,
    )


def _pairs(record: Mapping[str, Any], guessed: FieldMapping, *, chosen: bool) -> Iterator[tuple[str, str]]:
    """(question, answer) of one record; of nested instances several."""
    if not chosen:
        turns = record.get(TURNS)
        if isinstance(turns, list) and turns and all(isinstance(turn, str) for turn in turns):
            yield "\n".join(turns), ""
            return
        known = shape_of(record)
        if known is not None and not known.refused:
            yield from _parsed(known, record)
            return
        if guessed.conversation:
            yield from _parsed(shape(guessed), record)
            return
    try:
        asked, given = text_of(reach(record, guessed.instruction)), text_of(reach(record, guessed.input))
        yield (f"{asked}\n\n{given}" if given else asked), text_of(reach(record, guessed.response))
    except BadRecord:
        return


def _parsed(known: Shape, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        rows = known.parse(record, ROLES)
    except (BadRecord, RecursionError):
        return
    for row in rows:
        yield _asked(row), "\n".join(turn["content"] for turn in row.all_turns if turn["role"] == "assistant")


def _asked(row: Parsed) -> str:
    return "\n".join(turn["content"] for turn in row.all_turns if turn["role"] == "user")
