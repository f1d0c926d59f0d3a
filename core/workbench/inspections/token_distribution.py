"""The token distributions of several saved subsets over each other and their corpus (From Macro to Micro, Fig. 7)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.bands import BAND_NAMES, Band
from core.row_positions import CorpusRows
from core.view import TokenRows

CORPUS = "corpus"
POINTS = 200  # of a curve: ranks are thinned evenly on a logarithmic scale


def frequency_of(tokens: TokenRows, rows: CorpusRows) -> NDArray[np.int64]:
    """(types,) how often each token occurs in the rows at positions ``rows``."""
    return np.bincount(tokens.take(np.asarray(rows)).ids, minlength=tokens.vocabulary_size).astype(np.int64)


def curves(tokens: TokenRows, subsets: Mapping[str, CorpusRows], *, points: int = POINTS) -> pd.DataFrame:
    """Columns subset, rank, share: what part of a subset's tokens its rank-th commonest token is; the corpus is first.

    Each subset has ranks of its own, from 1. A steeper curve repeats fewer tokens more often; a longer one has more
    types. ``points`` of each are kept, the first and the last among them.
    """
    parts = []
    everything = {CORPUS: _whole(tokens)} | {name: frequency_of(tokens, rows) for name, rows in subsets.items()}
    for name, frequency in everything.items():
        ordered = np.sort(frequency[frequency > 0])[::-1]
        if len(ordered) == 0:
            continue
        ranks = np.arange(1, len(ordered) + 1)
        if len(ordered) > points:
            ranks = np.unique(np.geomspace(1, len(ordered), num=points).round().astype(np.int64))
        parts.append(pd.DataFrame({"subset": name, "rank": ranks, "share": ordered[ranks - 1] / ordered.sum()}))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["subset", "rank", "share"])


def band_shares(tokens: TokenRows, subsets: Mapping[str, CorpusRows], *, band: Band) -> pd.DataFrame:
    """A row for the corpus and each subset: rows, tokens, types, and the share of its tokens in each band.

    The bands are those of ``tokens.frequency``. ``high``, ``mid`` and ``low`` add up to 1; ``mid_types`` is the part of
    the mid-band types that occur: the micro diversity.
    """
    masks = band.split(np.asarray(tokens.frequency))
    mid = int(masks["mid"].sum())
    lines = [_line(CORPUS, len(tokens.lengths), _whole(tokens), masks, mid)]
    lines += [_line(name, len(rows), frequency_of(tokens, rows), masks, mid) for name, rows in subsets.items()]
    return pd.DataFrame(lines)


def _whole(tokens: TokenRows) -> NDArray[np.int64]:
    """(types,) how often each token occurs in all rows; the tokens' own frequency may be counted over others."""
    return np.bincount(tokens.ids, minlength=tokens.vocabulary_size).astype(np.int64)


def _line(
    name: str, rows: int, frequency: NDArray[np.int64], masks: Mapping[str, NDArray[np.bool_]], mid: int
) -> dict[str, object]:
    total = int(frequency.sum())
    shares = {band: float(frequency[masks[band]].sum() / total) if total else 0.0 for band in BAND_NAMES}
    found = int((frequency[masks["mid"]] > 0).sum())
    return {
        "subset": name, "rows": rows, "tokens": total, "types": int((frequency > 0).sum()), **shares,
        "mid_types": found / mid if mid else float("nan"),
    }  # fmt: skip
