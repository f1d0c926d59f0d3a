"""A corpus of the same prompts with a model's responses: each original beside the new one, in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.answers.answer_set import SampledAnswers
from core.corpus.holdout import Holdout
from core.corpus.ingest import ingest
from core.corpus.row_ids import show_id
from core.corpus.sources import from_bytes
from core.corpus.store import Corpus
from core.errors import InputError
from core.progress import Progress, silent
from core.row_positions import CorpusRows

ORIGINAL, BEFORE, MADE_BY = "original row", "original response", "response by"


@dataclass(frozen=True, kw_only=True, eq=False)
class Reconstruction:
    """The new corpus, how many rows it took over, and how many stayed out: in the holdout, with several exchanges, or
    without an answer."""

    corpus: Corpus
    replaced: int
    kept: int
    held_out: int
    longer: int
    unanswered: int


def reconstruct(
    kept: SampledAnswers,
    *,
    name: str = "",
    only: NDArray[np.bool_] | None = None,
    chosen: Mapping[int, str] | None = None,
    progress: Progress = silent,
) -> Reconstruction:
    """The rows of ``kept.corpus`` with the first answer of each in place of its response.

    ``chosen`` names another answer by the row's position. With ``only`` (rows,) the responses of those rows alone are
    replaced and all others stay, as CLEAR mends; without it a row without an answer is left out, so that the new
    corpus has one writer. Rows of the holdout are left out, and the new corpus has none, so that both pools hold the
    same rows; so are rows of several exchanges. Every row names its original (``original row``, whose response is
    ``original response``); a system message stays. Raises :class:`InputError` where no row is left.
    """
    corpus, answers = kept.corpus, kept.of_rows()
    lines, counts = [], {"replaced": 0, "kept": 0, "held_out": 0, "longer": 0, "unanswered": 0}
    holdout = np.asarray(corpus.holdout)
    for start in range(0, len(corpus), 2_000):
        places = np.arange(start, min(start + 2_000, len(corpus)), dtype=np.int64)
        for place, row in zip(places.tolist(), corpus.rows(CorpusRows(places)), strict=True):
            mending = only is None or bool(only[place])
            if holdout[place]:
                counts["held_out"] += 1
            elif len([turn for turn in row["turns"] if turn["role"] == "assistant"]) > 1:
                counts["longer"] += 1
            elif mending and place not in answers and only is None:
                counts["unanswered"] += 1
            else:
                replaced = mending and place in answers
                counts["replaced" if replaced else "kept"] += 1
                said = (chosen or {}).get(place) or answers[place][0] if replaced else row["response"]
                lines.append(_record(row, said, int(corpus.ids[place]), kept.model if replaced else ""))
        progress(int(places[-1]) + 1, len(corpus), "rows written")
    if not counts["replaced"]:
        raise InputError("No response would be replaced.", remedy="Draw answers to these rows first.")
    title = name or f"{corpus.name} by {kept.model}"
    made = ingest(
        corpus.workspace,
        [from_bytes("reconstructed.jsonl", b"\n".join(lines))],
        name=title,
        holdout=Holdout(fraction=0.0),
    )
    return Reconstruction(corpus=made, **counts)


def _record(row: Mapping[str, Any], response: str, row_id: int, model: str) -> bytes:
    record = {
        "instruction": row["instruction"],
        "input": row["input"] or "",
        "output": response,
        ORIGINAL: show_id(row_id),
        BEFORE: row["response"],
        MADE_BY: model or "the original",
    }
    if row.get("system"):
        record["system"] = row["system"]
    return orjson.dumps(record)


def paired(original: Corpus, made: Corpus) -> tuple[CorpusRows, CorpusRows]:
    """(rows of ``original``, rows of ``made``) of the pairs, in the original's order.

    Raises :class:`InputError` where ``made`` does not name its originals.
    """
    if ORIGINAL not in made.columns:
        raise InputError(f"{made.name} was not reconstructed from another corpus.")
    named = np.array([int(value, 16) if value else 0 for value in made.column(ORIGINAL)], dtype=np.uint64)
    order = np.argsort(named, kind="stable")
    there = np.isin(named[order], np.asarray(original.ids))
    rows = order[there].astype(np.int64)
    return original.positions_of(named[rows]), CorpusRows(rows)
