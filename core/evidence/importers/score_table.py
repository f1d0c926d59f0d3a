"""A table of scores, as CSV, TSV, Markdown, JSON or JSONL: subset and score, optionally benchmark, seed and more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.counted import counted
from core.errors import InputError, quoted
from core.evidence.importers import column_words, roles, spread_columns
from core.evidence.importers.arena_hard import WIDTH_95
from core.evidence.importers.cells import ScoreCell, bare_text, interval, parse_cell
from core.evidence.importers.numbers import guess_decimal, parse_number, whole_number
from core.evidence.importers.proposal import Imported, Options, ProposedScore, direction_of, settle
from core.evidence.importers.record_table import RecordTable, is_table, table_of
from core.evidence.importers.sources import Source
from core.view import ALL_COMPONENTS

NAME = "Score table"
LOOKS_FOR = (
    "a CSV, TSV, JSON or JSONL table, or a Markdown table that is named itself, with a column that names the subset "
    "and at least one column of numbers"
)
SCALES = ("as they are", "times 100", "leave out")
GENERIC = ("score", "value", "result", "performance")


def recognise(source: Source) -> bool:
    return is_table(source)


def read(source: Source, options: Options) -> Imported:
    """Read a score for each row and score column. A row with an unusable number is listed with its line and reason.

    Rows for single questions, told apart by a column such as question_id, become the mean of each run.
    """
    imported = Imported(importer=NAME, file=source.path)
    table = table_of(source, imported)
    imported.columns = tuple(table.columns)
    if not table.rows:
        raise InputError(f"{source.path} has a header and no rows.", remedy="Give a file with scores.")
    guessed = roles.guess(table.columns, [cells for _, cells in table.rows], nested=table.nested)
    imported.mapping = {**guessed, **options.mapping}
    roles.check(imported.mapping, table.columns)
    _name_unread(table, imported)
    table = _without_summaries(table, imported)
    numbers = {
        column: _numbers(column, [(where, cells[i]) for where, cells in table.rows], options, imported)
        for i, column in enumerate(table.columns)
        if imported.mapping[column] == "score"
    }
    for column in numbers:
        if reference := roles.reference_of(column, list(numbers)):
            imported.notices.append(
                f"{column} reads as the mark of the reference ({reference}), not of the dataset: it counts as neither "
                "better nor worse, and is left out unless all measures are asked for."
            )
    reader = _Reader(table=table, mapping=imported.mapping, numbers=numbers, source=source, imported=imported)
    scores = [score for column in numbers for score in reader.scores(column)]
    if "item" in imported.mapping.values():
        scores = _means(scores)
    scores = _told_apart_by_size(scores)
    filled = [
        replace(
            score,
            model=options.model or score.model,
            judge=options.judge or score.judge,
            baseline=options.baseline or score.baseline,
            unit=options.unit or score.unit,
            benchmark=options.benchmark or score.benchmark,
        )
        for score in scores
    ]
    settle(filled, repeats=options.repeats, into=imported)
    return imported


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """A table with the roles of its columns and the numbers of its score columns, by where they stand."""

    table: RecordTable
    mapping: Mapping[str, str]
    numbers: Mapping[str, Mapping[str, ScoreCell]]
    source: Source
    imported: Imported

    def scores(self, column: str) -> Iterator[ProposedScore]:
        """The scores of one column, row by row."""
        by_role: dict[str, list[int]] = {}
        for place, name in enumerate(self.table.columns):
            by_role.setdefault(self.mapping[name], []).append(place)
        numbers = self.numbers[column]
        named = "benchmark" in by_role
        on_its_side = named and not by_role.keys() & {"subset", "detail", "recipe"}
        name, seed = column_words.seed_in(column) or (column, None)
        generic = name.lower() in ("", *GENERIC)
        fractions = _unit(numbers)
        own = not roles.reference_of(column, list(self.numbers))
        for where, cells in self.table.rows:
            if where not in numbers:
                continue

            def cell(role: str, cells: Sequence[str] = cells) -> str:
                return next((bare_text(cells[i]) for i in by_role.get(role, []) if cells[i].strip()), "")

            places = [place for role in ("subset", "detail") for place in by_role.get(role, [])]
            parts = [bare_text(cells[place]) for place in places if cells[place].strip()]
            subject = " · ".join(parts) or cell("recipe") or (name if on_its_side else "")
            if not subject:
                self.imported.reject(where, "the row names no subset")
                continue
            measure = cell("measure") or ("score" if generic or not named or on_its_side else name)
            yield ProposedScore(
                subject=subject,
                benchmark=cell("benchmark") or (self.source.stem if generic else name),
                measure=measure,
                value=numbers[where].value,
                direction=direction_of(measure if measure != "score" or on_its_side else name) if own else 0,
                primary=own,
                unit=cell("unit") or fractions,
                stderr=self._stderr(column, cells, numbers[where]),
                n=whole_number(cell("n")),
                judge=cell("judge"),
                baseline=cell("baseline"),
                model=cell("model"),
                seed=whole_number(cell("seed")) if seed is None else seed,
                recipe=cell("recipe"),
                size=_size(cell("size")),
                level=_optional(cell("level")),
                component=next((part for part in parts if part in ALL_COMPONENTS), ""),
                file=self.source.path,
                field=f"{where}, column {column}",
            )

    def _stderr(self, column: str, cells: Sequence[str], number: ScoreCell) -> float | None:
        """The cell's own spread, else the standard error of the columns of spreads that belong to ``column``."""
        if number.spread is not None:
            return number.spread
        places = {role: self._spreads[role, column] for role in ("stderr", "interval", "low", "high")}
        texts = {role: cells[place] for role, place in places.items() if place is not None}
        if "stderr" in texts:
            return _optional(texts["stderr"])
        ends: tuple[float | None, float | None] | None = interval(texts.get("interval", ""))
        if ends is None and {"low", "high"} <= texts.keys():
            ends = _optional(texts["low"]), _optional(texts["high"])
        if ends is None or ends[0] is None or ends[1] is None:
            return None
        return abs(ends[1] - ends[0]) / WIDTH_95

    @cached_property
    def _spreads(self) -> Mapping[tuple[str, str], int | None]:
        """The place of each score column's column of spreads, by role."""
        return {
            (role, column): spread_columns.column_of(role, column, self.table.columns, self.mapping)
            for role in ("stderr", "interval", "low", "high")
            for column in self.numbers
        }


