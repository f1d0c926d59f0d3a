"""Arena-Hard's leaderboards: a score in percent and its interval, as its CSV or as the text that its scripts print.

v0.1 writes model, score, two quantiles and CI "(-1.88, +1.97)"; v2 writes Model, "Scores (%)" and "CI (%)"
"(-1.1 / +1.5)" for each category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from core.evidence.importers.cells import interval, parse_cell
from core.evidence.importers.column_words import plain
from core.evidence.importers.numbers import figure_or_none
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.saved_table import SavedTable
from core.evidence.importers.sources import Source

NAME = "Arena-Hard leaderboard"
LOOKS_FOR = 'a CSV with model, score and CI such as "(-1.88, +1.97)", or the printed table with Scores (%) (Arena-Hard)'
WIDTH_95 = 2 * 1.959963984540054  # standard errors in a 95 % interval of a normal
_SCORES, _INTERVALS = ("score", "scores"), ("ci", "95_ci", "ci_95", "confidence_interval")
_QUANTILES = ("rating_q025", "rating_q975")
_PRINTED = (b"Scores (%)", b"| score:")


@dataclass(frozen=True, kw_only=True)
class _Line:
    """A model's line: ``quantiles`` and ``between`` are the ends of its interval as written."""

    where: str
    model: str
    score: str
    decimal: str = ""
    between: str = ""
    quantiles: tuple[str, str] = ("", "")
    tokens: str = ""
    category: str = ""


def recognise(source: Source) -> bool:
    names = {plain(name) for name in source.header}
    if "model" in names and names & {*_SCORES}:
        return names >= {*_QUANTILES} or (bool(names & {*_INTERVALS}) and _has_brackets(source))
    return not source.header and _is_printed(source)


def _has_brackets(source: Source) -> bool:
    """Whether the first intervals stand in brackets: Chatbot Arena's Elo table has other ones, such as +3/-4."""
    lines = source.table()
    places = [place for place, name in enumerate(next(lines)[1]) if plain(name) in _INTERVALS]
    cells = [row[place].strip() for _, row in islice(lines, 5) for place in places if place < len(row)]
    return any(cell.startswith(("(", "[")) for cell in cells)


def _is_printed(source: Source) -> bool:
    text = source.name.lower().endswith((".txt", ".log", ".out", ".md"))
    return text and b"CI" in source.head and any(mark in source.head for mark in _PRINTED)


def read(source: Source, options: Options) -> Imported:
    """Read a score for each model and category; the interval counts as 95 %, so its standard error is width / 3.92."""
    imported = Imported(importer=NAME, file=source.path)
    if not (options.judge and options.baseline):
        imported.notices.append(
            "The file names neither judge nor baseline (Arena-Hard v0.1's own are gpt-4-1106-preview and gpt-4-0314)."
        )
    printed = _is_printed(source) and not source.header
    lines = list(_printed(source) if printed else _saved(source, options))
    if any("/" in line.between for line in lines):
        imported.notices.append(
            "The interval is read as one of 95 %. Arena-Hard v2's own script takes the 5th and the 95th percentile: if "
            "yours does, the standard errors are 1.19 times those given here."
        )
    scores = []
    for line in lines:
        measure = f"score, {line.category}" if line.category else "score"
        try:
            score = parse_cell(line.score, decimal=line.decimal)
        except ValueError as reason:
            imported.reject(line.where, f"{line.model}: {reason}")
            continue
        scores.append(_score(line, measure, score.value, options, source, stderr=_stderr(line, score.value)))
        tokens = figure_or_none(line.tokens)
        if tokens is not None:
            scores.append(_score(line, "avg_tokens", tokens, options, source))
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _score(
    line: _Line, measure: str, value: float, options: Options, source: Source, *, stderr: float | None = None
) -> ProposedScore:
    length = measure == "avg_tokens"
    return ProposedScore(
        subject=line.model,
        benchmark=options.benchmark or "Arena-Hard",
        measure=measure,
        value=value,
        direction=0 if length else 1,
        unit="tokens" if length else "%",
        stderr=stderr,
        judge="" if length else options.judge,
        baseline="" if length else options.baseline,
        model=options.model,
        file=source.path,
        field=f"{line.where}, column avg_tokens" if length else f"{line.where}, column score",
        primary=not length,
    )


def _saved(source: Source, options: Options) -> Iterator[_Line]:
    table = SavedTable.of(source, options)
    score = next(name for name in _SCORES if name in table.columns)
    for row in table.rows:
        yield _Line(
            where=f"line {row.line}",
            model=row.text("model"),
            score=row.cells.get(score, ""),
            decimal=table.decimals[score],
            between=row.text(*_INTERVALS),
            quantiles=(row.text(_QUANTILES[0]), row.text(_QUANTILES[1])),
            tokens=row.text("avg_tokens"),
            category=row.text("category"),
        )


def _printed(source: Source) -> Iterator[_Line]:
    category = ""
    for number, text in source.lines():
        where = f"line {number}"
        if "Category:" in text:
            category = text.partition("Category:")[2].strip(" #\r\n")
        elif "| score:" in text:
            facts = _facts(text)
            yield _Line(
                where=where,
                model=facts["model"],
                score=facts.get("score", ""),
                between=facts.get("95% CI", facts.get("CI", "")),
                tokens=facts.get("average #tokens", ""),
            )
        elif "(" in text:
            left, _, between = text.rpartition("(")
            parts = left.split()
            if len(parts) >= 3 and parts[0].isdigit() and interval(f"({between}"):
                model, interval_text = " ".join(parts[1:-1]), f"({between.strip()}"
                yield _Line(where=where, model=model, score=parts[-1], between=interval_text, category=category)


def _facts(text: str) -> Mapping[str, str]:
    """The facts in "name | score: 82.6 | 95% CI: (-1.7, 1.6)" by the text before each colon; the first is the model."""
    first, *rest = text.split("|")
    pairs = (part.partition(":") for part in rest)
    return {"model": first.strip(), **{name.strip(): value.strip() for name, _, value in pairs}}


def _stderr(line: _Line, score: float) -> float | None:
    """The standard error from the two quantiles, else from the interval; None if neither can be read."""
    low, high = (figure_or_none(end) for end in line.quantiles)
    if low is None or high is None:
        ends = interval(line.between)
        if ends is None:
            return None
        low, high = sorted(ends)
        if low > 0 and not low <= score <= high:
            low = -low  # two distances from the score, written without their signs
    return (high - low) / WIDTH_95
