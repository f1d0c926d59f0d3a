"""AlpacaEval's leaderboards, the tool's and the web page's: win rates in percent against one baseline."""

from __future__ import annotations

from core.evidence.importers.column_words import plain
from core.evidence.importers.proposal import Imported, Options, ProposedScore, settle
from core.evidence.importers.saved_table import SavedTable
from core.evidence.importers.sources import Source

NAME = "AlpacaEval leaderboard"
LOOKS_FOR = (
    "a CSV with win_rate and standard_error, or with length_controlled_winrate (AlpacaEval's leaderboard.csv, or the "
    "one of its page)"
)
_CONTROLLED = (
    "length_controlled_winrate", "length_controlled_win_rate", "lc_winrate", "lc_win_rate", "lc_wr",
    "length_controlled",
)  # fmt: skip
# measure, the names of its column, its standard error's column, whether most people want it
MEASURES = (
    ("length_controlled_winrate", _CONTROLLED, "lc_standard_error", True),
    ("win_rate", ("win_rate", "winrate"), "standard_error", True),
    ("discrete_win_rate", ("discrete_win_rate",), "", False),
    ("avg_length", ("avg_length", "length"), "", False),
)


def recognise(source: Source) -> bool:
    names = {plain(column) for column in source.header}
    return bool(names & {*_CONTROLLED}) or {"win_rate", "standard_error"} <= names


def read(source: Source, options: Options) -> Imported:
    """Read a score for each model and measure; the judge and the baseline come from the file's name if it has them."""
    imported = Imported(importer=NAME, file=source.path)
    second = "alpaca_eval2" in source.stem.lower() or "gpt4_turbo" in source.stem.lower()
    judge = options.judge or ("weighted GPT-4 Turbo" if "weighted" in source.stem and second else "")
    baseline = options.baseline or ("GPT-4 Turbo" if second else "")
    if not (judge and baseline):
        imported.notices.append("The file names neither judge nor baseline; name them, so that two judges never mix.")
    table = SavedTable.of(source, options)
    names = ("name", "model", "model_name", "generator", "subset", "method", "run")
    named = next((name for name in names if name in table.columns), table.first_of_words())
    measures = [
        (measure, column, error, primary)
        for measure, names, error, primary in MEASURES
        for column in [next((name for name in names if name in table.columns), None)]
        if column is not None
    ]
    scores = []
    for row in table.rows:
        model = row.text(named)
        for measure, column, error, primary in measures:
            where = f"line {row.line}, column {table.columns[column]}"
            try:
                value = table.cell(row, column)
            except ValueError as reason:
                imported.reject(where, f"{model}: {reason}")
                continue
            length = measure == "avg_length"
            stderr = table.number(row, error)
            scores.append(
                ProposedScore(
                    subject=model,
                    benchmark=options.benchmark or f"AlpacaEval{' 2' if second else ''}",
                    measure=measure,
                    value=value.value,
                    direction=0 if length else 1,
                    unit="characters" if length else "%",
                    stderr=value.spread if stderr is None else stderr,
                    n=table.count(row, "n_total"),
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
