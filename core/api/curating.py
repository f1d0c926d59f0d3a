"""Clearing a corpus before rows are chosen: near-copies, and the rule that leaves them out of a pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.corpus.row_ids import show_id
from core.corpus.store import Corpus
from core.curation.near_copies.ladder import effect_of
from core.curation.near_copies.rule import rule_of
from core.curation.near_copies.settings import NearCopies
from core.curation.near_copies.store import find_copies
from core.progress import Progress, silent


def near_copies(
    corpus: Corpus, rung: str = "normalised", *, progress: Progress = silent, **settings: Any
) -> pd.DataFrame:
    """The rows that have copies on a rung of the ladder, group by group: columns id, group, stays, template.

    ``rung``: "exact", "normalised", "same_instruction", "minhash" (five-word runs in common) or "cosine" (stored
    vectors). ``settings`` are those of :class:`core.curation.near_copies.settings.NearCopies`: component, threshold,
    embedder, keep, most, …. ``group`` is an id that the rows of a group share, ``stays`` the id of the row that stays
    for one that is left out ("" for a row that stays), ``template`` whether the group comes from a template, whose rows
    all stay. ``attrs["rule"]`` leaves the copies out of a pool. A higher threshold finds fewer copies.

    >>> copies = api.near_copies(corpus, "same_instruction")
    >>> clean = api.view(corpus, pool={"rules": [copies.attrs["rule"]]})
    >>> len(api.view(corpus).pool) - len(clean.pool) == int((copies["stays"] != "").sum())
    True
    """
    asked = NearCopies(rung=rung, **settings)
    find_copies(corpus, asked, progress=progress)
    effect = effect_of(corpus, asked, progress=progress)
    of_row = effect.groups.of_row
    rows = np.flatnonzero(of_row >= 0)
    rows = rows[np.argsort(of_row[rows], kind="stable")]
    ids = corpus.ids
    stays = effect.standing[rows]
    table = pd.DataFrame(
        {
            "id": [show_id(row) for row in ids[rows].tolist()],
            "group": [show_id(row) for row in ids[of_row[rows]].tolist()],
            "stays": [show_id(int(ids[row])) if row >= 0 else "" for row in stays.tolist()],
            "template": np.isin(of_row[rows], effect.groups.templates),
        }
    )
    table.attrs["rule"] = rule_of(asked).as_dict()
    return table
