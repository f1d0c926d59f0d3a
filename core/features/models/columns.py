"""Stores scores as columns of their corpus, each with a note that says what the score is and how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core.corpus.column_store import set_aside
from core.corpus.columns import attach_columns
from core.corpus.store import Corpus
from core.errors import InputError
from core.workspace.digests import digest

PREFIX = "scores-"


@dataclass(frozen=True, kw_only=True)
class ScoreColumn:
    """A score stored as a column: its name, what it is, how it is computed, and how many rows have no value."""

    column: str
    title: str
    formula: str
    source: str
    meaning: str
    rows: int
    missing: int
    made_at: float
    settings: Mapping[str, Any]
    of_version: str = ""  # the id of the older version of the corpus whose rows have the values; "" where all may have


def keep_score(
    corpus: Corpus,
    values: NDArray[Any],
    *,
    name: str,
    title: str,
    formula: str,
    source: str,
    meaning: str,
    settings: Mapping[str, Any],
) -> str:
    """Store ``values`` (rows,), numbers or text, as a column of ``corpus`` and return the column's name.

    The same ``settings`` keep their column and its name, but for a column that an older version of the corpus left: it
    is replaced. Where another score has the name ``name``, a number is appended. A value that is nan, infinite or None
    is missing. Raises :class:`InputError` when every value is missing.
    """
    key = f"{PREFIX}{corpus.id}-{digest([name, dict(settings)])}"
    if corpus.workspace.has("features", key):
        stored = corpus.workspace.open("features", key).manifest
        stored_name = str(stored["column"])
        if stored_name in corpus.columns and not stored.get("of_version"):
            return stored_name
        if stored.get("of_version"):
            _replaced(corpus, stored_name, values)
    known = _known(values)
    if not known.any():
        raise InputError(f"{title}: no row has a value, so there is no column to keep.")
    column, number = name, 2
    while column in corpus.columns:
        column, number = f"{name} ({number})", number + 1
    given = [value if there else None for value, there in zip(values.tolist(), known.tolist(), strict=True)]
    attach_columns(corpus.workspace, corpus, pa.table({"id": pa.array(corpus.ids), column: pa.array(given)}))
    manifest = {
        "feature": "score",
        "corpus": corpus.id,
        "column": column,
        "title": title,
        "formula": formula,
        "source": source,
        "meaning": meaning,
        "rows": len(values),
        "missing": int((~known).sum()),
        "settings": dict(settings),
    }
    with corpus.workspace.create("features", key, manifest):
        pass
    return column


def _replaced(corpus: Corpus, name: str, values: NDArray[Any]) -> None:
    """Move the score of an older version to the trash, if ``values`` hold any."""
    if _known(values).any():
        set_aside(corpus.workspace, corpus.id, name)


def carry_score(older: Corpus, newer: Corpus, column: str) -> bool:
    """Note beside ``newer`` how the scores in its ``column``, carried from ``older``, were made; False if none were.

    The note says of which version the values are: :func:`keep_score` replaces them.
    """
    for path in (older.workspace.home / "features").glob(f"{PREFIX}{older.id}-*/manifest.json"):
        manifest = older.workspace.open("features", path.parent.name).manifest
        key = f"{PREFIX}{newer.id}-{path.parent.name.removeprefix(f'{PREFIX}{older.id}-')}"
        if manifest["column"] != column or newer.workspace.has("features", key):
            continue
        kept = {name: value for name, value in manifest.items() if name not in ("format", "key", "made_at")}
        missing = len(newer) - (int(manifest["rows"]) - int(manifest["missing"]))
        of_version = manifest.get("of_version") or older.id
        note = {**kept, "corpus": newer.id, "rows": len(newer), "missing": missing, "of_version": of_version}
        with newer.workspace.create("features", key, note):
            pass
        return True
    return False


def score_columns(corpus: Corpus) -> list[ScoreColumn]:
    """The scores of ``corpus``, newest first."""
    columns = []
    for path in (corpus.workspace.home / "features").glob(f"{PREFIX}{corpus.id}-*/manifest.json"):
        manifest = corpus.workspace.open("features", path.parent.name).manifest
        names = ScoreColumn.__dataclass_fields__
        columns.append(ScoreColumn(**{name: manifest[name] for name in names if name in manifest}))
    there = set(corpus.columns)
    return sorted((f for f in columns if f.column in there), key=lambda score: (-score.made_at, score.column))


def _known(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype.kind == "f":
        return np.isfinite(values)
    return np.array([value is not None and value == value and value != "" for value in values.tolist()], dtype=np.bool_)
