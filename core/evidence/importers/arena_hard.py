"""Arena-Hard's leaderboard CSV: a score in percent and its 95 % interval, as two columns or as a quoted tuple."""

from __future__ import annotations

import re
from dataclasses import replace

from core.evidence.importers.numbers import parse_number
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "Arena-Hard leaderboard"
LOOKS_FOR = 'a CSV with the columns model, score and CI, a tuple such as "(-1.88, +1.97)" (Arena-Hard)'
WIDTH_95 = 2 * 1.959963984540054  # standard errors in a 95 % interval of a normal


def recognise(source: Source) -> bool:
    names = {name.lower() for name in source.header}
    return {"model", "score"} <= names and bool(names & {"ci", "rating_q025"})


def read(source: Source, options: Options) -> Imported:
    """One score a model; the standard error is the width of the 95 % interval over 3.92."""
    imported = Imported(importer=NAME, file=source.path)
    if not (options.judge and options.baseline):
        imported.notices.append(
            "The file names neither judge nor baseline (Arena-Hard v0.1's own are gpt-4-1106-preview and gpt-4-0314)."
        )
    rows = source.table()
    header = [cell.strip().lower() for cell in next(rows)[1]]
    scores = []
    for line, row in rows:
        cells = dict(zip(header, (cell.strip() for cell in row)))
        where = f"line {line}, column score"
        try:
            value = parse_number(cells.get("score", ""), decimal=options.decimal or ".").value
        except ValueError as reason:
            imported.reject(where, f"{cells.get('model', '')}: {reason}")
            continue
        common = _common(cells, options, source)
        scores.append(
            replace(
                common,
                value=value,
                unit="%",
                stderr=_stderr(cells),
                judge=options.judge,
                baseline=options.baseline,
                field=where,
            )
        )
        try:
            tokens = parse_number(cells.get("avg_tokens", ""), decimal=".").value
        except ValueError:
            continue
        where = f"line {line}, column avg_tokens"
        scores.append(
            replace(common, measure="avg_tokens", value=tokens, direction=0, unit="tokens", field=where, primary=False)
        )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _stderr(cells: dict[str, str]) -> float | None:
    """From the two quantiles, else from the tuple; None where neither can be read."""
    try:
        return (float(cells["rating_q975"]) - float(cells["rating_q025"])) / WIDTH_95
    except (KeyError, ValueError):
        pair = re.findall(r"[+-]?\d+(?:\.\d+)?", cells.get("ci", ""))
        return (float(pair[1]) - float(pair[0])) / WIDTH_95 if len(pair) == 2 else None


def _common(cells: dict[str, str], options: Options, source: Source) -> ProposedScore:
    return ProposedScore(
        subject=cells.get("model", ""),
        benchmark=options.benchmark or "Arena-Hard",
        measure="score",
        value=0.0,
        model=options.model,
        file=source.path,
        field="",
    )
