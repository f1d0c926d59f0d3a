"""LiveBench: ground_truth_judgment.jsonl of each task, and the tables that its show_livebench_result.py writes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.counted import counted
from core.evidence.importers.column_words import plain
from core.evidence.importers.judgements import records
from core.evidence.importers.numbers import figure, figure_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.saved_table import SavedTable
from core.evidence.importers.sources import Source, Tree

NAME = "LiveBench results"
LOOKS_FOR = (
    "JSON lines with question_id, model, task, category and score, or all_groups.csv, all_tasks.csv, df_raw.csv "
    "(LiveBench)"
)
_ANSWER = {"question_id", "model", "task", "score"}
_CATEGORIES = {
    "coding", "agentic_coding", "reasoning", "math", "mathematics", "data_analysis", "language",
    "instruction_following",
}  # fmt: skip
_SUMMARIES = ("average", "mean", "global_average")


@dataclass(frozen=True, kw_only=True)
class _Answer:
    model: str
    category: str
    task: str
    score: float  # percent
    made: float


def recognise(source: Source) -> bool:
    return _is_judgements(source) or _is_raw(source) or _is_board(source)


def read(source: Source, options: Options) -> Imported:
    """Read means in percent, as LiveBench computes them: over questions, over the tasks of a category, over categories.

    The files of all tasks are read together, under the first of them; for a question judged again the last judgement
    counts. The standard error of a mean treats its parts as independent.
    """
    imported = Imported(importer=NAME, file=source.path)
    if _is_board(source):
        settle(_board(source, options, imported), repeats=options.repeats, into=imported)
        return imported
    files = _files(source)
    if source is not files[0]:
        imported.notices.append(f"Read together with {files[0].path}: categories need the tasks of all files.")
        return imported
    answers: dict[tuple[str, str, str], _Answer] = {}
    for file in files:
        for key, answer in _answers(file, options, imported):
            if key not in answers or answer.made >= answers[key].made:
                answers[key] = answer
    settle(_means(list(answers.values()), source, options), repeats=options.repeats, into=imported)
    return imported


def _is_judgements(source: Source) -> bool:
    if not source.name.lower().endswith((".jsonl", ".ndjson")):
        return False
    record = source.first_record
    return set(record) >= _ANSWER and "judge" not in record and not isinstance(record["score"], (dict, list))


def _is_raw(source: Source) -> bool:
    return {plain(name) for name in source.header} >= _ANSWER


def _is_board(source: Source) -> bool:
    names = [plain(name) for name in source.header]
    if not names or names[0] != "model":
        return False
    return len({*names} & _CATEGORIES) >= 3 or source.name.lower() in ("all_tasks.csv", "all_groups.csv")


def _files(source: Source) -> list[Source]:
    tree = source.tree or Tree(name="", sources=[source])
    if NAME not in tree.facts:
        tree.facts[NAME] = [file for file in tree.sources if _is_judgements(file) or _is_raw(file)]
    files: list[Source] = tree.facts[NAME]
    return files


def _answers(source: Source, options: Options, imported: Imported) -> Iterator[tuple[tuple[str, str, str], _Answer]]:
    """(model, task, question) and the answer of each line; judgements hold fractions, the raw table percent."""
    failed = 0
    if _is_raw(source):
        table = SavedTable.of(source, options)
        lines = [(row.line, dict(row.cells)) for row in table.rows]
        scale = 1.0
    else:
        lines = [(line, dict(record)) for line, record in records(source, imported)]
        scale = 100.0
    for line, record in lines:
        model, task = str(record.get("model") or ""), str(record.get("task") or "")
        try:
            score = figure(record.get("score"))
        except ValueError as reason:
            imported.reject(f"{source.path}, line {line}", f"{model} {task}: {reason}")
            continue
        if not model or not task:
            imported.reject(f"{source.path}, line {line}", "a judgement without a model or a task")
            continue
        if score == -1:
            failed += 1
            continue
        question = f"{record.get('question_id')} {record.get('turn', 1)}"
        yield (
            (model, task, question),
            _Answer(
                model=model,
                category=str(record.get("category") or task),
                task=task,
                score=scale * score,
                made=figure_or_none(record.get("tstamp")) or 0.0,
            ),
        )
    if failed:
        imported.notices.append(f"{source.path}: {counted(failed, 'judgement')} failed (−1), left out of the means.")


def _means(answers: list[_Answer], source: Source, options: Options) -> Iterator[ProposedScore]:
    by_task: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for answer in answers:
        by_task[answer.model, answer.category, answer.task].append(answer.score)
    for model in dict.fromkeys(answer.model for answer in answers):
        categories: dict[str, list[tuple[float, float | None, int]]] = defaultdict(list)
        for (name, category, task), marks in by_task.items():
            if name != model:
                continue
            values = np.array(marks)  # (questions,)
            error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
            part = (float(values.mean()), error, len(values))
            categories[category].append(part)
            yield _score(model, task, part, f"mean over {counted(len(marks), 'question')}", source, options, False)
        means = {category: _mean(parts) for category, parts in categories.items()}
        for category, mean in means.items():
            where = f"mean over {counted(len(categories[category]), 'task')}"
            yield _score(model, f"{category} (category)", mean, where, source, options, True)
        where = f"mean over {counted(len(means), 'category', 'categories')}"
        yield _score(model, "average", _mean(list(means.values())), where, source, options, True)


def _mean(parts: list[tuple[float, float | None, int]]) -> tuple[float, float | None, int]:
    """(mean, standard error, questions) of several means with equal weights."""
    errors = [error for _, error, _ in parts if error is not None]
    error = float(np.sqrt(np.square(errors).sum()) / len(parts)) if len(errors) == len(parts) else None
    return sum(value for value, _, _ in parts) / len(parts), error, sum(count for _, _, count in parts)


def _score(
    model: str,
    measure: str,
    mean: tuple[float, float | None, int | None],
    where: str,
    source: Source,
    options: Options,
    primary: bool,
) -> ProposedScore:
    value, stderr, count = mean
    return ProposedScore(
        subject=model,
        benchmark=options.benchmark or "LiveBench",
        measure=measure,
        value=value,
        direction=1,
        unit="%",
        stderr=stderr,
        n=count,
        judge=options.judge,
        baseline=options.baseline,
        model=options.model,
        file=source.path,
        field=where,
        primary=primary,
    )


def _board(source: Source, options: Options, imported: Imported) -> Iterator[ProposedScore]:
    """Read the script's tables, in percent: a column for each task, or one for each category and their average."""
    table = SavedTable.of(source, options)
    groups = len(table.columns.keys() & _CATEGORIES) >= 3 or source.name.lower() == "all_groups.csv"
    for row in table.rows:
        model = row.text("model")
        if plain(model) in _SUMMARIES:
            imported.reject(f"line {row.line}", f"{model}: a summary of the other rows, not a run")
            continue
        for key, column in table.figures(skip=("model", "organization", "link")):
            where = f"line {row.line}, column {column}"
            try:
                value = table.cell(row, key).value
            except ValueError as reason:
                imported.reject(where, f"{model}: {reason}")
                continue
            overall = key in _SUMMARIES
            measure = "average" if overall else f"{key} (category)" if groups else column
            yield _score(model, measure, (value, None, None), where, source, options, groups)
