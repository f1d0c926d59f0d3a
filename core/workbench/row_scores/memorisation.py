"""Which kind of memorisation a row invites: recitation, reconstruction or recollection, from copies and loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.corpus.column_facts import is_numeric
from core.corpus.store import Corpus
from core.errors import InputError, quoted
from core.features.models.columns import keep_score

KINDS = ("recite", "reconstruct", "recollect")
MEANT = {
    "recite": "many copies: a model learns it by heart whatever it says",
    "reconstruct": "few copies, but easy to foresee: templates, counting, repetition",
    "recollect": "neither: if a model gives it back, it remembers this very row",
}


@dataclass(frozen=True, kw_only=True)
class MemorisationSetting:
    """``copies`` and ``loss`` are columns of numbers; ``more_than`` copies make a row recited; of the others the
    ``share`` with the lowest loss is reconstructed. A larger share calls more rows foreseeable."""

    copies: str
    loss: str
    more_than: int = 5
    share: float = 0.25


def kinds(
    copies: NDArray[np.float64], loss: NDArray[np.float64], *, more_than: int = 5, share: float = 0.25
) -> NDArray[np.object_]:
    """(rows,) the kind of each row, None where a number is missing.

    Recitation is of sequences with more than 5 duplicates, reconstruction of others that are inherently predictable,
    recollection of the rest: Recite, Reconstruct, Recollect (arXiv 2406.17746; the bound of 5 from memory). There
    predictable means a repeating or incrementing template, of memorised sequences alone; here it is a loss among the
    lowest ``share`` of all rows, a reconstruction. Equal losses are on the same side, the unpredictable one.
    """
    labels = np.full(len(copies), None, dtype=object)
    known = np.isfinite(copies) & np.isfinite(loss)
    if known.any():
        edge = np.quantile(loss[known], share, method="higher")
        labels[known] = "recollect"
        labels[known & (loss < edge)] = "reconstruct"
        labels[known & (copies > more_than)] = "recite"
    return labels


def keep_memorisation(corpus: Corpus, setting: MemorisationSetting) -> tuple[str, dict[str, int]]:
    """Store :func:`kinds` as a column of words, ``memorisation@LOSS``; gives its name and the rows of each kind.

    Raises :class:`InputError` for a column that is not of numbers and a share outside 0 to 1.
    """
    for name in (setting.copies, setting.loss):
        if name not in corpus.columns or not is_numeric(corpus, name):
            raise InputError(
                f"The corpus has no column of numbers {quoted(name)}.",
                remedy="Make copies by score-rows --what copies, a perplexity by score.",
            )
    if not 0 < setting.share < 1:
        raise InputError(f"The share lies between 0 and 1, not at {setting.share:g}.")
    values: dict[str, Any] = {"more_than": setting.more_than, "share": setting.share}
    labels = kinds(corpus.column(setting.copies), corpus.column(setting.loss), **values)
    column = keep_score(
        corpus,
        labels,
        name=f"memorisation@{setting.loss}",
        title="Kind of memorisation",
        formula=f"recite: {setting.copies} above {setting.more_than}; reconstruct: of the others, {setting.loss} among "
        f"the lowest {setting.share:.0%}; recollect: the rest",
        source="Recite, Reconstruct, Recollect (arXiv 2406.17746); low loss for “predictable” is ours",
        meaning="; ".join(f"{kind}: {words}" for kind, words in MEANT.items()) + ".",
        settings={"copies": setting.copies, "loss": setting.loss, **values},
    )
    return column, {kind: int((labels == kind).sum()) for kind in KINDS}
