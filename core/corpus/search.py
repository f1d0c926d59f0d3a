"""Finding rows by their text, through DuckDB over the corpus's Parquet file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from core.corpus.store import Corpus
from core.errors import InputError, in_short, quoted, reason_of
from core.view import ALL_COMPONENTS
from core.workspace.cache import shared

# The columns that make up each component; text is sought in each of them.
FIELDS = {
    "instruction": ("instruction", "input"),
    "response": ("response",),
    "both": ("instruction", "input", "response"),
}
THINKING = "_with_thinking"  # ends the names of components in which thinking counts
LONGEST = 1000  # characters that a pattern may have


def find_text(corpus: Corpus, text: str, *, component: str = "both") -> NDArray[np.bool_]:
    """(rows,) whether the component contains ``text`` literally; upper and lower case count as the same."""
    return _matching(corpus, component, "contains(lower({field}), lower(?))", text)


def find_regex(corpus: Corpus, pattern: str, *, component: str = "both") -> NDArray[np.bool_]:
    """(rows,) whether the component matches ``pattern`` somewhere.

    RE2 syntax: it has no look-around and no back references, so no pattern can take exponential time. ``(?i)`` in
    front ignores case; ``^`` and ``$`` match the start and end of the text. Raises :class:`InputError` for an invalid
    pattern.
    """
    check_regex(pattern)
    return _matching(corpus, component, "regexp_matches({field}, ?)", pattern)


def check_regex(pattern: str) -> None:
    """Raises :class:`InputError` when ``pattern`` is not a regular expression."""
    try:
        with _cursor("") as cursor:
            cursor.execute("SELECT regexp_matches('', ?)", [pattern]).fetchone()
    except duckdb.Error as error:
        raise InputError(
            f"This is not a regular expression: {in_short(reason_of(error).split(':', 1)[-1].strip())}.",
            remedy="RE2 syntax: no look-around and no back references; \\ before a sign means the sign itself.",
        ) from error


def _matching(corpus: Corpus, component: str, condition: str, value: str) -> NDArray[np.bool_]:
    if component not in ALL_COMPONENTS:
        raise InputError(
            f"There is no component {quoted(component)}.", remedy=f"There are: {', '.join(corpus.components)}."
        )
    fields = FIELDS[component.removesuffix(THINKING)] + (("thinking",) if component.endswith(THINKING) else ())
    fields = fields if corpus.has_thinking else FIELDS[component.removesuffix(THINKING)]
    if len(value) > LONGEST:
        raise InputError(f"The text to look for has more than {LONGEST:,} characters.", remedy="Shorten it.")
    where = " OR ".join(condition.format(field=field) for field in fields)
    mask = np.zeros(len(corpus), dtype=bool)
    cache = shared(corpus.workspace)
    if cache is not None:  # the rows in memory are searched twice as fast as the file
        sql = f"SELECT rowid AS place FROM {{rows}} WHERE {where}"  # noqa: S608 - no text of others
        places = cache.query(sql, [value] * len(fields), rows_of=corpus.id)["place"]
        mask[places.to_numpy(dtype=np.int64)] = True
        return mask
    sql = f"SELECT file_row_number AS place FROM read_parquet(?, file_row_number=true) WHERE {where}"  # noqa: S608
    with _cursor(str(Path(corpus.rows_path).parent.parent)) as cursor:
        matches = cursor.execute(sql, [corpus.rows_path, *[value] * len(fields)]).fetchnumpy()
    mask[np.asarray(matches["place"], dtype=np.int64)] = True
    return mask


@contextmanager
def _cursor(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor on an in-memory database that may read ``folder`` and nothing else."""
    with _LOCK:
        cursor = _database(folder).cursor()
    try:
        yield cursor
    finally:
        cursor.close()


_LOCK = threading.Lock()


@lru_cache(maxsize=8)
def _database(folder: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    connection = duckdb.connect(":memory:", config=settings)
    if folder:
        quoted = folder.replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{quoted}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
