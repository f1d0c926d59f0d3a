"""Labels and notes on rows, for scripts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from core.corpus.named_rows import named_rows
from core.corpus.row_ids import show_id
from core.corpus.row_labels import labels_of, rows_with_labels, write_labels
from core.corpus.store import Corpus
from core.errors import InputError


def label(
    corpus: Corpus,
    rows: Sequence[str],
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
    note: str | None = None,
) -> pd.DataFrame:
    """Write on rows, named by id or file:line; gives a line for each row with what stands on it now.

    Labels and notes belong to the row, in every corpus of the workspace that holds it. They are the columns ``row
    labels`` and ``row note``, for filters, quotas and types. An empty ``note`` removes it, None leaves it. Raises
    :class:`core.errors.InputError` for a row that the corpus does not hold.

    >>> api.label(corpus, ["questions.jsonl:3"], add=["look again"], note="too short")["labels"].tolist()
    ['look again']
    """
    ids = list(dict.fromkeys(row_id for name in rows for row_id in named_rows(corpus, name)))
    missing = [row_id for row_id in ids if corpus.position_of(row_id) is None]
    if missing:
        raise InputError(f"{corpus.name} has no row {show_id(missing[0])}.", remedy="Name rows of this corpus.")
    write_labels(corpus.workspace, ids, add=add, remove=remove, note=note)
    written = labels_of(corpus.workspace)
    lines = [
        (show_id(row_id), ", ".join(written[row_id].labels), written[row_id].note)
        if row_id in written
        else (show_id(row_id), "", "")
        for row_id in ids
    ]
    return pd.DataFrame(lines, columns=["id", "labels", "note"])


def labels(corpus: Corpus, *only: str) -> pd.DataFrame:
    """The rows of ``corpus`` that have labels or a note: id, labels (with commas between them), note; by row id.

    ``only`` leaves those that have at least one of these labels.

    >>> _ = api.label(corpus, ["questions.jsonl:3", "questions.jsonl:5"], add=["look again"])
    >>> len(api.labels(corpus, "look again")), len(api.labels(corpus, "never given"))
    (2, 0)
    """
    places, written = rows_with_labels(corpus.workspace, corpus.id, corpus.ids)
    kept = [place for place, row in enumerate(written) if not only or set(only) & set(row.labels)]
    lines = [
        (show_id(int(row_id)), ", ".join(written[place].labels), written[place].note)
        for place, row_id in zip(kept, corpus.ids[np.asarray(places)[kept]].tolist(), strict=True)
    ]
    return pd.DataFrame(lines, columns=["id", "labels", "note"])
