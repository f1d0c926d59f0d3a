"""AlpacaEval's leaderboard CSV: first column unnamed (the model), win rates in percent against one baseline."""

from __future__ import annotations

from core.evidence.importers.numbers import parse_number, whole_number
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.sources import Source

NAME = "AlpacaEval leaderboard"
LOOKS_FOR = "a CSV with the columns win_rate and standard_error (AlpacaEval's leaderboard.csv)"

# measure column, its standard error's column, whether most people want it
MEASURES = (
    ("length_controlled_winrate", "lc_standard_error", True),
    ("win_rate", "standard_error", True),
    ("discrete_win_rate", "", False),
    ("avg_length", "", False),
)


def recognise(source: Source) -> bool:
    return {"win_rate", "standard_error"} <= set(source.header)


def read(source: Source, options: Options) -> Imported:
    """One score a model and measure; the judge and the baseline come from the file's name where it tells them."""
    imported = Imported(importer=NAME, file=source.path)
    second = "alpaca_eval2" in source.stem.lower() or "gpt4_turbo" in source.stem.lower()
    judge = options.judge or ("weighted GPT-4 Turbo" if "weighted" in source.stem and second else "")
    baseline = options.baseline or ("GPT-4 Turbo" if second else "")
    if not (judge and baseline):
        imported.notices.append("The file names neither judge nor baseline; name them, so that two judges never mix.")
    rows = source.table()
    header = [cell.strip() for cell in next(rows)[1]]
    scores = []
    for line, row in rows:
        cells = dict(zip(header, row))
        model = (cells.get("") or cells.get("name") or cells.get("model") or row[0]).strip()
        for measure, error, primary in MEASURES:
            if measure not in cells:
                continue
            where = f"line {line}, column {measure}"
            try:
                value = parse_number(cells[measure], decimal=options.decimal or ".").value
            except ValueError as reason:
                imported.reject(where, f"{model}: {reason}")
                continue
            length = measure == "avg_length"
            scores.append(
                ProposedScore(
                    subject=model,
                    benchmark=options.benchmark or f"AlpacaEval{' 2' if second else ''}",
                    measure=measure,
                    value=value,
                    direction=0 if length else 1,
                    unit="characters" if length else "%",
                    stderr=_number(cells.get(error, "")),
                    n=whole_number(cells.get("n_total", ""), decimal="."),
                    judge="" if length else judge,
                    baseline="" if length else baseline,
                    model=options.model,
                    file=source.path,
                    field=where,
                    primary=primary,
                )
            )
    settle(scores, repeats=options.repeats, into=imported)
    return imported


def _number(text: str) -> float | None:
    try:
        return parse_number(text, decimal=".").value
    except ValueError:
        return None
