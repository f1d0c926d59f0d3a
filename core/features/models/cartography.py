"""Dataset Cartography: how confident a model was in each row's answer over the epochs, from a training log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.formats import delimited
from core.corpus.formats.record import Record
from core.corpus.row_ids import ID_LOOKS_LIKE, id_in_file
from core.corpus.store import Corpus
from core.errors import InputError
from core.features.models.columns import keep_score
from core.row_positions import places_of
from core.workspace.digests import digest

ID, POSITION, EPOCH = ("id", "row_id", "guid"), ("position", "index", "row"), ("epoch", "step")
GOLD = ("p_gold", "p", "confidence", "probability", "p_true")
CORRECT = ("correct", "is_correct")
REMEDY = "Give a line for each row and epoch: id (or position), epoch, p_gold, and correct (0 or 1) where it is known."


@dataclass(frozen=True, kw_only=True)
class Cartography:
    """The three measures of each row of the corpus, (rows,) each, nan where the log does not name the row.

    ``confidence`` is the mean probability of the gold answer over the epochs, ``variability`` its standard deviation
    (population), ``correctness`` the share of epochs with the right answer. Source: Dataset Cartography
    (arXiv 2009.10795), section 2.
    """

    confidence: NDArray[np.float64]
    variability: NDArray[np.float64]
    correctness: NDArray[np.float64]
    epochs: int
    matched: int  # rows of the corpus in the log
    unmatched: int  # lines of the log that name no row of the corpus


def read_log(data: bytes, *, name: str) -> list[dict[str, Any]]:
    """The lines of a log in CSV or JSON Lines. Raises :class:`InputError` for the first line that is neither."""
    text = data.decode(errors="replace").lstrip("\ufeff")
    if text.lstrip().startswith("{"):
        lines = []
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                lines.append(dict(orjson.loads(line)))
            except (orjson.JSONDecodeError, TypeError, ValueError) as error:
                raise InputError(f"Line {number} of {name} is not a JSON object.", remedy=REMEDY) from error
        return lines
    delimiter = delimited.sniff(text, named=True) or ","
    records = list(delimited.read_rows(text.encode(), delimiter=delimiter).records)
    broken = next((record for record in records if not isinstance(record, Record)), None)
    if broken is not None:
        raise InputError(f"{name}, line {broken.number}: {broken.reason}", remedy=REMEDY)
    return [dict(record.value) for record in records if isinstance(record, Record)]


def cartography(corpus: Corpus, log: list[dict[str, Any]]) -> Cartography:
    """The three measures of every row of ``corpus`` that ``log`` names.

    A row is named by its id, as :func:`id_in_file` reads it, or by its position in the corpus, from 0. Where a log
    has a row twice in one epoch, the later line counts. Raises :class:`InputError` when a column is missing, a value
    is not a probability, or no line names a row.
    """
    if not log:
        raise InputError("The log holds no line.", remedy=REMEDY)
    by_id, by_place = _column(log, ID), _column(log, POSITION)
    epoch, gold, right = _column(log, EPOCH), _column(log, GOLD), _column(log, CORRECT)
    for column, what in ((by_id or by_place, "id or position"), (epoch, "epoch"), (gold, "p_gold")):
        if column is None:
            raise InputError(f"The log has no column {what}.", remedy=REMEDY)
    where = _places(corpus, log, by_id, by_place)
    read_lines: dict[tuple[int, float], tuple[float, float]] = {}
    for number, (place, line) in enumerate(zip(where, log, strict=True), start=1):
        chance, when = _number(line.get(str(gold))), _number(line.get(str(epoch)))
        if not 0 <= chance <= 1 or when != when:
            raise InputError(f"Line {number} of the log lacks an epoch or a probability.", remedy=REMEDY)
        if place >= 0:
            read_lines[(place, when)] = (chance, _number(line.get(right)) if right else np.nan)
    if not read_lines:
        raise InputError(
            "No line of the log names a row of this corpus.", remedy=f"Check its ids or positions. {ID_LOOKS_LIKE}"
        )
    rows = np.array([place for place, _ in read_lines], dtype=np.int64)
    values = np.array(list(read_lines.values()))  # (lines, 2)
    size = len(corpus)
    count = np.bincount(rows, minlength=size).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(rows, weights=values[:, 0], minlength=size) / count
        gap = values[:, 0] - mean[rows]
        spread = np.sqrt(np.bincount(rows, weights=gap * gap, minlength=size) / count)
        correct = np.bincount(rows, weights=values[:, 1], minlength=size) / count
    return Cartography(
        confidence=mean,
        variability=spread,
        correctness=correct,
        epochs=len({when for _, when in read_lines}),
        matched=int((count > 0).sum()),
        unmatched=int((where < 0).sum()),
    )


def _places(corpus: Corpus, log: list[dict[str, Any]], by_id: str | None, by_place: str | None) -> NDArray[np.int64]:
    """(lines,) the row of the corpus that each line names, -1 for none."""
    if by_id is None:
        places = np.array([_number(line.get(str(by_place))) for line in log])
        inside = (places >= 0) & (places < len(corpus)) & (places == np.floor(places))
        return np.where(inside, np.nan_to_num(places), -1).astype(np.int64)
    ids = np.zeros(len(log), dtype=np.uint64)
    named = np.ones(len(log), dtype=np.bool_)
    for number, line in enumerate(log):
        value = line.get(by_id)
        try:
            ids[number] = id_in_file(value)
        except InputError:
            named[number] = False
    return np.where(named, places_of(ids, among=corpus.ids), -1)


def _column(log: list[dict[str, Any]], names: tuple[str, ...]) -> str | None:
    there = {str(key).strip().lower(): str(key) for key in log[0]}
    return next((there[name] for name in names if name in there), None)


def _number(value: Any) -> float:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return float(value.strip().lower() == "true")
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def keep_cartography(corpus: Corpus, log: list[dict[str, Any]], *, name: str) -> dict[str, Any]:
    """Store the measures of a training log as columns of ``corpus``; correctness only where the log has it.

    Returns {"columns": {measure: column}, "rows": matched, "unmatched": lines that name no row, "epochs"}.
    """
    measured = cartography(corpus, log)
    lines = [[str(value) for value in line.values()] for line in log]
    settings = {"log": name, "lines": len(log), "digest": digest(lines)}
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    told = {
        "confidence": (
            measured.confidence,
            "mean over the epochs of p(gold)",
            "High: easy to learn. Low: hard or wrong.",
        ),
        "variability": (measured.variability, "standard deviation over the epochs of p(gold)", "High: ambiguous."),
        "correctness": (measured.correctness, "share of the epochs with the right answer", "High: easy to learn."),
    }
    kept = {}
    for measure, (values, formula, meaning) in told.items():
        if np.isfinite(values).any():
            kept[measure] = keep_score(
                corpus,
                values,
                name=f"{measure}@{stem}",
                title=f"Cartography: {measure}",
                formula=f"{formula}, {measured.epochs} epochs",
                source="Dataset Cartography (arXiv 2009.10795), section 2",
                meaning=meaning,
                settings=settings,
            )
    return {"columns": kept, "rows": measured.matched, "unmatched": measured.unmatched, "epochs": measured.epochs}
