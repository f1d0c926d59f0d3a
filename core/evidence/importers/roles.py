"""Guesses the role of each column of a score table from its name and values; the user can correct the guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.errors import InputError, quoted
from core.evidence.importers import column_words, spread_columns
from core.evidence.importers.cells import is_interval, parse_cell
from core.evidence.importers.column_words import plain
from core.evidence.importers.numbers import guess_decimal
from core.evidence.importers.proposal import direction_of

# Each role with what it means; the page offers these words.
ROLES: Mapping[str, str] = {
    "subset": "names the dataset or subset",
    "detail": "part of the subset's name",
    "recipe": "the subset's digest",
    "score": "a score; its column's name is the benchmark or the measure",
    "benchmark": "names the benchmark",
    "measure": "names the measure",
    "judge": "names the judge",
    "baseline": "names the baseline",
    "model": "names the base model",
    "seed": "the training seed",
    "stderr": "standard error of the score that its name names, else of the score on its left",
    "interval": "95 % interval of the score that its name names, else of the score on its left",
    "low": "lower end of such an interval",
    "high": "upper end of such an interval",
    "n": "how many items were judged",
    "unit": "the unit of the score",
    "size": "rows in the subset",
    "level": "position on the diversity scale, in percent",
    "item": "tells single questions apart: the score of a run is their mean",
    "ignore": "not used",
}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "subset": (
        "subset", "dataset", "data", "subset_name", "dataset_name", "strategy", "method", "run", "run_name", "name",
        "train_data", "training_data", "train_set", "sft_data", "data_mix", "mixture", "teilmenge", "datensatz",
    ),
    "recipe": ("recipe", "digest", "subset_digest", "recipe_digest"),
    "score": ("score", "value", "result", "performance"),
    "benchmark": ("benchmark", "task", "test_set", "testset", "eval", "eval_set", "evaluation", "bench"),
    "measure": ("measure", "metric"),
    "judge": ("judge", "judge_model"),
    "baseline": ("baseline", "reference"),
    "model": ("model", "base_model", "backbone", "model_name"),
    "seed": ("seed", "training_seed", "train_seed"),
    "stderr": ("stderr", "se", "std_err", "standard_error", "sem", "std_error"),
    "interval": ("ci", "95_ci", "ci_95", "confidence_interval", "95_confidence_interval", "interval"),
    "n": ("n", "n_total", "n_judgements", "n_judgments", "num_instances", "count", "n_samples", "n_items"),
    "unit": ("unit",),
    "size": ("size", "n_train", "data_size", "dataset_size", "n_rows", "rows"),
    "detail": ("round", "epoch", "iteration", "pool", "series", "component", "checkpoint"),
    "ignore": (
        "date", "url", "link", "comment", "comments", "note", "notes", "timestamp", "time", "index", "bemerkung",
        "kommentar", "remark", "remarks", "samples", "filter", "license", "organization", "organisation", "tags",
    ),
}  # fmt: skip
_SINGLE = ("subset", "benchmark", "model", "measure", "judge", "baseline", "seed", "n", "size", "recipe", "item")
_REFERENCE = re.compile(r"chatgpt|gpt[-_.]?3[-_.]?5\w*|(?:text[-_])?davinci\w*|reference|ref|baseline|human")
LONG_TEXT = 120  # a text column with longer texts (in characters) is prose, not a name
_STEPS = ("step", "steps", "global_step", "training_step")
_OF_ONE_RUN = ("round", "epoch", "iteration", "checkpoint")
_BOUND = re.compile(r"[<>≤≥]\s?[\d.,]{1,20}\s?%?")
LOOKED_AT = 1000  # rows from which roles are guessed


@dataclass(frozen=True, kw_only=True)
class _Column:
    """What the first rows tell of a column: its filled cells, and whether they are numbers, intervals, lists."""

    name: str
    place: int
    cells: Sequence[str]
    numeric: bool
    intervals: bool
    nested: bool


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]], *, nested: Collection[str] = ()) -> dict[str, str]:
    """A role for every column. Numbers without a known name are scores, where no column is called score.

    ``rows``: cells as text. ``nested``: columns whose cells hold lists or objects. What numbers the rows, sets the
    training or counts is no score. The first text column that nothing else claims names the subset where no column
    does; other text columns of unknown names are part of it only if it does not tell the rows apart without them.
    """
    facts = [_facts(name, place, rows, name in nested) for place, name in enumerate(columns)]
    roles = {column.name: _known(column) for column in facts}
    for role in _SINGLE:
        for extra in [column for column in columns if roles[column] == role][1:]:
            roles[extra] = "detail"
    _pair_spreads(facts, roles)
    numbers = [column for column in facts if column.numeric and not roles[column.name]]
    no_scores = {column.name for column in numbers if _no_score(column, facts)}
    if "score" not in roles.values() and len(no_scores) == len(numbers):
        # A table with nothing but counts holds the counts that somebody scored.
        no_scores = {name for name in no_scores if _marks_rows(name) or column_words.is_setting(name)}
    scored = "score" in roles.values()
    unknown = {column.name for column in facts if not roles[column.name]}
    for column in facts:
        if column.name in unknown:
            left_out = scored or column.name in no_scores
            roles[column.name] = ("ignore" if left_out else "score") if column.numeric else "detail"
    _name_runs(facts, roles, rows, unknown)
    return roles


def _facts(name: str, place: int, rows: Sequence[Sequence[str]], nested: bool) -> _Column:
    cells = [row[place] for row in rows[:LOOKED_AT] if place < len(row) and row[place].strip()]
    numeric = not nested and _mostly_numbers(cells)
    intervals = not numeric and bool(cells) and sum(map(is_interval, cells)) * 2 > len(cells)
    return _Column(name=name, place=place, cells=cells, numeric=numeric, intervals=intervals, nested=nested)


def _known(column: _Column) -> str:
    """The role that the name tells, "" where it tells none that fits the values."""
    name = plain(column.name)
    if column.nested:
        return "ignore"
    if column_words.numbers_questions(column.name):
        return "item"
    known = next((role for role, names in _NAMES.items() if name in names), "")
    if name in ("level", "position", "diversity", "diversity_percent"):
        known = "level" if column.numeric else "detail"
    if known in ("score", "stderr", "n", "seed") and not column.numeric:
        known = ""
    if known == "interval" or (not known and column.intervals):
        return "interval"
    if known:
        return known
    if column.numeric:
        return ""
    empty_or_prose = not column.cells or max(map(len, column.cells)) > LONG_TEXT
    addresses = sum("://" in cell for cell in column.cells) * 2 > len(column.cells)
    if empty_or_prose or addresses or column_words.holds_text(column.name):
        return "ignore"
    return "ignore" if column_words.is_clock(column.name) else ""


def _no_score(column: _Column, facts: Sequence[_Column]) -> bool:
    """Whether a column of numbers numbers the rows, sets something, or counts."""
    name = column.name
    if column_words.seed_in(name) is not None:
        return False
    if _marks_rows(name) or column_words.is_setting(name) or direction_of(name) == 0:
        return True
    unnamed = name == f"column {column.place + 1}"
    return (unnamed or column.place == 0) and len(facts) > 2 and _counts_up(column.cells)


def _marks_rows(name: str) -> bool:
    return column_words.is_index(name) or column_words.is_clock(name)


def _counts_up(cells: Sequence[str]) -> bool:
    return len(cells) > 1 and any(list(cells) == [str(start + i) for i in range(len(cells))] for start in (0, 1))


def _pair_spreads(facts: Sequence[_Column], roles: dict[str, str]) -> None:
    """Give the columns of spreads their roles; a standard error or an end that is not a number is not used."""
    by_name = spread_columns.roles_by_name([column.name for column in facts])
    for column in facts:
        if column.nested or roles[column.name] not in ("", "interval"):
            continue
        role = by_name.get(column.name, roles[column.name])
        roles[column.name] = "ignore" if role in ("stderr", "low", "high") and not column.numeric else role


def _name_runs(
    facts: Sequence[_Column], roles: dict[str, str], rows: Sequence[Sequence[str]], unknown: Collection[str]
) -> None:
    """Decide which column names the runs, and which of the ``unknown`` columns of text its name needs."""
    if "subset" not in roles.values():
        # Beside single questions other words are their categories.
        order = ("model", "detail") if "item" in roles.values() else ("detail", "model")
        candidates = [column for column in facts if not column.numeric]
        heir = next((column for role in order for column in candidates if roles[column.name] == role), None)
        if heir is not None and roles[heir.name] == "detail":
            heir = _namer(
                [column for column in candidates if roles[column.name] in ("detail", "model")], roles, len(rows)
            )
        if heir is not None:
            scores = [column.name for column in facts if roles[column.name] == "score"]
            roles[heir.name] = "benchmark" if _lists_benchmarks(heir, scores) else "subset"
    if "item" in roles.values():
        for column in facts:
            roles[column.name] = "ignore" if roles[column.name] == "detail" else roles[column.name]
    kept = ("subset", "recipe", "benchmark", "measure", "model", "seed", "judge", "baseline", "item", "size", "level")
    telling = [column.place for column in facts if roles[column.name] in kept]
    details = [column for column in facts if roles[column.name] == "detail" and column.name in unknown]
    steps = [column for column in facts if plain(column.name) in _STEPS and roles[column.name] == "ignore"]
    if (details or steps) and telling and "subset" in roles.values():
        most = Counter(tuple(row[place].strip() for place in telling if place < len(row)) for row in rows[:LOOKED_AT])
        told_apart = max(most.values(), default=0) == 1
        for column in details if told_apart else steps[:1]:
            roles[column.name] = "ignore" if told_apart else "detail"


def _namer(candidates: Sequence[_Column], roles: Mapping[str, str], rows: int) -> _Column:
    """Which of ``candidates``, details and at most one base model, names the runs.

    It is the first detail that is no property of a model, but the model where only it is different in every row.
    """
    details = [column for column in candidates if roles[column.name] == "detail"]
    detail = next((column for column in details if not column_words.is_property(column.name)), details[0])
    model = next((column for column in candidates if roles[column.name] == "model"), None)
    if model is None or len({*model.cells}) < min(rows, LOOKED_AT):
        return detail
    distinct = len({*detail.cells}) == min(rows, LOOKED_AT)
    return detail if distinct and not column_words.is_property(detail.name) else model


def _lists_benchmarks(column: _Column, scores: Sequence[str]) -> bool:
    """Whether the table lies on its side: a row a benchmark, a column a run."""
    values = {*column.cells}
    rows_are = sum(column_words.is_benchmark(value) for value in values) * 2 > len(values)
    return rows_are and len(scores) > 0 and not any(column_words.is_benchmark(name) for name in scores)


def reference_of(column: str, scored: Sequence[str]) -> str:
    """The reference whose mark ``column`` holds, if it is not the subset's own mark; else "".

    This is a column whose name is that of another column of scores followed by the reference's name: of "mean_score"
    and "mean_score_chatgpt" the second is ChatGPT's own mark on the same questions.
    """
    for other in scored:
        mark, rest = column[len(other) : len(other) + 1], column[len(other) + 1 :].lower()
        if column.startswith(other) and mark in ("_", " ", "-", ".") and _REFERENCE.fullmatch(rest):
            return rest
    return ""


def check(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raise :class:`InputError` unless the mapping names a subset and a score, with known columns and roles."""
    for column, role in mapping.items():
        if column not in columns or role not in ROLES:
            raise InputError(f"{quoted(column)} as {quoted(role)} is not a mapping of this file's columns.")
    roles_given = set(mapping.values())
    if "item" in roles_given and not roles_given & {"subset", "recipe"}:
        question = next(column for column, role in mapping.items() if role == "item")
        raise InputError(
            f"The table has a line for each question ({question}), and no column names the run or subset.",
            remedy="Give the file with the results of whole runs, or the column that names the run the role subset.",
        )
    if "score" not in roles_given:
        unused = [column for column, role in mapping.items() if role == "ignore"]
        seen = f" Not read as scores: {', '.join(unused[:6])}." if unused else ""
        raise InputError(f"No column holds scores.{seen}", remedy="Give at least one column of numbers the role score.")
    on_its_side = "benchmark" in roles_given and any(
        role == "score" and plain(column) not in _NAMES["score"] for column, role in mapping.items()
    )
    names = {plain(column) for column, role in mapping.items() if role == "detail"}
    named = bool(roles_given & {"subset", "recipe"}) or bool(names - {*_OF_ONE_RUN, *_STEPS})
    if not named and not on_its_side:
        texts = [column for column in columns if column_words.holds_text(column)]
        seen = f" {', '.join(texts[:4])} read as texts of questions or answers." if texts else ""
        raise InputError(f"No column names the subset.{seen}", remedy="Give one column the role subset.")


def _mostly_numbers(cells: Sequence[str]) -> bool:
    decimal = guess_decimal(cells)
    good = 0
    for cell in cells:
        if _BOUND.fullmatch(cell.strip()):
            good += 1  # "<5" is refused as a score, but does not make a column of numbers a column of text
            continue
        try:
            parse_cell(cell, decimal="" if decimal == "mixed" else decimal)
            good += 1
        except ValueError as reason:
            # An ambiguous or infinite number still counts as a number.
            good += any(word in str(reason) for word in ("ambiguous", "not finite", "not a finite", "not a score"))
    return bool(cells) and good * 2 > len(cells) and any(char.isdigit() for cell in cells for char in cell)
