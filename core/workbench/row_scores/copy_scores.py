"""How often a text stands in the corpus: exactly, or but for case, punctuation and spaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray


def copies(
    texts: Sequence[str], multiplicity: NDArray[np.int64], *, same: Callable[[str], str] = str
) -> NDArray[np.float32]:
    """(rows,) how many records of the files have this text, itself included; nan for an empty one.

    ``multiplicity`` (rows,) is the number of exact copies that became one row. Two texts are the same where ``same``
    gives the same for both.
    """
    keys = [same(text) for text in texts]
    held: Counter[str] = Counter()
    for key, times in zip(keys, multiplicity.tolist(), strict=True):
        held[key] += times
    return np.array([held[key] if key.strip() else np.nan for key in keys], dtype=np.float32)
