"""Dataset Cartography: how confident a model was in each row's answer over the epochs, from a training log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.corpus.formats import delimited
from core.corpus.formats.record import Record
from core.corpus.row_ids import ID_LOOKS_LIKE, id_in_file
from core.corpus.store import Corpus
from core.counted import counted
from core.errors import InputError, in_short, listed_in_short, quoted
from core.features.models.columns import keep_score
from core.features.models.dynamics import Dynamics, TrainingLog, dynamics, regions
from core.row_positions import places_of
from core.workspace.digests import digest

ID, POSITION, EPOCH = ("id", "row_id", "guid"), ("position", "index", "row"), ("epoch", "step")
GOLD = ("p_gold", "p", "confidence", "probability", "p_true")
CORRECT, SEED = ("correct", "is_correct"), ("seed", "run")
LOGS = "training-log-"
CARTOGRAPHY = "Dataset Cartography (arXiv 2009.10795)"
# Of each measure: its formula, its source, and what high and low mean.
MEASURES = {
    "confidence": (
        "mean over the epochs of p(gold)", f"{CARTOGRAPHY}, section 2", "High: easy to learn. Low: hard or wrong.",
    ),
    "variability": (
        "standard deviation over the epochs of p(gold)", f"{CARTOGRAPHY}, section 2", "High: ambiguous.",
    ),
    "correctness": (
        "share of the epochs with the right answer (of an answer's tokens, where it has several)",
        f"{CARTOGRAPHY}, section 2", "High: easy to learn.",
    ),
    "forgetting": (
        "epochs after which a learnt row (correct from {learnt_from:.3g}) was lost again; all, where it never was",
        "Toneva et al., An Empirical Study of Example Forgetting (arXiv 1812.05159), from memory",
        "0: never forgotten, and such rows can often be left out. High: forgotten again and again, or never learnt.",
    ),
    "learnt_at": (
        "first epoch since which the row stayed learnt (correct from {learnt_from:.3g}); one more than all for never",
        "after Hacohen et al., Let's Agree to Agree (arXiv 1905.10854), from memory",
        "Low: learnt early, by every seed alike where the seeds agree. High: late or never.",
    ),
}  # fmt: skip
REMEDY = (
    "Give a line for each row and epoch: id (or position), epoch, p_gold, and, where known, correct (0 or 1) and seed."
)


@dataclass(frozen=True, kw_only=True)
class Cartography(Dynamics):
    """The measures of each row of the corpus, and how the log and the corpus matched."""

    log: TrainingLog  # the lines that name rows of the corpus
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
    """The measures of every row of ``corpus`` that ``log`` names.

    A row is named by its id, as :func:`id_in_file` reads it, or by its position in the corpus, from 0. Where a log
    has a row twice in one epoch of a seed, the later line counts. Raises :class:`InputError` when a column is missing,
    a value is not a probability, or no line names a row.
    """
    if not log:
        raise InputError("The log holds no line.", remedy=REMEDY)
    by_id, by_place = _column(log, ID), _column(log, POSITION)
    epoch, gold, right, seed = _column(log, EPOCH), _column(log, GOLD), _column(log, CORRECT), _column(log, SEED)
    for column, what in ((by_id or by_place, "id or position"), (epoch, "epoch"), (gold, "p_gold")):
        if column is None:
            raise InputError(f"The log has no column {what}.", remedy=REMEDY)
    where = _places(corpus, log, by_id, by_place)
    read_lines: dict[tuple[int, int, float], tuple[float, float]] = {}
    numbers: dict[str, int] = {}
    for number, (place, line) in enumerate(zip(where, log, strict=True), start=1):
        chance, when = _number(line.get(str(gold))), _number(line.get(str(epoch)))
        if not 0 <= chance <= 1 or when != when:
            raise InputError(f"Line {number} of the log lacks an epoch or a probability.", remedy=REMEDY)
        if place >= 0:
            run = numbers.setdefault(str(line.get(seed)) if seed else "", len(numbers))
            read_lines[(int(place), run, when)] = (chance, _number(line.get(right)) if right else np.nan)
    if not read_lines:
        raise InputError(
            "No line of the log names a row of this corpus.", remedy=f"Check its ids or positions. {ID_LOOKS_LIKE}"
        )
    keys, values = np.array(list(read_lines)), np.array(list(read_lines.values()))  # (lines, 3), (lines, 2)
    kept = TrainingLog(
        rows=keys[:, 0].astype(np.int64), seeds=keys[:, 1].astype(np.int64), epochs=keys[:, 2],
        gold=values[:, 0], right=values[:, 1],
    )  # fmt: skip
    return Cartography(
        **vars(dynamics(kept, size=len(corpus))),
        log=kept,
        matched=len(np.unique(kept.rows)),
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
    """Store the measures of a training log as columns of ``corpus``; those of ``correct`` only where the log has it.

    Returns {"columns": {measure: column}, "rows": matched, "unmatched": lines that name no row, "epochs"}.
    """
    measured = cartography(corpus, log)
    lines = [[str(value) for value in line.values()] for line in log]
    settings = {"log": name, "lines": len(log), "digest": digest(lines)}
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    kept = keep_dynamics(corpus, measured, stem=stem, settings=settings)
    keep_log(corpus, measured.log, name=stem, settings=settings)
    return {"columns": kept, "rows": measured.matched, "unmatched": measured.unmatched, "epochs": measured.epochs}


def keep_dynamics(corpus: Corpus, measured: Dynamics, *, stem: str, settings: Mapping[str, Any]) -> dict[str, str]:
    """Store ``measured`` as columns NAME@``stem``, without those that no row has; gives {measure: column}."""
    over = counted(measured.epochs, "epoch") + (f", mean over {measured.seeds} seeds" if measured.seeds > 1 else "")
    kept = {}
    for measure, (formula, source, meaning) in MEASURES.items():
        values = getattr(measured, measure)
        if np.isfinite(values).any():
            kept[measure] = keep_score(
                corpus,
                values,
                name=f"{measure}@{stem}",
                title=f"Cartography: {measure.replace('_', ' ')}",
                formula=f"{formula.format(learnt_from=measured.learnt_from)}, {over}",
                source=source,
                meaning=meaning,
                settings=settings,
            )
    kept["region"] = keep_score(
        corpus,
        regions(measured.confidence, measured.variability),
        name=f"region@{stem}",
        title="Cartography: region",
        formula="ambiguous: the third of highest variability; else easy from the median confidence, hard below",
        source=f"after {CARTOGRAPHY}, section 3, whose thirds overlap; one region a row is ours",
        meaning="Filter a pool by it, or give each region a quota.",
        settings=settings,
    )
    return kept


def keep_log(corpus: Corpus, log: TrainingLog, *, name: str, settings: Mapping[str, Any]) -> str:
    """Store the lines of ``log`` as a feature of ``corpus``, for schedules that are simulated from it; gives its key.

    The same ``settings`` keep what is stored.
    """
    key = f"{LOGS}{corpus.id}-{digest(dict(settings))}"
    if corpus.workspace.has("features", key):
        return key
    manifest = {"feature": "training log", "corpus": corpus.id, "name": name, "settings": dict(settings)}
    order = np.lexsort((log.epochs, log.seeds, log.rows))
    with corpus.workspace.create("features", key, manifest) as folder:
        for field in fields(TrainingLog):
            np.save(folder / f"{field.name}.npy", getattr(log, field.name)[order], allow_pickle=False)
    return key


def maps_of(corpus: Corpus) -> dict[str, tuple[str, str, str | None]]:
    """The trainings of ``corpus`` that can be drawn as a map, newest first: {name: columns of confidence, variability
    and, where there is one, correctness}."""
    made: dict[str, tuple[str, str, str | None]] = {}
    for column in reversed(corpus.columns):
        stem = column.removeprefix("confidence@")
        spread, right = f"variability@{stem}", f"correctness@{stem}"
        if stem != column and spread in corpus.columns:
            made[stem] = (column, spread, right if right in corpus.columns else None)
    return made


def map_named(corpus: Corpus, name: str = "") -> tuple[str, tuple[str, str, str | None]]:
    """The training of ``corpus`` called ``name``, "" for the newest, and its columns as :func:`maps_of` gives them.

    Raises :class:`InputError` where it has none of that name.
    """
    there = maps_of(corpus)
    if not there:
        raise InputError(
            f"{in_short(corpus.name)} has no training that was recorded.",
            remedy="Run one (dynamics), or read a training's log (cartography).",
        )
    if name and name not in there:
        raise InputError(f"There is no training {quoted(name)}.", remedy=f"There are: {listed_in_short(list(there))}.")
    chosen = name or next(iter(there))
    return chosen, there[chosen]


def kept_logs(corpus: Corpus) -> dict[str, TrainingLog]:
    """The training logs of ``corpus`` by name, newest first; of two with one name the newer."""
    artefacts = [
        corpus.workspace.open("features", path.parent.name)
        for path in (corpus.workspace.home / "features").glob(f"{LOGS}{corpus.id}-*/manifest.json")
    ]
    logs: dict[str, TrainingLog] = {}
    for artefact in sorted(artefacts, key=lambda stored: (-float(stored.manifest["made_at"]), stored.key)):
        arrays = {field.name: np.array(artefact.array(field.name)) for field in fields(TrainingLog)}
        logs.setdefault(str(artefact.manifest["name"]), TrainingLog(**arrays))
    return logs