def _name_unread(table: RecordTable, imported: Imported) -> None:
    """Notices on columns that are not used although their cells begin like numbers."""
    for place, name in enumerate(table.columns):
        known = column_words.is_setting(name) or column_words.is_index(name) or column_words.is_clock(name)
        if imported.mapping[name] != "ignore" or known or name in table.nested:
            continue
        filled = [cells[place].strip() for _, cells in table.rows if cells[place].strip()]
        numbers = [cell for cell in filled if cell[0].isdigit()]
        if len(numbers) * 2 > len(filled):
            imported.notices.append(
                f"{name} is not read: most of its cells, such as {quoted(numbers[0])}, begin with a digit. "
                "If it holds scores, give it the role score."
            )


def _without_summaries(table: RecordTable, imported: Imported) -> RecordTable:
    """The table without rows such as "Average" below the others."""
    names = [place for place, name in enumerate(table.columns) if imported.mapping[name] == "subset"]
    if len(table.rows) < 3 or not names:
        return table
    rows = []
    for where, cells in table.rows:
        name = bare_text(cells[names[0]])
        if column_words.is_summary(name):
            imported.reject(where, f"{name}: a summary of the other rows, not a run")
        else:
            rows.append((where, cells))
    return replace(table, rows=rows)


def _told_apart_by_size(scores: list[ProposedScore]) -> list[ProposedScore]:
    """The scores with the size in the subject where it tells apart what the names do not."""
    several = Counter(score.about for score in scores)
    if len({score.size for score in scores}) > 1 and max(several.values(), default=1) > 1:
        return [replace(s, subject=f"{s.subject} · {s.size:,}") if s.size else s for s in scores]
    return scores


