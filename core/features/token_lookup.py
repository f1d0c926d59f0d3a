"""Tokens looked up by where they stand on the rank–frequency curve or by their text, and the rows that hold them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.features.tokenizers import Tokenizer
from core.row_positions import CorpusRows
from core.view import TokenRows


def commonest_first(frequency: NDArray[np.int64]) -> NDArray[np.int64]:
    """(types that occur,) int64: token ids by falling ``frequency`` (types,), ties by id; rank 1 comes first."""
    order = np.argsort(-frequency, kind="stable")
    return order[: int((frequency > 0).sum())]


def around(ordered: NDArray[np.int64], rank: int, *, count: int) -> NDArray[np.int64]:
    """At most ``count`` ids of ``ordered`` (see :func:`commonest_first`), in their middle that of ``rank``, from 1.

    A rank outside the list counts as the nearest end.
    """
    middle = min(max(rank, 1), len(ordered)) - 1
    start = max(0, min(middle - count // 2, len(ordered) - count))
    return ordered[start : start + count]


def search(
    wanted: str,
    *,
    tokenizer: Tokenizer,
    pieces: Sequence[str],
    ordered: NDArray[np.int64],
    count: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(own, holding): the tokens that ``wanted`` is cut into, and those whose text contains it, commonest first.

    Of both only tokens that occur, of the second at most ``count`` and none of the first. ``pieces`` holds the text of
    each token by id. Case is ignored in the second; "␣" counts as a space. The text is also cut with a space before it,
    as it stands in the middle of a sentence, and those tokens come first if they are fewer.
    """
    text = wanted.replace("␣", " ")
    if not text.strip():
        nothing = np.empty(0, dtype=np.int64)
        return nothing, nothing
    cuts = [tokenizer.encode_many([form])[1] for form in dict.fromkeys((f" {text.strip()}", text))]
    occurring = set(ordered.tolist())
    spelt = dict.fromkeys(int(token) for cut in sorted(cuts, key=len) for token in cut)
    own = [token for token in spelt if token in occurring and pieces[token].strip()]
    folded = text.casefold()
    holding: list[int] = []
    for token in ordered.tolist():
        if len(holding) == count:
            break
        if folded in pieces[token].casefold() and token not in spelt:
            holding.append(token)
    return np.array(own, dtype=np.int64), np.array(holding, dtype=np.int64)


def rows_with(tokens: TokenRows, wanted: NDArray[np.integer]) -> tuple[CorpusRows, NDArray[np.int64]]:
    """The rows that hold any token of ``wanted``, and how often (rows,) int64: the most first, ties in row-id order."""
    counts = tokens.counts
    is_wanted = np.zeros(tokens.vocabulary_size, dtype=bool)
    is_wanted[wanted] = True
    entries = np.flatnonzero(is_wanted[counts.indices])
    row_of_entry = np.searchsorted(counts.indptr, entries, side="right") - 1
    occurrences = np.bincount(row_of_entry, weights=counts.data[entries], minlength=counts.shape[0]).astype(np.int64)
    holding = np.flatnonzero(occurrences)
    order = np.argsort(-occurrences[holding], kind="stable")
    return CorpusRows(holding[order]), occurrences[holding][order]


def rows_a_token(tokens: TokenRows, wanted: NDArray[np.integer]) -> NDArray[np.int64]:
    """(wanted,) int64: how many rows hold each token of ``wanted``, which are distinct."""
    place = np.full(tokens.vocabulary_size, -1, dtype=np.int64)
    place[wanted] = np.arange(len(wanted))
    places = place[tokens.counts.indices]
    return np.bincount(places[places >= 0], minlength=len(wanted)).astype(np.int64)
