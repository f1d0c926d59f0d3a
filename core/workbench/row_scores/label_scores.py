"""How far a row's words give its label away: the z-score of the word that does so most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.errors import InputError
from core.progress import Progress, silent
from core.workbench.row_scores.text_scores import words_of

MOST_LABELS = 200  # each has a count for every word that counts
FREQUENT = 20  # labelled rows that hold a word from which it counts: a z of fewer is mostly chance
EXPECTED = 5.0  # rows of a label that would hold the word by chance, and as many of the others, from which it counts


def label_artefact(
    texts: Sequence[str],
    label: NDArray[Any],
    *,
    frequent: int = FREQUENT,
    expected: float = EXPECTED,
    progress: Progress = silent,
) -> NDArray[np.float32]:
    """(rows,) the largest z of any of a row's words for the row's own label; nan without a label or such a word.

    For a word in n labelled rows, p of them with the label, and a share p₀ of all labelled rows with it,
    z = (p/n − p₀) / √(p₀ (1 − p₀) / n). Words count from n = ``frequent``, n p₀ and n (1 − p₀) = ``expected``: z is the
    normal law's from there, and a word that occurs once would give away whatever label is rare. As both grow, fewer
    words count. Where every row has one label, there is nothing to give away, and all are nan. Source: Gardner et al.,
    Competency Problems (arXiv 2104.08646), section 3; the two bounds are ours.
    """
    known = np.array([value is not None and value == value and value != "" for value in label.tolist()], dtype=bool)
    rows = np.flatnonzero(known)
    values = np.full(len(texts), np.nan, dtype=np.float32)
    names, labels = np.unique(
        np.array([str(value) for value in label[rows].tolist()], dtype=object), return_inverse=True
    )
    if len(names) > MOST_LABELS:
        raise InputError(f"The label column has {len(names):,} different values.", remedy="Choose one with fewer.")
    if len(names) < 2:
        return values
    number: dict[str, int] = {}
    held: list[list[int]] = []
    for place, row in enumerate(rows.tolist()):
        held.append(sorted({number.setdefault(word, len(number)) for word in words_of(texts[row])}))
        if place % 2048 == 0:
            progress(place, len(rows), "rows read for words that give a label away")
    indptr = np.concatenate(([0], np.cumsum([len(words) for words in held]))).astype(np.int64)
    indices = np.array([word for words in held for word in words], dtype=np.int64)
    matrix = sparse.csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(rows), max(len(number), 1)))
    belongs = sparse.csr_matrix((np.ones(len(rows)), (labels, np.arange(len(rows)))), shape=(len(names), len(rows)))
    total = np.asarray(matrix.sum(axis=0)).ravel()  # (words,) labelled rows that hold each
    counting = np.flatnonzero(total >= frequent)
    matrix, total = matrix[:, counting].tocsr(), total[counting]
    matrix.sort_indices()
    counts = np.asarray((belongs @ matrix).todense())  # (labels, words that count)
    base = np.bincount(labels) / len(rows)  # (labels,)
    shares = counts / np.maximum(total, 1)
    z = (shares - base[:, None]) / np.sqrt(base[:, None] * (1 - base[:, None]) / np.maximum(total, 1))
    fewer = np.minimum(base, 1 - base)[:, None] * total < expected
    z[fewer] = np.nan
    for place, row in enumerate(rows.tolist()):
        of_row = z[labels[place], matrix.indices[matrix.indptr[place] : matrix.indptr[place + 1]]]
        if np.isfinite(of_row).any():
            values[row] = np.nanmax(of_row)
    return values
