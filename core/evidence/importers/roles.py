"""Guesses the role of each column of a score table from its name and values; the user can correct the guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.errors import InputError
from core.evidence.importers.numbers import guess_decimal, parse_number

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
    "stderr": "standard error of the score",
    "n": "how many items were judged",
    "unit": "the unit of the score",
    "size": "rows in the subset",
    "level": "position on the diversity scale, in percent",
    "ignore": "not used",
}
_NAMES: Mapping[str, tuple[str, ...]] = {
    "subset": (
        "subset",
        "dataset",
        "data",
        "subset_name",
        "dataset_name",
        "strategy",
        "method",
        "run",
        "run_name",
        "name",
    ),
    "recipe": ("recipe", "digest", "subset_digest", "recipe_digest"),
    "score": ("score", "value", "result", "performance"),
    "benchmark": ("benchmark", "task", "test_set", "testset", "eval", "eval_set", "evaluation", "bench"),
    "measure": ("measure", "metric"),
    "judge": ("judge", "judge_model"),
    "baseline": ("baseline", "reference"),
    "model": ("model", "base_model", "backbone", "model_name"),
    "seed": ("seed", "training_seed", "train_seed"),
    "stderr": ("stderr", "se", "std_err", "standard_error", "sem"),
    "n": ("n", "n_total", "n_judgements", "n_judgments", "num_instances", "count", "n_samples", "n_items"),
    "unit": ("unit",),
    "size": ("size", "n_train", "data_size", "dataset_size", "n_rows", "rows"),
    "detail": ("round", "epoch", "iteration", "pool", "series", "component"),
    "ignore": ("date", "url", "link", "comment", "notes", "timestamp", "time", "index"),
}
_REFERENCE = re.compile(r"chatgpt|gpt[-_.]?3[-_.]?5\w*|(?:text[-_])?davinci\w*|reference|ref|baseline|human")
LONG_TEXT = 120  # a text column with longer texts (in characters) is prose, not a name


def guess(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, str]:
    """A role for every column. Numbers without a known name are scores, unless a column is called score.

    ``rows``: cells as text. If no column names the subset, the first text column without another role does.
    """
    roles: dict[str, str] = {}
    numeric: dict[str, bool] = {}
    for position, column in enumerate(columns):
        cells = [row[position] for row in rows[:1000] if position < len(row) and row[position].strip()]
        numeric[column] = _mostly_numbers(cells)
        name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")
        known = next((role for role, names in _NAMES.items() if name in names), "")
        if name in ("level", "position", "diversity", "diversity_percent"):
            known = "level" if numeric[column] else "detail"
        if known in ("score", "stderr", "n", "seed") and not numeric[column]:
            known = ""
        if not known and not numeric[column] and (not cells or max(map(len, cells)) > LONG_TEXT):
            known = "ignore"
        roles[column] = known
    for role in ("subset", "benchmark", "model", "measure", "judge", "baseline", "seed", "n", "size", "recipe"):
        for extra in [column for column in columns if roles[column] == role][1:]:
            roles[extra] = "detail"
    scored = "score" in roles.values()
    for column in columns:
        if not roles[column]:
            roles[column] = ("ignore" if scored else "score") if numeric[column] else "detail"
    if "subset" not in roles.values():
        order = ("detail", "model")
        heir = next((c for role in order for c in columns if roles[c] == role and not numeric[c]), None)
        if heir is not None:
            roles[heir] = "subset"
    return roles


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
            raise InputError(f"{column!r} as {role!r} is not a mapping of this file's columns.")
    roles_given = set(mapping.values())
    if not roles_given & {"subset", "recipe", "detail"}:
        raise InputError("No column names the subset.", remedy="Give one column the role subset.")
    if "score" not in roles_given:
        raise InputError("No column holds scores.", remedy="Give at least one column of numbers the role score.")


def _mostly_numbers(cells: Sequence[str]) -> bool:
    decimal = guess_decimal(cells)
    good = 0
    for cell in cells:
        try:
            parse_number(cell, decimal="" if decimal == "mixed" else decimal)
            good += 1
        except ValueError as reason:
            # An ambiguous or infinite number still counts as a number.
            good += any(word in str(reason) for word in ("ambiguous", "not finite", "not a finite", "not a score"))
    return bool(cells) and good * 2 > len(cells) and any(char.isdigit() for cell in cells for char in cell)