def _means(scores: list[ProposedScore]) -> list[ProposedScore]:
    """One score for all questions of what the scores are about: their mean and its standard error."""
    groups: dict[tuple[object, ...], list[ProposedScore]] = defaultdict(list)
    for score in scores:
        groups[score.about].append(score)
    means = []
    for group in groups.values():
        values = np.array([score.value for score in group])  # (questions,)
        error = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None
        column = group[0].field.rpartition(", column ")[2]
        field = f"column {column}, mean over {counted(len(values), 'question')}"
        means.append(replace(group[0], value=float(values.mean()), stderr=error, n=len(values), field=field))
    return means


def _numbers(column: str, cells: list[tuple[str, str]], options: Options, imported: Imported) -> dict[str, ScoreCell]:
    """The column's numbers by where they stand; asks about mixed decimal marks and fractions among percentages."""
    decimal = options.decimal or guess_decimal(text for _, text in cells)
    if decimal == "mixed":
        imported.ask(
            "decimal", f"{column} mixes decimal points and decimal commas; which one is the decimal mark?", (".", ",")
        )
    values: dict[str, ScoreCell] = {}
    for where, text in cells:
        try:
            values[where] = parse_cell(text, decimal="" if decimal == "mixed" else decimal)
        except ValueError as reason:
            imported.reject(f"{where}, column {column}", str(reason))
    _say_what_was_added(column, values, imported)
    small = {w for w, n in values.items() if 0 < abs(n.value) <= 1 and not n.percent}
    large = {w for w, n in values.items() if abs(n.value) > 10 or n.percent}
    if small and len(large) * 2 > len(values) - len(small):
        if options.scale == "times 100":
            for where in small:
                spread = values[where].spread
                values[where] = values[where]._replace(
                    value=values[where].value * 100, percent=True, spread=None if spread is None else spread * 100
                )
        elif options.scale in ("", "leave out"):
            if not options.scale:
                lie, ask = ("lies", "Is it a fraction") if len(small) == 1 else ("lie", "Are they fractions")
                imported.ask(
                    "scale",
                    f"{column}: {len(small):,} of {counted(len(values), 'number')} {lie} between 0 and 1, the others "
                    f"reach {max(values[w].value for w in large):g}. {ask} of one?",
                    SCALES,
                )
            for where in sorted(small):
                text = f"{values.pop(where).value:g}"
                imported.reject(f"{where}, column {column}", f"{text} may be a fraction among percentages")
    return values


def _say_what_was_added(column: str, values: Mapping[str, ScoreCell], imported: Imported) -> None:
    """Notices on what stands in the cells beside the numbers."""
    if any(number.spread is not None for number in values.values()):
        imported.notices.append(f"{column}: what stands behind ± is read as the standard error.")
    remarks = list(dict.fromkeys(number.remark for number in values.values() if number.remark))
    if remarks:
        shown = ", ".join(f"({remark[:20]})" for remark in remarks[:3]) + (" …" if len(remarks) > 3 else "")
        imported.notices.append(f"{column}: what stands behind the numbers is left out: {shown}.")


def _unit(numbers: Mapping[str, ScoreCell]) -> str:
    if any(number.percent for number in numbers.values()):
        return "%"
    values = [number.value for number in numbers.values()]
    return "fraction" if values and all(0 <= value <= 1 for value in values) else ""


def _optional(text: str) -> float | None:
    try:
        return parse_number(text).value
    except ValueError:
        return None


def _size(text: str) -> int | None:
    """10000, 10,000 or 10K."""
    times = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return whole_number(text.rstrip("kKmM"), decimal=".", times=times)
